"""The figures of the detectors and of the gate, on labelled pictures, and what others see in what is published."""

import asyncio

import pytest

from service.imaging.detection.parts import missing_parts
from tests.conftest import PROVING, missing
from tests.vision.__main__ import Tally
from tests.vision.composing import PICTURES
from tests.vision.measuring import FALSE_FACES, FALSE_MASKS, FIGURES, recall
from tests.vision.publishing import publish

NUMBERS = range(0, PICTURES, 7) if PROVING else range(0, PICTURES, 49)
"""A third of them large. All of them take half an hour, and are `python -m tests.vision`."""


def leeway(count: int) -> float:
    """How many more may be missed than the figure allows: a part of the pictures is luckier or less lucky."""
    return max(1.0, 0.02 * count)


@pytest.mark.prove(minutes=12)
async def test_faces_plates_and_texts_are_hidden_and_safety_signs_are_not() -> None:
    if parts := missing_parts():
        missing(", ".join(parts))
    tally = Tally()
    async for published in publish(NUMBERS):
        await asyncio.to_thread(tally.add, published)  # meanwhile the next are looked at
    report = "\n".join(tally.lines())
    for measured in (tally.proposed, tally.published):
        for kind, figure in FIGURES.items():
            right, count = recall(measured, kind)
            assert right + leeway(count) >= figure * count, report
        right, count = recall(measured, "sign")
        assert right + leeway(count) >= (1 - FALSE_MASKS) * count, report
    assert len(tally.false_faces) <= FALSE_FACES * tally.pictures, report
    before, after = len(tally.seen_before), len(tally.seen_after)
    assert before >= len(NUMBERS) // 2, "the other detectors see nothing at all"
    assert after <= max(1.0, 0.02 * before), report
    assert tally.stopped <= 0.05 * len(NUMBERS), report
