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
        """Rewrites the method of a POST that asks for another one."""
        if scope["type"] == "http" and scope["method"] == "POST":
            for name, value in scope["headers"]:
                if name == b"x-http-method-override" and (method := value.decode("latin-1").upper()) in OVERRIDABLE:
                    scope["method"] = method
        await self._app(scope, receive, send)


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
