"""Brings a database to the schema that this version of the code expects.

Plain SQL files, forward only, each in a transaction of its own, remembered with a checksum so that an edited past is
refused. dbmate would be a second binary to install and neither it nor pogo-migrate refuses an edited file; what is
left once they are set aside is this page. The job queue's tables are pgqueuer's own and are brought up by pgqueuer.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files

import asyncpg

from service import database_servers
from service.database import refusals

ADVISORY_LOCK = 0x636C6561
"""One migrator at a time per database; any constant of our own does ('clea')."""

LOCK_TIMEOUT = "5s"
"""A migration that waits for a busy table gives up instead of queueing every reader behind itself."""


class MigrationError(Exception):
    """The database's history and the files disagree, or a file failed."""


class DatabaseIsNewer(MigrationError):
    """The database has a migration that this version does not know: a newer version was here."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file `NNNN_name.sql`."""

    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> bytes:
        """SHA-256 of the file's text."""
        return hashlib.sha256(self.sql.encode()).digest()


def packaged() -> list[Migration]:
    """The migrations that ship with this version, in order. MigrationError when a number is missing or doubled."""
    found = []
    for entry in files("migrations").iterdir():
        if entry.name.endswith(".sql"):
            version, _, name = entry.name.removesuffix(".sql").partition("_")
            found.append(Migration(int(version), name, entry.read_text("utf-8")))
    found.sort(key=lambda migration: migration.version)
    if [migration.version for migration in found] != list(range(1, len(found) + 1)):
        raise MigrationError("migration numbers must be 1, 2, 3 ... without a gap or a double")
    return found


async def migrate(url: str, migrations: Iterable[Migration] | None = None) -> list[str]:
    """Applies what is missing and returns the names of what was applied.

    Safe to call from many processes at once. Raises MigrationError when an applied file was edited or is unknown.
    """
    known = list(packaged() if migrations is None else migrations)
    with refusals():
        connection = await database_servers.connect(url, server_settings={"application_name": "clearway migrate"})
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", ADVISORY_LOCK)
        await _make_history(connection)
        applied = await _applied(connection)
        _refuse_edited_past(known, applied)
        missing = [migration for migration in known if migration.version not in applied]
        for migration in missing:
            await _apply(connection, migration)
        await _bring_up_queue(connection)
        return [f"{migration.version:04d}_{migration.name}" for migration in missing]
    finally:
        await connection.close()


async def missing(url: str, migrations: Iterable[Migration] | None = None) -> list[str]:
    """The names of what `migrate` would apply; changes nothing. Raises as it would when history and files disagree."""
    known = list(packaged() if migrations is None else migrations)
    with refusals():
        connection = await database_servers.connect(url, server_settings={"application_name": "clearway migrate"})
    try:
        is_new = await connection.fetchval("SELECT to_regclass('schema_migrations') IS NULL")
        applied = {} if is_new else await _applied(connection)
    finally:
        await connection.close()
    _refuse_edited_past(known, applied)
    return [f"{item.version:04d}_{item.name}" for item in known if item.version not in applied]


async def pending(connection: asyncpg.Connection) -> list[str]:
    """The names of packaged migrations that the database lacks. Only reads."""
    is_new = await connection.fetchval("SELECT to_regclass('schema_migrations') IS NULL")
    applied = {} if is_new else await _applied(connection)
    return [f"{item.version:04d}_{item.name}" for item in packaged() if item.version not in applied]


async def _make_history(connection: asyncpg.Connection) -> None:
    await connection.execute(
        """CREATE TABLE IF NOT EXISTS schema_migrations (
            version integer PRIMARY KEY,
            name text NOT NULL,
            checksum bytea NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
        )"""
    )


async def _applied(connection: asyncpg.Connection) -> dict[int, bytes]:
    rows = await connection.fetch("SELECT version, checksum FROM schema_migrations")
    return {row["version"]: row["checksum"] for row in rows}


def _refuse_edited_past(known: list[Migration], applied: dict[int, bytes]) -> None:
    checksums = {migration.version: migration.checksum for migration in known}
    for version, checksum in sorted(applied.items()):
        if version not in checksums:
            raise DatabaseIsNewer(f"the database knows migration {version}, this version of Clearway does not: upgrade")
        if checksums[version] != checksum:
            raise MigrationError(f"migration {version} was edited after it was applied: write a new one instead")


async def _apply(connection: asyncpg.Connection, migration: Migration) -> None:
    try:
        async with connection.transaction():
            await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            await connection.execute(migration.sql)
            await connection.execute(
                "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
                migration.version,
                migration.name,
                migration.checksum,
            )
    except asyncpg.PostgresError as error:
        raise MigrationError(f"migration {migration.version:04d}_{migration.name} failed: {error}") from error


async def _bring_up_queue(connection: asyncpg.Connection) -> None:
    # Imported here because it costs 30 MB that a web process must not carry.
    from pgqueuer.db import AsyncpgDriver
    from pgqueuer.queries import Queries

    queries = Queries(AsyncpgDriver(connection))
    if await queries.has_table(queries.qbe.settings.queue_table):
        await queries.upgrade()
    else:
        await queries.install()
    # Jobs that were given up stay; whoever watches the queue counts them every few seconds.
    await connection.execute(
        "CREATE INDEX IF NOT EXISTS pgqueuer_failed ON pgqueuer (entrypoint) WHERE status = 'failed'"
    )
