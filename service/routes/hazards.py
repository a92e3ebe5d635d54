"""Reporting, reading and acting on hazards."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Response, Router, get, post, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example
from litestar.params import Body, FromPath, JSONBody

from schemas.base import Page
from schemas.hazard_actions import ActionBody
from schemas.hazard_answers import HazardAnswer, HistoryLine
from schemas.hazards import HazardReport, State
from service.domain.lifecycle import TRANSITIONS, Party, Transition
from service.domain.permissions import Actor
from service.i18n import Language
from service.routes import hazard_examples
from service.routes.openapi import FORM, answers
from service.routes.versioned import REPLAYED_HEADER, VERSION_HEADER, IfMatch, encoded, versioned
from service.workflows import hazards
from service.workflows.context import Context


@put(
    "/hazards/{hazard_id:uuid}",
    summary="Report a hazard",
    status_code=201,
    response_headers=[VERSION_HEADER, REPLAYED_HEADER],
    responses=answers(
        *FORM,
        "permission.denied",
        "hazard.content_differs",
        "hazard.category_unknown",
        "checkpoint.token_invalid",
        "hazard.organization_required",
        "hazard.organization_unknown",
        "hazard.photo_named_twice",
        "hazard.photo_shows_before",
        "hazard.premises_unknown",
        "hazard.self_check_goes_up",
        "hazard.verification_required",
        "hazard.second_person_required",
        "hazard.second_inspector_unsuitable",
        "hazard.time_out_of_range",
        "request.not_found",
    ),
)
async def report_hazard(
    hazard_id: FromPath[UUID],
    data: Annotated[HazardReport, Body(examples=[Example(summary="A stair occupied", value=hazard_examples.REPORT)])],
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    language: NamedDependency[Language],
) -> Response[HazardAnswer]:
    """The phone makes the id, any UUID. The same content again gets the same answer; photos come before or after."""
    reply = await hazards.report(context, actor, hazard_id=hazard_id, report=data, now=now, language=language)
    return encoded(reply, language, HazardAnswer)


@get(
    "/hazards/{hazard_id:uuid}",
    summary="Read a hazard",
    response_headers=[VERSION_HEADER],
    responses=answers("hazard.not_found"),
)
async def get_hazard(
    hazard_id: FromPath[UUID],
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    language: NamedDependency[Language],
) -> Response[HazardAnswer]:
    """With `actions`, what the person asking may do now; send the ETag as If-Match with an action."""
    hazard = await hazards.read(context, actor, hazard_id, now=now, language=language)
    return versioned(hazard, hazard.version, language)


@get("/hazards/{hazard_id:uuid}/events", summary="Read a hazard's history", responses=answers("hazard.not_found"))
async def list_events(
    hazard_id: FromPath[UUID], context: NamedDependency[Context], actor: NamedDependency[Actor]
) -> Page[HistoryLine]:
    """Everything that happened to it, oldest first, on one page."""
    return await hazards.history(context, actor, hazard_id)


PARTY_PROBLEMS: Final = {
    Party.ANYONE: ("hazard.owner_may_not",),
    Party.OWNER: ("hazard.not_the_owner",),
    Party.FINDER: ("hazard.not_the_finder",),
    Party.INDEPENDENT: ("hazard.fixer_may_not_review",),
    Party.APPROVER: ("hazard.fixer_may_not_review", "hazard.reviewer_may_not_approve"),
}


def action_route(row: Transition) -> HTTPRouteHandler:
    """The address of one action, described by its row of the table."""

    async def act(
        hazard_id: FromPath[UUID],
        data: JSONBody[ActionBody],
        context: NamedDependency[Context],
        actor: NamedDependency[Actor],
        now: NamedDependency[datetime],
        language: NamedDependency[Language],
        if_match: IfMatch = None,
    ) -> Response[HazardAnswer]:
        reply = await hazards.act(
            context,
            actor,
            hazard_id=hazard_id,
            action=row.action,
            body=data,
            if_match=if_match,
            now=now,
            language=language,
        )
        return encoded(reply, language, HazardAnswer)

    example = Example(summary=row.action.value, value=hazard_examples.ACTIONS[row.action])
    act.__annotations__["data"] = Annotated[row.body, Body(examples=[example])]
    act.__name__ = f"{row.action.value}_hazard"
    sources = ", ".join(f"`{state}`" for state in State if state in row.sources)
    target = "the same state" if row.target is None else f"`{row.target}`"
    if row.target_if_major is not None:
        target += f" (a major hazard to `{row.target_if_major}`)"
    rule = f"From {sources} to {target}; needs `{row.permission}`, party `{row.party}`."
    return post(
        f"/hazards/{{hazard_id:uuid}}/actions/{row.action}",
        summary=f"Act on a hazard: {row.action}",
        description=f"{row.body.__doc__} {rule}",
        status_code=200,
        response_headers=[VERSION_HEADER, REPLAYED_HEADER],
        responses=answers(
            *FORM,
            "action.content_differs",
            "hazard.action_not_allowed_now",
            "hazard.not_found",
            "hazard.version_required",
            "hazard.version_stale",
            "permission.denied",
            *PARTY_PROBLEMS[row.party],
            *row.problems,
        ),
    )(act)


router = Router(
    "/",
    route_handlers=[
        report_hazard,
        get_hazard,
        list_events,
        *(action_route(row) for row in TRANSITIONS.values()),
    ],
    tags=["Hazards"],
)
