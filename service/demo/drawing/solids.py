"""Things that stand in the way or belong to the place: cuboids, cartons, sacks, doors leaves, a person in a vest."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from service.demo.drawing.panels import Lighting, Panel, Sun
from service.demo.drawing.space import Color, Vector, add, dot, scale, subtract, turned
from service.demo.drawing.textures import cardboard, carton_top, clouds, mixed, sacking, textured

Face = Image.Image | Color
UP: Vector = (0.0, 1.0, 0.0)


@dataclass(slots=True)
class Thing:
    """Panels that are painted together, far ones first, and what they hide from the light."""

    center: Vector
    panels: list[Panel]
    outline: tuple[Vector, ...] = ()

    def throw_shadows(self, panels: Sequence[Panel], lighting: Lighting) -> None:
        """Darken panels with this thing's shadow from every lamp and the sun, and the one it stands on at its foot."""
        for panel in panels:
            if lighting.sun is not None:
                panel.receive_shadow(self.outline, lighting.sun, 0.5, 0.05)
            for lamp in lighting.lamps:
                distance = math.dist(lamp.place, self.center)
                panel.receive_shadow(self.outline, lamp, min(0.32, 0.8 / (1 + distance)), 0.12)
            foot = [point for point in self.outline if abs(dot(subtract(point, panel.origin), panel.normal)) < 0.03]
            if len(foot) >= 3:
                panel.receive_shadow(foot, Sun(panel.normal, (0.0, 0.0, 0.0)), 0.62, 0.05)


def cuboid(
    foot: Vector,
    size: tuple[float, float, float],
    faces: Callable[[str], Face] | Face,
    yaw: float = 0.0,
    grid: tuple[int, int] = (6, 6),
) -> Thing:
    """A box standing on `foot` (the middle of its base); `size` is width, height, depth.

    `faces` gives the texture of "front", "back", "left", "right" and "top", or is one for all.
    """
    width, height, depth = size
    across, along, up = scale(turned((1, 0, 0), yaw), width), scale(turned((0, 0, 1), yaw), depth), (0.0, height, 0.0)
    down = scale(up, -1)

    def corner(x: float, y: float, z: float) -> Vector:
        return add(foot, scale(across, x), scale(up, y), scale(along, z))

    def face(side: str) -> Face:
        return faces(side) if callable(faces) else faces

    panels = [
        Panel(corner(0.5, 1, 0.5), scale(across, -1), down, face("back"), light_grid=grid),
        Panel(corner(-0.5, 1, 0.5), scale(along, -1), down, face("left"), light_grid=grid),
        Panel(corner(0.5, 1, -0.5), along, down, face("right"), light_grid=grid),
        Panel(corner(-0.5, 1, -0.5), across, down, face("front"), light_grid=grid),
        Panel(corner(-0.5, 1, 0.5), across, scale(along, -1), face("top"), light_grid=grid),
    ]
    outline = tuple(corner(x, y, z) for x in (-0.5, 0.5) for y in (0, 1) for z in (-0.5, 0.5))
    return Thing(add(foot, scale(up, 0.5)), panels, outline)


LABELS = ("PARTS 24", "FRAGILE", "GOODS 12", "SAMPLE", "PAPER A4", "KITCHEN")


def carton(random: Random, foot: Vector, size: tuple[float, float, float], yaw: float) -> Thing:
    color = random.choice(((182, 142, 96), (170, 130, 86), (194, 156, 112), (160, 124, 88)))
    label = random.choice(LABELS)
    fineness = 260

    def face(side: str) -> Face:
        wide = size[0] if side in ("front", "back", "top") else size[2]
        pixels = round(wide * fineness), round((size[2] if side == "top" else size[1]) * fineness)
        if side == "top":
            return carton_top(random, pixels, mixed(color, (255, 255, 255), 0.06))
        if side == "back":
            return color
        return cardboard(random, pixels, label if side == "front" else "", color)

    return cuboid(foot, size, face, yaw)


def stack(random: Random, foot: Vector, sizes: Sequence[tuple[float, float, float]], yaw: float) -> list[Thing]:
    """Cartons one on another, none quite straight."""
    things = []
    x, y, z = foot
    for size in sizes:
        things.append(carton(random, (x, y, z), size, yaw + random.uniform(-0.14, 0.14)))
        x, y, z = x + random.uniform(-0.04, 0.04), y + size[1], z + random.uniform(-0.04, 0.04)
    return things


def upright(texture: Image.Image, foot: Vector, width: float, height: float, yaw: float = 0.0) -> Panel:
    """A flat picture standing on `foot`, turned to the viewer by `yaw`."""
    across = scale(turned((1, 0, 0), yaw), width)
    corner = add(foot, scale(across, -0.5), (0.0, height, 0.0))
    return Panel(corner, across, (0.0, -height, 0.0), texture, from_both_sides=True)


def flat_outline(foot: Vector, width: float, height: float, yaw: float, depth: float) -> tuple[Vector, ...]:
    across, along = scale(turned((1, 0, 0), yaw), width / 2), scale(turned((0, 0, 1), yaw), depth / 2)
    return tuple(
        add(foot, scale(across, x), scale(along, z), (0.0, y * height, 0.0))
        for x in (-1, 1)
        for y in (0, 1)
        for z in (-1, 1)
    )


def sack(random: Random, foot: Vector, width: float, height: float, yaw: float) -> Thing:
    """A tied sack, flat like a picture but thick enough to throw a shadow."""
    color = random.choice(((214, 210, 196), (202, 184, 138), (206, 208, 206)))
    image = sacking(random, (round(width * 420), round(height * 420)), color)
    panel = upright(image, foot, width, height, yaw)
    outline = flat_outline(foot, width * 0.9, height * 0.8, yaw, 0.3)
    return Thing(add(foot, (0, height / 2, 0)), [panel], outline)


def person(random: Random, foot: Vector, yaw: float, vest: Color = (236, 120, 24), height: float = 1.72) -> Thing:
    """A worker seen from behind: helmet, vest with bands, no face."""
    image = _worker(random, vest)
    panel = upright(image, foot, height * image.width / image.height, height, yaw)
    return Thing(add(foot, (0, height / 2, 0)), [panel], flat_outline(foot, 0.42, height, yaw, 0.25))


def _worker(random: Random, vest: Color) -> Image.Image:
    size = (360, 900)
    image = Image.new("RGB", size, (40, 44, 56))
    mask = Image.new("L", size)
    draw, shape = ImageDraw.Draw(image), ImageDraw.Draw(mask)

    def part(points: Sequence[tuple[float, float]], width: int, color: Color) -> None:
        for target, fill in ((draw, color), (shape, 255)):
            target.line(points, fill=fill, width=width, joint="curve")
            for x, y in points:
                target.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=fill)

    trousers, sleeve, skin = (44, 50, 66), (70, 84, 110), (198, 152, 122)
    part([(152, 470), (140, 660), (136, 850)], 74, trousers)
    part([(208, 470), (222, 660), (226, 850)], 74, mixed(trousers, (0, 0, 0), 0.15))
    part([(128, 872), (142, 872)], 44, (30, 28, 28))
    part([(222, 872), (236, 872)], 44, (24, 22, 22))
    part([(92, 232), (66, 370), (84, 490)], 54, sleeve)
    part([(268, 232), (296, 370), (280, 480)], 54, mixed(sleeve, (0, 0, 0), 0.2))
    part([(86, 512)], 40, skin)
    part([(279, 502)], 40, skin)
    for target, fill in ((draw, vest), (shape, 255)):
        target.rounded_rectangle((92, 190, 268, 500), radius=44, fill=fill)
    for top in (300, 400):
        draw.rectangle((92, top, 268, top + 28), fill=(226, 230, 220))
    for left in (122, 214):
        draw.rectangle((left, 190, left + 24, 500), fill=(226, 230, 220))
    part([(180, 168)], 60, skin)
    part([(180, 112)], 108, mixed(skin, (40, 30, 26), 0.75))
    for target, fill in ((draw, (232, 196, 40)), (shape, 255)):
        target.pieslice((112, 26, 248, 172), 180, 360, fill=fill)
        target.rounded_rectangle((102, 92, 258, 112), radius=9, fill=fill)
    shade = Image.new("L", (5, 1))
    shade.putdata([150, 142, 128, 110, 92])
    image = textured(image, shade.resize(size, Image.Resampling.BICUBIC), clouds(random, size, 60, 12))
    image.putalpha(mask.filter(ImageFilter.GaussianBlur(1.2)))
    return image
