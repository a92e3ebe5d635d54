"""Drafting, masking, reviewing and publishing cases."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import Response, Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example
from litestar.params import Body, FromPath, FromQuery, JSONBody, PathParameter, QueryParameter
from litestar.response import Stream

from schemas.base import Page
from schemas.cases import (
    Case,
    CaseAction,
    CaseActionRequest,
    CaseContent,
    CaseRequest,
    CaseState,
    CaseSummary,
    ImpactAssessment,
    Overrule,
    PictureChoice,
    PictureMasks,
    TextScan,
)
from schemas.hazard_answers import HistoryLine
from service.domain import publication
from service.domain.permissions import Actor
from service.i18n import Language
from service.protocols import preconditions
from service.routes import case_examples
from service.routes.bodies import opened
from service.routes.openapi import FORM, answers, operation
from service.routes.versioned import REPLAYED_HEADER, VERSION_HEADER, IfMatch, encoded, versioned
from service.routes.whole_files import SAFE_TO_OPEN
from service.workflows import case_assessments, case_pictures, cases
from service.workflows.context import Context

Number = Annotated[
    int,
    PathParameter(
        description="1 to 6, the order in which the public sees the pictures",
        examples=[Example(summary="The first", value=1)],
    ),
]

EDIT_PROBLEMS: Final = (
    "case.not_a_draft",
    "case.not_found",
    "case.version_required",
    "case.version_stale",
    "permission.denied",
)
PUBLICATION_PROBLEMS: Final = (
    "case.assessment_missing",
    "case.assessment_negative",
    "case.detection_running",
    "case.gate_failed",
    "case.hazard_not_closed",
    "case.incomplete",
    "case.picture_exposes",
    "case.pictures_not_ready",
    "case.place_singles_out",
    "case.text_exposes",
)
"""What may stand between a case and the public; `blockers` of a draft names what does."""
ACTION_PROBLEMS: Final[dict[CaseAction, tuple[str, ...]]] = {
    CaseAction.SUBMIT: PUBLICATION_PROBLEMS,
    CaseAction.APPROVE: (
        "case.hazard_not_closed",
        "case.separation_of_duties",
    ),
    CaseAction.SEND_BACK: ("case.reason_required",),
    CaseAction.PUBLISH: PUBLICATION_PROBLEMS,
    CaseAction.RETRACT: ("case.reason_required",),
    CaseAction.AMEND: ("case.reason_required",),
    CaseAction.SUSPEND: ("case.reason_required",),
    CaseAction.RESUME: ("case.hazard_not_closed", "case.reason_required"),
}


@post(
    "/cases",
    summary="Draft a case",
    response_headers=[VERSION_HEADER],
    responses=answers(*FORM, "case.exists", "case.hazard_not_closed", "hazard.not_found", "permission.denied"),
)
async def draft_case(
    data: JSONBody[CaseRequest],
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    language: NamedDependency[Language],
) -> Response[Case]:
    """From a closed hazard. Month, district, kind of hazard and legal basis are filled in; nothing else is copied."""
    case = await cases.draft(context, actor, request=data, now=now, language=language)
    return versioned(case, case.version, language, status=201)


@get("/cases", summary="List cases", responses=answers("page.cursor_invalid"))
async def list_cases(
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    language: NamedDependency[Language],
    case_state: Annotated[CaseState | None, QueryParameter(name="state")] = None,
    hazard_id: FromQuery[UUID | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, QueryParameter(max_length=64, description="`next_cursor` of the page before")] = None,
) -> Page[CaseSummary]:
    """Newest first, and only what the person asking may see."""
    return await cases.page(
        context, actor, state=case_state, hazard_id=hazard_id, cursor=cursor, limit=limit, language=language
    )


@get(
    "/cases/{case_id:uuid}",
    summary="Read a case",
    response_headers=[VERSION_HEADER],
    responses=answers("case.not_found"),
)
async def get_case(
    case_id: FromPath[UUID],
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    language: NamedDependency[Language],
) -> Response[Case]:
    """With `actions`, what the person asking may do now; send the ETag as If-Match with an action."""
    case = await cases.read(context, actor, case_id, language=language)
    return versioned(case, case.version, language)


@get("/cases/{case_id:uuid}/events", summary="Read a case's history", responses=answers("case.not_found"))
async def list_case_events(
    case_id: FromPath[UUID], context: NamedDependency[Context], actor: NamedDependency[Actor]
) -> Page[HistoryLine]:
    """Who wrote, masked, reviewed and published, oldest first, on one page."""
    return await cases.history(context, actor, case_id)


@put(
    "/cases/{case_id:uuid}",
    summary="Write a case",
    operation_class=operation(requires=["If-Match"]),
    response_headers=[VERSION_HEADER],
    responses=answers(*FORM, "case.text_exposes", *EDIT_PROBLEMS),
)
async def write_case(
    case_id: FromPath[UUID],
    data: Annotated[CaseContent, Body(examples=[Example(summary="A stair cleared", value=case_examples.CONTENT)])],
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    language: NamedDependency[Language],
    if_match: IfMatch = None,
) -> Response[Case]:
    """Replaces the texts of a draft. What gives away a person, a unit or a record is refused with its place."""
    case = await cases.write(
        context, actor, case_id=case_id, content=data, if_match=if_match, now=now, language=language
    )
    return versioned(case, case.version, language)


@post(
    "/cases/{case_id:uuid}/scan",
    summary="Look for what gives somebody away",
    status_code=200,
    responses=answers(*FORM, "case.not_found"),
)
async def scan_texts(
    case_id: FromPath[UUID],
    data: Annotated[CaseContent, Body(examples=[Example(summary="A stair cleared", value=case_examples.CONTENT)])],
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
) -> TextScan:
    """Every place for which writing these texts would be refused, with a more general wording. Stores nothing."""
    return await cases.scan(context, actor, case_id=case_id, content=data)


@put(
    "/cases/{case_id:uuid}/assessment",
    summary="Assess the impact",
    operation_class=operation(requires=["If-Match"]),
    response_headers=[VERSION_HEADER],
    responses=answers(*FORM, "case.assessment_incomplete", *EDIT_PROBLEMS),
)
async def assess_impact(
    case_id: FromPath[UUID],
    data: Annotated[
        ImpactAssessment, Body(examples=[Example(summary="Fit to publish", value=case_examples.ASSESSMENT)])
    ],
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    language: NamedDependency[Language],
    if_match: IfMatch = None,
) -> Response[Case]:
    """What publication could mean for people (PIPL, articles 55 and 56). Without one nothing is submitted."""
    case = await case_assessments.assess(
        context, actor, case_id=case_id, assessment=data, if_match=if_match, now=now, language=language
    )
    return versioned(case, case.version, language)


@put(
    "/cases/{case_id:uuid}/pictures/{number:int}",
    summary="Choose a picture",
    operation_class=operation(requires=["If-Match"]),
    response_headers=[VERSION_HEADER],
    responses=answers(*FORM, "case.photo_not_of_hazard", "case.picture_not_found", *EDIT_PROBLEMS),
)
async def choose_picture(
    case_id: FromPath[UUID],
    number: FromPath[Number],
    data: JSONBody[PictureChoice],
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    language: NamedDependency[Language],
    if_match: IfMatch = None,
) -> Response[Case]:
    """One of the hazard's photos that have arrived, as picture n. It stays `unmasked` until masks are sent."""
    case = await case_pictures.choose(
        context, actor, case_id=case_id, number=number, choice=data, if_match=if_match, now=now, language=language
    )
    return versioned(case, case.version, language)


@put(
    "/cases/{case_id:uuid}/pictures/{number:int}/masks",
    summary="Mask a picture",
    operation_class=operation(requires=["If-Match"]),
    response_headers=[VERSION_HEADER],
    responses=answers(
        *FORM,
        "case.finding_unknown",
        "case.mask_invalid",
        "case.masks_undecided",
        "case.picture_not_found",
        *EDIT_PROBLEMS,
    ),
)
async def mask_picture(
    case_id: FromPath[UUID],
    number: FromPath[Number],
    data: Annotated[PictureMasks, Body(examples=[Example(summary="A face and a sign", value=case_examples.MASKS)])],
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    language: NamedDependency[Language],
    if_match: IfMatch = None,
) -> Response[Case]:
    """Opaque shapes on the upright picture. A job bakes them into new pixels: `pending`, then `ready` or `failed`."""
    case = await case_pictures.mask(
        context, actor, case_id=case_id, number=number, masks=data, if_match=if_match, now=now, language=language
    )
    return versioned(case, case.version, language)


@post(
    "/cases/{case_id:uuid}/pictures/{number:int}/overrules",
    summary="Let a finding pass",
    operation_class=operation(requires=["If-Match"]),
    status_code=200,
    response_headers=[VERSION_HEADER],
    responses=answers(*FORM, "case.finding_unknown", "case.picture_not_found", "case.reason_required", *EDIT_PROBLEMS),
)
async def overrule_finding(
    case_id: FromPath[UUID],
    number: FromPath[Number],
    data: Annotated[Overrule, Body(examples=[Example(summary="No face", value=case_examples.OVERRULE)])],
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    language: NamedDependency[Language],
    if_match: IfMatch = None,
) -> Response[Case]:
    """For a false alarm of the gate: a written reason, which stays with the case and is shown to its reviewers."""
    case = await case_pictures.overrule(
        context, actor, case_id=case_id, number=number, request=data, if_match=if_match, now=now, language=language
    )
    return versioned(case, case.version, language)


@delete(
    "/cases/{case_id:uuid}/pictures/{number:int}",
    summary="Remove a picture",
    operation_class=operation(requires=["If-Match"]),
    status_code=200,
    response_headers=[VERSION_HEADER],
    responses=answers("case.picture_not_found", *EDIT_PROBLEMS),
)
async def remove_picture(
    case_id: FromPath[UUID],
    number: FromPath[Number],
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    language: NamedDependency[Language],
    if_match: IfMatch = None,
) -> Response[Case]:
    """Takes picture n out of a draft."""
    case = await case_pictures.remove(
        context, actor, case_id=case_id, number=number, if_match=if_match, now=now, language=language
    )
    return versioned(case, case.version, language)


@get(
    "/cases/{case_id:uuid}/pictures/{number:int}/preview",
    summary="Fetch a finished picture",
    media_type="image/jpeg",
    responses=answers("case.gone", "case.not_found", "case.picture_not_found", "case.picture_not_ready"),
)
async def preview_picture(
    case_id: FromPath[UUID], number: FromPath[Number], context: NamedDependency[Context], actor: NamedDependency[Actor]
) -> Stream:
    """Exactly the bytes that the public will get. 409 while the masks are being baked."""
    picture = await case_pictures.preview(context, actor, case_id, number)
    assert picture.files is not None
    file = picture.files[""]
    headers = {
        **SAFE_TO_OPEN,
        "Cache-Control": "private, no-store",
        "Content-Length": str(file.size),
        "ETag": preconditions.quoted(file.sha256),
    }
    key = case_pictures.object_key(picture.name)
    return Stream(await opened(context.store.read(key)), media_type="image/jpeg", headers=headers)


def action_route(action: CaseAction) -> HTTPRouteHandler:
    """The address of one action, described by its rows of the table."""

    async def act(
        case_id: FromPath[UUID],
        data: JSONBody[CaseActionRequest],
        context: NamedDependency[Context],
        actor: NamedDependency[Actor],
        now: NamedDependency[datetime],
        language: NamedDependency[Language],
        if_match: IfMatch = None,
    ) -> Response[Case]:
        reply = await cases.act(
            context, actor, case_id=case_id, action=action, request=data, if_match=if_match, now=now, language=language
        )
        return encoded(reply, language, Case)

    rows = [row for row in publication.TRANSITIONS if row.action is action]
    example = Example(summary=action.value, value=case_examples.action(action in publication.REASON_REQUIRED))
    act.__annotations__["data"] = Annotated[CaseActionRequest, Body(examples=[example])]
    act.__name__ = f"{action.value}_case"
    act.__doc__ = "; ".join(f"from `{row.origin}` to `{row.target}` with `{row.permission}`" for row in rows)
    return post(
        f"/cases/{{case_id:uuid}}/actions/{action}",
        summary=f"Act on a case: {action}",
        status_code=200,
        response_headers=[VERSION_HEADER, REPLAYED_HEADER],
        responses=answers(
            *FORM,
            "action.content_differs",
            "case.action_not_allowed_now",
            "case.not_found",
            "case.version_required",
            "case.version_stale",
            "permission.denied",
            *ACTION_PROBLEMS[action],
        ),
    )(act)


router = Router(
    "/",
    route_handlers=[
        draft_case,
        list_cases,
        get_case,
        list_case_events,
        write_case,
        scan_texts,
        assess_impact,
        choose_picture,
        mask_picture,
        overrule_finding,
        remove_picture,
        preview_picture,
        *(action_route(action) for action in CaseAction),
    ],
    tags=["Cases"],
)
