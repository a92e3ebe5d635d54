"""The figures of the detectors, on labelled pictures, and what a detector of another kind sees in what is published."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from service.imaging.detection.findings import Examined
from service.imaging.detection.parts import missing_parts
from service.imaging.results import Masked
from service.imaging.sandbox import Sandbox
from tests.conftest import PROVING, missing
from tests.vision.__main__ import examined, table
from tests.vision.composing import PICTURES, Composed, Truth
from tests.vision.measuring import FALSE_MASKS, FIGURES, Measured, measure, proposals, recall

NUMBERS = range(0, PICTURES, 6) if PROVING else range(0, PICTURES, 50)
"""All of them take twenty minutes, and are `python -m tests.vision`."""


def leeway(count: int) -> float:
    """How many more may be missed than the figure allows: a part of the pictures is luckier or less lucky."""
    return max(1.0, 0.02 * count)


@pytest.mark.prove(minutes=5)
async def test_faces_plates_and_texts_are_hidden_and_safety_signs_are_not(tmp_path: Path) -> None:
    if parts := missing_parts():
        missing(", ".join(parts))
    measured: list[Measured] = []
    seen_before = seen_after = 0
    async with Sandbox(1) as sandbox:
        async for composed, found, _ in examined(NUMBERS):
            measured += measure(composed, found.found)
            published = await _published(sandbox, tmp_path / "picture", composed, found)
            faces = [truth for truth in composed.truths if truth.kind == "face"]
            seen_before += _seen_by_another(composed.jpeg, composed.size, faces)
            seen_after += _seen_by_another(published, composed.size, faces)
    report = "\n".join(table(measured))
    for kind, figure in FIGURES.items():
        right, count = recall(measured, kind)
        assert right + leeway(count) >= figure * count, report
    right, count = recall(measured, "sign")
    assert right + leeway(count) >= (1 - FALSE_MASKS) * count, report
    assert seen_before >= len(NUMBERS) // 3, "the other detector sees nothing at all"
    assert seen_after <= max(1.0, 0.03 * seen_before), f"{seen_after} of {seen_before} faces are still seen"


async def _published(sandbox: Sandbox, path: Path, composed: Composed, found: Examined) -> bytes:
    """The picture as the public gets it when the editor accepts what is suggested, and nothing else."""
    path.write_bytes(composed.jpeg)  # noqa: ASYNC240 - nothing else runs meanwhile
    masks = [proposal.points for proposal in proposals(found.found) if proposal.suggested]
    masked = await sandbox.mask(path, masks)
    assert isinstance(masked, Masked)
    picture = masked.files[""]
    with Image.open(io.BytesIO(picture)) as image:
        assert not image.getexif()
        assert not {"exif", "icc_profile", "xmp", "photoshop", "comment"} & set(image.info)
    return picture


def _seen_by_another(jpeg: bytes, size: tuple[int, int], faces: list[Truth]) -> int:
    """How many of these faces a cascade of Haar wavelets sees, which shares nothing with our networks."""
    cv2: Any = pytest.importorskip("cv2")
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    with Image.open(io.BytesIO(jpeg)) as image:
        image.thumbnail((1600, 1600))
        gray = np.asarray(image.convert("L"))
    scale = size[0] / gray.shape[1]
    seen = set()
    for left, top, wide, tall in cascade.detectMultiScale(gray, 1.1, 4, minSize=(24, 24)):
        x, y = (left + wide / 2) * scale, (top + tall / 2) * scale
        for number, face in enumerate(faces):
            xs, ys = zip(*face.corners, strict=True)
            is_alike = 0.5 < tall * scale / face.size < 2.5
            if min(xs) < x < max(xs) and min(ys) < y < max(ys) and is_alike:
                seen.add(number)
    return len(seen)
