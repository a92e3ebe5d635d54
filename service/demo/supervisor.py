"""Run the demo's programs together: they start together, and none outlives the others or us."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from service.processes import tied
from service.signals import Signals, describe_status


@dataclass(frozen=True, slots=True)
class Program:
    """A program to run: `environment` is added to ours, `one_shot` says that it may end with 0 while others go on."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    one_shot: bool = False


def _report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def supervise(
    programs: Sequence[Program],
    *,
    grace: float = 15.0,
    bystanders: Mapping[str, "subprocess.Popen[bytes]"] | None = None,
    report: Callable[[str], None] = _report,
) -> int:
    """Run the programs until asked to stop, or until one ends that should not; return the exit status for us.

    SIGINT, SIGTERM and SIGHUP to us become a SIGTERM to each program; what has not ended `grace` seconds later, or at a
    second such signal, gets SIGKILL together with the processes it started. The end of a bystander, a process that
    belongs to the caller, also ends everything, but it is left to the caller to stop it.

    The status is 0 when all ended as asked, within `grace` seconds. Call it from the main thread.
    """
    with Signals() as signals:
        supervisor = _Supervisor(signals, grace, bystanders or {}, report)
        try:
            for program in programs:
                supervisor.start(program)
            asked = supervisor.watch()
        finally:
            in_time = supervisor.end()
    return 0 if asked and in_time else 1


class _Supervisor:
    def __init__(
        self,
        signals: Signals,
        grace: float,
        bystanders: Mapping[str, "subprocess.Popen[bytes]"],
        report: Callable[[str], None],
    ) -> None:
        self._signals = signals
        self._grace = grace
        self._bystanders = bystanders
        self._report = report
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._one_shots: set[str] = set()

    def start(self, program: Program) -> None:
        # A session of its own keeps a terminal's Ctrl-C from the program, so that the stop is ours to arrange, and
        # makes the program the leader of a group that holds whatever it starts.
        self._running[program.name] = subprocess.Popen(
            tied(program.command, signal.SIGKILL),
            env=os.environ | program.environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        if program.one_shot:
            self._one_shots.add(program.name)

    def watch(self) -> bool:
        """Return True when asked to stop or when nothing is left to run, False when one ended that should not."""
        while True:
            for name, code in self._collect_ended():
                if name not in self._one_shots or code != 0:
                    self._report(f"{name} ended unexpectedly ({describe_status(code)}), stopping the rest")
                    return False
            for name, process in self._bystanders.items():
                if process.poll() is not None:
                    self._report(
                        f"{name} ended unexpectedly ({describe_status(process.returncode)}), stopping the rest"
                    )
                    return False
            if not self._running or self._signals.wait():
                return True

    def end(self) -> bool:
        """End what still runs; say whether it ended in time."""
        for process in self._running.values():
            # Not terminate(), which would collect one that has ended already.
            os.kill(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + self._grace
        while self._running:
            impatient = self._signals.wait(max(0.0, deadline - time.monotonic()))
            self._collect_ended()
            if self._running and (impatient or time.monotonic() >= deadline):
                self._report(f"killing {', '.join(self._running)}: not ended after being asked")
                for name in list(self._running):
                    self._sweep(name)
                return False
        return True

    def _collect_ended(self) -> list[tuple[str, int]]:
        # Look without collecting: until then the number of a program's process group cannot be given to another.
        look = os.WEXITED | os.WNOHANG | os.WNOWAIT
        ended = [name for name, process in self._running.items() if os.waitid(os.P_PID, process.pid, look)]
        return [(name, self._sweep(name)) for name in ended]

    def _sweep(self, name: str) -> int:
        """Kill a program, if it still runs, and what it started and left behind; return its status."""
        process = self._running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        return process.wait()
