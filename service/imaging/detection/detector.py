"""What every detector is: something that finds one subject in pixels."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from service.imaging.detection.findings import Found

Pixels = NDArray[np.uint8]
"""Height x width x 3, red, green, blue, upright."""


class Detector(Protocol):
    """Finds faces, plates, texts or codes. Made once a process: models stay loaded."""

    def find(self, pixels: Pixels) -> list[Found]:
        """All of them in the picture; corners in fractions of its width and height."""
