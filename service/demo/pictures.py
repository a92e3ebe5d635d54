"""The demo's photographs: places with something in the way and the same places cleared, as a phone would send them.

Everything is drawn from a seed, so the same call gives the same picture; a cleared place keeps its geometry, light and
grain and lacks only what stood in the way.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Final, Literal

from PIL import Image

from service.demo.drawing.corridors import bicycles, corridor, exit_door
from service.demo.drawing.fittings import billboard, exit_sign, gas_cabinet
from service.demo.drawing.scene import Scene
from service.demo.drawing.space import Point
from service.demo.drawing.stairs import stair
from service.demo.drawing.streets import lane
from service.demo.drawing.walls import hydrant, shutter
from service.demo.drawing.windows import window_bars
from service.demo.phones import Shot, phone_exif

Variant = Literal["blocked", "partly", "cleared"]
SHARES: Final[dict[Variant, float]] = {"blocked": 1.0, "partly": 0.4, "cleared": 0.0}
"""How much of what was in the way is still there; `partly` is a fix that a review sends back."""

LANDSCAPE, PORTRAIT = (1280, 960), (960, 1280)
"""In pixels: plain on any screen, and drawn in two thirds of the time that 1600 would take."""
JPEG_QUALITY = 86


@dataclass(frozen=True, slots=True)
class Place:
    """How a scene is built from the place's and the clutter's random generator, and how people hold the phone there."""

    build: Callable[[Random, Random, tuple[int, int]], Scene]
    size: tuple[int, int]


SCENES: Final[dict[str, Place]] = {
    "bicycles": Place(bicycles, LANDSCAPE),
    "billboard": Place(billboard, PORTRAIT),
    "corridor": Place(corridor, LANDSCAPE),
    "exit_door": Place(exit_door, PORTRAIT),
    "exit_sign": Place(exit_sign, PORTRAIT),
    "gas_cabinet": Place(gas_cabinet, LANDSCAPE),
    "hydrant": Place(hydrant, LANDSCAPE),
    "lane": Place(lane, LANDSCAPE),
    "shutter": Place(shutter, LANDSCAPE),
    "stair": Place(stair, PORTRAIT),
    "window_bars": Place(window_bars, PORTRAIT),
}


def draw(scene: str, variant: Variant, seed: int, size: tuple[int, int] | None = None) -> Image.Image:
    """The place of that name and seed, upright; `size` in pixels is by default how people hold the phone there."""
    return _scene(scene, seed, size).photograph(SHARES[variant], Random(f"{scene} {seed} grain"))


def to_mask(scene: str, variant: Variant, seed: int, size: tuple[int, int] | None = None) -> dict[str, list[Point]]:
    """What must be masked before that picture is published: polygons in fractions of its width and height, by name."""
    return _scene(scene, seed, size).to_mask(SHARES[variant] > 0)


def phone_photo(
    scene: str,
    variant: Variant,
    seed: int,
    *,
    taken_at: datetime,
    latitude: float,
    longitude: float,
    heading: float,
    model: str,
) -> bytes:
    """A JPEG as a phone writes it: sensor-side pixels with an orientation, time, position, heading and a thumbnail.

    `taken_at` is aware; latitude and longitude are WGS-84 degrees, `heading` is in degrees from true north.
    """
    picture = draw(scene, variant, seed)
    upright = picture.width >= picture.height
    # A phone held upright records the picture lying on its side and says "turn right by 90 degrees to view": 6.
    stored = picture if upright else picture.transpose(Image.Transpose.ROTATE_90)
    shot = Shot(taken_at, latitude, longitude, heading, model)
    exif = phone_exif(stored, 1 if upright else 6, shot)
    file = io.BytesIO()
    stored.save(file, "JPEG", quality=JPEG_QUALITY, exif=exif)
    return file.getvalue()


def _scene(scene: str, seed: int, size: tuple[int, int] | None) -> Scene:
    place = SCENES[scene]
    return place.build(Random(f"{scene} {seed} place"), Random(f"{scene} {seed} clutter"), size or place.size)
