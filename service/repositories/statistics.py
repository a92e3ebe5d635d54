"""Sums over the standings that held at an instant."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from service.database import Connection
from service.domain.statistics import Counts

Key = Literal["area", "unit", "category", "source", "level", "day"]
GroupKey = UUID | date | str | None
"""An organization's id, a day in China, or a name or code; None for unknown units."""


async def counts(
    connection: Connection, organization_ids: Iterable[UUID], first: date, last: date, cutoff: datetime, key: Key
) -> list[tuple[GroupKey, Counts]]:
    """The counts of hazards received from `first` to `last` (days in China, both included) as of `cutoff`, by `key`.

    Several rows have one key: one for each tally and level.
    """
    # Planned anew each time, for a cut-off of now reads hardly anything of the past and one of last year much; hashed,
    # for which the planner wants memory as it expects far more groups than there are; not compiled for the machine,
    # which costs more than it saves below some millions of rows.
    await connection.execute(
        "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL work_mem = '64MB'; SET LOCAL jit = off"
    )
    rows = await connection.fetch(
        """SELECT CASE WHEN $5 = 'area' THEN organization_id END AS area,
                  CASE WHEN $5 = 'day' THEN received_on END AS day,
                  CASE $5 WHEN 'unit' THEN unit WHEN 'category' THEN category WHEN 'source' THEN source
                      WHEN 'level' THEN level END AS name,
                  tally, level, count(*) AS hazards,
                  count(*) FILTER (WHERE is_fixed) AS fixed,
                  count(*) FILTER (WHERE due_at <= $4) AS due,
                  count(*) FILTER (WHERE due_at <= $4 AND is_on_time) AS fixed_on_time,
                  count(*) FILTER (WHERE due_at < $4 AND is_running) AS overdue,
                  count(*) FILTER (WHERE is_on_the_spot) AS on_the_spot,
                  count(*) FILTER (WHERE is_shelved) AS shelved,
                  count(*) FILTER (WHERE rounds_assigned > 0) AS planned,
                  count(*) FILTER (WHERE rounds_assigned > 0 AND is_arranged) AS planned_with_five,
                  count(supervised_by) AS supervised,
                  count(*) FILTER (WHERE supervised_by = 'city') AS supervised_by_city,
                  count(*) FILTER (WHERE supervised_by = 'province') AS supervised_by_province,
                  sum(rounds_assigned) AS assigned_rounds, sum(rounds_extended) AS extended_rounds,
                  sum(rounds_reviewed) AS reviewed_rounds, sum(rounds_reworked) AS reworked_rounds,
                  sum(rounds_first_passed) AS first_passed_rounds, sum(funds_yuan)::bigint AS funds_yuan
           FROM hazard_standings_ever
           WHERE organization_id = ANY($1) AND received_on BETWEEN $2 AND $3 AND holds_from <= $4 AND holds_until > $4
           GROUP BY 1, 2, 3, 4, 5""",
        list(organization_ids),
        first,
        last,
        cutoff,
        key,
    )
    found: list[tuple[GroupKey, Counts]] = []
    for row in rows:
        values = dict(row)
        area, day, name = values.pop("area"), values.pop("day"), values.pop("name")
        found.append((area or day or name, Counts(**values)))
    return found


async def premises_visited(
    connection: Connection, organization_ids: Iterable[UUID], since: datetime, until: datetime, cutoff: datetime
) -> dict[UUID, int]:
    """How many places were visited at least once, by the organization that answers for them.

    Of the visits received from `since` to before `until` and not after the cut-off. A place that is not registered
    counts by what the inspector called it.
    """
    rows = await connection.fetch(
        """SELECT organization_id, count(*) AS visited
           FROM (SELECT DISTINCT organization_id, premises_id, NULL::text AS place FROM visits
                 WHERE premises_id IS NOT NULL AND organization_id = ANY($1) AND received_at >= $2
                   AND received_at < $3 AND received_at <= $4
                 UNION ALL
                 SELECT DISTINCT organization_id, NULL::uuid, place FROM visits
                 WHERE premises_id IS NULL AND organization_id = ANY($1) AND received_at >= $2
                   AND received_at < $3 AND received_at <= $4) AS visited
           GROUP BY organization_id""",
        list(organization_ids),
        since,
        until,
        cutoff,
    )
    return {row["organization_id"]: row["visited"] for row in rows}


async def category_names(connection: Connection) -> dict[str, tuple[str, str]]:
    """The Chinese and the English name of every category, as its latest edition has them."""
    rows = await connection.fetch(
        """SELECT DISTINCT ON (code) code, name_zh, name_en FROM category_editions ORDER BY code, valid_from DESC"""
    )
    return {row["code"]: (row["name_zh"], row["name_en"]) for row in rows}
