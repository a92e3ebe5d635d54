"""A hazard on its way through the loop: what a phone reports, what a person does with it, what everyone reads."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from schemas.base import END, Request
from schemas.places import Position

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
CloseOutcome = Literal["approved", "refused"]
Level = Literal["general", "major"]
Source = Literal["inspection", "self_check", "resident", "transferred"]
InvalidReason = Literal["untrue", "not_found", "not_a_hazard", "other"]
ServiceMode = Literal["in_person", "left", "post", "electronic"]
SupervisingAuthority = Literal["district", "city", "province"]
Clock = Literal["notification", "service"]
Jurisdiction = Literal["named", "checkpoint", "premises", "area", "reporter"]
CheckpointToken = Literal["valid", "superseded", "revoked"]
Holder = Literal["desk", "owner", "reviewer", "approver", "street_office"]
SecondPerson = Annotated[Line, Meta(description="second person of the enterprise; a self-check needs one")]
Account = Annotated[str, Meta(max_length=64, pattern=_WRITTEN, description="an account")]
Yuan = Annotated[int, Meta(ge=0, le=10**12, description="whole yuan")]


class State(StrEnum):
    """Where a hazard is in the loop."""

    REPORTED = "reported"
    REGISTERED = "registered"
    ASSIGNED = "assigned"
    RECTIFYING = "rectifying"
    PENDING_REVIEW = "pending_review"
    PENDING_CLOSE = "pending_close"
    CLOSED = "closed"
    INVALID = "invalid"
    DUPLICATE = "duplicate"
    TRANSFERRED = "transferred"


class Action(StrEnum):
    """What a person can do with a hazard."""

    REGISTER = "register"
    INVALIDATE = "invalidate"
    MERGE = "merge"
    TRANSFER = "transfer"
    RECORD_TRANSFER_RECEIPT = "record_transfer_receipt"
    FIX_ON_THE_SPOT = "fix_on_the_spot"
    GRADE = "grade"
    ASSIGN = "assign"
    ACCEPT = "accept"
    HAND_BACK = "hand_back"
    SUBMIT = "submit"
    FILE_FIX = "file_fix"
    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    APPROVE_CLOSE = "approve_close"
    REFUSE_CLOSE = "refuse_close"
    REOPEN = "reopen"
    REQUEST_EXTENSION = "request_extension"
    DECIDE_EXTENSION = "decide_extension"
    SUPERVISE = "supervise"
    URGE = "urge"
    RECORD_SERVICE = "record_service"
    RECORD_REFUSAL = "record_refusal"
    SHELVE = "shelve"


class PhotoReference(Request, kw_only=True, frozen=True):
    """A photo named by id and content; its bytes may arrive before or after."""

    id: UUID
    sha256: Sha256Hex
    taken_at: Instant | None = None


Photos = Annotated[list[PhotoReference], Meta(min_length=1, max_length=20)]


class AttachmentReference(Request, kw_only=True, frozen=True):
    """A paper named by id and content; its bytes may arrive before or after."""

    id: UUID
    sha256: Sha256Hex


class Represented(Request, kw_only=True, frozen=True):
    """Somebody without a phone, for whom it is filed (代录). Who informs stays sealed: Work Safety Law, 73 to 76."""

    name: Line
    contact: Line | None = None


class SpotFix(Request, kw_only=True, frozen=True):
    """What was put right while the inspector stood there: fixed on the spot and recorded (Order 61, 31)."""

    measures: Paragraph
    photos: Photos
    checked_by: SecondPerson | None = None


class HazardReport(Request, kw_only=True, frozen=True):
    """One thing wrong at one place. Repeating it under the same id is safe; the device's clock is kept, not trusted."""

    category: Annotated[str, Meta(pattern="^[A-Z][0-9]{2}" + END, description="a code of GET /api/v1/categories")]
    description: Paragraph
    place: Line
    captured_at: Instant
    device_time: Instant
    photos: Photos
    organization: OrganizationCode | None = None
    premises: Line | None = None
    building: Line | None = None
    floor: Annotated[str, Meta(max_length=20, pattern=_WRITTEN)] | None = None
    position: Position | None = None
    offline: bool = False
    second_inspector: Account | None = None
    source: Source = "inspection"
    visit_id: UUID | None = None
    premises_id: UUID | None = None
    checkpoint: Annotated[str, Meta(max_length=200, pattern=_WRITTEN, description="token of its QR code")] | None = None
    on_behalf_of: Represented | None = None
    fixed_on_the_spot: SpotFix | None = None
    external_case_no: Line | None = None
    grid_code: Line | None = None
    external_codes: (
        Annotated[
            dict[Annotated[str, Meta(pattern="^[a-z0-9_]{1,32}" + END)], Line],
            Meta(max_length=20, description="codes of other systems, by system"),
        ]
        | None
    ) = None
