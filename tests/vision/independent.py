"""Detectors of another kind than ours: cascades of Haar wavelets, as OpenCV ships them (Viola and Jones, 2001)."""

import io
from functools import cache
from importlib.resources import files
from typing import Any

import cv2
import numpy as np
from PIL import Image

from tests.vision.composing import Composed, Truth
from tests.vision.things import Kind

CASCADES: dict[Kind, tuple[str, ...]] = {
    "face": ("frontalface_default", "frontalface_alt2", "profileface"),
    "plate": ("russian_plate_number", "license_plate_rus_16stages"),
}
AROUND = 1.0
"""How many sizes of a thing around it are looked at."""
ABOUT = (0.4, 2.5)
"""How many times as large as the thing a box may be."""
SIDE = 1600
"""The longest side of what is published, and of what is compared with it."""


@cache
def _cascade(name: str) -> Any:
    return cv2.CascadeClassifier(str(files("cv2.data") / f"haarcascade_{name}.xml"))


def seen(picture: bytes, composed: Composed) -> set[Truth]:
    """The faces and plates of the composed picture that are recognized in this file of it.

    Wavelets see faces in gravel too: what counts is a box around the middle of a thing, of about its size. So they look
    around each thing only, which takes a twentieth of the time.
    """
    with Image.open(io.BytesIO(picture)) as image:
        image.thumbnail((SIDE, SIDE))
        gray = np.asarray(image.convert("L"))
    scale = gray.shape[1] / composed.size[0]
    return {
        truth
        for truth in composed.truths
        for name in CASCADES.get(truth.kind, ())
        if _is_seen(gray, [(x * scale, y * scale) for x, y in truth.corners], truth.size * scale, name)
    }


def _is_seen(gray: Any, corners: list[tuple[float, float]], size: float, name: str) -> bool:
    xs, ys = zip(*corners, strict=True)
    left, top = max(0, round(min(xs) - AROUND * size)), max(0, round(min(ys) - AROUND * size))
    part = gray[top : round(max(ys) + AROUND * size), left : round(max(xs) + AROUND * size)]
    least, most = round(ABOUT[0] * size), round(ABOUT[1] * size)
    boxes = _cascade(name).detectMultiScale(part, 1.1, 4, minSize=(least, least // 4), maxSize=(most, most))
    return any(
        min(xs) < left + x + wide / 2 < max(xs) and min(ys) < top + y + tall / 2 < max(ys) for x, y, wide, tall in boxes
    )
