"""A notice and what may happen to it: a small table beside the hazards' own.

Serving a notice, or recording a refusal to sign, happens to every hazard that it still binds; the paper keeps what
happened to the paper. A notice is never withdrawn: an owner to whom it should not have gone hands its hazards back, and
another notice is issued.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from schemas.hazard_actions import ActionBody, RecordRefusal, RecordService
from schemas.hazard_answers import RefusalRecord, ServiceRecord
from schemas.hazards import Action, Clock
from schemas.notices import Acknowledge, NoticeAction, NoticeIssue, NoticeKind
from service.domain.hazards import CLOCK_TOLERANCE, EARLIEST, LATEST, OWNED, Hazard, NoticeTerms
from service.domain.permissions import Actor, Permission
from service.problems import Problem

CERTIFICATES_OF_AN_ORDER: Final = 2

CLOCKS: Final[dict[NoticeKind, Clock]] = {"order": "service", "information": "notification"}
"""What the owner's time runs from."""


@dataclass(frozen=True, slots=True)
class Officer:
    """Who signs, with which certificate."""

    account_id: UUID
    certificate: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A hazard on a notice, in the round that it was then in."""

    hazard_id: UUID
    round: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice in full. Times are in UTC."""

    id: UUID
    number: str
    organization_id: UUID
    owner_id: UUID
    kind: NoticeKind
    version: int
    issued_at: datetime
    issued_by: UUID
    due_at: datetime | None
    due_reason: str | None
    requirements: str | None
    officers: tuple[Officer, ...]
    hazards: tuple[Listed, ...]
    read_at: datetime | None
    service: ServiceRecord | None
    refusal: RefusalRecord | None
    demo: bool


@dataclass(frozen=True, slots=True)
class NoticeRule:
    """One row of the table."""

    action: NoticeAction
    permission: Permission
    only_owner: bool
    body: type[ActionBody]
    event: str
    is_done: Callable[[Notice], bool]
    """Each is recorded once."""
    change: Callable[[Notice, Any, datetime], Notice]
    applies: Action | None
    """What is done to each hazard that the notice still binds."""


def _acknowledged(notice: Notice, _body: Acknowledge, now: datetime) -> Notice:
    return replace(notice, read_at=now)


def _served(notice: Notice, body: RecordService, _now: datetime) -> Notice:
    record = ServiceRecord(
        mode=body.mode,
        served_at=body.served_at.astimezone(UTC),
        receiver=body.receiver,
        attachments=[reference.id for reference in body.attachments],
    )
    return replace(notice, service=record)


def _refused(notice: Notice, body: RecordRefusal, _now: datetime) -> Notice:
    record = RefusalRecord(
        refused_at=body.refused_at.astimezone(UTC),
        witnesses=body.witnesses,
        remarks=body.remarks,
        attachments=[reference.id for reference in body.attachments],
    )
    return replace(notice, refusal=record)


RULES: Final[dict[NoticeAction, NoticeRule]] = {
    row.action: row
    for row in (
        NoticeRule(
            NoticeAction.ACKNOWLEDGE, Permission.HAZARD_RECTIFY, True, Acknowledge, "notice.acknowledged",
            lambda notice: notice.read_at is not None, _acknowledged, None,
        ),
        NoticeRule(
            NoticeAction.RECORD_SERVICE, Permission.HAZARD_SERVE, False, RecordService, "notice.service_recorded",
            lambda notice: notice.service is not None, _served, Action.RECORD_SERVICE,
        ),
        NoticeRule(
            NoticeAction.RECORD_REFUSAL, Permission.HAZARD_SERVE, False, RecordRefusal, "notice.refusal_recorded",
            lambda notice: notice.refusal is not None, _refused, Action.RECORD_REFUSAL,
        ),
    )
}  # fmt: skip


def check_issue(issue: NoticeIssue) -> None:
    """What the fields of a notice must satisfy together. Raises Problem (422)."""
    if len(set(issue.hazards)) < len(issue.hazards):
        raise Problem("notice.hazard_listed_twice")
    accounts = [officer.account for officer in issue.officers]
    # One number written in two ways is one number.
    certificates = [
        unicodedata.normalize("NFKC", officer.certificate).casefold().strip()
        for officer in issue.officers
        if officer.certificate is not None
    ]
    if len(set(accounts)) < len(accounts) or len(set(certificates)) < len(certificates):
        raise Problem("notice.officers_equal")
    if issue.due_at is not None and not EARLIEST <= issue.due_at < LATEST:
        raise Problem("hazard.time_out_of_range", field="due_at")
    if issue.kind == "order" and len(certificates) < CERTIFICATES_OF_AN_ORDER:
        raise Problem("notice.certificates_required", certificates=len(certificates))


def check_action(body: ActionBody, now: datetime) -> None:
    """What an action must satisfy even where the notice binds no hazard any more. Raises Problem (422)."""
    match body:
        case RecordService():
            _check_past(now, served_at=body.served_at)
            if body.mode == "electronic" and not body.attachments:
                raise Problem("hazard.confirmation_required")
        case RecordRefusal():
            _check_past(now, refused_at=body.refused_at)


def _check_past(now: datetime, **instants: datetime) -> None:
    for field, instant in instants.items():
        if not EARLIEST <= instant < LATEST:
            raise Problem("hazard.time_out_of_range", field=field)
        if instant > now + CLOCK_TOLERANCE:
            raise Problem("hazard.time_in_future", field=field)


def number_for(organization_code: str, year: int, serial: int) -> str:
    """`TZ-140302-2026-000012`: 通知, of a series of its own."""
    return f"{series_of(organization_code)}-{year:04d}-{serial:06d}"


def series_of(organization_code: str) -> str:
    """The key of an organization's series of notice numbers."""
    return f"TZ-{organization_code}"


def terms_of(notice: Notice) -> NoticeTerms:
    """What assigning its hazards needs to know of the notice."""
    return NoticeTerms(id=notice.id, clock=CLOCKS[notice.kind])


def binds(notice: Notice, listed: Listed, hazard: Hazard) -> bool:
    """Whether this owner still has this hazard to fix because of this notice."""
    current = hazard.round
    return hazard.state in OWNED and (current.number, current.notice_id, current.owner_id) == (
        listed.round,
        notice.id,
        notice.owner_id,
    )


def may_see(notice: Notice, actor: Actor) -> bool:
    """Whether the notice exists for this person: the owner to whom it went, or by reading rights."""
    return notice.owner_id == actor.account_id or reads_all(notice, actor)


def reads_all(notice: Notice, actor: Actor) -> bool:
    """Whether they see what became of its hazards even where they are no longer this owner's."""
    return actor.may(Permission.NOTICE_READ, notice.organization_id)


def permit(notice: Notice, action: NoticeAction, actor: Actor) -> None:
    """Raises Problem (403) when this person may never take this action on this notice."""
    row = RULES[action]
    if not actor.may(row.permission, notice.organization_id):
        raise Problem("permission.denied")
    if row.only_owner and notice.owner_id != actor.account_id:
        raise Problem("notice.not_the_owner")


def permit_now(notice: Notice, action: NoticeAction, actor: Actor) -> None:
    """Like `permit`, and 409 for what is on record already."""
    permit(notice, action, actor)
    if RULES[action].is_done(notice):
        raise Problem("notice.recorded_already", action=action.value)


def offered(notice: Notice, actor: Actor) -> list[NoticeAction]:
    """The actions that this person may take now, in the table's order."""
    return [action for action in RULES if _may_take(notice, action, actor)]


def changed(notice: Notice, action: NoticeAction, body: ActionBody, now: datetime) -> Notice:
    """The notice after the action."""
    return replace(RULES[action].change(notice, body, now), version=notice.version + 1)


def issued_body(notice: Notice, issue: NoticeIssue) -> dict[str, Any]:
    """What the log keeps of the issue: as it was asked for, and what was decided."""
    content: dict[str, Any] = msgspec.to_builtins(issue)
    return content | {
        "number": notice.number,
        "organization_id": str(notice.organization_id),
        "owner_id": str(notice.owner_id),
        "officer_ids": [str(officer.account_id) for officer in notice.officers],
        "rounds": [listed.round for listed in notice.hazards],
    }


def event_body(body: ActionBody, applied: list[UUID]) -> dict[str, Any]:
    """What the log keeps of an action: its body and the hazards to which it happened."""
    content: dict[str, Any] = msgspec.to_builtins(body)
    return content | {"hazards": [str(hazard_id) for hazard_id in applied]}


def _may_take(notice: Notice, action: NoticeAction, actor: Actor) -> bool:
    try:
        permit_now(notice, action, actor)
    except Problem:
        return False
    return True
