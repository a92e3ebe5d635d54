"""Request bodies on their way in, so that a phone that reconnects can have the old connection's bytes counted.

A phone in a basement loses its network without closing its connection. When it is back it asks for the offset while
the server still waits for the rest of the old request. That wait is ended here, what arrived becomes durable, and the
phone goes on after it. Only requests of this process are known; those of other replicas are ended by `takeovers`, and
where that fails a silent request confirms what it has by itself after `SILENCE_SECONDS`.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

SILENCE_SECONDS = 2.0
"""A body that pauses for this long has what arrived so far confirmed as a segment."""

RELEASE_SECONDS = 5.0
"""How long a newcomer waits for an old request to confirm what it holds."""


class Flight:
    """One request body being received."""

    def __init__(self) -> None:
        self.released = False
        self.landed = asyncio.Event()
        self._waiting_since: float | None = None
        self._pause = 0.0
        self._limit: asyncio.Timeout | None = None
        self._timer: asyncio.TimerHandle | None = None

    @contextmanager
    def watched(self, limit: asyncio.Timeout, pause: float) -> Iterator[None]:
        """Ends a wait by `limit` when it takes longer than `pause` seconds or is released; never anything else.

        One timer a body, which looks now and then, and not one a piece: a fast body has hundreds of pieces a second.
        """
        self._limit, self._pause = limit, pause
        self._look_after(pause)
        try:
            yield
        finally:
            self._limit = None
            if self._timer is not None:
                self._timer.cancel()

    def begin_wait(self) -> None:
        """The request waits for bytes from now on."""
        self._waiting_since = asyncio.get_running_loop().time()

    def end_wait(self) -> None:
        """Bytes came. An end of the wait that was already ordered must not hit the write that follows."""
        self._waiting_since = None
        if self._limit is not None and self._limit.when() is not None:
            self._limit.reschedule(None)
            if self._timer is not None:
                self._timer.cancel()
            self._look_after(self._pause)

    def _look_after(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._look)

    def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        waited = 0.0 if self._waiting_since is None else now - self._waiting_since
        if waited < self._pause:
            self._look_after(self._pause - waited)
        else:
            self._end_wait_now()

    def release(self) -> None:
        """Asks the request to confirm what it has and to end."""
        self.released = True
        if self._waiting_since is not None:
            self._end_wait_now()

    def _end_wait_now(self) -> None:
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(asyncio.get_running_loop().time())


class Flights:
    """All request bodies of this process by upload."""

    def __init__(self) -> None:
        self._flights: dict[UUID, set[Flight]] = {}

    @contextmanager
    def enter(self, upload_id: UUID) -> Iterator[Flight]:
        """Registers a body for as long as it is being received."""
        flight = Flight()
        self._flights.setdefault(upload_id, set()).add(flight)
        try:
            yield flight
        finally:
            flights = self._flights[upload_id]
            flights.discard(flight)
            if not flights:
                del self._flights[upload_id]
            flight.landed.set()

    def holds(self, upload_id: UUID) -> bool:
        """Whether a body of this upload is being received."""
        return upload_id in self._flights

    async def release_all(self) -> None:
        """Has every body confirm what it holds: this process is about to stop, its phones go on with another."""
        for upload_id in list(self._flights):
            await self.release(upload_id)

    async def release(self, upload_id: UUID) -> bool:
        """Ends the wait of every body of this upload and returns, when each has confirmed what it had, if any was."""
        flights = list(self._flights.get(upload_id, ()))
        for flight in flights:
            flight.release()
        for flight in flights:
            try:
                async with asyncio.timeout(RELEASE_SECONDS):
                    await flight.landed.wait()
            except TimeoutError:
                continue
        return bool(flights)
