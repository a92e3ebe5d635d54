"""What lies beside a hazard: perhaps the same thing reported before, and what was wrong at the place earlier."""

from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from schemas.base import Page
from schemas.hazard_answers import HazardSummary, Named
from schemas.hazard_lists import EarlierHazard, NearbyHazard, NearbyQuestion, RepeatOffender
from service.database import Connection
from service.domain import lifecycle, map_cells
from service.domain.geodesy import Coordinate, distance_m, to_wgs84
from service.domain.permissions import Actor, Permission
from service.i18n import Language
from service.problems import Problem
from service.repositories import hazard_neighbors, organizations
from service.repositories.hazard_lists import HazardLine, Place
from service.workflows import hazard_answers, hazard_changes, keyset
from service.workflows.context import Context
from service.workflows.hazard_lists import next_cursor, seer

NEARBY_M: Final = 50.0
NEARBY_TIME: Final = timedelta(days=30)
MOST_NEARBY: Final = 20
_LOOKED_AT: Final = 200
PERIOD: Final = timedelta(days=90)


async def nearby(
    context: Context, actor: Actor, hazard_id: UUID, *, now: datetime, language: Language
) -> Page[NearbyHazard]:
    """Of the same category, within 50 m, found within 30 days before or after it; the nearest first, 20 at most.

    404 `hazard.not_found`.
    """
    async with context.database.snapshot() as connection:
        hazard = await hazard_changes.visible(connection, hazard_id, actor)
        if hazard.position is None or not lifecycle.tells_place(hazard, actor):
            return Page(items=[])
        found_at = hazard.finding.captured_at
        near = await _near(
            connection,
            actor,
            hazard.finding.category,
            hazard.position,
            (found_at - NEARBY_TIME, found_at + NEARBY_TIME),
            hazard_id,
        )
    return Page(items=[_with_distance(line, actor, far, now, language) for line, far in near])


async def nearby_question(
    context: Context, actor: Actor, question: NearbyQuestion, *, now: datetime, language: Language
) -> Page[NearbyHazard]:
    """The same for what is not reported yet, found in the last 30 days."""
    given = question.position
    place = to_wgs84(Coordinate(given.lon, given.lat), given.datum)
    async with context.database.snapshot() as connection:
        # A phone's clock may be ahead of ours.
        between = (now - NEARBY_TIME, now + timedelta(days=1))
        near = await _near(connection, actor, question.category, place, between, None)
    return Page(items=[_with_distance(line, actor, far, now, language) for line, far in near])


async def _near(
    connection: Connection,
    actor: Actor,
    category: str,
    place: Coordinate,
    between: tuple[datetime, datetime],
    beside: UUID | None,
) -> list[tuple[HazardLine, float]]:
    lines = await hazard_neighbors.like(
        connection,
        seer(actor),
        category=category,
        box=map_cells.around(place, NEARBY_M),
        captured_from=between[0],
        captured_until=between[1],
        beside=beside,
        limit=_LOOKED_AT,
    )
    far = [(line, distance_m(place, line.position)) for line in lines if line.position is not None]
    return sorted(
        ((line, distance) for line, distance in far if distance <= NEARBY_M), key=lambda near: (near[1], near[0].id)
    )[:MOST_NEARBY]


def _with_distance(line: HazardLine, actor: Actor, far: float, now: datetime, language: Language) -> NearbyHazard:
    return NearbyHazard(
        **_fields(hazard_answers.summary(line, actor.account_id, now, language)), distance_m=round(far, 1)
    )


def _fields(summary: HazardSummary) -> dict[str, Any]:
    return {name: getattr(summary, name) for name in HazardSummary.__struct_fields__}


async def earlier(
    context: Context,
    actor: Actor,
    hazard_id: UUID,
    *,
    cursor: str | None,
    limit: int,
    now: datetime,
    language: Language,
) -> Page[EarlierHazard]:
    """What was found at its checkpoint or premises and closed before it came in, newest first; 404."""
    after = Place(*keyset.place_of(cursor))
    async with context.database.snapshot() as connection:
        await hazard_changes.visible(connection, hazard_id, actor)
        lines = await hazard_neighbors.earlier(
            connection, seer(actor), hazard_id=hazard_id, after=after, limit=limit + 1
        )
    return Page(
        items=[
            EarlierHazard(**_fields(hazard_answers.summary(line, actor.account_id, now, language)), same=same)
            for line, same in lines[:limit]
        ],
        next_cursor=next_cursor([line for line, _ in lines], limit),
    )


async def repeat_offenders(
    context: Context,
    actor: Actor,
    *,
    by: Literal["premises", "checkpoint"],
    area: str | None,
    received_from: datetime | None,
    received_until: datetime | None,
    at_least: int,
    limit: int,
    now: datetime,
) -> Page[RepeatOffender]:
    """Places by how often hazards came again in a period, by default the last 90 days, most first; one page.

    403 `permission.denied` for who may read no organization's hazards.
    """
    readable = actor.organizations_with(Permission.HAZARD_READ)
    if not readable:
        raise Problem("permission.denied")
    until = received_until or now
    read = hazard_neighbors.repeat_premises if by == "premises" else hazard_neighbors.repeat_checkpoints
    async with context.database.snapshot() as connection:
        wanted = readable if area is None else readable & await organizations.all_below(connection, area)
        offenders = await read(
            connection,
            wanted,
            received_from=received_from or until - PERIOD,
            received_until=until,
            at_least=at_least,
            limit=limit,
        )
    return Page(
        items=[
            RepeatOffender(
                id=place.id,
                name=place.name,
                premises_id=place.premises_id,
                premises_name=place.premises_name,
                organization=Named(code=place.organization_code, name=place.organization_name),
                again=place.again,
                last_received_at=place.last_received_at,
            )
            for place in offenders
        ]
    )
