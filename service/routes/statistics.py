"""Figures of hazards, the upward monthly table and the ledger."""

from datetime import date, datetime
from typing import Annotated

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from schemas.base import Page
from schemas.hazards import Level, Source
from schemas.statistics import Cut, LedgerLine, MonthlyTable, Statistics
from service.domain.permissions import Actor
from service.i18n import Language
from service.routes import statistics_examples
from service.routes.instants import INSTANT, instant
from service.routes.openapi import answers, operation
from service.workflows import ledger, statistics
from service.workflows.context import Context

First = Annotated[
    date | None, QueryParameter(name="from", description="First day, in China; by default the first of January")
]
Last = Annotated[date | None, QueryParameter(name="until", description="Last day, in China; by default the cut-off's")]
Cutoff = Annotated[
    str | None,
    QueryParameter(
        schema_extra=INSTANT,
        description="Count what held at this instant, RFC 3339 with an offset (write + as %2B); now",
    ),
]
Area = Annotated[str | None, QueryParameter(max_length=32, description="An organization's code; it and all below it")]


@get(
    "/statistics",
    summary="Count hazards",
    responses=answers("permission.denied", "statistics.cutoff_future", "statistics.period_empty"),
    operation_class=operation(examples={200: statistics_examples.STATISTICS}),
)
async def get_statistics(
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    language: NamedDependency[Language],
    first: First = None,
    last: Last = None,
    cutoff: Cutoff = None,
    area: Area = None,
    by: Annotated[Cut, QueryParameter(description="What each row stands for; weeks are those of ISO 8601")] = "area",
) -> Statistics:
    """Of the hazards received in a period: found, fixed, due, rates. What happens after the cut-off changes nothing."""
    return await statistics.read(
        context,
        actor,
        first=first,
        last=last,
        cutoff=instant("cutoff", cutoff),
        area=area,
        by=by,
        now=now,
        language=language,
    )


@get(
    "/statistics/monthly",
    summary="Read the upward monthly table",
    responses=answers("permission.denied", "statistics.cutoff_future"),
    operation_class=operation(examples={200: statistics_examples.MONTHLY}),
)
async def get_monthly(
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    year: Annotated[int, QueryParameter(ge=2000, le=2199)],
    month: Annotated[int, QueryParameter(ge=1, le=12)],
    cutoff: Cutoff = None,
    area: Area = None,
) -> MonthlyTable:
    """Cumulative since January, a row for each organization. The cut-off is the end of the month, or now before it."""
    return await statistics.read_monthly(
        context, actor, year=year, month=month, cutoff=instant("cutoff", cutoff), area=area, now=now
    )


@get(
    "/ledger",
    summary="Read the ledger",
    responses=answers("page.cursor_invalid", "permission.denied", "statistics.period_empty"),
)
async def list_ledger(
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    language: NamedDependency[Language],
    first: First = None,
    last: Last = None,
    area: Area = None,
    category: Annotated[str | None, QueryParameter(max_length=3, description="A category's code")] = None,
    level: Annotated[Level | None, QueryParameter(description="How grave it is in its latest round")] = None,
    source: Annotated[Source | None, QueryParameter(description="How it became known")] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, QueryParameter(max_length=64, description="`next_cursor` of the page before")] = None,
) -> Page[LedgerLine]:
    """The lines of the ledger (台账) as they are now, of hazards received in a period, newest first."""
    return await ledger.page(
        context,
        actor,
        first=first,
        last=last,
        area=area,
        category=category,
        level=level,
        source=source,
        cursor=cursor,
        limit=limit,
        now=now,
        language=language,
    )


router = Router("/", route_handlers=[get_statistics, get_monthly, list_ledger], tags=["Statistics"])
