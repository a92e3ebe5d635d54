"""Servers that may be broken: each test has its own database server, and its own `clearway serve`."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.embedded_postgres import EmbeddedPostgres
from service.migrator import migrate
from tests import people
from tests.faults.clusters import Cluster
from tests.servers import Server, service_environment
from tests.workers.conftest import brisk

__all__ = ["brisk"]


@pytest.fixture(scope="session")
def stopped_cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that is migrated and in which the people of the tests live, to be copied."""
    folder = tmp_path_factory.mktemp("faults") / "template"
    postgres = EmbeddedPostgres(folder, durable=False)
    url = postgres.start()
    try:
        asyncio.run(_furnish(url))
    finally:
        postgres.stop()
    return folder


async def _furnish(url: str) -> None:
    await migrate(url)
    await people.move_in(url)


@pytest.fixture
def cluster(stopped_cluster: Path, tmp_path: Path) -> Iterator[Cluster]:
    """A running database server of the test's own."""
    cluster = Cluster.copied(stopped_cluster, tmp_path / "postgres")
    cluster.start()
    yield cluster
    cluster.thaw()
    cluster.stop()


@pytest.fixture
def server(cluster: Cluster, tmp_path: Path) -> Iterator[Server]:
    """`clearway serve` on that database and a store in the test's folder."""
    assert cluster.url is not None
    server = Server(service_environment(cluster.url, tmp_path / "store", disk_floor_bytes=0), tmp_path)
    server.start()
    yield server
    server.stop()
