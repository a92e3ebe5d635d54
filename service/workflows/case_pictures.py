"""The pictures of a case: choosing them, masking them, and baking the masks into new pixels in a worker.

The way of a picture: `choose` a photo, detectors propose masks (`case_examinations.examine`), an editor decides
(`mask`), `bake` makes new pixels of it, detectors look at those (`case_examinations.check`), and what they still find
is masked after all or passes for a written reason (`overrule`).
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from schemas.cases import Case, CaseState, Mask, Overrule, PictureChoice, PictureMasks
from service.database import Connection
from service.domain import publication
from service.domain.permissions import Actor
from service.domain.plain_text import says_something
from service.i18n import Language
from service.imaging.polygons import hull_area
from service.imaging.results import WIDTHS, Undecodable
from service.problems import Problem
from service.repositories import case_pictures, hazard_photos, jobs, photos, public_copies
from service.repositories.case_pictures import Baked, OverruleRow, PictureRow, PublicFile
from service.workflows import case_answers
from service.workflows.case_changes import Change, changed_draft, discard_later, editable, visible
from service.workflows.context import Context, WorkerContext
from storage.base import AlreadyStored

MIN_MASK_AREA: Final = 1e-7
"""As a fraction of the picture: far less than a pixel, more than rounding makes of points on one line."""
LABELS: Final = ("", "webp", "card", *(f"{width}.{kind}" for width in WIDTHS for kind in ("jpg", "webp")))
"""Every file that a picture can have."""


class BakingFailed(Exception):
    """The subprocess ran out of time or memory, or died."""


async def choose(
    context: Context,
    actor: Actor,
    *,
    case_id: UUID,
    number: int,
    choice: PictureChoice,
    if_match: str | None,
    now: datetime,
    language: Language,
) -> Case:
    """Takes a photo of the hazard as picture `number`, unmasked: nothing is baked before somebody has looked at it.

    404, 403, 428 and 412, 409 `case.not_a_draft`, 422 `case.photo_not_of_hazard` for every
    photo that has not arrived with this hazard in this role, known or not.
    """
    if not 1 <= number <= publication.MAX_PICTURES:
        raise Problem("case.picture_not_found")
    async with context.database.transaction() as connection:
        body: dict[str, object] = {"number": number, "photo_id": str(choice.photo_id), "role": choice.role}
        change = Change("case.picture_chosen", body, if_match)
        case, is_made = await editable(connection, case_id, actor, change)
        if not is_made:
            named = await hazard_photos.of_hazard(connection, case.hazard_id)
            if not any(
                photo.arrived and photo.photo_id == choice.photo_id and photo.role == choice.role for photo in named
            ):
                raise Problem("case.photo_not_of_hazard", photo_id=str(choice.photo_id), role=choice.role)
            picture = await _replace(connection, case_id, number, choice=choice)
            await _later(connection, "case.examine_picture", picture)
            case = await changed_draft(connection, case, actor, change, now)
        return await case_answers.full(connection, case, actor, language)


async def _replace(connection: Connection, case_id: UUID, number: int, *, choice: PictureChoice) -> PictureRow:
    earlier = await case_pictures.by_number(connection, case_id, number)
    if earlier is not None:
        await _let_go(connection, earlier)
    picture = PictureRow(
        case_id=case_id,
        number=number,
        photo_id=choice.photo_id,
        role=choice.role,
        version=1 if earlier is None else earlier.version + 1,
        masks=[],
        none_needed=False,
        masked_by=None,
        state="unmasked",
        problem=None,
        name=publication.make_picture_name(),
    )
    await case_pictures.put(connection, picture)
    return picture


async def _let_go(connection: Connection, picture: PictureRow) -> None:
    """A picture that the public sees stays until the next edition is published."""
    if not await public_copies.is_shown(connection, picture.name):
        await discard_later(connection, picture.name)


async def queue(connection: Connection, job: str, *, case_id: UUID, number: int, version: int, photo_id: UUID) -> None:
    """Has a job done on a picture, once however often it is asked for.

    What detectors look for in a photo does not depend on the masks; all other jobs are about one version of them.
    """
    about = {"photo_id": str(photo_id)} if job == "case.examine_picture" else {"version": version}
    [subject] = about.values()
    payload = {"case_id": str(case_id), "number": number, **about}
    await jobs.enqueue(connection, job, payload, dedupe_key=f"{job}:{case_id}:{number}:{subject}")


async def _later(connection: Connection, job: str, picture: PictureRow) -> None:
    await queue(
        connection,
        job,
        case_id=picture.case_id,
        number=picture.number,
        version=picture.version,
        photo_id=picture.photo_id,
    )


async def mask(
    context: Context,
    actor: Actor,
    *,
    case_id: UUID,
    number: int,
    masks: PictureMasks,
    if_match: str | None,
    now: datetime,
    language: Language,
) -> Case:
    """Says what is painted over, and has it baked into a new picture under a new name.

    404, 403, 428 and 412, 409 `case.not_a_draft`, 422 `case.masks_undecided` for an empty list without `none_needed` or
    a list with it, 422 `case.mask_invalid` for a shape that is none, 409 `case.finding_unknown` for one that says to
    come from what no detector proposed.
    """
    if bool(masks.masks) == masks.none_needed:
        raise Problem("case.masks_undecided")
    for shape in masks.masks:
        corners_of(shape)
    async with context.database.transaction() as connection:
        change = Change("case.picture_masked", {"number": number, **msgspec.to_builtins(masks)}, if_match)
        case, is_made = await editable(connection, case_id, actor, change)
        if not is_made:
            earlier = await _picture(connection, case_id, number)
            known = {item.id for item in (*earlier.proposals, *earlier.gate_findings)}
            for shape in masks.masks:
                if shape.proposal is not None and shape.proposal not in known:
                    raise Problem("case.finding_unknown", finding_id=shape.proposal)
            await _let_go(connection, earlier)
            picture = msgspec.structs.replace(
                earlier,
                version=earlier.version + 1,
                masks=masks.masks,
                none_needed=masks.none_needed,
                masked_by=actor.account_id,
                state="pending",
                name=publication.make_picture_name(),
            )
            await case_pictures.put(connection, picture)
            await _later(connection, "case.bake_picture", picture)
            case = await changed_draft(connection, case, actor, change, now)
        return await case_answers.full(connection, case, actor, language)


async def remove(
    context: Context,
    actor: Actor,
    *,
    case_id: UUID,
    number: int,
    if_match: str | None,
    now: datetime,
    language: Language,
) -> Case:
    """Takes a picture out of a draft: 404, 403, 428 and 412, 409 `case.not_a_draft`."""
    async with context.database.transaction() as connection:
        change = Change("case.picture_removed", {"number": number}, if_match)
        case, is_made = await editable(connection, case_id, actor, change)
        if not is_made:
            earlier = await _picture(connection, case_id, number)
            await _let_go(connection, earlier)
            await case_pictures.remove(connection, case_id, number)
            case = await changed_draft(connection, case, actor, change, now)
        return await case_answers.full(connection, case, actor, language)


async def overrule(
    context: Context,
    actor: Actor,
    *,
    case_id: UUID,
    number: int,
    request: Overrule,
    if_match: str | None,
    now: datetime,
    language: Language,
) -> Case:
    """Lets a finding of the gate pass, for a written reason that stays with the case. Refusals as of
    `overrule_several`."""
    return await overrule_several(
        context,
        actor,
        case_id=case_id,
        number=number,
        finding_ids=[request.finding_id],
        reason=request.reason,
        if_match=if_match,
        now=now,
        language=language,
    )


async def overrule_several(
    context: Context,
    actor: Actor,
    *,
    case_id: UUID,
    number: int,
    finding_ids: Sequence[str],
    reason: str,
    if_match: str | None,
    now: datetime,
    language: Language,
) -> Case:
    """Lets findings of the gate pass, all or none, for one reason that is kept with each.

    404, 403, 428 and 412, 409 `case.not_a_draft`, 409 `case.finding_unknown` for what the gate did not find in this
    picture, 422 `case.reason_required` for a reason without a word.
    """
    if not says_something(reason):
        raise Problem("case.reason_required", action="overrule")
    async with context.database.transaction() as connection:
        body = {"number": number, "finding_ids": list(finding_ids), "reason": reason.strip()}
        change = Change("case.finding_overruled", body, if_match)
        case, is_made = await editable(connection, case_id, actor, change)
        if not is_made:
            picture = await _picture(connection, case_id, number)
            found = {item.id: item for item in picture.gate_findings} if picture.gate_state == "done" else {}
            unknown = next((finding_id for finding_id in finding_ids if finding_id not in found), None)
            if unknown is not None:
                raise Problem("case.finding_unknown", finding_id=unknown)
            overruled = OverruleRow(reason=reason.strip(), by=actor.account_id, at=now.isoformat())
            chosen = [found[finding_id] for finding_id in finding_ids]
            for finding in chosen:
                await case_pictures.overrule(connection, case_id, number, finding_id=finding.id, overrule=overruled)
            findings = [{"id": item.id, "subject": item.subject, "source": item.source} for item in chosen]
            case = await changed_draft(
                connection, case, actor, change, now, about={"picture": picture.name, "findings": findings}
            )
        return await case_answers.full(connection, case, actor, language)


async def preview(context: Context, actor: Actor, case_id: UUID, number: int) -> PictureRow:
    """A finished picture, for who may see the case: 404, 409 `case.picture_not_ready`, 410 after a retraction."""
    async with context.database.snapshot() as connection:
        case = await visible(connection, case_id, actor)
        picture = await _picture(connection, case_id, number)
    if case.state is CaseState.RETRACTED:
        raise Problem("case.gone")
    if picture.state != "ready":
        raise Problem("case.picture_not_ready", state=picture.state, because=picture.problem)
    return picture


async def _picture(connection: Connection, case_id: UUID, number: int) -> PictureRow:
    exists = 1 <= number <= publication.MAX_PICTURES
    picture = await case_pictures.by_number(connection, case_id, number) if exists else None
    if picture is None:
        raise Problem("case.picture_not_found")
    return picture


def corners_of(shape: Mask) -> list[tuple[float, float]]:
    """The polygon that a mask paints over; 422 `case.mask_invalid` for a shape without area."""
    corners = list(shape.points)
    if shape.kind == "rectangle":
        if len(corners) != 2:
            raise Problem("case.mask_invalid", kind=shape.kind)
        (left, top), (right, bottom) = corners
        corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    if len(set(corners)) < 3 or hull_area(corners) < MIN_MASK_AREA:
        raise Problem("case.mask_invalid", kind=shape.kind)
    return corners


async def bake(context: WorkerContext, case_id: UUID, number: int, version: int) -> None:
    """Paints the masks into new pixels and stores picture and share card. Done already, or done twice, nothing changes.

    A photo that cannot be decoded fails for good and says why; any other failure is raised, for the job to be tried
    again.
    """
    async with context.database.connection() as connection:
        picture = await case_pictures.by_number(connection, case_id, number)
        photo = None if picture is None else await photos.by_id(connection, picture.photo_id)
    if picture is None or photo is None or picture.version != version or picture.state != "pending":
        return
    async with context.store.local_file(photo.object_key) as path:
        result = await context.sandbox.mask(path, [corners_of(shape) for shape in picture.masks])
    if isinstance(result, Undecodable):
        if result.reason == "resource_limit":
            # Perhaps the picture's fault, perhaps a busy machine's: tried again, and given up in the end.
            raise BakingFailed(result.detail)
        async with context.database.connection() as connection:
            await case_pictures.failed(connection, case_id, number, version=version, problem=result.reason)
        return
    for label, data in result.files.items():
        await _store(context, object_key(picture.name, label), data)
    width, height = result.picture_size
    files = {
        label: PublicFile(sha256=hashlib.sha256(data).hexdigest(), size=len(data))
        for label, data in result.files.items()
    }
    async with context.database.transaction() as connection:
        baked = Baked(width=width, height=height, files=files)
        is_current = await case_pictures.ready(connection, case_id, number, version=version, baked=baked)
        if is_current:
            await _later(connection, "case.check_picture", picture)
    if not is_current:
        await discard(context, picture.name)


async def _store(context: WorkerContext, key: str, data: bytes) -> None:
    try:
        await context.store.put(key, data)
    except AlreadyStored:
        # An earlier try stored it with another version of the imaging library and died before it could say so.
        await context.store.delete(key)
        await context.store.put(key, data)


async def give_up(context: WorkerContext, case_id: UUID, number: int, version: int) -> None:
    """After the last try: the editor sees that this picture failed and masks it again or takes another."""
    async with context.database.connection() as connection:
        await case_pictures.failed(connection, case_id, number, version=version, problem="attempts_exhausted")


async def discard(context: WorkerContext, name: str) -> None:
    """Removes every file of a picture from the store."""
    for label in LABELS:
        await context.store.delete(object_key(name, label))


def object_key(name: str, label: str = "") -> str:
    """Where a file of the picture of that name is stored; `label` as in `results.Masked.files`."""
    return f"cases/{name}-{label}" if label else f"cases/{name}"
