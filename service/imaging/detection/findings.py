"""What detectors find in a picture. Plain values: this is read where no detector is installed."""

from typing import Literal

import msgspec

Subject = Literal["face", "plate", "text", "code"]
Point = tuple[float, float]


class Found(msgspec.Struct, frozen=True):
    """One thing found: four corners in fractions of the upright picture's width and height, from its top left."""

    subject: Subject
    corners: list[Point]
    confidence: float
    source: str
    """The detector and its model."""
    text: str | None = None
    """What it says, of a text or a code that could be read."""


class Examined(msgspec.Struct, frozen=True, tag="examined"):
    """All that every detector found in a picture; `size` is its upright width and height in pixels."""

    size: tuple[int, int]
    found: list[Found]
