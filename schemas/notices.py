"""A notice: the paper that tells one owner what to put right, and what became of the paper."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, field

from schemas.attachments import NamedAttachment
from schemas.base import Answer, Request
from schemas.hazard_actions import ActionBody, Attachments
from schemas.hazard_answers import Named, Person, RefusalRecord, ServiceRecord
from schemas.hazards import Account, Instant, Paragraph, State
from schemas.visits import Certificate

NoticeKind = Literal["order", "information"]


class NoticeAction(StrEnum):
    """What a person can do with a notice."""

    ACKNOWLEDGE = "acknowledge"
    RECORD_SERVICE = "record_service"
    RECORD_REFUSAL = "record_refusal"


class NoticeOfficer(Request, kw_only=True, frozen=True):
    """An officer who signs the notice."""

    account: Account
    certificate: Certificate | None = None


class NoticeIssue(Request, kw_only=True, frozen=True):
    """One notice to one owner about one or several registered hazards of one organization.

    An `order` (责令限期整改通知书) needs two officers with a certificate number each, and the owner's time runs from
    its service. Without them the paper is an `information` sheet (隐患告知单), and the time runs from its issue.
    Without `due_at` each hazard is due by the catalogue's days.
    """

    kind: NoticeKind
    owner: Annotated[Account, Meta(description="the rectification owner's account")]
    hazards: Annotated[list[UUID], Meta(min_length=1, max_length=50)]
    officers: Annotated[list[NoticeOfficer], Meta(max_length=5)] = field(default_factory=list)
    due_at: Instant | None = None
    due_reason: Annotated[Paragraph, Meta(description="required where the calendar of the year is unknown")] | None = (
        None
    )
    requirements: Annotated[Paragraph, Meta(description="what is asked for, in words")] | None = None
    attachments: Attachments = field(default_factory=list)


class Acknowledge(ActionBody, kw_only=True, frozen=True):
    """The owner has opened the notice (已阅). That is on record apart and is no service."""


class SigningOfficer(Answer, kw_only=True, frozen=True):
    """An officer whose name stands under the notice."""

    officer: Person
    certificate: str | None


class NoticeHazard(Answer, kw_only=True, frozen=True):
    """A hazard that the notice lists.

    `current` while this notice binds its owner; once it was handed back, reopened or given to somebody else, an owner
    is told its number and place and no more.
    """

    id: UUID
    number: str
    category: Named
    place: str
    current: bool
    state: State | None
    state_label: str | None
    due_at: datetime | None
    overdue: bool


class OfferedNoticeAction(Answer, kw_only=True, frozen=True):
    """Something that the person asking may do with the notice now."""

    action: NoticeAction
    label: str


class NoticeSummary(Answer, kw_only=True, frozen=True):
    """A notice in a list."""

    id: UUID
    number: str
    kind: NoticeKind
    kind_label: str
    version: int
    organization: Named
    owner: Person
    issued_at: datetime
    due_at: datetime | None
    """The date that the desk set for all of it; null where each hazard has the catalogue's."""
    read_at: datetime | None
    served_at: datetime | None
    refused_at: datetime | None
    hazard_count: int


class NoticeAnswer(NoticeSummary, kw_only=True, frozen=True):
    """A notice in full. `version` is also its ETag."""

    issued_by: Person
    officers: list[SigningOfficer]
    due_reason: str | None
    requirements: str | None
    service: ServiceRecord | None
    refusal: RefusalRecord | None
    hazards: list[NoticeHazard]
    attachments: list[NamedAttachment]
    actions: list[OfferedNoticeAction]
