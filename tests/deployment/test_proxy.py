"""deploy/nginx.conf as it is, in a real nginx before two real replicas; only its addresses are the test's own."""

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest

from service.processes import tied
from tests.api.phones import Phone, offset_of, photo_of_size
from tests.conftest import missing
from tests.deployment.dockerfile import ROOT
from tests.people import token
from tests.servers import START_SECONDS, Server, free_port, service_environment


@dataclass(frozen=True, slots=True)
class Front:
    """The proxy's port, and what is behind it."""

    port: int
    replicas: list[Server]
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def configuration(port: int, replicas: list[Server], folder: Path) -> str:
    """The file as operators have it, with other addresses and another folder."""
    text = (ROOT / "deploy/nginx.conf").read_text("utf-8")
    for number, replica in enumerate(replicas, 1):
        text, count = re.subn(rf"\bweb{number}:8000", f"127.0.0.1:{replica.port}", text)
        assert count == 1
    for old, new in (("listen 8080;", f"listen 127.0.0.1:{port};"), ("/tmp/nginx", f"{folder}/nginx"),
                     ("/dev/stdout", f"{folder}/access.log")):  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    return ("user root;\n" if os.geteuid() == 0 else "") + text


def listens(port: int) -> bool:
    """Whether anybody answers there."""
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def front(database_url: str, tmp_path: Path) -> Iterator[Front]:
    """nginx before two replicas."""
    nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if nginx is None:
        missing("nginx")
        return
    environment = service_environment(database_url, tmp_path / "store", trusted_proxies="127.0.0.1/32")
    with ExitStack() as stack:
        replicas = []
        for name in ("one", "two"):
            (tmp_path / name).mkdir()
            replicas.append(Server(environment, tmp_path / name))
            replicas[-1].start()
            stack.callback(replicas[-1].stop)
        port = free_port()
        file = tmp_path / "nginx.conf"
        file.write_text(configuration(port, replicas, tmp_path))
        with (tmp_path / "nginx.log").open("wb") as log:
            process = subprocess.Popen(
                tied([nginx, "-c", str(file), "-p", str(tmp_path), "-g", "daemon off;"], signal.SIGTERM),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
            )  # fmt: skip
        stack.callback(process.wait)
        stack.callback(process.terminate)
        deadline = time.monotonic() + START_SECONDS
        while not listens(port):
            assert process.poll() is None, (tmp_path / "nginx.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield Front(port, replicas, tmp_path / "access.log")


async def test_what_arrived_before_the_network_went_is_kept_through_the_proxy(front: Front) -> None:
    photo = photo_of_size(900_000, random.Random(3))
    async with Phone(front.url, token("inspector")) as phone:
        location = (await phone.create(uuid4(), photo)).headers["Location"]
        head = (
            f"PATCH {location.removeprefix(front.url)} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {token('inspector')}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
            f"Content-Type: application/offset+octet-stream\r\nContent-Length: {len(photo)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", front.port)) as connection:
            connection.sendall(head.encode() + photo[:600_000])
            # Buffered by the proxy, the service would know of nothing as long as the body has not come to its end.
            deadline = time.monotonic() + START_SECONDS
            while not (kept := offset_of(await phone.head(location))):
                assert time.monotonic() < deadline, "the proxy keeps the bytes to itself"
        assert 0 < kept <= 600_000
        answer = await phone.patch(location, kept, photo[kept:])
        assert offset_of(answer) == len(photo)


async def test_nobody_speaks_for_another_address_and_nobody_reads_the_figures(front: Front, database_url: str) -> None:
    async with httpx.AsyncClient(base_url=front.url) as client:
        wrong = {"account": "inspector", "password": "not the right one at all"}
        answer = await client.post("/api/v1/sessions", json=wrong, headers={"X-Forwarded-For": "203.0.113.9"})
        assert answer.status_code == 401
        assert (await client.get("/metrics")).status_code == 404
    with socket.create_connection(("127.0.0.1", front.port), timeout=START_SECONDS) as connection:
        connection.sendall(b"PUT /api/v1/photos/x HTTP/1.1\r\nHost: x\r\nContent-Length: 70000000\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 413")
    database = await asyncpg.connect(database_url)
    try:
        addresses = await database.fetch("SELECT DISTINCT address FROM sign_in_attempts")
    finally:
        await database.close()
    assert [str(row["address"]) for row in addresses] == ["127.0.0.1"]


async def test_a_replica_that_dies_is_not_noticed(front: Front) -> None:
    async with httpx.AsyncClient(base_url=front.url) as client:
        for number in range(20):
            if number == 5:
                front.replicas[0].kill_nine()
            assert (await client.get("/health/live")).status_code == 200
    assert f"127.0.0.1:{front.replicas[1].port}" in front.log.read_text()
