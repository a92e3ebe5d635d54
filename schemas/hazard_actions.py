"""What each action on a hazard carries."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, field

from schemas.base import Request
from schemas.hazards import (
    Account,
    AttachmentReference,
    HandBackReason,
    Instant,
    InvalidReason,
    Level,
    Line,
    Paragraph,
    PhotoReference,
    Photos,
    ReviewMode,
    SecondPerson,
    ServiceMode,
    SupervisingAuthority,
    Yuan,
)

Attachments = Annotated[list[AttachmentReference], Meta(max_length=20)]


class ActionBody(Request, kw_only=True, frozen=True):
    """What every action carries: an id made by the client, under which a repeat gets the first answer again."""

    action_id: UUID


class Register(ActionBody, kw_only=True, frozen=True):
    """The desk takes the report in. What a resident reported is verified first: what was seen on the spot."""

    verification: Paragraph | None = None


class Invalidate(ActionBody, kw_only=True, frozen=True):
    """The desk finds that there is nothing to fix; the record stays."""

    reason: InvalidReason
    remarks: Paragraph


class Merge(ActionBody, kw_only=True, frozen=True):
    """The desk finds that another report tells of the same thing; its photos and reporter stay attached."""

    original_id: UUID
    remarks: Paragraph | None = None


class Transfer(ActionBody, kw_only=True, frozen=True):
    """The matter belongs to another authority and goes there by letter (Work Safety Law, 69)."""

    receiving_body: Line
    document_number: Line
    matter: Paragraph


class RecordTransferReceipt(ActionBody, kw_only=True, frozen=True):
    """The other authority has confirmed that it has the letter, or told what it did."""

    received_at: Instant
    receipt_number: Line | None = None
    remarks: Paragraph | None = None
    attachments: Attachments = field(default_factory=list)


class FixOnTheSpot(ActionBody, kw_only=True, frozen=True):
    """The reporter puts it right while still there: found and fixed in one visit."""

    measures: Paragraph
    photos: Photos
    checked_by: SecondPerson | None = None


class Arrangements(Request, kw_only=True, frozen=True):
    """The five things that are fixed before a major hazard is (五落实)."""

    measure: Paragraph
    person: Line
    funds_yuan: Yuan
    time_limit: Instant
    emergency_plan: Paragraph


class Grade(ActionBody, kw_only=True, frozen=True):
    """A person decides how grave it is. A major hazard's five arrangements come with it or with a later grading."""

    level: Level
    reason: Paragraph
    arrangements: Arrangements | None = None


class Assign(ActionBody, kw_only=True, frozen=True):
    """The desk names who must fix it. Without `due_at` the catalogue's days count from the owner's clock."""

    owner: Annotated[Account, Meta(description="the rectification owner's account")]
    due_at: Instant | None = None
    due_reason: Annotated[Paragraph, Meta(description="required where the calendar of the year is unknown")] | None = (
        None
    )
    notice: Paragraph | None = None


class Accept(ActionBody, kw_only=True, frozen=True):
    """The owner begins."""


class HandBack(ActionBody, kw_only=True, frozen=True):
    """The owner says that this is not theirs to fix."""

    reason: HandBackReason
    remarks: Paragraph | None = None


class Submit(ActionBody, kw_only=True, frozen=True):
    """The owner files the fix: what was done, what it cost and photos that show it."""

    measures: Paragraph
    photos: Photos
    cost_yuan: Yuan | None = None


class FileFix(ActionBody, kw_only=True, frozen=True):
    """Desk or inspector file the fix for an owner without a phone (代交). It claims no proof: the review is on site."""

    represented: Annotated[Line, Meta(description="name of the person for whom it is filed")]
    measures: Paragraph
    photos: Annotated[list[PhotoReference], Meta(max_length=20)] = field(default_factory=list)
    cost_yuan: Yuan | None = None


class Pass(ActionBody, kw_only=True, frozen=True):
    """The reviewer finds it fixed. A major hazard then waits for the approver."""

    mode: ReviewMode
    remarks: Paragraph | None = None


class Fail(ActionBody, kw_only=True, frozen=True):
    """The reviewer finds it not fixed and says why."""

    mode: ReviewMode
    reason: Paragraph


class ApproveClose(ActionBody, kw_only=True, frozen=True):
    """The approver, who is not the reviewer, strikes a major hazard off."""

    remarks: Paragraph | None = None


class RefuseClose(ActionBody, kw_only=True, frozen=True):
    """The approver does not strike it off and says why: the owner works on."""

    reason: Paragraph


class Reopen(ActionBody, kw_only=True, frozen=True):
    """The desk opens a closed hazard again: it has come back."""

    reason: Paragraph


class RequestExtension(ActionBody, kw_only=True, frozen=True):
    """The owner asks for more time."""

    until: Instant
    reason: Paragraph


class DecideExtension(ActionBody, kw_only=True, frozen=True):
    """The desk grants what was asked for, or until another date, or refuses. The original deadline stays on record."""

    granted: bool
    until: Instant | None = None
    remarks: Paragraph | None = None


class Supervise(ActionBody, kw_only=True, frozen=True):
    """An authority puts the hazard under its supervision (挂牌督办), with a clock of its own of at most a year."""

    authority: SupervisingAuthority
    document_number: Line
    limit_at: Instant
    reason: Paragraph


class Urge(ActionBody, kw_only=True, frozen=True):
    """Whoever holds it is reminded (催一下)."""

    remarks: Paragraph | None = None


class RecordService(ActionBody, kw_only=True, frozen=True):
    """The notice was served. Electronic service needs the signed confirmation (确认书) among the attachments."""

    mode: ServiceMode
    served_at: Instant
    receiver: Line | None = None
    attachments: Attachments = field(default_factory=list)
    due_at: Annotated[Instant, Meta(description="only where the calendar of the year is unknown")] | None = None
    due_reason: Paragraph | None = None


class RecordRefusal(ActionBody, kw_only=True, frozen=True):
    """The owner refused to sign, which is recorded (Work Safety Law, 68)."""

    refused_at: Instant
    witnesses: Annotated[list[Line], Meta(min_length=1, max_length=5)]
    remarks: Paragraph | None = None
    attachments: Attachments = field(default_factory=list)


class Shelve(ActionBody, kw_only=True, frozen=True):
    """It cannot be fixed for now (挂账): listed apart, with interim safeguards, and still counted in every rate."""

    reason: Paragraph
    safeguards: Paragraph
    until: Instant | None = None
