"""Who is at the desk's pages, and whether a form is theirs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from uuid import UUID

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from service import auth
from service.auth import Visitor
from service.domain.permissions import Actor
from service.problems import Problem
from service.routes.dependencies import AnyRequest
from service.web.pages import Pages, Reading
from service.workflows import accounts
from service.workflows.context import Context

DESK: Final = "/desk"
SIGN_IN: Final = "/desk/sign-in"
CASES: Final = "/desk/cases"
DRAFTING: Final = "/desk/cases/new"
EXPORTS: Final = "/desk/exports"
MOST_FIELDS: Final = 2000


class NobodySignedIn(Exception):
    """The page is for people who are signed in: they are asked to, and come back to it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """All that a handler of the desk needs to know of a request."""

    context: Context
    pages: Pages
    reading: Reading
    visitor: Visitor
    now: datetime

    @property
    def actor(self) -> Actor:
        """The person who is signed in."""
        return self.visitor.actor


async def provide_visitor(
    request: AnyRequest,
    context: NamedDependency[Context],
    pages: NamedDependency[Pages],
    now: NamedDependency[datetime],
) -> Visitor:
    """Who sends the session's cookie. NobodySignedIn without a session that lives."""
    token = session_token(request, pages)
    if token is None:
        raise NobodySignedIn
    try:
        visitor = Visitor(await accounts.actor_of(context, token, now), token)
    except Problem as problem:
        raise NobodySignedIn from problem
    request.state.visitor = visitor
    return visitor


def session_token(request: AnyRequest, pages: Pages) -> str | None:
    """What the session's cookie carries, None without one."""
    return request.cookies.get(auth.cookie_name(pages.base_url)) or None


async def provide_desk(
    context: NamedDependency[Context],
    pages: NamedDependency[Pages],
    reading: NamedDependency[Reading],
    visitor: NamedDependency[Visitor],
    now: NamedDependency[datetime],
) -> Desk:
    """The request's parts under one name."""
    return Desk(context, pages, reading, visitor, now)


def provide_case_id(desk: NamedDependency[Desk], case: FromPath[str]) -> UUID:
    """The case that an address names; 404 `case.not_found`, told to who is signed in, for what names none."""
    del desk  # who is signed in is found before what they ask for
    try:
        return UUID(case)
    except ValueError as error:
        raise Problem("case.not_found") from error


def to_sign_in(request: Request[Any, Any, Any], _error: Exception) -> Redirect:
    """To the sign-in page and back again: to the page or, for a form that was sent too late, to the case it is of. The
    form is not sent twice; the script of that page still has what was typed."""
    path: str = request.scope["path"]
    of_case = "/".join(path.split("/")[:4]) if path.startswith(f"{CASES}/") else CASES
    there = path if request.method == "GET" else of_case
    lang = request.query_params.get("lang")
    query = {"next": there} | ({} if lang is None else {"lang": lang})
    return Redirect(f"{SIGN_IN}?{urlencode(query)}", status_code=303)


def own_path(there: str | None) -> str:
    """A path of the desk to go on to, whatever was asked for: never another site (OWASP, Unvalidated Redirects)."""
    try:
        parts = urlsplit(there or "")
    except ValueError:
        return CASES
    is_own = not parts.scheme and not parts.netloc and "\\" not in parts.path and ".." not in parts.path
    return quote(parts.path) if is_own and parts.path.startswith(f"{DESK}/") else CASES


def to_page(reading: Reading, path: str, anchor: str = "") -> Redirect:
    """To a page of the desk with GET (303, RFC 9110, 15.4.4), in the language that was chosen."""
    query = f"?{urlencode({'lang': reading.language})}" if reading.chosen else ""
    return Redirect(f"{path}{query}{'#' if anchor else ''}{anchor}", status_code=303)


class Form:
    """The fields of a form as they were sent."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self._fields = fields

    def text(self, name: str) -> str:
        """The field, "" without it. Browsers end lines with both characters (HTML, form submission)."""
        return self._fields.get(name, [""])[0].replace("\r\n", "\n")

    def all(self, name: str) -> list[str]:
        """Every value of a field, such as boxes that are ticked."""
        return self._fields.get(name, [])


async def form_of(request: AnyRequest) -> Form:
    """The fields; 400 `request.invalid` for a body that is no form."""
    try:
        body = (await request.body()).decode("utf-8")
        return Form(parse_qs(body, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise Problem("request.invalid", errors=[{"message": "the body is not a form"}]) from error


async def own_form(request: AnyRequest, pages: Pages, visitor: Visitor) -> Form:
    """The fields of a form that a page of ours made for this session; 403 `request.forged` for any other."""
    form = await form_of(request)
    sent = request.headers.get("x-csrf-token") or form.text("csrf")
    if not auth.is_our_page(request, pages.base_url) or not visitor.made(sent):
        raise Problem("request.forged")
    return form
