"""The process that looks at pictures: `python -m service.imaging.detection.process PARENT LIMITS`.

Confined as the one that decodes them, and without a network; models are loaded before it says that it is ready.
"""

import ctypes
from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np

from service.imaging.decoding import Picture, shrink, with_picture
from service.imaging.detection.codes import Codes
from service.imaging.detection.contradictions import without_contradictions
from service.imaging.detection.detector import Detector, Pixels
from service.imaging.detection.faces import Faces
from service.imaging.detection.findings import Examined
from service.imaging.detection.plates import Plates
from service.imaging.detection.texts import Texts
from service.imaging.results import Undecodable
from service.imaging.sandbox_process import Do, leave_the_network, serve
from service.imaging.sandbox_wire import ExamineTask, Limits

SIDE: Final = 4096
"""A picture with a longer side is shrunk to this first: time and memory are bounded by it."""

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h

Tell = Callable[[int, int], None]


def look(
    task: ExamineTask, limits: Limits, tell: Tell, detectors: Sequence[Detector], give_back: Callable[[], object]
) -> Examined | Undecodable:
    """What all detectors find in the upright picture; memory is given back between two. OSError of a file that cannot
    be read. A detector that fails says nothing about the picture: that is a limit reached, and another try may help."""
    tell(1, len(detectors) + 1)
    with open(task.path, "rb") as file:
        pixels = with_picture(file, limits.pixels, limits.picture_bytes, pixels_of)
    if isinstance(pixels, Undecodable):
        return pixels
    found = []
    for number, detector in enumerate(detectors, start=2):
        tell(number, len(detectors) + 1)
        try:
            found += detector.find(pixels)
        except Exception as error:
            detail = f"{type(detector).__name__}: {type(error).__name__}: {str(error)[-150:]}"
            return Undecodable(reason="resource_limit", detail=detail)
        finally:
            give_back()
    return Examined((pixels.shape[1], pixels.shape[0]), without_contradictions(found))


def pixels_of(picture: Picture) -> Pixels:
    """The picture upright, in the colors that every screen shows, with a longest side of SIDE at most."""
    image = picture.to_srgb(picture.make_upright(shrink(picture.decode(SIDE), SIDE)))
    return np.asarray(image.convert("RGB"), np.uint8)


def prepare(_limits: Limits) -> Do:
    """Leaves the network and loads every model."""
    leave_the_network()
    cv2.setNumThreads(1)
    detectors: list[Detector] = [Faces(), Plates(), Codes(), Texts()]
    give_back = _keep_memory()
    return lambda task, limits, tell: look(task, limits, tell, detectors, give_back)


def _keep_memory() -> Callable[[], object]:
    """Have the C library keep what one layer of a network frees for the next, and return what gives all of it back.

    Otherwise the kernel clears the same hundreds of megabytes thirty times a picture: a quarter of all the time.
    """
    libc = ctypes.CDLL(None)
    libc.mallopt(_M_MMAP_THRESHOLD, 2**30)
    libc.mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
    return lambda: libc.malloc_trim(0)


if __name__ == "__main__":
    serve(ExamineTask, prepare)
