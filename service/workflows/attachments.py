"""Taking in signed and stamped papers, naming them, and reading them back."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from schemas.attachments import Attachment, NamedAttachment, PaperType
from schemas.hazards import AttachmentReference
from service.database import Connection
from service.domain.permissions import Actor, Permission
from service.imaging import formats
from service.problems import Problem
from service.repositories import attachments, events
from service.repositories.attachments import Reader, StoredAttachment, Subject
from service.telemetry import metrics
from service.workflows import one_shot
from service.workflows.context import Context
from service.workflows.intake import Body
from service.workflows.uploads import Clock
from storage.base import Sealed

Noun = Literal["hazard", "notice", "visit"]
"""What may name a paper."""


async def put(
    context: Context,
    actor: Actor,
    *,
    attachment_id: UUID,
    body: Body,
    length: int | None,
    promised: dict[str, bytes],
    clock: Clock,
) -> tuple[Attachment, bool]:
    """Takes a whole paper. Returns what is known of it and whether it is new: sent again, the first answer.

    `promised` maps sha256 or sha512 to the digest that the bytes must have. 413 before a byte is read when `length` is
    past the limit, 415, 422 `attachment.digest_mismatch`, 409 `attachment.id_in_use`, 507 `storage.full`.
    """
    sealed, media_type = await one_shot.receive(
        context,
        actor,
        noun="attachment",
        file_id=attachment_id,
        body=body,
        length=length,
        promised=promised,
        accept=_accepted_type,
    )
    async with context.database.transaction() as connection:
        kept = await _record(connection, attachment_id, actor, sealed, media_type, now=clock())
    metrics.INTAKE_BYTES.labels("paper").inc(sealed.size)
    return kept


async def _record(
    connection: Connection, attachment_id: UUID, actor: Actor, sealed: Sealed, media_type: PaperType, *, now: datetime
) -> tuple[Attachment, bool]:
    is_new = await attachments.insert(
        connection,
        attachment_id=attachment_id,
        uploaded_by=actor.account_id,
        sha256=sealed.sha256,
        size=sealed.size,
        media_type=media_type.value,
        object_key=sealed.key,
        now=now,
    )
    kept = await attachments.by_id(connection, attachment_id)
    if kept is None or (kept.uploaded_by, kept.sha256) != (actor.account_id, sealed.sha256):
        raise Problem("attachment.id_in_use")
    if is_new:
        await events.append(
            connection,
            subject="attachment",
            subject_id=attachment_id,
            kind="attachment.received",
            at=now,
            actor_id=actor.account_id,
            body={"sha256": kept.sha256.hex(), "size": kept.size, "media_type": kept.media_type},
        )
    return shown(kept), is_new


async def name(
    connection: Connection,
    *,
    subject: Noun,
    subject_id: UUID,
    references: list[AttachmentReference],
    actor: Actor,
    purpose: str = "recorded",
) -> None:
    """Names papers beside a hazard, a notice or a visit, in the transaction of the event that brought them.

    422 `attachment.named_twice`. Somebody else's paper may be named like one that never arrives: it tells nothing.
    """
    seen: set[UUID] = set()
    for reference in references:
        if reference.id in seen:
            raise Problem("attachment.named_twice", attachment_id=str(reference.id))
        seen.add(reference.id)
    if references:
        visible = await attachments.visible_among(connection, seen, reader_of(actor))
        await attachments.name(
            connection,
            references,
            subject=subject_of(subject, subject_id),
            purpose=purpose,
            named_by=actor.account_id,
            visible=visible,
        )


async def named(connection: Connection, *, subject: Noun, subject_id: UUID) -> list[NamedAttachment]:
    """The papers of a hazard, a notice or a visit. Whether the person may see that was asked before."""
    return [
        NamedAttachment(
            id=naming.attachment_id,
            sha256=naming.sha256.hex(),
            purpose=naming.purpose,
            arrived=naming.media_type is not None,
            media_type=naming.media_type,
            content=None if naming.media_type is None else _content_of(naming.attachment_id),
        )
        for naming in await attachments.of(connection, subject_of(subject, subject_id))
    ]


async def visible(context: Context, actor: Actor, attachment_id: UUID) -> StoredAttachment:
    """The paper, for its uploader and for whoever may see what names it; 404 for everybody else."""
    async with context.database.connection() as connection:
        found = await attachments.by_id(connection, attachment_id)
        if found is None or not await attachments.visible_among(connection, [attachment_id], reader_of(actor)):
            raise Problem("attachment.not_found")
    return found


async def read(context: Context, actor: Actor, attachment_id: UUID) -> Attachment:
    """What is known of a paper."""
    return shown(await visible(context, actor, attachment_id))


def subject_of(noun: Noun, subject_id: UUID) -> Subject:
    """What names a paper."""
    match noun:
        case "hazard":
            return Subject(hazard_id=subject_id)
        case "notice":
            return Subject(notice_id=subject_id)
        case "visit":
            return Subject(visit_id=subject_id)


def reader_of(actor: Actor) -> Reader:
    """The person as somebody who reads papers."""
    return Reader(
        account_id=actor.account_id,
        hazards_in=actor.organizations_with(Permission.HAZARD_READ),
        notices_in=actor.organizations_with(Permission.NOTICE_READ),
        visits_in=actor.organizations_with(Permission.VISIT_READ),
    )


def shown(attachment: StoredAttachment) -> Attachment:
    """A paper as its uploader and its readers are told of it."""
    return Attachment(
        id=attachment.id,
        sha256=attachment.sha256.hex(),
        size=attachment.size,
        media_type=PaperType(attachment.media_type),
        received_at=attachment.received_at,
        content=_content_of(attachment.id),
    )


def _content_of(attachment_id: UUID) -> str:
    return f"/api/v1/attachments/{attachment_id}/content"


def _accepted_type(head: bytes) -> PaperType:
    media_type = formats.sniff_paper(head)
    if media_type is None:
        raise Problem("attachment.type_not_accepted", accepted=[accepted.value for accepted in PaperType])
    return media_type
