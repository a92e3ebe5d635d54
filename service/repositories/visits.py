"""Visits, and the hazards that were found on them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from schemas.hazard_answers import CheckpointScan, Named, Person
from schemas.hazards import State
from schemas.places import Position
from schemas.visits import VisitResult
from service.database import Connection
from service.domain.visits import Visit
from service.repositories.hazards import coordinate


@dataclass(frozen=True, slots=True)
class VisitFilter:
    """Which visits a list shows. None: all. `since` is the earliest start; the latest is the place of the page."""

    organization_ids: frozenset[UUID] | None = None
    officer_id: UUID | None = None
    premises_id: UUID | None = None
    since: datetime = datetime(1, 1, 1, tzinfo=UTC)
    result: VisitResult | None = None


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit as a list shows it."""

    id: UUID
    organization: Named
    result: VisitResult
    place: str
    premises_id: UUID | None
    started_at: datetime
    ended_at: datetime
    received_at: datetime
    recorded_by: Person
    second_officer: Person | None
    hazards_found: int


@dataclass(frozen=True, slots=True)
class FoundHazard:
    """A hazard of a visit, with what decides who may see it."""

    id: UUID
    number: str
    state: State
    category: str
    description: str
    place: str
    organization_id: UUID
    reported_by: UUID
    owner_id: UUID | None


async def insert(connection: Connection, visit: Visit) -> bool:
    """Adds a visit. False when the id is taken."""
    row = await connection.fetchrow(
        """INSERT INTO visits (id, organization_id, jurisdiction, premises_id, checkpoint_id, checkpoint_token, result,
               place, recorded_by, second_officer_id, certificate, second_certificate, started_at, ended_at,
               device_time, offline, given_position, position, remarks, received_at, demo)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
           ON CONFLICT (id) DO NOTHING RETURNING id""",
        visit.id,
        visit.organization_id,
        visit.jurisdiction,
        visit.premises_id,
        None if visit.checkpoint is None else visit.checkpoint.id,
        None if visit.checkpoint is None else visit.checkpoint.token,
        visit.result,
        visit.place,
        visit.recorded_by,
        visit.second_officer_id,
        visit.certificate,
        visit.second_certificate,
        visit.started_at,
        visit.ended_at,
        visit.device_time,
        visit.offline,
        visit.given_position,
        visit.position,
        visit.remarks,
        visit.received_at,
        visit.demo,
    )
    return row is not None


async def by_id(connection: Connection, visit_id: UUID) -> Visit | None:
    """The visit with that id."""
    row = await connection.fetchrow(
        """SELECT id, organization_id, jurisdiction, premises_id, checkpoint_id, checkpoint_token, result, place,
                  recorded_by, second_officer_id, certificate, second_certificate, started_at, ended_at, device_time,
                  offline, given_position, position, remarks, received_at, demo
           FROM visits WHERE id = $1""",
        visit_id,
    )
    if row is None:
        return None
    values = dict(row)
    checkpoint_id, token = values.pop("checkpoint_id"), values.pop("checkpoint_token")
    given = values.pop("given_position")
    return Visit(
        **values
        | {
            "checkpoint": None if checkpoint_id is None else CheckpointScan(id=checkpoint_id, token=token),
            "given_position": None if given is None else msgspec.convert(given, Position),
            "position": coordinate(row["position"]),
        }
    )


async def hazards_of(connection: Connection, visit_id: UUID, officers: Collection[UUID]) -> list[FoundHazard]:
    """The hazards that name the visit and were reported by one of its officers, in the order of their arrival."""
    rows = await connection.fetch(
        """SELECT id, number, state, category, description, place, organization_id, reported_by, owner_id
           FROM hazards WHERE visit_id = $1 AND reported_by = ANY($2) ORDER BY received_at, id""",
        visit_id,
        list(officers),
    )
    return [FoundHazard(**{**row, "state": State(row["state"])}) for row in rows]


async def page(
    connection: Connection,
    *,
    account_id: UUID,
    readable_organization_ids: Iterable[UUID],
    wanted: VisitFilter,
    after: tuple[datetime, UUID],
    limit: int,
) -> list[VisitLine]:
    """The latest visits after a place: in readable organizations, each a walk along an index, or made by themselves."""
    organizations = set(readable_organization_ids)
    if wanted.organization_ids is not None:
        organizations &= wanted.organization_ids
    rows = await connection.fetch(
        """WITH seen AS (
               SELECT found.id, found.started_at FROM unnest($1::uuid[]) AS o (id)
               CROSS JOIN LATERAL (
                   SELECT v.id, v.started_at FROM visits v
                   WHERE v.organization_id = o.id AND (v.started_at, v.id) < ($3, $4) AND v.started_at >= $5
                     AND ($6::uuid IS NULL OR $6 IN (v.recorded_by, v.second_officer_id))
                     AND ($7::uuid IS NULL OR v.premises_id = $7) AND ($8::text IS NULL OR v.result = $8)
                   ORDER BY v.started_at DESC, v.id DESC LIMIT $9) AS found
               UNION
               (SELECT v.id, v.started_at FROM visits v
                WHERE v.recorded_by = $2 AND (v.started_at, v.id) < ($3, $4) AND v.started_at >= $5
                  AND ($6::uuid IS NULL OR $6 IN (v.recorded_by, v.second_officer_id))
                  AND ($7::uuid IS NULL OR v.premises_id = $7) AND ($8::text IS NULL OR v.result = $8)
                  AND ($10::uuid[] IS NULL OR v.organization_id = ANY($10))
                ORDER BY v.started_at DESC, v.id DESC LIMIT $9)
               UNION
               (SELECT v.id, v.started_at FROM visits v
                WHERE v.second_officer_id = $2 AND (v.started_at, v.id) < ($3, $4) AND v.started_at >= $5
                  AND ($6::uuid IS NULL OR $6 IN (v.recorded_by, v.second_officer_id))
                  AND ($7::uuid IS NULL OR v.premises_id = $7) AND ($8::text IS NULL OR v.result = $8)
                  AND ($10::uuid[] IS NULL OR v.organization_id = ANY($10))
                ORDER BY v.started_at DESC, v.id DESC LIMIT $9)
               ORDER BY started_at DESC, id DESC LIMIT $9)
           SELECT v.id, o.code AS organization_code, o.name AS organization_name, v.result, v.place, v.premises_id,
                  v.started_at, v.ended_at, v.received_at, a.account AS recorder_account, a.name AS recorder_name,
                  b.account AS second_account, b.name AS second_name,
                  (SELECT count(*) FROM hazards h
                   WHERE h.visit_id = v.id AND h.reported_by IN (v.recorded_by, v.second_officer_id)) AS hazards_found
           FROM seen JOIN visits v ON v.id = seen.id
           JOIN organizations o ON o.id = v.organization_id
           JOIN accounts a ON a.id = v.recorded_by
           LEFT JOIN accounts b ON b.id = v.second_officer_id
           ORDER BY v.started_at DESC, v.id DESC""",
        list(organizations),
        account_id,
        *after,
        wanted.since,
        wanted.officer_id,
        wanted.premises_id,
        wanted.result,
        limit,
        None if wanted.organization_ids is None else list(wanted.organization_ids),
    )
    return [_line(row) for row in rows]


def _line(row: Any) -> VisitLine:
    second = row["second_account"]
    return VisitLine(
        id=row["id"],
        organization=Named(code=row["organization_code"], name=row["organization_name"]),
        result=row["result"],
        place=row["place"],
        premises_id=row["premises_id"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        received_at=row["received_at"],
        recorded_by=Person(account=row["recorder_account"], name=row["recorder_name"]),
        second_officer=None if second is None else Person(account=second, name=row["second_name"]),
        hazards_found=row["hazards_found"],
    )
