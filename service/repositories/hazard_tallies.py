"""How many hazards there are, by state and cell of the map: counted ahead, exact at every moment.

Every change of a hazard appends what it changed (a trigger does), `fold` adds that up from time to time, and a read
sums what is folded and what is not in one statement, which sees one moment.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from schemas.hazards import State
from service.database import Connection
from service.domain.map_cells import COUNTED_AHEAD, Box, Cells, touched
from service.repositories.hazard_filters import HazardFilter, Seer

CELLS_OF_AN_ESTIMATE = 64
WIDE_BOX = 5000
"""From so many hazards in a box on, an index of anything else is the better one."""
LEVEL_OF_THE_EXTENT = 10
FOLDING_LOCK = 0x666F6C64
"""One at a time folds; any constant of our own does ('fold')."""


async def fold(connection: Connection) -> int:
    """Adds up the changes of every transaction that is over; returns how many. Call it in a transaction.

    0 without waiting when somebody else is folding.
    """
    if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", FOLDING_LOCK):
        return 0
    folded: int = await connection.fetchval(
        """WITH taken AS (DELETE FROM hazard_tally_changes RETURNING organization_id, state, x, y, hazards),
           folded AS (
               INSERT INTO hazard_tallies (level, x, y, organization_id, state, hazards)
               SELECT l.level, t.x >> (23 - l.level), t.y >> (23 - l.level), t.organization_id, t.state, sum(t.hazards)
               FROM taken t CROSS JOIN unnest('{4,6,8,10,12,14,16,18,20,22}'::smallint[]) AS l (level)
               WHERE t.x IS NOT NULL
               GROUP BY 1, 2, 3, 4, 5 HAVING sum(t.hazards) <> 0
               UNION ALL
               SELECT 0, 0, 0, t.organization_id, t.state, sum(t.hazards)
               FROM taken t GROUP BY 4, 5 HAVING sum(t.hazards) <> 0
               ORDER BY 1, 2, 3
               ON CONFLICT (level, x, y, organization_id, state)
                   DO UPDATE SET hazards = hazard_tallies.hazards + excluded.hazards)
           SELECT count(*) FROM taken"""
    )
    return folded


@dataclass(frozen=True, slots=True)
class InBox:
    """About how many hazards lie in a box, and which share of all lies there and is of the organizations and states."""

    hazards: int
    share: float


async def in_box(
    connection: Connection,
    box: Box,
    organization_ids: Iterable[UUID] | None = None,
    states: Iterable[State] | None = None,
) -> InBox:
    """Counts the cells that a box touches, of the finest level at which these are few: quick, and never too low by
    more than what was not folded yet.
    """
    cells = touched(box, COUNTED_AHEAD[0])
    for level in COUNTED_AHEAD:
        finer = touched(box, level)
        if finer.count > CELLS_OF_AN_ESTIMATE:
            break
        cells = finer
    row = await connection.fetchrow(
        """SELECT coalesce(sum(hazards), 0) AS inside,
                  coalesce(sum(hazards) FILTER (WHERE ($6::uuid[] IS NULL OR organization_id = ANY ($6))
                                                  AND ($7::text[] IS NULL OR state = ANY ($7))), 0) AS wanted,
                  coalesce((SELECT sum(hazards) FROM hazard_tallies WHERE level = 0), 0) AS everywhere
           FROM hazard_tallies WHERE level = $1 AND x BETWEEN $2 AND $3 AND y BETWEEN $4 AND $5""",
        cells.level,
        cells.west,
        cells.east,
        cells.north,
        cells.south,
        None if organization_ids is None else list(organization_ids),
        None if states is None else [state.value for state in states],
    )
    return InBox(row["inside"], row["wanted"] / max(row["everywhere"], 1))


async def share(connection: Connection, organization_ids: Iterable[UUID], states: Iterable[State] | None) -> float:
    """About which share of all hazards is of these organizations and states."""
    found: float = await connection.fetchval(
        """SELECT coalesce(sum(hazards) FILTER (WHERE organization_id = ANY ($1::uuid[])
                                                  AND ($2::text[] IS NULL OR state = ANY ($2)))
                           / nullif(sum(hazards), 0)::float8, 0)
           FROM hazard_tallies WHERE level = 0""",
        list(organization_ids),
        None if states is None else [state.value for state in states],
    )
    return found


async def by_state(connection: Connection, seer: Seer, wanted: HazardFilter) -> dict[State, int]:
    """How many hazards the person may see, of organizations and states only; what is not theirs to read but to fix or
    reported by them is no tally and counted here. One statement, so that all of it is of one moment.
    """
    readable, organizations = seer.organization_ids, wanted.organization_ids
    rows = await connection.fetch(
        """SELECT state, sum(hazards) AS hazards FROM (
               SELECT state, hazards FROM hazard_tallies
               WHERE level = 0 AND x = 0 AND y = 0 AND organization_id = ANY ($1::uuid[])
               UNION ALL
               SELECT state, hazards FROM hazard_tally_changes WHERE organization_id = ANY ($1::uuid[])
               UNION ALL
               SELECT h.state, count(*) FROM hazards h
               WHERE (h.owner_id = $2 OR h.reported_by = $2 OR h.second_inspector_id = $2)
                 AND h.organization_id <> ALL ($3::uuid[]) AND ($4::uuid[] IS NULL OR h.organization_id = ANY ($4))
               GROUP BY h.state) AS counted
           GROUP BY state HAVING sum(hazards) > 0""",
        list(readable if organizations is None else readable & organizations),
        seer.account_id,
        list(readable),
        None if organizations is None else list(organizations),
    )
    return {State(row["state"]): int(row["hazards"]) for row in rows}


async def by_cell(
    connection: Connection, cells: Cells, ahead: int, organization_ids: Iterable[UUID], states: Iterable[State]
) -> dict[tuple[int, int], int]:
    """How many hazards of these organizations and states lie in each cell, by column and row; `ahead` is the level
    counted ahead to sum up from.
    """
    counted = cells.at(ahead)
    rows = await connection.fetch(
        """SELECT x >> $1 AS x, y >> $1 AS y, sum(hazards) AS hazards FROM (
               SELECT x, y, hazards FROM hazard_tallies
               WHERE level = $2 AND x BETWEEN $3 AND $4 AND y BETWEEN $5 AND $6
                 AND organization_id = ANY ($7::uuid[]) AND state = ANY ($8::text[])
               UNION ALL
               SELECT x >> (23 - $2), y >> (23 - $2), hazards FROM hazard_tally_changes
               WHERE x >> (23 - $2) BETWEEN $3 AND $4 AND y >> (23 - $2) BETWEEN $5 AND $6
                 AND organization_id = ANY ($7::uuid[]) AND state = ANY ($8::text[])) AS counted
           GROUP BY 1, 2 HAVING sum(hazards) > 0""",
        ahead - cells.level,
        ahead,
        counted.west,
        counted.east,
        counted.north,
        counted.south,
        list(organization_ids),
        [state.value for state in states],
    )
    return {(row["x"], row["y"]): row["hazards"] for row in rows}


async def extent(connection: Connection) -> Cells | None:
    """The rectangle of rather big cells in which all positions lie; None while there is none."""
    row = await connection.fetchrow(
        """SELECT min(x) AS west, min(y) AS north, max(x) AS east, max(y) AS south FROM (
               SELECT x, y FROM hazard_tallies WHERE level = $1
               UNION ALL
               SELECT x >> (23 - $1), y >> (23 - $1) FROM hazard_tally_changes WHERE x IS NOT NULL) AS cells""",
        LEVEL_OF_THE_EXTENT,
    )
    if row["west"] is None:
        return None
    return Cells(LEVEL_OF_THE_EXTENT, row["west"], row["north"], row["east"], row["south"])
