"""Reporting a hazard, acting on it, and reading it."""

from datetime import datetime
from uuid import UUID

import msgspec

from schemas.base import Page
from schemas.hazards import (
    Action,
    ActionBody,
    Assign,
    HazardAnswer,
    HazardReport,
    HistoryLine,
    Pass,
    PhotoReference,
    Submit,
)
from service.database import Connection
from service.domain import hazards as rules
from service.domain import lifecycle
from service.domain.hazards import CHINA_TIME, Hazard, HazardEvent
from service.domain.lifecycle import Circumstances
from service.domain.permissions import Actor, Permission
from service.i18n import Language
from service.problems import Problem
from service.protocols import preconditions
from service.repositories import (
    categories,
    events,
    hazard_photos,
    hazards,
    numbers,
    organizations,
    people,
)
from service.workflows import hazard_answers, histories, repeatable, versions
from service.workflows.context import Context
from service.workflows.repeatable import Repeatable, Reply

CONTENT_DIFFERS = "hazard.content_differs"
ACTION_DIFFERS = "action.content_differs"


async def report(
    context: Context,
    actor: Actor,
    *,
    hazard_id: UUID,
    report: HazardReport,
    now: datetime,
    language: Language,
    demo: bool = False,
) -> Reply:
    """Takes in a hazard under the id that the phone made: 201, and the same answer for every repeat.

    403 without the right to report there; 409 `hazard.content_differs` for other content under a used id; 422 for what
    does not fit. Photos may arrive before or after.
    """
    request = Repeatable.of(hazard_id, actor, "hazard.report", report)
    async with context.database.transaction() as connection:
        if (earlier := await repeatable.answered(connection, request, conflict=CONTENT_DIFFERS)) is not None:
            return earlier
        lifecycle.check_report(report)
        organization_id, code = await _organization_for(connection, report, actor)
        if await categories.by_code(connection, report.category) is None:
            raise Problem("hazard.category_unknown", category=report.category)
        second_inspector_id = await _second_inspector(connection, report, actor, organization_id)
        visible = await _visible_now(connection, report.photos, actor)
        year = now.astimezone(CHINA_TIME).year
        event = rules.report_event(
            report,
            number=rules.number_for(code, year, await numbers.next_serial(connection, code, year)),
            organization_id=organization_id,
            second_inspector_id=second_inspector_id,
            actor_id=actor.account_id,
            now=now,
            demo=demo,
        )
        hazard = rules.reported(hazard_id, event)
        if not await hazards.insert(connection, hazard):
            raise Problem(CONTENT_DIFFERS)
        await _name_photos(connection, hazard, event, list(hazard.finding.photos), visible)
        await _append(connection, hazard, event)
        reply = await _reply(connection, hazard, actor, now, language, status=201)
        return await repeatable.keep(connection, request, reply, now)


async def act(
    context: Context,
    actor: Actor,
    *,
    hazard_id: UUID,
    action: Action,
    body: ActionBody,
    if_match: str | None,
    now: datetime,
    language: Language,
) -> Reply:
    """Takes one action of the table. A repeat of `body.action_id` gets the first answer before anything is checked.

    Then in this order: 404 for who may not see it, 403 for who may not act, 428 and 412 for the version in `if_match`,
    409 for what the state forbids, 403 for the fixer who would review, 422 for what does not fit.
    """
    request = Repeatable.of(body.action_id, actor, f"hazard.{action}", hazard_id, body)
    async with context.database.transaction() as connection:
        if (earlier := await repeatable.answered(connection, request, conflict=ACTION_DIFFERS)) is not None:
            return earlier
        if not await hazards.lock(connection, hazard_id):
            raise Problem("hazard.not_found")
        hazard = await _visible(connection, hazard_id, actor)
        lifecycle.permit(hazard, action, actor)
        versions.require("hazard", hazard.version, if_match)
        circumstances = await _circumstances(connection, hazard, body)
        event = lifecycle.decide(hazard, body, action, actor, now, circumstances)
        changed = lifecycle.evolve(hazard, event)
        await hazards.save(connection, changed)
        if isinstance(body, Submit):
            visible = await _visible_now(connection, body.photos, actor)
            await _name_photos(connection, hazard, event, body.photos, visible)
        await _append(connection, hazard, event)
        reply = await _reply(connection, changed, actor, now, language, status=200)
        return await repeatable.keep(connection, request, reply, now)


async def read(context: Context, actor: Actor, hazard_id: UUID, *, now: datetime, language: Language) -> HazardAnswer:
    """One hazard; 404 `hazard.not_found` for who may not see it."""
    async with context.database.snapshot() as connection:
        hazard = await _visible(connection, hazard_id, actor)
        return await hazard_answers.full(connection, hazard, actor, now, language)


async def history(context: Context, actor: Actor, hazard_id: UUID) -> Page[HistoryLine]:
    """Everything that happened to a hazard, oldest first."""
    async with context.database.snapshot() as connection:
        await _visible(connection, hazard_id, actor)
        return await histories.of(connection, "hazard", hazard_id)


async def _visible(connection: Connection, hazard_id: UUID, actor: Actor) -> Hazard:
    hazard = await hazards.by_id(connection, hazard_id)
    if hazard is None or not lifecycle.may_see(hazard, actor):
        raise Problem("hazard.not_found")
    return hazard


async def _organization_for(connection: Connection, report: HazardReport, actor: Actor) -> tuple[UUID, str]:
    """The named organization, or the only one in which the person reports."""
    allowed = actor.organizations_with(Permission.HAZARD_REPORT)
    if not allowed:
        raise Problem("permission.denied")
    if report.organization is not None:
        organization = await organizations.by_code(connection, report.organization)
        if organization is None:
            raise Problem("hazard.organization_unknown", organization=report.organization)
        if organization.id not in allowed:
            raise Problem("permission.denied")
    elif len(allowed) > 1:
        raise Problem("hazard.organization_required")
    else:
        organization = await organizations.by_id(connection, next(iter(allowed)))
        assert organization is not None
    return organization.id, organization.code


async def _second_inspector(
    connection: Connection, report: HazardReport, actor: Actor, organization_id: UUID
) -> UUID | None:
    if report.second_inspector is None:
        return None
    found = await people.holding(connection, report.second_inspector, Permission.HAZARD_REPORT, organization_id)
    if found is None or found == actor.account_id:
        raise Problem("hazard.second_inspector_unsuitable", second_inspector=report.second_inspector)
    return found


async def _circumstances(connection: Connection, hazard: Hazard, body: ActionBody) -> Circumstances:
    match body:
        case Assign():
            owner_id = await people.holding(connection, body.owner, Permission.HAZARD_RECTIFY, hazard.organization_id)
            return Circumstances(owner_id=owner_id)
        case Pass(mode="by_picture"):
            photos = await hazard_photos.of_hazard(connection, hazard.id)
            now_reviewed = (hazard.round.number, hazard.attempt)
            arrived = [photo for photo in photos if photo.arrived and (photo.round, photo.attempt) == now_reviewed]
            return Circumstances(fix_photos_arrived=len(arrived))
    return Circumstances()


async def _visible_now(connection: Connection, photos: list[PhotoReference], actor: Actor) -> frozenset[UUID]:
    return await hazard_photos.visible_among(
        connection,
        [photo.id for photo in photos],
        actor.account_id,
        actor.organizations_with(Permission.HAZARD_READ),
    )


async def _name_photos(
    connection: Connection,
    hazard: Hazard,
    event: HazardEvent,
    photos: list[PhotoReference],
    visible: frozenset[UUID],
) -> None:
    is_fix = event.kind == "hazard.submitted"
    await hazard_photos.insert(
        connection,
        hazard.id,
        photos,
        role="after" if is_fix else "before",
        round_number=hazard.round.number,
        attempt=hazard.attempt if is_fix else 0,
        named_by=event.actor_id,
        visible=visible,
    )


async def _append(connection: Connection, hazard: Hazard, event: HazardEvent) -> None:
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


async def _reply(
    connection: Connection, hazard: Hazard, actor: Actor, now: datetime, language: Language, *, status: int
) -> Reply:
    answer = await hazard_answers.full(connection, hazard, actor, now, language)
    return Reply(status, preconditions.quoted(str(hazard.version)), msgspec.json.encode(answer))
