"""The catalogue of hazard kinds: editions of categories, each with the days on which it holds."""

from datetime import date
from typing import Any, Literal

import asyncpg
import msgspec

from schemas.catalogue import Category, CategoryEdition, DeadlineUnit, LegalBasis
from service.database import Connection
from service.domain.deadlines import is_in_working_days
from service.problems import Problem

Outcome = Literal["added", "changed", "unchanged"]
"""What became of a line that was brought in."""


async def edition_on(connection: Connection, code: str, day: date) -> Category | None:
    """The edition of a category that holds on a day in China; None for an unknown code and outside all editions."""
    found = await _editions(connection, code=code, day=day)
    return found[0] if found else None


async def by_edition(connection: Connection, code: str, valid_from: date) -> Category | None:
    """The edition of a category that began on that day."""
    found = await _editions(connection, code=code, valid_from=valid_from)
    return found[0] if found else None


async def current(connection: Connection, day: date) -> list[Category]:
    """The whole catalogue as it holds on a day in China, by code."""
    return await _editions(connection, day=day)


async def _editions(
    connection: Connection, *, code: str | None = None, day: date | None = None, valid_from: date | None = None
) -> list[Category]:
    rows = await connection.fetch(
        """SELECT e.code, e.name_zh, e.name_en, e.priority, e.major_candidate, e.days, e.valid_from, e.valid_until,
                  coalesce(b.bases, '[]') AS bases
           FROM category_editions e LEFT JOIN LATERAL (
               SELECT jsonb_agg(to_jsonb(c) - 'valid_from' - 'valid_until' ORDER BY b.ordinal) AS bases
               FROM category_bases b JOIN LATERAL (
                   SELECT c.* FROM legal_clauses c
                   WHERE c.key = b.clause_key AND (e.valid_until IS NULL OR c.valid_from < e.valid_until)
                     AND (c.valid_until IS NULL OR c.valid_until > e.valid_from)
                   ORDER BY c.valid_from DESC LIMIT 1) AS c ON true
               WHERE b.code = e.code AND b.valid_from = e.valid_from) AS b ON true
           WHERE ($1::text IS NULL OR e.code = $1) AND ($3::date IS NULL OR e.valid_from = $3)
             AND ($2::date IS NULL OR (e.valid_from <= $2 AND (e.valid_until IS NULL OR e.valid_until > $2)))
           ORDER BY e.code, e.valid_from""",
        code,
        day,
        valid_from,
    )
    return [_category(dict(row)) for row in rows]


def _category(row: dict[str, Any]) -> Category:
    bases = msgspec.convert(row.pop("bases"), list[LegalBasis])
    return Category(**row, basis=[basis.key for basis in bases], bases=bases, deadline_unit=deadline_unit(row["days"]))


def deadline_unit(days: int) -> DeadlineUnit:
    """What a category's days count."""
    if days == 0:
        return "on_the_spot"
    return "working_days" if is_in_working_days(days) else "calendar_days"


async def upsert(connection: Connection, edition: CategoryEdition) -> Outcome:
    """Brings in an edition under its code and first day; an edition that is open until then ends there.

    422 `category.clause_unknown` for a key that no legal clause of those days has, 422 `category.editions_overlap` when
    its days are another edition's too, 422 `category.invalid` for values that do not fit.
    """
    before = await by_edition(connection, edition.code, edition.valid_from)
    try:
        async with connection.transaction():
            await connection.execute("INSERT INTO categories (code) VALUES ($1) ON CONFLICT DO NOTHING", edition.code)
            await connection.execute(
                """UPDATE category_editions SET valid_until = $2
                   WHERE code = $1 AND valid_from < $2 AND valid_until IS NULL""",
                edition.code,
                edition.valid_from,
            )
            await _write(connection, edition)
    except asyncpg.ExclusionViolationError as error:
        raise Problem("category.editions_overlap", category=edition.code) from error
    except (asyncpg.CheckViolationError, asyncpg.UniqueViolationError, asyncpg.DataError) as error:
        raise Problem("category.invalid", category=edition.code) from error
    after = await by_edition(connection, edition.code, edition.valid_from)
    assert after is not None
    if unknown := [key for key in edition.basis if key not in after.basis]:
        raise Problem("category.clause_unknown", category=edition.code, clauses=unknown)
    if before is None:
        return "added"
    return "unchanged" if before == after else "changed"


async def _write(connection: Connection, edition: CategoryEdition) -> None:
    await connection.execute(
        """INSERT INTO category_editions
               (code, valid_from, valid_until, name_zh, name_en, priority, major_candidate, days)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
           ON CONFLICT (code, valid_from) DO UPDATE SET
               valid_until = excluded.valid_until, name_zh = excluded.name_zh, name_en = excluded.name_en,
               priority = excluded.priority, major_candidate = excluded.major_candidate, days = excluded.days""",
        edition.code,
        edition.valid_from,
        edition.valid_until,
        edition.name_zh,
        edition.name_en,
        edition.priority,
        edition.major_candidate,
        edition.days,
    )
    await connection.execute(
        "DELETE FROM category_bases WHERE code = $1 AND valid_from = $2", edition.code, edition.valid_from
    )
    await connection.executemany(
        "INSERT INTO category_bases (code, valid_from, ordinal, clause_key) VALUES ($1, $2, $3, $4)",
        [(edition.code, edition.valid_from, ordinal, key) for ordinal, key in enumerate(edition.basis)],
    )
