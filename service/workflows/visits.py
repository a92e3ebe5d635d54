"""Recording a visit and reading visits."""

from datetime import datetime
from uuid import UUID

import msgspec

from schemas.base import Page
from schemas.hazard_answers import CheckpointScan, Named
from schemas.places import Wgs84
from schemas.visits import VisitAnswer, VisitHazard, VisitReport, VisitResult, VisitSummary
from service.database import Connection
from service.domain import visits as rules
from service.domain.hazards import EARLIEST
from service.domain.permissions import Actor, Permission
from service.domain.visits import Visit
from service.i18n import Language, translate
from service.problems import Problem
from service.protocols import preconditions
from service.repositories import events, organizations, people, visits
from service.repositories.visits import FoundHazard, VisitFilter, VisitLine
from service.workflows import attachments, jurisdiction, keyset, repeatable
from service.workflows.context import Context
from service.workflows.jurisdiction import Jurisdiction
from service.workflows.repeatable import Repeatable, Reply

CONTENT_DIFFERS = "visit.content_differs"
WRITTEN_ONCE = preconditions.quoted("1")
"""A visit is never changed; hazards that still arrive change only what is shown beside it."""


async def record(
    context: Context,
    actor: Actor,
    *,
    visit_id: UUID,
    report: VisitReport,
    now: datetime,
    language: Language,
    demo: bool = False,
) -> Reply:
    """Takes in a visit under the id that the phone made: 201, and the same answer for every repeat.

    403 without the right to record there; 409 `visit.content_differs` for other content under a used id; 422 for what
    does not fit.
    """
    request = Repeatable.of(visit_id, actor, "visit.record", report)
    async with context.database.transaction() as connection:
        if (earlier := await repeatable.answered(connection, request, conflict=CONTENT_DIFFERS)) is not None:
            return earlier
        rules.check(report)
        decided = await _jurisdiction(connection, actor, report)
        visit = rules.recorded(
            visit_id,
            report,
            organization_id=decided.organization_id,
            jurisdiction=decided.by,
            premises_id=decided.premises_id,
            checkpoint=_scan(decided),
            second_officer_id=await _second_officer(connection, report, actor, decided.organization_id),
            recorded_by=actor.account_id,
            now=now,
            demo=demo,
        )
        if not await visits.insert(connection, visit):
            raise Problem(CONTENT_DIFFERS)
        await attachments.name(
            connection, subject="visit", subject_id=visit_id, references=report.attachments, actor=actor
        )
        await events.append(
            connection,
            subject="visit",
            subject_id=visit_id,
            kind="visit.recorded",
            at=now,
            actor_id=actor.account_id,
            body=rules.event_body(visit, report),
            demo=demo,
        )
        answer = await _answer(connection, visit, actor, language)
        reply = Reply(201, WRITTEN_ONCE, msgspec.json.encode(answer))
        return await repeatable.keep(connection, request, reply, now)


async def read(context: Context, actor: Actor, visit_id: UUID, *, language: Language) -> VisitAnswer:
    """One visit with its hazards; 404 `visit.not_found` for who may not see it."""
    async with context.database.snapshot() as connection:
        visit = await visits.by_id(connection, visit_id)
        if visit is None or not _may_see(visit, actor):
            raise Problem("visit.not_found")
        return await _answer(connection, visit, actor, language)


async def page(
    context: Context,
    actor: Actor,
    *,
    area: str | None,
    officer: str | None,
    premises_id: UUID | None,
    since: datetime | None,
    until: datetime | None,
    result: VisitResult | None,
    cursor: str | None,
    limit: int,
    language: Language,
) -> Page[VisitSummary]:
    """The latest visits after `cursor` that the person may see, by their start: from `since`, before `until`.

    `area` is an organization's code and all below it; `officer` the account of either officer.
    """
    after = keyset.place_of(cursor)
    if until is not None:
        after = min(after, (until, UUID(int=0)))
    async with context.database.connection() as connection:
        within = None if area is None else await organizations.all_below(connection, area)
        known = None if officer is None else await people.by_account(connection, officer)
        if officer is not None and known is None:
            return Page(items=[])
        lines = await visits.page(
            connection,
            account_id=actor.account_id,
            readable_organization_ids=actor.organizations_with(Permission.VISIT_READ),
            wanted=VisitFilter(within, known, premises_id, since or EARLIEST, result),
            after=after,
            limit=limit + 1,
        )
    shown = lines[:limit]
    return Page(
        items=[_summary(line, language) for line in shown],
        next_cursor=keyset.cursor_of(shown[-1].started_at, shown[-1].id) if len(lines) > limit else None,
    )


async def _jurisdiction(connection: Connection, actor: Actor, report: VisitReport) -> Jurisdiction:
    given = report.position
    return await jurisdiction.of(
        connection,
        actor,
        named=report.organization,
        checkpoint_token=report.checkpoint,
        premises_id=report.premises_id,
        position=None if given is None else rules.wgs84(given),
        permission=Permission.VISIT_RECORD,
    )


def _scan(decided: Jurisdiction) -> CheckpointScan | None:
    if decided.checkpoint_id is None or decided.checkpoint_token is None:
        return None
    return CheckpointScan(id=decided.checkpoint_id, token=decided.checkpoint_token)


async def _second_officer(
    connection: Connection, report: VisitReport, actor: Actor, organization_id: UUID
) -> UUID | None:
    """Somebody else who records visits, where the place lies or wherever the first officer does."""
    if report.second_officer is None:
        return None
    for where in (organization_id, *sorted(actor.organizations_with(Permission.VISIT_RECORD))):
        found = await people.holding(connection, report.second_officer, Permission.VISIT_RECORD, where)
        if found is not None and found != actor.account_id:
            return found
    raise Problem("visit.second_officer_unsuitable", second_officer=report.second_officer)


def _may_see(visit: Visit, actor: Actor) -> bool:
    return actor.may(Permission.VISIT_READ, visit.organization_id) or actor.account_id in visit.officers


async def _answer(connection: Connection, visit: Visit, actor: Actor, language: Language) -> VisitAnswer:
    organization = await organizations.by_id(connection, visit.organization_id)
    assert organization is not None
    found = await visits.hazards_of(connection, visit.id, visit.officers)
    named = await people.by_id(connection, visit.officers)
    return VisitAnswer(
        id=visit.id,
        organization=Named(code=organization.code, name=organization.name),
        jurisdiction=visit.jurisdiction,
        result=visit.result,
        result_label=translate(f"visits.result.{visit.result}", language),
        place=visit.place,
        premises_id=visit.premises_id,
        checkpoint=visit.checkpoint,
        position=None if visit.position is None else Wgs84(lat=visit.position.latitude, lon=visit.position.longitude),
        given_position=visit.given_position,
        started_at=visit.started_at,
        ended_at=visit.ended_at,
        device_time=visit.device_time,
        offline=visit.offline,
        received_at=visit.received_at,
        recorded_by=named[visit.recorded_by],
        second_officer=None if visit.second_officer_id is None else named[visit.second_officer_id],
        certificate=visit.certificate,
        second_certificate=visit.second_certificate,
        remarks=visit.remarks,
        hazards_found=len(found),
        hazards=[_hazard(hazard, language) for hazard in found if _may_see_hazard(hazard, actor)],
        attachments=await attachments.named(connection, subject="visit", subject_id=visit.id),
        flags=rules.flags(visit, len(found)),
    )


def _may_see_hazard(hazard: FoundHazard, actor: Actor) -> bool:
    return actor.may(Permission.HAZARD_READ, hazard.organization_id) or actor.account_id in (
        hazard.reported_by,
        hazard.owner_id,
    )


def _hazard(hazard: FoundHazard, language: Language) -> VisitHazard:
    return VisitHazard(
        id=hazard.id,
        number=hazard.number,
        state=hazard.state,
        state_label=translate(f"hazards.state.{hazard.state}", language),
        category=hazard.category,
        description=hazard.description,
        place=hazard.place,
    )


def _summary(line: VisitLine, language: Language) -> VisitSummary:
    return VisitSummary(
        id=line.id,
        organization=line.organization,
        result=line.result,
        result_label=translate(f"visits.result.{line.result}", language),
        place=line.place,
        premises_id=line.premises_id,
        started_at=line.started_at,
        ended_at=line.ended_at,
        received_at=line.received_at,
        recorded_by=line.recorded_by,
        second_officer=line.second_officer,
        hazards_found=line.hazards_found,
    )
