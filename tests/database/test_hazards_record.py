"""What the database itself refuses, and that it finds what lists ask for without reading everything."""

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
from service.repositories import hazards
from tests.hazard_factory import answered, hazard_in, send_action
from tests.people import account_id


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
