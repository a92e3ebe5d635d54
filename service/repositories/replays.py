"""Answers already given to repeatable requests."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from service.database import Connection


@dataclass(frozen=True, slots=True)
class Replay:
    """The answer to the first request with this key. `request_digest` is SHA-256 over what was asked."""

    key: UUID
    account_id: UUID
    kind: str
    request_digest: bytes
    status: int
    etag: str | None
    answer: bytes


async def claim(connection: Connection, key: UUID) -> None:
    """Lets one request with this key in at a time: a repeat waits for the first one's transaction to end."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", str(key))


async def find(connection: Connection, key: UUID) -> Replay | None:
    """The answer kept under a key."""
    row = await connection.fetchrow(
        "SELECT key, account_id, kind, request_digest, status, etag, answer FROM replays WHERE key = $1", key
    )
    return None if row is None else Replay(**row)


async def keep(connection: Connection, replay: Replay, now: datetime) -> None:
    """Keeps an answer, in the transaction of the change that it tells of. UniqueViolationError for a key in use."""
    await connection.execute(
        """INSERT INTO replays (key, account_id, kind, request_digest, status, etag, answer, at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        replay.key,
        replay.account_id,
        replay.kind,
        replay.request_digest,
        replay.status,
        replay.etag,
        replay.answer,
        now,
    )
