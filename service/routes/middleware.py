"""What every request passes before it reaches a route."""

import logging
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from uuid import uuid4

from service.logs import request_id

# The ASGI 3 signatures. Not litestar's: these wrap it from outside and see lifespans too.
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

logger = logging.getLogger("clearway.request")

OVERRIDABLE = frozenset({"PUT", "PATCH", "DELETE", "HEAD", "GET", "OPTIONS"})
_SAFE_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")


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

        await self._app({**scope, "method": "GET"}, receive, send_head)


class RequestLog:
    """Gives each request an id, sends it back as X-Request-Id, and logs one line when it is done.

    An id that a trusted client or proxy sends is kept when it looks like one, so that a line can be followed across
    machines. The path is logged without its query.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wraps one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        current = _given_id(scope) or uuid4().hex
        token = request_id.set(current)
        started = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", current.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            if not (status == 200 and scope["path"].startswith("/health/")):
                milliseconds = round((time.perf_counter() - started) * 1000, 1)
                fields = {"method": scope["method"], "path": scope["path"], "status": status, "ms": milliseconds}
                logger.info("request", extra={"fields": fields})
            request_id.reset(token)


def _given_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _SAFE_ID.fullmatch(value):
            return str(value, "ascii")
    return None
