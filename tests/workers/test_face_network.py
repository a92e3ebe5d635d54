"""The network put together from libfacedetection's weights sees what the library itself sees."""

import ctypes

import numpy as np
import pytest
from PIL import Image

from service.imaging.detection.boxes import without_overlaps
from service.imaging.detection.parts import SMALL_FACES, missing_parts, model_file
from service.imaging.detection.small_faces import SmallFaces
from tests.conftest import missing
from tests.vision.things import photograph

BUFFER_BYTES = 0x20000
FUNCTION = "_Z14facedetect_cnnPhS_iii"
"""int *facedetect_cnn(unsigned char *buffer, unsigned char *bgr, int width, int height, int step)"""
ROW = 16
"""A face is sixteen numbers of two bytes: confidence, left, top, width, height, five marks, one unused."""


@pytest.mark.parametrize("name", ["astronaut", "hopper"])
def test_the_network_sees_what_the_library_sees_and_as_surely(name: str) -> None:
    if parts := missing_parts():
        missing(", ".join(parts))
    picture = np.asarray(photograph(name).resize((320, 320), Image.Resampling.LANCZOS), np.uint8)
    ours = without_overlaps(SmallFaces().look(picture), 0.4)
    theirs = library_faces(picture)
    assert len(ours) == len(theirs) > 0
    for left, top, right, bottom, sure in ours:
        numbers = (100 * sure, left, top, right - left, bottom - top)
        assert any(np.allclose(numbers, row, atol=2) for row in theirs), (numbers, theirs)


def library_faces(picture: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> list[list[int]]:
    function = getattr(ctypes.CDLL(str(model_file(*SMALL_FACES))), FUNCTION)
    function.restype = ctypes.c_void_p
    function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_int]
    buffer = ctypes.create_string_buffer(BUFFER_BYTES)
    blue_first = np.ascontiguousarray(picture[:, :, ::-1])
    height, width = picture.shape[:2]
    assert function(buffer, blue_first.ctypes.data, width, height, 3 * width)
    count = int(np.frombuffer(buffer.raw, np.int32, 1)[0])
    rows = np.frombuffer(buffer.raw, np.int16, count * ROW, offset=4).reshape(-1, ROW)[:, :5]
    return [row for row in rows.tolist() if row[0] >= 25]
