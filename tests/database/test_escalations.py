"""Lateness is told once to each of the right people, however often and by however many workers it is looked for."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from service.app import open_worker_context
from service.database import Connection
from service.repositories import clocks
from service.settings import Settings
from service.workers import jobs
from service.workflows import notifications
from service.workflows.context import Context
from tests import people

NOW = datetime(2026, 6, 5, 1, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OWNER = "owner"
DESK, REVIEWER, APPROVER = "hazard:assign", "hazard:review", "hazard:approve"


class Hazards:
    """Rows as the loop leaves them, without the walk that leads there."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self._serial = 0

    async def add(self, state: str, *, assigned_at: datetime = NOW - 30 * DAY, **columns: Any) -> UUID:
        hazard_id = uuid4()
        self._serial += 1
        has_owner = state in ("assigned", "rectifying", "pending_review", "pending_close")
        values = {
            "id": hazard_id,
            "number": f"140302-2026-{self._serial:06d}",
            "organization_id": people.organization_id(people.CHENGQU),
            "category": "A04",
            "state": state,
            "version": 1,
            "round": 1,
            "attempt": 1,
            "owner_id": people.account_id("owner") if has_owner else None,
            "reported_by": people.account_id("inspector"),
            "description": "堆满纸箱",
            "place": "二层东侧楼梯",
            "premises": "南大街演示商厦",
            "captured_at": assigned_at,
            "device_time": assigned_at,
            "offline": False,
            "received_at": assigned_at,
            "closed_at": NOW if state == "closed" else None,
        } | columns
        names = ", ".join(values)
        places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
        await self.connection.execute(f"INSERT INTO hazards ({names}) VALUES ({places})", *values.values())  # noqa: S608
        await self.connection.execute(
            """INSERT INTO hazard_rounds (hazard_id, round, opened_at, assigned_at, owner_id, due_at)
               VALUES ($1, $2, $3, $3, $4, $5)""",
            hazard_id,
            values["round"],
            assigned_at,
            values["owner_id"],
            values.get("due_at"),
        )
        return hazard_id

    async def ask_for_more_time(self, hazard_id: UUID, requested_at: datetime) -> None:
        await self.connection.execute(
            """INSERT INTO hazard_extensions (hazard_id, round, number, requested_at, requested_by, until, reason)
               VALUES ($1, 1, 1, $2, $3, $2, '等配件')""",
            hazard_id,
            requested_at,
            people.account_id("owner"),
        )

    async def told(self) -> set[tuple[str, str]]:
        """Kind and recipient of everything that was told."""
        rows = await self.connection.fetch(
            "SELECT n.kind, coalesce(a.account, n.permission) AS whom "
            "FROM notifications n LEFT JOIN accounts a ON a.id = n.account_id"
        )
        assert len(rows) == len({(row["kind"], row["whom"]) for row in rows})
        return {(row["kind"].removeprefix("hazard."), row["whom"]) for row in rows}


@pytest.fixture
async def hazards(database_url: str) -> AsyncIterator[Hazards]:
    connection = await asyncpg.connect(database_url)
    yield Hazards(connection)
    await connection.close()


@pytest.mark.parametrize(
    ("state", "columns", "told"),
    [
        ("assigned", {"due_at": NOW + 25 * HOUR}, set()),
        ("assigned", {"due_at": NOW + 24 * HOUR}, {("rectification_due_soon", OWNER)}),
        ("rectifying", {"due_at": NOW + HOUR}, {("rectification_due_soon", OWNER)}),
        ("rectifying", {"due_at": NOW}, {("rectification_overdue", OWNER), ("rectification_overdue", DESK)}),
        (
            "rectifying",
            {"due_at": NOW - 25 * HOUR},
            {("rectification_long_overdue", OWNER), ("rectification_overdue", DESK)},
        ),
        (
            "rectifying",
            {"due_at": NOW - 25 * HOUR, "level": "major"},
            {
                ("rectification_long_overdue", OWNER),
                ("rectification_overdue", DESK),
                ("rectification_long_overdue", APPROVER),
            },
        ),
        (
            "rectifying",
            {"due_at": NOW - 73 * HOUR},
            {
                ("rectification_long_overdue", OWNER),
                ("rectification_overdue", DESK),
                ("rectification_long_overdue", APPROVER),
            },
        ),
        # The owner's time does not run, or is long past being news.
        ("pending_review", {"due_at": NOW - HOUR}, set()),
        ("closed", {"owner_id": people.account_id("owner"), "due_at": NOW - HOUR}, set()),
        ("rectifying", {"due_at": NOW - 100 * DAY}, set()),
        ("assigned", {}, set()),
        ("pending_review", {"review_due_at": NOW + HOUR}, {("review_due_soon", REVIEWER)}),
        ("pending_review", {"review_due_at": NOW - HOUR}, {("review_overdue", REVIEWER)}),
        (
            "pending_review",
            {"review_due_at": NOW - 80 * HOUR},
            {("review_overdue", REVIEWER), ("review_long_overdue", APPROVER)},
        ),
        ("rectifying", {"review_due_at": NOW - HOUR}, set()),
        (
            "pending_review",
            {"supervision_limit_at": NOW + 29 * DAY},
            {("supervision_due_soon", OWNER), ("supervision_due_soon", DESK)},
        ),
        # Nobody owns it yet: only the desk can be told.
        ("registered", {"supervision_limit_at": NOW + 29 * DAY}, {("supervision_due_soon", DESK)}),
        (
            "pending_close",
            {"supervision_limit_at": NOW},
            {("supervision_overdue", OWNER), ("supervision_overdue", DESK), ("supervision_overdue", APPROVER)},
        ),
        ("transferred", {"supervision_limit_at": NOW}, set()),
    ],
)
async def test_the_latest_step_is_told_to_the_right_people_and_told_once(
    context: Context, hazards: Hazards, state: str, columns: dict[str, Any], told: set[tuple[str, str]]
) -> None:
    await hazards.add(state, **columns)
    assert await notifications.escalate(context, NOW) == len(told)
    assert await hazards.told() == told
    assert await notifications.escalate(context, NOW) == 0
    assert await notifications.escalate(context, NOW + timedelta(minutes=5)) == 0
    assert await hazards.told() == told


async def test_looking_for_lateness_changes_no_hazard(context: Context, hazards: Hazards) -> None:
    await hazards.add("rectifying", due_at=NOW - HOUR)
    of_everything = "SELECT array_agg((h.xmin, h.*)::text) FROM hazards h"
    before = await hazards.connection.fetchval(of_everything)
    assert await notifications.escalate(context, NOW) == 2
    assert await hazards.connection.fetchval(of_everything) == before
    assert await hazards.connection.fetchval("SELECT count(*) FROM events") == 0


async def test_each_step_is_told_when_its_time_comes(context: Context, hazards: Hazards) -> None:
    await hazards.add("rectifying", due_at=NOW)
    told = []
    for hours in (-25, -24, -1, 0, 1, 24, 71, 72, 1000):
        told.append((hours, await notifications.escalate(context, NOW + hours * HOUR)))
    assert told == [(-25, 0), (-24, 1), (-1, 0), (0, 2), (1, 0), (24, 1), (71, 0), (72, 1), (1000, 0)]


async def test_more_time_starts_the_steps_anew(context: Context, hazards: Hazards) -> None:
    hazard_id = await hazards.add("rectifying", due_at=NOW)
    assert await notifications.escalate(context, NOW) == 2
    await hazards.connection.execute("UPDATE hazards SET due_at = $2 WHERE id = $1", hazard_id, NOW + 10 * DAY)
    assert await notifications.escalate(context, NOW + DAY) == 0
    assert await notifications.escalate(context, NOW + 9 * DAY) == 1
    assert await notifications.escalate(context, NOW + 10 * DAY) == 2


async def test_an_owner_who_has_just_got_a_day_is_not_told_at_once_that_it_ends_soon(
    context: Context, hazards: Hazards
) -> None:
    await hazards.add("assigned", assigned_at=NOW - HOUR, due_at=NOW + 23 * HOUR)
    assert await notifications.escalate(context, NOW) == 0
    assert await notifications.escalate(context, NOW + 23 * HOUR) == 2


async def test_a_request_for_more_time_that_nobody_decides_is_told(context: Context, hazards: Hazards) -> None:
    hazard_id = await hazards.add("rectifying", due_at=NOW + 50 * DAY)
    await hazards.ask_for_more_time(hazard_id, NOW)
    assert await notifications.escalate(context, NOW + 23 * HOUR) == 0
    assert await notifications.escalate(context, NOW + 24 * HOUR) == 1
    assert await notifications.escalate(context, NOW + 72 * HOUR) == 1
    assert await hazards.told() == {("extension_waiting", DESK), ("extension_long_waiting", APPROVER)}
    await hazards.connection.execute(
        "UPDATE hazard_extensions SET granted = false, decided_at = $1, decided_by = $2",
        NOW,
        people.account_id("desk"),
    )
    await hazards.connection.execute("DELETE FROM notifications")
    assert await notifications.escalate(context, NOW + 72 * HOUR) == 0


async def test_steps_are_data(context: Context, hazards: Hazards) -> None:
    await hazards.connection.execute(
        """DELETE FROM escalation_steps;
           INSERT INTO escalation_steps (clock, step, audience, level, offset_hours)
           VALUES ('rectification', 'due_soon', 'desk', 'major', -48)"""
    )
    await hazards.add("rectifying", due_at=NOW + 47 * HOUR)
    await hazards.add("rectifying", due_at=NOW + 47 * HOUR, level="major")
    assert await notifications.escalate(context, NOW) == 1
    assert await hazards.told() == {("rectification_due_soon", DESK)}


async def many(hazards: Hazards, count: int) -> None:
    for number in range(count):
        await hazards.add("rectifying", due_at=NOW - number * timedelta(seconds=1))


async def told_once(hazards: Hazards, count: int) -> bool:
    keys = await hazards.connection.fetch("SELECT dedupe_key FROM notifications")
    return len(keys) == len(set(keys)) == count


async def test_any_number_may_look_at_once(context: Context, hazards: Hazards, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifications, "BATCH", 7)
    await many(hazards, 40)
    counts = await asyncio.gather(*(notifications.escalate(context, NOW) for _ in range(6)))
    assert sum(counts) == 80
    assert await told_once(hazards, 80)


async def test_two_workers_tell_it_once(settings: Settings, hazards: Hazards, monkeypatch: pytest.MonkeyPatch) -> None:
    async def told_by_the_database(_connection: Connection) -> datetime:
        return NOW

    monkeypatch.setattr(jobs, "utc_now", lambda: NOW)
    monkeypatch.setattr(clocks, "now", told_by_the_database)
    await many(hazards, 10)
    async with open_worker_context(settings) as one, open_worker_context(settings) as other:
        await asyncio.gather(jobs.escalate(one), jobs.escalate(other))
        await jobs.escalate(one)
    assert await told_once(hazards, 20)


async def test_the_outbox_holds_no_names_and_no_places(context: Context, hazards: Hazards) -> None:
    await hazards.add("rectifying", due_at=NOW - HOUR)
    await notifications.escalate(context, NOW)
    rows = await hazards.connection.fetch("SELECT row_to_json(n)::text AS told FROM notifications n")
    assert len(rows) == 2
    for row in rows:
        assert not any(text in row["told"] for text in ("堆满", "楼梯", "商厦", "140302-2026", "owner owner"))


def test_the_schedule_looks_every_five_minutes() -> None:
    assert jobs.SCHEDULE["escalate"] == ("*/5 * * * *", jobs.escalate)
