"""A hazard as the rules see it, and what each event changes in it.

The event log is the record; the row that the database keeps is the fold of a hazard's events written down. Nothing here
decides whether something is allowed: that is `lifecycle`, which names one of the changes below in each of its rows.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final
from uuid import UUID

import msgspec

from schemas import hazards as bodies
from schemas.hazards import HazardReport, Outcome, PhotoReference, ReviewMode, State
from schemas.places import Position
from service.domain.geodesy import Coordinate, to_wgs84

CHINA_TIME: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""No daylight saving since 1991, so a fixed offset serves; the year in a number is a year of this clock."""

CLOCK_TOLERANCE: Final = timedelta(minutes=5)
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""A phone without a clock says 1970 and is believed to have said so; what lies outside is not a time but a mistake."""


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


@dataclass(frozen=True, slots=True)
class Attempt:
    """One filing of a fix within a round, with what the review said."""

    number: int
    submitted_at: datetime
    submitted_by: UUID
    measures: str
    outcome: Outcome | None = None
    mode: ReviewMode | None = None
    remarks: str | None = None
    decided_at: datetime | None = None
    decided_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """One turn of the loop. A closed round never changes again; reopening starts the next."""

    number: int
    opened_at: datetime
    registered_at: datetime | None = None
    assigned_at: datetime | None = None
    owner_id: UUID | None = None
    due_at: datetime | None = None
    notice: str | None = None
    accepted_at: datetime | None = None
    closed_at: datetime | None = None
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class Hazard:
    """A hazard in full. `attempt` is the one being worked on or reviewed, counted from 1 within the round."""

    id: UUID
    number: str
    organization_id: UUID
    reported_by: UUID
    second_inspector_id: UUID | None
    received_at: datetime
    finding: Finding
    position: Coordinate | None
    """WGS-84."""
    state: State
    version: int
    attempt: int
    rounds: tuple[Round, ...]
    demo: bool

    @property
    def round(self) -> Round:
        """The round that is being lived."""
        return self.rounds[-1]

    @property
    def owner_id(self) -> UUID | None:
        """Who must fix it in this round."""
        return self.round.owner_id

    @property
    def fixers(self) -> frozenset[UUID]:
        """Whoever must fix it or has filed a fix in this round: none of them may review it."""
        filed = {attempt.submitted_by for attempt in self.round.attempts}
        return frozenset(filed if self.owner_id is None else {*filed, self.owner_id})


def overdue(state: State, due_at: datetime | None, now: datetime) -> bool:
    """Whether the fix is late; computed when asked, never stored. Waiting for a review is not the owner's time."""
    return state in (State.ASSIGNED, State.RECTIFYING) and due_at is not None and now > due_at


def number_for(organization_code: str, year: int, serial: int) -> str:
    """`140302-2026-000123`: gaps are allowed, reuse is not."""
    return f"{organization_code}-{year:04d}-{serial:06d}"


def clock_difference(*, device_time: datetime, offline: bool, received_at: datetime) -> timedelta | None:
    """How far the phone's clock is ahead of the server's, where that can be told and exceeds the tolerance.

    A report that waited in a basement may be old, so then only a phone that is ahead is certainly wrong.
    """
    ahead = device_time - received_at
    return ahead if ahead > CLOCK_TOLERANCE or (not offline and ahead < -CLOCK_TOLERANCE) else None


def report_event(
    report: HazardReport,
    *,
    number: str,
    organization_id: UUID,
    second_inspector_id: UUID | None,
    actor_id: UUID,
    now: datetime,
    demo: bool,
) -> HazardEvent:
    """The event of a report taken in at `now`: as it came, and where its position lies in WGS-84."""
    given = report.position
    place = None if given is None else to_wgs84(Coordinate(given.lon, given.lat), given.datum)
    body = {
        "number": number,
        "organization_id": str(organization_id),
        "second_inspector_id": None if second_inspector_id is None else str(second_inspector_id),
        "position_wgs84": None if place is None else {"lat": place.latitude, "lon": place.longitude},
        "report": msgspec.to_builtins(report),
    }
    return HazardEvent("hazard.reported", now, actor_id, body, demo)


def reported(hazard_id: UUID, event: HazardEvent) -> Hazard:
    """The hazard that its first event makes."""
    place, second = event.body["position_wgs84"], event.body["second_inspector_id"]
    return Hazard(
        id=hazard_id,
        number=event.body["number"],
        organization_id=UUID(event.body["organization_id"]),
        reported_by=event.actor_id,
        second_inspector_id=None if second is None else UUID(second),
        received_at=event.at,
        finding=_finding(msgspec.convert(event.body["report"], HazardReport)),
        position=None if place is None else Coordinate(place["lon"], place["lat"]),
        state=State.REPORTED,
        version=1,
        attempt=1,
        rounds=(Round(number=1, opened_at=event.at),),
        demo=event.demo,
    )


def registered(hazard: Hazard, event: HazardEvent) -> Hazard:
    """Taken in by the desk."""
    return _in_round(hazard, registered_at=event.at)


def assigned(hazard: Hazard, event: HazardEvent) -> Hazard:
    """Given to an owner with a deadline. The body names the owner by id, resolved when it was decided."""
    body = msgspec.convert(event.body, _AssignedBody)
    return _in_round(
        hazard,
        assigned_at=event.at,
        owner_id=body.owner_id,
        due_at=body.due_at.astimezone(UTC),
        notice=body.notice,
        accepted_at=None,
    )


def accepted(hazard: Hazard, event: HazardEvent) -> Hazard:
    """The owner has begun."""
    return _in_round(hazard, accepted_at=event.at)


def handed_back(hazard: Hazard, event: HazardEvent) -> Hazard:
    """Nobody's again, with the round's first dates kept."""
    msgspec.convert(event.body, bodies.HandBack)
    return _in_round(hazard, assigned_at=None, owner_id=None, due_at=None, notice=None, accepted_at=None)


def submitted(hazard: Hazard, event: HazardEvent) -> Hazard:
    """A fix was filed; filing counts as having accepted."""
    filed = Attempt(hazard.attempt, event.at, event.actor_id, msgspec.convert(event.body, bodies.Submit).measures)
    accepted_at = hazard.round.accepted_at or event.at
    return _in_round(hazard, accepted_at=accepted_at, attempts=(*hazard.round.attempts, filed))


def passed(hazard: Hazard, event: HazardEvent) -> Hazard:
    """The review found it fixed: the round ends."""
    body = msgspec.convert(event.body, bodies.Pass)
    return _in_round(_reviewed(hazard, event, "passed", body.mode, body.remarks), closed_at=event.at)


def failed(hazard: Hazard, event: HazardEvent) -> Hazard:
    """The review found it not fixed: the next attempt begins."""
    body = msgspec.convert(event.body, bodies.Fail)
    return replace(_reviewed(hazard, event, "failed", body.mode, body.reason), attempt=hazard.attempt + 1)


def reopened(hazard: Hazard, event: HazardEvent) -> Hazard:
    """It came back: a new round, already taken in, with attempts counted anew."""
    following = Round(number=hazard.round.number + 1, opened_at=event.at, registered_at=event.at)
    return replace(hazard, rounds=(*hazard.rounds, following), attempt=1)


class _AssignedBody(bodies.Assign, kw_only=True, frozen=True, forbid_unknown_fields=False):
    owner_id: UUID


def _photo(photo: PhotoReference) -> PhotoReference:
    taken_at = None if photo.taken_at is None else photo.taken_at.astimezone(UTC)
    return msgspec.structs.replace(photo, sha256=photo.sha256.lower(), taken_at=taken_at)


def _position(given: Position | None) -> Position | None:
    if given is None or given.fixed_at is None:
        return given
    return msgspec.structs.replace(given, fixed_at=given.fixed_at.astimezone(UTC))


def _finding(report: HazardReport) -> Finding:
    return Finding(
        category=report.category,
        description=report.description,
        place=report.place,
        premises=report.premises,
        building=report.building,
        floor=report.floor,
        given_position=_position(report.position),
        captured_at=report.captured_at.astimezone(UTC),
        device_time=report.device_time.astimezone(UTC),
        offline=report.offline,
        photos=tuple(_photo(photo) for photo in report.photos),
    )


def _in_round(hazard: Hazard, **changes: Any) -> Hazard:
    return replace(hazard, rounds=(*hazard.rounds[:-1], replace(hazard.round, **changes)))


def _reviewed(hazard: Hazard, event: HazardEvent, outcome: Outcome, mode: ReviewMode, remarks: str | None) -> Hazard:
    *earlier, latest = hazard.round.attempts
    decided = replace(
        latest, outcome=outcome, mode=mode, remarks=remarks, decided_at=event.at, decided_by=event.actor_id
    )
    return _in_round(hazard, attempts=(*earlier, decided))
