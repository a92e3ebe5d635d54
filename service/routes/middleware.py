"""What every request passes before it reaches a route."""

import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from service.auth import Networks, is_among
from service.logs import following, note, noted
from service.telemetry import metrics, traces

# The ASGI 3 signatures. Not litestar's: these wrap it from outside and see lifespans too.
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

logger = logging.getLogger("clearway.request")

OVERRIDABLE = frozenset({"PUT", "PATCH", "DELETE", "HEAD", "GET", "OPTIONS"})
_ASKED = "clearway.asked"
KNOWN_METHODS = OVERRIDABLE | {"POST"}
QUIET = ("/health/", "/metrics")
"""What is asked every few seconds is worth a line only when something is wrong."""
_SAFE_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
# W3C Trace Context, 3.2
_TRACEPARENT = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

_route: ContextVar[str] = ContextVar("route", default="unmatched")


class MethodOverride:
    """Lets every call work as POST with X-HTTP-Method-Override.

    Some gateways after an audit let only GET and POST through; and tus 1.0.0: "The Server MUST interpret
    X-HTTP-Method-Override as the request's method, if the header is presented."
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on a POST that asks for another method. The scope is copied: for the server it stays a POST."""
        if scope["type"] == "http" and scope["method"] == "POST":
            for name, value in scope["headers"]:
                if name == b"x-http-method-override" and (method := value.decode("latin-1").upper()) in OVERRIDABLE:
                    scope = {**scope, "method": method}
                    if method == "HEAD":
                        send = _without_body(send)
        await self._app(scope, receive, send)


def _without_body(send: Send) -> Send:
    """An answer to HEAD may promise a length and send nothing; the answer to a POST may not."""

    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [header for header in message["headers"] if header[0].lower() != b"content-length"]
            message = {**message, "headers": [*headers, (b"content-length", b"0")]}
        elif message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_head


class HeadAsGet:
    """Answers HEAD wherever GET is answered, with the same headers and no body.

    RFC 9110, 9.1: "All general-purpose servers MUST support the methods GET and HEAD." Chat programs ask so before they
    show a link. Uploads answer HEAD themselves: tus gives it a meaning of its own.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a HEAD on as GET. The scope is copied: the server must still know that no body may follow."""
        if scope["type"] != "http" or scope["method"] != "HEAD" or scope["path"].startswith("/api/v1/uploads"):
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET", _ASKED: "HEAD"}, receive, send_head)


def is_head(scope: Mapping[str, Any]) -> bool:
    """Whether a request that looks like GET was HEAD: nobody will read the body of its answer."""
    return scope.get(_ASKED) == "HEAD"


class RouteName:
    """Notes which route answers, for figures and spans: its template, never the ids in a path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The router writes its choice into the scope that it was given."""
        try:
            await self._app(scope, receive, send)
        finally:
            if "path_template" in scope:
                _route.set(scope["path_template"] or "/")


class RequestLog:
    """Gives each request an id, sends it back as X-Request-Id, logs one line when it is done, counts and times it.

    A trusted proxy's id is kept when it looks like one, so that a line can be followed across machines, and so is the
    trace that it takes part in; anybody else's would let a stranger write into the log of another request. The path is
    logged without its query.
    """

    def __init__(self, app: ASGIApp, trusted: Networks = ()) -> None:
        self._app = app
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wraps one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = {} if not self._trusted else self._given(scope)
        current = given.get("x-request-id") or secrets.token_hex(16)
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", current.encode())]
            await send(message)

        with following(current), traces.span(scope["method"], kind="server", parent=given.get("traceparent")) as span:
            _note_trace()
            route = _route.set("unmatched")
            metrics.REQUESTS_IN_PROGRESS.inc()
            began = time.perf_counter()
            try:
                await self._app(scope, receive, send_with_id)
            finally:
                metrics.REQUESTS_IN_PROGRESS.dec()
                _tell(scope, span, _route.get(), status, time.perf_counter() - began)
                _route.reset(route)

    def _given(self, scope: Scope) -> dict[str, str]:
        client = scope.get("client")
        if client is None or not is_among(client[0], self._trusted):
            return {}
        return {
            name.decode(): value.decode("ascii")
            for name, value in scope["headers"]
            if (name == b"x-request-id" and _SAFE_ID.fullmatch(value))
            or (name == b"traceparent" and _TRACEPARENT.fullmatch(value))
        }


def _note_trace() -> None:
    if (trace := traces.trace_id()) is not None:
        note(trace_id=trace)


@lru_cache(maxsize=2048)
def _figures(method: str, route: str, status: int) -> tuple[Any, Any]:
    """Count and times of these answers: to look them up costs more than to count. Routes are templates, so few."""
    return metrics.REQUESTS.labels(method, route, str(status or "none")), metrics.REQUEST_SECONDS.labels(method, route)


def _tell(scope: Scope, span: traces.Span, route: str, status: int, seconds: float) -> None:
    """The end of a request: its figures, its span, its line."""
    method = scope["method"] if scope["method"] in KNOWN_METHODS else "other"
    count, times = _figures(method, route, status)
    count.inc()
    times.observe(seconds)
    span.rename(f"{method} {route}")
    span.note({"http.request.method": method, "http.route": route, "http.response.status_code": status})
    if (upload_id := noted("upload_id")) is not None:
        span.note({"clearway.upload_id": str(upload_id)})
    if status >= 500:
        span.fail(str(status))
    if not (status == 200 and scope["path"].startswith(QUIET)):
        fields = {"method": scope["method"], "path": scope["path"], "status": status, "ms": round(seconds * 1000, 1)}
        logger.info("request", extra={"fields": fields})
