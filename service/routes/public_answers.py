"""Public answers that are made once and given until something public changes."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from litestar import Response

from service.protocols import preconditions
from service.routes.dependencies import AnyRequest
from service.routes.html import tagged
from service.routes.middleware import ASGIApp, Receive, Scope, Send
from service.web.pages import content_tag
from service.workflows.context import Context

MOST_KEPT: Final = 400
"""Answers, of some 20 kB each: every page of a city in both languages."""

Key = tuple[str, bytes, bytes]
"""Path, query and Accept-Language as they were sent: all that a public answer depends on."""


@dataclass(frozen=True, slots=True)
class Made:
    """An answer without what depends on the request; `route` is for the figures, `starts` are ASGI's, whole and 304."""

    body: bytes
    tag: str
    media_type: str
    headers: dict[str, str]
    route: str
    starts: tuple[dict[str, Any], dict[str, Any]]

    def messages(self, if_none_match: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
        """The answer as ASGI says it: as `tagged` answers, or 304 where the tag is named."""
        if if_none_match is not None and preconditions.weakly_matches(if_none_match, self.tag):
            return {**self.starts[1]}, {"type": "http.response.body", "body": b""}
        return {**self.starts[0]}, {"type": "http.response.body", "body": self.body}


def _made(body: bytes, media_type: str, headers: dict[str, str], route: str) -> Made:
    tag = content_tag(body)
    kept = headers | {"etag": preconditions.quoted(tag)}
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    whole = kept | {"content-type": media_type + charset, "content-length": str(len(body))}
    return Made(body, tag, media_type, headers, route, (_start(200, whole), _start(304, kept)))


def _start(status: int, headers: dict[str, str]) -> dict[str, Any]:
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": raw}


class PublicAnswers:
    """The answers of this process, with the version of everything public at which they were made.

    Dropped together when that version changes, which happens a few times a week; a filter or a cursor that nobody else
    uses goes when others push it out.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._version = 0
        self._kept: OrderedDict[Key, Made] = OrderedDict()

    async def fresh(self, key: Key) -> Made | None:
        """What was made for this, if nothing public has changed since; asked after the request began."""
        version = await self._context.public_version.now(self._context.database)
        if version != self._version:
            self._kept.clear()
            self._version = version
        return self._kept.get(key)

    def may_have(self, key: Key) -> bool:
        """Whether it is worth asking."""
        return key in self._kept

    async def give(
        self, request: AnyRequest, make: Callable[[], Awaitable[tuple[bytes, str, dict[str, str]]]]
    ) -> Response[Any]:
        """What was made for this address, or what `make` returns now: body, media type and headers.

        What `make` raises is not kept.
        """
        key = key_of(request.scope)
        made = await self.fresh(key)
        if made is None:
            version = self._version
            body, media_type, headers = await make()
            made = _made(body, media_type, headers, request.scope.get("path_template") or "")
            # What was made of something newer than the version says is made again with the next request.
            if version == self._version:
                self._kept[key] = made
                if len(self._kept) > MOST_KEPT:
                    self._kept.popitem(last=False)
        return tagged(request, made.body, made.tag, made.media_type, made.headers)


def key_of(scope: Any) -> Key:
    """All that a public answer depends on."""
    spoken = next((value for name, value in scope["headers"] if name == b"accept-language"), b"")
    return scope["path"], scope["query_string"], spoken


class PublicShortcut:
    """Gives what was made already before the framework looks for a route: most of what a page costs is that."""

    def __init__(self, app: ASGIApp, state: Any) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Any other request, and any trouble, is the framework's."""
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith("/cases"):
            answers: PublicAnswers | None = self._state.get("public_answers")
            key = key_of(scope)
            if answers is not None and answers.may_have(key):
                try:
                    made = await answers.fresh(key)
                except Exception:  # the framework asks again, and answers as it does for the database being away
                    made = None
                if made is not None:
                    scope["path_template"] = made.route
                    asked = next((value for name, value in scope["headers"] if name == b"if-none-match"), None)
                    for message in made.messages(None if asked is None else asked.decode("latin-1")):
                        await send(message)
                    return
        await self._app(scope, receive, send)
