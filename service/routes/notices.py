"""Issuing notices, what becomes of them, and reading them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example
from litestar.params import Body, FromPath, JSONBody, QueryParameter

from schemas.base import Page
from schemas.hazard_actions import ActionBody
from schemas.hazard_answers import HistoryLine
from schemas.hazards import Action
from schemas.notices import NoticeAnswer, NoticeIssue, NoticeKind, NoticeSummary
from service.domain.lifecycle import TRANSITIONS
from service.domain.notices import RULES, NoticeRule
from service.domain.permissions import Actor
from service.i18n import Language
from service.routes import paper_examples
from service.routes.openapi import FORM, answers
from service.routes.versioned import REPLAYED_HEADER, VERSION_HEADER, IfMatch, encoded, versioned
from service.workflows import notices
from service.workflows.context import Context


@put(
    "/notices/{notice_id:uuid}",
    summary="Issue a notice",
    status_code=201,
    response_headers=[VERSION_HEADER, REPLAYED_HEADER],
    responses=answers(
        *FORM,
        "attachment.named_twice",
        "hazard.action_not_allowed_now",
        "hazard.not_found",
        "notice.certificates_required",
        "notice.content_differs",
        "notice.hazard_listed_twice",
        "notice.officer_unsuitable",
        "notice.officers_equal",
        "notice.several_organizations",
        "permission.denied",
        *TRANSITIONS[Action.ASSIGN].problems,
    ),
)
async def issue_notice(
    notice_id: FromPath[UUID],
    data: Annotated[NoticeIssue, Body(examples=[Example(summary="Two hazards", value=paper_examples.NOTICE)])],
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    language: NamedDependency[Language],
) -> Response[NoticeAnswer]:
    """The desk makes the id, any UUID. The same content again gets the same answer.

    Every listed hazard is assigned to the owner in one go, or none is: a problem with one of them names it in
    `hazard_id`. Needs `notice:issue` and `hazard:assign`.
    """
    reply = await notices.issue(context, actor, notice_id=notice_id, issue=data, now=now, language=language)
    return encoded(reply, language, NoticeAnswer)


@get("/notices", summary="List notices", responses=answers("page.cursor_invalid"))
async def list_notices(
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    language: NamedDependency[Language],
    area: Annotated[
        str | None, QueryParameter(max_length=32, description="An organization's code; it and all below it")
    ] = None,
    kind: Annotated[NoticeKind | None, QueryParameter()] = None,
    served: Annotated[bool | None, QueryParameter(description="Whether a service is on record")] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, QueryParameter(max_length=64, description="`next_cursor` of the page before")] = None,
) -> Page[NoticeSummary]:
    """Newest first: of the organizations whose notices the person asking reads, and those that went to them."""
    return await notices.page(
        context, actor, area=area, kind=kind, served=served, cursor=cursor, limit=limit, language=language
    )


@get(
    "/notices/{notice_id:uuid}",
    summary="Read a notice",
    response_headers=[VERSION_HEADER],
    responses=answers("notice.not_found"),
)
async def get_notice(
    notice_id: FromPath[UUID],
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    language: NamedDependency[Language],
) -> Response[NoticeAnswer]:
    """With each hazard's state and due date, and `actions`. Reading records nothing: chats fetch links, too."""
    notice = await notices.read(context, actor, notice_id, now=now, language=language)
    return versioned(notice, notice.version, language)


@get("/notices/{notice_id:uuid}/events", summary="Read a notice's history", responses=answers("notice.not_found"))
async def list_notice_events(
    notice_id: FromPath[UUID], context: NamedDependency[Context], actor: NamedDependency[Actor]
) -> Page[HistoryLine]:
    """Everything that happened to it, oldest first, on one page."""
    return await notices.history(context, actor, notice_id)


def action_route(row: NoticeRule) -> HTTPRouteHandler:
    """The address of one action, described by its row of the table."""

    async def act(
        notice_id: FromPath[UUID],
        data: JSONBody[ActionBody],
        context: NamedDependency[Context],
        actor: NamedDependency[Actor],
        now: NamedDependency[datetime],
        language: NamedDependency[Language],
        if_match: IfMatch = None,
    ) -> Response[NoticeAnswer]:
        reply = await notices.act(
            context,
            actor,
            notice_id=notice_id,
            action=row.action,
            body=data,
            if_match=if_match,
            now=now,
            language=language,
        )
        return encoded(reply, language, NoticeAnswer)

    example = Example(summary=row.action.value, value=paper_examples.ACTIONS[row.action])
    act.__annotations__["data"] = Annotated[row.body, Body(examples=[example])]
    act.__name__ = f"{row.action.value}_notice"
    reach = "" if row.applies is None else f" Happens to every hazard that the notice still binds, as `{row.applies}`."
    whose = " Only for the owner." if row.only_owner else ""
    return post(
        f"/notices/{{notice_id:uuid}}/actions/{row.action}",
        summary=f"Act on a notice: {row.action}",
        description=f"{row.body.__doc__} Needs `{row.permission}`; recorded once.{whose}{reach}",
        status_code=200,
        response_headers=[VERSION_HEADER, REPLAYED_HEADER],
        responses=answers(
            *FORM,
            "action.content_differs",
            "notice.not_found",
            "notice.recorded_already",
            "notice.version_required",
            "notice.version_stale",
            "permission.denied",
            *(("notice.not_the_owner",) if row.only_owner else ()),
            *(() if row.applies is None else TRANSITIONS[row.applies].problems),
        ),
    )(act)


router = Router(
    "/",
    route_handlers=[
        issue_notice,
        list_notices,
        get_notice,
        list_notice_events,
        *(action_route(row) for row in RULES.values()),
    ],
    tags=["Notices"],
)
