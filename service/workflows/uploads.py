"""Resumable uploads: created, continued on any connection, finished once.

An upload's offset is a row, never a file's size. Each request writes segments of its own; when one is durable a single
UPDATE moves the offset if it still is what the request expected. The last segment, the photo and the end of the upload
are one transaction: a phone that reads offset = length reads that its photo is in the record.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from schemas.receipts import Receipt
from service.domain.identifiers import uuid7
from service.domain.permissions import Actor
from service.logs import note
from service.problems import Problem
from service.repositories import photos, uploads
from service.repositories.uploads import Upload
from service.telemetry import metrics, traces
from service.workflows import intake
from service.workflows.context import Context
from service.workflows.intake import Body, Ending
from storage.base import DigestMismatch, ObjectMissing, Sealed, Segment, SegmentWriter

MAX_SILENCES = 30
"""A connection that brought nothing for this many pauses in a row is given up; its phone can come back any time."""

Clock = Callable[[], datetime]
"""A body may take minutes to arrive; the time of its receipt is asked for when it has."""

REJECTIONS = frozenset({"photo.digest_mismatch", "photo.type_not_accepted", "photo.id_in_use"})
"""Problems of the finished content: they end the upload, for sending it again cannot mend it."""


@dataclass(frozen=True, slots=True)
class Checksum:
    """The promise of one request's body: `algorithm` as hashlib names it."""

    algorithm: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an upload stands; `receipt` once it is a photo."""

    upload: Upload
    receipt: Receipt | None = None


async def create(
    context: Context,
    actor: Actor,
    *,
    length: int,
    photo_id: UUID | None,
    promised_sha256: bytes | None,
    filename: str | None,
    metadata: str,
    now: datetime,
) -> Upload:
    """Makes an empty upload. 413 `photo.too_large`, 422 `photo.empty`, 507 `storage.full`."""
    intake.require_upload(actor)
    if length > context.limits.upload_max_bytes:
        raise Problem("photo.too_large", limit_bytes=context.limits.upload_max_bytes)
    if length == 0:
        raise Problem("photo.empty")
    await intake.require_room(context)
    upload = Upload(
        id=uuid7(now),
        account_id=actor.account_id,
        photo_id=photo_id or uuid7(now),
        length=length,
        offset=0,
        promised_sha256=promised_sha256,
        filename=filename,
        state="open",
        problem_code=None,
        metadata=metadata,
        expires_at=now + context.limits.upload_expires,
        traceparent=traces.traceparent(),
    )
    async with context.database.connection() as connection:
        await uploads.insert(connection, upload, now)
    note(upload_id=upload.id, photo_id=upload.photo_id)
    metrics.UPLOADS.labels("created").inc()
    return upload


async def find(context: Context, actor: Actor, upload_id: UUID, *, now: datetime) -> Upload:
    """The caller's own upload, as confirmed now. 404 for anybody else's, 410 when it expired or was refused.

    A request that still waits for bytes of this upload is made to confirm what it has first.
    """
    upload = await _own(context, actor, upload_id)
    if await context.flights.release(upload_id):
        upload = await _own(context, actor, upload_id)
    if upload.state == "rejected" or (upload.state == "open" and upload.expires_at <= now):
        raise Problem("upload.gone", because=upload.problem_code or "expired")
    return upload


async def _own(context: Context, actor: Actor, upload_id: UUID) -> Upload:
    async with context.database.connection() as connection:
        upload = await uploads.by_id(connection, upload_id)
    if upload is None or upload.account_id != actor.account_id:
        raise Problem("upload.not_found")
    note(upload_id=upload.id, photo_id=upload.photo_id)
    return upload


async def standing(context: Context, actor: Actor, upload_id: UUID, *, now: datetime) -> Progress:
    """Where the upload stands, with the receipt once it is a photo: the answer to the last piece may have been lost.

    Other replicas, too, confirm what they hold first. Only here: a phone that was cut off asks before it goes on.
    """
    upload = await find(context, actor, upload_id, now=now)
    if upload.state == "open" and await context.takeovers.release(upload_id):
        upload = await find(context, actor, upload_id, now=now)
    return Progress(upload) if upload.state != "finished" else await _finished(context, upload)


async def _finished(context: Context, upload: Upload) -> Progress:
    async with context.database.connection() as connection:
        photo = await photos.by_id(connection, upload.photo_id)
    assert photo is not None, "the end of an upload and its photo are one transaction"
    return Progress(upload, intake.receipt(photo))


async def append(
    context: Context, actor: Actor, upload: Upload, *, offset: int, body: Body, checksum: Checksum | None, clock: Clock
) -> Progress:
    """Takes a body at `offset`. 409 `upload.offset_conflict` when the upload stands elsewhere.

    With a checksum the body counts whole or not at all; without one, what came before a cut counts.
    """
    attributes: dict[str, traces.Value] = {"clearway.upload_id": str(upload.id), "clearway.offset": offset}
    with traces.span("upload.append", attributes, parent=upload.traceparent, linked=True):
        progress = await _append(context, actor, upload, offset=offset, body=body, checksum=checksum, clock=clock)
    note(offset=progress.upload.offset)
    return progress


async def _append(
    context: Context, actor: Actor, upload: Upload, *, offset: int, body: Body, checksum: Checksum | None, clock: Clock
) -> Progress:
    if upload.offset != offset:
        raise Problem("upload.offset_conflict", offset=upload.offset)
    if upload.state == "finished":
        return await _finished(context, upload)
    await intake.require_room(context)
    past_the_end = Problem("upload.past_the_end", length=upload.length)
    silences = 0
    with context.flights.enter(upload.id) as flight:
        while True:
            also = (checksum.algorithm,) if checksum and checksum.algorithm != "sha256" else ()
            writer = context.store.begin_segment(intake.segment_key(upload.id), also=also)
            try:
                ending = await intake.fill(
                    writer,
                    body,
                    room=upload.length - upload.offset,
                    past_room=past_the_end,
                    counts_whole=checksum is not None,
                    flight=flight,
                )
                if checksum and ending is not Ending.WHOLE:
                    raise Problem("photo.incomplete")
                progress = await _confirm(context, actor, upload, writer, checksum, clock)
            finally:
                await writer.discard()
            silences = silences + 1 if progress.upload.offset == upload.offset else 0
            upload = progress.upload
            if ending is not Ending.SILENT or upload.state == "finished" or silences >= MAX_SILENCES:
                return progress


async def _confirm(
    context: Context, actor: Actor, upload: Upload, writer: SegmentWriter, checksum: Checksum | None, clock: Clock
) -> Progress:
    if writer.size == 0:
        return Progress(upload)
    expected = {checksum.algorithm: checksum.digest} if checksum else None
    try:
        if upload.offset + writer.size == upload.length:
            return await _finish(context, actor, upload, writer, expected, clock)
        segment = await writer.commit(expected=expected)
    except DigestMismatch as error:
        raise Problem("tus.checksum_mismatch") from error
    now = clock()
    expires_at = now + context.limits.upload_expires
    async with context.database.connection() as connection:
        moved = await uploads.advance(
            connection, upload.id, expected=upload.offset, segment=segment, expires_at=expires_at
        )
    if not moved:
        await context.store.discard_segments([segment.key])
        raise await _offset_conflict(context, upload.id)
    metrics.INTAKE_BYTES.labels("tus").inc(segment.size)
    return Progress(replace(upload, offset=upload.offset + segment.size, expires_at=expires_at))


async def _finish(
    context: Context,
    actor: Actor,
    upload: Upload,
    writer: SegmentWriter,
    expected: dict[str, bytes] | None,
    clock: Clock,
) -> Progress:
    earlier: list[Segment] = []
    last: Segment | None = None
    try:
        if upload.offset == 0:
            media_type = intake.accepted_type(writer.head)
            sealed = await writer.seal(_key_if_promised(upload), expected=expected)
        else:
            async with context.database.connection() as connection:
                earlier = await uploads.segments(connection, upload.id)
            if sum(segment.size for segment in earlier) != upload.offset:
                raise await _offset_conflict(context, upload.id)
            media_type = intake.accepted_type(await _head(context, earlier, writer))
            last = await writer.commit(expected=expected)
            sealed = await context.store.seal([*earlier, last], _key_if_promised(upload))
        progress = await _record(context, actor, upload, sealed, media_type, clock())
        if progress is None:
            raise await _offset_conflict(context, upload.id)
    except Problem as problem:
        if problem.code in REJECTIONS:
            await _reject(context, upload, earlier, problem)
        raise
    except ObjectMissing as error:
        raise await _offset_conflict(context, upload.id) from error
    finally:
        # No row names it, whatever came of it: its bytes are in the original, or the phone sends them again.
        if last is not None:
            await context.store.discard_segments([last.key])
    await context.store.discard_segments([segment.key for segment in earlier])
    return progress


def _key_if_promised(upload: Upload) -> Callable[[bytes], str]:
    def name(sha256: bytes) -> str:
        if upload.promised_sha256 is not None and sha256 != upload.promised_sha256:
            raise Problem("photo.digest_mismatch", received_sha256=sha256.hex())
        return intake.original_key(sha256)

    return name


async def _head(context: Context, earlier: Sequence[Segment], writer: SegmentWriter) -> bytes:
    """The first bytes of the whole, which may be spread over several tiny segments."""
    head = b""
    for segment in earlier:
        async for piece in context.store.read(segment.key, 0, 64 - len(head)):
            head += piece
        if len(head) >= 64:
            return head
    return head + writer.head


async def _record(
    context: Context, actor: Actor, upload: Upload, sealed: Sealed, media_type: str, now: datetime
) -> Progress | None:
    """The end of the upload and the photo in one transaction; None when another request ended or moved it first."""
    async with context.database.transaction() as connection:
        if not await uploads.finish(connection, upload.id, expected=upload.offset):
            return None
        receipt, is_new = await intake.record(
            connection,
            photo_id=upload.photo_id,
            actor=actor,
            sealed=sealed,
            media_type=media_type,
            filename=upload.filename,
            now=now,
        )
    metrics.INTAKE_BYTES.labels("tus").inc(upload.length - upload.offset)
    metrics.PHOTOS_RECEIVED.labels("tus").inc(is_new)
    metrics.UPLOADS.labels("finished").inc()
    return Progress(replace(upload, offset=upload.length, state="finished"), receipt)


async def _reject(context: Context, upload: Upload, segments: Sequence[Segment], problem: Problem) -> None:
    """Ends the upload, unless another request moved it meanwhile: then what was refused was no part of it."""
    async with context.database.connection() as connection:
        rejected = await uploads.reject(connection, upload.id, problem.code, expected=upload.offset)
    if not rejected:
        raise await _offset_conflict(context, upload.id) from problem
    metrics.UPLOADS.labels("rejected").inc()
    await context.store.discard_segments([segment.key for segment in segments])


async def _offset_conflict(context: Context, upload_id: UUID) -> Problem:
    async with context.database.connection() as connection:
        upload = await uploads.by_id(connection, upload_id)
    if upload is None:
        return Problem("upload.not_found")
    return Problem("upload.offset_conflict", offset=upload.offset)


async def terminate(context: Context, actor: Actor, upload_id: UUID, *, now: datetime) -> None:
    """Gives up an unfinished upload. 403 `upload.finished` once it is a photo: an original is never taken back."""
    upload = await find(context, actor, upload_id, now=now)
    if upload.state == "finished" or not await _remove(context, upload_id):
        raise Problem("upload.finished")
    metrics.UPLOADS.labels("terminated").inc()


async def _remove(context: Context, upload_id: UUID, *, expired_by: datetime | None = None) -> bool:
    async with context.database.transaction() as connection:
        if not await uploads.lock_unfinished(connection, upload_id, expired_by=expired_by):
            return False
        segments = await uploads.segments(connection, upload_id)
        await uploads.delete(connection, upload_id)
    await context.store.discard_segments([segment.key for segment in segments])
    return True


async def sweep(context: Context, *, now: datetime, batch: int = 500) -> int:
    """Removes expired unfinished uploads and segments that nobody names. Returns how many uploads went.

    A finished original is never touched: it lives under another prefix, which the store refuses to delete from.
    """
    async with context.database.connection() as connection:
        expired = await uploads.expired(connection, now=now, limit=batch)
        leftover = await uploads.forget_finished(connection, now=now)
    await context.store.discard_segments(leftover)
    removed = [upload_id for upload_id in expired if await _remove(context, upload_id, expired_by=now)]
    metrics.UPLOADS.labels("expired").inc(len(removed))
    await _sweep_orphans(context, older_than=now - 2 * context.limits.upload_expires, batch=batch)
    return len(removed)


async def _sweep_orphans(context: Context, *, older_than: datetime, batch: int) -> None:
    """Segments of killed requests: older than any living upload could have left them, and named by no row."""
    old = [item.key async for item in context.store.list("segments/") if item.modified_at < older_than]
    for start in range(0, len(old), batch):
        keys = old[start : start + batch]
        async with context.database.connection() as connection:
            named = await uploads.named_segments(connection, keys)
        await context.store.discard_segments([key for key in keys if key not in named])
