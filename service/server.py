"""The web process: the application behind uvicorn, and how it stops."""

import ctypes
import socket
from typing import Final

import uvicorn

from service.accepting import Door
from service.app import build_app, wrapped
from service.receiving import BodyProtocol
from service.settings import Settings
from service.workflows.context import Context

# malloc.h
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3


class Server(uvicorn.Server):
    """uvicorn, which when asked to stop first has every unfinished upload confirm what has arrived of it."""

    def __init__(self, settings: Settings) -> None:
        self._doors: list[Door] = []
        self._app = build_app(settings)
        super().__init__(
            uvicorn.Config(
                wrapped(self._app),
                host=settings.host,
                port=settings.port,
                loop="uvloop",
                http=BodyProtocol,
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=settings.shutdown_seconds,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Of sockets that other processes accept from too, takes one connection at a time.

        The loop's own server takes all that wait, and of many phones that come at once most would end up with the
        process that woke up first, while the others have nothing to do.
        """
        if sockets is None:
            await super().startup()
            return
        await super().startup(sockets=[])
        self._doors = [Door(listener, self._protocol) for listener in sockets]

    def _protocol(self) -> BodyProtocol:
        return BodyProtocol(self.config, self.server_state, self.lifespan.state)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Runs once, after the last request was accepted."""
        for door in self._doors:
            door.close()
        context: Context | None = self._app.state.get("context")
        if context is not None:
            await context.flights.release_all()
        await super().shutdown(sockets)


def run(settings: Settings, sockets: list[socket.socket] | None = None) -> None:
    """Serves until SIGTERM or SIGINT, then lets running requests finish. `sockets` are bound already."""
    _keep_receive_buffers()
    Server(settings).run(sockets)


def _keep_receive_buffers() -> None:
    """Has glibc keep the memory of receive buffers (256 KiB each) between requests, up to 16 MiB.

    It would give each back to the kernel and fault it in again, page by page, which is a tenth of the cost of
    receiving a photo. Another C library has its own habits and is left alone.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 1024 * 1024)
        mallopt(_M_TRIM_THRESHOLD, 16 * 1024 * 1024)
