"""Every error on its way out: a problem, in the reader's language, that tells nothing it must not."""

import logging
from typing import Any, cast

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException, ValidationException
from litestar.types import ExceptionHandlersMap

from service import i18n, misfits
from service.database import FULL, UNAVAILABLE, UNMIGRATED, UNSTORABLE
from service.problems import Problem
from service.routes.html import problem_page, read_as
from service.routes.openapi import problem_body
from service.telemetry import metrics
from storage.base import StoreError, StoreFull

logger = logging.getLogger("clearway.failure")

RETRY_SECONDS = "5"


def answer(request: Request[Any, Any, Any], problem: Problem) -> Response[dict[str, Any]]:
    """The problem+json answer (RFC 9457, 3)."""
    metrics.PROBLEMS.labels(problem.code).inc()
    language = i18n.negotiate(request.headers.get("accept-language"))
    parameters = dict(problem.parameters)
    if problem.code == "request.invalid":
        parameters["errors"] = [_told(item, language) for item in cast("list[dict[str, Any]]", parameters["errors"])]
    return Response(
        problem_body(problem.code, language, **parameters),
        status_code=problem.status,
        media_type="application/problem+json",
        headers={"Content-Language": language, "Cache-Control": "no-store", **problem.headers},
    )


def _told(error: dict[str, Any], language: i18n.Language) -> dict[str, Any]:
    return error | {"message": misfits.told(error["message"], language)}


def on_problem(request: Request[Any, Any, Any], problem: Problem) -> Response[dict[str, Any]]:
    """A problem raised on purpose."""
    return answer(request, problem)


def on_http_exception(
    request: Request[Any, Any, Any], error: HTTPException
) -> Response[dict[str, Any]] | Response[bytes]:
    """What the framework refuses: unknown paths, methods, bodies that do not fit."""
    if isinstance(error, ValidationException):
        return answer(request, Problem("request.invalid", errors=_plain(error.extra)))
    if isinstance(error, MethodNotAllowedException):
        return answer(request, Problem("request.method_not_allowed", headers=dict(error.headers or {})))
    if isinstance(error, NotFoundException):
        return on_not_found(request)
    if error.status_code < 500:
        return answer(request, Problem("request.invalid", errors=[{"message": str(error.detail)}]))
    return on_unexpected(request, error)


def on_not_found(request: Request[Any, Any, Any]) -> Response[dict[str, Any]] | Response[bytes]:
    """A page for a browser that mistyped an address, a problem for programs and for everything under /api."""
    problem = Problem("request.not_found")
    if "text/html" not in request.headers.get("accept", "") or request.scope["path"].startswith("/api/"):
        return answer(request, problem)
    reading = read_as(request, request.query_params.get("lang"))
    page = problem_page(request, request.app.state.pages, reading, problem)
    page.headers["Vary"] = "Accept, Accept-Language"
    return page


def refuse_missing(response: Response[Any]) -> Response[Any]:
    """Lets every answer pass but the framework's own 404."""
    if response.status_code == 404:
        raise NotFoundException
    return response


def _plain(extra: Any) -> list[dict[str, Any]]:
    """What fits where: the field's path and a sentence, nothing of the values sent."""
    errors = extra if isinstance(extra, list) else []
    return [
        {name: str(item[name]) for name in ("key", "message", "source") if name in item}
        for item in errors
        if isinstance(item, dict)
    ]


def on_invalid_body(request: Request[Any, Any, Any], error: msgspec.ValidationError) -> Response[dict[str, Any]]:
    """A body that a route decoded itself."""
    return answer(request, Problem("request.invalid", errors=[{"message": str(error)}]))


def on_unstorable(request: Request[Any, Any, Any], _error: BaseException) -> Response[dict[str, Any]]:
    """A text with a character that cannot be kept."""
    return answer(request, Problem("request.invalid", errors=[{"message": "a text holds the character U+0000"}]))


def on_unavailable(request: Request[Any, Any, Any], error: BaseException) -> Response[dict[str, Any]]:
    """The database is away or overloaded: nothing was accepted, try again."""
    logger.error("database unavailable", extra={"fields": {"error": type(error).__name__}})
    return answer(request, Problem("server.not_ready", headers={"Retry-After": RETRY_SECONDS}))


def on_unmigrated(request: Request[Any, Any, Any], error: BaseException) -> Response[dict[str, Any]]:
    """The database lacks what this version needs: nothing was accepted, an operator has to act."""
    logger.error("database not migrated, run clearway migrate", extra={"fields": {"error": type(error).__name__}})
    return answer(request, Problem("server.not_ready", headers={"Retry-After": RETRY_SECONDS}))


def on_store_error(request: Request[Any, Any, Any], error: StoreError) -> Response[dict[str, Any]]:
    """The store is full or away: nothing was accepted."""
    logger.error("store failed", extra={"fields": {"error": type(error).__name__, "reason": str(error)}})
    code = "storage.full" if isinstance(error, StoreFull) else "storage.unavailable"
    return answer(request, Problem(code, headers={"Retry-After": RETRY_SECONDS}))


def on_database_full(request: Request[Any, Any, Any], _error: BaseException) -> Response[dict[str, Any]]:
    """The database's disk is full: nothing was accepted."""
    logger.error("database disk full")
    return answer(request, Problem("storage.full", headers={"Retry-After": RETRY_SECONDS}))


def on_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """A fault of ours: the log has the trace, the client the request's id."""
    logger.error("unexpected failure", exc_info=error)
    return answer(request, Problem("server.error"))


HANDLERS: ExceptionHandlersMap = {
    Problem: on_problem,
    HTTPException: on_http_exception,
    msgspec.ValidationError: on_invalid_body,
    msgspec.DecodeError: on_invalid_body,
    StoreError: on_store_error,
    **dict.fromkeys(UNAVAILABLE, on_unavailable),
    **dict.fromkeys(UNMIGRATED, on_unmigrated),
    **dict.fromkeys(FULL, on_database_full),
    **dict.fromkeys(UNSTORABLE, on_unstorable),
    Exception: on_unexpected,
}
