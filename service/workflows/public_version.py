"""Whether what was rendered for the public still holds: asked before each use, by many at once in one question."""

import asyncio
from typing import Final

from service.database import Connection, Database
from service.repositories import published_cases

LINGER_SECONDS: Final = 0.02
"""For so long a connection is kept when nobody asks: while many read, it is not fetched from the pool each time."""


class PublicVersion:
    """The number that changes with everything the public sees.

    A request that waits for it shares the question with all that came since the last one was put. The question begins
    after each of them has begun, so a page that was retracted before a request started is never taken for fresh.
    """

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[int]] = []
        self._asked = asyncio.Event()
        self._asking: asyncio.Task[None] | None = None

    async def now(self, database: Database) -> int:
        """The number as of a moment after this was called."""
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self._asked.set()
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask(database))
        return await answer

    async def _ask(self, database: Database) -> None:
        while self._waiting:
            is_connected = False
            try:
                async with database.connection() as connection:
                    is_connected = True
                    while await self._is_asked():
                        await self._answer(connection)
            except Exception as error:
                # Who waited for the connection is told, by the same error; for who came since the question we ask anew.
                if not is_connected:
                    _refuse(self._taken(), error)

    async def _is_asked(self) -> bool:
        if not self._waiting:
            try:
                async with asyncio.timeout(LINGER_SECONDS):
                    await self._asked.wait()
            except TimeoutError:
                return False
        return True

    async def _answer(self, connection: Connection) -> None:
        waiting = self._taken()
        try:
            version = await published_cases.version(connection)
        except Exception as error:
            _refuse(waiting, error)
            raise
        for one in waiting:
            if not one.done():
                one.set_result(version)

    def _taken(self) -> list[asyncio.Future[int]]:
        waiting, self._waiting = self._waiting, []
        self._asked.clear()
        return waiting


def _refuse(waiting: list[asyncio.Future[int]], error: Exception) -> None:
    for one in waiting:
        if not one.done():
            one.set_exception(error)
