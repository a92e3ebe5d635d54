"""What one detector takes for a plate or a face and another reads as a safety sign.

A green board with large letters looks like a plate to a network that knows nothing but plates. Its letters say that it
is none: so what covers nothing but a line that reads as a safety sign is dropped. Texts are never dropped, and a plate
that cannot be read stays a plate.
"""

from typing import Final

from service.domain.signage import is_safety_sign
from service.imaging.detection.findings import Found, Point

READ_SURELY: Final = 0.8
LETTERS_SHARE: Final = 0.7
"""From this share of its box on, a face lies in a line of letters."""
TOUCHED: Final = 0.2
"""From this share of the smaller box on, a line and a plate have to do with each other."""


def without_contradictions(found: list[Found]) -> list[Found]:
    """All findings but plates and faces that are the letters of safety signs."""
    texts = [(_box(item.corners), item) for item in found if item.subject == "text"]
    return [item for item in found if item.subject not in ("plate", "face") or not _is_sign(item, texts)]


def _is_sign(item: Found, texts: list[tuple[tuple[float, float, float, float], Found]]) -> bool:
    box = _box(item.corners)
    if item.subject == "face":
        on_it = [text for other, text in texts if _shared(box, other) >= LETTERS_SHARE * _area(box)]
    else:
        on_it = [text for other, text in texts if _shared(box, other) > TOUCHED * min(_area(box), _area(other))]
    return bool(on_it) and all(
        text.confidence >= READ_SURELY and text.text is not None and is_safety_sign(text.text) for text in on_it
    )


def _box(corners: list[Point]) -> tuple[float, float, float, float]:
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _area(box: tuple[float, float, float, float]) -> float:
    return max(box[2] - box[0], 0) * max(box[3] - box[1], 0)


def _shared(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> float:
    return _area((max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])))
