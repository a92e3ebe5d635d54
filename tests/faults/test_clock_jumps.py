"""A clock jumps, of a web process, of a worker or of the database: nothing is thrown away, nobody is told nonsense."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from service.workers.jobs import SCHEDULE
from tests import samples
from tests.api.phones import Phone, offset_of
from tests.faults import figures
from tests.faults.clocks import Clock, make_library
from tests.faults.clusters import Cluster
from tests.faults.senders import Senders, acknowledged, nothing_is_lost, recovery_seconds
from tests.people import token
from tests.servers import Process, Server, service_environment
from tests.workers.at_work import until

HOURS, DAYS = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_library(tmp_path_factory.mktemp("clock"))


@pytest.fixture
def database_clock(library: Path, tmp_path: Path) -> Clock:
    return Clock(tmp_path, "database", library)


@pytest.fixture
def service_clock(library: Path, tmp_path: Path) -> Clock:
    return Clock(tmp_path, "service", library)


@pytest.fixture
def cluster(stopped_cluster: Path, tmp_path: Path, database_clock: Clock) -> Iterator[Cluster]:
    cluster = Cluster.copied(stopped_cluster, tmp_path / "postgres")
    with database_clock.inherited():
        cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture
def environment(cluster: Cluster, service_clock: Clock, tmp_path: Path) -> dict[str, str]:
    settings = service_environment(
        str(cluster.url), tmp_path / "store", disk_floor_bytes=0, imaging_processes=1, upload_expires_seconds=86400
    )
    return settings | service_clock.environment


async def test_photos_go_on_arriving_whatever_the_clocks_say(
    cluster: Cluster, environment: dict[str, str], tmp_path: Path, service_clock: Clock, database_clock: Clock
) -> None:
    server, worker = Server(environment, tmp_path), Process(["worker"], environment, tmp_path / "worker.log")
    server.start()
    worker.start()
    connection = await asyncpg.connect(cluster.url)
    try:
        async with Senders(server.url).sending(2) as told:
            await acknowledged(told, 2)
            for clock, hours in ((service_clock, 3), (service_clock, -3), (database_clock, 3), (database_clock, -3)):
                clock.jump(hours * HOURS)
                jumped = time.monotonic()
                await acknowledged(told, 3)
                whose = "service" if clock is service_clock else "database"
                figures.note(f"clock of the {whose} {hours:+} h", recovery_seconds=recovery_seconds(told, jumped))
                clock.jump(timedelta())
        assert not told.refusals
        await nothing_is_lost(server.url, told)

        async def all_are_shown() -> bool:
            return not await connection.fetchval("SELECT count(*) FROM photos WHERE rendition_state <> 'ready'")

        await until(all_are_shown)
    finally:
        await connection.close()
        worker.stop()
        server.stop()


async def test_a_worker_whose_clock_has_jumped_throws_nothing_away(
    cluster: Cluster, environment: dict[str, str], tmp_path: Path, service_clock: Clock
) -> None:
    server, worker = Server(environment, tmp_path), Process(["worker"], environment, tmp_path / "worker.log")
    server.start()
    connection = await asyncpg.connect(cluster.url)
    photo = samples.phone_photo()
    try:
        async with Phone(server.url, token("inspector")) as phone:
            location = (await phone.create(uuid4(), photo, photo[:1000])).headers["Location"]
            service_clock.jump(40 * DAYS)
            # Everything is due when the worker looks for the first time.
            await connection.executemany(
                "INSERT INTO pgqueuer_schedules (entrypoint, expression, next_run) VALUES ($1, $2, now())",
                [(name, expression) for name, (expression, _) in SCHEDULE.items()],
            )
            worker.start()

            async def has_swept() -> bool:
                runs = "SELECT count(*) FROM pgqueuer_schedules WHERE last_run IS NOT NULL"
                return int(await connection.fetchval(runs)) == len(SCHEDULE)

            await until(has_swept)
            service_clock.jump(timedelta())
            lines = [json.loads(line) for line in worker.log.splitlines() if line.startswith("{")]
            assert any(line["message"].startswith("clocks disagree") for line in lines)
            assert offset_of(await phone.head(location)) == 1000
            assert offset_of(await phone.patch(location, 1000, photo[1000:])) == len(photo)
    finally:
        await connection.close()
        worker.stop()
        server.stop()
