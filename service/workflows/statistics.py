"""Figures by group and the upward monthly table, as of a cut-off, of the organizations that a person reads them for."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from schemas.accounts import Organization
from schemas.hazard_answers import Named
from schemas.statistics import Cut, MonthlyRow, MonthlyTable, Statistics, StatisticsRow
from service.database import Connection
from service.domain import periods
from service.domain.permissions import Actor, Permission
from service.domain.statistics import Counts, figures, monthly
from service.i18n import Language, translate
from service.problems import Problem
from service.repositories import organizations, statistics
from service.repositories.statistics import GroupKey, Key
from service.workflows.context import Context

_KEYS: Final[dict[Cut, Key]] = {
    "area": "area",
    "unit": "unit",
    "category": "category",
    "source": "source",
    "level": "level",
    "month": "day",
    "week": "day",
}

Groups = dict[GroupKey, list[Counts]]


async def read(
    context: Context,
    actor: Actor,
    *,
    first: date | None,
    last: date | None,
    cutoff: datetime | None,
    area: str | None,
    by: Cut,
    now: datetime,
    language: Language,
) -> Statistics:
    """The figures of hazards received on these days, as of `cutoff`. `area` is an organization's code: all below it.

    403 for who may not read statistics anywhere, 422 `statistics.cutoff_future` and `statistics.period_empty`.
    """
    at = periods.cutoff_at(cutoff, now)
    since, until = periods.period(first, last, at)
    async with context.database.snapshot() as connection:
        covered = await covered_by(connection, actor, area)
        counted = await statistics.counts(connection, covered, since, until, at, _KEYS[by])
        groups: Groups = defaultdict(list)
        for key, counts in counted:
            groups[periods.period_key(key, by) if isinstance(key, date) else key].append(counts)
        rows = await _named(connection, groups, by, covered, language)
    return Statistics(
        from_=since,
        until=until,
        cutoff=at,
        by=by,
        rows=rows,
        total=figures(counts for _, counts in counted),
    )


async def read_monthly(
    context: Context,
    actor: Actor,
    *,
    year: int,
    month: int,
    cutoff: datetime | None,
    area: str | None,
    now: datetime,
) -> MonthlyTable:
    """The upward monthly table, cumulative since January, as of `cutoff`: by default the end of the month, or now."""
    since, until = periods.months_so_far(year, month)
    end = periods.start_of_day(until + timedelta(days=1))
    at = periods.cutoff_at(min(now, end - timedelta(microseconds=1)) if cutoff is None else cutoff, now)
    async with context.database.snapshot() as connection:
        covered = await covered_by(connection, actor, area)
        counted = await statistics.counts(connection, covered, since, until, at, "area")
        visited = await statistics.premises_visited(connection, covered, periods.start_of_day(since), end, at)
    groups: Groups = defaultdict(list)
    for key, counts in counted:
        groups[key].append(counts)
    rows = [
        MonthlyRow(
            area=Named(code=organization.code, name=organization.name),
            figures=monthly(figures(groups[organization.id]), visited.get(organization.id, 0)),
        )
        for organization in covered.values()
    ]
    total = monthly(figures(counts for _, counts in counted), sum(visited.values()))
    return MonthlyTable(year=year, month=month, cutoff=at, rows=rows, total=total)


async def covered_by(connection: Connection, actor: Actor, area: str | None) -> dict[UUID, Organization]:
    """The organizations of `area` in which the person may read statistics, by code.

    403 for who may in none of them, also where the area is none: zeros would be read as "nothing was found there".
    """
    covered = actor.organizations_with(Permission.STATISTICS_READ)
    if area is not None:
        covered &= await organizations.all_below(connection, area)
    if not covered:
        raise Problem("permission.denied")
    return {organization.id: organization for organization in await organizations.by_ids(connection, covered)}


async def _named(
    connection: Connection, groups: Groups, by: Cut, covered: dict[UUID, Organization], language: Language
) -> list[StatisticsRow]:
    match by:
        case "area":
            # Who found nothing is a line too.
            return [
                _row(organization.code, organization.name, groups.get(organization.id, ()))
                for organization in covered.values()
            ]
        case "category":
            catalogue = await statistics.category_names(connection)
            names = {code: english if language == "en" else chinese for code, (chinese, english) in catalogue.items()}
        case "source" | "level":
            names = {str(key): translate(f"statistics.{by}.{key}", language) for key in groups}
        case _:
            names = {}
    unknown = translate("statistics.unit.unknown", language)
    known = sorted((str(key), counts) for key, counts in groups.items() if key is not None)
    rows = [_row(key, names.get(key, key), counts) for key, counts in known]
    return rows + ([_row(None, unknown, groups[None])] if None in groups else [])


def _row(key: str | None, name: str, counts: Iterable[Counts]) -> StatisticsRow:
    return StatisticsRow(key=key, name=name, figures=figures(counts))
