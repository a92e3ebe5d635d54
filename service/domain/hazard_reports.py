"""A hazard's first event: what was reported, where it lies and whose it is."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec

from schemas.hazard_answers import CheckpointScan
from schemas.hazards import HazardReport, Jurisdiction, PhotoReference, State
from schemas.places import Position
from service.domain.geodesy import Coordinate, to_wgs84
from service.domain.hazards import Finding, Hazard, HazardEvent, Round, Routing

FIRST_EDITION = "2000-01-01"
"""Of every category, and of what was reported before the catalogue had editions."""


class Reported(msgspec.Struct, kw_only=True, frozen=True):
    """The body of a hazard's first event: the report as it came and what was decided on its receipt."""

    number: str
    organization_id: UUID
    report: HazardReport
    second_inspector_id: UUID | None = None
    position_wgs84: dict[str, float] | None = None
    category_edition: str = FIRST_EDITION
    jurisdiction: Jurisdiction = "reporter"
    premises_id: UUID | None = None
    checkpoint: CheckpointScan | None = None
    proposed_owner_id: UUID | None = None


def report_event(
    report: HazardReport,
    routing: Routing,
    *,
    number: str,
    organization_id: UUID,
    category_edition: str,
    second_inspector_id: UUID | None,
    actor_id: UUID,
    now: datetime,
    demo: bool,
) -> HazardEvent:
    """The event of a report taken in at `now`: as it came, where it lies in WGS-84 and whose it is."""
    place = wgs84(report.position)
    body = Reported(
        number=number,
        organization_id=organization_id,
        # What it scanned is in `checkpoint`; a token that still opens something has no place in a history.
        report=msgspec.structs.replace(report, checkpoint=None, fixed_on_the_spot=None),
        second_inspector_id=second_inspector_id,
        position_wgs84=None if place is None else {"lat": place.latitude, "lon": place.longitude},
        category_edition=category_edition,
        jurisdiction=routing.by,
        premises_id=routing.premises_id,
        checkpoint=routing.checkpoint,
        proposed_owner_id=routing.proposed_owner_id,
    )
    return HazardEvent("hazard.reported", now, actor_id, msgspec.to_builtins(body), demo)


def wgs84(given: Position | None) -> Coordinate | None:
    """The position in WGS-84, whatever the datum in which it was given."""
    return None if given is None else to_wgs84(Coordinate(given.lon, given.lat), given.datum)


def reported(hazard_id: UUID, event: HazardEvent) -> Hazard:
    """The hazard that its first event makes."""
    body = msgspec.convert(event.body, Reported)
    place = body.position_wgs84
    return Hazard(
        id=hazard_id,
        number=body.number,
        organization_id=body.organization_id,
        reported_by=event.actor_id,
        second_inspector_id=body.second_inspector_id,
        received_at=event.at,
        category_edition=body.category_edition,
        finding=_finding(body.report),
        routing=Routing(body.jurisdiction, body.premises_id, body.checkpoint, body.proposed_owner_id),
        position=None if place is None else Coordinate(place["lon"], place["lat"]),
        state=State.REPORTED,
        version=1,
        attempt=1,
        rounds=(Round(number=1, opened_at=event.at),),
        demo=event.demo,
    )


def _photo(photo: PhotoReference) -> PhotoReference:
    return msgspec.structs.replace(
        photo, sha256=photo.sha256.lower(), taken_at=None if photo.taken_at is None else photo.taken_at.astimezone(UTC)
    )


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
        source=report.source,
        visit_id=report.visit_id,
        on_behalf_of=report.on_behalf_of,
        external_case_no=report.external_case_no,
        grid_code=report.grid_code,
        external_codes=report.external_codes,
    )
