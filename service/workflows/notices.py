"""Issuing a notice to an owner, recording what became of it, and reading notices."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec

from schemas.base import Page
from schemas.hazard_actions import ActionBody, Assign, RecordRefusal, RecordService
from schemas.hazard_answers import HistoryLine
from schemas.hazards import Action
from schemas.notices import NoticeAction, NoticeAnswer, NoticeIssue, NoticeKind, NoticeSummary
from service.database import Connection
from service.domain import notices as rules
from service.domain.hazards import CHINA_TIME, Hazard
from service.domain.notices import Listed, Notice, Officer
from service.domain.permissions import Actor, Permission
from service.i18n import Language
from service.problems import Problem
from service.protocols import preconditions
from service.repositories import events, hazards, notices, numbers, organizations, people
from service.workflows import attachments, hazard_changes, histories, keyset, notice_answers, repeatable, versions
from service.workflows.context import Context
from service.workflows.repeatable import Repeatable, Reply

CONTENT_DIFFERS = "notice.content_differs"
ACTION_DIFFERS = "action.content_differs"


async def issue(
    context: Context,
    actor: Actor,
    *,
    notice_id: UUID,
    issue: NoticeIssue,
    now: datetime,
    language: Language,
    demo: bool = False,
) -> Reply:
    """Gives every listed hazard to one owner, all of them or none: 201, and the same answer for every repeat.

    A problem with one hazard is that hazard's own problem and names it in `hazard_id`: 404 for one that the person may
    not see, 403, 409 for one that is not registered.
    """
    request = Repeatable.of(notice_id, actor, "notice.issue", issue)
    async with context.database.transaction() as connection:
        if (earlier := await repeatable.answered(connection, request, conflict=CONTENT_DIFFERS)) is not None:
            return earlier
        if not actor.may_anywhere(Permission.NOTICE_ISSUE):
            raise Problem("permission.denied")
        rules.check_issue(issue)
        listed = await _locked(connection, issue.hazards, actor)
        notice = await _new(connection, actor, notice_id, issue, listed, now, demo)
        if not await notices.insert(connection, notice):
            raise Problem(CONTENT_DIFFERS)
        assignment = Assign(
            action_id=notice_id,
            owner=issue.owner,
            due_at=issue.due_at,
            due_reason=issue.due_reason,
            notice=issue.requirements,
        )
        for hazard_id in sorted(listed):
            await _take(context, connection, hazard_id, Action.ASSIGN, assignment, actor, now, notice)
        await attachments.name(
            connection,
            subject="notice",
            subject_id=notice_id,
            references=issue.attachments,
            actor=actor,
            purpose="issued",
        )
        await _append(connection, notice, "notice.issued", actor, now, rules.issued_body(notice, issue))
        reply = await _reply(connection, notice, actor, now, language, status=201)
        return await repeatable.keep(connection, request, reply, now)


async def act(
    context: Context,
    actor: Actor,
    *,
    notice_id: UUID,
    action: NoticeAction,
    body: ActionBody,
    if_match: str | None,
    now: datetime,
    language: Language,
) -> Reply:
    """Records what became of a notice, and of every hazard that it still binds. A repeat gets the first answer.

    Then in this order: 404 for who may not see it, 403 for who may not act, 428 and 412 for the version in `if_match`,
    409 for what is on record already, 422 for what does not fit.
    """
    request = Repeatable.of(body.action_id, actor, f"notice.{action}", notice_id, body)
    async with context.database.transaction() as connection:
        if (earlier := await repeatable.answered(connection, request, conflict=ACTION_DIFFERS)) is not None:
            return earlier
        notice = await _locked_notice(connection, notice_id, actor)
        rules.permit(notice, action, actor)
        versions.require("notice", notice.version, if_match)
        rules.permit_now(notice, action, actor)
        rules.check_action(body, now)
        applied = await _apply(context, connection, notice, action, body, actor, now)
        after = rules.changed(notice, action, body, now)
        await notices.save(connection, after)
        row = rules.RULES[action]
        if isinstance(body, RecordService | RecordRefusal):
            await attachments.name(
                connection,
                subject="notice",
                subject_id=notice_id,
                references=body.attachments,
                actor=actor,
                purpose=row.event.removeprefix("notice."),
            )
        await _append(connection, after, row.event, actor, now, rules.event_body(body, applied))
        reply = await _reply(connection, after, actor, now, language, status=200)
        return await repeatable.keep(connection, request, reply, now)


async def read(context: Context, actor: Actor, notice_id: UUID, *, now: datetime, language: Language) -> NoticeAnswer:
    """One notice; 404 `notice.not_found` for who may not see it. Reading it records nothing."""
    async with context.database.snapshot() as connection:
        notice = await _visible(connection, notice_id, actor)
        return await notice_answers.full(connection, notice, actor, now, language)


async def history(context: Context, actor: Actor, notice_id: UUID) -> Page[HistoryLine]:
    """Everything that happened to a notice, oldest first."""
    async with context.database.snapshot() as connection:
        await _visible(connection, notice_id, actor)
        return await histories.of(connection, "notice", notice_id)


async def page(
    context: Context,
    actor: Actor,
    *,
    area: str | None,
    kind: NoticeKind | None,
    served: bool | None,
    cursor: str | None,
    limit: int,
    language: Language,
) -> Page[NoticeSummary]:
    """The newest notices after `cursor` that the person may see. `area` is an organization's code and all below it."""
    after = keyset.place_of(cursor)
    async with context.database.connection() as connection:
        within = None if area is None else await organizations.all_below(connection, area)
        lines = await notices.page(
            connection,
            account_id=actor.account_id,
            readable_organization_ids=actor.organizations_with(Permission.NOTICE_READ),
            wanted=notices.NoticeFilter(within, kind, served),
            after=after,
            limit=limit + 1,
        )
    shown = lines[:limit]
    return Page(
        items=[notice_answers.summary(line, language) for line in shown],
        next_cursor=keyset.cursor_of(shown[-1].issued_at, shown[-1].id) if len(lines) > limit else None,
    )


async def _visible(connection: Connection, notice_id: UUID, actor: Actor) -> Notice:
    notice = await notices.by_id(connection, notice_id)
    if notice is None or not rules.may_see(notice, actor):
        raise Problem("notice.not_found")
    return notice


async def _locked_notice(connection: Connection, notice_id: UUID, actor: Actor) -> Notice:
    """The notice, nobody else's to change: first its hazards in the order of their ids, then itself."""
    notice = await _visible(connection, notice_id, actor)
    for hazard_id in sorted(listed.hazard_id for listed in notice.hazards):
        await hazards.lock(connection, hazard_id)
    await notices.lock(connection, notice_id)
    return await _visible(connection, notice_id, actor)


async def _locked(connection: Connection, hazard_ids: list[UUID], actor: Actor) -> dict[UUID, Hazard]:
    """The hazards, locked in the order of their ids; 404 with the id of one that the person may not see."""
    found = {}
    for hazard_id in sorted(hazard_ids):
        await hazards.lock(connection, hazard_id)
        try:
            found[hazard_id] = await hazard_changes.visible(connection, hazard_id, actor)
        except Problem as problem:
            raise _naming(problem, hazard_id) from None
    return found


async def _new(
    connection: Connection,
    actor: Actor,
    notice_id: UUID,
    issue: NoticeIssue,
    listed: dict[UUID, Hazard],
    now: datetime,
    demo: bool,
) -> Notice:
    """The notice that is to be issued, with a number of its own."""
    organization_ids = {hazard.organization_id for hazard in listed.values()}
    if len(organization_ids) > 1:
        raise Problem("notice.several_organizations")
    organization = await organizations.by_id(connection, organization_ids.pop())
    assert organization is not None
    if not actor.may(Permission.NOTICE_ISSUE, organization.id):
        raise Problem("permission.denied")
    owner_id = await people.holding(connection, issue.owner, Permission.HAZARD_RECTIFY, organization.id)
    if owner_id is None:
        raise Problem("hazard.owner_unsuitable", owner=issue.owner)
    officers = await _officers(connection, issue, organization.id)
    year = now.astimezone(CHINA_TIME).year
    serial = await numbers.next_serial(connection, rules.series_of(organization.code), year)
    return Notice(
        id=notice_id,
        number=rules.number_for(organization.code, year, serial),
        organization_id=organization.id,
        owner_id=owner_id,
        kind=issue.kind,
        version=1,
        issued_at=now,
        issued_by=actor.account_id,
        due_at=None if issue.due_at is None else issue.due_at.astimezone(UTC),
        due_reason=issue.due_reason,
        requirements=issue.requirements,
        officers=officers,
        hazards=tuple(Listed(hazard_id, listed[hazard_id].round.number) for hazard_id in issue.hazards),
        read_at=None,
        service=None,
        refusal=None,
        demo=demo,
    )


async def _officers(connection: Connection, issue: NoticeIssue, organization_id: UUID) -> tuple[Officer, ...]:
    """The signing officers, each somebody who records visits in that organization."""
    found = []
    for officer in issue.officers:
        account_id = await people.holding(connection, officer.account, Permission.VISIT_RECORD, organization_id)
        if account_id is None:
            raise Problem("notice.officer_unsuitable", officer=officer.account)
        found.append(Officer(account_id, officer.certificate))
    return tuple(found)


async def _apply(
    context: Context,
    connection: Connection,
    notice: Notice,
    action: NoticeAction,
    body: ActionBody,
    actor: Actor,
    now: datetime,
) -> list[UUID]:
    """Does to each hazard that the notice still binds what was done to the paper; returns their ids."""
    applies = rules.RULES[action].applies
    if applies is None:
        return []
    bound = []
    for listed in sorted(notice.hazards, key=lambda one: one.hazard_id):
        hazard = await hazards.by_id(connection, listed.hazard_id)
        if hazard is not None and rules.binds(notice, listed, hazard):
            await _take(context, connection, hazard.id, applies, body, actor, now, notice)
            bound.append(hazard.id)
    return bound


async def _take(
    context: Context,
    connection: Connection,
    hazard_id: UUID,
    action: Action,
    body: ActionBody,
    actor: Actor,
    now: datetime,
    notice: Notice | None = None,
) -> None:
    terms = None if notice is None else rules.terms_of(notice)
    try:
        await hazard_changes.take(
            context, connection, hazard_id, action=action, body=body, actor=actor, now=now, notice=terms
        )
    except Problem as problem:
        raise _naming(problem, hazard_id) from None


def _naming(problem: Problem, hazard_id: UUID) -> Problem:
    """The same problem with the hazard that has it: a notice lists many."""
    return Problem(problem.code, headers=problem.headers, **{**problem.parameters, "hazard_id": str(hazard_id)})


async def _append(
    connection: Connection, notice: Notice, kind: str, actor: Actor, now: datetime, body: dict[str, object]
) -> None:
    await events.append(
        connection,
        subject="notice",
        subject_id=notice.id,
        kind=kind,
        at=now,
        actor_id=actor.account_id,
        body=body,
        demo=notice.demo,
    )


async def _reply(
    connection: Connection, notice: Notice, actor: Actor, now: datetime, language: Language, *, status: int
) -> Reply:
    answer = await notice_answers.full(connection, notice, actor, now, language)
    return Reply(status, preconditions.quoted(str(notice.version)), msgspec.json.encode(answer))
