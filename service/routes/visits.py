"""Recording visits and reading them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, put
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import Body, FromPath, QueryParameter

from schemas.base import Page
from schemas.visits import VisitAnswer, VisitReport, VisitResult, VisitSummary
from service.domain.permissions import Actor
from service.i18n import Language
from service.routes import paper_examples
from service.routes.instants import INSTANT, instant
from service.routes.openapi import FORM, answers
from service.routes.versioned import PRIVATE, REPLAYED_HEADER, VERSION_HEADER, encoded
from service.workflows import visits
from service.workflows.context import Context


@put(
    "/visits/{visit_id:uuid}",
    summary="Record a visit",
    status_code=201,
    response_headers=[VERSION_HEADER, REPLAYED_HEADER],
    responses=answers(
        *FORM,
        "attachment.named_twice",
        "checkpoint.token_invalid",
        "hazard.organization_required",
        "hazard.organization_unknown",
        "hazard.premises_unknown",
        "permission.denied",
        "request.not_found",
        "visit.certificate_without_officer",
        "visit.certificates_equal",
        "visit.content_differs",
        "visit.second_officer_unsuitable",
        "visit.time_out_of_range",
    ),
)
async def record_visit(
    visit_id: FromPath[UUID],
    data: Annotated[VisitReport, Body(examples=[Example(summary="Nothing wrong", value=paper_examples.VISIT)])],
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    language: NamedDependency[Language],
) -> Response[VisitAnswer]:
    """The phone makes the id, any UUID. The same content again gets the same answer; a clear visit needs no photo.

    Hazards name the visit in `visit_id` and may arrive before or after it; those that its officers reported are its
    own. Where result and hazards disagree the answer has a flag.
    """
    reply = await visits.record(context, actor, visit_id=visit_id, report=data, now=now, language=language)
    return encoded(reply, language, VisitAnswer)


@get("/visits", summary="List visits", responses=answers("page.cursor_invalid"))
async def list_visits(
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    language: NamedDependency[Language],
    area: Annotated[
        str | None, QueryParameter(max_length=32, description="An organization's code; it and all below it")
    ] = None,
    officer: Annotated[str | None, QueryParameter(max_length=64, description="An account; either officer")] = None,
    premises: Annotated[UUID | None, QueryParameter(description="A premises' id")] = None,
    since: Annotated[
        str | None, QueryParameter(name="from", schema_extra=INSTANT, description="Earliest start")
    ] = None,
    until: Annotated[str | None, QueryParameter(schema_extra=INSTANT, description="Starts before")] = None,
    result: Annotated[VisitResult | None, QueryParameter()] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, QueryParameter(max_length=64, description="`next_cursor` of the page before")] = None,
) -> Page[VisitSummary]:
    """The latest first, by when they began, and only what the person asking may see."""
    return await visits.page(
        context,
        actor,
        area=area,
        officer=officer,
        premises_id=premises,
        since=instant("from", since),
        until=instant("until", until),
        result=result,
        cursor=cursor,
        limit=limit,
        language=language,
    )


@get("/visits/{visit_id:uuid}", summary="Read a visit", responses=answers("visit.not_found"))
async def get_visit(
    visit_id: FromPath[UUID],
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    language: NamedDependency[Language],
) -> Response[VisitAnswer]:
    """With its hazards that have arrived. No entity tag: they may still come."""
    visit = await visits.read(context, actor, visit_id, language=language)
    return Response(visit, headers={**PRIVATE, "Content-Language": language})


router = Router("/", route_handlers=[record_visit, list_visits, get_visit], tags=["Visits"])
