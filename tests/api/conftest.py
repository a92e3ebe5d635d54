"""The service as a process, for tests that need its sockets or its death."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Server, service_environment


@pytest.fixture
def running_server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    """`clearway serve` on the test's database and a store in its folder."""
    server = Server(service_environment(database_url, tmp_path / "store"), tmp_path)
    server.start()
    yield server
    server.stop()
