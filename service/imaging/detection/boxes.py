"""Boxes in pixels: rows of left, top, right, bottom and confidence."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.imaging.detection.findings import Point

Boxes = NDArray[np.float32]
MULTIPLE: Final = 32
"""What the coarsest strides of all networks divide."""


def without_overlaps(boxes: Boxes, share: float) -> Boxes:
    """The surest boxes, without those that have more than `share` of the union in common with a surer one."""
    order = boxes[:, 4].argsort()[::-1]
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept = []
    while len(order):
        surest, rest = order[0], order[1:]
        kept.append(surest)
        width = np.minimum(boxes[surest, 2], boxes[rest, 2]) - np.maximum(boxes[surest, 0], boxes[rest, 0])
        height = np.minimum(boxes[surest, 3], boxes[rest, 3]) - np.maximum(boxes[surest, 1], boxes[rest, 1])
        common = np.clip(width, 0, None) * np.clip(height, 0, None)
        order = rest[common / (areas[surest] + areas[rest] - common) <= share]
    return boxes[kept]


def without_parts(boxes: Boxes, share: float) -> Boxes:
    """The boxes without those that lie in a surer and larger one with at least `share` of themselves."""
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    common = np.clip(
        np.minimum(boxes[:, None, 2:4], boxes[None, :, 2:4]) - np.maximum(boxes[:, None, :2], boxes[None, :, :2]),
        0,
        None,
    ).prod(axis=2)
    lies_in = common >= share * areas[:, None]
    lies_in &= (areas[:, None] < areas[None, :]) & (boxes[:, None, 4] <= boxes[None, :, 4])
    return np.asarray(boxes[~lies_in.any(axis=1)], np.float32)


def tiles(length: int, tile: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Stretches of at most `tile` that cover a length and overlap by at least `overlap`: from and to. As few as can be,
    and no longer than they must be; a `tile` that MULTIPLE divides makes all of them such, if there are several."""
    if length <= tile:
        yield 0, length
        return
    count = -(-(length - overlap) // (tile - overlap))
    least = -(-(length + (count - 1) * overlap) // count)
    size = -(-least // MULTIPLE) * MULTIPLE
    for number in range(count):
        start = round(number * (length - size) / (count - 1))
        yield start, start + size


def corners(box: NDArray[np.float32], width: int, height: int) -> list[Point]:
    """A box as four corners in fractions of the picture."""
    left, right = float(box[0]) / width, float(box[2]) / width
    top, bottom = float(box[1]) / height, float(box[3]) / height
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
