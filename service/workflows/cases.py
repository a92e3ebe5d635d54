"""Drafting a case, writing it, taking it through its reviews, and reading it."""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace

from schemas.base import Page
from schemas.cases import (
    Case,
    CaseAction,
    CaseActionRequest,
    CaseContent,
    CaseEvent,
    CaseRequest,
    CaseState,
    CaseSummary,
    CaseTexts,
)
from schemas.hazards import Category, State
from service.database import Connection
from service.domain import legal_basis, lifecycle, publication
from service.domain.hazards import CHINA_TIME, Hazard
from service.domain.identifiers import uuid7
from service.domain.permissions import Actor, Permission
from service.domain.text_masking import find_exposures
from service.i18n import Language, find, translate
from service.problems import Problem
from service.protocols import preconditions
from service.repositories import case_pictures, cases, categories, events, hazards, jobs, organizations, people
from service.repositories.cases import CaseRow
from service.workflows import case_answers, repeatable
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
        category = await categories.by_code(connection, hazard.finding.category)
        assert category is not None
        case = await _new_case(connection, hazard, category, actor, now)
        if not await cases.insert(connection, case):
            existing = await cases.page(
                connection, [hazard.organization_id], state=None, hazard_id=hazard.id, before=None, limit=1
            )
            raise Problem("case.exists", case_id=str(existing[0].id))
        texts = CaseTexts(title=category.name_zh, legal_basis=cite(category.basis, CHINESE))
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
        area_chinese=organization.name,
        area_english=find(f"cases.area.{organization.code}", ENGLISH),
        category_chinese=category.name_zh,
        category_english=category.name_en,
        drafter_id=actor.account_id,
        first_reviewer_id=None,
        second_reviewer_id=None,
        reason=None,
        created_at=now,
        published_at=None,
        retracted_at=None,
        demo=hazard.demo,
    )


def cite(keys: list[str], language: Language) -> str:
    """The legal basis in words, a clause a line. A key that is no clause is left out: the editor writes it."""
    lines = []
    for clause in filter(None, map(legal_basis.parse, keys)):
        words = translate(f"cases.law.{clause.law}.name", language)
        if clause.article is not None:
            chinese = language == CHINESE and clause.article.isdigit()
            article = legal_basis.numeral(int(clause.article)) if chinese else clause.article
            words += translate(f"cases.law.{clause.law}.article", language, article=article)
        if clause.part is not None:
            part = legal_basis.numeral(clause.part) if language == CHINESE else str(clause.part)
            words += translate(f"cases.law.{clause.law}.part", language, part=part)
        lines.append(words)
    return "\n".join(lines)


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
        case = await editable(connection, case_id, actor, if_match, version_required=True)
        refuse_exposures(content)
        case = replace(case, venue_type=content.venue_type)
        await cases.replace_texts(connection, case.id, CHINESE, content.chinese)
        await cases.replace_texts(connection, case.id, ENGLISH, content.english)
        body = msgspec.to_builtins(content)
        case = await changed_draft(connection, case, actor, "case.text_changed", now, body)
        return await case_answers.full(connection, case, actor, language)


def refuse_exposures(content: CaseContent) -> None:
    """422 `case.text_exposes` with field, characters from and to, and kind of everything that must not be public."""
    findings = [
        {"field": f"{name}.{field}", "start": finding.start, "end": finding.end, "kind": finding.kind.value}
        for name, texts in (("chinese", content.chinese), ("english", content.english))
        if texts is not None
        for field in texts.__struct_fields__
        for finding in find_exposures(getattr(texts, field))
    ]
    if findings:
        raise Problem("case.text_exposes", findings=findings)


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
    what the state forbids, 403 `case.separation_of_duties`, 422 or 409 for what is missing.
    """
    repeat = Repeatable.of(request.action_id, actor, f"case.{action}", case_id, request)
    async with context.database.transaction() as connection:
        if (earlier := await repeatable.answered(connection, repeat, conflict=ACTION_DIFFERS)) is not None:
            return earlier
        await cases.lock(connection, case_id)
        case = await visible(connection, case_id, actor)
        standing = await case_answers.standing_of(connection, case)
        publication.permit(standing, action, actor)
        check_version(case, if_match)
        row = publication.decide(standing, action, actor)
        if action in publication.REASON_REQUIRED and request.reason is None:
            raise Problem("case.reason_required", action=action.value)
        if action in (CaseAction.SUBMIT, CaseAction.PUBLISH):
            await _require_complete(connection, case)
        changed = _after(case, action, row.target, actor, request.reason, now)
        await cases.save(connection, changed)
        if action is CaseAction.RETRACT:
            for picture in await case_pictures.of_case(connection, case.id):
                await discard_later(connection, picture.name)
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
        case CaseAction.SEND_BACK:
            return replace(changed, first_reviewer_id=None, second_reviewer_id=None, reason=reason)
        case CaseAction.PUBLISH:
            return replace(changed, published_at=now)
        case CaseAction.RETRACT:
            return replace(changed, retracted_at=now, reason=reason)


async def _require_complete(connection: Connection, case: CaseRow) -> None:
    texts = await cases.texts(connection, case.id)
    content = CaseContent(venue_type=case.venue_type, chinese=texts[CHINESE], english=texts.get(ENGLISH))
    missing = [] if case.venue_type is not None else ["venue_type"]
    for name, written in (("chinese", content.chinese), ("english", content.english)):
        if written is not None:
            missing += [f"{name}.{field}" for field in written.__struct_fields__ if not getattr(written, field).strip()]
    if missing:
        raise Problem("case.incomplete", missing=missing)
    # Written under older rules perhaps: the rules of today decide what becomes public.
    refuse_exposures(content)
    not_ready = [
        {"number": picture.number, "state": picture.state}
        for picture in await case_pictures.of_case(connection, case.id)
        if picture.state != "ready"
    ]
    if not_ready:
        raise Problem("case.pictures_not_ready", pictures=not_ready)


async def read(context: Context, actor: Actor, case_id: UUID, *, language: Language) -> Case:
    """One case; 404 `case.not_found` for who may not see it."""
    async with context.database.connection() as connection:
        case = await visible(connection, case_id, actor)
        return await case_answers.full(connection, case, actor, language)


async def page(
    context: Context,
    actor: Actor,
    *,
    state: CaseState | None,
    hazard_id: UUID | None,
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
        )
    items = [case_answers.summary(line, language) for line in lines[:limit]]
    return Page(items=items, next_cursor=str(items[-1].id) if len(lines) > limit else None)


async def history(context: Context, actor: Actor, case_id: UUID) -> Page[CaseEvent]:
    """Everything that happened to a case, oldest first: who wrote, masked, reviewed, published."""
    async with context.database.connection() as connection:
        await visible(connection, case_id, actor)
        recorded = await events.of(connection, "case", case_id)
        named = await people.by_id(connection, {event.actor_id for event in recorded if event.actor_id is not None})
    return Page(
        items=[
            CaseEvent(
                kind=event.kind,
                at=event.at,
                actor=None if event.actor_id is None else named[event.actor_id],
                body=event.body,
            )
            for event in recorded
        ]
    )


async def visible(connection: Connection, case_id: UUID, actor: Actor) -> CaseRow:
    """The case, for who holds case:read where its hazard was; 404 `case.not_found` for everybody else."""
    case = await cases.by_id(connection, case_id)
    if case is None or not actor.may(Permission.CASE_READ, case.organization_id):
        raise Problem("case.not_found")
    return case


async def editable(
    connection: Connection, case_id: UUID, actor: Actor, if_match: str | None, *, version_required: bool
) -> CaseRow:
    """The case, locked, when the person may change it now: 404, 403, 428 and 412, 409 `case.not_a_draft`."""
    await cases.lock(connection, case_id)
    case = await visible(connection, case_id, actor)
    if not actor.may(Permission.CASE_DRAFT, case.organization_id):
        raise Problem("permission.denied")
    if version_required or if_match is not None:
        check_version(case, if_match)
    if case.state is not CaseState.DRAFT:
        raise Problem("case.not_a_draft", state=case.state.value)
    return case


def check_version(case: CaseRow, if_match: str | None) -> None:
    """428 without If-Match, 412 when it names another version than the one that is."""
    current = {"ETag": preconditions.quoted(str(case.version))}
    if not preconditions.parse(if_match):
        raise Problem("case.version_required", headers=current)
    if not preconditions.strongly_matches(if_match, str(case.version)):
        raise Problem("case.version_stale", headers=current, version=case.version)


async def changed_draft(
    connection: Connection, case: CaseRow, actor: Actor, kind: str, now: datetime, body: dict[str, object]
) -> CaseRow:
    """Counts a change of a draft, remembers who made it, and records it."""
    changed = replace(case, version=case.version + 1)
    await cases.save(connection, changed)
    await cases.add_writer(connection, case.id, actor.account_id)
    await append_event(connection, changed, kind, actor, now, body)
    return changed


async def append_event(
    connection: Connection, case: CaseRow, kind: str, actor: Actor, now: datetime, body: dict[str, object]
) -> None:
    """Records what happened to the case."""
    await events.append(
        connection,
        subject="case",
        subject_id=case.id,
        kind=kind,
        at=now,
        actor_id=actor.account_id,
        body=body,
        demo=case.demo,
    )


async def discard_later(connection: Connection, name: str) -> None:
    """Has a picture that nothing shows any more removed from the store."""
    await jobs.enqueue(connection, "case.discard_picture", {"name": name}, dedupe_key=f"case.discard_picture:{name}")
