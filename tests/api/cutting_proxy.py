"""A bad network between a phone and the service: a TCP proxy which cuts connections at random, repeatably by seed.

Before several replicas it gives each connection to one of them at random, to another when that one is down.

Each connection draws its fate when it opens. A cut may fall in the middle of a request, in the middle of an answer,
before the first byte of an answer whose request has passed in full (the client cannot know whether it was carried out),
or at any moment. A vanished phone is the worst: the client's side is gone while the server still sees an open, silent
connection.
"""

import asyncio
import contextlib
import random
import socket
import struct
import sys
from collections import Counter
from dataclasses import dataclass
from types import TracebackType
from typing import Literal

PIECE = 16 * 1024

Fate = Literal["spared", "cut_request", "cut_answer", "swallowed_answer", "cut_at_a_moment", "vanished"]
CUTS: tuple[tuple[Fate, int], ...] = (
    ("cut_request", 5),
    ("cut_answer", 2),
    ("swallowed_answer", 3),
    ("cut_at_a_moment", 2),
    ("vanished", 2),
)


@dataclass(slots=True)
class _Link:
    """One connection through the proxy, and when it is to be cut."""

    fate: Fate
    request_bytes: int
    answer_bytes: int
    seconds: float
    with_reset: bool
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter


class CuttingProxy:
    """Listens on a loopback `port` and passes connections on to the target ports, until their time has come.

    `reach_bytes` bounds the random byte count after which a request is cut. `seen` counts the fates that took effect.
    `kindness` is the weight of a connection that is spared; all others together weigh 14.
    """

    def __init__(self, *target_ports: int, seed: int, reach_bytes: int, kindness: int = 2) -> None:
        self.port = 0
        self.seen: Counter[Fate] = Counter()
        self._target_ports = target_ports
        self._kindness = kindness
        self._chance = random.Random(seed)
        self._reach_bytes = reach_bytes
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "CuttingProxy":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=PIECE)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    @property
    def cuts(self) -> int:
        """Connections that did not end by themselves."""
        return self.seen.total() - self.seen["spared"]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            # Only this proxy's end cancels a connection, and Python 3.11 logs a server's cancelled tasks as errors.
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._carry(reader, writer)
        finally:
            self._connections.discard(task)
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await self._reach_a_target()
        link = self._draw(writer, server_writer)
        try:
            flows = {
                asyncio.ensure_future(self._upward(link, reader)),
                asyncio.ensure_future(self._downward(link, server_reader)),
            }
            finished, waiting = await asyncio.wait(
                flows,
                timeout=link.seconds if link.fate == "cut_at_a_moment" else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for flow in waiting:
                flow.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            # Each flow is asked, so that an unexpected error of either is not swallowed.
            results = [flow.result() for flow in finished]
            ended_by_itself = any(results)
            self.seen["spared" if ended_by_itself else link.fate] += 1
            if not ended_by_itself:
                await self._cut(link, server_reader)
        finally:
            server_writer.transport.abort()

    async def _reach_a_target(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        ports = self._chance.sample(self._target_ports, len(self._target_ports))
        for port in ports[:-1]:
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port, limit=PIECE)
        return await asyncio.open_connection("127.0.0.1", ports[-1], limit=PIECE)

    def _draw(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> _Link:
        fates, weights = zip(("spared", self._kindness), *CUTS, strict=True)
        return _Link(
            fate=self._chance.choices(fates, weights)[0],
            # Low numbers oftener: a cut that lies behind the end of a small request never happens.
            request_bytes=self._chance.randrange(self._chance.randrange(1, self._reach_bytes)),
            answer_bytes=self._chance.randrange(1, 300),
            seconds=self._chance.uniform(0, 0.02),
            with_reset=self._chance.random() < 0.5,
            client=client,
            server=server,
        )

    async def _upward(self, link: _Link, reader: asyncio.StreamReader) -> bool:
        """Passes the request on. True when the client has finished, False when the byte to cut at has come."""
        limit = link.request_bytes if link.fate in ("cut_request", "vanished") else sys.maxsize
        return await _pass_on(reader, link.server, limit)

    async def _downward(self, link: _Link, reader: asyncio.StreamReader) -> bool:
        """Passes the answer on, or a part, or nothing of it. True when the server has finished."""
        limits: dict[Fate, int] = {"cut_answer": link.answer_bytes, "swallowed_answer": 0}
        return await _pass_on(reader, link.client, limits.get(link.fate, sys.maxsize))

    async def _cut(self, link: _Link, server_reader: asyncio.StreamReader) -> None:
        if link.with_reset:
            _reset(link.client)
        link.client.transport.abort()
        if link.fate == "vanished":
            # Nobody tells the server. It finds out by itself, or this proxy ends.
            while await server_reader.read(PIECE):
                pass
        elif link.with_reset:
            _reset(link.server)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limit: int) -> bool:
    """Copies up to `limit` bytes. True when the sender has finished before, False when there were more."""
    left = limit
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(PIECE):
            writer.write(piece[:left])
            await writer.drain()
            left -= len(piece)
            if left <= 0:
                return False
    return True


def _reset(writer: asyncio.StreamWriter) -> None:
    """Makes closing send a reset instead of an orderly end."""
    connection: socket.socket | None = writer.get_extra_info("socket")
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
