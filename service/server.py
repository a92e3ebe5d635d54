"""The web process: the application behind uvicorn, and how it stops."""

import socket

import uvicorn

from service.app import build_app, wrapped
from service.settings import Settings
from service.workflows.context import Context


class Server(uvicorn.Server):
    """uvicorn, which when asked to stop first has every unfinished upload confirm what has arrived of it."""

    def __init__(self, settings: Settings) -> None:
        self._app = build_app(settings)
        super().__init__(
            uvicorn.Config(
                wrapped(self._app),
                host=settings.host,
                port=settings.port,
                loop="uvloop",
                http="httptools",
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=settings.shutdown_seconds,
            )
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Runs once, after the last request was accepted."""
        context: Context | None = self._app.state.get("context")
        if context is not None:
            await context.flights.release_all()
        await super().shutdown(sockets)


def run(settings: Settings) -> None:
    """Serves until SIGTERM or SIGINT, then lets running requests finish."""
    Server(settings).run()
