"""Drafting a case, writing it, taking it through its reviews, and reading it."""

from datetime import date, datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from schemas.base import Page
from schemas.cases import (
    Case,
    CaseAction,
    CaseActionRequest,
    CaseContent,
    CaseRequest,
    CaseState,
    CaseSummary,
    CaseTexts,
    TextScan,
)
from schemas.catalogue import Category
from schemas.hazard_answers import HistoryLine
from schemas.hazards import State
from service.database import Connection
from service.domain import case_texts, lifecycle, publication
from service.domain.hazards import CHINA_TIME, Hazard
from service.domain.identifiers import uuid7
from service.domain.permissions import Actor, Permission
from service.domain.plain_text import says_something
from service.i18n import Language, find
from service.problems import Problem
from service.protocols import preconditions
from service.repositories import cases, categories, hazards, organizations, public_copies
from service.repositories.cases import CaseRow
from service.workflows import case_answers, case_gate, cdn, histories, repeatable, versions
from service.workflows.case_changes import Change, append_event, changed_draft, editable, visible
from service.workflows.context import Context
from service.workflows.repeatable import Repeatable, Reply

ACTION_DIFFERS = "action.content_differs"
CHINESE: Language = "zh-CN"
ENGLISH: Language = "en"


async def draft(context: Context, actor: Actor, *, request: CaseRequest, now: datetime, language: Language) -> Case:
    """Starts a case from a closed hazard, with what may be taken over: month, district, kind of hazard, legal basis.

    404 `hazard.not_found`, 403, 409 `case.hazard_not_closed`, 409 `case.exists` with the case that the hazard has.
    Nothing that a person wrote about the hazard is copied.
    """
    async with context.database.transaction() as connection:
        if not await hazards.lock(connection, request.hazard_id):
            raise Problem("hazard.not_found")
        hazard = await hazards.by_id(connection, request.hazard_id)
        if hazard is None or not lifecycle.may_see(hazard, actor):
            raise Problem("hazard.not_found")
        if not actor.may(Permission.CASE_DRAFT, hazard.organization_id):
            raise Problem("permission.denied")
        if hazard.state is not State.CLOSED:
            raise Problem("case.hazard_not_closed", state=hazard.state.value)
        edition = date.fromisoformat(hazard.category_edition)
        category = await categories.by_edition(connection, hazard.finding.category, edition)
        assert category is not None
        case = await _new_case(connection, hazard, category, actor, now)
        if not await cases.insert(connection, case):
            existing = await cases.page(
                connection, [hazard.organization_id], state=None, hazard_id=hazard.id, before=None, limit=1
            )
            raise Problem("case.exists", case_id=str(existing[0].id))
        texts = CaseTexts(title=category.name_zh, legal_basis="\n".join(basis.title_zh for basis in category.bases))
        await cases.replace_texts(connection, case.id, CHINESE, texts)
        await cases.add_writer(connection, case.id, actor.account_id)
        await append_event(connection, case, "case.drafted", actor, now, {"hazard_id": str(hazard.id)})
        return await case_answers.full(connection, case, actor, language)


async def _new_case(connection: Connection, hazard: Hazard, category: Category, actor: Actor, now: datetime) -> CaseRow:
    organization = await organizations.by_id(connection, hazard.organization_id)
    assert organization is not None
    month = hazard.received_at.astimezone(CHINA_TIME).date().replace(day=1)
    return CaseRow(
        id=uuid7(now),
        hazard_id=hazard.id,
        organization_id=hazard.organization_id,
        slug=publication.make_slug(month),
        state=CaseState.DRAFT,
        version=1,
        month=month,
        venue_type=None,
        # The public is told where, not which authority answered.
        area_chinese=find(f"cases.area.{organization.code}", CHINESE) or organization.name,
        area_english=find(f"cases.area.{organization.code}", ENGLISH),
        category_chinese=category.name_zh,
        category_english=category.name_en,
        drafter_id=actor.account_id,
        first_reviewer_id=None,
        second_reviewer_id=None,
        reason=None,
        created_at=now,
        published_at=None,
        amended_at=None,
        suspended_at=None,
        retracted_at=None,
        place_level="district",
        demo=hazard.demo,
    )


async def write(
    context: Context,
    actor: Actor,
    *,
    case_id: UUID,
    content: CaseContent,
    if_match: str | None,
    now: datetime,
    language: Language,
) -> Case:
    """Replaces the texts of a draft.

    404, 403, 428 and 412, 409 `case.not_a_draft`, 422 `case.text_exposes` with every place in the text that gives away
    a person, a unit or a record.
    """
    async with context.database.transaction() as connection:
        change = Change("case.text_changed", msgspec.to_builtins(content), if_match)
        case, is_made = await editable(connection, case_id, actor, change)
        if not is_made:
            found = await case_gate.scan(connection, case, content)
            case_texts.refuse_exposures(found.findings)
            case = replace(case, venue_type=content.venue_type, place_level=content.place_level)
            await cases.replace_texts(connection, case.id, CHINESE, content.chinese)
            await cases.replace_texts(connection, case.id, ENGLISH, content.english)
            case = await changed_draft(connection, case, actor, change, now)
        return await case_answers.full(connection, case, actor, language)


async def scan(context: Context, actor: Actor, *, case_id: UUID, content: CaseContent) -> TextScan:
    """What these texts give away, each with what could stand there instead; nothing is stored. 404."""
    async with context.database.snapshot() as connection:
        case = await visible(connection, case_id, actor)
        return await case_gate.scan(connection, case, content)


async def act(
    context: Context,
    actor: Actor,
    *,
    case_id: UUID,
    action: CaseAction,
    request: CaseActionRequest,
    if_match: str | None,
    now: datetime,
    language: Language,
) -> Reply:
    """Takes one action of the table. A repeat of `action_id` gets the first answer before anything is checked.

    Then in this order: 404 for who may not see the case, 403 for who may not act, 428 and 412 for the version, 409 for
    what the state forbids, 403 `case.separation_of_duties`, 409 `case.hazard_not_closed` for a hazard that was opened
    again, 422 or 409 for what is missing.
    """
    repeat = Repeatable.of(request.action_id, actor, f"case.{action}", case_id, request)
    async with context.database.transaction() as connection:
        if (earlier := await repeatable.answered(connection, repeat, conflict=ACTION_DIFFERS)) is not None:
            return earlier
        hazard_state = None
        if action in publication.HAZARD_CLOSED_REQUIRED:
            hazard_state = await hazards.hold_state(connection, case_id)
        await cases.lock(connection, case_id)
        case = await visible(connection, case_id, actor)
        standing = await case_answers.standing_of(connection, case)
        publication.permit(standing, action, actor)
        versions.require("case", case.version, if_match)
        row = publication.decide(standing, action, actor)
        if action in publication.REASON_REQUIRED and not says_something(request.reason or ""):
            raise Problem("case.reason_required", action=action.value)
        if hazard_state is not None and hazard_state is not State.CLOSED:
            raise Problem("case.hazard_not_closed", state=hazard_state.value)
        if action in (CaseAction.SUBMIT, CaseAction.PUBLISH):
            await case_gate.require_publishable(connection, case)
        changed = _after(case, action, row.target, actor, request.reason, now)
        await cases.save(connection, changed)
        await _show(connection, changed, action, now)
        body: dict[str, object] = {} if request.reason is None else {"reason": request.reason}
        await append_event(connection, changed, publication.EVENTS[action], actor, now, body)
        answer = await case_answers.full(connection, changed, actor, language)
        reply = Reply(200, preconditions.quoted(str(changed.version)), msgspec.json.encode(answer))
        return await repeatable.keep(connection, repeat, reply, now)


def _after(
    case: CaseRow, action: CaseAction, target: CaseState, actor: Actor, reason: str | None, now: datetime
) -> CaseRow:
    changed = replace(case, state=target, version=case.version + 1)
    match action:
        case CaseAction.SUBMIT:
            return replace(changed, reason=None)
        case CaseAction.APPROVE if target is CaseState.SECOND_REVIEW:
            return replace(changed, first_reviewer_id=actor.account_id)
        case CaseAction.APPROVE:
            return replace(changed, second_reviewer_id=actor.account_id)
        case CaseAction.SEND_BACK | CaseAction.AMEND:
            return replace(changed, first_reviewer_id=None, second_reviewer_id=None, reason=reason)
        case CaseAction.PUBLISH if case.published_at is None:
            return replace(changed, published_at=now)
        case CaseAction.PUBLISH:
            # An objection is not answered by a new edition: whoever suspended the case takes that back, `resume`.
            return replace(changed, amended_at=now)
        case CaseAction.RETRACT:
            return replace(changed, retracted_at=now, reason=reason)
        case CaseAction.SUSPEND:
            return replace(changed, suspended_at=now, reason=reason)
        case CaseAction.RESUME:
            return replace(changed, suspended_at=None, reason=reason)


async def _show(connection: Connection, case: CaseRow, action: CaseAction, now: datetime) -> None:
    """What the action changes for the public; what stands between it and us is told to forget."""
    match action:
        case CaseAction.PUBLISH:
            await case_gate.publish(connection, case, now)
        case CaseAction.RETRACT:
            await case_gate.retract(connection, case)
        case CaseAction.SUSPEND:
            await public_copies.show(connection, case.id, "suspended")
        case CaseAction.RESUME:
            await public_copies.show(connection, case.id, "live")
        case _:
            return
    await cdn.purge_later(connection, case.slug, await public_copies.pictures(connection, case.id))


async def read(context: Context, actor: Actor, case_id: UUID, *, language: Language) -> Case:
    """One case; 404 `case.not_found` for who may not see it."""
    async with context.database.snapshot() as connection:
        case = await visible(connection, case_id, actor)
        return await case_answers.full(connection, case, actor, language)


async def page(
    context: Context,
    actor: Actor,
    *,
    state: CaseState | None,
    suspended: bool | None = None,
    hazard_id: UUID | None = None,
    cursor: str | None,
    limit: int,
    language: Language,
) -> Page[CaseSummary]:
    """The newest cases after `cursor` that the person may see."""
    try:
        before = None if cursor is None else UUID(cursor)
    except ValueError as error:
        raise Problem("page.cursor_invalid") from error
    async with context.database.connection() as connection:
        lines = await cases.page(
            connection,
            actor.organizations_with(Permission.CASE_READ),
            state=state,
            hazard_id=hazard_id,
            before=before,
            limit=limit + 1,
            suspended=suspended,
        )
    items = [case_answers.summary(line, language) for line in lines[:limit]]
    return Page(items=items, next_cursor=str(items[-1].id) if len(lines) > limit else None)


async def history(context: Context, actor: Actor, case_id: UUID) -> Page[HistoryLine]:
    """Everything that happened to a case, oldest first: who wrote, masked, reviewed, published."""
    async with context.database.snapshot() as connection:
        await visible(connection, case_id, actor)
        return await histories.of(connection, "case", case_id)
