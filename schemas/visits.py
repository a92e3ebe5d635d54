"""A visit: somebody looked at a place, found nothing or found hazards, and wrote that down."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, field

from schemas.attachments import NamedAttachment
from schemas.base import Answer, Request
from schemas.hazard_actions import Attachments
from schemas.hazard_answers import CheckpointScan, Named, Person
from schemas.hazards import Account, Instant, Jurisdiction, Line, OrganizationCode, Paragraph, State
from schemas.places import Position, Wgs84

VisitResult = Literal["clear", "hazards_found"]
Certificate = Annotated[Line, Meta(description="number of an officer's law-enforcement certificate")]


class VisitReport(Request, kw_only=True, frozen=True):
    """What an officer writes down of a visit. Repeating it under the same id is safe; it never needs a photo.

    A formal inspection takes two officers (Administrative Penalty Law, 42). Hazards name the visit by its id and may
    arrive before or after it.
    """

    result: VisitResult
    place: Line
    started_at: Instant
    ended_at: Instant
    device_time: Instant
    offline: bool = False
    organization: OrganizationCode | None = None
    premises_id: UUID | None = None
    checkpoint: Annotated[Line, Meta(description="token of the checkpoint's QR code")] | None = None
    position: Position | None = None
    second_officer: Account | None = None
    certificate: Certificate | None = None
    second_certificate: Certificate | None = None
    remarks: Paragraph | None = None
    attachments: Attachments = field(default_factory=list)


class VisitFlag(Answer, kw_only=True, frozen=True):
    """Something about a visit that whoever reads it should know. It never changes what was recorded.

    `one_officer`: a formal inspection takes two. `clear_with_hazards` and `hazards_missing`: result and hazards
    disagree, perhaps because some have not arrived yet. `times_reversed`: it ended before it began.
    """

    code: Literal[
        "checkpoint_token_revoked",
        "checkpoint_token_superseded",
        "clear_with_hazards",
        "device_clock_differs",
        "hazards_missing",
        "one_officer",
        "times_reversed",
    ]
    difference: float | None = None
    unit: Literal["minutes"] | None = None


class VisitHazard(Answer, kw_only=True, frozen=True):
    """A hazard that an officer of the visit reported with its id."""

    id: UUID
    number: str
    state: State
    state_label: str
    category: str
    description: str
    place: str


class VisitSummary(Answer, kw_only=True, frozen=True):
    """A visit in a list. `hazards_found` counts the hazards that have arrived."""

    id: UUID
    organization: Named
    result: VisitResult
    result_label: str
    place: str
    premises_id: UUID | None
    started_at: datetime
    ended_at: datetime
    received_at: datetime
    recorded_by: Person
    second_officer: Person | None
    hazards_found: int


class VisitAnswer(VisitSummary, kw_only=True, frozen=True):
    """A visit in full, with those of its hazards that the person asking may see."""

    jurisdiction: Jurisdiction
    checkpoint: CheckpointScan | None
    position: Wgs84 | None
    given_position: Position | None
    device_time: datetime
    offline: bool
    certificate: str | None
    second_certificate: str | None
    remarks: str | None
    hazards: list[VisitHazard]
    attachments: list[NamedAttachment]
    flags: list[VisitFlag]
