"""What both ways of sending a photo share: bytes into a segment, and a sealed original into the record.

The rule that everything here keeps: nothing is told to a phone before it is durable, and nothing that was told is
ever taken back.
"""

import asyncio
import secrets
from datetime import datetime
from enum import Enum, auto
from typing import Protocol
from uuid import UUID

from schemas.photos import MediaType
from schemas.receipts import Receipt
from service.database import Connection
from service.domain.permissions import Actor, Permission
from service.imaging import formats
from service.problems import Problem
from service.repositories import events, jobs, photos
from service.repositories.photos import StoredPhoto
from service.workflows.context import Context
from service.workflows.flights import SILENCE_SECONDS, Flight
from storage.base import Sealed, SegmentWriter

PATIENCE_SECONDS = 60.0
"""How long a body that counts only whole may pause."""


class Body(Protocol):
    """A request body as it arrives."""

    async def next(self) -> bytes | None:
        """The next bytes, b"" at the end of the body, None when the client has gone before the end."""


class Ending(Enum):
    """Why a body stopped filling a segment."""

    WHOLE = auto()
    CUT = auto()
    SILENT = auto()
    RELEASED = auto()


async def require_room(context: Context) -> None:
    """507 when the store is nearly full: told before the phone sends."""
    free = await context.store.free_bytes()
    if free is not None and free < context.limits.disk_floor_bytes:
        raise Problem("storage.full", headers={"Retry-After": "300"})


def require_upload(actor: Actor) -> None:
    """403 for a person who may not send photos anywhere."""
    if not actor.may_anywhere(Permission.PHOTO_UPLOAD):
        raise Problem("permission.denied")


def segment_key(owner: UUID) -> str:
    """A segment's key that nobody used before."""
    return f"segments/{owner}/{secrets.token_hex(8)}"


def original_key(sha256: bytes) -> str:
    """Where an original of this content lives. Derived from the content, so the same bytes are stored once."""
    name = sha256.hex()
    return f"originals/{name[:2]}/{name}"


async def fill(
    writer: SegmentWriter, body: Body, *, room: int, past_room: Problem, counts_whole: bool, flight: Flight
) -> Ending:
    """Writes the body into `writer` until it ends, is cut, falls silent or is released by a newcomer.

    Of a body that counts whole or not at all, a pause is waited out for `PATIENCE_SECONDS` and then is 408
    `request.timeout`. `past_room` is raised when more than `room` bytes come.
    """
    pause = PATIENCE_SECONDS if counts_whole else SILENCE_SECONDS
    try:
        async with asyncio.timeout(None) as limit:
            with flight.watched(limit, pause):
                return await _pour(writer, body, flight, room, past_room)
    except TimeoutError as error:
        if flight.released:
            return Ending.RELEASED
        if counts_whole:
            raise Problem("request.timeout") from error
        return Ending.SILENT


async def _pour(
    writer: SegmentWriter,
    body: Body,
    flight: Flight,
    room: int,
    past_room: Problem,
) -> Ending:
    while not flight.released:
        flight.begin_wait()
        chunk = await body.next()
        flight.end_wait()
        if chunk is None:
            return Ending.CUT
        if not chunk:
            return Ending.WHOLE
        if writer.size + len(chunk) > room:
            raise past_room
        await writer.write(chunk)
    return Ending.RELEASED


def accepted_type(head: bytes) -> MediaType:
    """The media type that the first bytes prove; 415 when it is not a photo's."""
    media_type = formats.sniff(head)
    if media_type is None:
        raise Problem("photo.type_not_accepted", accepted=[media_type.value for media_type in MediaType])
    return media_type


async def record(
    connection: Connection,
    *,
    photo_id: UUID,
    actor: Actor,
    sealed: Sealed,
    media_type: str,
    filename: str | None,
    now: datetime,
) -> tuple[Receipt, bool]:
    """Photo row, event and rendition job, in the caller's transaction. Also says whether the photo is new.

    The same person sending the same bytes under the same id again gets the first receipt; any other use of an id that
    is taken is 409 `photo.id_in_use`, whoever took it. Naming a photo in a hazard takes its id, too.
    """
    is_new = await photos.insert(
        connection,
        photo_id=photo_id,
        uploaded_by=actor.account_id,
        sha256=sealed.sha256,
        size=sealed.size,
        media_type=media_type,
        object_key=sealed.key,
        filename=filename,
        now=now,
    )
    if not is_new:
        existing = await photos.by_id(connection, photo_id)
        if existing is None or (existing.uploaded_by, existing.sha256) != (actor.account_id, sealed.sha256):
            raise Problem("photo.id_in_use")
        return receipt(existing), False
    given = Receipt(
        photo_id=photo_id, sha256=sealed.sha256.hex(), size=sealed.size, media_type=media_type, received_at=now
    )
    await events.append(
        connection,
        subject="photo",
        subject_id=photo_id,
        kind="photo.received",
        at=now,
        actor_id=actor.account_id,
        body={"sha256": given.sha256, "size": given.size, "media_type": media_type},
    )
    await jobs.enqueue(connection, "photo.render", {"photo_id": str(photo_id)}, dedupe_key=f"photo.render:{photo_id}")
    return given, True


def receipt(photo: StoredPhoto) -> Receipt:
    """The receipt of a photo that is in the record."""
    return Receipt(
        photo_id=photo.id,
        sha256=photo.sha256.hex(),
        size=photo.size,
        media_type=photo.media_type,
        received_at=photo.received_at,
    )
