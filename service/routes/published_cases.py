"""The published cases: pages, pictures and feed.

Every answer is `no-cache` with a strong entity tag: a browser or a proxy may keep it but asks before each use, so a
retracted case is gone at once. State comes before the tag: what is retracted is 410 even to who names its tag.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Final, cast
from urllib.parse import urlencode

import msgspec
from litestar import Response, Router, get
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from schemas.cases import PublicCase, PublicPicture, PublicTexts
from schemas.feeds import Feed, FeedItem
from service.domain.hazards import CHINA_TIME
from service.i18n import Language, translate
from service.problems import Problem
from service.protocols import preconditions
from service.routes.bodies import opened
from service.routes.dependencies import AnyRequest
from service.routes.html import HEADERS, page_answer, problem_page, tagged
from service.routes.openapi import answers, operation, request_header
from service.routes.whole_files import SAFE_TO_OPEN
from service.web.pages import Pages, Reading, content_tag
from service.workflows import published_cases
from service.workflows.context import Context

CASES_PER_PAGE: Final = 13
"""One large card and six rows of two."""
CASES_PER_FEED: Final = 50
TAG_HEADER: Final = ResponseHeader(
    name="ETag", description="Strong; send it as If-None-Match", value='"0123"', documentation_only=True
)
IF_NONE_MATCH: Final = request_header("If-None-Match", "The ETag of the copy that is kept", '"0123"')

After = Annotated[str | None, QueryParameter(max_length=40, description="Cases older than the one with this slug")]


@dataclass(frozen=True, slots=True)
class Entry:
    """A case as a page shows it: `pair` is one picture before and one after, `more` are the others.

    The kind of hazard has an English name even where nobody translated the texts.
    """

    case: PublicCase
    texts: PublicTexts
    language: Language
    category: str
    category_language: Language
    pair: list[PublicPicture]
    more: list[PublicPicture]


def entry_of(case: PublicCase, language: Language) -> Entry:
    """The case in the visitor's language, in Chinese where there is no other."""
    texts = case.english if language == "en" else None
    first = {picture.role: picture for picture in reversed(case.pictures)}
    pair = [first[role] for role in ("before", "after") if role in first]
    more = [picture for picture in case.pictures if picture not in pair]
    category = case.category_english if language == "en" else None
    return Entry(
        case=case,
        texts=texts or case.chinese,
        language="en" if texts else "zh-CN",
        category=category or case.chinese.category,
        category_language="en" if category else "zh-CN",
        pair=pair,
        more=more,
    )


def published_on(case: PublicCase) -> date:
    """The day, in China. Nothing finer is public: the minute would lead to who sat at the desk."""
    return case.published_at.astimezone(CHINA_TIME).date()


@get(
    "/cases",
    summary="The page of published cases",
    media_type="text/html",
    response_headers=[TAG_HEADER],
    responses=answers("case.not_found", signed_in=False),
    operation_class=operation(pages=[404], headers=[IF_NONE_MATCH], not_modified=True),
)
async def list_published_cases(
    request: AnyRequest,
    context: NamedDependency[Context],
    pages: NamedDependency[Pages],
    reading: NamedDependency[Reading],
    after: After = None,
) -> Response[bytes]:
    """Newest first, for people; programs read `/cases.json`."""
    try:
        cases, older = await published_cases.page(context, after=after, limit=CASES_PER_PAGE)
    except Problem as problem:
        return problem_page(request, pages, reading, problem)
    entries = [entry_of(case, reading.language) for case in cases]
    body = pages.render(
        "cases.html",
        reading,
        "/cases",
        keep={} if after is None else {"after": after},
        entries=entries,
        older=older,
        first_page=after is None,
        cover=next((entry.pair[-1] for entry in entries if entry.pair), None),
    )
    return page_answer(request, body, reading)


@get(
    "/cases/{slug:str}",
    summary="The page of one published case",
    media_type="text/html",
    response_headers=[TAG_HEADER],
    responses=answers("case.gone", "case.not_found", signed_in=False),
    operation_class=operation(pages=[404, 410], headers=[IF_NONE_MATCH], not_modified=True),
)
async def show_published_case(
    request: AnyRequest,
    context: NamedDependency[Context],
    pages: NamedDependency[Pages],
    reading: NamedDependency[Reading],
    slug: FromPath[str],
) -> Response[bytes]:
    """410 after a retraction, 404 for what never was; both are pages too."""
    try:
        case = await published_cases.read(context, slug)
    except Problem as problem:
        return problem_page(request, pages, reading, problem)
    entry = entry_of(case, reading.language)
    body = pages.render(
        "case.html",
        reading,
        f"/cases/{case.slug}",
        entry=entry,
        cover=entry.pair[-1] if entry.pair else None,
        published_on=published_on(case),
    )
    return page_answer(request, body, reading)


@get(
    "/cases/pictures/{file:str}",
    summary="A published picture",
    media_type="image/jpeg",
    response_headers=[TAG_HEADER],
    responses=answers("case.gone", "case.picture_not_found", "storage.unavailable", signed_in=False),
    operation_class=operation(headers=[IF_NONE_MATCH], not_modified=True),
)
async def show_published_picture(
    request: AnyRequest, context: NamedDependency[Context], file: FromPath[str]
) -> Response[bytes] | Stream:
    """A masked picture `<name>.jpg` or its share card `<name>-card.jpg`. 410 after a retraction."""
    picture = await published_cases.picture(context, file)
    tag = picture.sha256.hex()
    headers = {**SAFE_TO_OPEN, "Cache-Control": "no-cache", "ETag": preconditions.quoted(tag)}
    # Chat programs fetch share cards from their own pages.
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    if preconditions.weakly_matches(request.headers.get("If-None-Match"), tag):
        return Response(b"", status_code=304, headers=headers)
    headers["Content-Length"] = str(picture.size)
    return Stream(await opened(context.store.read(picture.object_key)), media_type="image/jpeg", headers=headers)


@get(
    "/cases.json",
    summary="The feed of published cases",
    media_type="application/feed+json",
    response_headers=[TAG_HEADER],
    responses=answers("case.not_found", signed_in=False),
    operation_class=operation(headers=[IF_NONE_MATCH], not_modified=True),
)
async def feed_published_cases(
    request: AnyRequest,
    context: NamedDependency[Context],
    pages: NamedDependency[Pages],
    reading: NamedDependency[Reading],
    after: After = None,
) -> Response[Feed]:
    """JSON Feed 1.1, newest first; `next_url` leads to older cases."""
    cases, older = await published_cases.page(context, after=after, limit=CASES_PER_FEED)
    language = reading.language
    chosen: dict[str, str] = {"lang": language} if reading.chosen else {}
    feed = Feed(
        version="https://jsonfeed.org/version/1.1",
        title=translate("web.list.title", language),
        description=translate("web.list.description", language),
        home_page_url=pages.absolute(_with_query("/cases", chosen)),
        feed_url=pages.absolute(_with_query("/cases.json", chosen)),
        language=language,
        items=[_feed_item(pages, entry_of(case, language), chosen) for case in cases],
        next_url=None if older is None else pages.absolute(_with_query("/cases.json", {**chosen, "after": older})),
    )
    body = msgspec.json.encode(feed)
    headers = {**HEADERS, "Cache-Control": "no-cache", "Content-Language": language, "Vary": "Accept-Language"}
    return cast("Response[Feed]", tagged(request, body, content_tag(body), "application/feed+json", headers))


def _feed_item(pages: Pages, entry: Entry, chosen: dict[str, str]) -> FeedItem:
    case, texts, name = entry.case, entry.texts, entry.pair[-1].name if entry.pair else None
    sections = [
        f"{translate(f'cases.field.{name}', entry.language)}\n{getattr(texts, name)}"
        for name in ("found", "handled", "legal_basis", "lesson")
    ]
    return FeedItem(
        id=pages.absolute(f"/cases/{case.slug}"),
        url=pages.absolute(_with_query(f"/cases/{case.slug}", chosen)),
        title=texts.title,
        content_text="\n\n".join(sections),
        summary=texts.lesson,
        # JSON Feed wants a time (RFC 3339).
        date_published=datetime.combine(published_on(case), time.min, CHINA_TIME),
        language=entry.language,
        tags=[texts.category, texts.area, translate(f"cases.venue.{case.venue_type}", entry.language)],
        image=None if name is None else pages.absolute(f"/cases/pictures/{name}.jpg"),
        banner_image=None if name is None else pages.absolute(f"/cases/pictures/{name}-card.jpg"),
    )


def _with_query(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


router = Router(
    "/",
    route_handlers=[list_published_cases, show_published_case, show_published_picture, feed_published_cases],
    tags=["Public"],
    security=[{}],
)
