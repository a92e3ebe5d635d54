"""Signing in to the desk's pages, and out."""

from datetime import datetime
from typing import Annotated

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Redirect

from service import auth
from service.auth import Visitor, client_address
from service.problems import Problem
from service.routes.dependencies import AnyRequest
from service.routes.desk.pages import desk_page
from service.routes.desk.visiting import SIGN_IN, form_of, own_form, own_path, session_token, to_page
from service.web.pages import Pages, Reading
from service.workflows import accounts
from service.workflows.context import Context

Next = Annotated[str | None, QueryParameter(name="next")]


@get("/sign-in")
async def show_sign_in(
    pages: NamedDependency[Pages], reading: NamedDependency[Reading], there: Next = None
) -> Response[bytes]:
    """The form. Who is signed in already may sign in as somebody else."""
    return _form(pages, reading, there=own_path(there), account="", problem=None)


@post("/sign-in", status_code=303)
async def sign_in(
    request: AnyRequest,
    context: NamedDependency[Context],
    pages: NamedDependency[Pages],
    reading: NamedDependency[Reading],
    now: NamedDependency[datetime],
) -> Response[bytes] | Redirect:
    """Begins a session under a new token, so that a cookie that somebody planted is worth nothing, and ends the
    session that the browser had before (OWASP, Session Management: renew the identifier on a change of privilege).

    Another site cannot sign a visitor in under its own name: there is no session yet to bind a token to, so what the
    browser says of the sender decides.
    """
    form = await form_of(request)
    if not auth.is_our_page(request, pages.base_url):
        raise Problem("request.forged")
    there = own_path(form.text("next"))
    account, password = form.text("account").strip(), form.text("password")
    address = client_address(request, request.app.state.trusted_proxies)
    try:
        session = await accounts.sign_in(context, account=account, password=password, address=address, now=now)
    except Problem as problem:
        return _form(pages, reading, there=there, account=account, problem=problem)
    earlier = session_token(request, pages)
    if earlier is not None:
        await accounts.sign_out(context, earlier)
    answer = to_page(reading, there)
    answer.set_cookie(_cookie(pages, session.token, int((session.expires_at - now).total_seconds())))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _form(pages: Pages, reading: Reading, *, there: str, account: str, problem: Problem | None) -> Response[bytes]:
    answer = desk_page(
        pages,
        reading,
        "desk_sign_in.html",
        SIGN_IN,
        status=200 if problem is None else problem.status,
        keep={"next": there},
        visitor=None,
        problem=problem,
        there=there,
        account=account,
    )
    # 401 asks for a challenge (RFC 9110, 15.5.2), but one that browsers know would open a window of their own.
    answer.headers.update({} if problem is None else problem.headers)
    return answer


@post("/sign-out", status_code=303)
async def sign_out(
    request: AnyRequest,
    context: NamedDependency[Context],
    pages: NamedDependency[Pages],
    reading: NamedDependency[Reading],
    visitor: NamedDependency[Visitor],
) -> Redirect:
    """Ends the session for good and takes the cookie back."""
    await own_form(request, pages, visitor)
    await accounts.sign_out(context, visitor.token)
    answer = to_page(reading, SIGN_IN)
    answer.set_cookie(_cookie(pages, "", 0))
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def _cookie(pages: Pages, value: str, seconds: int) -> Cookie:
    """Lax: a link in a chat leads to a page that is signed in; nothing that changes anything is a GET."""
    return Cookie(
        key=auth.cookie_name(pages.base_url),
        value=value,
        max_age=seconds,
        path="/",
        secure=pages.base_url.startswith("https:"),
        httponly=True,
        samesite="lax",
    )
