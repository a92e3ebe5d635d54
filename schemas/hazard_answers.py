"""What everyone reads of a hazard: in a list, in full, and as a history."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import field

from schemas.base import Answer
from schemas.hazards import (
    Action,
    CheckpointToken,
    Clock,
    CloseOutcome,
    HandBackReason,
    Holder,
    InvalidReason,
    Jurisdiction,
    Level,
    Outcome,
    PhotoRole,
    ReviewMode,
    ServiceMode,
    Source,
    State,
    SupervisingAuthority,
)
from schemas.places import Position, Wgs84


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
    represented: str | None
    """For whom it was filed; then it claims no proof."""
    cost_yuan: int | None
    close_outcome: CloseOutcome | None
    close_remarks: str | None
    close_decided_at: datetime | None
    close_decided_by: Person | None


class ExtensionAnswer(Answer, kw_only=True, frozen=True):
    """More time, asked for and decided."""

    requested_at: datetime
    requested_by: Person
    until: datetime
    reason: str
    granted: bool | None
    granted_until: datetime | None
    remarks: str | None
    decided_at: datetime | None
    decided_by: Person | None


class ServiceRecord(Answer, kw_only=True, frozen=True):
    """How and when the notice reached the owner."""

    mode: ServiceMode
    served_at: datetime
    receiver: str | None
    attachments: list[UUID]


class RefusalRecord(Answer, kw_only=True, frozen=True):
    """That the owner refused to sign, and who saw it."""

    refused_at: datetime
    witnesses: list[str]
    remarks: str | None
    attachments: list[UUID]


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
    level: Level
    clock: Clock | None
    clock_started_at: datetime | None
    original_due_at: datetime | None
    catalogue_due_at: datetime | None
    due_reason: str | None
    notice_id: UUID | None
    service: ServiceRecord | None
    refusal: RefusalRecord | None
    urged: int
    fixed_on_the_spot: bool
    hand_back_reason: HandBackReason | None
    attempts: list[AttemptAnswer]
    extensions: list[ExtensionAnswer]


class Flag(Answer, kw_only=True, frozen=True):
    """A disagreement that a reviewer should know of. It never changes what was recorded."""

    code: Literal[
        "checkpoint_far_away",
        "checkpoint_token_revoked",
        "checkpoint_token_superseded",
        "deadline_beyond_catalogue",
        "device_clock_differs",
        "fix_photos_not_arrived",
        "photo_position_differs",
        "photo_time_differs",
        "review_due_unknown",
    ]
    difference: float | None = None
    unit: Literal["meters", "minutes"] | None = None
    photo_id: UUID | None = None


class OfferedAction(Answer, kw_only=True, frozen=True):
    """Something that the person asking may do with the hazard now."""

    action: Action
    label: str


class ArrangementsRecord(Answer, kw_only=True, frozen=True):
    """The five things that are fixed before a major hazard is (五落实), and when they were."""

    at: datetime
    measure: str
    person: str
    funds_yuan: int
    time_limit: datetime
    emergency_plan: str


class SupervisionRecord(Answer, kw_only=True, frozen=True):
    """Supervision by an authority; until when it is filed and more time asked for, null where no calendar tells."""

    at: datetime
    authority: SupervisingAuthority
    document_number: str
    reason: str
    limit_at: datetime
    filing_due_at: datetime | None
    extension_due_at: datetime | None


class ShelvingRecord(Answer, kw_only=True, frozen=True):
    """Why it cannot be fixed for now and what keeps people safe meanwhile."""

    at: datetime
    reason: str
    safeguards: str
    until: datetime | None


class TransferReceipt(Answer, kw_only=True, frozen=True):
    """What the other authority answered."""

    received_at: datetime
    receipt_number: str | None
    remarks: str | None
    attachments: list[UUID]


class EndingRecord(Answer, kw_only=True, frozen=True):
    """How a hazard ended that was never fixed here: untrue, merged into another, or sent to another authority."""

    at: datetime
    reason: InvalidReason | None = None
    remarks: str | None = None
    receiving_body: str | None = None
    document_number: str | None = None
    matter: str | None = None
    receipts: list[TransferReceipt] = field(default_factory=list)


class CheckpointScan(Answer, kw_only=True, frozen=True):
    """The checkpoint whose code was scanned, and how good the code was."""

    id: UUID
    token: CheckpointToken


class RelatedHazard(Answer, kw_only=True, frozen=True):
    """Another hazard, by id and number."""

    id: UUID
    number: str


class Duplicate(Answer, kw_only=True, frozen=True):
    """A report of the same thing that was merged into this one, with what it brought."""

    id: UUID
    number: str
    received_at: datetime
    reported_by: Person | None
    description: str
    photos: list[HazardPhoto]


class HazardSummary(Answer, kw_only=True, frozen=True):
    """A hazard in a list."""

    id: UUID
    number: str
    state: State
    state_label: str
    version: int
    organization: Named
    category: Named
    level: Level
    source: Source
    priority: str
    description: str
    place: str
    position: Wgs84 | None
    received_at: datetime
    owner: Person | None
    due_at: datetime | None
    overdue: bool
    shelved: bool
    round: int
    attempt: int


class RepresentedPerson(Answer, kw_only=True, frozen=True):
    """Somebody for whom the report was filed."""

    name: str
    contact: str | None


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
    review_due_at: datetime | None
    holder: Holder | None
    """Who must act next; null when nobody must."""
    jurisdiction: Jurisdiction
    proposed_owner: Person | None
    premises_id: UUID | None
    checkpoint: CheckpointScan | None
    visit_id: UUID | None
    on_behalf_of: RepresentedPerson | None
    """Sealed: null for everybody but the desk."""
    external_case_no: str | None
    grid_code: str | None
    external_codes: dict[str, str] | None
    original: RelatedHazard | None
    duplicates: list[Duplicate]
    arrangements: ArrangementsRecord | None
    supervision: SupervisionRecord | None
    shelving: ShelvingRecord | None
    ending: EndingRecord | None
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
