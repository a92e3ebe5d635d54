"""Looking for lateness and reading what was told cost the same however many hazards and notifications there are."""

import os
import re
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import asyncpg
import pytest

from service.database import prepare_connection
from service.domain import escalations as steps
from service.domain.permissions import Permission
from service.repositories import escalations, notifications
from service.workflows.keyset import NEWEST
from tests.hazard_seed import seed
from tests.people import CHENGQU, CITY, account_id, organization_id

HAZARDS = 1_000_000 if os.environ.get("CLEARWAY_PROVE") == "1" else 20_000
NOW = datetime(2026, 6, 30, 9, tzinfo=UTC)


class Explaining:
    """A connection that tells how it would read, and reads."""

    def __init__(self, connection: Any) -> None:
        self.connection, self.plan = connection, ""

    async def fetch(self, sql: str, *arguments: Any) -> Any:
        rows = await self.connection.fetch(f"EXPLAIN {sql}", *arguments)
        self.plan = "\n".join(row[0] for row in rows)
        return await self.connection.fetch(sql, *arguments)


async def told_before(connection: asyncpg.Connection, count: int) -> None:
    """Fills the outbox with what was told long ago, every other row to one person."""
    await connection.execute(
        """INSERT INTO notifications (id, kind, subject, subject_id, account_id, organization_id, permission,
               dedupe_key, created_at, read_at, read_by)
           SELECT gen_random_uuid(), 'hazard.assigned', 'hazard', gen_random_uuid(),
                  CASE WHEN n % 2 = 0 THEN $2::uuid END, CASE WHEN n % 2 = 1 THEN $3::uuid END,
                  CASE WHEN n % 2 = 1 THEN 'hazard:assign' END, 'old:' || n, $4::timestamptz - n * interval '1 minute',
                  CASE WHEN n > 10 THEN $4 END, CASE WHEN n > 10 THEN $2 END
           FROM generate_series(1, $1) n""",
        count,
        account_id("owner"),
        organization_id(CHENGQU),
        NOW - timedelta(days=1),
    )
    await connection.execute("VACUUM (ANALYZE) notifications")


@pytest.mark.prove
async def test_lateness_is_found_along_its_index_and_what_was_told_by_its_key(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await prepare_connection(connection)
        await seed(connection, HAZARDS, until=NOW)
        await told_before(connection, HAZARDS)
        explaining = Explaining(connection)
        windows = steps.windows(await escalations.steps(connection), NOW)
        told = 0
        while crossed := await escalations.crossings(explaining, windows, 500):
            told += await notifications.insert(connection, [steps.message(crossing, NOW) for crossing in crossed])
        assert told > 10
        scanned = set(re.findall(r"Index (?:Only )?Scan (?:using|on) (\w+)", explaining.plan))
        assert {
            "hazards_due_at",
            "hazards_review_due_at",
            "hazards_supervision_limit_at",
            "hazard_extensions_requested_at",
            "notifications_dedupe_key_key",
        } <= scanned
        assert "Seq Scan" not in explaining.plan
        start = perf_counter()
        assert await escalations.crossings(connection, windows, 500) == []
        assert perf_counter() - start < 5
    finally:
        await connection.close()


@pytest.mark.prove
@pytest.mark.parametrize("unread", [False, True])
async def test_a_page_is_a_walk_along_an_index(database_url: str, unread: bool) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await prepare_connection(connection)
        await told_before(connection, HAZARDS)
        explaining = Explaining(connection)
        page = await notifications.page(
            explaining,
            account_id=account_id("owner"),
            rights=[(organization_id(code), Permission.HAZARD_ASSIGN) for code in (CITY, CHENGQU)],
            unread=unread,
            after=NEWEST,
            limit=51,
        )
        assert len(page) == (10 if unread else 51)
        assert [told.created_at for told in page] == sorted((told.created_at for told in page), reverse=True)
        unread_only = "_unread" if unread else ""
        for index in ("notifications_account_id", "notifications_organization_id"):
            assert f" {index}{unread_only} on notifications" in explaining.plan
        assert "Seq Scan on notifications" not in explaining.plan
    finally:
        await connection.close()
