"""Bringing a database to this version's schema: once, whoever starts it and however often, and never halfway."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from service import migrator
from service.migrator import Migration, MigrationError, migrate

FIRST = Migration(1, "first", "CREATE TABLE first (id int);")
SECOND = Migration(2, "second", "CREATE TABLE second (id int); INSERT INTO second VALUES (1);")


async def tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {name for [name] in rows if not name.startswith("pgqueuer")}
    finally:
        await connection.close()


async def pending(url: str, *, readonly: bool = False) -> list[str]:
    connection = await asyncpg.connect(
        url, server_settings={"default_transaction_read_only": "on" if readonly else "off"}
    )
    try:
        return await migrator.pending(connection)
    finally:
        await connection.close()


async def test_an_empty_database_gets_every_migration_once(empty_database_url: str) -> None:
    packaged = [f"{item.version:04d}_{item.name}" for item in migrator.packaged()]
    assert packaged[:3] == ["0001_accounts", "0002_events", "0003_photos"]
    assert await pending(empty_database_url) == packaged
    assert await migrate(empty_database_url) == packaged
    assert await pending(empty_database_url) == []
    assert await migrate(empty_database_url) == []
    assert {"accounts", "events", "photos", "schema_migrations"} <= await tables(empty_database_url)


async def test_many_that_start_at_once_apply_each_migration_once(empty_database_url: str) -> None:
    applied = await asyncio.gather(*(migrate(empty_database_url, [FIRST, SECOND]) for _ in range(5)))
    assert sorted(map(len, applied)) == [0, 0, 0, 0, 2]
    connection = await asyncpg.connect(empty_database_url)
    try:
        assert await connection.fetchval("SELECT count(*) FROM second") == 1
    finally:
        await connection.close()


async def test_asking_what_is_missing_needs_no_right_to_write(database_url: str, empty_database_url: str) -> None:
    assert await pending(database_url, readonly=True) == []
    assert len(await pending(empty_database_url, readonly=True)) == len(migrator.packaged())


async def test_a_new_file_is_applied_to_a_database_that_has_the_old_ones(empty_database_url: str) -> None:
    assert await migrate(empty_database_url, [FIRST]) == ["0001_first"]
    assert await migrate(empty_database_url, [FIRST, SECOND]) == ["0002_second"]


async def test_an_edited_past_is_refused_and_nothing_is_applied(empty_database_url: str) -> None:
    await migrate(empty_database_url, [FIRST])
    edited = Migration(1, "first", FIRST.sql + " -- a comment is an edit too")
    with pytest.raises(MigrationError, match="migration 1 was edited"):
        await migrate(empty_database_url, [edited, SECOND])
    assert "second" not in await tables(empty_database_url)


async def test_a_database_of_a_newer_version_is_refused(empty_database_url: str) -> None:
    await migrate(empty_database_url, [FIRST, SECOND])
    with pytest.raises(MigrationError, match="migration 2, this version of Clearway does not"):
        await migrate(empty_database_url, [FIRST])


async def test_a_file_that_fails_leaves_nothing_and_can_be_mended(empty_database_url: str) -> None:
    failing = Migration(2, "second", "CREATE TABLE second (id int); SELECT 1 / 0;")
    with pytest.raises(MigrationError, match="0002_second failed: division by zero"):
        await migrate(empty_database_url, [FIRST, failing])
    assert {"first", "schema_migrations"} == await tables(empty_database_url)
    assert await migrate(empty_database_url, [FIRST, SECOND]) == ["0002_second"]


async def test_a_migration_does_not_queue_behind_a_busy_table(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrator, "LOCK_TIMEOUT", "50ms")
    await migrate(empty_database_url, [FIRST])
    busy = await asyncpg.connect(empty_database_url)
    try:
        async with busy.transaction():
            await busy.execute("SELECT * FROM first")
            with pytest.raises(MigrationError, match="lock timeout"):
                await migrate(empty_database_url, [FIRST, Migration(2, "wider", "ALTER TABLE first ADD name text;")])
    finally:
        await busy.close()


@pytest.mark.parametrize("names", [["0002_b.sql"], ["0001_a.sql", "0003_c.sql"], ["0001_a.sql", "0001_b.sql"]])
def test_a_missing_or_doubled_number_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[str]
) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1;")
    monkeypatch.setattr(migrator, "files", lambda _: tmp_path)
    with pytest.raises(MigrationError, match="without a gap or a double"):
        migrator.packaged()
