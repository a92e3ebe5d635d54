"""The working calendar that deadlines are counted by."""

from datetime import datetime
from typing import Annotated

from litestar import Response, Router, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from schemas.calendars import CalendarYear
from service.domain.deadlines import day_of
from service.domain.permissions import Actor
from service.routes.kept import TAG_HEADER, IfNoneMatch, kept
from service.routes.openapi import answers, operation
from service.workflows import calendars
from service.workflows.context import Context


@get(
    "/calendar",
    summary="Read the working calendar of a year",
    response_headers=[TAG_HEADER],
    responses=answers(),
    operation_class=operation(not_modified=True),
)
async def get_calendar(
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    year: Annotated[int | None, QueryParameter(ge=1970, le=2199, description="By default this one, in China")] = None,
    if_none_match: IfNoneMatch = None,
) -> Response[CalendarYear]:
    """Holidays and make-up workdays by the State Council's notice, and what the bureau entered since."""
    return kept(await calendars.read(context, day_of(now).year if year is None else year), if_none_match)


router = Router("/", route_handlers=[get_calendar], tags=["Catalogue and places"])
