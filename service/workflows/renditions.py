"""What can be shown of a photo, made once in a worker."""

import hashlib
from typing import Any
from uuid import UUID

import msgspec

from service.imaging.results import Rendered, Undecodable
from service.repositories import photos
from service.workflows.context import WorkerContext


class RenditionFailed(Exception):
    """The subprocess ran out of time or memory, or died."""


async def render(context: WorkerContext, photo_id: UUID) -> None:
    """Makes preview and thumbnail and reads the metadata. Done already, or done twice, it changes nothing.

    A photo that cannot or may not be decoded stays in the record and says why; any other failure is raised, for the
    job to be tried again.
    """
    async with context.database.connection() as connection:
        photo = await photos.by_id(connection, photo_id)
    if photo is None or photo.rendition_state in ("ready", "undecodable"):
        return
    async with context.store.local_file(photo.object_key) as path:
        result = await context.sandbox.render(path)
    facts: dict[str, Any] | None = msgspec.to_builtins(result.facts)
    if isinstance(result, Undecodable) and result.reason == "resource_limit":
        # Perhaps the picture's fault, perhaps a busy machine's: tried again, and given up in the end.
        async with context.database.connection() as connection:
            await photos.renditions_missing(connection, photo_id, state="pending", problem=result.reason, facts=facts)
        raise RenditionFailed(result.detail)
    if isinstance(result, Rendered):
        preview_key, thumbnail_key = rendition_key(result.preview), rendition_key(result.thumbnail)
        await context.store.put(preview_key, result.preview)
        await context.store.put(thumbnail_key, result.thumbnail)
        async with context.database.connection() as connection:
            await photos.renditions_ready(
                connection, photo_id, preview_key=preview_key, thumbnail_key=thumbnail_key, facts=facts
            )
    else:
        async with context.database.connection() as connection:
            await photos.renditions_missing(
                connection, photo_id, state="undecodable", problem=result.reason, facts=facts
            )


async def give_up(context: WorkerContext, photo_id: UUID) -> None:
    """After the last try: the photo is safe, its picture cannot be shown, and everybody who looks is told so."""
    async with context.database.connection() as connection:
        await photos.renditions_missing(connection, photo_id, state="failed", problem="attempts_exhausted", facts=None)


def rendition_key(data: bytes) -> str:
    """Derived from the rendition's own bytes: made again by another version of a library, it gets another key."""
    name = hashlib.sha256(data).hexdigest()
    return f"renditions/{name[:2]}/{name}.jpg"
