"""Which of several servers to talk to: an address may name more than one, for a database that fails over."""

import asyncio
import logging
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import asyncpg

logger = logging.getLogger("clearway.database")

SERVER_SECONDS: Final = 3.0
"""How long one of several servers may take to let us in: one that was switched off never says no."""

_NEXT: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Servers:
    """The servers of an address such as `postgresql://user:password@one:5432,two:5432/name`, the last good one first.

    Of several only one that takes writes will do, unless the address says `target_session_attrs` itself.
    """

    def __init__(self, url: str) -> None:
        self._urls = one_each(url)
        is_told = "target_session_attrs" in parse_qs(urlsplit(url).query)
        self._named: dict[str, Any] = {} if is_told or len(self._urls) == 1 else {"target_session_attrs": "read-write"}

    async def connect(self, _url: str | None = None, **named: Any) -> asyncpg.Connection:
        """A connection to the first server that lets us in, else what the last one raised. `named` as asyncpg has it.

        asyncpg would ask the servers in their order each time and wait for the first one without an end.
        """
        if len(self._urls) == 1:
            return await asyncpg.connect(self._urls[0], **named)
        failure: Exception | None = None
        for url in tuple(self._urls):
            try:
                async with asyncio.timeout(SERVER_SECONDS):
                    connection = await asyncpg.connect(url, **self._named, **named)
            except _NEXT as error:
                failure = error
                continue
            if url != self._urls[0]:
                logger.warning(
                    "database failed over", extra={"fields": {"server": urlsplit(url).netloc.rpartition("@")[2]}}
                )
                self._urls.remove(url)
                self._urls.insert(0, url)
            return connection
        assert failure is not None
        raise failure


def one_each(url: str) -> list[str]:
    """The address once for each server that it names (libpq, "Connection URIs": hosts separated by commas)."""
    parts = urlsplit(url)
    who, at, hosts = parts.netloc.rpartition("@")
    return [parts._replace(netloc=f"{who}{at}{host}").geturl() for host in hosts.split(",")]


async def connect(url: str, **named: Any) -> asyncpg.Connection:
    """A connection of its own to the one of the servers that takes writes."""
    return await Servers(url).connect(**named)
