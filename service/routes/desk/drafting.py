"""Finding a closed hazard to draft a case from."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Redirect

from schemas.cases import CaseRequest
from schemas.hazard_answers import HazardSummary
from schemas.hazards import State
from service.domain.hazards import CHINA_TIME
from service.domain.permissions import Permission
from service.i18n import find
from service.problems import Problem
from service.routes.dependencies import AnyRequest
from service.routes.desk import case_forms
from service.routes.desk.pages import desk_page
from service.routes.desk.visiting import CASES, DRAFTING, Desk, own_form, to_page
from service.workflows import case_lists, cases, categories, hazard_lists, places
from service.workflows.hazard_lists import HazardQuery

HAZARDS_SHOWN = 30
MOST_PAGES = 20
"""Looked through for hazards without a case before the person is asked to look further."""

Word = Annotated[str | None, QueryParameter(max_length=100)]


@get("/cases/new")
async def choose_hazard(
    desk: NamedDependency[Desk],
    words: Annotated[str | None, QueryParameter(name="q", max_length=100)] = None,
    area: Word = None,
    category: Word = None,
    cursor: Word = None,
) -> Response[bytes]:
    """Closed hazards without a case, newest first, by number or words, district and kind. 403."""
    if not desk.actor.may_anywhere(Permission.CASE_DRAFT):
        raise Problem("permission.denied")
    words = (words or "").strip() or None
    query = HazardQuery(states=(State.CLOSED,), area=area or None, category=category or None, words=words)
    hazards, older = await _without_case(desk, query, cursor)
    given = {"q": words, "area": area, "category": category}
    kept = {name: value for name, value in given.items() if value}
    tree = await places.organization_tree(desk.context)
    kinds = await categories.read(desk.context, desk.now.astimezone(CHINA_TIME).date())
    return desk_page(
        desk.pages,
        desk.reading,
        "desk_drafting.html",
        DRAFTING,
        keep=kept | ({} if cursor is None else {"cursor": cursor}),
        visitor=desk.visitor,
        hazards=hazards,
        older=older,
        is_first=cursor is None,
        chosen=kept,
        # A district by its own name where it has one, rather than by that of the authority there.
        areas=[
            (item.code, find(f"cases.area.{item.code}", desk.reading.language) or item.name)
            for item in tree.items
            if item.parent is not None
        ],
        kinds=kinds.items,
    )


async def _without_case(desk: Desk, query: HazardQuery, cursor: str | None) -> tuple[list[HazardSummary], str | None]:
    """A page of hazards that have no case yet, and where the next one begins. Most closed hazards may have one, so
    that one page of the list of hazards is not always enough."""
    found: list[HazardSummary] = []
    for _ in range(MOST_PAGES):
        page = await hazard_lists.page(
            desk.context,
            desk.actor,
            query,
            cursor=cursor,
            limit=HAZARDS_SHOWN,
            now=desk.now,
            language=desk.reading.language,
        )
        taken = await case_lists.with_cases(desk.context, [item.id for item in page.items])
        found += [item for item in page.items if item.id not in taken]
        cursor = page.next_cursor
        if cursor is None or len(found) >= HAZARDS_SHOWN:
            break
    return found, cursor


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
