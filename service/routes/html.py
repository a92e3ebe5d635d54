"""Answers that a browser shows, with the headers they all carry."""

from typing import Annotated, Final
from urllib.parse import quote

from litestar import Response
from litestar.params import QueryParameter

from service.problems import Problem
from service.protocols import preconditions
from service.routes.dependencies import AnyRequest
from service.web.pages import PAGE_POLICY, Pages, Reading, content_tag

HEADERS: Final = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
IMMUTABLE: Final = {**HEADERS, "Cache-Control": "public, max-age=31536000, immutable"}
"""For files whose address changes when they do."""

Lang = Annotated[
    str | None, QueryParameter(max_length=20, description="zh-CN or en; otherwise Accept-Language decides")
]


def read_as(request: AnyRequest, lang: Lang = None) -> Reading:
    """The visitor's language."""
    return Reading.of(lang, request.headers.get("Accept-Language"))


def page_answer(
    request: AnyRequest, body: bytes, reading: Reading, *, status: int = 200, policy: str = PAGE_POLICY
) -> Response[bytes]:
    """An HTML page, or 304 when the browser has it already."""
    headers = page_headers(reading, policy)
    if status != 200:
        return Response(body, status_code=status, media_type="text/html", headers=headers)
    return tagged(request, body, content_tag(body), "text/html", headers)


def read_headers(reading: Reading) -> dict[str, str]:
    """What everything carries that is told in the visitor's language: pages and feeds."""
    return {
        **HEADERS,
        "Cache-Control": "no-cache",
        "Content-Language": reading.language,
        "Vary": "Accept-Language",
    }


def page_headers(reading: Reading, policy: str = PAGE_POLICY) -> dict[str, str]:
    """What every public page carries."""
    return {**read_headers(reading), "Content-Security-Policy": policy}


def tagged(request: AnyRequest, body: bytes, tag: str, media_type: str, headers: dict[str, str]) -> Response[bytes]:
    """The body with its entity tag, or 304 when If-None-Match names that tag."""
    headers = headers | {"ETag": preconditions.quoted(tag)}
    if preconditions.weakly_matches(request.headers.get("If-None-Match"), tag):
        return Response(b"", status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def problem_page(request: AnyRequest, pages: Pages, reading: Reading, problem: Problem) -> Response[bytes]:
    """The page for an address that never was (404), is no more (410) or asks for a month that there is not (400)."""
    kind = {"case.gone": "gone", "case.suspended": "suspended", "request.invalid": "no_month"}.get(
        problem.code, "not_found"
    )
    # Links to the other language begin with the path: two slashes, or one and a backslash, would lead to another site.
    path = "/" + quote(request.scope["path"].lstrip("/"))
    body = pages.render("problem.html", reading, path, kind=kind, status=problem.status)
    return page_answer(request, body, reading, status=problem.status)
