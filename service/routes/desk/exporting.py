"""Published cases as files to hand on, chosen on a page."""

from dataclasses import dataclass
from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from schemas.cases import CaseState
from service.domain.permissions import Permission
from service.i18n import LANGUAGES, Language
from service.problems import Problem
from service.routes.case_exports import DOCX, ZIP, Addressees, Number, Slugs, attached
from service.routes.dependencies import AnyRequest
from service.routes.desk.pages import desk_page
from service.routes.desk.visiting import EXPORTS, Desk
from service.workflows import case_exports, case_lists
from service.workflows.case_exports import MOST_CASES, Letterhead

CASES_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form asks for; `language` is that of the file."""

    slugs: list[str]
    language: Language
    letterhead: Letterhead


def provide_asked(
    desk: NamedDependency[Desk],
    slugs: Slugs = None,
    document: Annotated[str | None, QueryParameter(max_length=20)] = None,
    number: Number = "",
    addressees: Addressees = "",
) -> Wanted:
    """The fields of the form. A file is in the language of the page unless another is chosen."""
    language = next((item for item in LANGUAGES if item == document), desk.reading.language)
    return Wanted(slugs or [], language, Letterhead(number.strip(), addressees.strip()))


@get("/exports")
async def choose_cases(
    desk: NamedDependency[Desk],
    asked: NamedDependency[Wanted],
    cursor: Annotated[str | None, QueryParameter(max_length=64)] = None,
) -> Response[bytes]:
    """The published cases to choose from, and what the file begins with. 403 for who may not publish."""
    return await _page(desk, asked, cursor, None)


@get(["/exports/notice.docx", "/exports/wechat.zip"])
async def export(request: AnyRequest, desk: NamedDependency[Desk], asked: NamedDependency[Wanted]) -> Response[bytes]:
    """The chosen cases as a notice or as an article. It changes nothing, so it is a link; a choice that does not work
    comes back as the page on which it was made."""
    try:
        if request.scope["path"].endswith(".docx"):
            data = await case_exports.notice(
                desk.context,
                desk.actor,
                asked.slugs,
                letterhead=asked.letterhead,
                now=desk.now,
                language=asked.language,
            )
            return attached(data, DOCX, "notice.docx")
        data = await case_exports.article(desk.context, desk.actor, asked.slugs, language=asked.language)
        return attached(data, ZIP, "wechat.zip")
    except Problem as problem:
        if problem.code == "permission.denied":
            raise
        return await _page(desk, asked, None, problem)


async def _page(desk: Desk, asked: Wanted, cursor: str | None, problem: Problem | None) -> Response[bytes]:
    if not desk.actor.may_anywhere(Permission.CASE_PUBLISH):
        raise Problem("permission.denied")
    page = await case_lists.page(
        desk.context,
        desk.actor,
        shelf=CaseState.PUBLISHED,
        cursor=cursor,
        limit=CASES_SHOWN,
        language=desk.reading.language,
    )
    return desk_page(
        desk.pages,
        desk.reading,
        "desk_exports.html",
        EXPORTS,
        status=200 if problem is None else problem.status,
        keep={} if cursor is None else {"cursor": cursor},
        visitor=desk.visitor,
        cases=[(item, str(item.address).rpartition("/")[2]) for item in page.items if item.address],
        older=page.next_cursor,
        asked=asked,
        problem=problem,
        most=MOST_CASES,
    )
