"""What may be kept of an answer: of the API nothing, unless a route says otherwise."""

from typing import Final

from litestar.enums import ScopeType
from litestar.types import Message, Scope

API: Final = "/api/"


async def keep_nothing(message: Message, scope: Scope) -> None:
    """Answers of the API hold tokens and names; RFC 9111, 5.2.2.5: "MUST NOT store any part" of them.

    A hook on every answer, so that a new route is safe before anybody thinks of it. Routes that offer an entity tag say
    `private, no-cache` themselves.
    """
    if scope["type"] != ScopeType.HTTP or message["type"] != "http.response.start":
        return
    if scope["path"].startswith(API) and not any(name.lower() == b"cache-control" for name, _ in message["headers"]):
        message["headers"] = [*message["headers"], (b"cache-control", b"no-store")]
