"""What the database itself refuses, whatever the code above it believes."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
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
from tests.hazard_factory import answered, fitting_body, hazard_in, send_action, taken
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


LIVES: dict[str, list[Action]] = {
    "reviewed twice, reopened and handed back": [
        Action.REGISTER, Action.ASSIGN, Action.SUBMIT, Action.FAIL, Action.SUBMIT, Action.PASS, Action.REOPEN,
        Action.ASSIGN, Action.HAND_BACK,
    ],
    "major, supervised and closed at the second try": [
        Action.REGISTER, Action.GRADE, Action.SUPERVISE, Action.ASSIGN, Action.RECORD_REFUSAL, Action.RECORD_SERVICE,
        Action.SUBMIT, Action.PASS, Action.REFUSE_CLOSE, Action.FILE_FIX, Action.PASS, Action.APPROVE_CLOSE,
        Action.REOPEN,
    ],
    "given more time twice, urged and shelved": [
        Action.REGISTER, Action.ASSIGN, Action.REQUEST_EXTENSION, Action.URGE, Action.DECIDE_EXTENSION, Action.SHELVE,
        Action.ACCEPT, Action.URGE,
    ],
    "transferred": [Action.REGISTER, Action.TRANSFER, Action.RECORD_TRANSFER_RECEIPT, Action.RECORD_TRANSFER_RECEIPT],
    "merged": [Action.MERGE],
    "untrue": [Action.INVALIDATE],
    "fixed on the spot and back again": [Action.FIX_ON_THE_SPOT, Action.REOPEN, Action.ASSIGN],
}  # fmt: skip


@pytest.mark.parametrize("life", LIVES)
async def test_after_every_step_the_event_log_alone_rebuilds_the_row(
    client: httpx.AsyncClient, connection: Any, life: str
) -> None:
    # What somebody else saw is not fixed on the spot.
    informant = None if Action.FIX_ON_THE_SPOT in LIVES[life] else {"name": "居民甲", "contact": "13900000001"}
    hazard = await hazard_in(client, State.REPORTED, second_inspector="desk", on_behalf_of=informant)
    for action in LIVES[life]:
        body = await fitting_body(client, action)
        # The desk found it too, so another grades it.
        by = "approver" if action is Action.GRADE else None
        hazard = answered(await send_action(client, hazard, action, by=by, body=body))
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


@pytest.mark.parametrize(
    ("state", "change"),
    [
        (State.ASSIGNED, "owner_id = NULL"),
        (State.PENDING_CLOSE, "owner_id = NULL, due_at = NULL"),
        (State.REGISTERED, "due_at = now()"),
        (State.INVALID, "owner_id = reported_by"),
        (State.CLOSED, "closed_at = NULL"),
        (State.PENDING_CLOSE, "closed_at = now()"),
        (State.DUPLICATE, "original_id = NULL"),
        (State.DUPLICATE, "original_id = id"),
        (State.DUPLICATE, "original_id = gen_random_uuid()"),
        (State.REGISTERED, "original_id = (SELECT id FROM hazards LIMIT 1)"),
        (State.REGISTERED, "level = 'grave'"),
        (State.REGISTERED, "source = 'rumor'"),
        (State.REGISTERED, "category_edition = '1999-01-01'"),
        (State.REGISTERED, "jurisdiction = 'guessed'"),
        (State.REGISTERED, "checkpoint_token = 'forged'"),
        (State.REGISTERED, "premises_id = gen_random_uuid()"),
        (State.REGISTERED, "represented_contact = '13900000001'"),
    ],
)
async def test_a_row_that_does_not_fit_its_state_is_refused(
    client: httpx.AsyncClient, connection: Any, state: State, change: str
) -> None:
    hazard = await hazard_in(client, state)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await connection.execute(f"UPDATE hazards SET {change} WHERE id = $1", UUID(hazard["id"]))  # noqa: S608


async def test_the_fixer_may_not_review_even_in_the_database(client: httpx.AsyncClient, connection: Any) -> None:
    await hazard_in(client, State.PENDING_REVIEW)
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute(
            "UPDATE hazard_attempts SET outcome = 'passed', mode = 'on_site', decided_at = now(), decided_by = $1",
            account_id("owner"),
        )


async def test_reviewer_and_approver_of_a_major_hazard_are_two_people_even_in_the_database(
    client: httpx.AsyncClient, connection: Any
) -> None:
    await hazard_in(client, State.PENDING_CLOSE)
    decided = "UPDATE hazard_attempts SET close_outcome = 'approved', close_decided_at = now(), close_decided_by = $1"
    for one_of_them in ("reviewer", "owner"):
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(decided, account_id(one_of_them))
    await connection.execute(decided, account_id("approver"))


async def test_a_fix_that_failed_its_review_cannot_be_struck_off(client: httpx.AsyncClient, connection: Any) -> None:
    await taken(client, [Action.REGISTER, Action.GRADE, Action.ASSIGN, Action.SUBMIT, Action.FAIL])
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute(
            "UPDATE hazard_attempts SET close_outcome = 'approved', close_decided_at = now(), close_decided_by = $1",
            account_id("approver"),
        )


async def test_who_decided_is_written_with_what_was_decided_and_when(
    client: httpx.AsyncClient, connection: Any
) -> None:
    await taken(client, [Action.REGISTER, Action.GRADE, Action.ASSIGN, Action.REQUEST_EXTENSION, Action.SUBMIT])
    await connection.execute(
        "UPDATE hazard_attempts SET outcome = 'passed', mode = 'on_site', decided_at = now(), decided_by = $1",
        account_id("reviewer"),
    )
    for statement in (
        "UPDATE hazard_attempts SET close_outcome = 'approved'",
        "UPDATE hazard_attempts SET close_outcome = 'approved', close_decided_at = now()",
        "UPDATE hazard_attempts SET cost_yuan = -1",
        "UPDATE hazard_extensions SET granted = false",
        "UPDATE hazard_extensions SET granted = false, decided_at = now()",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await connection.execute(statement)


async def test_what_the_approver_decided_never_changes(client: httpx.AsyncClient, connection: Any) -> None:
    road = [Action.REGISTER, Action.GRADE, Action.ASSIGN, Action.SUBMIT, Action.PASS]
    await taken(client, [*road, Action.REFUSE_CLOSE])
    await taken(client, [*road, Action.APPROVE_CLOSE])
    for change in (
        "close_outcome = 'approved'",
        "close_remarks = 'something else'",
        "close_outcome = NULL, close_decided_at = NULL, close_decided_by = NULL",
        "close_decided_at = now()",
        "cost_yuan = 1",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute(f"UPDATE hazard_attempts SET {change}")  # noqa: S608


@pytest.mark.parametrize(
    "change",
    [
        "outcome = 'failed'",
        "remarks = 'something else'",
        "measures = 'something else'",
        "submitted_by = decided_by, decided_by = submitted_by",
        "represented_name = 'somebody'",
        "cost_yuan = 1",
    ],
)
async def test_the_approver_decides_and_rewrites_nothing_of_the_review(
    client: httpx.AsyncClient, connection: Any, change: str
) -> None:
    await hazard_in(client, State.PENDING_CLOSE)
    with pytest.raises(asyncpg.RestrictViolationError):
        await connection.execute(
            f"UPDATE hazard_attempts SET {change}, close_outcome = 'approved', close_decided_at = now(), "  # noqa: S608
            "close_decided_by = $1",
            account_id("approver"),
        )


async def test_a_request_for_time_is_decided_once_and_by_somebody_else(
    client: httpx.AsyncClient, connection: Any
) -> None:
    await hazard_in(client, State.ASSIGNED)
    await taken(client, [Action.REGISTER, Action.ASSIGN, Action.REQUEST_EXTENSION])
    decided = "UPDATE hazard_extensions SET granted = $1, granted_until = $2, decided_at = now(), decided_by = $3"
    later = datetime(2031, 6, 20, tzinfo=UTC)
    for granted, until, by in ((True, later, "owner"), (True, None, "desk"), (False, later, "desk")):
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(decided, granted, until, account_id(by))
    await connection.execute(decided, False, None, account_id("desk"))
    for granted, until in ((True, later), (False, None)):
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute(decided, granted, until, account_id("desk"))
    for statement in ("UPDATE hazard_extensions SET reason = 'another'", "DELETE FROM hazard_extensions"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute(statement)
