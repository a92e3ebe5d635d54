"""Request bodies out of uvicorn without copying them about.

uvicorn collects a body in a bytearray and hands out copies of it: of 4 MB, every byte is moved three more times than
needed. Here each piece that the parser cuts from the socket is handed on as it is. And when a client vanishes, uvicorn
forgets what it has received and not yet handed on; here it is handed on first, because for an upload it counts.
"""

import asyncio
from collections import deque
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

HELD_BYTES = 256 * 1024
"""Of one body: when as much waits to be taken, the socket is not read."""


class Pieces:
    """The body of one request: stands in for the `receive` of uvicorn's cycle."""

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._waiting: deque[bytes] = deque()
        self._held = 0
        self._told_the_end = False

    def add(self, piece: bytes) -> None:
        """A piece from the parser."""
        self._waiting.append(piece)
        self._held += len(piece)
        if self._held >= HELD_BYTES:
            self._cycle.flow.pause_reading()
        self._cycle.message_event.set()

    async def receive(self) -> Any:
        """ASGI's `receive`."""
        cycle = self._cycle
        if cycle.waiting_for_100_continue and not cycle.transport.is_closing():
            cycle.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            cycle.waiting_for_100_continue = False
        while not self._waiting:
            if cycle.disconnected or cycle.response_complete:
                return {"type": "http.disconnect"}
            if not cycle.more_body and not self._told_the_end:
                break
            cycle.flow.resume_reading()
            cycle.message_event.clear()
            await cycle.message_event.wait()
        piece = self._waiting.popleft() if self._waiting else b""
        self._held -= len(piece)
        more = cycle.more_body or bool(self._waiting)
        self._told_the_end = not more
        return {"type": "http.request", "body": piece, "more_body": more}


HEAD_SECONDS = 15.0
"""How long the head of a request may take to arrive. A body has limits of its own, where it is read."""


class BodyProtocol(HttpToolsProtocol):
    """uvicorn's HTTP with our bodies, and an end to connections that never say what they want."""

    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection that sends nothing is closed like one that sends half a head."""
        super().connection_made(transport)
        self._expect_head()

    def on_message_begin(self) -> None:
        """The first byte of another request on this connection."""
        super().on_message_begin()
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more to wait for."""
        self._stop_expecting()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _stop_expecting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if self.cycle is not None and not self.cycle.response_complete:
            # The answer before it is still on its way.
            self._expect_head()
        elif not self.transport.is_closing():
            self.transport.close()

    def on_headers_complete(self) -> None:
        """uvicorn has made the cycle and scheduled the application, which will find our `receive`."""
        self._stop_expecting()
        super().on_headers_complete()
        self._pieces = Pieces(self.cycle)
        self.cycle.receive = self._pieces.receive  # type: ignore[method-assign]

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        if not self.cycle.response_complete:
            self._pieces.add(body)
