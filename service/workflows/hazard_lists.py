"""Pages of the hazards that a person may see, and how many of them there are."""

from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from uuid import UUID

from schemas.base import Page
from schemas.hazard_answers import HazardSummary
from schemas.hazard_lists import GridCell, HazardCounts, HazardGrid, StateCount
from schemas.hazards import Level, Source, State
from service.database import Connection
from service.domain import map_cells, text_search
from service.domain.map_cells import Box, Cells
from service.domain.permissions import Actor, Permission
from service.i18n import Language, translate
from service.problems import Problem
from service.repositories import (
    accounts,
    hazard_counts,
    hazard_filters,
    hazard_lists,
    hazard_tallies,
    organizations,
    visits,
)
from service.repositories.hazard_filters import HazardFilter, Seer
from service.repositories.hazard_lists import HazardLine, Place
from service.workflows import hazard_answers, keyset
from service.workflows.context import Context, WorkerContext

ME = "me"
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardQuery:
    """Which hazards a person asks for, in their words; None is any. `area` is an organization's code and means all
    below it, `owner` an account or "me", `bbox` west,south,east,north in degrees.
    """

    states: tuple[State, ...] | None = None
    area: str | None = None
    category: str | None = None
    level: Level | None = None
    source: Source | None = None
    owner: str | None = None
    overdue: bool | None = None
    due_before: datetime | None = None
    received_from: datetime | None = None
    received_until: datetime | None = None
    bbox: str | None = None
    words: str | None = None
    shelved: bool | None = None
    premises_id: UUID | None = None
    checkpoint_id: UUID | None = None
    visit_id: UUID | None = None


async def page(
    context: Context,
    actor: Actor,
    query: HazardQuery,
    *,
    cursor: str | None,
    limit: int,
    now: datetime,
    language: Language,
) -> Page[HazardSummary]:
    """The newest hazards after `cursor`."""
    after = Place(*keyset.place_of(cursor))
    async with context.database.searching() as connection:
        wanted = await _filter(connection, actor, query, now)
        common_terms = {} if wanted.search is None else await context.common_terms.shares(connection)
        lines = await hazard_lists.page(
            connection, seer=seer(actor), wanted=wanted, after=after, limit=limit + 1, common_terms=common_terms
        )
    return Page(
        items=[hazard_answers.summary(line, actor.account_id, now, language) for line in lines[:limit]],
        next_cursor=next_cursor(lines, limit),
    )


async def counts(
    context: Context, actor: Actor, query: HazardQuery, *, now: datetime, language: Language
) -> HazardCounts:
    """How many there are by state."""
    looking = seer(actor)
    async with context.database.searching() as connection:
        wanted = await _filter(connection, actor, query, now)
        if wanted.is_counted_ahead:
            counted = await hazard_tallies.by_state(connection, looking, wanted)
        else:
            counted = await hazard_counts.by_state(connection, looking, wanted)
    lines = [
        StateCount(state=state, label=translate(f"hazards.state.{state}", language), count=counted.get(state, 0))
        for state in query.states or State
    ]
    return HazardCounts(total=sum(line.count for line in lines), states=lines)


async def grid(context: Context, actor: Actor, query: HazardQuery, *, zoom: int, now: datetime) -> HazardGrid:
    """How many there are in each cell of the map that `bbox` touches; without one, wherever there are any."""
    box = map_cells.WORLD if query.bbox is None else box_of(query.bbox)
    looking = seer(actor)
    async with context.database.snapshot() as connection:
        await hazard_filters.plan_for_values(connection)
        wanted = (await _filter(connection, actor, query, now)).within(None)
        extent = await hazard_tallies.extent(connection)
        cells = None if extent is None else map_cells.shown(box, extent, zoom + map_cells.LEVELS_BELOW_A_ZOOM)
        if cells is None:
            return HazardGrid(level=zoom + map_cells.LEVELS_BELOW_A_ZOOM, cells=[])
        counted = await _by_cell(connection, looking, wanted, cells)
    return HazardGrid(level=cells.level, cells=[_cell(cells.level, x, y, counted[x, y]) for x, y in sorted(counted)])


async def _by_cell(
    connection: Connection, looking: Seer, wanted: HazardFilter, cells: Cells
) -> dict[tuple[int, int], int]:
    ahead = map_cells.level_counted_ahead(cells.level)
    if ahead is None or not wanted.is_counted_ahead:
        return await hazard_counts.by_cell(connection, looking, wanted.within(cells.box()), cells)
    states = wanted.states or State
    counted = await hazard_tallies.by_cell(connection, cells, ahead, readable(looking, wanted), states)
    besides = await hazard_counts.by_cell_besides(connection, looking, wanted, cells)
    sums = {cell: counted.get(cell, 0) + besides.get(cell, 0) for cell in counted.keys() | besides.keys()}
    return {cell: hazards for cell, hazards in sums.items() if hazards}


def _cell(level: int, x: int, y: int, count: int) -> GridCell:
    west, north = map_cells.corner(level, x, y)
    east, south = map_cells.corner(level, x + 1, y + 1)
    return GridCell(x=x, y=y, count=count, west=west, south=south, east=east, north=north)


async def fold_tallies(context: WorkerContext) -> None:
    """Adds up what was counted since the last time. Nothing is wrong while this does not run, only slower."""
    async with context.database.transaction() as connection:
        await hazard_tallies.fold(connection)


def seer(actor: Actor) -> Seer:
    """Whose hazards this person sees."""
    return Seer(actor.account_id, actor.organizations_with(Permission.HAZARD_READ))


def readable(looking: Seer, wanted: HazardFilter) -> frozenset[UUID]:
    """The wanted organizations that the person may read."""
    if wanted.organization_ids is None:
        return looking.organization_ids
    return looking.organization_ids & wanted.organization_ids


def next_cursor(lines: list[HazardLine], limit: int) -> str | None:
    """Where the next page begins, of one line more than the limit; None after the last page."""
    return keyset.cursor_of(lines[limit - 1].received_at, lines[limit - 1].id) if len(lines) > limit else None


def box_of(text: str) -> Box:
    """Degrees of WGS-84 as RFC 7946, section 5 orders them: west,south,east,north. 400 `map.box_invalid`."""
    try:
        box = Box(*map(float, text.split(",")))
    except (TypeError, ValueError) as error:
        raise Problem("map.box_invalid") from error
    if not (all(map(isfinite, box)) and -180 <= box.west <= box.east <= 180 and -90 <= box.south <= box.north <= 90):
        raise Problem("map.box_invalid")
    return box


async def _filter(connection: Connection, actor: Actor, query: HazardQuery, now: datetime) -> HazardFilter:
    return HazardFilter(
        states=query.states or None,
        organization_ids=None if query.area is None else await organizations.all_below(connection, query.area),
        category=query.category,
        level=query.level,
        source=query.source,
        owner_id=await _owner(connection, actor, query.owner),
        is_overdue=query.overdue,
        at=now,
        due_before=query.due_before,
        received_from=query.received_from,
        received_until=query.received_until,
        is_shelved=query.shelved,
        premises_id=query.premises_id,
        checkpoint_id=query.checkpoint_id,
        visit_id=query.visit_id,
        visit_officer_ids=await _officers(connection, query.visit_id),
        box=None if query.bbox is None else box_of(query.bbox),
        search=None if query.words is None else text_search.parsed(query.words),
    )


async def _officers(connection: Connection, visit_id: UUID | None) -> frozenset[UUID] | None:
    if visit_id is None:
        return None
    visit = await visits.by_id(connection, visit_id)
    return None if visit is None else visit.officers


async def _owner(connection: Connection, actor: Actor, owner: str | None) -> UUID | None:
    """Nobody for an unknown account: whether there is one is not told."""
    if owner is None or owner == ME:
        return None if owner is None else actor.account_id
    account = await accounts.by_name(connection, owner)
    return NOBODY if account is None else account.id
