"""Pictures with known contents: real photographs, upon which things are pasted in many sizes, angles and lights.

Picture `number` is the same on every machine. Every third has 12 megapixels, as phones take them; the others have two,
as they arrive from a chat or are published.
"""

import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import cv2
import numpy as np
from PIL import Image

from tests.vision.things import Kind, Outline, Thing, as_array, face, notice, photograph, plate, sign

PICTURES = 300
LARGE, SMALL = (4000, 3000), (1600, 1200)
GROUNDS = ("brick", "chelsea", "coffee", "grass", "gravel", "rocket")


@dataclass(frozen=True)
class Truth:
    """A thing in a picture: corners in pixels, and the size that decides whether a person would see it."""

    kind: Kind
    corners: tuple[tuple[float, float], ...]
    size: float
    text: str = ""


@dataclass(frozen=True)
class Composed:
    """A picture as a JPEG file, and all that is to be found in it."""

    number: int
    size: tuple[int, int]
    jpeg: bytes
    truths: list[Truth]

    @property
    def is_large(self) -> bool:
        """Whether it has 12 megapixels."""
        return self.size == LARGE


@dataclass(frozen=True)
class _Recipe:
    make: Callable[[Random], Thing]
    smallest: float
    """Of a large picture, in pixels: a face's height, a plate's width, a line's height."""
    largest: float
    smallest_of_small: float
    tilt: float
    counts: tuple[int, int]
    """In a large picture, in a small one."""


# What can be read at all has letters of ten pixels in the published picture, whose longest side is 1,600.
RECIPES = (
    _Recipe(face, 24, 700, 24, 20, (4, 2)),
    _Recipe(plate, 150, 900, 60, 18, (2, 1)),
    _Recipe(notice, 26, 140, 11, 14, (3, 2)),
    _Recipe(sign, 26, 200, 12, 10, (3, 2)),
)


def compose(number: int) -> Composed:
    """Picture `number`, from 0 up to PICTURES."""
    random = Random(7919 * number + 1)
    size = LARGE if number % 3 == 0 else SMALL
    canvas = _ground(random, size)
    truths: list[Truth] = []
    taken: list[tuple[float, float, float, float]] = []
    for recipe in RECIPES:
        for _ in range(recipe.counts[size != LARGE]):
            smallest, largest = (
                (recipe.smallest, recipe.largest) if size == LARGE else (recipe.smallest_of_small, recipe.largest * 0.4)
            )
            wanted = math.exp(random.uniform(math.log(smallest), math.log(largest)))
            if recipe.make is face and random.random() < 0.5:
                wanted = random.uniform(smallest, 2 * smallest)  # the hard ones are what the figure is about
            truths += _paste(random, canvas, recipe.make(random), wanted, recipe.tilt, taken)
    return Composed(number, size, _photographed(random, canvas), truths)


def _ground(random: Random, size: tuple[int, int]) -> Any:
    """A photograph that fills the picture, with the surfaces of others on parts of it."""
    names = random.sample(GROUNDS, 3)
    image = Image.fromarray(cv2.resize(as_array(photograph(names[0])), size, interpolation=cv2.INTER_LINEAR))
    for name in names[1:]:
        width, height = (round(random.uniform(0.25, 0.6) * side) for side in size)
        part = photograph(name)
        scale = random.choice([1.0, 2.0])
        tile = part.resize((round(part.width * scale), round(part.height * scale)), Image.Resampling.BICUBIC)
        layer = Image.new("RGB", (width, height))
        for top in range(0, height, tile.height):
            for left in range(0, width, tile.width):
                layer.paste(tile, (left, top))
        image.paste(layer, (random.randrange(size[0] - width), random.randrange(size[1] - height)))
    light = random.choice([0.5, 0.75, 1.0, 1.0, 1.2])
    return cv2.convertScaleAbs(as_array(image), alpha=light)


def _paste(
    random: Random,
    canvas: Any,
    thing: Thing,
    wanted: float,
    tilt: float,
    taken: list[tuple[float, float, float, float]],
) -> list[Truth]:
    """Puts the thing somewhere free, turned, in perspective, in a light of its own; nothing when there is no room."""
    scale = wanted / min(outline.length for outline in thing.outlines)
    width, height = thing.image.width * scale, thing.image.height * scale
    angle = math.radians(random.uniform(-tilt, tilt))
    lean = [random.uniform(-0.05, 0.05) for _ in range(4)]
    corners = np.array(((0, lean[0]), (1, lean[1]), (1, 1 + lean[2]), (0, 1 + lean[3]))) * (width, height)
    turn = np.array(((math.cos(angle), math.sin(angle)), (-math.sin(angle), math.cos(angle))))
    corners = (corners - corners.mean(axis=0)) @ turn
    corners -= corners.min(axis=0)
    span = corners.max(axis=0)
    room = np.array((canvas.shape[1], canvas.shape[0])) - span - 2
    if (room < 2).any():
        return []
    for _ in range(60):
        left, top = random.uniform(1, room[0]), random.uniform(1, room[1])
        box = (left - 8, top - 8, left + span[0] + 8, top + span[1] + 8)
        if not any(box[0] < o[2] and o[0] < box[2] and box[1] < o[3] and o[1] < box[3] for o in taken):
            break
    else:
        return []
    taken.append(box)
    source = as_array(thing.image)
    shrink = min(1.0, scale)
    small = cv2.resize(source, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA)
    begin = np.array(((0, 0), (1, 0), (1, 1), (0, 1)), np.float32) * (small.shape[1], small.shape[0])
    x, y = int(left), int(top)
    across, down = int(span[0]) + 3, int(span[1]) + 3
    target = corners + np.array((left - x, top - y))
    transform = cv2.getPerspectiveTransform(begin.astype(np.float32), target.astype(np.float32))
    warped = cv2.warpPerspective(small, transform, (across, down), flags=cv2.INTER_LINEAR).astype(np.float32)
    gain = random.uniform(0.55, 1.15)
    slope = np.linspace(gain, gain * random.uniform(0.75, 1.25), across, dtype=np.float32)[None, :, None]
    below = canvas[y : y + down, x : x + across].astype(np.float32)
    warped = warped[: below.shape[0], : below.shape[1]]
    alpha = warped[..., 3:] / 255
    mixed = below * (1 - alpha) + np.clip(warped[..., :3] * slope[:, : below.shape[1]], 0, 255) * alpha
    canvas[y : y + below.shape[0], x : x + below.shape[1]] = mixed.astype(np.uint8)
    return [_truth(outline, transform, shrink, (x, y), scale) for outline in thing.outlines]


def _truth(outline: Outline, transform: Any, shrink: float, origin: tuple[int, int], scale: float) -> Truth:
    left, top, right, bottom = (value * shrink for value in outline.box)
    points = np.array([[(left, top), (right, top), (right, bottom), (left, bottom)]], np.float32)
    moved = cv2.perspectiveTransform(points, transform)[0] + origin
    return Truth(outline.kind, tuple((float(a), float(b)) for a, b in moved), outline.length * scale, outline.text)


def _photographed(random: Random, canvas: Any) -> bytes:
    """As a phone stores it: a little soft, with noise, as a JPEG."""
    if random.random() < 0.5:
        canvas = cv2.GaussianBlur(canvas, (0, 0), random.uniform(0.3, 0.7))
    strength = random.uniform(0, 5)
    grain = np.random.default_rng(random.randrange(2**32)).normal(0, strength, (512, 512, 1))
    repeats = -(-canvas.shape[0] // 512), -(-canvas.shape[1] // 512), 3
    noise = np.tile(grain.round().astype(np.int16), repeats)[: canvas.shape[0], : canvas.shape[1]]
    image = Image.fromarray(cv2.add(canvas, noise, dtype=cv2.CV_8U))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=random.randint(72, 94))
    return buffer.getvalue()
