"""Putting work on pgqueuer's table, in the transaction that makes the work necessary."""

from datetime import datetime
from typing import Any

import msgspec

from service.database import Connection
from service.telemetry import carried


async def enqueue(connection: Connection, job: str, payload: dict[str, Any], *, dedupe_key: str) -> None:
    """Queues `job` unless one with the same `dedupe_key` already waits or runs.

    Written as a plain INSERT and not through pgqueuer's own client, which would bring 30 MB into every web process.
    The table's trigger wakes the workers at commit. What the job can be followed by goes with it. It is due since ever
    and not since now: were the database's clock set back, it would wait until it is that late again.
    """
    headers = carried.headers()
    await connection.execute(
        """INSERT INTO pgqueuer (priority, entrypoint, payload, dedupe_key, headers, status, execute_after)
           VALUES (0, $1, $2, $3, $4::text::jsonb, 'queued', to_timestamp(0))
           ON CONFLICT (dedupe_key) WHERE status IN ('queued', 'picked') AND dedupe_key IS NOT NULL DO NOTHING""",
        job,
        msgspec.json.encode(payload),
        dedupe_key,
        None if headers is None else msgspec.json.encode(headers).decode(),
    )


async def prune_history(connection: Connection, *, before: datetime) -> None:
    """Removes what pgqueuer wrote about jobs of long ago, which it never does itself. Jobs that failed stay."""
    await connection.execute("DELETE FROM pgqueuer_log WHERE created < $1", before)
    await connection.execute("DELETE FROM pgqueuer_statistics WHERE created < $1", before)
