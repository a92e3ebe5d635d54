"""The cases of the desk: what waits for the person who is signed in, everything else by state, and new drafts."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Redirect

from schemas.cases import CaseRequest, CaseState
from schemas.hazard_answers import HazardSummary
from schemas.hazards import State
from service.domain.permissions import Permission
from service.problems import Problem
from service.routes.case_exports import DOCX, ZIP, Slugs, attached
from service.routes.dependencies import AnyRequest
from service.routes.desk import case_forms
from service.routes.desk.pages import desk_page
from service.routes.desk.visiting import CASES, Desk, own_form, to_page
from service.workflows import case_exports, case_lists, cases, hazard_lists
from service.workflows.hazard_lists import HazardQuery

CASES_SHOWN = 30
HAZARDS_SHOWN = 30


@get("/cases")
async def list_cases(
    desk: NamedDependency[Desk],
    wanted: Annotated[str | None, QueryParameter(name="state")] = None,
    cursor: Annotated[str | None, QueryParameter(max_length=64)] = None,
) -> Response[bytes]:
    """What the person may see, newest first, and by state; on the first page what waits for them."""
    state = CaseState(wanted) if wanted in set(CaseState) else None
    language = desk.reading.language
    page = await cases.page(
        desk.context, desk.actor, state=state, hazard_id=None, cursor=cursor, limit=CASES_SHOWN, language=language
    )
    is_first = state is None and cursor is None
    return desk_page(
        desk.pages,
        desk.reading,
        "desk_cases.html",
        CASES,
        keep={} if state is None else {"state": state.value},
        visitor=desk.visitor,
        cases=page.items,
        older=page.next_cursor,
        state=state,
        states=list(CaseState),
        is_first=is_first,
        exports=state is CaseState.PUBLISHED and desk.actor.may_anywhere(Permission.CASE_PUBLISH),
        waiting=await case_lists.waiting(desk.context, desk.actor, language=language) if is_first else [],
        hazards=await _closed_hazards(desk) if is_first else [],
    )


async def _closed_hazards(desk: Desk) -> list[HazardSummary]:
    """What a new case can be drafted from."""
    if not desk.actor.may_anywhere(Permission.CASE_DRAFT):
        return []
    page = await hazard_lists.page(
        desk.context,
        desk.actor,
        HazardQuery(states=(State.CLOSED,)),
        cursor=None,
        limit=HAZARDS_SHOWN,
        now=desk.now,
        language=desk.reading.language,
    )
    taken = await case_lists.with_cases(desk.context, [item.id for item in page.items])
    return [item for item in page.items if item.id not in taken]


@post("/cases", status_code=303)
async def draft(request: AnyRequest, desk: NamedDependency[Desk]) -> Redirect:
    """Begins a case, or goes on with the one that the hazard has."""
    form = await own_form(request, desk.pages, desk.visitor)
    asked = CaseRequest(hazard_id=case_forms.uuid_of(form.text("hazard_id")))
    case_id: UUID | str
    try:
        case_id = (
            await cases.draft(desk.context, desk.actor, request=asked, now=desk.now, language=desk.reading.language)
        ).id
    except Problem as problem:
        if problem.code != "case.exists":
            raise
        case_id = str(problem.parameters["case_id"])
    return to_page(desk.reading, f"{CASES}/{case_id}")


@get(["/exports/notice.docx", "/exports/wechat.zip"])
async def export(request: AnyRequest, desk: NamedDependency[Desk], slugs: Slugs = None) -> Response[bytes]:
    """The chosen cases as a notice or as an article. It changes nothing, so it is a link."""
    if request.scope["path"].endswith(".docx"):
        data = await case_exports.notice(desk.context, desk.actor, slugs or [], now=desk.now, language="zh-CN")
        return attached(data, DOCX, "notice.docx")
    return attached(
        await case_exports.article(desk.context, desk.actor, slugs or [], language="zh-CN"), ZIP, "wechat.zip"
    )
