"""Hazards with everything that a line of the ledger shows, newest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from schemas.hazards import Level, Outcome, Source, State
from service.database import Connection
from service.domain.hazards import Details


@dataclass(frozen=True, slots=True)
class LedgerFilter:
    """Which hazards to show: received from `since` to before `until`. None: all."""

    since: datetime
    until: datetime
    category: str | None = None
    level: Level | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One hazard of the ledger, with what its round being lived says."""

    id: UUID
    number: str
    state: State
    received_at: datetime
    captured_at: datetime
    inspector: str
    second_inspector: str | None
    source: Source
    organization_code: str
    organization_name: str
    unit: str | None
    industry: str | None
    place: str
    building: str | None
    floor: str | None
    category: str
    category_zh: str
    category_en: str
    basis: list[str]
    description: str
    level: Level
    details: Details
    owner: str | None
    due_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    on_the_spot: bool
    round: int
    extensions: int
    measures: str | None
    submitted_at: datetime | None
    funds_yuan: int
    reviewed_at: datetime | None
    reviewer: str | None
    review_outcome: Outcome | None
    photos_before: list[UUID]
    photos_after: list[UUID]


async def page(
    connection: Connection,
    *,
    organization_ids: Iterable[UUID],
    wanted: LedgerFilter,
    after: tuple[datetime, UUID],
    limit: int,
) -> list[LedgerRow]:
    """The newest hazards after a place. Each organization is one walk along an index that ends after `limit` rows."""
    rows = await connection.fetch(
        """SELECT found.id
           FROM unnest($1::uuid[]) AS o (id) CROSS JOIN LATERAL (
               SELECT h.id, h.received_at FROM hazards h
               WHERE h.organization_id = o.id AND (h.received_at, h.id) < ($2, $3)
                 AND h.received_at >= $4 AND h.received_at < $5
                 AND ($6::text IS NULL OR h.category = $6) AND ($7::text IS NULL OR h.level = $7)
                 AND ($8::text IS NULL OR h.source = $8)
               ORDER BY h.received_at DESC, h.id DESC LIMIT $9) AS found
           ORDER BY found.received_at DESC, found.id DESC LIMIT $9""",
        list(organization_ids),
        *after,
        wanted.since,
        wanted.until,
        wanted.category,
        wanted.level,
        wanted.source,
        limit,
    )
    return await _lines(connection, [row["id"] for row in rows])


async def _lines(connection: Connection, hazard_ids: list[UUID]) -> list[LedgerRow]:
    rows = await connection.fetch(
        """SELECT h.id, h.number, h.state, h.received_at, h.captured_at, i.name AS inspector,
                  i2.name AS second_inspector, h.source, o.code AS organization_code, o.name AS organization_name,
                  s.unit, p.industry, h.place, h.building, h.floor, h.category, e.name_zh AS category_zh,
                  e.name_en AS category_en, h.description, h.level, h.details, w.name AS owner, r.due_at, r.closed_at,
                  c.name AS closed_by, r.on_the_spot, h.round, f.measures, f.submitted_at,
                  coalesce(s.funds_yuan, 0) AS funds_yuan, v.decided_at AS reviewed_at, v.reviewer,
                  v.outcome AS review_outcome,
                  ARRAY(SELECT b.clause_key FROM category_bases b
                        WHERE b.code = e.code AND b.valid_from = e.valid_from ORDER BY b.ordinal) AS basis,
                  (SELECT count(*) FROM hazard_extensions x
                   WHERE x.hazard_id = h.id AND x.round = h.round AND x.granted) AS extensions,
                  ARRAY(SELECT n.photo_id FROM hazard_photos n JOIN photos a ON a.id = n.photo_id
                            AND a.sha256 = n.sha256 AND (a.uploaded_by = n.named_by OR n.visible_when_named)
                        WHERE n.hazard_id = h.id AND n.role = 'before'
                        ORDER BY n.round, n.attempt, n.ordinal) AS photos_before,
                  ARRAY(SELECT n.photo_id FROM hazard_photos n JOIN photos a ON a.id = n.photo_id
                            AND a.sha256 = n.sha256 AND (a.uploaded_by = n.named_by OR n.visible_when_named)
                        WHERE n.hazard_id = h.id AND n.role = 'after' AND n.round = h.round
                        ORDER BY n.attempt, n.ordinal) AS photos_after
           FROM hazards h
           JOIN organizations o ON o.id = h.organization_id
           JOIN accounts i ON i.id = h.reported_by
           JOIN category_editions e ON e.code = h.category AND e.valid_from = h.category_edition
           JOIN hazard_rounds r ON r.hazard_id = h.id AND r.round = h.round
           LEFT JOIN hazard_standings s ON s.hazard_id = h.id
           LEFT JOIN accounts i2 ON i2.id = h.second_inspector_id
           LEFT JOIN premises p ON p.id = h.premises_id
           LEFT JOIN accounts w ON w.id = r.owner_id
           LEFT JOIN accounts c ON c.id = r.closed_by
           LEFT JOIN LATERAL (SELECT a.measures, a.submitted_at FROM hazard_attempts a
               WHERE a.hazard_id = h.id AND a.round = h.round ORDER BY a.attempt DESC LIMIT 1) AS f ON true
           LEFT JOIN LATERAL (SELECT a.decided_at, a.outcome, d.name AS reviewer
               FROM hazard_attempts a JOIN accounts d ON d.id = a.decided_by
               WHERE a.hazard_id = h.id AND a.round = h.round ORDER BY a.attempt DESC LIMIT 1) AS v ON true
           WHERE h.id = ANY($1) ORDER BY h.received_at DESC, h.id DESC""",
        hazard_ids,
    )
    return [_row(row) for row in rows]


def _row(row: Any) -> LedgerRow:
    return LedgerRow(
        **{**row, "state": State(row["state"]), "details": msgspec.convert(row["details"], Details)},
    )
