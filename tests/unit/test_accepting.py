"""Processes that share a listening socket share the phones."""

import asyncio
import errno
import socket
from collections import Counter
from typing import Any

import pytest

from service import accepting
from service.accepting import Door


class Named(asyncio.Protocol):
    """Says its name to whoever connects."""

    def __init__(self, name: bytes) -> None:
        self._name = name

    def connection_made(self, transport: Any) -> None:
        transport.write(self._name)
        transport.close()


async def named(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    name = await reader.read()
    writer.close()
    return name


async def test_phones_that_come_at_once_are_shared() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, listener.dup() as same:
        doors = [Door(listener, lambda: Named(b"one")), Door(same, lambda: Named(b"two"))]
        port = listener.getsockname()[1]
        taken = Counter(await asyncio.gather(*(named(port) for _ in range(16))))
        assert min(taken[b"one"], taken[b"two"]) >= 6, taken
        doors[0].close()
        assert {await named(port) for _ in range(4)} == {b"two"}
        doors[1].close()


class Full:
    """A listening socket in a process that has no descriptor left, for a while."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.is_full = True
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listener, name)

    def accept(self) -> Any:
        self.asked += 1
        if self.is_full:
            raise OSError(errno.EMFILE, "Too many open files")
        return self._listener.accept()


async def test_a_process_without_room_waits_and_takes_the_connection_later(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(accepting, "PAUSE_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        full: Any = Full(listener)
        door = Door(full, lambda: Named(b"one"))
        waiting = asyncio.create_task(named(listener.getsockname()[1]))
        async with asyncio.timeout(10):
            while full.asked < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        assert not waiting.done()
        assert "no room for another connection" in caplog.text
        full.is_full = False
        assert await waiting == b"one"
        door.close()
