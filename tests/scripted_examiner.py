"""Detectors that find what a test says, where the test is about what becomes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from service.imaging.detection.findings import Examined, Found
from service.imaging.results import Undecodable

FACE = Found("face", [(0.4, 0.3), (0.6, 0.3), (0.6, 0.5), (0.4, 0.5)], 0.97, "scripted faces")
PLATE = Found("plate", [(0.1, 0.8), (0.3, 0.8), (0.3, 0.9), (0.1, 0.9)], 0.91, "scripted plates", "晋C12345")
SIGN = Found("text", [(0.7, 0.1), (0.9, 0.1), (0.9, 0.15), (0.7, 0.15)], 0.99, "scripted texts", "安全出口 EXIT")
SHOP = Found("text", [(0.7, 0.3), (0.9, 0.3), (0.9, 0.35), (0.7, 0.35)], 0.99, "scripted texts", "老街面馆")
PHONE = Found("text", [(0.1, 0.1), (0.4, 0.1), (0.4, 0.2), (0.1, 0.2)], 0.95, "scripted texts", "电话 13900000001")


@dataclass
class ScriptedExaminer:
    """`in_photos` is found in originals, `in_finished` in what was baked; a look lasts until `may_go_on` is set."""

    in_photos: list[Found] = field(default_factory=list)
    in_finished: list[Found] = field(default_factory=list)
    outcome: Undecodable | None = None
    may_go_on: asyncio.Event | None = None

    async def examine(
        self, path: Path, progress: Callable[[int, int], Awaitable[None]] | None = None
    ) -> Examined | Undecodable:
        """Two steps, as told."""
        if progress is not None:
            await progress(1, 2)
        if self.may_go_on is not None:
            await self.may_go_on.wait()
        if self.outcome is not None:
            return self.outcome
        return Examined((1200, 900), self.in_photos if "originals" in str(path) else self.in_finished)
