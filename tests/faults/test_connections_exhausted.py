"""No connection is left, in the service's pool or at the database: who comes too late is told to come again."""

import random
import time
from pathlib import Path
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from service.app import build_app
from service.database import Database
from service.settings import Settings
from tests.api.phones import photo_of_size
from tests.api.photo_client import digest_of
from tests.conftest import client_of, running
from tests.faults import figures
from tests.faults.clusters import Cluster
from tests.faults.senders import Senders, acknowledged, nothing_is_lost, recovery_seconds, refused
from tests.people import signed_in
from tests.servers import Server, service_environment

PHONES = 12
MOST_CONNECTIONS = 12


async def test_requests_that_wait_for_a_connection_too_long_are_told_to_come_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo, path = photo_of_size(5_000, random.Random(1)), f"/api/v1/photos/{uuid4()}"
    headers = signed_in("inspector") | {"Content-Digest": digest_of(photo)}
    settings = msgspec.structs.replace(settings, database_connections=2)
    async with running(build_app(settings)) as app, client_of(app) as client:
        database: Database = app.state.context.database
        monkeypatch.setattr(database, "_acquire_seconds", 0.3)
        async with database.connection(), database.connection():
            answer = await client.put(path, content=photo, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (503, "server.not_ready")
            assert int(answer.headers["Retry-After"]) > 0
            assert (await client.get("/health/live")).status_code == 200
        back = time.monotonic()
        assert (await client.put(path, content=photo, headers=headers)).status_code == 201
        figures.note("pool exhausted", recovery_seconds=time.monotonic() - back)


async def test_a_database_without_a_connection_to_spare_is_one_to_come_back_to(
    stopped_cluster: Path, tmp_path: Path
) -> None:
    cluster = Cluster.copied(stopped_cluster, tmp_path / "postgres", options={"max_connections": str(MOST_CONNECTIONS)})
    cluster.start()
    server = Server(service_environment(str(cluster.url), tmp_path / "store", disk_floor_bytes=0), tmp_path)
    server.start()
    try:
        mine = [await asyncpg.connect(cluster.url)]
        async with Senders(server.url).sending(PHONES) as told:
            await acknowledged(told, PHONES)
            await take_all_connections(cluster, mine)
            await refused(told, "503 server.not_ready")
            for other in mine:
                await other.close()
            back = time.monotonic()
            await acknowledged(told, PHONES)
        figures.note("database without connections", recovery_seconds=recovery_seconds(told, back), told=told)
        await nothing_is_lost(server.url, told)
    finally:
        server.stop()
        cluster.stop()


async def take_all_connections(cluster: Cluster, mine: list[asyncpg.Connection]) -> None:
    """Every one there is, also those that the service had."""
    while len(mine) < MOST_CONNECTIONS:
        try:
            mine.append(await asyncpg.connect(cluster.url))
        except asyncpg.TooManyConnectionsError:
            await mine[0].execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'clearway%'"
            )
