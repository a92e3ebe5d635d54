"""Detectors of another kind than ours: cascades of Haar wavelets, as OpenCV ships them (Viola and Jones, 2001)."""

import io
from collections.abc import Iterable, Iterator
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
SIDE = 1600
"""The longest side of what is published, and of what is compared with it."""


@cache
def _cascade(name: str) -> Any:
    return cv2.CascadeClassifier(str(files("cv2.data") / f"haarcascade_{name}.xml"))


def seen(picture: bytes, composed: Composed) -> set[Truth]:
    """The faces and plates of the composed picture that are recognized in this file of it.

    Wavelets see faces in gravel too: what counts is a box around the middle of a thing, of about its size.
    """
    with Image.open(io.BytesIO(picture)) as image:
        image.thumbnail((SIDE, SIDE))
        gray = np.asarray(image.convert("L"))
    scale = composed.size[0] / gray.shape[1]
    return {
        truth
        for kind, names in CASCADES.items()
        for box in _boxes(gray, names)
        for truth in composed.truths
        if truth.kind == kind and _is_of(truth, [value * scale for value in box])
    }


def _boxes(gray: Any, names: Iterable[str]) -> Iterator[tuple[int, int, int, int]]:
    for name in names:
        yield from _cascade(name).detectMultiScale(gray, 1.1, 4, minSize=(20, 20))


def _is_of(truth: Truth, box: list[float]) -> bool:
    left, top, wide, tall = box
    xs, ys = zip(*truth.corners, strict=True)
    x, y = left + wide / 2, top + tall / 2
    length = wide if truth.kind == "plate" else tall
    return min(xs) < x < max(xs) and min(ys) < y < max(ys) and 0.4 < length / truth.size < 2.5
