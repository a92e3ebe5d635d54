"""Editions of the catalogue: what holds on which day, and that no day has two."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg
import msgspec
import pytest

from schemas.catalogue import Category, CategoryEdition, LegalClause
from service.database import Connection
from service.problems import Problem
from service.repositories import categories, legal_clauses
from tests.place_factory import connected

BEGINNING = date(2000, 1, 1)
LAST_OF_2017, FIRST_OF_2025 = date(2025, 10, 31), date(2025, 11, 1)


async def edition(connection: Connection, code: str, day: date) -> Category:
    found = await categories.edition_on(connection, code, day)
    assert found is not None
    return found


def of(category: Category, **changes: Any) -> CategoryEdition:
    names = [field.name for field in msgspec.structs.fields(CategoryEdition)]
    return CategoryEdition(**{name: getattr(category, name) for name in names} | changes)


def clause(**changes: Any) -> LegalClause:
    fields: dict[str, Any] = {
        "key": "TEST1",
        "title_zh": "《测试法》第一条",
        "title_en": "Test Law, Article 1",
        "summary_zh": "",
        "summary_en": "",
        "penalty_authority": "bureau",
        "valid_from": BEGINNING,
        "valid_until": None,
    }
    return LegalClause(**fields | changes)


async def test_the_standard_for_major_hazards_changed_on_the_first_of_november(database_url: str) -> None:
    async with connected(database_url) as connection:
        before, after = await edition(connection, "A06", LAST_OF_2017), await edition(connection, "A06", FIRST_OF_2025)
        assert (before.valid_from, before.valid_until) == (BEGINNING, FIRST_OF_2025)
        assert (after.valid_from, after.valid_until) == (FIRST_OF_2025, None)
        assert before.basis == after.basis == ["XF16", "GB35181"]
        assert before.bases[1].title_zh == "《重大火灾隐患判定方法》GB 35181-2017"
        assert after.bases[1].title_zh == "《重大火灾隐患判定规则》GB 35181-2025"
        assert await categories.edition_on(connection, "A06", date(1999, 12, 31)) is None
        assert await categories.by_edition(connection, "A06", BEGINNING) == before
        assert await categories.by_edition(connection, "A06", LAST_OF_2017) is None


async def test_the_catalogue_of_every_day_has_every_category_once(database_url: str) -> None:
    async with connected(database_url) as connection:
        for day in (BEGINNING, LAST_OF_2017, FIRST_OF_2025, date(2030, 1, 1)):
            codes = [category.code for category in await categories.current(connection, day)]
            assert len(codes) == 34
            assert codes == sorted(set(codes))
        assert await categories.current(connection, date(1999, 12, 31)) == []


async def test_every_basis_of_the_starter_catalogue_is_known_with_who_punishes(database_url: str) -> None:
    async with connected(database_url) as connection:
        rows = await connection.fetch("SELECT code, valid_from, count(*) AS n FROM category_bases GROUP BY 1, 2")
        named = {(row["code"], row["valid_from"]): row["n"] for row in rows}
        for category in await categories.current(connection, FIRST_OF_2025):
            assert len(category.bases) == named.get((category.code, category.valid_from), 0), category.code
            for basis in category.bases:
                # The fines of the Fire Protection Law are not the bureau's to impose.
                if basis.key.startswith("XF"):
                    assert basis.penalty_authority == "fire_rescue"
        used = {row["clause_key"] for row in await connection.fetch("SELECT clause_key FROM category_bases")}
        known = {row["key"] for row in await connection.fetch("SELECT key FROM legal_clauses")}
        assert used == known


@pytest.mark.parametrize(
    ("days", "unit"),
    [
        (0, "on_the_spot"),
        (1, "calendar_days"),
        *((days, "working_days") for days in (2, 3, 5, 7)),
        *((days, "calendar_days") for days in (4, 6, 15, 30)),
    ],
)
def test_what_days_count(days: int, unit: str) -> None:
    assert categories.deadline_unit(days) == unit


async def test_a_new_edition_ends_the_one_before_and_leaves_its_bases(database_url: str) -> None:
    async with connected(database_url) as connection:
        old = await edition(connection, "A04", FIRST_OF_2025)
        day = date(2026, 7, 1)
        await legal_clauses.upsert(connection, clause())
        new = of(old, valid_from=day, days=3, basis=["TEST1", "XF28"])
        assert await categories.upsert(connection, new) == "added"
        assert await categories.upsert(connection, new) == "unchanged"
        before, after = await edition(connection, "A04", date(2026, 6, 30)), await edition(connection, "A04", day)
        assert before == msgspec.structs.replace(old, valid_until=day)
        assert (after.days, after.deadline_unit, after.basis) == (3, "working_days", ["TEST1", "XF28"])
        assert after.bases[0].penalty_authority == "bureau"
        assert await categories.upsert(connection, of(after, name_zh="疏散楼梯被占")) == "changed"


async def test_a_law_that_changes_is_cited_by_editions_as_it_stood_for_them(database_url: str) -> None:
    async with connected(database_url) as connection:
        day = date(2026, 7, 1)
        revised = clause(key="XF28", title_zh="《中华人民共和国消防法》第三十条", valid_from=day)
        old = await edition(connection, "E01", FIRST_OF_2025)
        assert await legal_clauses.upsert(connection, revised) == "added"
        assert await legal_clauses.upsert(connection, revised) == "unchanged"
        await categories.upsert(connection, of(old, valid_from=day))
        assert (await edition(connection, "E01", date(2026, 6, 30))).bases == old.bases
        assert (await edition(connection, "E01", day)).bases[0].title_zh == revised.title_zh
        assert await legal_clauses.upsert(connection, clause(key="XF28", valid_from=day)) == "changed"


@dataclass(frozen=True)
class Misfit:
    changes: dict[str, Any]
    code: str


@pytest.mark.parametrize(
    "misfit",
    [
        Misfit({"valid_from": date(2010, 1, 1), "valid_until": None}, "category.editions_overlap"),
        Misfit({"valid_from": date(1990, 1, 1), "valid_until": date(2000, 1, 2)}, "category.editions_overlap"),
        Misfit({"basis": ["XF28", "XF999"]}, "category.clause_unknown"),
        Misfit({"basis": ["XF28", "XF28"]}, "category.invalid"),
        Misfit({"priority": "P4"}, "category.invalid"),
        Misfit({"days": -1}, "category.invalid"),
        Misfit({"days": 40_000}, "category.invalid"),
        Misfit({"name_zh": ""}, "category.invalid"),
        Misfit({"code": "a04"}, "category.invalid"),
        Misfit({"valid_until": FIRST_OF_2025}, "category.invalid"),
    ],
)
async def test_an_edition_that_does_not_fit_changes_nothing(database_url: str, misfit: Misfit) -> None:
    async with connected(database_url) as connection:
        before = await categories.current(connection, FIRST_OF_2025)
        wanted = of(await edition(connection, "A06", FIRST_OF_2025), **misfit.changes)
        with pytest.raises(Problem) as refused:
            async with connection.transaction():
                await categories.upsert(connection, wanted)
        assert refused.value.code == misfit.code
        assert await categories.current(connection, FIRST_OF_2025) == before


async def test_a_clause_that_does_not_fit_is_told(database_url: str) -> None:
    async with connected(database_url) as connection:
        for changes in ({"key": ""}, {"key": "X Y"}, {"title_zh": ""}, {"valid_until": BEGINNING}):
            with pytest.raises(Problem, match=r"clause\.invalid"):
                await legal_clauses.upsert(connection, clause(**changes))


async def test_the_database_itself_refuses_two_editions_for_one_day(database_url: str) -> None:
    async with connected(database_url) as connection:
        for valid_from, valid_until in (
            (date(2026, 1, 1), None),
            (date(2025, 1, 1), date(2025, 2, 1)),
            (date(1990, 1, 1), date(2000, 1, 2)),
        ):
            with pytest.raises(asyncpg.ExclusionViolationError):
                await connection.execute(
                    """INSERT INTO category_editions (code, valid_from, valid_until, name_zh, name_en, priority,
                                                      major_candidate, days)
                       VALUES ('A06', $1, $2, 'x', 'x', 'P1', false, 0)""",
                    valid_from,
                    valid_until,
                )
