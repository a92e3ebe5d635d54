"""At a hundred thousand hazards, and in full at a million: every list uses its index and sorts nothing on disk."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from schemas.hazards import State
from service.database import prepare_connection
from service.domain import text_search
from service.domain.geodesy import Coordinate
from service.domain.map_cells import Box, around, touched
from service.repositories import (
    hazard_counts,
    hazard_filters,
    hazard_lists,
    hazard_neighbors,
    hazard_tallies,
    hazard_texts,
)
from service.repositories.hazard_filters import HazardFilter, Seer
from service.repositories.hazard_lists import NEWEST, Place
from tests.conftest import PROVING, TEMPLATE, database_at
from tests.hazard_seed import seed
from tests.people import CHENGQU, CITY, account_id, organization_id
from tests.seeded_history import (
    DISTRICTS,
    PLANTED,
    RARE_CHECKPOINT,
    RARE_OWNER,
    RARE_PLACE,
    RARE_PREMISES,
    RARE_VISIT,
    RARE_WORD,
)

COUNT = 1_000_000 if PROVING else 100_000
LIMIT = 51
MOST_LOOKED_AT = 6_000
"""Rows of hazards that a page may touch, however many there are: what is looked through, and then some."""
NAME = f"clearway_hazards_{uuid4().hex}"
NOW = datetime(2026, 11, 20, tzinfo=UTC)

CITYWIDE = Seer(account_id("auditor"), frozenset(organization_id(code) for code in (*DISTRICTS, CITY)))
DISTRICT = Seer(account_id("desk"), frozenset({organization_id(CHENGQU)}))
OWNER = Seer(account_id("seeded-owner-140302-3"), frozenset())
INSPECTOR = Seer(account_id("seeded-inspector-140302-3"), frozenset({organization_id(CHENGQU)}))
OPEN = (State.REPORTED, State.REGISTERED, State.ASSIGNED, State.RECTIFYING, State.PENDING_REVIEW, State.PENDING_CLOSE)
NEAR_RARE = Box(RARE_PLACE[0] - 0.01, RARE_PLACE[1] - 0.01, RARE_PLACE[0] + 0.01, RARE_PLACE[1] + 0.01)
WHOLE_TOWN = Box(113.3, 37.7, 114.0, 38.5)


def words(query: str) -> text_search.Search | None:
    return text_search.parsed(query)


PAGES: dict[str, tuple[Seer, HazardFilter, str]] = {
    "everything": (CITYWIDE, HazardFilter(), "hazards_organization_id"),
    "of a district": (DISTRICT, HazardFilter(), "hazards_organization_id"),
    "of an owner": (OWNER, HazardFilter(), "hazards_owner_id"),
    "of an inspector": (INSPECTOR, HazardFilter(), "hazards_reported_by"),
    "closed": (CITYWIDE, HazardFilter(states=(State.CLOSED,)), "hazards_organization_id_state"),
    "open": (CITYWIDE, HazardFilter(states=OPEN), "hazards_organization_id_state"),
    "open of a district": (DISTRICT, HazardFilter(states=OPEN), "hazards_organization_id_state"),
    "a category": (CITYWIDE, HazardFilter(category="H03"), "hazards_organization_id_state_category"),
    "major": (CITYWIDE, HazardFilter(level="major"), "hazards_level"),
    "from other authorities": (CITYWIDE, HazardFilter(source="transferred"), "hazards_source"),
    "shelved": (CITYWIDE, HazardFilter(is_shelved=True), "hazards_shelved"),
    "overdue": (CITYWIDE, HazardFilter(is_overdue=True, at=NOW), "hazards_organization_id_state"),
    "owned by one": (CITYWIDE, HazardFilter(owner_id=account_id(RARE_OWNER)), "hazards_owner_id"),
    "of premises": (CITYWIDE, HazardFilter(premises_id=RARE_PREMISES), "hazards_premises_id"),
    "of a checkpoint": (CITYWIDE, HazardFilter(checkpoint_id=RARE_CHECKPOINT), "hazards_checkpoint_id"),
    "of a visit": (CITYWIDE, HazardFilter(visit_id=RARE_VISIT), "hazards_visit_id"),
    "a rare word": (CITYWIDE, HazardFilter(search=words(RARE_WORD)), "hazard_texts_terms"),
    "a rare word in a district": (DISTRICT, HazardFilter(search=words(RARE_WORD)), "hazard_texts_terms"),
    "a word that nobody wrote": (CITYWIDE, HazardFilter(search=words("鲸蓝")), "hazard_texts_terms"),
    "a number": (CITYWIDE, HazardFilter(search=words("140302-2026-000123")), "hazard_texts_terms"),
    "a common word": (CITYWIDE, HazardFilter(search=words("疏散")), "hazards_received_at"),
    "a long common word": (CITYWIDE, HazardFilter(search=words("应急照明不亮")), "hazards_received_at"),
    "a small box": (CITYWIDE, HazardFilter(box=NEAR_RARE), "hazards_position"),
    "a wide box": (CITYWIDE, HazardFilter(box=WHOLE_TOWN), "hazards_received_at"),
    "a rare word in a wide box": (
        CITYWIDE,
        HazardFilter(box=WHOLE_TOWN, search=words(RARE_WORD)),
        "hazard_texts_terms",
    ),
    "a day long ago": (
        CITYWIDE,
        HazardFilter(received_from=NOW - timedelta(days=300), received_until=NOW - timedelta(days=299)),
        "hazards_organization_id",
    ),
}


@pytest.fixture(scope="module")
def many(server_url: str) -> Iterator[str]:
    """The address of a database with many hazards."""
    asyncio.run(_command(server_url, f"CREATE DATABASE {NAME} TEMPLATE {TEMPLATE}"))
    try:
        asyncio.run(_seed(database_at(server_url, NAME)))
        yield database_at(server_url, NAME)
    finally:
        asyncio.run(_command(server_url, f"DROP DATABASE {NAME} WITH (FORCE)"))


async def _command(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _seed(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await seed(connection, COUNT, until=NOW)
    finally:
        await connection.close()


class Watched:
    """A connection that explains every statement that it runs."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.nodes: list[dict[str, Any]] = []

    async def fetch(self, statement: str, *arguments: Any) -> Any:
        told = await self.connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *arguments)
        plan = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
        self.nodes += _nodes(plan)
        return await self.connection.fetch(statement, *arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)

    def used(self) -> set[str]:
        return {node["Index Name"] for node in self.nodes if "Index Name" in node}

    def look(self) -> None:
        """No list reads all hazards or sorts on disk."""
        for node in self.nodes:
            assert (node["Node Type"], node.get("Relation Name")) != ("Seq Scan", "hazards"), node
            assert (node["Node Type"], node.get("Relation Name")) != ("Seq Scan", "hazard_texts"), node
            assert node.get("Sort Space Type") != "Disk", node

    def rows_looked_at(self) -> int:
        most: int = max(
            (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
            for node in self.nodes
            if node.get("Relation Name") in ("hazards", "hazard_texts")
        )
        return most


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from _nodes(below)


@pytest.fixture
async def connection(many: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(many)
    await prepare_connection(connection)
    try:
        yield connection
    finally:
        await connection.close()


async def page(connection: Any, seer: Seer, wanted: HazardFilter, after: Place = NEWEST) -> tuple[Watched, list[Any]]:
    watched: Any = Watched(connection)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await hazard_filters.plan_for_values(connection)
        common_terms = await hazard_texts.common_terms(watched.connection)
        lines = await hazard_lists.page(
            watched, seer=seer, wanted=wanted, after=after, limit=LIMIT, common_terms=common_terms
        )
    return watched, lines


@pytest.mark.prove(minutes=4)
async def test_every_list_uses_its_index_and_looks_at_little(connection: asyncpg.Connection) -> None:
    for name, (seer, wanted, index) in PAGES.items():
        watched, lines = await page(connection, seer, wanted)
        watched.look()
        assert index in watched.used(), (name, watched.used())
        assert watched.rows_looked_at() <= MOST_LOOKED_AT, (name, watched.rows_looked_at())
        if "nobody" not in name:
            assert lines, name


@pytest.mark.prove
async def test_what_is_planted_is_found_by_every_mark_of_it(connection: asyncpg.Connection) -> None:
    for name in ("of premises", "of a checkpoint", "of a visit", "a rare word", "a small box"):
        seer, wanted, _ = PAGES[name]
        _, lines = await page(connection, seer, wanted)
        assert len(lines) == PLANTED, name


@pytest.mark.prove
async def test_a_late_page_is_as_good_as_the_first(connection: asyncpg.Connection) -> None:
    for name, (seer, wanted, _) in PAGES.items():
        _, lines = await page(connection, seer, wanted, Place(NOW - timedelta(days=500), organization_id(CITY)))
        watched, _ = await page(connection, seer, wanted, Place(NOW - timedelta(days=500), organization_id(CITY)))
        watched.look()
        assert all(line.received_at <= NOW - timedelta(days=500) for line in lines), name


@pytest.mark.prove
async def test_counts_and_neighbors_read_no_more_than_they_must(connection: asyncpg.Connection) -> None:
    watched: Any = Watched(connection)
    place = Coordinate(*RARE_PLACE)
    async with connection.transaction():
        await hazard_filters.plan_for_values(connection)
        assert (await hazard_counts.by_state(watched, CITYWIDE, PAGES["a rare word"][1])).values()
        counted = await hazard_tallies.by_state(watched, CITYWIDE, HazardFilter())
        assert sum(counted.values()) == COUNT
        cells = touched(WHOLE_TOWN, 12)
        shown = await hazard_tallies.by_cell(watched, cells, 12, CITYWIDE.organization_ids, State)
        assert sum(shown.values()) > COUNT // 2
        await hazard_neighbors.like(
            watched,
            CITYWIDE,
            category="A01",
            box=around(place, 50),
            captured_from=NOW - timedelta(days=30),
            captured_until=NOW,
            beside=None,
            limit=20,
        )
        some = await connection.fetchval("SELECT id FROM hazards WHERE visit_id = $1 OFFSET 30 LIMIT 1", RARE_VISIT)
        assert await hazard_neighbors.earlier(watched, CITYWIDE, hazard_id=some, after=NEWEST, limit=LIMIT)
    watched.look()
    assert {"hazards_position", "hazard_texts_terms", "hazard_tallies_pkey", "hazards_premises_id"} <= watched.used()


@pytest.mark.prove
async def test_places_where_hazards_come_again_are_found_without_a_sort_on_disk(connection: asyncpg.Connection) -> None:
    for read in (hazard_neighbors.repeat_premises, hazard_neighbors.repeat_checkpoints):
        watched: Any = Watched(connection)
        async with connection.transaction():
            worst = await read(
                watched,
                CITYWIDE.organization_ids,
                received_from=NOW - timedelta(days=90),
                received_until=NOW,
                at_least=2,
                limit=20,
            )
        watched.look()
        assert len(worst) == 20
        assert [place.again for place in worst] == sorted((place.again for place in worst), reverse=True)
