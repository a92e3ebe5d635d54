"""Finding hazards: pages, counts, the map, and what lies beside one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency, Provide
from litestar.openapi.spec import Example
from litestar.params import Body, FromPath, QueryParameter

from schemas.base import Page
from schemas.hazard_answers import HazardSummary
from schemas.hazard_lists import (
    EarlierHazard,
    HazardCollection,
    HazardCounts,
    HazardFeature,
    HazardGrid,
    NearbyHazard,
    NearbyQuestion,
    RepeatOffender,
)
from schemas.hazards import Level, Source, State
from service.auth import authenticate
from service.domain.permissions import Actor
from service.domain.text_search import MOST_CHARACTERS
from service.i18n import Language
from service.routes import hazard_examples
from service.routes.dependencies import AnyRequest, provide_context, provide_language, provide_now
from service.routes.instants import INSTANT, instant
from service.routes.openapi import FORM, answers, operation
from service.workflows import hazard_lists, hazard_neighbors
from service.workflows.context import Context
from service.workflows.hazard_lists import HazardQuery

GEOJSON: Final = "application/geo+json"
QUERY_PROBLEMS: Final = ("map.box_invalid", "search.word_too_short")

Limit = Annotated[int, QueryParameter(ge=1, le=200)]
Cursor = Annotated[str | None, QueryParameter(max_length=64, description="`next_cursor` of the page before")]
Area = Annotated[str | None, QueryParameter(max_length=32, description="An organization's code; it and all below it")]
From = Annotated[
    str | None,
    QueryParameter(
        name="from", schema_extra=INSTANT, description="Received at this instant or later, RFC 3339 (write + as %2B)"
    ),
]
Until = Annotated[
    str | None, QueryParameter(name="until", schema_extra=INSTANT, description="Received before this instant")
]


def provide_query(
    states: Annotated[list[State] | None, QueryParameter(name="state", description="May be repeated")] = None,
    area: Area = None,
    category: Annotated[str | None, QueryParameter(max_length=3, description="A category's code")] = None,
    level: Annotated[Level | None, QueryParameter(description="How grave it is")] = None,
    source: Annotated[Source | None, QueryParameter(description="How it became known")] = None,
    owner: Annotated[
        str | None, QueryParameter(max_length=64, description="The account that answers for the fix, or `me`")
    ] = None,
    overdue: Annotated[bool | None, QueryParameter(description="Whether the owner's time is over")] = None,
    due_before: Annotated[
        str | None, QueryParameter(schema_extra=INSTANT, description="Still to be fixed, and due before this instant")
    ] = None,
    received_from: From = None,
    received_until: Until = None,
    bbox: Annotated[
        str | None,
        QueryParameter(max_length=200, description="west,south,east,north in degrees of WGS-84 (RFC 7946, 5)"),
    ] = None,
    q: Annotated[
        str | None,
        QueryParameter(
            max_length=MOST_CHARACTERS,
            description="Words of two characters or more that all stand in description or place; or a hazard's number, "
            "whole or its end behind a hyphen",
        ),
    ] = None,
    shelved: Annotated[bool | None, QueryParameter(description="Whether it is shelved")] = None,
    premises: Annotated[UUID | None, QueryParameter(description="Found at these premises")] = None,
    checkpoint: Annotated[UUID | None, QueryParameter(description="Found at this checkpoint")] = None,
    visit: Annotated[UUID | None, QueryParameter(description="Found on this visit")] = None,
) -> HazardQuery:
    """Which hazards, by the query of the address. All filters can be combined."""
    return HazardQuery(
        states=tuple(states) if states else None,
        area=area,
        category=category,
        level=level,
        source=source,
        owner=owner,
        overdue=overdue,
        due_before=instant("due_before", due_before),
        received_from=instant("from", received_from),
        received_until=instant("until", received_until),
        bbox=bbox,
        words=q,
        shelved=shelved,
        premises_id=premises,
        checkpoint_id=checkpoint,
        visit_id=visit,
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for which hazards, in which language and when, and of whom."""

    wanted: HazardQuery
    context: Context
    actor: Actor
    now: datetime
    language: Language


async def provide_asked(request: AnyRequest, wanted: NamedDependency[HazardQuery]) -> Asked:
    """All of it at once: what a handler depends on beside one another costs a task each, and lists are asked often."""
    context = provide_context(request)
    actor = await authenticate(request, context)
    return Asked(wanted, context, actor, provide_now(), provide_language(request))


QUERY: Final = {"wanted": Provide(provide_query, sync_to_thread=False), "asked": Provide(provide_asked)}
LINK_HEADER: Final = ResponseHeader(
    name="Link", description="The next page (RFC 8288), of a page of GeoJSON", documentation_only=True
)


@get(
    "/hazards",
    summary="List hazards",
    dependencies=QUERY,
    response_headers=[LINK_HEADER],
    responses=answers("page.cursor_invalid", *QUERY_PROBLEMS),
    operation_class=operation(media_types=["application/json", GEOJSON]),
)
async def list_hazards(
    request: AnyRequest, asked: NamedDependency[Asked], limit: Limit = 50, cursor: Cursor = None
) -> Response[Page[HazardSummary] | HazardCollection]:
    """Newest first, and only what the person asking may see; with `Accept: application/geo+json` as GeoJSON."""
    page = await hazard_lists.page(
        asked.context, asked.actor, asked.wanted, cursor=cursor, limit=limit, now=asked.now, language=asked.language
    )
    if GEOJSON not in request.headers.get("accept", ""):
        return Response(page)
    headers = {}
    if page.next_cursor is not None:
        others = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
        headers["Link"] = f'<{request.url.path}?{urlencode([*others, ("cursor", page.next_cursor)])}>; rel="next"'
    return Response(collection(page), media_type=GEOJSON, headers=headers)


def collection(page: Page[HazardSummary]) -> HazardCollection:
    """A page as GeoJSON."""
    return HazardCollection(
        features=[
            HazardFeature(
                id=hazard.id,
                geometry=None
                if hazard.position is None
                else {"type": "Point", "coordinates": [hazard.position.lon, hazard.position.lat]},
                properties=hazard,
            )
            for hazard in page.items
        ],
        next_cursor=page.next_cursor,
    )


@get("/hazards/counts", summary="Count hazards by state", dependencies=QUERY, responses=answers(*QUERY_PROBLEMS))
async def count_hazards(asked: NamedDependency[Asked]) -> HazardCounts:
    """Of what the person asking may see, with the filters of the list."""
    return await hazard_lists.counts(asked.context, asked.actor, asked.wanted, now=asked.now, language=asked.language)


@get(
    "/hazards/grid",
    summary="Count hazards by cell of the map",
    dependencies=QUERY,
    responses=answers(*QUERY_PROBLEMS),
)
async def count_by_cell(
    asked: NamedDependency[Asked],
    zoom: Annotated[int, QueryParameter(ge=0, le=20, description="Of the map; a tile of it is 8 cells wide")],
) -> HazardGrid:
    """Whole cells that `bbox` touches, with the filters of the list; cells without hazards are left out.

    State and area are quick however many hazards there are; other filters are counted when asked.
    """
    return await hazard_lists.grid(asked.context, asked.actor, asked.wanted, zoom=zoom, now=asked.now)


@get(
    "/hazards/{hazard_id:uuid}/nearby",
    summary="Find what may be the same hazard",
    responses=answers("hazard.not_found"),
)
async def list_nearby(
    hazard_id: FromPath[UUID],
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    language: NamedDependency[Language],
) -> Page[NearbyHazard]:
    """Open or closed, of the same category, within 50 m, found within 30 days of it; the nearest first, 20 at most."""
    return await hazard_neighbors.nearby(context, actor, hazard_id, now=now, language=language)


@post(
    "/hazards/nearby",
    summary="Find what may be reported already",
    status_code=200,
    responses=answers(*FORM),
)
async def ask_nearby(
    data: Annotated[NearbyQuestion, Body(examples=[Example(summary="A stair", value=hazard_examples.NEARBY)])],
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    language: NamedDependency[Language],
) -> Page[NearbyHazard]:
    """For a phone before it reports: the same as for a hazard, found in the last 30 days. Nothing is written."""
    return await hazard_neighbors.nearby_question(context, actor, data, now=now, language=language)


@get(
    "/hazards/{hazard_id:uuid}/earlier",
    summary="Find earlier hazards of the same place",
    responses=answers("hazard.not_found", "page.cursor_invalid"),
)
async def list_earlier(
    hazard_id: FromPath[UUID],
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    language: NamedDependency[Language],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[EarlierHazard]:
    """At its checkpoint or premises, and closed before it came in; newest first."""
    return await hazard_neighbors.earlier(
        context, actor, hazard_id, cursor=cursor, limit=limit, now=now, language=language
    )


@get("/repeat-offenders", summary="List places where hazards come again", responses=answers("permission.denied"))
async def list_repeat_offenders(
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    by: Annotated[
        Literal["premises", "checkpoint"], QueryParameter(description="What counts as one place")
    ] = "premises",
    area: Area = None,
    received_from: From = None,
    received_until: Until = None,
    at_least: Annotated[int, QueryParameter(ge=1, le=1000, description="How often it came again")] = 2,
    limit: Limit = 50,
) -> Page[RepeatOffender]:
    """By how many hazards came in the period after an earlier one of the place had been closed; most first, one page.

    The period is the 90 days before `until`, or now, unless `from` says otherwise.
    """
    return await hazard_neighbors.repeat_offenders(
        context,
        actor,
        by=by,
        area=area,
        received_from=instant("from", received_from),
        received_until=instant("until", received_until),
        at_least=at_least,
        limit=limit,
        now=now,
    )


router = Router(
    "/",
    route_handlers=[
        list_hazards,
        count_hazards,
        count_by_cell,
        list_nearby,
        ask_nearby,
        list_earlier,
        list_repeat_offenders,
    ],
    tags=["Finding hazards"],
)
