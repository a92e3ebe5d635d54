"""kill -9 in the middle of a backup and of a restore: what was whole stays whole, and the next run goes on."""

import asyncio
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.backup.conftest import add_photos
from tests.backup.places import Place, rows_of, snapshots, tables_in
from tests.conftest import PROVING
from tests.servers import START_SECONDS

KILLS = 20 if PROVING else 3


async def duration(place: Place, *command: str) -> float:
    """How long a command takes that is let be, in seconds."""
    began = time.monotonic()
    status, printed = await asyncio.to_thread(place.run_process, *command)
    assert status == 0, printed
    return time.monotonic() - began


def kill_after(place: Place, *command: str, seconds: float, begun: Callable[[], bool] = lambda: True) -> bool:
    """Starts a command and kills it so long after it has `begun`; whether it was still running."""
    process = place.start(*command)
    while process.poll() is None and not begun():
        time.sleep(0.005)
    time.sleep(seconds)
    was_running = process.poll() is None
    process.kill()
    process.communicate(timeout=START_SECONDS)
    return was_running


@pytest.fixture
async def larger(database_url: str, tmp_path: Path) -> Place:
    """A service whose backup takes a while."""
    place = Place(database_url, tmp_path / "store")
    await add_photos(place, 120, 200_000)
    return place


@pytest.mark.prove
async def test_a_killed_backup_leaves_no_half_of_one_and_the_next_is_whole(larger: Place, folder: Path) -> None:
    whole_run = await duration(larger, "backup", str(folder.with_name("undisturbed")))
    chance, killed, before = random.Random(5), 0, larger.objects()
    for number in range(KILLS):
        whole = snapshots(folder)
        killed += kill_after(larger, "backup", str(folder), seconds=chance.uniform(0.2, 0.9) * whole_run)
        if number % 2:
            await add_photos(larger, 5, 150_000, seed=number + 2)
        assert set(whole) <= set(snapshots(folder))
        if snapshots(folder):
            status, printed = await larger.run("verify-backup", str(folder))
            assert status == 0, printed
    assert killed
    status, printed = await larger.run("backup", str(folder))
    assert status == 0, printed
    status, printed = await larger.run("verify-backup", str(folder))
    assert (status, f"{len(larger.objects())} objects" in printed) == (0, True), printed
    assert not [path for path in (folder / "snapshots").iterdir() if path.name.startswith(".")]
    assert before.items() <= larger.objects().items()


@pytest.mark.prove
async def test_a_killed_restore_goes_on_where_it_was_and_never_leaves_half_a_database(
    larger: Place, empty: Place, folder: Path
) -> None:
    assert (await larger.run("backup", str(folder)))[0] == 0
    chance, killed, tables = random.Random(6), 0, await tables_in(larger.database_url)
    for _ in range(KILLS):
        moment = chance.uniform(0, 0.4)
        killed += kill_after(empty, "restore", str(folder), seconds=moment, begun=lambda: has_marks(empty))
        assert await tables_in(empty.database_url) in (0, tables)
        assert empty.objects().items() - larger.objects().items() <= marks(empty)
    assert killed
    status, printed = await empty.run("restore", str(folder))
    assert status == 0 or "backup.database_not_empty" in printed, printed
    assert empty.objects() == larger.objects()
    assert (await rows_of(empty.database_url))["photos"] == (await rows_of(larger.database_url))["photos"]
    assert (await rows_of(empty.database_url))["events"] == (await rows_of(larger.database_url))["events"]


def has_marks(place: Place) -> bool:
    """Whether a restore has begun to write into the store."""
    return any((place.store / "segments/restore").rglob("*"))


def marks(place: Place) -> set[tuple[str, str]]:
    """What a restore that has not ended keeps in the store for itself."""
    return {(key, held) for key, held in place.objects().items() if key.startswith("segments/restore/")}


async def test_a_restore_that_has_not_ended_is_not_mixed_with_another_backup(
    small: Place, empty: Place, folder: Path
) -> None:
    assert (await small.run("backup", str(folder)))[0] == 0
    process = empty.start("restore", str(folder))
    while not marks(empty):
        assert process.poll() is None, process.communicate()[0]
        await asyncio.sleep(0.01)
    process.kill()
    process.communicate()
    assert (await small.run("backup", str(folder)))[0] == 0
    status, printed = await empty.run("restore", str(folder))
    refused = "backup.store_not_empty" in printed or "backup.database_not_empty" in printed
    assert (status, refused) == (1, True), printed
    first, _ = snapshots(folder)
    status, printed = await empty.run("restore", str(folder), "--snapshot", first)
    assert status == 0 or "backup.database_not_empty" in printed, printed
    assert empty.objects() == small.objects()
