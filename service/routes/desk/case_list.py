"""The cases of the desk: what waits for the person who is signed in, and everything else by state."""

from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from service.domain.permissions import Permission
from service.problems import Problem
from service.routes.desk.pages import desk_page
from service.routes.desk.visiting import CASES, Desk
from service.workflows import case_lists

CASES_SHOWN = 30


@get("/cases")
async def list_cases(
    desk: NamedDependency[Desk],
    wanted: Annotated[str | None, QueryParameter(name="state", max_length=64)] = None,
    cursor: Annotated[str | None, QueryParameter(max_length=64)] = None,
) -> Response[bytes]:
    """What the person may see, newest first, and by state; on the first page what waits for them. 400 with a word of
    it for a state that there is none of, and all cases below."""
    shelf = case_lists.shelf_of(wanted) if wanted else None
    unknown = Problem("request.invalid") if wanted and shelf is None else None
    language = desk.reading.language
    page = await case_lists.page(
        desk.context, desk.actor, shelf=shelf, cursor=cursor, limit=CASES_SHOWN, language=language
    )
    is_first = shelf is None and cursor is None
    return desk_page(
        desk.pages,
        desk.reading,
        "desk_cases.html",
        CASES,
        status=200 if unknown is None else unknown.status,
        keep={} if shelf is None else {"state": shelf},
        visitor=desk.visitor,
        cases=page.items,
        older=page.next_cursor,
        shelf=shelf,
        shelves=case_lists.SHELVES,
        shelved=await case_lists.shelved(desk.context, desk.actor),
        unknown=wanted if unknown else None,
        is_first=is_first,
        may_draft=desk.actor.may_anywhere(Permission.CASE_DRAFT),
        waiting=await case_lists.waiting(desk.context, desk.actor, language=language) if is_first else [],
    )
