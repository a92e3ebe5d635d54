"""Line 2: renditions and EXIF of a 12-megapixel photograph, against the decode at half scale that nothing saves."""

import asyncio
import os
import time
from pathlib import Path
from statistics import median

from PIL import Image

from service.imaging.results import Rendered
from service.imaging.sandbox import Sandbox
from tests.bench.processes import cpu_seconds
from tests.bench.report import Figure, Report

ROUNDS = 7
GOAL = 1.9


def measure_renditions(photographs: list[Path], report: Report) -> float:
    """Adds the figure of line 2 and returns the CPU seconds of one photo, the handing over included."""
    renditions, decodes, seconds = asyncio.run(_measure(photographs))
    name = "2 renditions + EXIF of 12 MP: CPU, half-scale decode beside"
    report.add(Figure(name, median(renditions) * 1000, "ms", median(decodes) * 1000, GOAL))
    report.add(Figure("2 renditions + EXIF of 12 MP: by the clock", median(seconds) * 1000, "ms"))
    return median(renditions)


async def _measure(photographs: list[Path]) -> tuple[list[float], list[float], list[float]]:
    """CPU seconds a photo of the renditions and of the decode, and the renditions' seconds, for each round."""
    renditions, decodes, seconds = [], [], []
    async with Sandbox(1) as sandbox:
        # Starts the process, and brings the files into the page cache.
        for path in photographs:
            await sandbox.render(path)
            decode_half(path)
        for _ in range(ROUNDS):
            before, begun = cpu_seconds([os.getpid()]), time.perf_counter()
            for path in photographs:
                outcome = await sandbox.render(path)
                if not isinstance(outcome, Rendered):
                    raise RuntimeError(f"{path} was not rendered: {outcome}")
            between, ended = cpu_seconds([os.getpid()]), time.perf_counter()
            for path in photographs:
                decode_half(path)
            renditions.append((between - before) / len(photographs))
            decodes.append((cpu_seconds([os.getpid()]) - between) / len(photographs))
            seconds.append((ended - begun) / len(photographs))
    return renditions, decodes, seconds


def decode_half(path: Path) -> None:
    """The least that any rendition needs: the entropy decoding, and a quarter of the pixels."""
    with Image.open(path) as image:
        image.draft("RGB", (image.width // 2, image.height // 2))
        image.load()
