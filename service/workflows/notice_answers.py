"""What a person is shown of a notice: an owner no more of a hazard than is still theirs."""

from datetime import datetime

from schemas.hazard_answers import Named
from schemas.notices import NoticeAnswer, NoticeHazard, NoticeSummary, OfferedNoticeAction, SigningOfficer
from service.database import Connection
from service.domain import notices as rules
from service.domain.hazards import overdue
from service.domain.notices import Notice
from service.domain.permissions import Actor
from service.i18n import Language, translate
from service.repositories import categories, notices, organizations, people
from service.repositories.notices import HazardLine, NoticeLine
from service.workflows import attachments


async def full(connection: Connection, notice: Notice, actor: Actor, now: datetime, language: Language) -> NoticeAnswer:
    """A notice as this person sees it, with what they may do with it now."""
    organization = await organizations.by_id(connection, notice.organization_id)
    assert organization is not None
    officers = {officer.account_id for officer in notice.officers}
    named = await people.by_id(connection, {notice.owner_id, notice.issued_by, *officers})
    return NoticeAnswer(
        id=notice.id,
        number=notice.number,
        kind=notice.kind,
        kind_label=translate(f"notices.kind.{notice.kind}", language),
        version=notice.version,
        organization=Named(code=organization.code, name=organization.name),
        owner=named[notice.owner_id],
        issued_at=notice.issued_at,
        issued_by=named[notice.issued_by],
        officers=[
            SigningOfficer(officer=named[officer.account_id], certificate=officer.certificate)
            for officer in notice.officers
        ],
        due_at=notice.due_at,
        due_reason=notice.due_reason,
        requirements=notice.requirements,
        read_at=notice.read_at,
        served_at=None if notice.service is None else notice.service.served_at,
        service=notice.service,
        refused_at=None if notice.refusal is None else notice.refusal.refused_at,
        refusal=notice.refusal,
        hazard_count=len(notice.hazards),
        hazards=await _hazards(connection, notice, actor, now, language),
        attachments=await attachments.named(connection, subject="notice", subject_id=notice.id),
        actions=[
            OfferedNoticeAction(action=action, label=translate(f"notices.action.{action}", language))
            for action in rules.offered(notice, actor)
        ],
    )


def summary(line: NoticeLine, language: Language) -> NoticeSummary:
    """A notice in a list."""
    return NoticeSummary(
        id=line.id,
        number=line.number,
        kind=line.kind,
        kind_label=translate(f"notices.kind.{line.kind}", language),
        version=line.version,
        organization=line.organization,
        owner=line.owner,
        issued_at=line.issued_at,
        due_at=line.due_at,
        read_at=line.read_at,
        served_at=None if line.service is None else line.service.served_at,
        refused_at=None if line.refusal is None else line.refusal.refused_at,
        hazard_count=line.hazard_count,
    )


async def _hazards(
    connection: Connection, notice: Notice, actor: Actor, now: datetime, language: Language
) -> list[NoticeHazard]:
    sees_all = rules.reads_all(notice, actor)
    shown = []
    for line in await notices.hazards_of(connection, notice.id):
        category = await categories.by_edition(connection, line.category, line.category_edition)
        assert category is not None
        name = category.name_en if language == "en" else category.name_zh
        shown.append(_hazard(line, Named(code=line.category, name=name), sees_all or line.current, now, language))
    return shown


def _hazard(line: HazardLine, category: Named, is_shown: bool, now: datetime, language: Language) -> NoticeHazard:
    due_at = line.due_at if is_shown and line.current else None
    return NoticeHazard(
        id=line.id,
        number=line.number,
        category=category,
        place=line.place,
        current=line.current,
        state=line.state if is_shown else None,
        state_label=translate(f"hazards.state.{line.state}", language) if is_shown else None,
        due_at=due_at,
        overdue=overdue(line.state, due_at, now),
    )
