"""The little that a worker answers over HTTP: that it lives, and its figures. GET, one request a connection."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from service.telemetry.access import may_read

HEAD_BYTES: Final = 16 * 1024
PATIENCE_SECONDS: Final = 15.0

Page = Callable[[], Awaitable[bytes]]
Answer = tuple[str, str, bytes]

_REFUSED: Final[dict[str, Answer]] = {
    "401": ("401 Unauthorized", "text/plain", b"the token of CLEARWAY_METRICS_TOKEN is needed\n"),
    "404": ("404 Not Found", "text/plain", b"no such address\n"),
    "405": ("405 Method Not Allowed", "text/plain", b"GET only\n"),
}


@asynccontextmanager
async def listening(host: str, port: int, page: Page, content_type: str, token: str) -> AsyncIterator[int]:
    """Answers for as long as the block runs, and yields the port. OSError when there is none to be had.

    `/metrics` is for who sends `token`; where that is empty, for nobody.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                status, kind, body = await _answer(head.decode("latin-1"), page, content_type, token)
                lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
                if status.startswith("401"):
                    lines.append("WWW-Authenticate: Bearer")
                lines += ["Cache-Control: no-store", "Connection: close", "", ""]
                writer.write("\r\n".join(lines).encode() + body)
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            # Somebody who does not ask, or does not wait for the answer.
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, host, port, limit=HEAD_BYTES)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _answer(head: str, page: Page, content_type: str, token: str) -> Answer:
    request, *lines = head.split("\r\n")
    method, _, rest = request.partition(" ")
    path = rest.partition(" ")[0].partition("?")[0]
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if method != "GET":
        return _REFUSED["405"]
    if path == "/health/live":
        return "200 OK", "application/json", b'{"status":"live"}'
    if path != "/metrics":
        return _REFUSED["404"]
    if not may_read(headers.get("authorization", ""), token):
        return _REFUSED["401"]
    return "200 OK", content_type, await page()
