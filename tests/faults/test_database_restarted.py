"""The database is stopped or killed while phones send: each is told to come back, and none has to start over."""

import time

import asyncpg
import httpx
import pytest

from tests.faults import figures
from tests.faults.clusters import Cluster
from tests.faults.senders import Senders, acknowledged, nothing_is_lost, recovery_seconds, refused
from tests.servers import Server


@pytest.mark.parametrize("how", ["stopped", "killed"])
async def test_a_database_that_is_restarted_is_away_and_then_there_again(
    cluster: Cluster, server: Server, how: str
) -> None:
    senders = Senders(server.url)
    async with senders.sending() as told:
        await acknowledged(told, 8)
        cluster.stop() if how == "stopped" else cluster.kill_nine()
        await refused(told, "503 server.not_ready")
        cluster.start()
        back = time.monotonic()
        await acknowledged(told, 8)
    figures.note(f"database {how}", recovery_seconds=recovery_seconds(told, back), told=told)
    assert recovery_seconds(told, back) < 5
    await nothing_is_lost(server.url, told)


async def test_a_database_that_takes_no_writes_for_a_while_is_told_as_such(cluster: Cluster, server: Server) -> None:
    connection = await asyncpg.connect(cluster.url)
    try:
        async with Senders(server.url).sending() as told, httpx.AsyncClient(base_url=server.url) as client:
            await acknowledged(told, 4)
            await connection.execute("ALTER SYSTEM SET default_transaction_read_only = on")
            await connection.execute("SELECT pg_reload_conf()")
            await refused(told, "503 server.not_ready")
            ready = await client.get("/health/ready")
            assert (ready.status_code, ready.json()["checks"]["database"]) == (503, "read_only")
            await connection.execute("ALTER SYSTEM RESET default_transaction_read_only")
            await connection.execute("SELECT pg_reload_conf()")
            back = time.monotonic()
            await acknowledged(told, 4)
            assert (await client.get("/health/ready")).status_code == 200
        figures.note("database read-only", recovery_seconds=recovery_seconds(told, back), told=told)
        await nothing_is_lost(server.url, told)
    finally:
        await connection.close()
