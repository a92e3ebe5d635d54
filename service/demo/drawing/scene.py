"""A place with something in its way, and the photograph of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from service.demo.drawing.painting import paint_all
from service.demo.drawing.panels import FULL_LIGHT, Lighting, Panel
from service.demo.drawing.solids import Thing
from service.demo.drawing.space import Camera, Point, Vector, in_frame
from service.demo.drawing.textures import grain

EXPOSURE = 1.08  # how much brighter than the light itself a phone shows it


@dataclass(slots=True)
class Scene:
    """`grounds` are floors (the first may shine: `gloss` 0..1); `shaded` are further panels that take shadows.

    `things` belong to the place, `obstacles` are what is wrong with it. `maskable` gives outlines which a published
    picture must not show: a number plate, a telephone number, a head; those of an obstacle go with the obstacle.
    """

    camera: Camera
    lighting: Lighting
    grounds: list[Panel]
    backdrop: list[Panel]
    things: list[Thing] = field(default_factory=list)
    obstacles: list[Thing] = field(default_factory=list)
    shaded: list[Panel] = field(default_factory=list)
    fittings: list[Panel] = field(default_factory=list)
    maskable: dict[str, list[Vector]] = field(default_factory=dict)
    maskable_obstacles: dict[str, list[Vector]] = field(default_factory=dict)
    gloss: float = 0.0
    warmth: tuple[float, float, float] = (1.0, 1.0, 1.0)
    backdrop_color: tuple[int, int, int] = (60, 60, 60)

    def throw_shadows(self, things: Sequence[Thing]) -> None:
        for thing in things:
            if thing.outline:
                thing.throw_shadows([*self.grounds, *self.shaded], self.lighting)

    def to_mask(self, blocked: bool) -> dict[str, list[Point]]:
        """What to mask before publishing: outlines in fractions of the picture's width and height, by name."""
        outlines = self.maskable | (self.maskable_obstacles if blocked else {})
        framed = {name: in_frame(self.camera, corners) for name, corners in outlines.items()}
        return {name: outline for name, outline in framed.items() if len(outline) >= 3}

    def photograph(self, share: float, random: Random) -> Image.Image:
        """The picture with that share (0..1) of the obstacles still there, the first of them first."""
        things = self.things + self.obstacles[: math.ceil(share * len(self.obstacles))]
        self.throw_shadows(things)
        things = sorted(things, key=lambda thing: -self.camera.seen(thing.center)[2])
        standing = [panel for thing in things for panel in thing.panels]
        image = Image.new("RGB", self.camera.size, self.backdrop_color)
        paint_all(image, self.grounds, self.camera, self.lighting)
        if self.gloss:
            _reflect(image, self, [*self.backdrop, *self.fittings, *standing])
        paint_all(image, [*self.backdrop, *self.fittings, *standing], self.camera, self.lighting)
        return _developed(image, self.warmth, random)


def handheld(random: Random, size: tuple[int, int], *, aside: float, pitch: float, yaw: float = 0.0) -> Camera:
    """A phone at eye level, not quite straight; it stands up to `aside` meters beside the middle."""
    return Camera(
        (random.uniform(-aside, aside), random.uniform(1.48, 1.56), 0.0),
        size,
        yaw=yaw + random.uniform(-0.05, 0.05),
        pitch=pitch + random.uniform(-0.01, 0.01),
        roll=random.uniform(-0.016, 0.016),
    )


def _reflect(image: Image.Image, scene: Scene, panels: Sequence[Panel]) -> None:
    """Blend into the floor what it mirrors, softly and more so far away."""
    small = max(1, image.width // 3), max(1, image.height // 3)
    mirrored = Image.new("RGB", small, scene.backdrop_color)
    paint_all(mirrored, panels, scene.camera.below_the_floor(small), scene.lighting)
    mirrored = mirrored.filter(ImageFilter.GaussianBlur(2.2)).resize(image.size, Image.Resampling.BILINEAR)
    floor = scene.grounds[0]
    share = Image.new("L", small)
    draw = ImageDraw.Draw(share)
    steps = 24
    camera = scene.camera
    for step in range(steps):
        ends = [floor.place(x, y / steps) for y in (step, step + 1) for x in (0, 1)]
        depths = [camera.seen(point)[2] for point in ends]
        if min(depths) < 0.3:
            continue
        quad = [camera.project(ends[index]) for index in (0, 1, 3, 2)]
        flatness = min(1.0, 0.3 + 0.7 * (sum(depths) / 4) / 7)
        scaled: list[Point] = [(x / 3, y / 3) for x, y in quad]
        draw.polygon(scaled, fill=round(255 * scene.gloss * flatness))
    share = share.filter(ImageFilter.GaussianBlur(3)).resize(image.size, Image.Resampling.BILINEAR)
    image.paste(mirrored, (0, 0), share)


def _developed(image: Image.Image, warmth: tuple[float, float, float], random: Random) -> Image.Image:
    """What a phone makes of the light: glow, darker corners, a tone curve, grain and sharpening."""
    image = image.filter(ImageFilter.GaussianBlur(0.7))
    small = image.reduce(8)
    bright = small.point([0 if value < 205 else (value - 205) * 3 for value in range(256)] * 3)
    glow = bright.filter(ImageFilter.GaussianBlur(image.width / 8 / 45)).resize(image.size, Image.Resampling.BILINEAR)
    image = ImageChops.screen(image, glow.point([round(value * 0.55) for value in range(256)] * 3))
    corners = Image.radial_gradient("L").point([255 - round(max(0, value - 90) * 0.36) for value in range(256)])
    shade = corners.resize(image.size, Image.Resampling.BILINEAR)
    image = ImageChops.multiply(image, Image.merge("RGB", (shade, shade, shade)))
    image = image.point([_toned(value, gain) for gain in warmth for value in range(256)])
    image = image.filter(ImageFilter.UnsharpMask(1.6, 60, 2))
    fine, coarse = grain(random, image.size, 9), grain(random, small.size, 3)
    image = ImageChops.add(image, Image.merge("RGB", (fine, fine, fine)), 1, -128)
    tint = coarse.resize(image.size, Image.Resampling.BICUBIC)
    neutral = Image.new("L", image.size, 128)
    return ImageChops.add(image, Image.merge("RGB", (tint, neutral, ImageChops.invert(tint))), 1, -128)


def _toned(value: int, gain: float) -> int:
    light = value / 255 * FULL_LIGHT * gain * EXPOSURE
    shown = light / math.pow(1 + (light / 1.08) ** 5, 0.2)
    contrast = shown + 0.12 * shown * (1 - shown) * (2 * shown - 1)
    return max(0, min(255, round(contrast * 255)))
