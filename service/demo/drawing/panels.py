"""Light, and the flat panels in space that it falls on. Everything drawn is a `Panel`: a texture on a parallelogram."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from service.demo.drawing.space import (
    Color,
    Point,
    Vector,
    add,
    cross,
    dot,
    hull,
    length,
    normalize,
    scale,
    subtract,
)

# Pixels hold texture times light; 255 in a light map means this much light, so that lamps can outshine paper.
FULL_LIGHT = 1.6
SHADOW_PIXELS_PER_METER = 40


@dataclass(frozen=True, slots=True)
class Lamp:
    """A lamp at a place. Its light falls off with the square of the distance, softened so near walls do not burn."""

    place: Vector
    color: tuple[float, float, float]
    softness_meters: float = 1.2


@dataclass(frozen=True, slots=True)
class Sun:
    toward: Vector
    color: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Lighting:
    """`ambient` reaches everything, `sky` what faces up."""

    ambient: tuple[float, float, float]
    sky: tuple[float, float, float] = (0.0, 0.0, 0.0)
    lamps: tuple[Lamp, ...] = ()
    sun: Sun | None = None

    def at(self, place: Vector, normal: Vector) -> tuple[float, float, float]:
        upward = 0.5 + 0.5 * normal[1]
        red, green, blue = (self.ambient[i] + self.sky[i] * upward for i in range(3))
        for lamp in self.lamps:
            ray = subtract(lamp.place, place)
            squared = dot(ray, ray)
            facing = (dot(ray, normal) / math.sqrt(squared or 1e-6) + 0.35) / 1.35
            if facing > 0:
                strength = facing * lamp.softness_meters**2 / (squared + lamp.softness_meters**2)
                red += lamp.color[0] * strength
                green += lamp.color[1] * strength
                blue += lamp.color[2] * strength
        if self.sun is not None and (facing := dot(self.sun.toward, normal)) > 0:
            red += self.sun.color[0] * facing
            green += self.sun.color[1] * facing
            blue += self.sun.color[2] * facing
        return red, green, blue


@dataclass(frozen=True, slots=True)
class Shadow:
    """An outline on a panel in fractions of its width and height, how dark (0..1) and how soft (meters)."""

    outline: tuple[Point, ...]
    darkness: float
    softness_meters: float


@dataclass(slots=True)
class Panel:
    """A texture whose top left corner is at `origin`, with its width along `across` and its height along `down`.

    It is seen from the side to which across x down points. `glows` paints it without light. `corner` moves the bottom
    right corner away from the parallelogram, for the slanted sides of a vehicle.
    """

    origin: Vector
    across: Vector
    down: Vector
    texture: Image.Image | Color
    glows: bool = False
    from_both_sides: bool = False
    corner: Vector | None = None
    brightness: float = 1.0
    light_grid: tuple[int, int] = (6, 6)
    edge_darkness: float = 0.0
    shadows: list[Shadow] = field(default_factory=list)

    @property
    def normal(self) -> Vector:
        return normalize(cross(self.across, self.down))

    def place(self, across: float, down: float) -> Vector:
        """The point in space at those fractions of the width and the height."""
        point = add(self.origin, scale(self.across, across), scale(self.down, down))
        if self.corner is not None:
            moved = subtract(self.corner, add(self.origin, self.across, self.down))
            point = add(point, scale(moved, across * down))
        return point

    def part(self, left: float = 0, top: float = 0, right: float = 1, bottom: float = 1) -> list[Vector]:
        """The corners of a part of the panel, given in fractions of its width and height."""
        return [self.place(left, top), self.place(right, top), self.place(right, bottom), self.place(left, bottom)]

    def receive_shadow(
        self, solid: Sequence[Vector], light: Lamp | Sun, darkness: float, softness_meters: float
    ) -> None:
        """Add the shadow that a convex solid, given by its corners, throws on this panel."""
        normal = self.normal
        outline: list[Point] = []
        for point in solid:
            ray = scale(light.toward, -1) if isinstance(light, Sun) else subtract(point, light.place)
            falling = dot(ray, normal)
            if falling >= -1e-6:
                return
            distance = dot(subtract(self.origin, point), normal) / falling
            offset = subtract(add(point, scale(ray, max(distance, 0.0))), self.origin)
            outline.append((dot(offset, self.across), dot(offset, self.down)))
        width, height = length(self.across) ** 2, length(self.down) ** 2
        fractions = [(across / width, down / height) for across, down in outline]
        self.shadows.append(Shadow(tuple(hull(fractions)), darkness, softness_meters))

    def texture_image(self) -> Image.Image:
        return self.texture if isinstance(self.texture, Image.Image) else Image.new("RGB", (4, 4), self.texture)

    def light_map(self, lighting: Lighting) -> Image.Image:
        columns, rows = self.light_grid
        factor = 255 / FULL_LIGHT * self.brightness
        wide, high = length(self.across), length(self.down)
        values = bytearray()
        normal = self.normal
        for row in range(rows):
            down = (row + 0.5) / rows
            for column in range(columns):
                across = (column + 0.5) / columns
                red, green, blue = lighting.at(self.place(across, down), normal)
                shade = factor
                if self.edge_darkness:
                    edge = min(across, 1 - across) * wide, min(down, 1 - down) * high
                    shade *= (1 - self.edge_darkness * math.exp(-edge[0] / 0.22)) * (
                        1 - self.edge_darkness * math.exp(-edge[1] / 0.22)
                    )
                values += bytes((min(255, int(red * shade)), min(255, int(green * shade)), min(255, int(blue * shade))))
        light = Image.frombytes("RGB", (columns, rows), bytes(values))
        return self._shaded(light, wide, high) if self.shadows else light

    def _shaded(self, light: Image.Image, wide: float, high: float) -> Image.Image:
        fineness = min(SHADOW_PIXELS_PER_METER, 1200 / max(wide, high))
        size = max(2, round(wide * fineness)), max(2, round(high * fineness))
        light = light.resize(size, Image.Resampling.BICUBIC)
        # The darkest shadow wins: cartons stacked on each other would else darken the same spot many times over.
        together = Image.new("L", size, 255)
        for shadow in self.shadows:
            outline = [(across * size[0], down * size[1]) for across, down in shadow.outline]
            if len(outline) >= 3:
                mask = Image.new("L", size, 255)
                ImageDraw.Draw(mask).polygon(outline, fill=round(255 * (1 - shadow.darkness)))
                softened = mask.filter(ImageFilter.GaussianBlur(shadow.softness_meters * fineness))
                together = ImageChops.darker(together, softened)
        return ImageChops.multiply(light, Image.merge("RGB", (together, together, together)))
