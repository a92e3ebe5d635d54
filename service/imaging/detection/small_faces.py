"""Faces of a few pixels and more, by libfacedetection: small enough a network to look at every pixel of a large picture
in several sizes."""

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from service.imaging.detection.boxes import MULTIPLE, Boxes, tiles, without_overlaps
from service.imaging.detection.detector import Pixels
from service.imaging.detection.parts import SMALL_FACES, model_file
from service.imaging.detection.small_faces_network import INPUT, STRIDES, load

ENLARGED: Final = 3.2
LONGEST: Final = 8000
"""By how much a picture is enlarged at most, and its longest side then: a face of 24 pixels is found surely once it has
nearly 50."""
SHORTEST: Final = 400
"""The picture is halved down to a longest side of less than twice this: a face that lies across tiles or fills the
picture is whole and small in one of its sizes."""
TILE: Final = 800
OVERLAP: Final = 64
CONFIDENCE: Final = 0.2
SHARED: Final = 0.4
SAME: Final = 0.3
"""The share of both together that a face seen closely has in common with the box it was seen in."""
_LOOKS: Final = ((160, 2.5, False), (192, 3.0, True))
"""Of a second look: the side of the enlarged piece, how many times larger than the box it is, and whether mirrored."""
_BATCH: Final = 16


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

    def second_look(self, pixels: Pixels, boxes: Boxes) -> NDArray[np.float32]:
        """How surely a face is where each box is, seen closely: what is none seldom looks like one again when it is
        enlarged or mirrored."""
        return np.asarray(np.mean([self._closely(pixels, boxes, *look) for look in _LOOKS], axis=0), np.float32)

    def _closely(
        self, pixels: Pixels, boxes: Boxes, side: int, around: float, is_mirrored: bool
    ) -> NDArray[np.float32]:
        seen = np.zeros(len(boxes), np.float32)
        for start in range(0, len(boxes), _BATCH):
            batch = boxes[start : start + _BATCH]
            pieces = np.stack([_piece(pixels, box, side, around)[:, :: -1 if is_mirrored else 1] for box in batch])
            sizes = batch[:, 2:4] - batch[:, :2]
            sizes *= side / around / np.maximum(sizes.max(axis=1, keepdims=True), 1)
            for level, stride in zip(self._answers(pieces), STRIDES, strict=True):
                surest = _surest_in_the_middle(level, stride, side, sizes)
                seen[start : start + _BATCH] = np.maximum(seen[start : start + _BATCH], surest)
        return seen

    def _answers(self, pieces: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """By stride, of pictures of one size."""
        answers: list[NDArray[np.float32]] = self._session.run(
            None, {INPUT: cv2.dnn.blobFromImages(list(pieces), swapRB=True)}
        )
        return answers

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
        below, beside = -pixels.shape[0] % MULTIPLE, -pixels.shape[1] % MULTIPLE
        padded = cv2.copyMakeBorder(pixels, 0, below, 0, beside, cv2.BORDER_CONSTANT)
        levels = self._answers(np.asarray(padded, np.uint8)[None])
        rows = [_boxes(level, stride) for level, stride in zip(levels, STRIDES, strict=True)]
        return without_overlaps(np.concatenate(rows), SHARED)


def _boxes(level: NDArray[np.float32], stride: int) -> Boxes:
    """Of the only picture."""
    sure = _confidence(level)[0]
    rows, columns = np.nonzero(sure >= CONFIDENCE)
    parts: list[Any] = [*_edges(level, stride)[:, 0, rows, columns], sure[rows, columns]]
    return np.stack(parts, axis=1).astype(np.float32)


def _edges(level: NDArray[np.float32], stride: int) -> NDArray[np.float32]:
    """Left, top, right and bottom x pictures x rows x columns."""
    right, down, wide, tall = level[:, 2:6].transpose(1, 0, 2, 3)
    rows, columns = np.indices(level.shape[2:])
    x, y, wide, tall = (columns + right) * stride, (rows + down) * stride, np.exp(wide) * stride, np.exp(tall) * stride
    return np.stack([x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2]).astype(np.float32)


def _surest_in_the_middle(
    level: NDArray[np.float32], stride: int, side: int, sizes: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Of each picture, among what is nearly a box of this size in its middle."""
    left, top, right, bottom = _edges(level, stride)
    wide, tall = sizes[:, 0, None, None], sizes[:, 1, None, None]
    common = np.clip(np.minimum(right, (side + wide) / 2) - np.maximum(left, (side - wide) / 2), 0, None)
    common *= np.clip(np.minimum(bottom, (side + tall) / 2) - np.maximum(top, (side - tall) / 2), 0, None)
    is_there = common >= SAME * (wide * tall + (right - left) * (bottom - top) - common)
    return np.asarray(np.where(is_there, _confidence(level), 0).max(axis=(1, 2)), np.float32)


def _confidence(level: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pictures x rows x columns: the mean of both answers, as the library takes it."""
    shares = 1 / (1 + np.exp(-level[:, :2]))
    return np.asarray(np.sqrt(shares[:, 0] * shares[:, 1]), np.float32)


def _piece(pixels: Pixels, box: NDArray[np.float32], length: int, around: float) -> Pixels:
    """The surroundings of the box, square and enlarged."""
    side = around * float(max(box[2] - box[0], box[3] - box[1], 1))
    x, y = float(box[0] + box[2]) / 2 - side / 2, float(box[1] + box[3]) / 2 - side / 2
    scale = length / side
    move = np.array(((scale, 0, -x * scale), (0, scale, -y * scale)), np.float32)
    near = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    piece = cv2.warpAffine(pixels, move, (length, length), flags=near, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(piece, np.uint8)


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
