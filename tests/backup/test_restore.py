"""What an operator gets from `clearway restore`, and what it refuses before it changes anything."""

import hashlib
import re
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from service.migrator import migrate
from storage import open_store
from tests.backup.conftest import add_photos
from tests.backup.places import NOT_RESTORED, Place, fetch, rows_of, snapshots, tables_in
from tests.people import account_id


async def unchanged(place: Place) -> bool:
    return await tables_in(place.database_url) == 0 and place.objects() == {}


@pytest.fixture
async def backed_up(small: Place, folder: Path) -> Place:
    """The small service, of which there is a backup."""
    status, printed = await small.run("backup", str(folder))
    assert status == 0, printed
    return small


def damage_one(folder: Path, pattern: str = "objects/originals/*/*") -> Path:
    victim = min(folder.glob(pattern))
    damage(victim)
    return victim


def damage(path: Path) -> None:
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.seek(100)
        byte = file.read(1)
        file.seek(100)
        file.write(bytes([byte[0] ^ 1]))


@pytest.mark.parametrize("what", ["objects/originals/*/*", "snapshots/*/database.dump", "snapshots/*/objects.jsonl"])
async def test_a_damaged_backup_is_refused_before_anything_is_changed(
    backed_up: Place, empty: Place, folder: Path, what: str
) -> None:
    victim = damage_one(folder, what)
    for command in (["verify-backup"], ["restore"]):
        status, printed = await empty.run(*command, str(folder))
        assert (status, "backup.damaged" in printed) == (1, True), printed
        assert victim.name in printed
    assert await unchanged(empty)


async def test_a_damaged_copy_that_is_set_aside_is_made_again(backed_up: Place, empty: Place, folder: Path) -> None:
    damage_one(folder)
    status, printed = await empty.run("verify-backup", str(folder), "--set-aside")
    assert (status, "1 damaged copies were set aside" in printed) == (1, True), printed
    assert (await backed_up.run("backup", str(folder)))[0] == 0
    status, printed = await empty.run("verify-backup", str(folder))
    assert status == 0, printed


async def test_a_place_that_is_not_empty_is_refused(backed_up: Place, empty: Place, folder: Path) -> None:
    database_used = Place(backed_up.database_url, empty.store)
    status, printed = await database_used.run("restore", str(folder))
    assert (status, "backup.database_not_empty" in printed) == (1, True), printed
    store_used = Place(empty.database_url, backed_up.store)
    status, printed = await store_used.run("restore", str(folder))
    assert (status, "backup.store_not_empty" in printed) == (1, True), printed
    assert await unchanged(empty)


async def test_a_restored_place_is_not_restored_into_again(backed_up: Place, empty: Place, folder: Path) -> None:
    status, printed = await empty.run("restore", str(folder))
    assert status == 0, printed
    assert "Repeat what else was done after" in printed
    status, printed = await empty.run("restore", str(folder))
    assert (status, "backup.database_not_empty" in printed) == (1, True), printed
    assert empty.objects() == backed_up.objects()


async def test_an_earlier_snapshot_can_be_chosen(backed_up: Place, empty: Place, folder: Path) -> None:
    then = backed_up.objects()
    await add_photos(backed_up, 2, 3000, seed=9)
    assert (await backed_up.run("backup", str(folder)))[0] == 0
    first, _ = snapshots(folder)
    status, printed = await empty.run("restore", str(folder), "--snapshot", first)
    assert status == 0, printed
    assert empty.objects() == then
    assert await fetch(empty.database_url, "SELECT count(*) FROM photos") == [(12,)]


async def test_where_there_is_no_backup_nothing_is_restored(empty: Place, folder: Path) -> None:
    status, printed = await empty.run("restore", str(folder))
    assert (status, "backup.not_found" in printed) == (1, True), printed
    assert await unchanged(empty)


async def test_a_store_that_survived_is_checked_and_gets_what_it_lacks(
    backed_up: Place, empty: Place, folder: Path
) -> None:
    """Only the database was lost. A photo that came after the backup stays in the store."""
    whole = backed_up.objects()
    lost, damaged, *_ = sorted(whole)
    (backed_up.store / lost).unlink()
    place = Place(empty.database_url, backed_up.store)
    damage(backed_up.store / damaged)
    status, printed = await place.run("restore", str(folder), "--store-survived")
    assert (status, "backup.store_differs" in printed, damaged in printed) == (1, True, True), printed
    assert await tables_in(empty.database_url) == 0
    (backed_up.store / damaged).unlink()
    status, printed = await place.run("restore", str(folder), "--store-survived")
    assert status == 0, printed
    assert place.objects() == whole


async def test_a_backup_without_copies_needs_the_store_to_hold_everything(
    small: Place, empty: Place, folder: Path
) -> None:
    assert (await small.run("backup", str(folder), "--no-copy"))[0] == 0
    place = Place(empty.database_url, small.store)
    victim = small.store / min(small.objects())
    hidden = victim.with_name("hidden")
    victim.rename(hidden)
    status, printed = await place.run("restore", str(folder), "--store-survived")
    assert (status, "backup.store_lacks" in printed) == (1, True), printed
    assert await tables_in(empty.database_url) == 0
    hidden.rename(victim)
    status, printed = await place.run("restore", str(folder), "--store-survived")
    assert status == 0, printed
    assert (await rows_of(empty.database_url))["photos"] == (await rows_of(small.database_url))["photos"]


async def test_sessions_and_unfinished_uploads_are_not_brought_back(small: Place, empty: Place, folder: Path) -> None:
    connection = await asyncpg.connect(small.database_url)
    store = open_store(small.store.as_uri())
    upload = uuid4()
    writer = store.begin_segment(f"segments/{upload}/1")
    await writer.write(b"half a photo")
    segment = await writer.commit()
    await connection.execute(
        """INSERT INTO uploads (id, account_id, photo_id, length, confirmed_offset, created_at, expires_at)
           VALUES ($1, $2, $1, 100, 12, now(), now() + interval '1 day')""", upload, account_id("inspector"),
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO upload_segments (upload_id, start, size, sha256, object_key) VALUES ($1, 0, 12, $2, $3)",
        upload, segment.sha256, segment.key,
    )  # fmt: skip
    await connection.close()
    await store.close()
    assert (await small.run("backup", str(folder)))[0] == 0
    status, printed = await empty.run("restore", str(folder))
    assert status == 0, printed
    rows = await rows_of(empty.database_url)
    assert {table: rows[table][0] for table in NOT_RESTORED} == dict.fromkeys(NOT_RESTORED, 0)
    assert not any(key.startswith("segments/") for key in empty.objects())


async def test_a_backup_of_a_newer_clearway_or_server_is_refused(backed_up: Place, empty: Place, folder: Path) -> None:
    [name] = snapshots(folder)
    file = folder / "snapshots" / name / "snapshot.json"
    text = file.read_text()
    for pattern, instead, code in (
        (r'"migration": \d+', '"migration": 9999', "backup.clearway_older"),
        (r'"server_version": \d+', '"server_version": 990001', "backup.server_older"),
        (r'"tool_major": \d+', '"tool_major": 99', "backup.tools_missing"),
        (r'"format": 1', '"format": 2', "backup.format_unknown"),
    ):
        file.write_text(re.sub(pattern, instead, text))
        sum_again(file.parent)
        status, printed = await empty.run("restore", str(folder))
        assert (status, code in printed) == (1, True), printed
        assert await unchanged(empty)


def sum_again(snapshot: Path) -> None:
    names = ("database.dump", "objects.jsonl", "published.txt", "snapshot.json")
    lines = (f"{hashlib.sha256((snapshot / name).read_bytes()).hexdigest()}  {name}\n" for name in names)
    (snapshot / "SHA256SUMS").write_text("".join(lines))


async def test_the_schema_is_that_of_the_backup_and_needs_no_migration(
    backed_up: Place, empty: Place, folder: Path
) -> None:
    status, printed = await empty.run("restore", str(folder))
    assert (status, "clearway migrate" in printed) == (0, False), printed
    assert await migrate(empty.database_url) == []
