"""A request as the server sees it, for bodies that arrive slowly, stop, or are never sent."""

import asyncio
from typing import Any

import msgspec
from litestar import Litestar

from service.app import wrapped


class Wire:
    """One request to the application in process; what is not fed to it has not arrived yet."""

    def __init__(self, app: Litestar, method: str, path: str, headers: dict[str, str]) -> None:
        self._app = wrapped(app)
        self._arrived: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 50000),
            "server": ("clearway.test", 80),
        }
        self.was_read = False
        self.status = 0
        self.headers: dict[str, str] = {}
        self._body = b""

    def feed(self, content: bytes, *, more: bool = True) -> None:
        """Bytes that have arrived; `more` says whether the body goes on."""
        self._arrived.put_nowait({"type": "http.request", "body": content, "more_body": more})

    def hang_up(self) -> None:
        """The connection is gone."""
        self._arrived.put_nowait({"type": "http.disconnect"})

    async def run(self) -> int:
        """Serves the request to its end and returns the status."""
        await self._app(self._scope, self._receive, self._send)
        return self.status

    async def was_taken(self) -> None:
        """Returns when everything fed so far has been read and the server waits for more, or has answered."""
        while not (self.status or (self._arrived.empty() and self._is_waiting)):  # noqa: ASYNC110
            await asyncio.sleep(0)

    def json(self) -> Any:
        """The answer's body."""
        return msgspec.json.decode(self._body)

    _is_waiting = False

    async def _receive(self) -> dict[str, Any]:
        self.was_read = self._is_waiting = True
        try:
            return await self._arrived.get()
        finally:
            self._is_waiting = False

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
        else:
            self._body += message.get("body", b"")
