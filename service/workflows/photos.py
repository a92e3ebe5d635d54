"""One-shot uploads, reading photos, and making what can be shown of them."""

from typing import Literal
from uuid import UUID

import msgspec

from schemas.photos import Photo, PhotoFacts
from schemas.receipts import Receipt
from service.domain.permissions import Actor, Permission
from service.logs import note
from service.problems import Problem
from service.repositories import hazards, photos
from service.repositories.photos import StoredPhoto
from service.telemetry import metrics
from service.workflows import intake, one_shot
from service.workflows.context import Context
from service.workflows.intake import Body
from service.workflows.uploads import Clock

Rendition = Literal["preview", "thumbnail"]


async def put(
    context: Context,
    actor: Actor,
    *,
    photo_id: UUID,
    body: Body,
    length: int | None,
    promised: dict[str, bytes],
    filename: str | None,
    clock: Clock,
) -> tuple[Receipt, bool]:
    """Takes a whole photo. Returns the receipt and whether the photo is new: sent again, it gets the first receipt.

    `promised` maps sha256 or sha512 to the digest that the bytes must have (RFC 9530). 413 before a byte is read when
    `length` is past the limit, 415, 422 `photo.digest_mismatch`, 409 `photo.id_in_use`, 507 `storage.full`.
    """
    sealed, media_type = await one_shot.receive(
        context,
        actor,
        noun="photo",
        file_id=photo_id,
        body=body,
        length=length,
        promised=promised,
        accept=intake.accepted_type,
    )
    note(photo_id=photo_id, bytes=sealed.size)
    async with context.database.transaction() as connection:
        receipt, is_new = await intake.record(
            connection,
            photo_id=photo_id,
            actor=actor,
            sealed=sealed,
            media_type=media_type,
            filename=filename,
            now=clock(),
        )
    metrics.INTAKE_BYTES.labels("one_shot").inc(sealed.size)
    metrics.PHOTOS_RECEIVED.labels("one_shot").inc(is_new)
    return receipt, is_new


async def visible(context: Context, actor: Actor, photo_id: UUID) -> StoredPhoto:
    """The photo, for its uploader and for whoever may see a hazard that shows it; 404 for everybody else."""
    async with context.database.connection() as connection:
        photo = await photos.by_id(connection, photo_id)
        if photo is None:
            raise Problem("photo.not_found")
        if photo.uploaded_by != actor.account_id and not await hazards.photo_is_visible(
            connection, photo_id, actor.account_id, actor.organizations_with(Permission.HAZARD_READ)
        ):
            raise Problem("photo.not_found")
    return photo


async def read(context: Context, actor: Actor, photo_id: UUID) -> Photo:
    """What is known of a photo."""
    photo = await visible(context, actor, photo_id)
    address = f"/api/v1/photos/{photo.id}"
    is_ready = photo.rendition_state == "ready"
    return Photo(
        id=photo.id,
        sha256=photo.sha256.hex(),
        size=photo.size,
        media_type=photo.media_type,
        filename=photo.filename,
        received_at=photo.received_at,
        rendition_state=photo.rendition_state,
        rendition_problem=photo.rendition_problem,
        facts=None if photo.facts is None else msgspec.convert(photo.facts, PhotoFacts),
        original=f"{address}/original",
        preview=f"{address}/preview" if is_ready else None,
        thumbnail=f"{address}/thumbnail" if is_ready else None,
    )


async def rendition_key(context: Context, actor: Actor, photo_id: UUID, rendition: Rendition) -> str:
    """Where a rendition lives. 409 `photo.rendition_not_ready` tells whether it is still coming."""
    photo = await visible(context, actor, photo_id)
    key = photo.preview_key if rendition == "preview" else photo.thumbnail_key
    if key is None:
        raise Problem(
            "photo.rendition_not_ready", rendition_state=photo.rendition_state, because=photo.rendition_problem
        )
    return key


async def receipt_of(context: Context, actor: Actor, photo_id: UUID) -> Receipt:
    """The receipt of a photo that the person may see."""
    return intake.receipt(await visible(context, actor, photo_id))
