"""Pages of hazards, newest first.

A page must cost the same however many hazards there are. Where the order of the list and the filter have an index in
common, a page is a walk along it that ends after `limit` rows. Where they have not, there are two ways: look through
the newest hazards, which is right where the filter lets many pass, or fetch everything that it lets pass through the
index of its rarest mark and sort that, which is right where they are few. The planner's estimate says which it is; and
should the newest hold too few, the page is fetched in the other way.

Call with a connection of `Database.searching`, or one on which `hazard_filters.plan_for_values` holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from schemas.hazards import Level, Source, State
from service.database import Connection
from service.domain.geodesy import Coordinate
from service.domain.hazards import OWED
from service.domain.text_search import Search
from service.repositories import hazard_tallies
from service.repositories.hazard_filters import HazardFilter, Seer, composed
from service.repositories.hazards import coordinate

NEWEST_LOOKED_THROUGH = 4000
"""How many hazards are looked through before everything that passes is fetched. Takes about as long as a page does."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: hazards after it are older, or of the same instant with a smaller id."""

    received_at: datetime
    hazard_id: UUID


NEWEST = Place(datetime(9999, 12, 31, tzinfo=UTC), UUID(int=(1 << 128) - 1))
"""Before every hazard there can be."""
_BEGINNING = datetime(1, 1, 2, tzinfo=UTC)


class HazardLine(msgspec.Struct, frozen=True, gc=False):
    """A hazard as a list shows it, with the names it needs in both languages: a row of the view `hazard_lines`.

    A struct, which is made ten times as fast as a frozen dataclass; and lists make many.
    """

    id: UUID
    number: str
    state: State
    version: int
    round: int
    attempt: int
    level: Level
    source: Source
    shelved_at: datetime | None
    organization_code: str
    organization_name: str
    category: str
    category_zh: str
    category_en: str
    priority: str
    description: str
    place: str
    position: Coordinate | None
    captured_at: datetime
    received_at: datetime
    due_at: datetime | None
    owner_account: str | None
    owner_name: str | None
    owner_id: UUID | None
    reported_by: UUID
    second_inspector_id: UUID | None
    is_sealed: bool

    def tells_place_to(self, account_id: UUID) -> bool:
        """Whether this person, who may see the hazard, sees where it was found, as `lifecycle.reads_all` says."""
        return (
            not self.is_sealed
            or account_id != self.owner_id
            or account_id in (self.reported_by, self.second_inspector_id)
        )


_STATES = {state.value: state for state in State}


def line_of(values: dict[str, Any]) -> HazardLine:
    """From the columns of `hazard_lines`, which are changed."""
    values["state"], values["position"] = _STATES[values["state"]], coordinate(values["position"])
    return HazardLine(**values)


async def page(
    connection: Connection,
    *,
    seer: Seer,
    wanted: HazardFilter,
    after: Place,
    limit: int,
    common_terms: Mapping[str, float],
) -> list[HazardLine]:
    """The newest wanted hazards after a place that the person may see.

    `common_terms`, of `hazard_texts.common_terms`, only says which way is the quickest: what is found does not depend
    on it.
    """
    if wanted.received_until is not None:
        # Nothing is smaller than the smallest id, so this is before the instant itself.
        after = min(after, Place(wanted.received_until, UUID(int=0)), key=lambda place: place.received_at)
    if not wanted.is_plain:
        return await _marked(connection, seer, wanted, after, limit, common_terms)
    if wanted.states is None and wanted.category is None and wanted.due_by is None:
        return await _along_organizations(connection, seer, wanted, after, limit)
    return await _along_states(connection, seer, wanted, after, limit)


async def _along_organizations(
    connection: Connection, seer: Seer, wanted: HazardFilter, after: Place, limit: int
) -> list[HazardLine]:
    """Everything of the wanted organizations."""
    rows = await connection.fetch(
        """WITH seen AS (
               SELECT found.id, found.received_at
               FROM unnest($1::uuid[]) AS o (id)
               CROSS JOIN LATERAL (
                   SELECT h.id, h.received_at FROM hazards h
                   WHERE h.organization_id = o.id AND (h.received_at, h.id) < ($2, $3) AND h.received_at >= $4
                   ORDER BY h.received_at DESC, h.id DESC LIMIT $5) AS found
               UNION
               (SELECT h.id, h.received_at FROM hazards h
                WHERE h.owner_id = $6 AND (h.received_at, h.id) < ($2, $3) AND h.received_at >= $4
                  AND ($7::uuid[] IS NULL OR h.organization_id = ANY ($7))
                ORDER BY h.received_at DESC, h.id DESC LIMIT $5)
               UNION
               (SELECT h.id, h.received_at FROM hazards h
                WHERE h.reported_by = $6 AND (h.received_at, h.id) < ($2, $3) AND h.received_at >= $4
                  AND ($7::uuid[] IS NULL OR h.organization_id = ANY ($7))
                ORDER BY h.received_at DESC, h.id DESC LIMIT $5)
               UNION
               (SELECT h.id, h.received_at FROM hazards h
                WHERE h.second_inspector_id = $6 AND (h.received_at, h.id) < ($2, $3) AND h.received_at >= $4
                  AND ($7::uuid[] IS NULL OR h.organization_id = ANY ($7))
                ORDER BY h.received_at DESC, h.id DESC LIMIT $5)
               ORDER BY received_at DESC, id DESC LIMIT $5)
           SELECT l.* FROM seen JOIN hazard_lines l ON l.id = seen.id ORDER BY l.received_at DESC, l.id DESC""",
        _readable(seer, wanted),
        after.received_at,
        after.hazard_id,
        wanted.received_from or _BEGINNING,
        limit,
        seer.account_id,
        None if wanted.organization_ids is None else list(wanted.organization_ids),
    )
    return [line_of(dict(row)) for row in rows]


async def _along_states(
    connection: Connection, seer: Seer, wanted: HazardFilter, after: Place, limit: int
) -> list[HazardLine]:
    """States of the wanted organizations, perhaps of one category or due by an instant: one walk for each pair."""
    states = wanted.states or tuple(State)
    if wanted.due_by is not None:
        states = tuple(state for state in states if state in OWED)
    rows = await connection.fetch(
        """WITH seen AS (
               SELECT found.id, found.received_at
               FROM unnest($1::uuid[]) AS o (id) CROSS JOIN unnest($8::text[]) AS s (state)
               CROSS JOIN LATERAL (
                   SELECT h.id, h.received_at FROM hazards h
                   WHERE h.organization_id = o.id AND h.state = s.state AND (h.received_at, h.id) < ($2, $3)
                     AND h.received_at >= $4 AND ($9::text IS NULL OR h.category = $9)
                     AND ($10::timestamptz IS NULL OR h.due_at < $10)
                   ORDER BY h.received_at DESC, h.id DESC LIMIT $5) AS found
               UNION
               (SELECT h.id, h.received_at FROM hazards h
                WHERE h.owner_id = $6 AND h.state = ANY ($8) AND (h.received_at, h.id) < ($2, $3)
                  AND h.received_at >= $4 AND ($9::text IS NULL OR h.category = $9)
                  AND ($10::timestamptz IS NULL OR h.due_at < $10)
                  AND ($7::uuid[] IS NULL OR h.organization_id = ANY ($7))
                ORDER BY h.received_at DESC, h.id DESC LIMIT $5)
               UNION
               (SELECT h.id, h.received_at FROM hazards h
                WHERE h.reported_by = $6 AND h.state = ANY ($8) AND (h.received_at, h.id) < ($2, $3)
                  AND h.received_at >= $4 AND ($9::text IS NULL OR h.category = $9)
                  AND ($10::timestamptz IS NULL OR h.due_at < $10)
                  AND ($7::uuid[] IS NULL OR h.organization_id = ANY ($7))
                ORDER BY h.received_at DESC, h.id DESC LIMIT $5)
               UNION
               (SELECT h.id, h.received_at FROM hazards h
                WHERE h.second_inspector_id = $6 AND h.state = ANY ($8) AND (h.received_at, h.id) < ($2, $3)
                  AND h.received_at >= $4 AND ($9::text IS NULL OR h.category = $9)
                  AND ($10::timestamptz IS NULL OR h.due_at < $10)
                  AND ($7::uuid[] IS NULL OR h.organization_id = ANY ($7))
                ORDER BY h.received_at DESC, h.id DESC LIMIT $5)
               ORDER BY received_at DESC, id DESC LIMIT $5)
           SELECT l.* FROM seen JOIN hazard_lines l ON l.id = seen.id ORDER BY l.received_at DESC, l.id DESC""",
        _readable(seer, wanted),
        after.received_at,
        after.hazard_id,
        wanted.received_from or _BEGINNING,
        limit,
        seer.account_id,
        None if wanted.organization_ids is None else list(wanted.organization_ids),
        [state.value for state in states],
        wanted.category,
        wanted.due_by,
    )
    return [line_of(dict(row)) for row in rows]


def _readable(seer: Seer, wanted: HazardFilter) -> list[UUID]:
    if wanted.organization_ids is None:
        return list(seer.organization_ids)
    return list(seer.organization_ids & wanted.organization_ids)


async def _marked(
    connection: Connection,
    seer: Seer,
    wanted: HazardFilter,
    after: Place,
    limit: int,
    common_terms: Mapping[str, float],
) -> list[HazardLine]:
    """Any filter at all."""
    if wanted.is_of_one_place:
        return await _sorted(connection, seer, wanted, after, limit, is_box_wide=True)
    if wanted.has_an_ordered_mark and wanted.search is None and wanted.box is None:
        return await _along_mark(connection, seer, wanted, after, limit)
    share, hazards_in_box = await _share(connection, seer, wanted, 2 * limit / NEWEST_LOOKED_THROUGH, common_terms)
    if share * NEWEST_LOOKED_THROUGH > 2 * limit:
        looked_through = min(NEWEST_LOOKED_THROUGH, int(4 * limit / share))
        lines = await _newest(connection, seer, wanted, after, limit, looked_through=looked_through)
        if len(lines) == limit:
            return lines
    is_box_wide = hazards_in_box > hazard_tallies.WIDE_BOX
    return await _sorted(connection, seer, wanted, after, limit, is_box_wide=is_box_wide)


async def _along_mark(
    connection: Connection, seer: Seer, wanted: HazardFilter, after: Place, limit: int
) -> list[HazardLine]:
    """Walks along the index of a mark that has the order of the list."""
    rows = await connection.fetch(
        """WITH seen AS (
               SELECT h.id FROM hazards h
               WHERE hazard_matches(h, $1::hazard_filter)
                 AND (h.organization_id = ANY ($2::uuid[]) OR h.owner_id = $3 OR h.reported_by = $3
                      OR h.second_inspector_id = $3)
                 AND (h.received_at, h.id) < ($4, $5)
               ORDER BY h.received_at DESC, h.id DESC LIMIT $6)
           SELECT l.* FROM seen JOIN hazard_lines l ON l.id = seen.id ORDER BY l.received_at DESC, l.id DESC""",
        composed(wanted, seer, is_box_wide=True, with_terms=False),
        list(seer.organization_ids),
        seer.account_id,
        after.received_at,
        after.hazard_id,
        limit,
    )
    return [line_of(dict(row)) for row in rows]


async def _newest(
    connection: Connection, seer: Seer, wanted: HazardFilter, after: Place, limit: int, *, looked_through: int
) -> list[HazardLine]:
    """Looks through so many hazards in the order of the list. The inner LIMIT is what keeps the planner on this way."""
    rows = await connection.fetch(
        """WITH seen AS (
               SELECT newest.id FROM (
                   SELECT h, h.id, h.received_at FROM hazards h
                   WHERE (h.received_at, h.id) < ($4, $5) AND h.received_at >= $6
                   ORDER BY h.received_at DESC, h.id DESC LIMIT $7) AS newest (h, id, received_at)
               LEFT JOIN hazard_texts t ON t.hazard_id = newest.id
               WHERE hazard_matches(newest.h, $1::hazard_filter) AND text_matches(t, $1::hazard_filter)
                 AND ((newest.h).organization_id = ANY ($2::uuid[]) OR (newest.h).owner_id = $3
                      OR (newest.h).reported_by = $3 OR (newest.h).second_inspector_id = $3)
               ORDER BY newest.received_at DESC, newest.id DESC LIMIT $8)
           SELECT l.* FROM seen JOIN hazard_lines l ON l.id = seen.id ORDER BY l.received_at DESC, l.id DESC""",
        composed(wanted, seer, is_box_wide=True, with_terms=False),
        list(seer.organization_ids),
        seer.account_id,
        after.received_at,
        after.hazard_id,
        wanted.received_from or _BEGINNING,
        looked_through,
        limit,
    )
    return [line_of(dict(row)) for row in rows]


async def _sorted(
    connection: Connection, seer: Seer, wanted: HazardFilter, after: Place, limit: int, *, is_box_wide: bool
) -> list[HazardLine]:
    """Fetches all that passes, then sorts. MATERIALIZED: the order of the list must not choose the index."""
    rows = await connection.fetch(
        """WITH found AS MATERIALIZED (
               SELECT h.id, h.received_at FROM hazards h LEFT JOIN hazard_texts t ON t.hazard_id = h.id
               WHERE hazard_matches(h, $1::hazard_filter) AND text_matches(t, $1::hazard_filter)
                 AND (h.organization_id = ANY ($2::uuid[]) OR h.owner_id = $3 OR h.reported_by = $3
                      OR h.second_inspector_id = $3)
                 AND (h.received_at, h.id) < ($4, $5)),
           seen AS (SELECT id FROM found ORDER BY received_at DESC, id DESC LIMIT $6)
           SELECT l.* FROM seen JOIN hazard_lines l ON l.id = seen.id ORDER BY l.received_at DESC, l.id DESC""",
        composed(wanted, seer, is_box_wide=is_box_wide),
        list(seer.organization_ids),
        seer.account_id,
        after.received_at,
        after.hazard_id,
        limit,
    )
    return [line_of(dict(row)) for row in rows]


async def _share(
    connection: Connection, seer: Seer, wanted: HazardFilter, rare: float, common_terms: Mapping[str, float]
) -> tuple[float, int]:
    """About which share of all hazards a filter lets the person see, not told further once it is less than `rare`; and
    how many lie in its box.
    """
    share, hazards_in_box = 1.0, 0
    marks = replace(wanted, box=None, search=None)
    # Organizations and states are counted ahead, of everything else the planner must be asked.
    is_counted, readable = marks.is_counted_ahead, _readable(seer, wanted)
    if wanted.search is not None:
        share = _share_of_words(wanted.search, common_terms)
    if wanted.box is not None:
        narrowed = (readable, wanted.states) if is_counted else (None, None)
        in_box = await hazard_tallies.in_box(connection, wanted.box, *narrowed)
        share, hazards_in_box = share * in_box.share, in_box.hazards
    if share > rare and not is_counted:
        share *= await _share_of_marks(connection, seer, marks)
    elif share > rare and wanted.box is None:
        share *= await hazard_tallies.share(connection, readable, wanted.states)
    return share, hazards_in_box


def _share_of_words(search: Search, common_terms: Mapping[str, float]) -> float:
    """Which share of all texts holds the rarest term of a search; 0 for a rare one.

    The planner would take the product of all terms, while those of one word come together.
    """
    if search.number_terms is not None:
        return 0.0
    return min((common_terms.get(term, 0.0) for term in search.terms), default=0.0)


async def _share_of_marks(connection: Connection, seer: Seer, wanted: HazardFilter) -> float:
    """Which share of all hazards the rest of the filter lets the person see: the planner's estimate."""
    told = await connection.fetchval(
        """EXPLAIN (FORMAT JSON)
           SELECT FROM hazards h
           WHERE hazard_matches(h, $1::hazard_filter)
             AND (h.organization_id = ANY ($2::uuid[]) OR h.owner_id = $3 OR h.reported_by = $3
                  OR h.second_inspector_id = $3)""",
        composed(wanted.within(None), seer),
        list(seer.organization_ids),
        seer.account_id,
    )
    among = await connection.fetchval("SELECT reltuples FROM pg_class WHERE oid = 'hazards'::regclass")
    share: float = told[0]["Plan"]["Plan Rows"] / max(among, 1.0)
    return min(1.0, share)
