"""The connection pool: codecs, time-outs and transactions. Only this and the repositories know asyncpg."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Self, TypeAlias

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder()

Connection: TypeAlias = asyncpg.Connection | PoolConnectionProxy


def _encode_json(value: Any) -> str:
    return _encoder.encode(value).decode()


async def prepare_connection(connection: asyncpg.Connection) -> None:
    """Codecs that every connection of ours needs: json and jsonb as plain Python values."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=_encode_json, decoder=_decoder.decode)


@contextmanager
def refusals() -> Iterator[None]:
    """Connecting: no such database, a wrong password, a server that still starts, an address that is none of
    PostgreSQL are all ConnectionRefusedError.
    """
    try:
        yield
    except asyncpg.PostgresError as error:
        raise ConnectionRefusedError(str(error)) from error
    except ValueError:
        # What it says may quote the address, and with it the password.
        raise ConnectionRefusedError("the address does not read postgresql://user:password@host:port/name") from None


async def _keep_session_state(_connection: asyncpg.Connection) -> None:
    """We leave no session state behind, so a released connection needs no round trip to be reset."""


_SEARCHING = {"plan_cache_mode": "force_custom_plan", "default_transaction_read_only": "on"}


async def _open_pool(url: str, least: int, most: int, settings: dict[str, str]) -> asyncpg.Pool:
    return await asyncpg.create_pool(
        url,
        min_size=least,
        max_size=most,
        max_inactive_connection_lifetime=300,
        init=prepare_connection,
        reset=_keep_session_state,
        server_settings=settings,
    )


class Database:
    """A pool of PostgreSQL connections.

    Every failure to connect, and a pool that stays empty for `acquire_seconds`, raises OSError or TimeoutError; the
    application answers 503 to both.
    """

    def __init__(self, pool: asyncpg.Pool, searching: asyncpg.Pool, acquire_seconds: float) -> None:
        self._pool = pool
        self._searching = searching
        self._acquire_seconds = acquire_seconds

    @classmethod
    async def connect(
        cls, url: str, *, connections: int = 16, statement_seconds: float = 30, acquire_seconds: float = 10
    ) -> Self:
        """Opens the pools: of `connections`, and of half as many that search and are opened when first needed.

        `url` is a libpq address; `statement_seconds` bounds every statement on the server.
        """
        settings = {
            "application_name": "clearway",
            "timezone": "UTC",
            "statement_timeout": str(int(statement_seconds * 1000)),
            "idle_in_transaction_session_timeout": "60000",
        }
        with refusals():
            pool = await _open_pool(url, 1, connections, settings)
            searching = await _open_pool(url, 0, max(2, connections // 2), settings | _SEARCHING)
        return cls(pool, searching, acquire_seconds)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection outside a transaction: each statement commits by itself."""
        async with self._connection_of(self._pool) as connection:
            yield connection

    @asynccontextmanager
    async def searching(self) -> AsyncIterator[Connection]:
        """A connection that only reads, outside a transaction, and plans each statement with its values.

        That is what statements with many optional conditions need: a plan for any values at all could use no index of
        what is asked for. A setting of the connection, because to set it anew costs as much as to search.
        """
        async with self._connection_of(self._searching) as connection:
            yield connection

    @asynccontextmanager
    async def _connection_of(self, pool: asyncpg.Pool) -> AsyncIterator[Connection]:
        with refusals():
            connection = await pool.acquire(timeout=self._acquire_seconds)
        try:
            yield connection
        finally:
            await pool.release(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection inside one transaction: all or nothing."""
        async with self.connection() as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """A connection that only reads and on which every statement sees the same moment."""
        async with (
            self.connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield connection

    async def close(self) -> None:
        """Waits for connections in use, then closes all of them."""
        await self._searching.close()
        await self._pool.close()


UNAVAILABLE: tuple[type[Exception], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # A connection that was ended while it lay idle says so in this way when it is used before its socket is closed.
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    OSError,
    TimeoutError,
)
"""What a database that is away, restarting or overloaded raises: 503, try again."""

UNMIGRATED: tuple[type[Exception], ...] = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError)
"""What a database raises that is not at this version's schema: 503 until somebody runs `clearway migrate`."""

UNSTORABLE: tuple[type[Exception], ...] = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
"""What a text with a NUL character raises, which JSON can carry and PostgreSQL cannot: 400."""

FULL: tuple[type[Exception], ...] = (asyncpg.DiskFullError,)
"""What a database on a full disk raises: 507."""


async def open_listener(url: str) -> asyncpg.Connection:
    """A connection of its own for the job queue, which listens on it for as long as it works."""
    return await asyncpg.connect(url, server_settings={"application_name": "clearway worker", "timezone": "UTC"})
