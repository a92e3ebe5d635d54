"""A database of the bench's own with years of hazards in it, and the people who look for them."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from service.embedded_postgres import EmbeddedPostgres
from service.migrator import migrate
from tests import people
from tests.hazard_seed import seed
from tests.seeded_standings import seed_standings


@dataclass(frozen=True, slots=True)
class SeededRecord:
    """A running database that holds `hazards` hazards of the two years before `until`."""

    url: str
    process: int
    hazards: int
    until: datetime


@contextmanager
def seeded_record(folder: Path, hazards: int) -> Iterator[SeededRecord]:
    """Makes one below `folder`, and removes it afterwards. A minute and a half for a million."""
    postgres = EmbeddedPostgres(folder / "postgres", durable=False)
    try:
        url, until = postgres.start(), datetime.now(UTC)
        asyncio.run(_fill(url, hazards, until))
        assert postgres.process is not None
        yield SeededRecord(url, postgres.process.pid, hazards, until)
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _fill(url: str, hazards: int, until: datetime) -> None:
    await migrate(url)
    await people.move_in(url)
    connection = await asyncpg.connect(url)
    try:
        await seed(connection, hazards, until=until)
        await seed_standings(connection)
    finally:
        await connection.close()
