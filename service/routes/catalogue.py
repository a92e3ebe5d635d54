"""The catalogue of hazards that phones keep."""

from datetime import date, datetime
from typing import Annotated

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from schemas.base import Page
from schemas.catalogue import Category
from service.domain.deadlines import day_of
from service.domain.permissions import Actor
from service.routes.kept import TAG_HEADER, IfNoneMatch, kept
from service.routes.openapi import answers, operation
from service.workflows import categories
from service.workflows.context import Context


@get(
    "/categories",
    summary="Read the catalogue of hazards",
    response_headers=[TAG_HEADER],
    responses=answers(),
    operation_class=operation(not_modified=True),
)
async def list_categories(
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    on: Annotated[date | None, QueryParameter(description="A day in China; today unless given")] = None,
    if_none_match: IfNoneMatch = None,
) -> Response[Page[Category]]:
    """Every category on one page, as it holds on a day. A phone keeps it and asks with If-None-Match."""
    return kept(await categories.read(context, on or day_of(now)), if_none_match)


router = Router("/", route_handlers=[list_categories], tags=["Catalogue and places"])
