"""Bodies: photos read straight from the server, piece by piece, JSON, and objects on their way out."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
from litestar import Request
from litestar.types import Receive

from service.problems import Problem

JSON_BYTES: Final = 1024 * 1024
"""Photos have a limit of their own; everything else is a form of words."""
JSON_SECONDS: Final = 30.0
"""A form of words takes no longer on any network that works at all."""


class JsonRequest(Request[Any, Any, Any]):
    """A request whose JSON may be anything at all, and may never arrive. Its limits are here, not the framework's."""

    _whole: bytes | None = None

    async def body(self) -> bytes:
        """The whole body. 400 `request.incomplete` when the client goes before its end, 408, 413."""
        if self._whole is None:
            self._whole = await self._read()
        return self._whole

    async def _read(self) -> bytes:
        pieces, size = [], 0
        arriving = RequestBody(self.receive)
        try:
            async with asyncio.timeout(JSON_SECONDS):
                while piece := await arriving.next():
                    pieces.append(piece)
                    size += len(piece)
                    if size > JSON_BYTES:
                        raise Problem("request.too_large")
        except TimeoutError as error:
            raise Problem("request.timeout", headers={"Connection": "close"}) from error
        if piece is None:
            raise Problem("request.incomplete")
        return b"".join(pieces)

    async def json(self) -> Any:
        """The body as the route's `data` wants it; 400 `request.invalid` for what does not fit to the letter.

        Decoded here, because the framework decodes parameters and bodies alike: as text, in which "1" is a number.
        """
        data = self.route_handler.parsed_fn_signature.parameters.get("data")
        try:
            return msgspec.json.decode(await self.body(), type=Any if data is None else data.annotation)
        except msgspec.ValidationError as error:
            raise Problem("request.invalid", errors=[_misfit(str(error))]) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Problem("request.invalid", errors=[{"message": "the body is not JSON"}]) from error


def _misfit(sentence: str) -> dict[str, str]:
    """What does not fit, and the field if it is one: msgspec ends its sentence with " - at `$.photos[0].id`"."""
    message, _, place = sentence.partition(" - at `$")
    key = place.removesuffix("`").removeprefix(".")
    return {"message": message, "source": "body"} | ({"key": key} if key else {})


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
