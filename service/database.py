"""The connection pool: codecs, time-outs and transactions. Only this and the repositories know asyncpg."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Self, TypeAlias

import asyncpg
import msgspec
from asyncpg.pool import PoolConnectionProxy

from service import database_servers
from service.database_servers import Servers
from service.telemetry import metrics, watch

_BEYOND_SECONDS = 2.0
_CLOSE_SECONDS = 3.0

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder()

Connection: TypeAlias = asyncpg.Connection | PoolConnectionProxy


def _encode_json(value: Any) -> str:
    return _encoder.encode(value).decode()


async def prepare_connection(connection: asyncpg.Connection) -> None:
    """Codecs that every connection of ours needs: json and jsonb as plain Python values."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=_encode_json, decoder=_decoder.decode)


class PoolerRefused(ConnectionRefusedError):
    """A pooler gives one session of the server to several connections, as pgbouncer does in transaction mode.

    Listening for notifications, prepared statements and locks belong to a session: nothing of ours would work for long.
    """

    def __init__(self) -> None:
        super().__init__(
            "a pooler in transaction mode stands before the database: name the server itself, or a pool whose mode is "
            "session"
        )


async def refuse_shared_session(one: Connection, other: Connection) -> None:
    """PoolerRefused when two open connections have the same process at their other end."""
    if await one.fetchval("SELECT pg_backend_pid()") == await other.fetchval("SELECT pg_backend_pid()"):
        raise PoolerRefused


async def _refuse_pooler(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as one:
        # A pooler makes up the number that is told when connecting, the server tells its own.
        if await one.fetchval("SELECT pg_backend_pid()") != one.get_server_pid():
            async with pool.acquire() as other:
                await refuse_shared_session(one, other)


@contextmanager
def refusals() -> Iterator[None]:
    """Connecting: no such database, a wrong password, a server that still starts, several of which none takes writes,
    an address that is none of PostgreSQL are all ConnectionRefusedError.
    """
    try:
        yield
    except (asyncpg.DuplicatePreparedStatementError, asyncpg.InvalidSQLStatementNameError) as error:
        # Somebody else's statements, or none of ours, are at the other end.
        raise PoolerRefused from error
    except (asyncpg.PostgresError, asyncpg.TargetServerAttributeNotMatched) as error:
        raise ConnectionRefusedError(str(error)) from error
    except ssl.SSLError:
        # An OSError like the others, and a ValueError too when a certificate is not believed.
        raise
    except ValueError:
        # What it says may quote the address, and with it the password.
        raise ConnectionRefusedError("the address does not read postgresql://user:password@host:port/name") from None


async def _keep_session_state(_connection: asyncpg.Connection) -> None:
    """We leave no session state behind, so a released connection needs no round trip to be reset."""


_SEARCHING = {"plan_cache_mode": "force_custom_plan"}


async def _prepare_searching(connection: asyncpg.Connection) -> None:
    # Not a setting to connect with: a server that reports it would be taken for one that has become a standby.
    await connection.execute("SET default_transaction_read_only = on")
    await prepare_connection(connection)


async def _open_pool(
    servers: Servers, least: int, most: int, settings: dict[str, str], statement_seconds: float
) -> asyncpg.Pool:
    return await asyncpg.create_pool(
        connect=servers.connect,
        min_size=least,
        max_size=most,
        max_inactive_connection_lifetime=300,
        init=_prepare_searching if settings.keys() >= _SEARCHING.keys() else prepare_connection,
        reset=_keep_session_state,
        server_settings=settings,
        # The server ends a statement in time; one that is frozen or was switched off does not.
        command_timeout=statement_seconds + _BEYOND_SECONDS,
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

        `url` is a libpq address, which may name several servers; `statement_seconds` bounds every statement on the
        server.
        """
        settings = {
            "application_name": "clearway",
            "timezone": "UTC",
            "statement_timeout": str(int(statement_seconds * 1000)),
            "idle_in_transaction_session_timeout": "60000",
        }
        with refusals():
            servers = Servers(url)
            pool = await _open_pool(servers, 1, connections, settings, statement_seconds)
            try:
                await _refuse_pooler(pool)
            except BaseException:
                pool.terminate()
                raise
            searching = await _open_pool(servers, 0, max(2, connections // 2), settings | _SEARCHING, statement_seconds)
        metrics.DATABASE_CONNECTIONS_LIMIT.labels("main").set(pool.get_max_size())
        metrics.DATABASE_CONNECTIONS_LIMIT.labels("searching").set(searching.get_max_size())
        return cls(pool, searching, acquire_seconds)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection outside a transaction: each statement commits by itself."""
        async with self._connection_of(self._pool) as connection, self._watched(connection):
            yield connection

    @asynccontextmanager
    async def searching(self) -> AsyncIterator[Connection]:
        """A connection that only reads, outside a transaction, and plans each statement with its values.

        That is what statements with many optional conditions need: a plan for any values at all could use no index of
        what is asked for. A setting of the connection, because to set it anew costs as much as to search.
        """
        async with self._connection_of(self._searching) as connection, self._watched(connection):
            yield connection

    @asynccontextmanager
    async def _connection_of(self, pool: asyncpg.Pool) -> AsyncIterator[Connection]:
        with watch.database("main" if pool is self._pool else "searching", UNAVAILABLE) as acquired:
            with refusals():
                connection = await pool.acquire(timeout=self._acquire_seconds)
            acquired()
            try:
                yield connection
            finally:
                await pool.release(connection)

    @asynccontextmanager
    async def _watched(self, connection: Connection) -> AsyncIterator[None]:
        """Lets go of every connection when one shows that its server is no longer the one to talk to.

        It must be inside of a transaction: to roll back on a server that does not answer takes as long again.
        """
        try:
            yield
        except REPLACED:
            connection.terminate()
            await self._pool.expire_connections()
            await self._searching.expire_connections()
            raise

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection inside one transaction: all or nothing."""
        async with (
            self._connection_of(self._pool) as connection,
            connection.transaction(),
            self._watched(connection),
        ):
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """A connection that only reads and on which every statement sees the same moment."""
        async with (
            self._connection_of(self._pool) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
            self._watched(connection),
        ):
            yield connection

    async def close(self) -> None:
        """Waits for connections in use, then closes all of them; those to a server that does not answer are cut."""
        for pool in (self._searching, self._pool):
            try:
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await pool.close()
            except TimeoutError:
                pool.terminate()


REPLACED: tuple[type[Exception], ...] = (asyncpg.ReadOnlySQLTransactionError, TimeoutError)
"""What a server raises that is no longer the one to write to, and what is raised of one that does not answer."""

UNAVAILABLE: tuple[type[Exception], ...] = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # A connection that was ended while it lay idle says so in this way when it is used before its socket is closed.
    # And so does an address none of whose servers takes writes.
    asyncpg.InternalClientError,
    # Restarting, shutting down, a statement out of time.
    asyncpg.OperatorInterventionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TooManyConnectionsError,
    asyncpg.OutOfMemoryError,
    # Its disk answers with errors.
    asyncpg.PostgresSystemError,
    # Two requests that waited for each other: one of them is undone.
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
    OSError,
    TimeoutError,
)
"""What a database that is away, restarting, failing over or overloaded raises: 503, try again."""

UNMIGRATED: tuple[type[Exception], ...] = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError)
"""What a database raises that is not at this version's schema: 503 until somebody runs `clearway migrate`."""

UNSTORABLE: tuple[type[Exception], ...] = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
"""What a text with a NUL character raises, which JSON can carry and PostgreSQL cannot: 400."""

FULL: tuple[type[Exception], ...] = (asyncpg.DiskFullError,)
"""What a database on a full disk raises: 507."""


LISTENER_SECONDS = 20.0
"""Nothing that the queue asks takes long: a server that is silent for this long is not there any more."""


async def open_listener(url: str, application_name: str = "clearway worker") -> asyncpg.Connection:
    """A connection of its own for whoever listens on it, as the job queue does for as long as it works."""
    with refusals():
        return await database_servers.connect(
            url,
            server_settings={"application_name": application_name, "timezone": "UTC"},
            command_timeout=LISTENER_SECONDS,
        )


def takes_writes(connection: Connection) -> bool:
    """Whether the server last said of itself that it does: it reports both with its answers (since PostgreSQL 14)."""
    told = connection.get_settings()
    return "on" not in (getattr(told, "in_hot_standby", ""), getattr(told, "default_transaction_read_only", ""))
