"""One listening socket for several processes, each of which takes a connection when it has time for one."""

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from typing import Final

logger = logging.getLogger("clearway.server")

BACKLOG: Final = 2048
TURN_SECONDS: Final = 0.001
"""Whoever took a connection leaves the next ones to the others for this long. Of sixteen phones that come at once, two
processes take eight each; without it whoever wakes up first takes fourteen."""
PAUSE_SECONDS: Final = 1.0
_NO_ROOM: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Door:
    """Accepts from one bound socket, one connection at a time."""

    def __init__(self, listener: socket.socket, protocol: Callable[[], asyncio.Protocol]) -> None:
        self._listener = listener
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._entering: set[asyncio.Task[None]] = set()
        self._rest: asyncio.TimerHandle | None = None
        listener.setblocking(False)
        listener.listen(BACKLOG)
        self._look()

    def _look(self) -> None:
        self._loop.add_reader(self._listener.fileno(), self._accept)

    def _look_away(self, seconds: float) -> None:
        self._loop.remove_reader(self._listener.fileno())
        self._rest = self._loop.call_later(seconds, self._look)

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return  # another process was quicker, or the phone has gone
        except OSError as error:
            if error.errno not in _NO_ROOM:
                raise
            logger.error("no room for another connection", extra={"fields": {"error": errno.errorcode[error.errno]}})
            self._look_away(PAUSE_SECONDS)
            return
        self._look_away(TURN_SECONDS)
        task = self._loop.create_task(self._enter(connection))
        self._entering.add(task)
        task.add_done_callback(self._entering.discard)

    async def _enter(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.connect_accepted_socket(self._protocol, connection)
        except OSError:
            connection.close()  # the phone has gone already

    def close(self) -> None:
        """Accepts nothing more. The socket is the caller's."""
        if self._rest is not None:
            self._rest.cancel()
        self._loop.remove_reader(self._listener.fileno())
