"""The disk under the database fills up: nothing is acknowledged that has no room, and room is all it needs."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from tests.conftest import missing
from tests.faults import figures
from tests.faults.senders import Senders, Told, acknowledged, nothing_is_lost, recovery_seconds, refused
from tests.servers import Server, mounting, service_environment

DISK_MEGABYTES = 160


@dataclass
class SmallDatabase:
    """A database server on a small disk, and that disk as seen from outside its namespace."""

    process: subprocess.Popen[str]
    folder: Path
    url: str

    @property
    def ballast(self) -> Path:
        return Path(f"/proc/{self.process.pid}/root") / self.folder.relative_to("/") / "ballast"

    def fill(self, *, but: int = 0) -> None:
        """Leaves `but` bytes free."""
        state = os.statvfs(self.ballast.parent)
        with self.ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, state.f_bavail * state.f_frsize - but)

    def make_room(self) -> None:
        self.ballast.unlink()

    def start_again(self) -> str:
        """Its address, or why it refused."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()


@pytest.fixture
def small_database(stopped_cluster: Path, tmp_path: Path) -> Iterator[SmallDatabase]:
    folder = tmp_path / "disk"
    folder.mkdir()
    wrapper = mounting(folder, DISK_MEGABYTES)
    if not wrapper:
        missing("permission to make a mount namespace")
    command = [*wrapper, sys.executable, "-m", "tests.faults.small_database", str(stopped_cluster), str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield SmallDatabase(process, folder, process.stdout.readline().strip())


async def test_a_full_database_takes_no_photo_that_it_cannot_keep(
    small_database: SmallDatabase, tmp_path: Path
) -> None:
    server = Server(service_environment(small_database.url, tmp_path / "store", disk_floor_bytes=0), tmp_path)
    server.start()
    try:
        async with Senders(server.url).sending(size=4_000) as told:
            await acknowledged(told, 8)
            small_database.fill()
            await refused(told, "507 storage.full")
            small_database.make_room()
            back = time.monotonic()
            await acknowledged(told, 8)
        figures.note("database disk full", recovery_seconds=recovery_seconds(told, back), told=told)
        await nothing_is_lost(server.url, told)
    finally:
        server.stop()


async def test_a_database_whose_log_has_no_room_is_away_until_there_is_some(
    small_database: SmallDatabase, tmp_path: Path
) -> None:
    server = Server(service_environment(small_database.url, tmp_path / "store", disk_floor_bytes=0), tmp_path)
    server.start()
    try:
        async with Senders(server.url).sending(size=4_000) as told:
            await acknowledged(told, 8)
            small_database.fill()
            # PostgreSQL stops at once when it cannot write its log.
            with pytest.raises((asyncpg.PostgresError, OSError)):
                await use_up_the_log(small_database.url)
            await refused(told, "503 server.not_ready")
            small_database.make_room()
            back = time.monotonic()
            await until_it_stays(small_database, told)
        figures.note("database's log disk full", recovery_seconds=recovery_seconds(told, back), told=told)
        await nothing_is_lost(server.url, told)
    finally:
        server.stop()


async def until_it_stays(small_database: SmallDatabase, told: Told) -> None:
    """It recovers by itself, unless it had given up before there was room."""
    wanted = len(told.kept) + 8
    async with asyncio.timeout(60):
        while len(told.kept) < wanted:
            assert "refused" not in small_database.start_again()
            await asyncio.sleep(1)


async def use_up_the_log(url: str) -> None:
    """Begins the next file of the log as long as there is one."""
    connection = await asyncpg.connect(url)
    try:
        for _ in range(20):
            await connection.execute("SELECT pg_logical_emit_message(false, 'full', 'full'); SELECT pg_switch_wal()")
    finally:
        connection.terminate()
