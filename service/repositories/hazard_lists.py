"""Pages of hazards, newest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from schemas.hazards import State
from service.database import Connection
from service.domain.geodesy import Coordinate
from service.repositories.hazards import coordinate


@dataclass(frozen=True, slots=True)
class HazardFilter:
    """Which hazards a list shows. None: all."""

    states: tuple[State, ...] | None = None
    organization_ids: frozenset[UUID] | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: hazards after it are older, or of the same instant with a smaller id."""

    received_at: datetime
    hazard_id: UUID


NEWEST = Place(datetime(9999, 12, 31, tzinfo=UTC), UUID(int=(1 << 128) - 1))
"""Before every hazard there can be."""


@dataclass(frozen=True, slots=True)
class HazardLine:
    """A hazard as a list shows it, with the names it needs in both languages."""

    id: UUID
    number: str
    state: State
    version: int
    round: int
    attempt: int
    organization_code: str
    organization_name: str
    category: str
    category_zh: str
    category_en: str
    priority: str
    description: str
    place: str
    position: Coordinate | None
    received_at: datetime
    due_at: datetime | None
    owner_account: str | None
    owner_name: str | None


async def page(
    connection: Connection,
    *,
    account_id: UUID,
    readable_organization_ids: Iterable[UUID],
    wanted: HazardFilter,
    after: Place,
    limit: int,
) -> list[HazardLine]:
    """The newest hazards after a place that the person may see: in readable organizations, owned or reported by them.

    Each organization and state is one walk along an index that ends after `limit` rows, so a page costs the same
    however many hazards there are.
    """
    organizations = set(readable_organization_ids)
    if wanted.organization_ids is not None:
        organizations &= wanted.organization_ids
    rows = await connection.fetch(
        """WITH seen AS (
               SELECT found.id, found.received_at
               FROM unnest($1::uuid[]) AS o (id) CROSS JOIN unnest($2::text[]) AS s (state)
               CROSS JOIN LATERAL (
                   SELECT h.id, h.received_at FROM hazards h
                   WHERE h.organization_id = o.id AND h.state = s.state AND (h.received_at, h.id) < ($3, $4)
                     AND ($5::text IS NULL OR h.category = $5)
                   ORDER BY h.received_at DESC, h.id DESC LIMIT $6) AS found
               UNION
               (SELECT h.id, h.received_at FROM hazards h
                WHERE h.owner_id = $7 AND h.state = ANY($2) AND (h.received_at, h.id) < ($3, $4)
                  AND ($5::text IS NULL OR h.category = $5) AND ($8::uuid[] IS NULL OR h.organization_id = ANY($8))
                ORDER BY h.received_at DESC, h.id DESC LIMIT $6)
               UNION
               (SELECT h.id, h.received_at FROM hazards h
                WHERE h.reported_by = $7 AND h.state = ANY($2) AND (h.received_at, h.id) < ($3, $4)
                  AND ($5::text IS NULL OR h.category = $5) AND ($8::uuid[] IS NULL OR h.organization_id = ANY($8))
                ORDER BY h.received_at DESC, h.id DESC LIMIT $6)
               ORDER BY received_at DESC, id DESC LIMIT $6)
           SELECT h.id, h.number, h.state, h.version, h.round, h.attempt, o.code AS organization_code,
                  o.name AS organization_name, h.category, c.name_zh AS category_zh, c.name_en AS category_en,
                  c.priority, h.description, h.place, h.position, h.received_at, h.due_at, a.account AS owner_account,
                  a.name AS owner_name
           FROM seen JOIN hazards h ON h.id = seen.id
           JOIN organizations o ON o.id = h.organization_id
           JOIN categories c ON c.code = h.category
           LEFT JOIN accounts a ON a.id = h.owner_id
           ORDER BY h.received_at DESC, h.id DESC""",
        list(organizations),
        [state.value for state in wanted.states or State],
        after.received_at,
        after.hazard_id,
        wanted.category,
        limit,
        account_id,
        None if wanted.organization_ids is None else list(wanted.organization_ids),
    )
    return [
        HazardLine(**{**row, "state": State(row["state"]), "position": coordinate(row["position"])}) for row in rows
    ]
