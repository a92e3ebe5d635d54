"""What a PostgreSQL server says of itself, and of what this account may do there."""

import asyncio
from dataclasses import dataclass

from service.database import Connection

_CHANNEL = "clearway_doctor"
_HEARD_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """`version` as in server_version_num: 150018. `connections`: how many ordinary accounts may have at once."""

    version: int
    encoding: str
    connections: int
    is_encrypted: bool
    is_local: bool
    may_create: bool
    strangers_tables: int
    """Tables in our schema that belong to an account that this one is not a member of."""


async def server_facts(connection: Connection) -> ServerFacts:
    """Reads only."""
    row = await connection.fetchrow(
        """SELECT current_setting('server_version_num')::int AS version,
                  current_setting('server_encoding') AS encoding,
                  current_setting('max_connections')::int
                      - current_setting('superuser_reserved_connections')::int AS connections,
                  coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS is_encrypted,
                  coalesce(inet_client_addr() <<= '127.0.0.0/8' OR inet_client_addr() = '::1', true) AS is_local,
                  coalesce(has_schema_privilege(current_schema(), 'CREATE, USAGE'), false) AS may_create,
                  (SELECT count(*) FROM pg_class c
                    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
                      AND NOT pg_has_role(c.relowner, 'USAGE'))::int AS strangers_tables"""
    )
    assert row is not None
    return ServerFacts(**dict(row))


async def hears(listener: Connection, speaker: Connection) -> bool:
    """Whether what one connection says by NOTIFY reaches one that listens."""
    heard = asyncio.Event()

    def hear(*_: object) -> None:
        heard.set()

    await listener.add_listener(_CHANNEL, hear)
    try:
        await speaker.execute("SELECT pg_notify($1, '')", _CHANNEL)
        await asyncio.wait_for(heard.wait(), _HEARD_SECONDS)
    except TimeoutError:
        return False
    finally:
        await listener.remove_listener(_CHANNEL, hear)
    return True
