"""A proxy in front of an object store that can be told what is wrong with it today."""

import asyncio
import contextlib
import re
import socket
import struct
from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

PIECE = 64 * 1024


class Fault(StrEnum):
    """What may happen to a request on its way to the store and back."""

    AWAY = "away"
    """The connection is reset before anything is read."""
    SILENT = "silent"
    """The request is taken and nothing comes back, for as long as this lasts."""
    SLOW = "slow"
    """Every request takes `SLOW_SECONDS` longer."""
    ERROR = "500"
    """The store answers 500 InternalError and has done nothing."""
    SLOW_DOWN = "503 SlowDown"
    """The store is overloaded and says so."""
    HALF_REQUEST = "half a request"
    """Half the body reaches the store, then both connections end."""
    HALF_ANSWER = "half an answer"
    """The store has done it all, and its answer ends in the middle."""
    LOST_ANSWER = "lost answer"
    """The store has done it all, and the connection is reset before the first byte of its answer."""


SLOW_SECONDS = 0.6
ERRORS = {Fault.ERROR: (500, "InternalError"), Fault.SLOW_DOWN: (503, "SlowDown")}

Wanted = Callable[[str, str], bool]


class FaultyProxy:
    """Listens on a loopback port for HTTP/1.1 and carries every request to `endpoint` on a connection of its own."""

    def __init__(self, endpoint: str) -> None:
        parts = urlsplit(endpoint)
        assert parts.hostname is not None
        assert parts.port is not None
        self._target = (parts.hostname, parts.port)
        self.endpoint = ""
        self.seen: Counter[Fault] = Counter()
        """How many requests each fault has hit."""
        self._fault: Fault | None = None
        self._hits: Wanted = lambda method, path: True
        self._over = asyncio.Event()
        self._connections: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.endpoint = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self.mend()
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def break_down(self, fault: Fault, hits: Wanted = lambda method, path: True) -> None:
        """From now on this is wrong with every request that `hits` picks by method and path."""
        self._fault, self._hits = fault, hits
        self._over = asyncio.Event()

    def mend(self) -> None:
        """All is well again."""
        self._fault = None
        self._over.set()

    async def has_hit(self, fault: Fault, times: int) -> None:
        """Waits until the fault has hit so many requests more."""
        wanted = self.seen[fault] + times
        async with asyncio.timeout(40):
            while self.seen[fault] < wanted:  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            # Only this proxy's end cancels a connection, and Python 3.11 logs a server's cancelled tasks as errors.
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._carry(reader, writer):
                    pass
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Carries one request. False when the connection has ended with it."""
        head = await reader.readuntil(b"\r\n\r\n")
        method, path = head.split(b" ", 2)[:2]
        fault = self._fault if self._hits(method.decode(), path.decode()) else None
        if fault is not None:
            self.seen[fault] += 1
        if fault is Fault.AWAY:
            return _reset(writer)
        if header(head, b"Expect"):
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await reader.readexactly(int(header(head, b"Content-Length") or 0))
        if fault in ERRORS:
            writer.write(refusal(*ERRORS[fault]))
            await writer.drain()
            return True
        if fault is Fault.SILENT:
            await self._over.wait()
            return _reset(writer)
        if fault is Fault.SLOW:
            await asyncio.sleep(SLOW_SECONDS)
        if fault is Fault.HALF_REQUEST:
            await self._ask(head, body[: len(body) // 2], is_whole=False)
            return _reset(writer)
        answer = await self._ask(head, body, is_whole=True)
        if fault is Fault.LOST_ANSWER:
            return _reset(writer)
        if fault is Fault.HALF_ANSWER:
            writer.write(answer[: len(answer) // 2])
            await writer.drain()
            return False
        writer.write(answer)
        await writer.drain()
        return False

    async def _ask(self, head: bytes, body: bytes, *, is_whole: bool) -> bytes:
        """What the store answers to the request. One that is not whole is cut off, and the store is not heard."""
        reader, writer = await asyncio.open_connection(*self._target)
        try:
            head = re.sub(rb"(?im)^(Expect|Connection):.*\r\n", b"", head)
            writer.write(head[:-2] + b"Connection: close\r\n\r\n" + body)
            await writer.drain()
            return await reader.read() if is_whole else b""
        finally:
            writer.transport.abort()


def header(head: bytes, name: bytes) -> str:
    """The value of a header, empty when it is not there."""
    found = re.search(rb"(?im)^" + name + rb":[ \t]*(.*?)[ \t]*\r$", head)
    return found.group(1).decode() if found else ""


def refusal(status: int, code: str) -> bytes:
    """An error as S3 words it."""
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>injected</Message></Error>".encode()
    head = f"HTTP/1.1 {status} Error\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _reset(writer: asyncio.StreamWriter) -> bool:
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return False
