"""A hazard on its way through the loop: what a phone reports, what a person does with it, what everyone reads."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta

from schemas.base import END, Answer, Request
from schemas.places import Position, Wgs84

# PostgreSQL's text holds no NUL, and a sentence of blanks says nothing.
_WRITTEN = r"^\s*[^\s\u0000][^\u0000]*" + END
Line = Annotated[str, Meta(max_length=200, pattern=_WRITTEN)]
Paragraph = Annotated[str, Meta(max_length=2000, pattern=_WRITTEN)]
Instant = Annotated[datetime, Meta(tz=True, description="RFC 3339 with an offset")]
Sha256Hex = Annotated[str, Meta(pattern="^[0-9a-fA-F]{64}" + END, description="SHA-256 of the photo's bytes")]
OrganizationCode = Annotated[str, Meta(pattern="^[A-Za-z0-9-]{1,32}" + END, description="an organization's code")]
ReviewMode = Literal["on_site", "by_picture"]
HandBackReason = Literal["not_mine", "responsibility_unclear", "no_funds", "owners_vote_needed", "other"]
PhotoRole = Literal["before", "after"]
Outcome = Literal["passed", "failed"]


class State(StrEnum):
    """Where a hazard is in the loop."""

    REPORTED = "reported"
    REGISTERED = "registered"
    ASSIGNED = "assigned"
    RECTIFYING = "rectifying"
    PENDING_REVIEW = "pending_review"
    CLOSED = "closed"


class Action(StrEnum):
    """What a person can do with a hazard."""

    REGISTER = "register"
    ASSIGN = "assign"
    ACCEPT = "accept"
    HAND_BACK = "hand_back"
    SUBMIT = "submit"
    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    REOPEN = "reopen"


class PhotoReference(Request, kw_only=True, frozen=True):
    """A photo named by id and content; its bytes may arrive before or after."""

    id: UUID
    sha256: Sha256Hex
    taken_at: Instant | None = None


class HazardReport(Request, kw_only=True, frozen=True):
    """One thing wrong at one place. Repeating it under the same id is safe; the device's clock is kept, not trusted."""

    category: Annotated[str, Meta(pattern="^[A-Z][0-9]{2}" + END, description="a code of GET /api/v1/categories")]
    description: Paragraph
    place: Line
    captured_at: Instant
    device_time: Instant
    photos: Annotated[list[PhotoReference], Meta(min_length=1, max_length=20)]
    organization: OrganizationCode | None = None
    premises: Line | None = None
    building: Line | None = None
    floor: Annotated[str, Meta(max_length=20, pattern=_WRITTEN)] | None = None
    position: Position | None = None
    offline: bool = False
    second_inspector: Annotated[str, Meta(max_length=64, pattern=_WRITTEN, description="an account")] | None = None


class ActionBody(Request, kw_only=True, frozen=True):
    """What every action carries: an id made by the client, under which a repeat gets the first answer again."""

    action_id: UUID


class Register(ActionBody, kw_only=True, frozen=True):
    """The desk takes the report in."""


class Assign(ActionBody, kw_only=True, frozen=True):
    """The desk names who must fix it and by when."""

    owner: Annotated[str, Meta(max_length=64, pattern=_WRITTEN, description="the rectification owner's account")]
    due_at: Instant
    notice: Paragraph | None = None


class Accept(ActionBody, kw_only=True, frozen=True):
    """The owner begins."""


class HandBack(ActionBody, kw_only=True, frozen=True):
    """The owner says that this is not theirs to fix."""

    reason: HandBackReason
    remarks: Paragraph | None = None


class Submit(ActionBody, kw_only=True, frozen=True):
    """The owner files the fix: what was done and photos that show it."""

    measures: Paragraph
    photos: Annotated[list[PhotoReference], Meta(min_length=1, max_length=20)]


class Pass(ActionBody, kw_only=True, frozen=True):
    """The reviewer finds it fixed."""

    mode: ReviewMode
    remarks: Paragraph | None = None


class Fail(ActionBody, kw_only=True, frozen=True):
    """The reviewer finds it not fixed and says why."""

    mode: ReviewMode
    reason: Paragraph


class Reopen(ActionBody, kw_only=True, frozen=True):
    """The desk opens a closed hazard again: it has come back."""

    reason: Paragraph


class Named(Answer, kw_only=True, frozen=True):
    """A thing of the catalogue or the tree, by its code and its name in the reader's language."""

    code: str
    name: str


class Person(Answer, kw_only=True, frozen=True):
    """Somebody who acts in the loop."""

    account: str
    name: str


class HazardPhoto(Answer, kw_only=True, frozen=True):
    """A photo that the hazard names; `arrived`, with addresses, once its bytes are here under the promised hash."""

    id: UUID
    sha256: str
    role: PhotoRole
    round: int
    attempt: int | None
    arrived: bool
    rendition_state: str | None
    original: str | None
    preview: str | None
    thumbnail: str | None


class AttemptAnswer(Answer, kw_only=True, frozen=True):
    """One filing of a fix and what the review said about it."""

    attempt: int
    submitted_at: datetime
    submitted_by: Person
    measures: str
    outcome: Outcome | None
    mode: ReviewMode | None
    remarks: str | None
    decided_at: datetime | None
    decided_by: Person | None


class RoundAnswer(Answer, kw_only=True, frozen=True):
    """One turn of the loop, from opening to closing."""

    round: int
    opened_at: datetime
    registered_at: datetime | None
    assigned_at: datetime | None
    owner: Person | None
    due_at: datetime | None
    notice: str | None
    accepted_at: datetime | None
    closed_at: datetime | None
    attempts: list[AttemptAnswer]


class Flag(Answer, kw_only=True, frozen=True):
    """A disagreement that a reviewer should know of. It never changes what was recorded."""

    code: Literal["device_clock_differs", "photo_position_differs", "photo_time_differs"]
    difference: float
    unit: Literal["meters", "minutes"]
    photo_id: UUID | None = None


class OfferedAction(Answer, kw_only=True, frozen=True):
    """Something that the person asking may do with the hazard now."""

    action: Action
    label: str


class HazardSummary(Answer, kw_only=True, frozen=True):
    """A hazard in a list."""

    id: UUID
    number: str
    state: State
    state_label: str
    version: int
    organization: Named
    category: Named
    priority: str
    description: str
    place: str
    position: Wgs84 | None
    received_at: datetime
    owner: Person | None
    due_at: datetime | None
    overdue: bool
    round: int
    attempt: int


class HazardAnswer(HazardSummary, kw_only=True, frozen=True):
    """A hazard with everything that the person asking may see. `version` is also its ETag."""

    premises: str | None
    building: str | None
    floor: str | None
    given_position: Position | None
    captured_at: datetime
    device_time: datetime
    offline: bool
    reported_by: Person
    second_inspector: Person | None
    closed_at: datetime | None
    photos: list[HazardPhoto]
    rounds: list[RoundAnswer]
    flags: list[Flag]
    actions: list[OfferedAction]


class HistoryLine(Answer, kw_only=True, frozen=True):
    """One thing that happened to a hazard or a case. `kind` is the subject and what was done: `hazard.registered`."""

    kind: str
    at: datetime
    actor: Person | None
    body: dict[str, Any]


class Category(Answer, kw_only=True, frozen=True):
    """A kind of hazard. `days` to fix: 0 is on the spot; 2, 3, 5 and 7 are working days. A person decides the level."""

    code: str
    name_zh: str
    name_en: str
    priority: str
    major_candidate: bool
    basis: list[str]
    days: int
