"""Originals that have arrived whole."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from schemas.base import Answer
from service.database import Connection


class StoredPhoto(Answer, frozen=True):
    """A photo's row. `sha256` is the digest; the keys name objects in the store."""

    id: UUID
    uploaded_by: UUID
    sha256: bytes
    size: int
    media_type: str
    object_key: str
    filename: str | None
    received_at: datetime
    rendition_state: Literal["pending", "ready", "undecodable", "failed"]
    rendition_problem: str | None
    preview_key: str | None
    thumbnail_key: str | None
    facts: dict[str, object] | None


async def insert(
    connection: Connection,
    *,
    photo_id: UUID,
    uploaded_by: UUID,
    sha256: bytes,
    size: int,
    media_type: str,
    object_key: str,
    filename: str | None,
    now: datetime,
) -> bool:
    """Adds a photo. False when the id is taken: by a photo, which may be the same one, or by a hazard that names it.

    Until its bytes are here a named id belongs to whoever named it first. One statement, so that it sees every naming
    that anybody could have read of before.
    """
    row = await connection.fetchrow(
        """INSERT INTO photos (id, uploaded_by, sha256, size, media_type, object_key, filename, received_at)
           SELECT $1::uuid, $2::uuid, $3, $4, $5, $6, $7, $8
           WHERE $2 = coalesce((SELECT named_by FROM hazard_photos WHERE photo_id = $1 ORDER BY naming LIMIT 1), $2)
           ON CONFLICT (id) DO NOTHING RETURNING id""",
        photo_id,
        uploaded_by,
        sha256,
        size,
        media_type,
        object_key,
        filename,
        now,
    )
    return row is not None


async def by_id(connection: Connection, photo_id: UUID) -> StoredPhoto | None:
    """The photo with that id."""
    row = await connection.fetchrow(
        """SELECT id, uploaded_by, sha256, size, media_type, object_key, filename, received_at, rendition_state,
                  rendition_problem, preview_key, thumbnail_key, facts
           FROM photos WHERE id = $1""",
        photo_id,
    )
    return None if row is None else StoredPhoto(**row)


async def renditions_ready(
    connection: Connection, photo_id: UUID, *, preview_key: str, thumbnail_key: str, facts: dict[str, object] | None
) -> None:
    """Names the renditions. Repeating it with the same keys changes nothing."""
    await connection.execute(
        """UPDATE photos SET rendition_state = 'ready', rendition_problem = NULL, preview_key = $2,
                  thumbnail_key = $3, facts = $4
           WHERE id = $1""",
        photo_id,
        preview_key,
        thumbnail_key,
        facts,
    )


async def renditions_missing(
    connection: Connection, photo_id: UUID, *, state: str, problem: str, facts: dict[str, object] | None
) -> None:
    """Says that there are none and why: `pending` until the next try, `failed` after the last one, `undecodable`."""
    await connection.execute(
        """UPDATE photos SET rendition_state = $2, rendition_problem = $3, facts = coalesce($4, facts)
           WHERE id = $1 AND rendition_state <> 'ready'""",
        photo_id,
        state,
        problem,
        facts,
    )
