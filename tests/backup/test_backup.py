"""What an operator gets from `clearway backup` and reads when something is wrong with it."""

import fcntl
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, STDOUT

import msgspec
import pytest

from service.backup.snapshot import Snapshot
from tests.backup.conftest import add_photos, add_rendition
from tests.backup.places import Place, fetch, rows_of, snapshots, tables_in
from tests.conftest import missing
from tests.servers import mounting


def read(folder: Path, name: str | None = None) -> Snapshot:
    place = folder / "snapshots" / (name or snapshots(folder)[-1])
    return msgspec.json.decode((place / "snapshot.json").read_bytes(), type=Snapshot)


def copies(folder: Path) -> dict[str, int]:
    root = folder / "objects"
    return {path.relative_to(root).as_posix(): path.stat().st_ino for path in root.rglob("*") if path.is_file()}


def sums_that_hold(snapshot: Path) -> int:
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=snapshot, capture_output=True, text=True, check=True)
    return done.stdout.count(": OK")


def modes_in(folder: Path) -> set[int]:
    return {path.stat().st_mode & 0o077 for path in (folder, *folder.rglob("*"))}


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    folder.mkdir()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


async def test_a_backup_tells_what_it_holds_and_can_be_checked_without_clearway(small: Place, folder: Path) -> None:
    status, printed = await small.run("backup", str(folder))
    assert status == 0, printed
    assert "is complete: 12 objects, 60.1 kB" in printed
    assert copies(folder).keys() == small.objects().keys()
    assert sums_that_hold(folder / "snapshots" / snapshots(folder)[0]) == 4
    status, printed = await small.run("verify-backup", str(folder))
    assert (status, "is as it was written: 12 objects" in printed) == (0, True), printed


async def test_nobody_but_the_owner_can_read_a_backup(small: Place, folder: Path) -> None:
    assert (await small.run("backup", str(folder)))[0] == 0
    assert modes_in(folder) == {0}


async def test_the_next_backup_copies_only_what_is_new_and_old_snapshots_go(small: Place, folder: Path) -> None:
    assert (await small.run("backup", str(folder)))[0] == 0
    before = copies(folder)
    added = await add_photos(small, 3, 7000, seed=2)
    for _ in range(2):
        assert (await small.run("backup", str(folder), "--keep", "2"))[0] == 0
    after = copies(folder)
    assert before.items() < after.items()
    assert after.keys() - before.keys() == added.keys()
    assert len(snapshots(folder)) == 2
    assert read(folder).objects == 15


async def test_the_password_of_the_database_is_in_no_command_line(small: Place, folder: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for program in ("pg_dump", "pg_restore", "psql"):
        script = f'#!/bin/sh\nif [ "$1" = --version ]; then echo "{program} (PostgreSQL) 99.0"; exit; fi\n'
        (tools / program).write_text(script + f'echo "$0 $@" > {tmp_path}/seen; exit 3\n')
        (tools / program).chmod(0o755)
    status, printed = await small.run("backup", str(folder), "--tools", str(tools))
    assert (status, "pg_dump says: status 3" in printed) == (1, True), printed
    password = small.database_url.partition("//")[2].partition("@")[0].partition(":")[2]
    assert password
    assert password not in (tmp_path / "seen").read_text() + printed
    assert snapshots(folder) == []


async def test_programs_that_are_too_old_are_refused_in_words(small: Place, folder: Path, tmp_path: Path) -> None:
    for program in ("pg_dump", "pg_restore", "psql"):
        (tmp_path / program).write_text(f'#!/bin/sh\necho "{program} (PostgreSQL) 9.6.1"\n')
        (tmp_path / program).chmod(0o755)
    status, printed = await small.run("backup", str(folder), "--tools", str(tmp_path))
    assert status == 1
    assert "of PostgreSQL 18 or later are needed" in printed


async def test_a_photo_that_the_store_has_damaged_or_lost_is_told_and_all_else_is_kept(
    small: Place, empty: Place, folder: Path
) -> None:
    damaged, lost, *_ = sorted(small.objects())
    (small.store / damaged).chmod(0o600)
    with (small.store / damaged).open("r+b") as file:
        file.write(b"?")
    (small.store / lost).unlink()
    status, printed = await small.run("backup", str(folder))
    assert status == 1
    for key in (damaged, lost):
        assert f"gone or damaged: {key}" in printed
    assert "is NOT complete: 2 objects" in printed
    assert copies(folder).keys() == small.objects().keys() - {damaged}

    status, printed = await empty.run("restore", str(folder))
    assert (status, "backup.incomplete" in printed) == (1, True), printed
    assert await tables_in(empty.database_url) == 0
    status, printed = await empty.run("restore", str(folder), "--accept-missing")
    assert (status, "2 objects were gone" in printed) == (0, True), printed
    assert len(empty.objects()) == 10


async def test_a_backup_without_copies_looks_for_every_object(small: Place, folder: Path) -> None:
    status, printed = await small.run("backup", str(folder), "--no-copy")
    assert status == 0, printed
    assert copies(folder) == {}
    (small.store / min(small.objects())).unlink()
    status, printed = await small.run("backup", str(folder), "--no-copy")
    assert (status, "is NOT complete: 1 objects" in printed) == (1, True)


async def test_only_one_backup_at_a_time_is_made_in_a_folder(small: Place, folder: Path) -> None:
    with locked(folder):
        status, printed = await small.run("backup", str(folder))
    assert (status, "backup.busy" in printed) == (1, True), printed


async def test_a_folder_that_cannot_be_used_is_named(small: Place, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    status, printed = await small.run("backup", str(tmp_path / "file"))
    assert status == 1
    assert f"{tmp_path}/file" in printed
    assert "Traceback" not in printed


class SmallDisk:
    """A disk of four megabytes at `folder`, in a mount namespace of one shell that runs commands on it."""

    def __init__(self, place: Place, folder: Path) -> None:
        folder.mkdir()
        wrapper = mounting(folder, 4)
        if not wrapper:
            missing("permission to make a mount namespace")
        self._shell = subprocess.Popen(
            [*wrapper, "sh"], stdin=PIPE, stdout=PIPE, stderr=STDOUT, text=True, env=place.settings()
        )

    def run(self, command: str) -> str:
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{command}; echo status $?; echo over\n")
        self._shell.stdin.flush()
        return "".join(iter(self._shell.stdout.readline, "over\n"))

    def clearway(self, *command: str) -> str:
        return self.run(shlex.join([sys.executable, "-m", "service.cli", *command]))

    def end(self) -> None:
        self._shell.communicate()


async def test_a_full_disk_is_told_earlier_backups_stay_and_the_next_goes_on(small: Place, folder: Path) -> None:
    disk = SmallDisk(small, folder)
    try:
        assert "status 0" in disk.clearway("backup", str(folder))
        await add_photos(small, 10, 800_000, seed=3)
        told = disk.clearway("backup", str(folder))
        assert "is full. Earlier backups are whole" in told or "No space left" in told
        assert "status 1" in told
        assert disk.run(f"ls -A {folder}/snapshots | wc -l").splitlines()[0] == "1"
        assert "status 0" in disk.clearway("verify-backup", str(folder))
        disk.run(f"mount -o remount,size=40m {folder}")
        assert "status 0" in disk.clearway("backup", str(folder))
    finally:
        disk.end()


async def test_what_can_be_made_again_may_be_left_out_and_is_made_again(
    small: Place, empty: Place, folder: Path
) -> None:
    first, second, *_ = sorted(small.objects())
    kept, gone = await add_rendition(small, first), await add_rendition(small, second)
    (small.store / gone).unlink()
    status, printed = await small.run("backup", str(folder))
    assert (status, "1 renditions are not in it" in printed) == (0, True), printed
    status, printed = await empty.run("restore", str(folder))
    assert (status, "renditions of 1 photos will be made again" in printed) == (0, True), printed
    assert kept in empty.objects()
    states = await fetch(
        empty.database_url, "SELECT object_key, rendition_state FROM photos WHERE rendition_state = 'ready'"
    )
    assert states == [(first, "ready")]
    [(photo_id,)] = await fetch(empty.database_url, "SELECT id FROM photos WHERE object_key = $1", second)
    jobs = await fetch(empty.database_url, "SELECT payload FROM pgqueuer WHERE entrypoint = 'photo.render'")
    assert [msgspec.json.decode(payload) for (payload,) in jobs] == [{"photo_id": str(photo_id)}]


async def test_without_renditions_all_are_made_again(small: Place, empty: Place, folder: Path) -> None:
    rendered = await add_rendition(small, min(small.objects()))
    assert (await small.run("backup", str(folder), "--without-renditions"))[0] == 0
    assert rendered not in copies(folder)
    status, printed = await empty.run("restore", str(folder))
    assert (status, "renditions of 1 photos will be made again" in printed) == (0, True), printed
    assert set(empty.objects()) == set(small.objects()) - {rendered}


async def test_chinese_is_spoken_where_it_is_asked_for(small: Place, folder: Path) -> None:
    status, printed = await small.run("backup", str(folder), "--language", "zh-CN")
    assert (status, "完整：12 个对象" in printed) == (0, True), printed
    status, printed = await small.run("verify-backup", str(folder / "nothing"), "--language", "zh-CN")
    assert (status, "没有已完成的备份" in printed) == (1, True), printed


async def test_a_backup_of_a_running_service_changes_nothing_in_it(small: Place, folder: Path) -> None:
    before, objects = await rows_of(small.database_url), small.objects()
    assert (await small.run("backup", str(folder)))[0] == 0
    assert (await rows_of(small.database_url), small.objects()) == (before, objects)


@pytest.mark.parametrize("argument", ["0", "-1", "many"])
async def test_less_than_one_snapshot_is_not_kept(argument: str, tmp_path: Path) -> None:
    place = Place("postgresql://nobody@127.0.0.1:1/none", tmp_path / "store")
    status, printed = await place.run("backup", str(tmp_path / "backup"), "--keep", argument)
    assert (status, "--keep" in printed) == (2, True)
