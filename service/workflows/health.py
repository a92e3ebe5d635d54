"""Whether everything that intake needs is there."""

import asyncio
from typing import Literal

from schemas.base import Answer
from service import migrator
from service.database import UNAVAILABLE, takes_writes
from service.workflows.context import Context
from storage.base import StoreError

CHECK_SECONDS = 3.0


class Readiness(Answer, frozen=True):
    """`checks` maps database, schema, store and space to `ok` or to what is wrong, in a stable word."""

    status: Literal["ready", "not_ready"]
    checks: dict[str, str]


async def check(context: Context) -> Readiness:
    """Asks each part, all within `CHECK_SECONDS`; never raises for a part that is down."""
    checks = {"database": "unavailable", "schema": "unknown", "store": "unavailable", "space": "unknown"}
    try:
        async with asyncio.timeout(CHECK_SECONDS), context.database.connection() as connection:
            checks["schema"] = "migrations_missing" if await migrator.pending(connection) else "ok"
            checks["database"] = "ok" if takes_writes(connection) else "read_only"
    except UNAVAILABLE:
        pass
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await context.store.check()
            checks["store"] = "ok"
            free = await context.store.free_bytes()
            checks["space"] = "ok" if free is None or free >= context.limits.disk_floor_bytes else "below_floor"
    except (StoreError, OSError, TimeoutError):
        pass
    is_ready = all(value == "ok" for value in checks.values())
    return Readiness(status="ready" if is_ready else "not_ready", checks=checks)
