"""Hazards, with their rounds and attempts."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from schemas.hazards import PhotoReference, State
from schemas.places import Datum, Position
from service.database import Connection
from service.domain.geodesy import Coordinate
from service.domain.hazards import Attempt, Finding, Hazard, Round
from service.repositories import hazard_photos


async def insert(connection: Connection, hazard: Hazard) -> bool:
    """Adds a reported hazard with its first round. False when the id is taken."""
    finding, given = hazard.finding, hazard.finding.given_position
    row = await connection.fetchrow(
        """INSERT INTO hazards (id, number, organization_id, category, state, version, round, attempt, reported_by,
               second_inspector_id, description, place, premises, building, floor, given_longitude, given_latitude,
               datum, position_source, accuracy_m, fixed_at, position, captured_at, device_time, offline, received_at,
               demo)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
               $23, $24, $25, $26, $27)
           ON CONFLICT (id) DO NOTHING RETURNING id""",
        hazard.id,
        hazard.number,
        hazard.organization_id,
        finding.category,
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
    )
    if row is None:
        return False
    await _save_round(connection, hazard)
    return True


async def lock(connection: Connection, hazard_id: UUID) -> bool:
    """Keeps others from changing the hazard until the transaction ends. False when there is none."""
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
    """Writes down what an event changed: the row, the round being lived and its last attempt."""
    await connection.execute(
        """UPDATE hazards SET state = $2, version = $3, round = $4, attempt = $5, owner_id = $6, due_at = $7
           WHERE id = $1""",
        hazard.id,
        hazard.state.value,
        hazard.version,
        hazard.round.number,
        hazard.attempt,
        hazard.owner_id,
        hazard.round.due_at,
    )
    if hazard.round.attempts:
        await _save_attempt(connection, hazard, hazard.round.attempts[-1])
    await _save_round(connection, hazard)


async def _save_round(connection: Connection, hazard: Hazard) -> None:
    current = hazard.round
    await connection.execute(
        """INSERT INTO hazard_rounds (hazard_id, round, opened_at, registered_at, assigned_at, owner_id, due_at, notice,
               accepted_at, closed_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
           ON CONFLICT (hazard_id, round) DO UPDATE SET registered_at = excluded.registered_at,
               assigned_at = excluded.assigned_at, owner_id = excluded.owner_id, due_at = excluded.due_at,
               notice = excluded.notice, accepted_at = excluded.accepted_at, closed_at = excluded.closed_at""",
        hazard.id,
        current.number,
        current.opened_at,
        current.registered_at,
        current.assigned_at,
        current.owner_id,
        current.due_at,
        current.notice,
        current.accepted_at,
        current.closed_at,
    )


async def _save_attempt(connection: Connection, hazard: Hazard, attempt: Attempt) -> None:
    # What is unchanged is left alone: a decided attempt refuses every UPDATE, and most events touch none.
    await connection.execute(
        """INSERT INTO hazard_attempts (hazard_id, round, attempt, submitted_at, submitted_by, measures, outcome, mode,
               remarks, decided_at, decided_by)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
           ON CONFLICT (hazard_id, round, attempt) DO UPDATE SET outcome = excluded.outcome, mode = excluded.mode,
               remarks = excluded.remarks, decided_at = excluded.decided_at, decided_by = excluded.decided_by
           WHERE hazard_attempts.decided_at IS DISTINCT FROM excluded.decided_at""",
        hazard.id,
        hazard.round.number,
        attempt.number,
        attempt.submitted_at,
        attempt.submitted_by,
        attempt.measures,
        attempt.outcome,
        attempt.mode,
        attempt.remarks,
        attempt.decided_at,
        attempt.decided_by,
    )


async def by_id(connection: Connection, hazard_id: UUID) -> Hazard | None:
    """The whole hazard."""
    row = await connection.fetchrow(
        """SELECT id, number, organization_id, category, state, version, attempt, reported_by, second_inspector_id,
                  description, place, premises, building, floor, given_longitude, given_latitude, datum,
                  position_source, accuracy_m, fixed_at, position, captured_at, device_time, offline, received_at, demo
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
        finding=_finding(row, await _before_photos(connection, hazard_id)),
        position=coordinate(row["position"]),
        state=State(row["state"]),
        version=row["version"],
        attempt=row["attempt"],
        rounds=await _rounds(connection, hazard_id),
        demo=row["demo"],
    )


async def _before_photos(connection: Connection, hazard_id: UUID) -> tuple[PhotoReference, ...]:
    rows = await connection.fetch(
        """SELECT photo_id, sha256, taken_at FROM hazard_photos
           WHERE hazard_id = $1 AND role = 'before' ORDER BY round, attempt, ordinal""",
        hazard_id,
    )
    return tuple(
        PhotoReference(id=row["photo_id"], sha256=row["sha256"].hex(), taken_at=row["taken_at"]) for row in rows
    )


async def _rounds(connection: Connection, hazard_id: UUID) -> tuple[Round, ...]:
    rounds = await connection.fetch(
        """SELECT round AS number, opened_at, registered_at, assigned_at, owner_id, due_at, notice, accepted_at,
                  closed_at
           FROM hazard_rounds WHERE hazard_id = $1 ORDER BY round""",
        hazard_id,
    )
    attempts: dict[int, list[Attempt]] = {}
    for row in await connection.fetch(
        """SELECT round, attempt, submitted_at, submitted_by, measures, outcome, mode, remarks, decided_at, decided_by
           FROM hazard_attempts WHERE hazard_id = $1 ORDER BY round, attempt""",
        hazard_id,
    ):
        values = dict(row)
        number = values.pop("round")
        attempts.setdefault(number, []).append(Attempt(number=values.pop("attempt"), **values))
    return tuple(Round(**row, attempts=tuple(attempts.get(row["number"], ()))) for row in rounds)


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
    )


def coordinate(point: Any) -> Coordinate | None:
    """A `point` of the database, x = longitude."""
    return None if point is None else Coordinate(point.x, point.y)


async def photo_is_visible(
    connection: Connection, photo_id: UUID, account_id: UUID, readable_organization_ids: Iterable[UUID]
) -> bool:
    """Whether the person may see the photo: their own, or shown by a hazard that they may see."""
    return bool(await hazard_photos.visible_among(connection, [photo_id], account_id, readable_organization_ids))
