"""A hazard as the rules see it: what was found, the rounds it has lived and where it stands.

The event log is the record; the row that the database keeps is the fold of a hazard's events written down.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final
from uuid import UUID

import msgspec

from schemas.hazard_answers import (
    ArrangementsRecord,
    CheckpointScan,
    EndingRecord,
    RefusalRecord,
    ServiceRecord,
    ShelvingRecord,
    SupervisionRecord,
)
from schemas.hazards import (
    Clock,
    CloseOutcome,
    HandBackReason,
    Holder,
    Jurisdiction,
    Level,
    Outcome,
    PhotoReference,
    Represented,
    ReviewMode,
    Source,
    State,
)
from schemas.places import Position
from service.domain.geodesy import Coordinate

CHINA_TIME: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""No daylight saving since 1991, so a fixed offset serves; the year in a number is a year of this clock."""

CLOCK_TOLERANCE: Final = timedelta(minutes=5)
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""A phone without a clock says 1970 and is believed to have said so; what lies outside is not a time but a mistake."""

OPEN: Final = (
    State.REPORTED,
    State.REGISTERED,
    State.ASSIGNED,
    State.RECTIFYING,
    State.PENDING_REVIEW,
    State.PENDING_CLOSE,
)
"""Somebody still has something to do with it."""
OWED: Final = (State.ASSIGNED, State.RECTIFYING)
"""The owner's time runs."""
OWNED: Final = (*OWED, State.PENDING_REVIEW, State.PENDING_CLOSE)
"""Somebody answers for the fix."""


@dataclass(frozen=True, slots=True)
class HazardEvent:
    """Something that happened to a hazard. `body` holds plain JSON values."""

    kind: str
    at: datetime
    actor_id: UUID
    body: dict[str, Any]
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What was reported: one thing wrong at one place. Times are in UTC and hashes in lower-case hex."""

    category: str
    description: str
    place: str
    premises: str | None
    building: str | None
    floor: str | None
    given_position: Position | None
    captured_at: datetime
    device_time: datetime
    offline: bool
    photos: tuple[PhotoReference, ...]
    source: Source = "inspection"
    visit_id: UUID | None = None
    on_behalf_of: Represented | None = None
    external_case_no: str | None = None
    grid_code: str | None = None
    external_codes: dict[str, str] | None = None

    @property
    def is_sealed(self) -> bool:
        """Whether what came with it would tell who informed: the picture taken from their own door does."""
        return self.source == "resident" or self.on_behalf_of is not None


@dataclass(frozen=True, slots=True)
class Routing:
    """Whose it is, decided when the report came in: by the checkpoint, the premises or the area it lies in."""

    by: Jurisdiction = "reporter"
    premises_id: UUID | None = None
    checkpoint: CheckpointScan | None = None
    proposed_owner_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class NoticeTerms:
    """The notice that lists a hazard, and what the owner's time runs from."""

    id: UUID
    clock: Clock


@dataclass(frozen=True, slots=True)
class Attempt:
    """One filing of a fix within a round, with what review and approval said."""

    number: int
    submitted_at: datetime
    submitted_by: UUID
    measures: str
    represented_name: str | None = None
    cost_yuan: int | None = None
    outcome: Outcome | None = None
    mode: ReviewMode | None = None
    remarks: str | None = None
    decided_at: datetime | None = None
    decided_by: UUID | None = None
    close_outcome: CloseOutcome | None = None
    close_remarks: str | None = None
    close_decided_at: datetime | None = None
    close_decided_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """More time, asked for by the owner and decided by the desk."""

    number: int
    requested_at: datetime
    requested_by: UUID
    until: datetime
    reason: str
    granted: bool | None = None
    granted_until: datetime | None = None
    remarks: str | None = None
    decided_at: datetime | None = None
    decided_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """One turn of the loop. A closed round never changes again; reopening starts the next."""

    number: int
    opened_at: datetime
    level: Level = "general"
    registered_at: datetime | None = None
    assigned_at: datetime | None = None
    owner_id: UUID | None = None
    due_at: datetime | None = None
    original_due_at: datetime | None = None
    catalogue_due_at: datetime | None = None
    due_reason: str | None = None
    clock: Clock | None = None
    clock_started_at: datetime | None = None
    notice_id: UUID | None = None
    notice: str | None = None
    service: ServiceRecord | None = None
    refusal: RefusalRecord | None = None
    urged: int = 0
    accepted_at: datetime | None = None
    hand_back_reason: HandBackReason | None = None
    on_the_spot: bool = False
    closed_at: datetime | None = None
    closed_by: UUID | None = None
    attempts: tuple[Attempt, ...] = ()
    extensions: tuple[Extension, ...] = ()

    @property
    def since_assignment(self) -> "Round":
        """The same without what an earlier owner of this round did."""
        began = self.assigned_at or self.opened_at
        return replace(
            self,
            attempts=tuple(attempt for attempt in self.attempts if attempt.submitted_at >= began),
            extensions=tuple(asked for asked in self.extensions if asked.requested_at >= began),
        )

    @property
    def pending_extension(self) -> Extension | None:
        """The request that nobody has decided yet; only the latest can be, and a hand-back lets it lapse."""
        latest = self.extensions[-1] if self.extensions else None
        if latest is None or latest.granted is not None:
            return None
        # What an earlier owner asked for does not bind the desk towards the next.
        return latest if self.assigned_at is not None and latest.requested_at >= self.assigned_at else None


class Details(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """What few hazards have."""

    arrangements: ArrangementsRecord | None = None
    supervision: SupervisionRecord | None = None
    shelving: ShelvingRecord | None = None
    ending: EndingRecord | None = None


@dataclass(frozen=True, slots=True)
class Hazard:
    """A hazard in full. `attempt` is the one being worked on or reviewed, counted from 1 within the round."""

    id: UUID
    number: str
    organization_id: UUID
    reported_by: UUID
    second_inspector_id: UUID | None
    received_at: datetime
    category_edition: str
    """The day on which the edition of its category came into force, YYYY-MM-DD."""
    finding: Finding
    routing: Routing
    position: Coordinate | None
    """WGS-84."""
    state: State
    version: int
    attempt: int
    rounds: tuple[Round, ...]
    demo: bool
    review_due_at: datetime | None = None
    """When the receipt that is under review is to be rechecked; None as well where the calendar is unknown."""
    original_id: UUID | None = None
    """The hazard into which this one was merged."""
    details: Details = field(default_factory=Details)

    @property
    def round(self) -> Round:
        """The round that is being lived."""
        return self.rounds[-1]

    @property
    def level(self) -> Level:
        """How grave it is in this round."""
        return self.round.level

    @property
    def owner_id(self) -> UUID | None:
        """Who must fix it in this round."""
        return self.round.owner_id

    @property
    def officers(self) -> frozenset[UUID]:
        """Who found it."""
        return frozenset({self.reported_by, self.second_inspector_id or self.reported_by})

    @property
    def fixers(self) -> frozenset[UUID]:
        """Whoever must fix it or has filed a fix in this round: none of them may review it."""
        filed = {attempt.submitted_by for attempt in self.round.attempts}
        return frozenset(filed if self.owner_id is None else {*filed, self.owner_id})

    @property
    def awaits_service(self) -> bool:
        """Whether the owner's time begins with the next record of service: it runs from the first one only."""
        return self.round.clock == "service" and self.round.clock_started_at is None

    @property
    def holder(self) -> Holder | None:
        """Who must act next."""
        if self.state is State.REGISTERED and self.round.hand_back_reason == "responsibility_unclear":
            return "street_office"
        return _HOLDERS.get(self.state)


_HOLDERS: Final[dict[State, Holder]] = {
    State.REPORTED: "desk",
    State.REGISTERED: "desk",
    State.ASSIGNED: "owner",
    State.RECTIFYING: "owner",
    State.PENDING_REVIEW: "reviewer",
    State.PENDING_CLOSE: "approver",
}


def overdue(state: State, due_at: datetime | None, now: datetime) -> bool:
    """Whether the fix is late; computed when asked, never stored. Waiting for a review is not the owner's time."""
    return state in OWED and due_at is not None and now > due_at


def number_for(organization_code: str, year: int, serial: int) -> str:
    """`140302-2026-000123`: gaps are allowed, reuse is not."""
    return f"{organization_code}-{year:04d}-{serial:06d}"


def clock_difference(*, device_time: datetime, offline: bool, received_at: datetime) -> timedelta | None:
    """How far the phone's clock is ahead of the server's, where that can be told and exceeds the tolerance.

    A report that waited in a basement may be old, so then only a phone that is ahead is certainly wrong.
    """
    ahead = device_time - received_at
    return ahead if ahead > CLOCK_TOLERANCE or (not offline and ahead < -CLOCK_TOLERANCE) else None
