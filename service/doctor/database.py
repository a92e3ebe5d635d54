"""The database: its version, what it lets us do, whether it speaks to who listens, and whether its schema is ours."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from service import migrator
from service.backup import postgres_tools
from service.clock import utc_now
from service.database import PoolerRefused, open_listener, refusals, refuse_shared_session
from service.doctor.findings import Finding, missing, ok, warning
from service.migrator import DatabaseIsNewer, MigrationError
from service.problems import Problem
from service.repositories import clocks, server_facts
from service.repositories.server_facts import ServerFacts

OLDEST, NEWEST = 15, 18
"""Versions of PostgreSQL that are tried."""
MOST_CLOCK_SECONDS: Final = 60.0
NAME: Final = "clearway doctor"


async def look(url: str, connections: int) -> AsyncIterator[Finding]:
    """`connections`: those of one web process. Goes on to the next question where it can; changes nothing."""
    async with AsyncExitStack() as stack:
        try:
            one = await open_listener(url, NAME)
            stack.push_async_callback(one.close)
            other = await open_listener(url, NAME)
            stack.push_async_callback(other.close)
            with refusals():
                await refuse_shared_session(one, other)
                facts = await server_facts.server_facts(one)
        except PoolerRefused:
            yield missing("database.pooler")
            return
        except OSError as error:
            yield missing("database.unreachable", reason=str(error))
            return
        major = facts.version // 10000
        for finding in judged(facts, connections):
            yield finding
        if not await server_facts.hears(one, other):
            yield missing("database.notify_lost")
        else:
            yield ok("database.notify")
        apart = (await clocks.now(one) - utc_now()).total_seconds()
        if abs(apart) > MOST_CLOCK_SECONDS:
            yield missing("database.clock_off", seconds=round(apart))
        else:
            yield ok("database.clock", seconds=round(abs(apart), 1))
    yield await _schema(url)
    yield _tools(major, facts.is_encrypted)


def judged(facts: ServerFacts, connections: int) -> list[Finding]:
    """What the server's facts mean."""
    major = facts.version // 10000
    found = [ok("database.version", major=major)]
    if major < OLDEST:
        found = [missing("database.version_old", major=major)]
    elif major > NEWEST:
        found = [warning("database.version_untried", major=major)]
    if facts.encoding != "UTF8":
        found.append(missing("database.encoding", encoding=facts.encoding))
    if not facts.may_create:
        found.append(missing("database.may_not_create"))
    if facts.strangers_tables:
        found.append(missing("database.tables_of_others", count=facts.strangers_tables))
    if facts.may_create and not facts.strangers_tables:
        found.append(ok("database.privileges"))
    if facts.is_encrypted:
        found.append(ok("database.encrypted"))
    elif not facts.is_local:
        found.append(warning("database.not_encrypted"))
    # One process: its own, half as many that search, and one that listens.
    processes = facts.connections // (connections + max(2, connections // 2) + 1)
    judge = ok if processes >= 2 else warning
    found.append(judge("database.connections", connections=facts.connections, processes=processes))
    return found


async def _schema(url: str) -> Finding:
    try:
        names = await migrator.missing(url)
    except DatabaseIsNewer as error:
        return missing("database.newer", reason=str(error))
    except MigrationError as error:
        return missing("database.edited", reason=str(error))
    except OSError as error:
        return missing("database.unreachable", reason=str(error))
    return missing("database.unmigrated", count=len(names)) if names else ok("database.migrated")


def _tools(major: int, is_encrypted: bool, folder: Path | None = None) -> Finding:
    try:
        tools = postgres_tools.find("pg_dump", major, with_tls=is_encrypted, folder=folder)
    except Problem as problem:
        return warning("database.no_tools", major=major, found=problem.parameters.get("found", "-"))
    return ok("database.tools", major=tools.major)
