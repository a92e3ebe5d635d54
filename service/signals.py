"""The signals that a process of processes gets, as something to wait for."""

import contextlib
import selectors
import signal
import socket
from typing import Final, Self

STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Signals:
    """SIGCHLD and requests to stop, from the main thread: what arrives before the waiting begins is not missed."""

    def __enter__(self) -> Self:
        self._receiver, sender = socket.socketpair()
        self._sender = sender
        self._receiver.setblocking(False)
        sender.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._receiver, selectors.EVENT_READ)
        self._old_descriptor = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
        # Whoever ignores hang-ups for us (nohup) means it.
        caught = [signal.SIGCHLD, *STOP_SIGNALS]
        if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
            caught.remove(signal.SIGHUP)
        self._old_handlers = {number: signal.signal(number, lambda *_: None) for number in caught}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._old_handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_descriptor)
        self._selector.close()
        self._receiver.close()
        self._sender.close()

    def wait(self, seconds: float | None = None) -> frozenset[int]:
        """Wait for a signal, and return those that ask us to stop."""
        self._selector.select(seconds)
        with contextlib.suppress(BlockingIOError):
            return frozenset(self._receiver.recv(4096)) & frozenset(STOP_SIGNALS)
        return frozenset()


def describe_status(code: int) -> str:
    """How a process ended, of a status as `subprocess` gives it."""
    return f"status {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
