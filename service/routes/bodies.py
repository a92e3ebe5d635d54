"""Bodies: photos read straight from the server, piece by piece, JSON, and objects on their way out."""

from collections.abc import AsyncIterator
from typing import Any

from litestar import Request
from litestar.types import Receive

from service.problems import Problem


class JsonRequest(Request[Any, Any, Any]):
    """A request whose JSON may be anything at all."""

    async def json(self) -> Any:
        """The decoded body. 400 also for what the framework's decoder lets fall through: no UTF-8, nested too deep."""
        try:
            return await super().json()
        except (UnicodeDecodeError, RecursionError) as error:
            raise Problem("request.invalid", errors=[{"message": "the body is not JSON"}]) from error


class RequestBody:
    """The `intake.Body` of an ASGI request.

    Not litestar's `request.stream()`: that raises when the client vanishes, while for us a cut is an ordinary end
    after which everything that came still counts; and its size limit would be a second one beside ours.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._ended = False

    async def next(self) -> bytes | None:
        """The next bytes, b"" at the end of the body, None when the client has gone before the end."""
        while not self._ended:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return None
            if message["type"] == "http.request":
                self._ended = not message.get("more_body", False)
                if chunk := message.get("body", b""):
                    return chunk
        return b""


async def opened(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces, the first one fetched: what the store cannot give is a problem before the answer has begun."""
    first = await anext(pieces, b"")

    async def all_pieces() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return all_pieces()
