"""Statistics of many hazards read what they are about, not everything that ever was."""

import os
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from service.database import prepare_connection
from service.repositories import ledger, statistics
from service.repositories.ledger import LedgerFilter
from service.workflows.keyset import NEWEST
from tests.hazard_seed import seed
from tests.people import CHENGQU, organization_id
from tests.seeded_standings import seed_standings

HAZARDS = 100_000 if os.environ.get("CLEARWAY_PROVE") == "1" else 20_000
UNTIL = datetime(2026, 6, 30, 9, tzinfo=UTC)


class Explaining:
    """A connection that tells how it would read, and reads."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.plan = ""

    async def execute(self, *arguments: Any) -> None:
        await self.connection.execute(*arguments)

    async def fetch(self, sql: str, *arguments: Any) -> Any:
        rows = await self.connection.fetch(f"EXPLAIN {sql}", *arguments)
        self.plan += "\n".join(row[0] for row in rows)
        return await self.connection.fetch(sql, *arguments)


@pytest.mark.prove(minutes=2)
async def test_statistics_and_the_ledger_find_their_rows_by_index(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await prepare_connection(connection)
        await seed(connection, HAZARDS, until=UNTIL)
        await seed_standings(connection)
        explaining, anybody = Explaining(connection), [row["id"] for row in await _organizations(connection)]
        year = (date(2026, 1, 1), date(2026, 6, 30))
        async with connection.transaction():
            total = await statistics.counts(explaining, anybody, *year, UNTIL, "area")
            assert sum(counts.hazards for _, counts in total) > HAZARDS / 10
            assert "Index Scan using hazard_standings_past_holds_until" in explaining.plan
            assert "HashAggregate" in explaining.plan
            here = [organization_id(CHENGQU)]
            explaining.plan = ""
            week = (date(2026, 6, 1), date(2026, 6, 7))
            await statistics.counts(explaining, here, *week, UNTIL, "category")
            assert "hazard_standings_organization_id" in explaining.plan
            assert "Seq Scan" not in explaining.plan
        explaining.plan = ""
        wanted = LedgerFilter(UNTIL - timedelta(days=60), UNTIL)
        page = await ledger.page(explaining, organization_ids=anybody, wanted=wanted, after=NEWEST, limit=51)
        assert len(page) == 51
        assert "Seq Scan on hazards" not in explaining.plan
        assert "Seq Scan on hazard_rounds" not in explaining.plan
    finally:
        await connection.close()


async def _organizations(connection: Any) -> Any:
    return await connection.fetch("SELECT id FROM organizations")
