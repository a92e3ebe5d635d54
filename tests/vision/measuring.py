"""What is found of what is there: covered by the masks that would be baked, by kind and size."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from schemas.cases import Proposal
from service.domain.text_circumstances import Vocabulary
from service.imaging.detection.findings import Found
from service.imaging.masking import MASK_COLOR, paint
from service.imaging.polygons import Polygon
from service.workflows.case_examinations import proposal_of
from tests.vision.composing import Composed, Truth

COVERED = 0.8
"""From this share on of a thing's area under masks nobody can make it out."""
TOUCHED = 0.2
"""From this share on a safety sign is spoiled."""
BESIDE = 0.1
"""With less than this share of its box on a face, what was found is another thing."""
FIGURES = {"face": 0.99, "plate": 0.98, "text": 0.98}
"""What is to be reached; of signs at most FALSE_MASKS may be spoiled."""
FALSE_MASKS = 0.05
FALSE_FACES = 2.5
"""So many things a picture may be taken for a face, a cat's included: one is in every second."""


@dataclass(frozen=True)
class Measured:
    """One thing of one picture, and the share of it under masks."""

    number: int
    is_large: bool
    truth: Truth
    share: float

    @property
    def is_right(self) -> bool:
        """Whether it is hidden, or for a sign: still to be seen."""
        return self.share < TOUCHED if self.truth.kind == "sign" else self.share >= COVERED


def proposals(found: Iterable[Found]) -> list[Proposal]:
    """What the editor is shown, where nobody's names are known."""
    return [proposal_of(item, str(number), Vocabulary()) for number, item in enumerate(found)]


def suggested(found: Iterable[Found]) -> list[Polygon]:
    """The masks that the editor gets who accepts what is suggested."""
    return [proposal.points for proposal in proposals(found) if proposal.suggested]


def measure(composed: Composed, masks: Sequence[Polygon]) -> list[Measured]:
    """Every thing of the picture under these masks, painted as they are baked."""
    return [
        Measured(composed.number, composed.is_large, truth, _share(truth, masks, composed.size))
        for truth in composed.truths
    ]


def _share(truth: Truth, masks: Sequence[Polygon], size: tuple[int, int]) -> float:
    """Looked at in the window around the thing, since painting twelve megapixels for each takes long."""
    xs, ys = zip(*truth.corners, strict=True)
    left, top = math.floor(min(xs)), math.floor(min(ys))
    width, height = math.ceil(max(xs)) - left + 1, math.ceil(max(ys)) - top + 1
    thing = Image.new("L", (width, height))
    ImageDraw.Draw(thing).polygon([(x - left, y - top) for x, y in truth.corners], fill=255)
    hidden = np.zeros((height, width), bool)
    for mask in masks:
        mask_xs, mask_ys = [x * size[0] for x, _ in mask], [y * size[1] for _, y in mask]
        reach = 0.01 * max(size) + 8
        if max(mask_xs) + reach < left or min(mask_xs) - reach > left + width:
            continue
        if max(mask_ys) + reach < top or min(mask_ys) - reach > top + height:
            continue
        hidden |= _painted(mask, size, (left, top, width, height))
    inside = np.asarray(thing) > 0
    return float(hidden[inside].mean())


def _painted(
    mask: Polygon, size: tuple[int, int], window: tuple[int, int, int, int]
) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
    """Where the mask lies in the window, at a quarter of the size of a large picture: a mask is no fine thing."""
    factor = 4 if max(size) > 2000 else 1
    canvas = Image.new("RGB", (size[0] // factor, size[1] // factor), (255, 255, 255))
    paint(canvas, mask)
    left, top, width, height = window
    box = (left / factor, top / factor, (left + width) / factor, (top + height) / factor)
    part = canvas.resize((width, height), Image.Resampling.NEAREST, box=_inside(box, canvas.size))
    return np.asarray(np.asarray(part)[..., 0] == MASK_COLOR[0])


def _inside(box: tuple[float, float, float, float], size: tuple[int, int]) -> tuple[float, float, float, float]:
    left, top, right, bottom = box
    return max(left, 0), max(top, 0), min(right, size[0]), min(bottom, size[1])


def false_faces(composed: Composed, found: Iterable[Found]) -> list[Found]:
    """What was taken for a face and lies beside every face of the picture."""
    boxes = [_box(truth.corners) for truth in composed.truths if truth.kind == "face"]
    width, height = composed.size
    false = []
    for item in found:
        left, top, right, bottom = _box([(x * width, y * height) for x, y in item.corners])
        area = (right - left) * (bottom - top)
        shared = (
            max(0.0, min(right, box[2]) - max(left, box[0])) * max(0.0, min(bottom, box[3]) - max(top, box[1]))
            for box in boxes
        )
        if item.subject == "face" and max(shared, default=0.0) < BESIDE * area:
            false.append(item)
    return false


def _box(corners: Iterable[tuple[float, float]]) -> tuple[float, float, float, float]:
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def recall(measured: Iterable[Measured], kind: str) -> tuple[int, int]:
    """How many things of this kind are right, and how many there are."""
    of_kind = [item for item in measured if item.truth.kind == kind]
    return sum(item.is_right for item in of_kind), len(of_kind)
