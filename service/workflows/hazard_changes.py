"""One change of one hazard inside a transaction: load, permit, decide, write, append, tell who is concerned."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from uuid import UUID

from schemas import hazard_actions as bodies
from schemas.catalogue import Category
from schemas.hazard_actions import ActionBody
from schemas.hazards import Action, AttachmentReference, PhotoReference
from service.database import Connection
from service.domain import deadlines, decisions, lifecycle
from service.domain.decisions import Circumstances
from service.domain.hazards import Hazard, HazardEvent, NoticeTerms
from service.domain.permissions import Actor, Permission
from service.problems import Problem
from service.repositories import awaited_photos, categories, events, hazard_photos, hazards, people
from service.repositories import calendars as terms
from service.workflows import attachments, calendars, notifications, standings, versions
from service.workflows.context import Context


async def take(
    context: Context,
    connection: Connection,
    hazard_id: UUID,
    *,
    action: Action,
    body: ActionBody,
    actor: Actor,
    now: datetime,
    if_match: str | None = None,
    checks_version: bool = False,
    notice: NoticeTerms | None = None,
) -> Hazard:
    """Takes one action of the table and returns the hazard after it.

    Refuses in this order: 404 for who may not see it, 403 for who may not act, 428 and 412 for the version in
    `if_match` where `checks_version`, 409 for what the state forbids, 403 for the fixer who would review, 422 for what
    does not fit. Who takes several in one transaction takes them in the order of their ids.
    """
    await _lock(connection, hazard_id, body)
    hazard = await visible(connection, hazard_id, actor)
    lifecycle.permit(hazard, action, actor)
    if checks_version:
        versions.require("hazard", hazard.version, if_match)
    lifecycle.permit_now(hazard, action, actor)
    decisions.check_instants(body)
    circumstances = await _circumstances(context, connection, hazard, body, actor, now, notice)
    event = decisions.decide(hazard, body, action, actor, now, circumstances)
    changed = lifecycle.evolve(hazard, event)
    await hazards.save(connection, changed)
    await _name_evidence(connection, hazard, body, actor)
    await append(connection, changed, event)
    await notifications.after(connection, hazard, changed, event)
    return changed


async def visible(connection: Connection, hazard_id: UUID, actor: Actor) -> Hazard:
    """The hazard; 404 `hazard.not_found` for who may not see it."""
    hazard = await hazards.by_id(connection, hazard_id)
    if hazard is None or not lifecycle.may_see(hazard, actor):
        raise Problem("hazard.not_found")
    return hazard


async def append(connection: Connection, hazard: Hazard, event: HazardEvent) -> None:
    """Writes the event into the record, and what it means for statistics."""
    await events.append(
        connection,
        subject="hazard",
        subject_id=hazard.id,
        kind=event.kind,
        at=event.at,
        actor_id=event.actor_id,
        body=event.body,
        demo=event.demo,
    )
    await standings.follow(connection, hazard, event.at)


async def name_photos(
    connection: Connection,
    hazard: Hazard,
    photos: Iterable[PhotoReference],
    actor: Actor,
    *,
    attempt: int,
) -> None:
    """Names photos of the report (attempt 0) or of a filed fix; those that the person can see already stay theirs."""
    named = list(photos)
    seen = await hazard_photos.visible_among(
        connection,
        [photo.id for photo in named],
        actor.account_id,
        actor.organizations_with(Permission.HAZARD_READ),
    )
    await hazard_photos.insert(
        connection,
        hazard.id,
        named,
        role="after" if attempt else "before",
        round_number=hazard.round.number,
        attempt=attempt,
        named_by=actor.account_id,
        visible=seen,
    )
    if named:
        await awaited_photos.note(connection, hazard.id, round_number=hazard.round.number, attempt=attempt)


async def _lock(connection: Connection, hazard_id: UUID, body: ActionBody) -> None:
    wanted = {hazard_id} | ({body.original_id} if isinstance(body, bodies.Merge) else set())
    found = {wanted_id for wanted_id in sorted(wanted) if await hazards.lock(connection, wanted_id)}
    if hazard_id not in found:
        raise Problem("hazard.not_found")


async def _name_evidence(connection: Connection, hazard: Hazard, body: ActionBody, actor: Actor) -> None:
    match body:
        case bodies.Submit() | bodies.FileFix() | bodies.FixOnTheSpot():
            await name_photos(connection, hazard, body.photos, actor, attempt=hazard.attempt)
        case bodies.RecordService() | bodies.RecordRefusal() | bodies.RecordTransferReceipt():
            await name_papers(connection, hazard, body.attachments, actor)


async def name_papers(
    connection: Connection, hazard: Hazard, references: list[AttachmentReference], actor: Actor
) -> None:
    """Names papers that prove something about the hazard."""
    if references:
        await attachments.name(connection, subject="hazard", subject_id=hazard.id, references=references, actor=actor)


async def _circumstances(
    context: Context,
    connection: Connection,
    hazard: Hazard,
    body: ActionBody,
    actor: Actor,
    now: datetime,
    notice: NoticeTerms | None,
) -> Circumstances:
    match body:
        case bodies.Assign():
            owner_id = await people.holding(connection, body.owner, Permission.HAZARD_RECTIFY, hazard.organization_id)
            due_at, unknown = await _by_catalogue(context, connection, hazard, now)
            return Circumstances(owner_id=owner_id, notice=notice, catalogue_due_at=due_at, unknown_year=unknown)
        case bodies.RecordService():
            due_at, unknown = await _by_catalogue(context, connection, hazard, body.served_at)
            return Circumstances(notice=notice, catalogue_due_at=due_at, unknown_year=unknown)
        case bodies.RecordRefusal():
            return Circumstances(notice=notice)
        case bodies.FixOnTheSpot():
            edition = await _edition(connection, hazard)
            return Circumstances(is_major_candidate=edition.major_candidate)
        case bodies.Submit() | bodies.FileFix():
            calendar = await calendars.load(connection)
            due = deadlines.recheck_due_at(now, calendar, await terms.terms(connection))
            return Circumstances(review_due_at=due)
        case bodies.Supervise():
            return await _supervision(connection, body, now)
        case bodies.Pass(mode="by_picture"):
            photos = await hazard_photos.of_hazard(connection, hazard.id)
            now_reviewed = (hazard.round.number, hazard.attempt)
            arrived = [photo for photo in photos if photo.arrived and (photo.round, photo.attempt) == now_reviewed]
            return Circumstances(fix_photos_arrived=len(arrived))
        case bodies.Merge():
            original = await hazards.by_id(connection, body.original_id)
            may_name = original is not None and actor.may(Permission.HAZARD_REGISTER, original.organization_id)
            return Circumstances(original=original if may_name else None)
    return Circumstances()


async def _by_catalogue(
    context: Context, connection: Connection, hazard: Hazard, started_at: datetime
) -> tuple[datetime | None, int | None]:
    """The deadline by the catalogue's days, or the year whose calendar would be needed."""
    edition = await _edition(connection, hazard)
    calendar = await calendars.load(connection)
    try:
        due = deadlines.due_at(edition.days, started_at, calendar, on_the_spot=context.limits.on_the_spot)
    except Problem as problem:
        # calendar.year_unknown, the only one: the desk may then set a date of its own.
        return None, int(str(problem.parameters["year"]))
    return due, None


async def _edition(connection: Connection, hazard: Hazard) -> Category:
    edition = await categories.by_edition(
        connection, hazard.finding.category, date.fromisoformat(hazard.category_edition)
    )
    assert edition is not None
    return edition


async def _supervision(connection: Connection, body: bodies.Supervise, now: datetime) -> Circumstances:
    calendar, configured = await calendars.load(connection), await terms.terms(connection)
    return Circumstances(
        supervision_latest=deadlines.latest_supervision_limit(now, configured),
        filing_due_at=_known(lambda: deadlines.supervision_filing_due_at(now, calendar, configured)),
        extension_due_at=_known(lambda: deadlines.supervision_extension_due_at(body.limit_at, calendar, configured)),
    )


def _known(instant: Callable[[], datetime]) -> datetime | None:
    """None where no calendar tells: a decision of the authority is not refused for that."""
    try:
        return instant()
    except Problem:
        return None
