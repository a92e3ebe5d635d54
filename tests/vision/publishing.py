"""A picture on its way to the public, when all that is proposed is masked, and then all that the gate still finds."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.imaging.detection.examiner import Examiner
from service.imaging.detection.findings import Examined, Found
from service.imaging.polygons import Polygon
from service.imaging.results import Masked, Undecodable
from service.imaging.sandbox import Sandbox
from service.workflows.case_examinations import blocks
from tests.vision.composing import Composed, compose
from tests.vision.measuring import proposals, suggested

MOST_TURNS = 4
"""So often the picture is masked before somebody would have to look at what the gate says."""


@dataclass(frozen=True)
class Published:
    """`proposed` are the masks before the gate, `masks` all that are baked in the files."""

    composed: Composed
    found: list[Found]
    proposed: list[Polygon]
    masks: list[Polygon]
    files: dict[str, bytes]
    is_through: bool
    """Whether the gate finds nothing any more in these files."""
    seconds: float
    """What the first look took, by the clock."""


async def publish(numbers: Sequence[int], processes: int = 2) -> AsyncIterator[Published]:
    """Each picture as it comes out, as many at a time as there are processes."""
    async with Examiner(processes) as examiner, Sandbox(processes) as sandbox:
        turns = asyncio.Semaphore(processes)

        async def one(number: int) -> Published:
            async with turns:
                return await _publish(examiner, sandbox, await asyncio.to_thread(compose, number))

        for finished in asyncio.as_completed([one(number) for number in numbers]):
            yield await finished


async def _publish(examiner: Examiner, sandbox: Sandbox, composed: Composed) -> Published:
    with tempfile.TemporaryDirectory(prefix="clearway-vision-") as name:
        photo, finished = Path(name) / "photo", Path(name) / "finished"
        photo.write_bytes(composed.jpeg)
        started = time.monotonic()
        found = (await _examined(examiner, photo)).found
        seconds = time.monotonic() - started
        proposed = suggested(found)
        masks: list[Polygon] = list(proposed)
        left: list[Polygon] = []
        for _ in range(MOST_TURNS):
            masks += left
            files = await _masked(sandbox, photo, masks)
            finished.write_bytes(files[""])
            left = [item.points for item in proposals((await _examined(examiner, finished)).found) if blocks(item)]
            if not left:
                break
        return Published(composed, found, proposed, masks, files, not left, seconds)


async def _examined(examiner: Examiner, path: Path) -> Examined:
    """A process grown old may run out of memory: a job is tried again then, in a fresh one."""
    outcome = await examiner.examine(path)
    if isinstance(outcome, Undecodable) and outcome.reason == "resource_limit":
        outcome = await examiner.examine(path)
    assert isinstance(outcome, Examined), outcome
    return outcome


async def _masked(sandbox: Sandbox, path: Path, masks: Sequence[Polygon]) -> dict[str, bytes]:
    outcome = await sandbox.mask(path, masks)
    assert isinstance(outcome, Masked), outcome
    return outcome.files
