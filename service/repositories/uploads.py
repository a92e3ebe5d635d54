"""Unfinished resumable uploads and their durable segments."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from service.database import Connection
from storage.base import Segment

UploadState = Literal["open", "finished", "rejected"]


@dataclass(frozen=True, slots=True)
class Upload:
    """A resumable upload. `offset` counts durable bytes, of `length` in all; `metadata` is as the client sent it."""

    id: UUID
    account_id: UUID
    photo_id: UUID
    length: int
    offset: int
    promised_sha256: bytes | None
    filename: str | None
    state: UploadState
    problem_code: str | None
    metadata: str
    expires_at: datetime
    traceparent: str | None = None
    """The trace in which it began, where traces are collected."""


async def insert(connection: Connection, upload: Upload, now: datetime) -> None:
    """Adds a new, empty upload."""
    await connection.execute(
        """INSERT INTO uploads (id, account_id, photo_id, length, promised_sha256, filename, metadata, created_at,
                                expires_at, traceparent)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        upload.id,
        upload.account_id,
        upload.photo_id,
        upload.length,
        upload.promised_sha256,
        upload.filename,
        upload.metadata,
        now,
        upload.expires_at,
        upload.traceparent,
    )


async def by_id(connection: Connection, upload_id: UUID) -> Upload | None:
    """The upload with that id, in whatever state."""
    row = await connection.fetchrow(
        """SELECT id, account_id, photo_id, length, confirmed_offset AS "offset", promised_sha256, filename, state,
                  problem_code, metadata, expires_at, traceparent
           FROM uploads WHERE id = $1""",
        upload_id,
    )
    return None if row is None else Upload(**row)


async def advance(
    connection: Connection, upload_id: UUID, *, expected: int, segment: Segment, expires_at: datetime
) -> bool:
    """Moves the offset over one durable segment if it still equals `expected`. The loser of a race gets False."""
    row = await connection.fetchrow(
        """WITH moved AS (
               UPDATE uploads SET confirmed_offset = confirmed_offset + $3, expires_at = $6
               WHERE id = $1 AND confirmed_offset = $2 AND state = 'open' RETURNING id
           )
           INSERT INTO upload_segments (upload_id, start, size, sha256, object_key)
           SELECT id, $2, $3, $4, $5 FROM moved RETURNING upload_id""",
        upload_id,
        expected,
        segment.size,
        segment.sha256,
        segment.key,
        expires_at,
    )
    return row is not None


async def finish(connection: Connection, upload_id: UUID, *, expected: int) -> bool:
    """Marks the upload as finished if its offset still equals `expected`. The loser of a race gets False."""
    row = await connection.fetchrow(
        """UPDATE uploads SET confirmed_offset = length, state = 'finished'
           WHERE id = $1 AND confirmed_offset = $2 AND state = 'open' RETURNING id""",
        upload_id,
        expected,
    )
    return row is not None


async def reject(connection: Connection, upload_id: UUID, problem_code: str, *, expected: int) -> bool:
    """Ends an upload whose content was refused, if its offset still equals `expected`. Else False."""
    row = await connection.fetchrow(
        """UPDATE uploads SET state = 'rejected', problem_code = $2
           WHERE id = $1 AND confirmed_offset = $3 AND state = 'open' RETURNING id""",
        upload_id,
        problem_code,
        expected,
    )
    return row is not None


async def segments(connection: Connection, upload_id: UUID) -> list[Segment]:
    """The durable segments in order."""
    rows = await connection.fetch(
        "SELECT object_key, size, sha256 FROM upload_segments WHERE upload_id = $1 ORDER BY start", upload_id
    )
    return [Segment(row["object_key"], row["size"], row["sha256"]) for row in rows]


async def lock_unfinished(connection: Connection, upload_id: UUID, *, expired_by: datetime | None = None) -> bool:
    """Lets nobody else move the upload until the transaction ends.

    False when it is finished or gone, or when it lives longer than `expired_by`.
    """
    row = await connection.fetchrow(
        """SELECT id FROM uploads
           WHERE id = $1 AND state <> 'finished' AND ($2::timestamptz IS NULL OR expires_at <= $2) FOR UPDATE""",
        upload_id,
        expired_by,
    )
    return row is not None


async def delete(connection: Connection, upload_id: UUID) -> None:
    """Removes an upload with its segment rows."""
    await connection.execute("DELETE FROM uploads WHERE id = $1", upload_id)


async def expired(connection: Connection, *, now: datetime, limit: int) -> list[UUID]:
    """Unfinished uploads whose time is over, oldest first."""
    rows = await connection.fetch(
        "SELECT id FROM uploads WHERE state <> 'finished' AND expires_at <= $1 ORDER BY expires_at LIMIT $2", now, limit
    )
    return [row["id"] for row in rows]


async def forget_finished(connection: Connection, *, now: datetime) -> list[str]:
    """Removes rows of finished uploads past their time and returns segment keys that were still named."""
    rows = await connection.fetch(
        """WITH gone AS (DELETE FROM uploads WHERE state = 'finished' AND expires_at <= $1 RETURNING id)
           SELECT s.object_key FROM upload_segments s JOIN gone ON gone.id = s.upload_id""",
        now,
    )
    return [row["object_key"] for row in rows]


async def named_segments(connection: Connection, keys: list[str]) -> frozenset[str]:
    """Those of `keys` that some upload still names."""
    rows = await connection.fetch("SELECT object_key FROM upload_segments WHERE object_key = ANY($1)", keys)
    return frozenset(row["object_key"] for row in rows)
