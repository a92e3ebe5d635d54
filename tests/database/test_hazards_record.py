"""What the database itself refuses, and that it finds what lists ask for without reading everything."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from schemas.hazards import Action, State
from service.database import prepare_connection
from service.domain.hazards import Hazard, HazardEvent
from service.domain.lifecycle import replay
from service.repositories import hazard_lists, hazards
from service.repositories.hazard_lists import NEWEST, HazardFilter
from tests.hazard_factory import answered, hazard_in, send_action
from tests.people import CHENGQU, account_id, organization_id


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(database_url)
    await prepare_connection(connection)
    yield connection
    await connection.close()


async def told(connection: Any, hazard_id: UUID) -> Hazard:
    """The hazard as its events alone tell it."""
    rows = await connection.fetch(
        "SELECT kind, at, actor_id, body, demo FROM events WHERE subject = 'hazard' AND subject_id = $1 ORDER BY id",
        hazard_id,
    )
    return replay(hazard_id, [HazardEvent(**row) for row in rows])


async def test_the_event_log_alone_rebuilds_the_row(client: httpx.AsyncClient, connection: Any) -> None:
    hazard = await hazard_in(client, State.PENDING_REVIEW, second_inspector="desk")
    for action in (Action.FAIL, Action.SUBMIT, Action.PASS, Action.REOPEN, Action.ASSIGN, Action.HAND_BACK):
        hazard = answered(await send_action(client, hazard, action))
        hazard_id = UUID(hazard["id"])
        assert await told(connection, hazard_id) == await hazards.by_id(connection, hazard_id)


async def test_a_closed_round_and_a_decided_attempt_refuse_every_change(
    client: httpx.AsyncClient, connection: Any
) -> None:
    closed = await hazard_in(client, State.CLOSED)
    answered(await send_action(client, closed, Action.REOPEN))
    for statement in (
        "UPDATE hazard_rounds SET due_at = now() WHERE round = 1",
        "UPDATE hazard_attempts SET outcome = 'failed'",
        "DELETE FROM hazard_attempts",
        "DELETE FROM hazard_rounds WHERE round = 2",
        "DELETE FROM events WHERE subject = 'hazard'",
        "UPDATE events SET body = '{}'",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute(statement)
    await connection.execute("UPDATE hazard_rounds SET notice = 'still open' WHERE round = 2")


@pytest.mark.parametrize(
    "change",
    [
        "state = 'lost'",
        "state = 'assigned'",
        "owner_id = reported_by",
        "version = 0",
        "number = '140302-26-1'",
        "datum = NULL",
        "position = NULL",
        "given_latitude = 91",
        "second_inspector_id = reported_by",
        "category = 'Q77'",
    ],
)
async def test_a_row_that_makes_no_sense_is_refused(client: httpx.AsyncClient, connection: Any, change: str) -> None:
    await hazard_in(client, State.REPORTED)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await connection.execute(f"UPDATE hazards SET {change}")  # noqa: S608


async def test_the_fixer_may_not_review_even_in_the_database(client: httpx.AsyncClient, connection: Any) -> None:
    await hazard_in(client, State.PENDING_REVIEW)
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute(
            "UPDATE hazard_attempts SET outcome = 'passed', mode = 'on_site', decided_at = now(), decided_by = $1",
            account_id("owner"),
        )


async def test_a_page_walks_along_indexes_and_sorts_nothing_big(connection: Any) -> None:
    await _many_hazards(connection, 20_000)
    plan = await _plan_of_page(connection, states=None)
    nodes = list(_nodes(plan))
    assert not [node for node in nodes if node["Node Type"] == "Seq Scan" and node.get("Relation Name") == "hazards"]
    used = {node["Index Name"] for node in nodes if "Index Name" in node}
    assert {"hazards_organization_id_state", "hazards_owner_id", "hazards_reported_by"} <= used
    assert not [node for node in nodes if node.get("Sort Space Type") == "Disk"]
    # Six states of one district, 51 lines each at most, whatever the table holds.
    assert max(node["Actual Rows"] * node["Actual Loops"] for node in nodes) <= 6 * 51 + 2 * 51


async def _many_hazards(connection: Any, count: int) -> None:
    await connection.execute(
        """INSERT INTO hazards (id, number, organization_id, category, state, version, round, attempt, owner_id, due_at,
               reported_by, description, place, captured_at, device_time, offline, received_at)
           SELECT gen_random_uuid(), '140302-2026-' || lpad(n::text, 6, '0'), $1, 'A01', state, 1, 1, 1,
               CASE WHEN state IN ('reported', 'registered') THEN NULL ELSE $2::uuid END,
               CASE WHEN state IN ('reported', 'registered') THEN NULL ELSE now() END,
               $3, 'd', 'p', now(), now(), false, now() - n * interval '1 minute'
           FROM generate_series(1, $4) n
           CROSS JOIN LATERAL (SELECT (ARRAY['reported', 'registered', 'assigned', 'rectifying', 'pending_review',
               'closed'])[1 + n % 6]) AS s (state)""",
        organization_id(CHENGQU),
        account_id("owner2"),
        account_id("inspector"),
        count,
    )
    await connection.execute("ANALYZE hazards")


async def _plan_of_page(connection: Any, states: tuple[State, ...] | None) -> dict[str, Any]:
    """The plan of the statement that `hazard_lists.page` really sends."""
    sent: list[tuple[str, tuple[Any, ...]]] = []

    class Listening:
        async def fetch(self, statement: str, *arguments: Any) -> list[Any]:
            sent.append((statement, arguments))
            return []

    await hazard_lists.page(
        Listening(),
        account_id=account_id("desk"),
        readable_organization_ids=[organization_id(CHENGQU)],
        wanted=HazardFilter(states),
        after=NEWEST,
        limit=51,
    )
    ((statement, arguments),) = sent
    # The plan of the first executions knows the values, the later ones do not: the blind one must be good too.
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    rows = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *arguments)
    told = json.loads(rows) if isinstance(rows, str) else rows
    plan: dict[str, Any] = told[0]["Plan"]
    return plan


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for below in plan.get("Plans", []) for node in _nodes(below))]
