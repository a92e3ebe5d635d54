"""Reporting a hazard, acting on it, and reading it."""

from datetime import datetime
from uuid import UUID

import msgspec

from schemas.base import Page
from schemas.hazard_actions import ActionBody, FixOnTheSpot
from schemas.hazard_answers import CheckpointScan, HazardAnswer, HistoryLine
from schemas.hazards import Action, HazardReport
from service.database import Connection
from service.domain import decisions, hazard_reports, lifecycle
from service.domain import hazards as rules
from service.domain.deadlines import day_of
from service.domain.hazards import CHINA_TIME, Hazard, Routing
from service.domain.identifiers import uuid7
from service.domain.permissions import Actor, Permission
from service.i18n import Language
from service.problems import Problem
from service.protocols import preconditions
from service.repositories import categories, hazards, numbers, people
from service.workflows import hazard_answers, hazard_changes, histories, jurisdiction, notifications, repeatable
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

    Whose it is follows from where it lies. What was fixed on the spot is closed in the same transaction. 403 without
    the right to report; 409 `hazard.content_differs` for other content under a used id; 422 for what does not fit.
    Photos may arrive before or after.
    """
    request = Repeatable.of(hazard_id, actor, "hazard.report", report)
    async with context.database.transaction() as connection:
        if (earlier := await repeatable.answered(connection, request, conflict=CONTENT_DIFFERS)) is not None:
            return earlier
        hazard = await _take_in(connection, actor, hazard_id, report, now, demo)
        if (fix := report.fixed_on_the_spot) is not None:
            body = FixOnTheSpot(action_id=uuid7(now), **msgspec.structs.asdict(fix))
            hazard = await hazard_changes.take(
                context, connection, hazard_id, action=Action.FIX_ON_THE_SPOT, body=body, actor=actor, now=now
            )
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
    """Takes one action of the table, as `hazard_changes.take` does.

    A repeat of `body.action_id` gets the first answer before anything is checked.
    """
    request = Repeatable.of(body.action_id, actor, f"hazard.{action}", hazard_id, body)
    async with context.database.transaction() as connection:
        if (earlier := await repeatable.answered(connection, request, conflict=ACTION_DIFFERS)) is not None:
            return earlier
        changed = await hazard_changes.take(
            context,
            connection,
            hazard_id,
            action=action,
            body=body,
            actor=actor,
            now=now,
            if_match=if_match,
            checks_version=True,
        )
        reply = await _reply(connection, changed, actor, now, language, status=200)
        return await repeatable.keep(connection, request, reply, now)


async def read(context: Context, actor: Actor, hazard_id: UUID, *, now: datetime, language: Language) -> HazardAnswer:
    """One hazard; 404 `hazard.not_found` for who may not see it."""
    async with context.database.snapshot() as connection:
        hazard = await hazard_changes.visible(connection, hazard_id, actor)
        return await hazard_answers.full(connection, hazard, actor, now, language)


async def history(context: Context, actor: Actor, hazard_id: UUID) -> Page[HistoryLine]:
    """Everything that happened to a hazard, oldest first. Who informed is told to nobody but the desk, and to the owner
    only what is theirs to know.
    """
    async with context.database.snapshot() as connection:
        hazard = await hazard_changes.visible(connection, hazard_id, actor)
        lines = await histories.of(connection, "hazard", hazard_id)
        if not lifecycle.reads_all(hazard, actor):
            return histories.for_owner(lines, hazard.round.assigned_at or hazard.round.opened_at)
        return lines if lifecycle.reads_informant(hazard, actor) else histories.sealed(lines)


async def _take_in(
    connection: Connection, actor: Actor, hazard_id: UUID, report: HazardReport, now: datetime, demo: bool
) -> Hazard:
    decisions.check_report(report)
    place = hazard_reports.wgs84(report.position)
    whose = await jurisdiction.of(
        connection,
        actor,
        named=report.organization,
        checkpoint_token=report.checkpoint,
        premises_id=report.premises_id,
        position=place,
        permission=_permission_for(report, actor),
    )
    edition = await categories.edition_on(connection, report.category, day_of(now))
    if edition is None:
        raise Problem("hazard.category_unknown", category=report.category)
    scan = None
    if whose.checkpoint_id is not None and whose.checkpoint_token is not None:
        scan = CheckpointScan(id=whose.checkpoint_id, token=whose.checkpoint_token)
    second_inspector_id = await _second_inspector(connection, report, actor)
    year = now.astimezone(CHINA_TIME).year
    event = hazard_reports.report_event(
        report,
        Routing(whose.by, whose.premises_id, scan, whose.proposed_owner_id),
        number=rules.number_for(whose.code, year, await numbers.next_serial(connection, whose.code, year)),
        organization_id=whose.organization_id,
        category_edition=edition.valid_from.isoformat(),
        second_inspector_id=second_inspector_id,
        actor_id=actor.account_id,
        now=now,
        demo=demo,
    )
    hazard = hazard_reports.reported(hazard_id, event)
    if not await hazards.insert(connection, hazard):
        raise Problem(CONTENT_DIFFERS)
    await hazard_changes.name_photos(connection, hazard, hazard.finding.photos, actor, attempt=0)
    await hazard_changes.append(connection, hazard, event)
    await notifications.after(connection, None, hazard, event)
    return hazard


def _permission_for(report: HazardReport, actor: Actor) -> Permission:
    """An enterprise reports its own (企业自查); everything else is for those who inspect or take in reports."""
    if report.source == "self_check" and not actor.may_anywhere(Permission.HAZARD_REPORT):
        return Permission.HAZARD_SELFCHECK
    return Permission.HAZARD_REPORT


async def _second_inspector(connection: Connection, report: HazardReport, actor: Actor) -> UUID | None:
    """The second officer's account; they go together, so they report where the first one does."""
    if report.second_inspector is None:
        return None
    for organization_id in actor.organizations_with(_permission_for(report, actor)):
        found = await people.holding(
            connection, report.second_inspector, _permission_for(report, actor), organization_id
        )
        if found is not None and found != actor.account_id:
            return found
    raise Problem("hazard.second_inspector_unsuitable", second_inspector=report.second_inspector)


async def _reply(
    connection: Connection, hazard: Hazard, actor: Actor, now: datetime, language: Language, *, status: int
) -> Reply:
    answer = await hazard_answers.full(connection, hazard, actor, now, language)
    return Reply(status, preconditions.quoted(str(hazard.version)), msgspec.json.encode(answer))
