"""`python -m tests.vision`: brings the labelled pictures to the public, and says what the detectors missed.

Every picture is composed, looked at, masked as proposed, looked at again by the gate, masked where that still finds
something, and searched for what may not be there. Misses and false masks are written as pictures into a folder.
"""

import argparse
import asyncio
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw

from tests.inspection import assert_only_pixels
from tests.vision.composing import PICTURES, Truth
from tests.vision.independent import seen
from tests.vision.measuring import FALSE_MASKS, FIGURES, Measured, false_faces, measure, recall
from tests.vision.publishing import Published, publish

SIZES = {"face": (24, 32, 48, 96), "plate": (60, 100, 200, 400), "text": (11, 16, 26, 50), "sign": (12, 26, 50, 100)}


@dataclass
class Tally:
    """What has come of all pictures so far."""

    proposed: list[Measured] = field(default_factory=list)
    """Under the masks that were proposed."""
    published: list[Measured] = field(default_factory=list)
    """And with those that the gate added."""
    seen_before: list[Truth] = field(default_factory=list)
    """What detectors of another kind see in the photo."""
    seen_after: list[Truth] = field(default_factory=list)
    """What they still see in the published picture."""
    pictures: int = 0
    findings: int = 0
    false_faces: list[float] = field(default_factory=list)
    """How surely something else was taken for a face, each time."""
    stopped: int = 0
    """Pictures that the gate does not let pass without a person."""
    seconds: dict[bool, list[float]] = field(default_factory=lambda: {True: [], False: []})

    def add(self, published: Published) -> list[Measured]:
        """Counts a picture and what is in its files; what is wrong with it as published. A picture of which a file
        holds more than pixels fails."""
        composed = published.composed
        for file in published.files.values():
            assert_only_pixels(file)
        self.proposed += measure(composed, published.proposed)
        measured = measure(composed, published.masks)
        self.published += measured
        self.seen_before += seen(composed.jpeg, composed)
        self.seen_after += seen(published.files[""], composed)
        self.pictures += 1
        self.findings += len(published.found)
        self.false_faces += [item.confidence for item in false_faces(composed, published.found)]
        self.stopped += not published.is_through
        self.seconds[composed.is_large].append(published.seconds)
        return [item for item in measured if not item.is_right]

    def lines(self) -> list[str]:
        """All of it in words."""
        lines = [f"{self.pictures} pictures, {self.findings} findings, none with anything but pixels in a file"]
        lines += ["", "under the masks proposed", *table(self.proposed)]
        lines += ["", "as published, after the gate", *table(self.published)]
        lines += ["", f"taken for a face where none is: {len(self.false_faces) / max(self.pictures, 1):.2f} a picture"]
        lines += [f"stopped by the gate for a person to decide: {self.stopped} pictures"]
        for kind in ("face", "plate"):
            before, after = (sum(truth.kind == kind for truth in part) for part in (self.seen_before, self.seen_after))
            lines.append(f"{kind}s that cascades of wavelets see: {before} before, {after} as published")
        for is_large, seconds in self.seconds.items():
            if seconds:
                middle, what = sorted(seconds)[len(seconds) // 2], "12 MP" if is_large else " 2 MP"
                lines.append(f"{what}: {middle:.1f} s in the middle, {max(seconds):.1f} s at most, by the clock")
        return lines


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


def draw(folder: Path, published: Published, truth: Truth) -> None:
    """A cut around what was missed or wrongly masked, framed in red, with what was found in yellow."""
    composed = published.composed
    with Image.open(io.BytesIO(composed.jpeg)) as image:
        picture = image.convert("RGB")
    pen = ImageDraw.Draw(picture)
    for finding in published.found:
        corners = [(x * picture.width, y * picture.height) for x, y in finding.corners]
        pen.polygon(corners, outline="yellow", width=2)
    pen.polygon(truth.corners, outline="red", width=2)
    xs, ys = zip(*truth.corners, strict=True)
    reach = 1.5 * max(max(xs) - min(xs), max(ys) - min(ys))
    box = (int(min(xs) - reach), int(min(ys) - reach), int(max(xs) + reach), int(max(ys) + reach))
    cut = picture.crop(box)
    cut.thumbnail((900, 900))
    cut.save(folder / f"{truth.kind}-{composed.number}-{truth.size:.0f}px.png")


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.vision", description=__doc__)
    parser.add_argument("--pictures", type=int, default=PICTURES)
    parser.add_argument("--misses", type=Path, help="folder for pictures of what was missed")
    given = parser.parse_args()
    tally = Tally()
    if given.misses:
        given.misses.mkdir(parents=True, exist_ok=True)
    async for published in publish(range(given.pictures)):
        for item in await asyncio.to_thread(tally.add, published):
            truth = item.truth
            print(f"picture {item.number}: {truth.kind} of {truth.size:.0f} px {truth.text}", flush=True)
            if given.misses:
                draw(given.misses, published, truth)
        if tally.pictures % 25 == 0:
            print(f"{tally.pictures} of {given.pictures}", flush=True)
    print(*tally.lines(), sep="\n")


if __name__ == "__main__":
    asyncio.run(main())
