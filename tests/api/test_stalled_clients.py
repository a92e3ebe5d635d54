"""Clients that begin a request and never end it, and headers made to keep the server busy."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import process_time

import httpx
import pytest
import uvicorn
from litestar import Litestar

from service import receiving
from service.app import wrapped
from service.protocols import preconditions
from service.receiving import BodyProtocol
from service.routes import bodies

HALF_A_REPORT = (
    b"POST /api/v1/sessions HTTP/1.1\r\nHost: clearway\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100\r\n\r\n{"
)


@asynccontextmanager
async def listening(app: Litestar) -> AsyncIterator[int]:
    """The application behind our protocol on a port of loopback; yields the port."""
    config = uvicorn.Config(wrapped(app), http=BodyProtocol, ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve([listener]))
        while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
            await asyncio.sleep(0.01)
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await serving


@pytest.mark.parametrize("beginning", [b"", b"GET /health/live HTT", b"GET /health/live HTTP/1.1\r\nHost: clear"])
async def test_a_connection_that_never_says_what_it_wants_is_closed(
    app: Litestar, monkeypatch: pytest.MonkeyPatch, beginning: bytes
) -> None:
    monkeypatch.setattr(receiving, "HEAD_SECONDS", 0.2)
    async with listening(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(beginning)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()


async def test_a_connection_that_speaks_is_kept_between_requests(
    app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "HEAD_SECONDS", 0.2)
    async with listening(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(b"GET /health/live HTTP/1.1\r\nHost: clearway\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
            assert await reader.readexactly(len(b'{"status":"live"}')) == b'{"status":"live"}'
            await asyncio.sleep(0.3)
        writer.close()


async def test_a_form_that_stalls_is_told_so_and_let_go(app: Litestar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "JSON_SECONDS", 0.2)
    async with listening(app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HALF_A_REPORT)
        async with asyncio.timeout(5):
            answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"request.timeout" in answer
        writer.close()


async def test_a_phone_that_loses_its_network_while_reporting_is_no_failure_of_ours(
    app: Litestar, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with listening(app) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HALF_A_REPORT)
        await writer.drain()
        writer.close()
        async with asyncio.timeout(5):
            while not any(record.name == "clearway.request" for record in caplog.records):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_form_larger_than_any_form_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/sessions", content=b" " * (bodies.JSON_BYTES + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


@pytest.mark.parametrize("header", ['"a"' + " ," * 20_000 + "x", " " * 40_000 + "x", '"a",' * 10_000 + "x"])
def test_a_header_made_to_keep_the_server_busy_does_not(header: str) -> None:
    before = process_time()
    assert preconditions.parse(header) == []
    assert process_time() - before < 1


def test_lists_of_tags_are_read_as_before() -> None:
    assert preconditions.parse(' , "a" ,, W/"b",') == [("a", False), ("b", True)]
    assert preconditions.parse('"a" "b"') == []
