"""`clearway serve --workers N` as an operator runs it, and without it as ever."""

import asyncio
import os
import random
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from tests.api.phones import Phone, offset_of, photo_of_size
from tests.api.test_silent_phones import fallen_silent, told_at_least
from tests.bench.processes import tree
from tests.database.process_table import is_running, wait_until
from tests.people import token
from tests.servers import Server, ServerError, run, service_environment

TOKEN = token("inspector")


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    return service_environment(database_url, tmp_path / "store", database_connections=4)


@pytest.fixture
def server(environment: dict[str, str], tmp_path: Path) -> Iterator[Server]:
    """Two processes on one port."""
    server = Server(environment, tmp_path, "--workers", "2")
    server.start()
    yield server
    server.stop()


def children(server: Server) -> list[int]:
    return [process for process in tree([server.pid]) if process != server.pid]


def everything_is_read(port: int) -> bool:
    """Whether no bytes wait in the kernel for whoever serves the port (proc_pid_net(5))."""
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    waiting = [queues for _, local, _, _, queues, *_ in sockets if local.endswith(f":{port:04X}")]
    return bool(waiting) and all(queues.endswith(":00000000") for queues in waiting)


async def test_a_phone_goes_on_while_the_processes_that_served_it_are_killed_and_replaced(server: Server) -> None:
    photo, photo_id = photo_of_size(300_000, random.Random(1)), uuid4()
    async with Phone(server.url, TOKEN, keeps_connections=False) as phone:
        location = (await phone.create(photo_id, photo, photo[:100_000])).headers["Location"]
        before = set(children(server))
        assert len(before) == 2
        for process in before:
            os.kill(process, signal.SIGKILL)
        # Nobody is refused: whoever comes waits for a process that takes their place.
        assert offset_of(await phone.head(location)) == 100_000
        assert not before & set(children(server))
        assert offset_of(await phone.patch(location, 100_000, photo[100_000:])) == len(photo)
        assert (await phone.get(f"/api/v1/photos/{photo_id}/original")).content == photo


async def test_what_dead_connections_brought_counts_whichever_process_holds_them_and_when_all_are_stopped(
    server: Server, database_url: str
) -> None:
    photo = photo_of_size(500_000, random.Random(2))
    async with Phone(server.url, TOKEN, keeps_connections=False) as phone:
        location = (await phone.create(uuid4(), photo)).headers["Location"]
        offset = 0
        for brought in (1, 50_000, 100_000, 70_000):
            piece = photo[offset : offset + brought]
            async with fallen_silent(server, location, offset, len(photo) - offset, piece):
                offset += brought
                # Sooner than the dead connection's own silence would be noticed.
                assert await told_at_least(phone, location, offset) == offset
        processes = tree([server.pid])
        assert len(processes) == 3
        async with fallen_silent(server, location, offset, len(photo) - offset, photo[offset : offset + 150_000]):
            wait_until(lambda: everything_is_read(server.port))
            await asyncio.to_thread(server.stop, 10)
    assert not any(map(is_running, processes))
    assert not server.answers()
    connection = await asyncpg.connect(database_url)
    assert await connection.fetchval("SELECT confirmed_offset FROM uploads") == offset + 150_000
    await connection.close()


def test_one_process_has_nobody_above_it(running_server: Server) -> None:
    assert tree([running_server.pid]) == [running_server.pid]


def test_what_several_processes_cannot_begin_with_is_told_in_a_sentence(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = environment | {"CLEARWAY_PORT": str(taken.getsockname()[1])}
        with pytest.raises(ServerError, match=r"cannot listen on 127\.0\.0\.1 port .*in use") as told:
            run(listen, "serve", "--workers", "2")
    assert "Traceback" not in str(told.value)
    with pytest.raises(ServerError, match="--workers"):
        run(environment, "serve", "--workers", "0")
    alone = environment | {"CLEARWAY_STORE_URL": "s3://originals", "CLEARWAY_S3_WRITE_ONCE": "single_writer"}
    with pytest.raises(ServerError, match="means one process"):
        run(alone, "serve", "--workers", "2")


def test_a_database_that_is_away_at_the_start_ends_all_of_them(environment: dict[str, str]) -> None:
    away = environment | {"CLEARWAY_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "CLEARWAY_PORT": "0"}
    with pytest.raises(ServerError, match="failed with 3"):
        run(away, "serve", "--workers", "2")
