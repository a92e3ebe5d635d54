"""The service as a process, for tests that need its sockets or its death, and a tus client in process."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.api.tus_client import Tus
from tests.servers import Server, service_environment


@pytest.fixture
def running_server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    """`clearway serve` on the test's database and a store in its folder."""
    server = Server(service_environment(database_url, tmp_path / "store"), tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def tus(client: httpx.AsyncClient) -> Tus:
    """The inspector's tus client at the front door."""
    return Tus(client)
