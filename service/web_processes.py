"""`clearway serve --workers N`: several web processes on one port; one that dies is started again, all end together.

All share one listening socket, which this process opened and keeps. With sockets of their own (SO_REUSEPORT) the kernel
would deal each connection to one process at random, however busy it is, and whatever waited for one that is killed
would be lost with it. From one socket whoever has time takes the next connection, and while a process is being
replaced nobody is refused.
"""

import contextlib
import logging
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass

from service.processes import CANNOT_START, tied
from service.signals import Signals, describe_status

logger = logging.getLogger("clearway.processes")

SETTLED_SECONDS = 10.0
"""Who lived for so long has started well: another is started at once when it ends."""
LONGEST_DELAY_SECONDS = 30.0
HOPELESS = frozenset({2, 3, CANNOT_START})
"""Statuses of a process that could not begin to serve: a wrong setting, a part that is away, no such program."""


@dataclass(slots=True)
class _Slot:
    process: "subprocess.Popen[bytes] | None" = None
    began: float = 0.0
    next_start: float = 0.0
    failures: int = 0


def bind(host: str, port: int) -> list[socket.socket]:
    """Sockets on every address of `host` that nobody can connect to until a process listens. OSError when taken."""
    sockets: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            listener = socket.socket(family, kind, protocol)
            sockets.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind(address)
    except OSError:
        close(sockets)
        raise
    return sockets


def close(sockets: Sequence[socket.socket]) -> None:
    """Closes them here; those of other processes stay open."""
    for listener in sockets:
        listener.close()


def run(
    command: Sequence[str],
    sockets: Sequence[socket.socket],
    *,
    count: int,
    grace: float,
    settled_seconds: float = SETTLED_SECONDS,
) -> int:
    """Keeps `count` processes of `command` running on the sockets until asked to stop; returns the status for us.

    `command` gets the sockets' descriptors as its last argument, separated by commas. A process that ends is started
    again: at once when it had settled, else after 1, 2, 4 ... 30 seconds. When one cannot begin to serve before any
    has settled, all end with its status, as a single one would.

    SIGINT, SIGTERM and SIGHUP become a SIGTERM to each process; what has not ended `grace` seconds later, or at a
    second SIGINT, is killed. The end of this process kills them too, however it ends. Call it from the main thread.
    """
    with Signals() as signals:
        processes = _Processes(signals, command, sockets, count, settled_seconds)
        try:
            status = processes.watch()
        finally:
            # Before they are asked to end: whoever connects from now on is to be refused, not to wait for nobody.
            close(sockets)
            in_time = processes.end(grace)
    return status if in_time else status or 1


class _Processes:
    def __init__(
        self,
        signals: Signals,
        command: Sequence[str],
        sockets: Sequence[socket.socket],
        count: int,
        settled_seconds: float,
    ) -> None:
        self._signals = signals
        self._descriptors = [listener.fileno() for listener in sockets]
        self._command = [*command, ",".join(map(str, self._descriptors))]
        self._slots = [_Slot() for _ in range(count)]
        self._settled_seconds = settled_seconds
        self._any_has_settled = False

    def watch(self) -> int:
        """Returns 0 when asked to stop, else the status of a process without which there is no hope."""
        while True:
            if (status := self._collect()) is not None:
                return status
            now = time.monotonic()
            for slot in self._slots:
                if slot.process is None and slot.next_start <= now:
                    self._start(slot)
            if self._signals.wait(self._until_next_start()):
                return 0

    def _start(self, slot: _Slot) -> None:
        # In a session of its own a terminal's Ctrl-C does not reach it: the stop is ours to arrange.
        slot.process = subprocess.Popen(
            tied(self._command, signal.SIGKILL),
            stdin=subprocess.DEVNULL,
            pass_fds=self._descriptors,
            start_new_session=True,
        )
        slot.began = time.monotonic()
        logger.info("web process started", extra={"fields": {"process": slot.process.pid}})

    def _collect(self) -> int | None:
        for slot, process, status in self._ended():
            lived = time.monotonic() - slot.began
            self._any_has_settled |= lived >= self._settled_seconds
            if status in HOPELESS and not self._any_has_settled:
                logger.error("web process cannot start, stopping", extra={"fields": {"status": status}})
                return status
            slot.failures = 0 if lived >= self._settled_seconds else slot.failures + 1
            delay = min(LONGEST_DELAY_SECONDS, 2.0 ** (slot.failures - 1)) if slot.failures else 0.0
            slot.next_start = time.monotonic() + delay
            fields = {
                "process": process.pid,
                "ended": describe_status(status),
                "lived_seconds": round(lived, 1),
                "again_in_seconds": delay,
            }
            logger.error("web process ended, starting another", extra={"fields": fields})
        return None

    def _ended(self) -> list[tuple[_Slot, "subprocess.Popen[bytes]", int]]:
        ended = []
        for slot in self._slots:
            if (process := slot.process) is not None and (status := process.poll()) is not None:
                slot.process = None
                ended.append((slot, process, status))
        return ended

    def _until_next_start(self) -> float | None:
        waiting = [slot.next_start for slot in self._slots if slot.process is None]
        return max(0.0, min(waiting) - time.monotonic()) if waiting else None

    def end(self, grace: float) -> bool:
        """Ends what still runs; says whether it ended in time."""
        self._tell(signal.SIGTERM)
        deadline = time.monotonic() + grace
        while self._running():
            asked = self._signals.wait(max(0.0, deadline - time.monotonic()))
            self._ended()
            # A second SIGTERM is no impatience: whoever stops a group of processes tells each, and us as well.
            if (running := self._running()) and (signal.SIGINT in asked or time.monotonic() >= deadline):
                logger.error("web processes killed", extra={"fields": {"processes": [one.pid for one in running]}})
                self._tell(signal.SIGKILL)
                for process in running:
                    process.wait()
                return False
        return True

    def _running(self) -> list["subprocess.Popen[bytes]"]:
        return [slot.process for slot in self._slots if slot.process is not None]

    def _tell(self, number: signal.Signals) -> None:
        for process in self._running():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)
