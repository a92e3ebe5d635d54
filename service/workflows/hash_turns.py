"""Whose password is hashed next: a hash takes 64 MiB and a tenth of a second, and anybody may ask for one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from service.problems import Problem
from service.repositories.sessions import Address

AT_ONCE = 2
"""Hashes at a time, or a burst of sign-ins would push photos out of memory."""
MAX_OF_ADDRESS = 4
"""Tries of one address that wait or are hashed. More are refused at once: they are guesses, or will be sent again."""
MAX_IN_ALL = 32
"""Tries of all addresses: the last of them waits for a few seconds."""
RETRY_SECONDS = 2


@dataclass(slots=True)
class _Line:
    tries: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class HashTurns:
    """Turns of this process. An address has one at a time, so whoever comes from another waits for one of its tries,
    however many it sends.
    """

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._lines: dict[Address, _Line] = {}
        self._tries = 0

    @asynccontextmanager
    async def turn(self, address: Address) -> AsyncIterator[None]:
        """Waits for a turn. 429 `session.too_many_attempts` or 503 `server.not_ready` when too many wait already."""
        line = self._lines.setdefault(address, _Line())
        try:
            self._refuse_crowds(line)
            line.tries += 1
            self._tries += 1
            try:
                async with line.turn, self._turns:
                    yield
            finally:
                line.tries -= 1
                self._tries -= 1
        finally:
            if not line.tries:
                self._lines.pop(address, None)

    def _refuse_crowds(self, line: _Line) -> None:
        retry = {"Retry-After": str(RETRY_SECONDS)}
        if line.tries >= MAX_OF_ADDRESS:
            raise Problem("session.too_many_attempts", headers=retry, retry_after=RETRY_SECONDS)
        if self._tries >= MAX_IN_ALL:
            raise Problem("server.not_ready", headers=retry)
