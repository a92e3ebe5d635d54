"""Line 11: what a worker spends on looking for faces, plates and texts in one picture, in the confined process."""

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path

from service.imaging.detection.examiner import Examiner
from service.imaging.detection.findings import Examined
from tests.bench.processes import cpu_seconds, peak
from tests.bench.report import Figure, Report
from tests.vision.composing import compose

LARGE, SMALL = (0, 3, 6), (1, 2, 4)
"""Numbers of composed pictures of 12 and of two megapixels; the dearest counts."""
MOST_CPU_SECONDS = 6.0
MOST_MEGABYTES = 1200
SIDE_BY_SIDE = 1.4
"""Two at once take as long as one where each has a core, and twice as long where one waits; caches are shared."""
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Spent:
    """By one look at one picture."""

    cpu: float
    """Seconds of all threads, the handing over included."""
    clock: float


def measure_detection(folder: Path, report: Report) -> None:
    """Adds the figures of line 11."""
    folder.mkdir()
    pictures = {number: folder / f"{number}.jpg" for number in (*LARGE, *SMALL)}
    for number, path in pictures.items():
        path.write_bytes(compose(number).jpeg)
    large, small = [pictures[number] for number in LARGE], [pictures[number] for number in SMALL]
    asyncio.run(_measure(large, small, report))


async def _measure(large: list[Path], small: list[Path], report: Report) -> None:
    async with Examiner(2) as examiner:
        begun = time.perf_counter()
        await _look(examiner, small[0])
        report.add(
            Figure("11 first picture of a process, models loaded, by the clock", time.perf_counter() - begun, "s")
        )
        for megapixels, paths in ((12, large), (2, small)):
            spent = [await _look(examiner, path) for path in paths]
            cpu, clock = max(one.cpu for one in spent), max(one.clock for one in spent)
            name = f"11 a picture of {megapixels} MP: "
            report.add(Figure(name + "CPU, what it may take beside", cpu, "s", MOST_CPU_SECONDS, 1.0))
            report.add(Figure(name + "by the clock", clock, "s"))
        (process,) = examiner.process_ids
        # What getrusage calls the maximum resident set, of a process that has looked at nothing else.
        report.add(Figure("11 that process at its peak", peak(process) / MEGABYTE, "MB", MOST_MEGABYTES, 1.0))
        await asyncio.gather(*(examiner.examine(path) for path in small[:2]))  # starts the second process
        alone = await _look(examiner, large[0])
        begun = time.perf_counter()
        await asyncio.gather(*(_examine(examiner, large[0]) for _ in range(2)))
        together = time.perf_counter() - begun
        report.add(
            Figure("11 two of 12 MP at once: by the clock, one beside", together, "s", alone.clock, SIDE_BY_SIDE)
        )


async def _look(examiner: Examiner, path: Path) -> Spent:
    """At a picture while nothing else is looked at."""
    before, begun = cpu_seconds([os.getpid()]), time.perf_counter()
    await _examine(examiner, path)
    return Spent(cpu_seconds([os.getpid()]) - before, time.perf_counter() - begun)


async def _examine(examiner: Examiner, path: Path) -> None:
    outcome = await examiner.examine(path)
    if not isinstance(outcome, Examined):
        raise RuntimeError(f"{path} was not looked at: {outcome}")
