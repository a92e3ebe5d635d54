"""One file in one request: what photos and attachments share of it."""

from collections.abc import Callable
from typing import Literal, TypeVar
from uuid import UUID

from service.domain.permissions import Actor
from service.problems import Problem
from service.workflows import intake
from service.workflows.context import Context
from service.workflows.flights import Flight
from service.workflows.intake import Body, Ending
from storage.base import DigestMismatch, Sealed

FileType = TypeVar("FileType")
Noun = Literal["photo", "attachment"]


async def receive(
    context: Context,
    actor: Actor,
    *,
    noun: Noun,
    file_id: UUID,
    body: Body,
    length: int | None,
    promised: dict[str, bytes],
    accept: Callable[[bytes], FileType],
) -> tuple[Sealed, FileType]:
    """Stores a whole body as an original, whose row is the caller's to write, with the type that its head proves.

    `promised` maps sha256 or sha512 to the digest that the bytes must have (RFC 9530). Problems `<noun>.too_large`
    (413, before a byte is read when `length` is past the limit), `.incomplete`, `.empty`, `.digest_mismatch`, whatever
    `accept` raises of the first bytes, and 507 `storage.full`.
    """
    intake.require_upload(actor)
    too_large = Problem(f"{noun}.too_large", limit_bytes=context.limits.upload_max_bytes)
    if length is not None and length > context.limits.upload_max_bytes:
        raise too_large
    await intake.require_room(context)
    writer = context.store.begin_segment(
        intake.segment_key(file_id), also=[algorithm for algorithm in promised if algorithm != "sha256"]
    )
    try:
        room = context.limits.upload_max_bytes
        ending = await intake.fill(writer, body, room=room, past_room=too_large, counts_whole=True, flight=Flight())
        if ending is not Ending.WHOLE:
            raise Problem(f"{noun}.incomplete")
        if writer.size == 0:
            raise Problem(f"{noun}.empty")
        accepted = accept(writer.head)
        return await writer.seal(intake.original_key, expected=promised), accepted
    except DigestMismatch as error:
        raise Problem(f"{noun}.digest_mismatch") from error
    finally:
        await writer.discard()
