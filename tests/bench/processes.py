"""What processes cost: processor time and memory, read from the kernel for whole trees of processes (Linux)."""

import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def tree(roots: Iterable[int]) -> list[int]:
    """The given processes and all their living descendants."""
    children: dict[int, list[int]] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found: list[int] = []
    waiting = list(roots)
    while waiting:
        process = waiting.pop()
        found.append(process)
        waiting += children.get(process, [])
    return found


def cpu_seconds(roots: Iterable[int]) -> float:
    """User and system time of the trees so far: of the living to the nanosecond, of ended children to the tick."""
    total = 0.0
    for process in tree(roots):
        fields = _stat(process)
        if not fields:
            continue
        try:
            # CPUCLOCK_SCHED of another process: MAKE_PROCESS_CPUCLOCK in the kernel's posix-timers.h.
            living = time.clock_gettime((~process << 3) | 2)
        except OSError:
            continue
        total += living + (int(fields[13]) + int(fields[14])) / TICKS_PER_SECOND
    return total


def proportional_set_size(processes: Iterable[int]) -> int:
    """The sum of PSS in bytes: private pages whole, shared ones divided by those who share them."""
    return sum(_kilobytes(Path(f"/proc/{process}/smaps_rollup"), "Pss:") for process in processes) * 1024


def reset_peak(process: int) -> int:
    """Forgets a process's peak resident size and returns its present one, in bytes."""
    Path(f"/proc/{process}/clear_refs").write_text("5")
    return _kilobytes(Path(f"/proc/{process}/status"), "VmRSS:") * 1024


def peak(process: int) -> int:
    """The largest resident size since `reset_peak`, in bytes."""
    return _kilobytes(Path(f"/proc/{process}/status"), "VmHWM:") * 1024


class Disturbance:
    """Processor time that the machine spent on others than this process and its children while the block ran."""

    def __init__(self) -> None:
        self.cores = 0.0
        """How many cores the others kept busy on average."""

    def __enter__(self) -> "Disturbance":
        self._began, self._others = time.monotonic(), _busy_seconds() - cpu_seconds([os.getpid()])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        others = _busy_seconds() - cpu_seconds([os.getpid()]) - self._others
        self.cores = max(0.0, others / (time.monotonic() - self._began))


class PeakSampler:
    """Samples a quantity in a thread of its own while the block runs; `highest` is the largest value seen."""

    def __init__(self, quantity: Callable[[], int], every_seconds: float) -> None:
        self.highest = 0
        self._quantity = quantity
        self._every_seconds = every_seconds
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> "PeakSampler":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._done.is_set():
            self.highest = max(self.highest, self._quantity())
            self._done.wait(self._every_seconds)


def _busy_seconds() -> float:
    """Time that all processors were not idle since the machine started, stolen time included: it is nobody's here."""
    fields = Path("/proc/stat").read_text().split(maxsplit=9)[1:9]
    user, nice, system, _idle, _iowait, interrupts, soft_interrupts, stolen = (int(field) for field in fields)
    return (user + nice + system + interrupts + soft_interrupts + stolen) / TICKS_PER_SECOND


def _stat(process: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state (field 3) on, or None when the process has ended."""
    try:
        content = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return content.rpartition(")")[2].split()


def _kilobytes(path: Path, field: str) -> int:
    """A `Name:  123 kB` line of a file below /proc; 0 when the process has ended."""
    try:
        lines = path.read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(field)), 0)
