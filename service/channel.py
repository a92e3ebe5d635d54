"""A connection that listens to the database, and is opened anew whenever it is lost.

What is said while it is away is not heard: it is for hints, never for what must not be missed.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Self

from service.database import UNAVAILABLE, open_listener, refusals, takes_writes
from service.repositories import replicas

logger = logging.getLogger("clearway.channel")

RECONNECT_SECONDS = 1.0
LOOK_SECONDS = 15.0
"""How often a silent connection is asked whether it lives: to a machine that is gone it would stay open for ever."""

Hear = Callable[[str], None]


class Channel:
    """Calls a function for every message on a channel of PostgreSQL, for as long as the block runs."""

    def __init__(self, database_url: str, hear: Mapping[str, Hear]) -> None:
        self._database_url = database_url
        self._hear = hear
        self._opened = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Does not wait for the connection: nobody depends on it."""
        self._life = asyncio.create_task(self._stay())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._life.cancel()
        await asyncio.gather(self._life, return_exceptions=True)

    @property
    def is_open(self) -> bool:
        """Whether messages are heard now."""
        return self._opened.is_set()

    async def wait_until_open(self) -> None:
        """Returns when messages are heard."""
        await self._opened.wait()

    async def _stay(self) -> None:
        while True:
            try:
                with refusals():
                    await self._listen()
            except UNAVAILABLE as error:
                logger.info("listening connection lost", extra={"fields": {"error": type(error).__name__}})
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        connection = await open_listener(self._database_url, replicas.LISTENER)
        lost = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            for name, hear in self._hear.items():
                await connection.add_listener(name, _told_to(hear))
            self._opened.set()
            while not lost.is_set():
                try:
                    async with asyncio.timeout(LOOK_SECONDS):
                        await lost.wait()
                except TimeoutError:
                    async with asyncio.timeout(LOOK_SECONDS):
                        await replicas.is_heard(connection)
                    # On a server that has become a standby nobody is heard any more.
                    if not takes_writes(connection):
                        break
        finally:
            self._opened.clear()
            # To a server that does not answer it is cut, which must not hide that we were cancelled.
            with suppress(*UNAVAILABLE):
                await connection.close(timeout=2)


def _told_to(hear: Hear) -> Callable[[Any, int, str, object], None]:
    return lambda _connection, _process, _channel, payload: hear(str(payload))
