"""Whether what was rendered for the public still holds: asked before each use, by many at once in one question."""

import asyncio

from service.database import Database
from service.repositories import published_cases


class PublicVersion:
    """The number that changes with everything the public sees.

    A request that waits for it shares the question with all that came since the last one was put. The question begins
    after each of them has begun, so a page that was retracted before a request started is never taken for fresh.
    """

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[int]] = []
        self._asking: asyncio.Task[None] | None = None

    async def now(self, database: Database) -> int:
        """The number as of a moment after this was called."""
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask(database))
        return await answer

    async def _ask(self, database: Database) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            try:
                async with database.connection() as connection:
                    version = await published_cases.version(connection)
            except Exception as error:  # each of those who wait is told, by the same error
                for one in waiting:
                    if not one.done():
                        one.set_exception(error)
                continue
            for one in waiting:
                if not one.done():
                    one.set_result(version)
