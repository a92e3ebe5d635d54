"""A visit as the record keeps it, and what about it a reader should know. A visit is written once and never changed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from schemas.hazard_answers import CheckpointScan
from schemas.hazards import Jurisdiction
from schemas.places import Position
from schemas.visits import VisitFlag, VisitReport, VisitResult
from service.domain.geodesy import Coordinate, to_wgs84
from service.domain.hazards import EARLIEST, LATEST, clock_difference
from service.problems import Problem


@dataclass(frozen=True, slots=True)
class Visit:
    """Who looked at what, when, and what came of it. Times are in UTC."""

    id: UUID
    organization_id: UUID
    jurisdiction: Jurisdiction
    premises_id: UUID | None
    checkpoint: CheckpointScan | None
    result: VisitResult
    place: str
    recorded_by: UUID
    second_officer_id: UUID | None
    certificate: str | None
    second_certificate: str | None
    started_at: datetime
    ended_at: datetime
    device_time: datetime
    offline: bool
    given_position: Position | None
    position: Coordinate | None
    """WGS-84."""
    remarks: str | None
    received_at: datetime
    demo: bool

    @property
    def officers(self) -> frozenset[UUID]:
        """Whoever was there: only hazards that one of them reported are the visit's own."""
        return frozenset({self.recorded_by, self.second_officer_id or self.recorded_by})


def check(report: VisitReport) -> None:
    """What the fields must satisfy. Raises Problem (422)."""
    instants = {"started_at": report.started_at, "ended_at": report.ended_at, "device_time": report.device_time}
    if report.position is not None and report.position.fixed_at is not None:
        instants["position.fixed_at"] = report.position.fixed_at
    for field, instant in instants.items():
        if not EARLIEST <= instant < LATEST:
            raise Problem("visit.time_out_of_range", field=field)
    if report.second_certificate is not None:
        if report.second_officer is None:
            raise Problem("visit.certificate_without_officer")
        if report.second_certificate == report.certificate:
            raise Problem("visit.certificates_equal")


def recorded(
    visit_id: UUID,
    report: VisitReport,
    *,
    organization_id: UUID,
    jurisdiction: Jurisdiction,
    premises_id: UUID | None,
    checkpoint: CheckpointScan | None,
    second_officer_id: UUID | None,
    recorded_by: UUID,
    now: datetime,
    demo: bool,
) -> Visit:
    """The visit that a report received at `now` makes."""
    given = report.position
    return Visit(
        id=visit_id,
        organization_id=organization_id,
        jurisdiction=jurisdiction,
        premises_id=premises_id,
        checkpoint=checkpoint,
        result=report.result,
        place=report.place,
        recorded_by=recorded_by,
        second_officer_id=second_officer_id,
        certificate=report.certificate,
        second_certificate=report.second_certificate,
        started_at=report.started_at.astimezone(UTC),
        ended_at=report.ended_at.astimezone(UTC),
        device_time=report.device_time.astimezone(UTC),
        offline=report.offline,
        given_position=given,
        position=None if given is None else wgs84(given),
        remarks=report.remarks,
        received_at=now,
        demo=demo,
    )


def wgs84(given: Position) -> Coordinate:
    """Where a fix lies in WGS-84, whatever the datum in which it was given."""
    return to_wgs84(Coordinate(given.lon, given.lat), given.datum)


def event_body(visit: Visit, report: VisitReport) -> dict[str, object]:
    """What the log keeps: the report as it came and what was decided on its receipt."""
    body: dict[str, object] = msgspec.to_builtins(
        {
            "organization_id": visit.organization_id,
            "jurisdiction": visit.jurisdiction,
            "premises_id": visit.premises_id,
            "checkpoint": visit.checkpoint,
            "second_officer_id": visit.second_officer_id,
            # What it scanned is in `checkpoint`; a token that still opens something has no place in a history.
            "report": msgspec.structs.replace(report, checkpoint=None),
        }
    )
    return body


def flags(visit: Visit, hazards_found: int) -> list[VisitFlag]:
    """What a reader should know, computed when asked: hazards still arrive."""
    found = []
    if visit.second_officer_id is None:
        found.append(VisitFlag(code="one_officer"))
    if visit.result == "clear" and hazards_found:
        found.append(VisitFlag(code="clear_with_hazards"))
    if visit.result == "hazards_found" and not hazards_found:
        found.append(VisitFlag(code="hazards_missing"))
    if visit.ended_at < visit.started_at:
        found.append(VisitFlag(code="times_reversed"))
    match visit.checkpoint:
        case CheckpointScan(token="revoked"):
            found.append(VisitFlag(code="checkpoint_token_revoked"))
        case CheckpointScan(token="superseded"):
            found.append(VisitFlag(code="checkpoint_token_superseded"))
    ahead = clock_difference(device_time=visit.device_time, offline=visit.offline, received_at=visit.received_at)
    if ahead is not None:
        minutes = round(ahead.total_seconds() / 60, 1)
        found.append(VisitFlag(code="device_clock_differs", difference=minutes, unit="minutes"))
    return found
