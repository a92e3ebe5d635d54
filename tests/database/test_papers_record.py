"""What the database itself keeps of visits, notices and papers, and how their lists are read."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from service.database import prepare_connection
from service.repositories import notices, visits
from service.repositories.notices import NoticeFilter
from service.repositories.visits import VisitFilter
from service.workflows import keyset
from tests.hazard_factory import answered
from tests.paper_factory import issued, send_visit, visit
from tests.people import CHENGQU, account_id, organization_id


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(database_url)
    await prepare_connection(connection)
    yield connection
    await connection.close()


@pytest.mark.parametrize(
    "change",
    [
        "visits SET second_officer_id = recorded_by",
        "visits SET second_certificate = certificate",
        "visits SET result = 'fine'",
        "visits SET position = NULL",
        "notices SET number = '140302-2026-000001'",
        "notices SET kind = 'warning'",
        "notices SET version = 0",
        "notice_officers SET certificate = '晋C-0001'",
        "notice_hazards SET round = 2",
    ],
)
async def test_a_row_that_makes_no_sense_is_refused(client: httpx.AsyncClient, connection: Any, change: str) -> None:
    answered(await send_visit(client, visit(second_officer="desk", second_certificate="晋C-0002")))
    await issued(client)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await connection.execute(f"UPDATE {change}")


async def test_a_page_of_visits_walks_along_indexes(connection: Any) -> None:
    await connection.execute(
        """INSERT INTO visits (id, organization_id, jurisdiction, result, place, recorded_by, second_officer_id,
               started_at, ended_at, device_time, offline, received_at)
           SELECT gen_random_uuid(), $1, 'reporter', 'clear', 'p', CASE WHEN n % 2 = 0 THEN $2::uuid ELSE $3::uuid END,
               CASE WHEN n % 3 = 0 THEN $4::uuid END, now() - n * interval '1 minute', now(), now(), false, now()
           FROM generate_series(1, 20000) n""",
        organization_id(CHENGQU),
        account_id("inspector"),
        account_id("inspector2"),
        account_id("desk"),
    )
    await connection.execute("ANALYZE visits")

    async def page(listening: Any) -> Any:
        return await visits.page(
            listening,
            account_id=account_id("desk"),
            readable_organization_ids=[organization_id(CHENGQU)],
            wanted=VisitFilter(),
            after=keyset.NEWEST,
            limit=51,
        )

    used = await _indexes_of(connection, page, "visits")
    assert {"visits_organization_id", "visits_recorded_by", "visits_second_officer_id"} <= used


async def test_a_page_of_notices_walks_along_indexes(connection: Any) -> None:
    await connection.execute(
        """INSERT INTO notices (id, number, organization_id, owner_id, kind, version, issued_at, issued_by)
           SELECT gen_random_uuid(), 'TZ-140302-2026-' || lpad(n::text, 6, '0'), $1,
               CASE WHEN n % 2 = 0 THEN $2::uuid ELSE $3::uuid END, 'information', 1,
               now() - n * interval '1 minute', $4
           FROM generate_series(1, 20000) n""",
        organization_id(CHENGQU),
        account_id("owner"),
        account_id("owner2"),
        account_id("desk"),
    )
    await connection.execute("ANALYZE notices")

    async def page(listening: Any) -> Any:
        return await notices.page(
            listening,
            account_id=account_id("owner"),
            readable_organization_ids=[organization_id(CHENGQU)],
            wanted=NoticeFilter(),
            after=keyset.NEWEST,
            limit=51,
        )

    assert {"notices_organization_id", "notices_owner_id"} <= await _indexes_of(connection, page, "notices")


async def _indexes_of(connection: Any, page: Callable[[Any], Awaitable[Any]], table: str) -> set[str]:
    """The indexes by which the statement of a page is answered, blind to its values. It reads little and sorts less."""
    sent: list[tuple[str, tuple[Any, ...]]] = []

    class Listening:
        async def fetch(self, statement: str, *arguments: Any) -> list[Any]:
            sent.append((statement, arguments))
            return []

    await page(Listening())
    ((statement, arguments),) = sent
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    told = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *arguments)
    nodes = list(_nodes((json.loads(told) if isinstance(told, str) else told)[0]["Plan"]))
    assert not [node for node in nodes if node["Node Type"] == "Seq Scan" and node.get("Relation Name") == table]
    assert not [node for node in nodes if node.get("Sort Space Type") == "Disk"]
    assert max(node["Actual Rows"] * node["Actual Loops"] for node in nodes) <= 3 * 51
    return {node["Index Name"] for node in nodes if "Index Name" in node}


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for below in plan.get("Plans", []) for node in _nodes(below))]


def test_a_cursor_names_its_place_to_the_microsecond() -> None:
    place = (datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), UUID(int=7))
    assert keyset.place_of(keyset.cursor_of(*place)) == place
    assert keyset.place_of(keyset.cursor_of(*keyset.NEWEST)) == keyset.NEWEST
