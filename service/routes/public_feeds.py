"""The published cases for programs: JSON Feed, Atom, and what search engines read."""

from datetime import date, datetime, time
from typing import Final, cast
from urllib.parse import urlencode

import msgspec
from litestar import Response, Router, get
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency, Provide

from schemas.feeds import Feed, FeedItem
from service.domain.hazards import CHINA_TIME
from service.i18n import translate
from service.routes.dependencies import AnyRequest
from service.routes.html import HEADERS, read_headers, tagged
from service.routes.openapi import answers, operation, request_header
from service.routes.public_answers import PublicAnswers
from service.routes.public_entries import (
    After,
    Choice,
    Entry,
    amended_on,
    changed_on,
    chosen,
    entry_of,
    provide_choice,
    published_on,
)
from service.web.pages import Pages, Reading, content_tag
from service.workflows import published_cases
from service.workflows.context import Context

CASES_PER_FEED: Final = 50
TAG_HEADER: Final = ResponseHeader(
    name="ETag", description="Strong; send it as If-None-Match", value='"0123"', documentation_only=True
)
IF_NONE_MATCH: Final = request_header("If-None-Match", "The ETag of the copy that is kept", '"0123"')


def provide_kept(request: AnyRequest) -> PublicAnswers:
    """What this process has made for the public already."""
    kept: PublicAnswers = request.app.state.public_answers
    return kept


@get(
    "/cases.json",
    summary="The feed of published cases",
    media_type="application/feed+json",
    response_headers=[TAG_HEADER],
    responses=answers("case.not_found", "request.invalid", signed_in=False),
    operation_class=operation(headers=[IF_NONE_MATCH], not_modified=True),
)
async def feed_published_cases(
    request: AnyRequest,
    context: NamedDependency[Context],
    pages: NamedDependency[Pages],
    reading: NamedDependency[Reading],
    choice: NamedDependency[Choice],
    kept: NamedDependency[PublicAnswers],
    after: After = None,
) -> Response[Feed]:
    """JSON Feed 1.1, newest first; `next_url` leads to older cases."""

    async def make() -> tuple[bytes, str, dict[str, str]]:
        cases, older = await chosen(context, choice, after, CASES_PER_FEED)
        language = reading.language
        spoken: dict[str, str] = {"lang": language} if reading.chosen else {}
        asked = spoken | choice.query
        feed = Feed(
            version="https://jsonfeed.org/version/1.1",
            title=translate("web.list.title", language),
            description=translate("web.list.description", language),
            home_page_url=pages.absolute(_with_query("/cases", asked)),
            feed_url=pages.absolute(_with_query("/cases.json", asked)),
            language=language,
            items=[_feed_item(pages, entry_of(case, language), spoken) for case in cases],
            next_url=None if older is None else pages.absolute(_with_query("/cases.json", {**asked, "after": older})),
        )
        body = msgspec.json.encode(feed)
        return body, "application/feed+json", read_headers(reading)

    return cast("Response[Feed]", await kept.give(request, make))


@get(
    "/cases.atom",
    summary="The feed of published cases as Atom",
    media_type="application/atom+xml",
    response_headers=[TAG_HEADER],
    responses=answers("case.not_found", "request.invalid", signed_in=False),
    operation_class=operation(headers=[IF_NONE_MATCH], not_modified=True),
)
async def feed_as_atom(
    request: AnyRequest,
    context: NamedDependency[Context],
    pages: NamedDependency[Pages],
    reading: NamedDependency[Reading],
    choice: NamedDependency[Choice],
    kept: NamedDependency[PublicAnswers],
    after: After = None,
) -> Response[bytes]:
    """RFC 4287, newest first; `rel="next"` (RFC 5005) leads to older cases."""

    async def make() -> tuple[bytes, str, dict[str, str]]:
        cases, older = await chosen(context, choice, after, CASES_PER_FEED)
        body = pages.render(
            "cases.atom",
            reading,
            "/cases.atom",
            keep=choice.query | ({"lang": reading.language} if reading.chosen else {}),
            entries=[entry_of(case, reading.language) for case in cases],
            older=older,
            # An empty feed has changed whenever it was emptied, which nobody is told.
            updated=_beginning(max(map(changed_on, cases), default=date(2024, 1, 1))).isoformat(),
            published_at=lambda case: _beginning(published_on(case)).isoformat(),
            updated_at=lambda case: _beginning(changed_on(case)).isoformat(),
        )
        return body, "application/atom+xml", read_headers(reading)

    return await kept.give(request, make)


def _beginning(day: date) -> datetime:
    """Feeds want a time (RFC 3339): the beginning of the day there."""
    return datetime.combine(day, time.min, CHINA_TIME)


@get("/sitemap.xml", include_in_schema=False)
async def show_sitemap(
    request: AnyRequest, context: NamedDependency[Context], pages: NamedDependency[Pages]
) -> Response[bytes]:
    """What search engines may read (sitemaps.org, at most 50,000 addresses): pages that are live now."""
    lines = [f"<url><loc>{pages.absolute('/cases')}</loc></url>"]
    for slug, changed_at in await published_cases.addresses(context):
        day = changed_at.astimezone(CHINA_TIME).date()
        lines.append(f"<url><loc>{pages.absolute(f'/cases/{slug}')}</loc><lastmod>{day}</lastmod></url>")
    body = (
        '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        + "\n".join(lines)
        + "\n</urlset>\n"
    ).encode()
    return tagged(request, body, content_tag(body), "application/xml", {**HEADERS, "Cache-Control": "no-cache"})


@get("/robots.txt", include_in_schema=False)
async def show_robots(request: AnyRequest, pages: NamedDependency[Pages]) -> Response[bytes]:
    """What is not for search engines: the desk and the API."""
    lines = ["User-agent: *", "Disallow: /desk", "Disallow: /api/", f"Sitemap: {pages.absolute('/sitemap.xml')}", ""]
    body = "\n".join(lines).encode()
    return tagged(request, body, content_tag(body), "text/plain", {**HEADERS, "Cache-Control": "no-cache"})


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
        date_published=_beginning(published_on(case)),
        date_modified=None if (day := amended_on(case)) is None else _beginning(day),
        language=entry.language,
        tags=[texts.category, texts.area, translate(f"cases.venue.{case.venue_type}", entry.language)],
        image=None if name is None else pages.absolute(f"/cases/pictures/{name}.jpg"),
        banner_image=None if name is None else pages.absolute(f"/cases/pictures/{name}-card.jpg"),
    )


def _with_query(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


router = Router(
    "/",
    route_handlers=[feed_published_cases, feed_as_atom, show_sitemap, show_robots],
    dependencies={
        "choice": Provide(provide_choice, sync_to_thread=False),
        "kept": Provide(provide_kept, sync_to_thread=False),
    },
    tags=["Public"],
    security=[{}],
)
