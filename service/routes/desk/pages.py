"""Answers of the desk: pages for one person, which nobody keeps."""

from datetime import datetime
from typing import Any, Final

from litestar import Request, Response

from service.domain.hazards import CHINA_TIME
from service.i18n import find, translate
from service.problems import Problem
from service.routes.html import HEADERS, read_as
from service.web.pages import Pages, Reading

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; frame-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def desk_page(
    pages: Pages,
    reading: Reading,
    template: str,
    path: str,
    *,
    status: int = 200,
    keep: dict[str, str] | None = None,
    **values: object,
) -> Response[bytes]:
    """A page of the desk. `no-store`: what a person was shown is not found again after signing out."""
    headers = {
        **HEADERS,
        "Cache-Control": "no-store",
        "Content-Language": reading.language,
        "Content-Security-Policy": POLICY,
        "Vary": "Accept-Language, Cookie",
    }

    def say(code: str, detail: str | None = None, **parameters: object) -> dict[str, str | None]:
        return said(reading, code, detail, **parameters)

    body = pages.render(template, reading, path, keep=keep, say=say, clock=clock, **values)
    return Response(body, status_code=status, media_type="text/html", headers=headers)


def said(reading: Reading, code: str, detail: str | None = None, **parameters: object) -> dict[str, str | None]:
    """A problem in the visitor's language, in the words of somebody who sees a page rather than a program."""
    language = reading.language
    own = find(f"desk.problem.{code}", language, **parameters)
    return {
        "title": translate(f"problems.{code}.title", language),
        "detail": own or detail or find(f"problems.{code}.detail", language, **parameters),
    }


def clock(at: datetime) -> str:
    """'2026-11-24 18:05', the time in China, where the desk is."""
    return f"{at.astimezone(CHINA_TIME):%Y-%m-%d %H:%M}"


def on_problem(request: Request[Any, Any, Any], problem: Problem) -> Response[bytes]:
    """The page that says what is wrong and leads back."""
    reading = read_as(request, request.query_params.get("lang"))
    pages: Pages = request.app.state.pages
    answer = desk_page(
        pages,
        reading,
        "desk_problem.html",
        "/desk/cases",
        status=problem.status,
        # Known where the session was looked up before the problem: that somebody is signed in stays to be seen.
        visitor=request.state.get("visitor"),
        problem=problem,
    )
    answer.headers.update(problem.headers)
    return answer
