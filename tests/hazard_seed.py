"""Years of hazards put straight into the tables, for tests and figures that need many.

`seed` is repeatable: the same count, seed and `until` make the same rows. Only tables are filled: no events, no photos.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg

from service.repositories import hazard_tallies
from tests.seeded_history import COLUMNS, History

TABLES = (*COLUMNS, "hazard_texts", "hazard_tallies", "hazard_tally_changes", "premises", "checkpoints", "accounts")


async def seed(
    connection: asyncpg.Connection, count: int, *, seed: int = 1, until: datetime | None = None, batch: int = 20_000
) -> None:
    """Adds `count` hazards of the two years before `until` (None: now), into tables that hold none yet.

    Needs a superuser, as the embedded database's is: foreign keys are not checked and indexes are made afterwards,
    which is several times as fast. Takes about 80 seconds for a million.
    """
    history = History(count, seed, until or datetime.now(UTC))
    await history.town.move_in(connection)
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        await connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
        await connection.execute("SET LOCAL statement_timeout = 0")
        indexes = await _drop_indexes(connection)
        for rows in history.rows(batch):
            for table, lines in (
                ("hazards", rows.hazards),
                ("hazard_rounds", rows.rounds),
                ("hazard_attempts", rows.attempts),
                ("hazard_extensions", rows.extensions),
            ):
                if lines:
                    await _copy(connection, table, lines)
        await connection.executemany(
            """INSERT INTO number_series (organization_code, year, last_serial) VALUES ($1, $2, $3)
               ON CONFLICT (organization_code, year) DO UPDATE
                   SET last_serial = greatest(number_series.last_serial, excluded.last_serial)""",
            [(code, year, serial) for (code, year), serial in history.serials.items()],
        )
        for definition in indexes:
            await connection.execute(definition)
        await hazard_tallies.fold(connection)
    for table in TABLES:
        await connection.execute(f"VACUUM (ANALYZE) {table}")


async def _drop_indexes(connection: asyncpg.Connection) -> list[str]:
    """Drops what only makes reading fast; returns how to make it again."""
    found = await connection.fetch(
        """SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
           WHERE i.indrelid = ANY (SELECT to_regclass(t) FROM unnest(
                     '{hazards,hazard_rounds,hazard_attempts,hazard_extensions,hazard_texts}'::text[]) t)
             AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)"""
    )
    for row in found:
        await connection.execute(f"DROP INDEX {row['name']}")
    return [row["definition"] for row in found]


async def _copy(connection: asyncpg.Connection, table: str, lines: list[str]) -> None:
    async def source() -> AsyncIterator[bytes]:
        for first in range(0, len(lines), 2000):
            yield ("\n".join(lines[first : first + 2000]) + "\n").encode()

    await connection.copy_to_table(table, source=source(), columns=COLUMNS[table].split(), format="text")
