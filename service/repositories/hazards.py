"""Hazards: the fold of each one's events, whose rounds are in `hazard_rounds`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from schemas.hazard_answers import CheckpointScan
from schemas.hazards import PhotoReference, Represented, State
from schemas.places import Datum, Position
from service.database import Connection
from service.domain.geodesy import Coordinate
from service.domain.hazards import Details, Finding, Hazard, Routing
from service.repositories import hazard_photos, hazard_rounds


async def insert(connection: Connection, hazard: Hazard) -> bool:
    """Adds a reported hazard with its first round. False when the id is taken."""
    finding, given, routing = hazard.finding, hazard.finding.given_position, hazard.routing
    represented = finding.on_behalf_of
    row = await connection.fetchrow(
        """INSERT INTO hazards (id, number, organization_id, category, category_edition, state, version, round, attempt,
               reported_by, second_inspector_id, description, place, premises, building, floor, given_longitude,
               given_latitude, datum, position_source, accuracy_m, fixed_at, position, captured_at, device_time,
               offline, received_at, demo, source, visit_id, jurisdiction, premises_id, checkpoint_id,
               checkpoint_token, proposed_owner_id, represented_name, represented_contact, external_case_no, grid_code,
               external_codes)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
               $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40)
           ON CONFLICT (id) DO NOTHING RETURNING id""",
        hazard.id,
        hazard.number,
        hazard.organization_id,
        finding.category,
        date.fromisoformat(hazard.category_edition),
        hazard.state.value,
        hazard.version,
        hazard.round.number,
        hazard.attempt,
        hazard.reported_by,
        hazard.second_inspector_id,
        finding.description,
        finding.place,
        finding.premises,
        finding.building,
        finding.floor,
        None if given is None else given.lon,
        None if given is None else given.lat,
        None if given is None else given.datum.value,
        None if given is None else given.source,
        None if given is None else given.accuracy_m,
        None if given is None else given.fixed_at,
        hazard.position,
        finding.captured_at,
        finding.device_time,
        finding.offline,
        hazard.received_at,
        hazard.demo,
        finding.source,
        finding.visit_id,
        routing.by,
        routing.premises_id,
        None if routing.checkpoint is None else routing.checkpoint.id,
        None if routing.checkpoint is None else routing.checkpoint.token,
        routing.proposed_owner_id,
        None if represented is None else represented.name,
        None if represented is None else represented.contact,
        finding.external_case_no,
        finding.grid_code,
        finding.external_codes,
    )
    if row is None:
        return False
    await hazard_rounds.save(connection, hazard)
    return True


async def lock(connection: Connection, hazard_id: UUID) -> bool:
    """Keeps others from changing the hazard until the transaction ends. False when there is none.

    Several are locked in the order of their ids, so that no two people wait for one another.
    """
    row = await connection.fetchrow("SELECT 1 FROM hazards WHERE id = $1 FOR NO KEY UPDATE", hazard_id)
    return row is not None


async def hold_state(connection: Connection, case_id: UUID) -> State | None:
    """The state of the hazard that the case was made of, which nobody changes until the transaction ends.

    None when there is no such case. Taken before the lock of the case, as drafting does: one order for all.
    """
    state = await connection.fetchval(
        "SELECT h.state FROM hazards h JOIN cases c ON c.hazard_id = h.id WHERE c.id = $1 FOR SHARE OF h", case_id
    )
    return None if state is None else State(state)


async def save(connection: Connection, hazard: Hazard) -> None:
    """Writes down what an event changed: the row, the round being lived, its last attempt and its last extension."""
    supervision, shelving = hazard.details.supervision, hazard.details.shelving
    await connection.execute(
        """UPDATE hazards SET state = $2, version = $3, round = $4, attempt = $5, owner_id = $6, due_at = $7,
               level = $8, original_id = $9, review_due_at = $10, closed_at = $11, shelved_at = $12,
               supervision_limit_at = $13, details = $14
           WHERE id = $1""",
        hazard.id,
        hazard.state.value,
        hazard.version,
        hazard.round.number,
        hazard.attempt,
        hazard.owner_id,
        hazard.round.due_at,
        hazard.level,
        hazard.original_id,
        hazard.review_due_at,
        hazard.round.closed_at,
        None if shelving is None else shelving.at,
        None if supervision is None else supervision.limit_at,
        hazard.details,
    )
    await hazard_rounds.save(connection, hazard)


async def by_id(connection: Connection, hazard_id: UUID) -> Hazard | None:
    """The whole hazard."""
    row = await connection.fetchrow(
        """SELECT id, number, organization_id, category, category_edition, state, version, attempt, reported_by,
                  second_inspector_id, description, place, premises, building, floor, given_longitude, given_latitude,
                  datum, position_source, accuracy_m, fixed_at, position, captured_at, device_time, offline,
                  received_at, demo, source, visit_id, jurisdiction, premises_id, checkpoint_id, checkpoint_token,
                  proposed_owner_id, represented_name, represented_contact, external_case_no, grid_code,
                  external_codes, original_id, review_due_at, details
           FROM hazards WHERE id = $1""",
        hazard_id,
    )
    if row is None:
        return None
    return Hazard(
        id=hazard_id,
        number=row["number"],
        organization_id=row["organization_id"],
        reported_by=row["reported_by"],
        second_inspector_id=row["second_inspector_id"],
        received_at=row["received_at"],
        category_edition=row["category_edition"].isoformat(),
        finding=_finding(row, await _before_photos(connection, hazard_id)),
        routing=_routing(row),
        position=coordinate(row["position"]),
        state=State(row["state"]),
        version=row["version"],
        attempt=row["attempt"],
        rounds=await hazard_rounds.of(connection, hazard_id),
        demo=row["demo"],
        review_due_at=row["review_due_at"],
        original_id=row["original_id"],
        details=msgspec.convert(row["details"], Details),
    )


@dataclass(frozen=True, slots=True)
class Merged:
    """A hazard that was merged into another one, directly or by way of others."""

    id: UUID
    number: str
    received_at: datetime
    reported_by: UUID
    is_sealed: bool
    description: str


async def merged_into(connection: Connection, hazard_id: UUID) -> list[Merged]:
    """Every report of the same thing, oldest first."""
    rows = await connection.fetch(
        """WITH RECURSIVE merged AS (
               SELECT id FROM hazards WHERE original_id = $1
               UNION SELECT h.id FROM hazards h JOIN merged m ON h.original_id = m.id)
           SELECT h.id, h.number, h.received_at, h.reported_by,
                  h.source = 'resident' OR h.represented_name IS NOT NULL AS is_sealed, h.description
           FROM merged JOIN hazards h ON h.id = merged.id ORDER BY h.received_at, h.id""",
        hazard_id,
    )
    return [Merged(**row) for row in rows]


async def number_of(connection: Connection, hazard_id: UUID) -> str | None:
    """The number under which people know it."""
    number: str | None = await connection.fetchval("SELECT number FROM hazards WHERE id = $1", hazard_id)
    return number


async def _before_photos(connection: Connection, hazard_id: UUID) -> tuple[PhotoReference, ...]:
    rows = await connection.fetch(
        """SELECT photo_id, sha256, taken_at FROM hazard_photos
           WHERE hazard_id = $1 AND role = 'before' ORDER BY round, attempt, ordinal""",
        hazard_id,
    )
    return tuple(
        PhotoReference(id=row["photo_id"], sha256=row["sha256"].hex(), taken_at=row["taken_at"]) for row in rows
    )


def _routing(row: Any) -> Routing:
    scan = None
    if row["checkpoint_id"] is not None:
        scan = CheckpointScan(id=row["checkpoint_id"], token=row["checkpoint_token"])
    return Routing(row["jurisdiction"], row["premises_id"], scan, row["proposed_owner_id"])


def _finding(row: Any, photos: tuple[PhotoReference, ...]) -> Finding:
    given = None
    if row["datum"] is not None:
        given = Position(
            lat=row["given_latitude"],
            lon=row["given_longitude"],
            datum=Datum(row["datum"]),
            source=row["position_source"],
            accuracy_m=row["accuracy_m"],
            fixed_at=row["fixed_at"],
        )
    represented = None
    if row["represented_name"] is not None:
        represented = Represented(name=row["represented_name"], contact=row["represented_contact"])
    return Finding(
        category=row["category"],
        description=row["description"],
        place=row["place"],
        premises=row["premises"],
        building=row["building"],
        floor=row["floor"],
        given_position=given,
        captured_at=row["captured_at"],
        device_time=row["device_time"],
        offline=row["offline"],
        photos=photos,
        source=row["source"],
        visit_id=row["visit_id"],
        on_behalf_of=represented,
        external_case_no=row["external_case_no"],
        grid_code=row["grid_code"],
        external_codes=row["external_codes"],
    )


def coordinate(point: Any) -> Coordinate | None:
    """A `point` of the database, x = longitude."""
    return None if point is None else Coordinate(point.x, point.y)


async def photo_is_visible(
    connection: Connection, photo_id: UUID, account_id: UUID, readable_organization_ids: Iterable[UUID]
) -> bool:
    """Whether the person may see the photo: their own, or shown by a hazard that they may see."""
    return bool(await hazard_photos.visible_among(connection, [photo_id], account_id, readable_organization_ids))
