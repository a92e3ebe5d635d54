"""What finding relies on stays right whoever changes hazards, and however: texts, terms, tallies."""

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.hazards import State
from service.domain import text_search
from service.domain.geodesy import Coordinate
from service.domain.map_cells import COUNTED_AHEAD, FINEST, WORLD, Cells, cell_of, touched
from service.repositories import hazard_tallies
from service.repositories.hazard_filters import HazardFilter, Seer
from tests.conftest import PROVING
from tests.hazard_seed import seed
from tests.people import organization_id
from tests.seeded_history import DISTRICTS

CHANGES = 2000 if PROVING else 200
ORGANIZATIONS = [organization_id(code) for code in DISTRICTS]
EVERYBODYS = Seer(UUID(int=0), frozenset(ORGANIZATIONS))


@pytest.fixture
async def connection(database_url: str) -> Any:
    connection = await asyncpg.connect(database_url)
    try:
        yield connection
    finally:
        await connection.close()


async def counted(connection: Any, level: int) -> dict[tuple[int, int], int]:
    return await hazard_tallies.by_cell(connection, touched(WORLD, level), level, ORGANIZATIONS, State)


async def by_eye(connection: Any, level: int) -> Counter[tuple[int, int]]:
    rows = await connection.fetch("SELECT position FROM hazards WHERE position IS NOT NULL")
    return Counter(cell_of(Coordinate(*row["position"]), level) for row in rows)


@pytest.mark.prove
async def test_tallies_are_exact_at_every_moment_of_random_lives(connection: Any, database_url: str) -> None:
    # A fifth of the changes deletes a hazard: with half as many hazards as changes they never run out.
    await seed(connection, 200 + CHANGES // 2, until=datetime(2026, 6, 1, tzinfo=UTC))
    chance = random.Random(3)
    identifiers = [row["id"] for row in await connection.fetch("SELECT id FROM hazards")]
    is_over = asyncio.Event()

    async def fold_now_and_then() -> int:
        other, folded = await asyncpg.connect(database_url), 0
        while not is_over.is_set():
            async with other.transaction():
                folded += await hazard_tallies.fold(other)
            await asyncio.sleep(0)
        await other.close()
        return folded

    folding = asyncio.create_task(fold_now_and_then())
    for turn in range(CHANGES):
        some = chance.sample(identifiers, chance.choice((1, 1, 1, 5)))
        change = chance.randrange(5)
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            if change == 0:
                await connection.execute(
                    "UPDATE hazards SET state = 'registered', owner_id = NULL, due_at = NULL, closed_at = NULL,"
                    " original_id = NULL WHERE id = ANY ($1)",
                    some,
                )
            elif change == 1:
                await connection.execute(
                    "UPDATE hazards SET organization_id = $2 WHERE id = ANY ($1)", some, chance.choice(ORGANIZATIONS)
                )
            elif change == 2:
                await connection.execute(
                    "UPDATE hazards SET position = point($2, $3) WHERE id = ANY ($1) AND position IS NOT NULL",
                    some,
                    chance.uniform(-180, 180),
                    chance.choice((-90.0, 90.0, chance.uniform(-90, 90))),
                )
            elif change == 3:
                await connection.execute("UPDATE hazards SET version = version + 1 WHERE id = ANY ($1)", some)
            else:
                await connection.execute("DELETE FROM hazards WHERE id = $1", some[0])
                identifiers.remove(some[0])
        if turn % 10 == 0:
            level = chance.choice(COUNTED_AHEAD)
            async with connection.transaction(isolation="repeatable_read"):
                assert await counted(connection, level) == await by_eye(connection, level)
                states = await connection.fetch("SELECT state, count(*) AS many FROM hazards GROUP BY state")
                assert await hazard_tallies.by_state(connection, EVERYBODYS, HazardFilter()) == {
                    State(row["state"]): row["many"] for row in states
                }
    is_over.set()
    assert await folding > CHANGES // 4
    async with connection.transaction():
        await hazard_tallies.fold(connection)
    assert await connection.fetchval("SELECT count(*) FROM hazard_tally_changes") == 0
    for level in COUNTED_AHEAD:
        assert await counted(connection, level) == await by_eye(connection, level)


async def test_who_is_second_to_fold_does_not_wait(connection: Any, database_url: str) -> None:
    await seed(connection, 50)
    await connection.execute("UPDATE hazards SET position = point(113, 37) WHERE position IS NOT NULL")
    other = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            assert await hazard_tallies.fold(connection) > 0
            async with other.transaction():
                async with asyncio.timeout(5):
                    assert await hazard_tallies.fold(other) == 0
    finally:
        await other.close()


TEXTS = st.text(st.sampled_from("疏散楼梯 东aB12\n\t　，ＡⅣ①㎡é\u0301\u2028_%\\'\"-"), max_size=30)


async def test_text_and_question_are_taken_apart_alike(connection: Any) -> None:
    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    @given(TEXTS)
    def alike(written: str) -> None:
        cases.append(written)

    cases: list[str] = []
    await asyncio.to_thread(alike)
    rows = await connection.fetch(
        """SELECT normalized_text(t) AS normalized, hazard_terms('140302-2026-000123', normalized_text(t)) AS terms
           FROM unnest($1::text[]) AS t""",
        cases,
    )
    for written, row in zip(cases, rows, strict=True):
        words = text_search.normalized(written).split()
        assert row["normalized"].split() == words, repr(written)
        assert {term for term in row["terms"] if not term.startswith("#") or len(term) == 2} == {
            term for word in words for term in text_search.terms(word)
        }, repr(written)
        assert {"#140302-2026-000123", "#2026-000123", "#000123"} <= set(row["terms"])


async def test_a_text_that_is_written_anew_is_found_anew(connection: Any) -> None:
    await seed(connection, 50)
    one = await connection.fetchval("SELECT id FROM hazards LIMIT 1")
    await connection.execute("UPDATE hazards SET description = 'Ｗａｔｅｒ 水管破裂', floor = 'B2' WHERE id = $1", one)
    texts = await connection.fetch("SELECT hazard_id FROM hazard_texts WHERE content LIKE '%water 水管破裂%b2%'")
    assert [row["hazard_id"] for row in texts] == [one]
    assert await connection.fetchval("SELECT count(*) FROM hazard_texts") == 50


async def test_the_database_cuts_the_map_as_we_do(connection: Any) -> None:
    chance = random.Random(5)
    places = [Coordinate(chance.uniform(-180, 180), chance.uniform(-90, 90)) for _ in range(500)]
    places += [Coordinate(x, y) for x in (-180.0, 0.0, 180.0) for y in (-90.0, -85.06, 0.0, 85.06, 90.0)]
    rows = await connection.fetch(
        """SELECT map_column(p) AS x, map_row(p) AS y FROM unnest($1::float8[], $2::float8[]) AS c (lon, lat)
           CROSS JOIN LATERAL point(lon, lat) AS p""",
        [place.longitude for place in places],
        [place.latitude for place in places],
    )
    assert [(row["x"], row["y"]) for row in rows] == [cell_of(place, FINEST) for place in places]
    assert await connection.fetchval("SELECT map_column(NULL) IS NULL AND map_row(NULL) IS NULL")
    assert touched(WORLD, 2) == Cells(2, 0, 0, 3, 3)
