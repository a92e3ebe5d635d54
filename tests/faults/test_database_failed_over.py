"""The primary is gone, silent or takes no writes any more, and a server at another address has become the primary."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from tests.conftest import PROVING
from tests.faults import figures
from tests.faults.clusters import REPLICATING, Cluster, standby_of, url_of
from tests.faults.senders import Senders, Told, acknowledged, nothing_is_lost, recovery_seconds, refused
from tests.servers import Process, Server, service_environment

STATEMENT_SECONDS = 1
STOP_SECONDS = 15


@dataclass
class Pair:
    """A primary that waits for its standby with every commit, and a service that knows both."""

    primary: Cluster
    standby: Cluster
    server: Server
    worker: Process

    async def fail_over(self) -> None:
        """What whoever watches over the pair does."""
        await tell(self.standby, "SELECT pg_promote()")


async def tell(cluster: Cluster, *statements: str) -> None:
    connection = await asyncpg.connect(cluster.url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


@pytest.fixture
async def pair(stopped_cluster: Path, tmp_path: Path) -> AsyncIterator[Pair]:
    primary = Cluster.copied(stopped_cluster, tmp_path / "primary", options=REPLICATING)
    primary.start()
    standby = standby_of(primary, tmp_path / "standby")
    try:
        await tell(primary, "ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
        environment = service_environment(
            url_of(primary, standby),
            tmp_path / "store",
            disk_floor_bytes=0,
            database_statement_seconds=STATEMENT_SECONDS,
            imaging_processes=1,
        )
        server, worker = Server(environment, tmp_path), Process(["worker"], environment, tmp_path / "worker.log")
        server.start()
        worker.start()
        yield Pair(primary, standby, server, worker)
        begun = time.monotonic()
        worker.stop()
        server.stop()
        # Connections to a primary that never answers are no reason to be killed.
        assert time.monotonic() - begun < STOP_SECONDS
    finally:
        # It would wait for its standby, which has become another's primary.
        primary.kill_nine()
        standby.stop()


async def killed(pair: Pair) -> None:
    pair.primary.kill_nine()


async def switched_off(pair: Pair) -> None:
    pair.primary.freeze()


async def made_read_only(pair: Pair) -> None:
    """What some providers do to a primary before they take it away: every connection stays."""
    await tell(pair.primary, "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")


@pytest.mark.prove
@pytest.mark.parametrize("lose_primary", [killed, made_read_only, switched_off] if PROVING else [made_read_only])
async def test_phones_go_on_with_the_server_that_took_over(
    pair: Pair, lose_primary: Callable[[Pair], Awaitable[None]]
) -> None:
    async with Senders(pair.server.url).sending() as told:
        await acknowledged(told, 8)
        await lose_primary(pair)
        await refused(told, "503 server.not_ready")
        await pair.fail_over()
        back = time.monotonic()
        await acknowledged(told, 8)
    figures.note(
        f"database failed over, primary {lose_primary.__name__}",
        recovery_seconds=recovery_seconds(told, back),
        told=told,
    )
    await nothing_is_lost(pair.server.url, told)
    await every_picture_is_made(pair, told)


async def every_picture_is_made(pair: Pair, told: Told) -> None:
    """The worker found the new primary, too."""
    connection = await asyncpg.connect(pair.standby.url)
    waiting = True
    deadline = time.monotonic() + 45
    while waiting and time.monotonic() < deadline:
        waiting = await connection.fetchval("SELECT count(*) > 0 FROM photos WHERE rendition_state = 'pending'")
    assert await connection.fetchval("SELECT count(*) FROM photos WHERE rendition_state = 'ready'") >= len(told.kept)
    await connection.close()
    assert not waiting, pair.worker.log
