"""Hazards beside a hazard: near it, and before it at the same place."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from service.database import Connection
from service.domain.map_cells import Box
from service.repositories.hazard_filters import Seer
from service.repositories.hazard_lists import HazardLine, Place, line_of


async def like(
    connection: Connection,
    seer: Seer,
    *,
    category: str,
    box: Box,
    captured_from: datetime,
    captured_until: datetime,
    beside: UUID | None,
    limit: int,
) -> list[HazardLine]:
    """Open and closed hazards of a category in a small box, found in a stretch of time, both ends included; without
    `beside` itself and without those whose place is withheld from the person. What turned out untrue, was merged or
    went elsewhere is left out. The nearest to the middle of the box come first.
    """
    # IS NOT DISTINCT FROM, which no index answers: a box of a few steps always holds fewer than a category does.
    rows = await connection.fetch(
        """SELECT l.* FROM hazards h JOIN hazard_lines l ON l.id = h.id
           WHERE h.position <@ $1::box AND h.category IS NOT DISTINCT FROM $2 AND h.captured_at BETWEEN $3 AND $4
             AND h.id IS DISTINCT FROM $5::uuid AND h.state NOT IN ('invalid', 'duplicate', 'transferred')
             AND (h.organization_id = ANY ($6::uuid[]) OR h.owner_id = $7 OR h.reported_by = $7
                  OR h.second_inspector_id = $7)
             AND place_is_told(h, $7)
           ORDER BY h.position <-> center($1::box), h.id LIMIT $8""",
        ((box.east, box.north), (box.west, box.south)),
        category,
        captured_from,
        captured_until,
        beside,
        list(seer.organization_ids),
        seer.account_id,
        limit,
    )
    return [line_of(dict(row)) for row in rows]


async def earlier(
    connection: Connection, seer: Seer, *, hazard_id: UUID, after: Place, limit: int
) -> list[tuple[HazardLine, Literal["checkpoint", "premises"]]]:
    """Hazards at the same checkpoint or premises of which a round had been closed when this one was received; the
    newest first, with what they have in common.
    """
    rows = await connection.fetch(
        """SELECT l.*, CASE WHEN h.checkpoint_id = this.checkpoint_id THEN 'checkpoint' ELSE 'premises' END AS same
           FROM hazards this
           JOIN hazards h ON h.id <> this.id
               AND (h.checkpoint_id = this.checkpoint_id OR h.premises_id = this.premises_id)
           JOIN hazard_lines l ON l.id = h.id
           WHERE this.id = $1 AND (h.received_at, h.id) < ($2, $3)
             AND (h.organization_id = ANY ($4::uuid[]) OR h.owner_id = $5 OR h.reported_by = $5
                  OR h.second_inspector_id = $5)
             AND EXISTS (SELECT FROM hazard_rounds r
                         WHERE r.hazard_id = h.id AND r.closed_at < this.received_at)
           ORDER BY h.received_at DESC, h.id DESC LIMIT $6""",
        hazard_id,
        after.received_at,
        after.hazard_id,
        list(seer.organization_ids),
        seer.account_id,
        limit,
    )
    return [(line_of(values), same) for row in rows for values in [dict(row)] for same in [values.pop("same")]]


@dataclass(frozen=True, slots=True)
class RepeatOffender:
    """A place at which hazards came again after earlier ones had been closed."""

    id: UUID
    name: str
    premises_id: UUID
    premises_name: str
    organization_code: str
    organization_name: str
    again: int
    last_received_at: datetime


async def repeat_premises(
    connection: Connection,
    organization_ids: Iterable[UUID],
    *,
    received_from: datetime,
    received_until: datetime,
    at_least: int,
    limit: int,
) -> list[RepeatOffender]:
    """Premises by how many hazards came in the period after an earlier one there had been closed; most first.

    Strictly after: what is fixed on the spot is closed at the instant at which it came in.
    Call both in a transaction: they may use more memory than a list, so that nothing is sorted on disk.
    """
    await connection.execute("SET LOCAL work_mem = '64MB'")
    rows = await connection.fetch(
        """WITH recent AS MATERIALIZED (
               SELECT premises_id, received_at FROM hazards
               WHERE organization_id = ANY ($1::uuid[]) AND received_at >= $2 AND received_at < $3
                 AND premises_id IS NOT NULL AND state NOT IN ('invalid', 'duplicate')),
           places AS (SELECT premises_id FROM recent GROUP BY premises_id HAVING count(*) >= $4),
           reopened AS (
               SELECT h.premises_id, min(r.closed_at) AS closed_at
               FROM hazards h JOIN hazard_rounds r ON r.hazard_id = h.id AND r.round = 1
               WHERE h.round > 1 AND h.premises_id IS NOT NULL GROUP BY h.premises_id),
           closings AS (
               SELECT places.premises_id, least(first.closed_at, reopened.closed_at) AS closed_at
               FROM places LEFT JOIN reopened USING (premises_id) LEFT JOIN LATERAL (
                   SELECT h.closed_at FROM hazards h
                   WHERE h.premises_id = places.premises_id AND h.closed_at IS NOT NULL
                   ORDER BY h.closed_at LIMIT 1) AS first ON true),
           worst AS (
               SELECT r.premises_id, count(*) AS again, max(r.received_at) AS last_received_at
               FROM recent r JOIN closings c ON c.premises_id = r.premises_id AND c.closed_at < r.received_at
               GROUP BY r.premises_id HAVING count(*) >= $4
               ORDER BY count(*) DESC, max(r.received_at) DESC, r.premises_id LIMIT $5)
           SELECT p.id, p.name, p.id AS premises_id, p.name AS premises_name, o.code AS organization_code,
                  o.name AS organization_name, w.again, w.last_received_at
           FROM worst w JOIN premises p ON p.id = w.premises_id JOIN organizations o ON o.id = p.organization_id
           ORDER BY w.again DESC, w.last_received_at DESC, p.id""",
        list(organization_ids),
        received_from,
        received_until,
        at_least,
        limit,
    )
    return [RepeatOffender(**row) for row in rows]


async def repeat_checkpoints(
    connection: Connection,
    organization_ids: Iterable[UUID],
    *,
    received_from: datetime,
    received_until: datetime,
    at_least: int,
    limit: int,
) -> list[RepeatOffender]:
    """The same for checkpoints."""
    await connection.execute("SET LOCAL work_mem = '64MB'")
    rows = await connection.fetch(
        """WITH recent AS MATERIALIZED (
               SELECT checkpoint_id, received_at FROM hazards
               WHERE organization_id = ANY ($1::uuid[]) AND received_at >= $2 AND received_at < $3
                 AND checkpoint_id IS NOT NULL AND state NOT IN ('invalid', 'duplicate')),
           places AS (SELECT checkpoint_id FROM recent GROUP BY checkpoint_id HAVING count(*) >= $4),
           reopened AS (
               SELECT h.checkpoint_id, min(r.closed_at) AS closed_at
               FROM hazards h JOIN hazard_rounds r ON r.hazard_id = h.id AND r.round = 1
               WHERE h.round > 1 AND h.checkpoint_id IS NOT NULL GROUP BY h.checkpoint_id),
           closings AS (
               SELECT places.checkpoint_id, least(first.closed_at, reopened.closed_at) AS closed_at
               FROM places LEFT JOIN reopened USING (checkpoint_id) LEFT JOIN LATERAL (
                   SELECT h.closed_at FROM hazards h
                   WHERE h.checkpoint_id = places.checkpoint_id AND h.closed_at IS NOT NULL
                   ORDER BY h.closed_at LIMIT 1) AS first ON true),
           worst AS (
               SELECT r.checkpoint_id, count(*) AS again, max(r.received_at) AS last_received_at
               FROM recent r JOIN closings c ON c.checkpoint_id = r.checkpoint_id AND c.closed_at < r.received_at
               GROUP BY r.checkpoint_id HAVING count(*) >= $4
               ORDER BY count(*) DESC, max(r.received_at) DESC, r.checkpoint_id LIMIT $5)
           SELECT k.id, k.name, p.id AS premises_id, p.name AS premises_name, o.code AS organization_code,
                  o.name AS organization_name, w.again, w.last_received_at
           FROM worst w JOIN checkpoints k ON k.id = w.checkpoint_id
           JOIN premises p ON p.id = k.premises_id JOIN organizations o ON o.id = p.organization_id
           ORDER BY w.again DESC, w.last_received_at DESC, k.id""",
        list(organization_ids),
        received_from,
        received_until,
        at_least,
        limit,
    )
    return [RepeatOffender(**row) for row in rows]
