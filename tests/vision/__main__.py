"""`python -m tests.vision`: composes the labelled pictures, has the detectors look at them, and says what they missed.

Misses and false masks are written as pictures into a folder, the thing framed in the middle.
"""

import argparse
import asyncio
import io
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from service.imaging.detection.examiner import Examiner
from service.imaging.detection.findings import Examined
from tests.vision.composing import PICTURES, Composed, compose
from tests.vision.measuring import FALSE_MASKS, FIGURES, Measured, measure, recall

SIZES = {"face": (24, 32, 48, 96), "plate": (60, 100, 200, 400), "text": (11, 16, 26, 50), "sign": (12, 26, 50, 100)}


async def examined(numbers: Sequence[int], processes: int = 2) -> AsyncIterator[tuple[Composed, Examined, float]]:
    """Each picture with what was found in it and the seconds that took, as many at a time as there are processes."""
    async with Examiner(processes) as examiner:
        turns = asyncio.Semaphore(processes)

        async def one(number: int) -> tuple[Composed, Examined, float]:
            async with turns:
                composed = await asyncio.to_thread(compose, number)
                with tempfile.NamedTemporaryFile(prefix="clearway-vision-") as file:
                    file.write(composed.jpeg)
                    file.flush()
                    started = time.monotonic()
                    outcome = await examiner.examine(Path(file.name))
                    took = time.monotonic() - started
                assert isinstance(outcome, Examined), outcome
                return composed, outcome, took

        for finished in asyncio.as_completed([one(number) for number in numbers]):
            yield await finished


def table(measured: Iterable[Measured]) -> list[str]:
    """Recall by kind and size, in lines."""
    measured = list(measured)
    lines = []
    for kind, sizes in SIZES.items():
        right, count = recall(measured, kind)
        wanted = f">= {FIGURES[kind]:.0%}" if kind in FIGURES else f">= {1 - FALSE_MASKS:.0%} untouched"
        lines.append(f"{kind:6} {right:5} of {count:5}  {right / max(count, 1):7.2%}   (wanted {wanted})")
        for low, high in zip(sizes, (*sizes[1:], 10_000), strict=True):
            for is_large in (True, False):
                part = [item for item in measured if low <= item.truth.size < high and item.is_large == is_large]
                right, count = recall(part, kind)
                if count:
                    where = "12 MP" if is_large else " 2 MP"
                    upto = f"to {high:4} px" if high < 10_000 else "or more   "
                    lines.append(f"       {where} {low:4} {upto} {right:5} of {count:5}  {right / count:7.2%}")
    return lines


def draw(folder: Path, composed: Composed, found: Examined, item: Measured) -> None:
    """A cut around what was missed or wrongly masked, with what was found in it."""
    with Image.open(io.BytesIO(composed.jpeg)) as image:
        picture = image.convert("RGB")
    pen = ImageDraw.Draw(picture)
    for finding in found.found:
        corners = [(x * picture.width, y * picture.height) for x, y in finding.corners]
        pen.polygon(corners, outline="yellow", width=2)
    pen.polygon(item.truth.corners, outline="red", width=2)
    xs, ys = zip(*item.truth.corners, strict=True)
    reach = 1.5 * max(max(xs) - min(xs), max(ys) - min(ys))
    box = (int(min(xs) - reach), int(min(ys) - reach), int(max(xs) + reach), int(max(ys) + reach))
    cut = picture.crop(box)
    cut.thumbnail((900, 900))
    cut.save(folder / f"{item.truth.kind}-{composed.number}-{item.truth.size:.0f}px.png")


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.vision", description=__doc__)
    parser.add_argument("--pictures", type=int, default=PICTURES)
    parser.add_argument("--misses", type=Path, help="folder for pictures of what was missed")
    given = parser.parse_args()
    measured: list[Measured] = []
    times: dict[bool, list[float]] = {True: [], False: []}
    count = 0
    if given.misses:
        given.misses.mkdir(parents=True, exist_ok=True)
    async for composed, found, took in examined(range(given.pictures)):
        items = measure(composed, found.found)
        measured += items
        times[composed.is_large].append(took)
        count += len(found.found)
        for item in items:
            if not item.is_right:
                print(f"picture {composed.number}: {item.truth.kind} of {item.truth.size:.0f} px {item.truth.text}")
                if given.misses:
                    draw(given.misses, composed, found, item)
    print(f"{given.pictures} pictures, {len(measured)} things, {count} findings")
    print(*table(measured), sep="\n")
    for is_large, seconds in times.items():
        if seconds:
            middle = sorted(seconds)[len(seconds) // 2]
            what = "12 MP" if is_large else " 2 MP"
            print(f"{what}: {middle:.1f} s in the middle, {max(seconds):.1f} s at most, by the clock")


if __name__ == "__main__":
    asyncio.run(main())
