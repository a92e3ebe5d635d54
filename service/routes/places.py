"""Organizations, areas, premises and checkpoints, which phones keep, and the codes of checkpoints."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example
from litestar.params import Body, FromPath, QueryParameter

from schemas.base import Page
from schemas.premises import (
    AreaAnswer,
    AreaCollection,
    CheckpointAction,
    CheckpointAnswer,
    CheckpointCode,
    OrganizationAnswer,
    PremisesAnswer,
    ScanAnswer,
    ScanRequest,
)
from service.domain.permissions import Actor
from service.i18n import Language
from service.routes import place_examples
from service.routes.dependencies import AnyRequest
from service.routes.kept import TAG_HEADER, IfNoneMatch, kept
from service.routes.openapi import FORM, answers, operation
from service.routes.versioned import REPLAYED_HEADER, VERSION_HEADER, IfMatch, encoded
from service.workflows import checkpoints, places
from service.workflows.checkpoints import CodeAction
from service.workflows.context import Context

GEOJSON: Final = "application/geo+json"

Limit = Annotated[int, QueryParameter(ge=1, le=200)]
Cursor = Annotated[str | None, QueryParameter(max_length=64, description="`next_cursor` of the page before")]


@get(
    "/organizations",
    summary="Read the tree of organizations",
    response_headers=[TAG_HEADER],
    responses=answers(),
    operation_class=operation(not_modified=True),
)
async def list_organizations(
    context: NamedDependency[Context], actor: NamedDependency[Actor], if_none_match: IfNoneMatch = None
) -> Response[Page[OrganizationAnswer]]:
    """Every organization on one page, by code."""
    return kept(await places.organization_tree(context), if_none_match)


@get(
    "/areas",
    summary="Read the areas",
    response_headers=[TAG_HEADER],
    responses=answers(),
    operation_class=operation(media_types=["application/json", GEOJSON], not_modified=True),
)
async def list_areas(
    request: AnyRequest,
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    if_none_match: IfNoneMatch = None,
) -> Response[Page[AreaAnswer] | AreaCollection]:
    """Every area on one page, by code; with `Accept: application/geo+json` as GeoJSON with boundaries."""
    if GEOJSON in request.headers.get("accept", ""):
        return kept(await places.area_map(context), if_none_match, media_type=GEOJSON)
    return kept(await places.area_list(context), if_none_match)


@get(
    "/premises",
    summary="List premises",
    response_headers=[TAG_HEADER],
    responses=answers("page.cursor_invalid", "permission.denied"),
    operation_class=operation(not_modified=True),
)
async def list_premises(
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    organization: Annotated[
        str | None, QueryParameter(max_length=32, description="An organization's code; it and all below it")
    ] = None,
    area: Annotated[
        str | None, QueryParameter(max_length=32, description="An area's code; premises that lie in it")
    ] = None,
    q: Annotated[
        str | None, QueryParameter(min_length=1, max_length=64, description="Occurs in name, unit or address")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    if_none_match: IfNoneMatch = None,
) -> Response[Page[PremisesAnswer]]:
    """Premises in use, by id, within the organizations that the person asking covers."""
    page = await places.premises_page(
        context, actor, organization=organization, area=area, text=q, cursor=cursor, limit=limit
    )
    return kept(page, if_none_match)


@get(
    "/premises/{premises_id:uuid}",
    summary="Read premises",
    response_headers=[TAG_HEADER],
    responses=answers("premises.not_found"),
    operation_class=operation(examples={200: place_examples.PREMISES}, not_modified=True),
)
async def get_premises(
    premises_id: FromPath[UUID],
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    if_none_match: IfNoneMatch = None,
) -> Response[PremisesAnswer]:
    """One place, also when it is no longer in use."""
    return kept(await places.one_premises(context, actor, premises_id), if_none_match)


@get(
    "/checkpoints",
    summary="List checkpoints",
    response_headers=[TAG_HEADER],
    responses=answers("page.cursor_invalid", "permission.denied", "premises.not_found"),
    operation_class=operation(not_modified=True),
)
async def list_checkpoints(
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    premises: Annotated[UUID | None, QueryParameter(description="Only those of these premises")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    if_none_match: IfNoneMatch = None,
) -> Response[Page[CheckpointAnswer]]:
    """Checkpoints by id, without their tokens."""
    page = await places.checkpoint_page(context, actor, premises_id=premises, cursor=cursor, limit=limit)
    return kept(page, if_none_match)


@post(
    "/checkpoints/scan",
    summary="Look up a scanned code",
    status_code=200,
    responses=answers(*FORM, "permission.denied", "checkpoint.token_invalid"),
    operation_class=operation(examples={200: place_examples.SCANNED}),
)
async def scan_checkpoint(
    data: Annotated[ScanRequest, Body(examples=[Example(summary="A code", value=place_examples.SCAN)])],
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
) -> ScanAnswer:
    """Where the code hangs and whether it is still good. The token is in the body, so that no log keeps it."""
    return await checkpoints.scan(context, actor, data.token)


@post(
    "/checkpoints/{checkpoint_id:uuid}/token",
    summary="Read the code to print",
    status_code=200,
    responses=answers("permission.denied", "checkpoint.not_found", "checkpoint.revoked"),
    operation_class=operation(examples={200: place_examples.CODE}),
)
async def read_code(
    checkpoint_id: FromPath[UUID],
    request: AnyRequest,
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
) -> CheckpointCode:
    """The current token and the address for the QR code."""
    address = request.app.state.pages.absolute("/scan#")
    return await checkpoints.code(context, actor, checkpoint_id, address=address)


def action_route(action: CodeAction, summary: str, meaning: str, *codes: str) -> HTTPRouteHandler:
    """The address of one action on a code."""

    async def act(
        checkpoint_id: FromPath[UUID],
        data: Annotated[CheckpointAction, Body(examples=[Example(summary=summary, value=place_examples.ACTION)])],
        context: NamedDependency[Context],
        actor: NamedDependency[Actor],
        now: NamedDependency[datetime],
        language: NamedDependency[Language],
        if_match: IfMatch = None,
    ) -> Response[CheckpointAnswer]:
        reply = await checkpoints.act(
            context, actor, checkpoint_id=checkpoint_id, action=action, request=data, if_match=if_match, now=now
        )
        return encoded(reply, language, CheckpointAnswer)

    return post(
        f"/checkpoints/{{checkpoint_id:uuid}}/actions/{action}",
        name=f"checkpoints.{action}",
        operation_id=f"{action.title()}CheckpointCode",
        summary=summary,
        description=meaning,
        status_code=200,
        response_headers=[VERSION_HEADER, REPLAYED_HEADER],
        responses=answers(
            *FORM,
            "permission.denied",
            "action.content_differs",
            "checkpoint.not_found",
            "checkpoint.version_required",
            "checkpoint.version_stale",
            *codes,
        ),
    )(act)


router = Router(
    "/",
    route_handlers=[
        list_organizations,
        list_areas,
        list_premises,
        get_premises,
        list_checkpoints,
        scan_checkpoint,
        read_code,
        action_route(CodeAction.REISSUE, "Replace a code", "A new version; all older codes are superseded."),
        action_route(CodeAction.REVOKE, "Withdraw a code", "For a code that was lost or copied.", "checkpoint.revoked"),
    ],
    tags=["Catalogue and places"],
)
