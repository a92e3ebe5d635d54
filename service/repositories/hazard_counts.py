"""How many hazards there are of any filter, by state and by cell of the map.

What is counted ahead is in `hazard_tallies`; here is what must be counted when asked. Call with a connection of
`Database.searching`, or one on which `hazard_filters.plan_for_values` holds.
"""

from schemas.hazards import State
from service.database import Connection
from service.domain.map_cells import Cells
from service.repositories import hazard_tallies
from service.repositories.hazard_filters import HazardFilter, Seer, composed


async def by_state(connection: Connection, seer: Seer, wanted: HazardFilter) -> dict[State, int]:
    """How many wanted hazards the person may see; states of which there are none are left out."""
    rows = await connection.fetch(
        """SELECT state, sum(hazards)::bigint AS hazards FROM (
               SELECT h.state, count(*) AS hazards FROM hazards h LEFT JOIN hazard_texts t ON t.hazard_id = h.id
               WHERE hazard_matches(h, $1::hazard_filter) AND text_matches(t, $1::hazard_filter)
                 AND h.organization_id = ANY ($2::uuid[])
               GROUP BY h.state
               UNION ALL
               SELECT h.state, count(*) FROM hazards h LEFT JOIN hazard_texts t ON t.hazard_id = h.id
               WHERE hazard_matches(h, $1::hazard_filter) AND text_matches(t, $1::hazard_filter)
                 AND (h.owner_id = $3 OR h.reported_by = $3
                      OR h.second_inspector_id = $3) AND h.organization_id <> ALL ($2::uuid[])
               GROUP BY h.state) AS counted
           GROUP BY state""",
        composed(wanted, seer, is_box_wide=await _is_box_wide(connection, wanted)),
        list(seer.organization_ids),
        seer.account_id,
    )
    return {State(row["state"]): row["hazards"] for row in rows}


async def by_cell(connection: Connection, seer: Seer, wanted: HazardFilter, cells: Cells) -> dict[tuple[int, int], int]:
    """How many wanted hazards that the person may see lie in each cell. `wanted.box` must hold all of the cells."""
    rows = await connection.fetch(
        """SELECT map_column(h.position) >> $4 AS x, map_row(h.position) >> $4 AS y, count(*) AS hazards
           FROM hazards h LEFT JOIN hazard_texts t ON t.hazard_id = h.id
           WHERE hazard_matches(h, $1::hazard_filter) AND text_matches(t, $1::hazard_filter)
             AND (h.organization_id = ANY ($2::uuid[]) OR h.owner_id = $3 OR h.reported_by = $3
                  OR h.second_inspector_id = $3)
             AND h.position IS NOT NULL
             AND map_column(h.position) >> $4 BETWEEN $5 AND $6 AND map_row(h.position) >> $4 BETWEEN $7 AND $8
           GROUP BY 1, 2""",
        composed(wanted, seer, is_box_wide=await _is_box_wide(connection, wanted)),
        list(seer.organization_ids),
        seer.account_id,
        23 - cells.level,
        cells.west,
        cells.east,
        cells.north,
        cells.south,
    )
    return {(row["x"], row["y"]): row["hazards"] for row in rows}


async def by_cell_besides(
    connection: Connection, seer: Seer, wanted: HazardFilter, cells: Cells
) -> dict[tuple[int, int], int]:
    """What the tallies of readable organizations lack, by cell: what the person owns or reported elsewhere; and less
    than none where a place is withheld from its owner, who reads the organization besides.
    """
    rows = await connection.fetch(
        """SELECT map_column(h.position) >> $1 AS x, map_row(h.position) >> $1 AS y,
                  sum(CASE WHEN h.organization_id = ANY ($3::uuid[]) THEN -1 ELSE 1 END) AS hazards
           FROM hazards h
           WHERE (h.owner_id = $2 OR h.reported_by = $2 OR h.second_inspector_id = $2)
             AND place_is_told(h, $2) = (h.organization_id <> ALL ($3::uuid[]))
             AND ($4::uuid[] IS NULL OR h.organization_id = ANY ($4)) AND h.state = ANY ($5::text[])
             AND map_column(h.position) >> $1 BETWEEN $6 AND $7 AND map_row(h.position) >> $1 BETWEEN $8 AND $9
           GROUP BY 1, 2""",
        23 - cells.level,
        seer.account_id,
        list(seer.organization_ids),
        None if wanted.organization_ids is None else list(wanted.organization_ids),
        [state.value for state in wanted.states or State],
        cells.west,
        cells.east,
        cells.north,
        cells.south,
    )
    return {(row["x"], row["y"]): row["hazards"] for row in rows}


async def _is_box_wide(connection: Connection, wanted: HazardFilter) -> bool:
    if wanted.box is None:
        return False
    inside = await hazard_tallies.in_box(connection, wanted.box)
    return inside.hazards > hazard_tallies.WIDE_BOX and wanted.has_a_rare_mark
