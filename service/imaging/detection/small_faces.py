"""Faces of a few pixels and more, by libfacedetection: small enough a network to look at every pixel of a large picture
in several sizes."""

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from service.imaging.detection.boxes import Boxes, tiles, without_overlaps
from service.imaging.detection.detector import Pixels
from service.imaging.detection.parts import SMALL_FACES, model_file
from service.imaging.detection.small_faces_network import INPUT, STRIDES, load

ENLARGED: Final = 2.4
LONGEST: Final = 6400
"""By how much a picture is enlarged at most, and its longest side then: a face of 24 pixels is found surely once it has
nearly 40."""
SHORTEST: Final = 400
"""The picture is halved down to a longest side of less than twice this: a face that lies across tiles or fills the
picture is whole and small in one of its sizes."""
TILE: Final = 640
OVERLAP: Final = 96
CONFIDENCE: Final = 0.25
SHARED: Final = 0.4
_MULTIPLE: Final = 32


class SmallFaces:
    """The network with its weights."""

    def __init__(self) -> None:
        self._session = load(model_file(*SMALL_FACES))

    def find(self, pixels: Pixels) -> Boxes:
        """Boxes in pixels, a face in one size or several."""
        longest = max(pixels.shape[:2])
        side = min(ENLARGED * longest, LONGEST)
        found: list[Boxes] = []
        while not found or side >= SHORTEST:
            found.append(self._in_size(pixels, side / longest))
            side /= 2
        return np.concatenate(found)

    def _in_size(self, pixels: Pixels, scale: float) -> Boxes:
        height, width = pixels.shape[:2]
        size = max(1, round(width * scale)), max(1, round(height * scale))
        seen = np.asarray(
            cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR), np.uint8
        )
        found = []
        for top, bottom in tiles(size[1], TILE, OVERLAP):
            for left, right in tiles(size[0], TILE, OVERLAP):
                boxes = self.look(seen[top:bottom, left:right])
                boxes[:, :4] += np.array((left, top, left, top), np.float32)
                found.append(boxes[_are_whole(boxes, (left, top, right, bottom), size)])
        boxes = np.concatenate(found)
        boxes[:, :4] /= scale
        return boxes

    def look(self, pixels: Pixels) -> Boxes:
        """Boxes in a picture that is small enough to be looked at as it is."""
        below, beside = -pixels.shape[0] % _MULTIPLE, -pixels.shape[1] % _MULTIPLE
        padded = cv2.copyMakeBorder(pixels, 0, below, 0, beside, cv2.BORDER_CONSTANT)
        levels = self._session.run(None, {INPUT: cv2.dnn.blobFromImage(padded, swapRB=True)})
        rows = [_boxes(level[0], stride) for level, stride in zip(levels, STRIDES, strict=True)]
        return without_overlaps(np.concatenate(rows), SHARED)


def _boxes(level: NDArray[np.float32], stride: int) -> Boxes:
    sure = np.sqrt(_share(level[0]) * _share(level[1]))
    rows, columns = np.nonzero(sure >= CONFIDENCE)
    right, down, wide, tall = level[2:6, rows, columns]
    x, y, wide, tall = (columns + right) * stride, (rows + down) * stride, np.exp(wide) * stride, np.exp(tall) * stride
    parts: list[Any] = [x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2, sure[rows, columns]]
    return np.stack(parts, axis=1).astype(np.float32)


def _share(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-logits)), np.float32)


def _are_whole(boxes: Boxes, tile: tuple[int, int, int, int], picture: tuple[int, int]) -> NDArray[np.bool_]:
    """Whether each box ends inside its tile, or where the picture ends too: what is cut is whole in a neighbor, or in
    a smaller size."""
    left, top, right, bottom = tile
    return np.asarray(
        ((boxes[:, 0] > left) | (left == 0))
        & ((boxes[:, 1] > top) | (top == 0))
        & ((boxes[:, 2] < right) | (right == picture[0]))
        & ((boxes[:, 3] < bottom) | (bottom == picture[1])),
        np.bool_,
    )
