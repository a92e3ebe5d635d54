"""A small van, parked where it must not be."""

from dataclasses import dataclass
from random import Random

from PIL import Image, ImageDraw

from service.demo.drawing.bicycles import speckled
from service.demo.drawing.panels import Panel
from service.demo.drawing.signs import plate
from service.demo.drawing.solids import Thing
from service.demo.drawing.space import Color, Point, Vector, add, scale, subtract, turned
from service.demo.drawing.textures import clouds, grain, mixed, textured

LENGTH, HEIGHT, HALF = 3.9, 1.86, 0.81
WAIST = 1.0  # height of the edge between body and windows
SILL = 0.26
LEAN = 0.1  # how far the windows lean inward at the roof
BEVEL = 0.07  # the narrow face between side and back
BACK_SLOPE = 0.14
HOOD = 0.95
FULL_HEIGHT_SHARE = (HEIGHT - WAIST) / HEIGHT

Corners = tuple[Vector, Vector, Vector, Vector]


@dataclass(frozen=True, slots=True)
class _Frame:
    """The van's own axes: x to its right, z from its rear to its front."""

    rear: Vector
    yaw: float

    def at(self, x: float, y: float, z: float) -> Vector:
        return add(self.rear, turned((x, 0.0, z), self.yaw), (0.0, y, 0.0))


def van(random: Random, rear: Vector, yaw: float, color: Color, number: str) -> tuple[Thing, Panel]:
    """A van standing with the middle of its rear at `rear`, and its number plate for masking."""
    frame = _Frame(rear, yaw)
    at = frame.at
    low = (at(-HALF, 0.34, 0.05), at(HALF, 0.34, 0.05), at(HALF, 0, 0.1), at(-HALF, 0, 0.1))
    tag = Panel(at(-0.22, 0.78, -0.012), scale(turned((1, 0, 0), yaw), 0.44), (0.0, -0.14, 0.0), plate(number))
    tag.brightness = 1.05
    side = _side(random, color)
    panels = [
        _quad(low, (16, 16, 18)),
        *_flank(frame, -1, side, color),
        *_flank(frame, 1, side, color),
        _roof(frame, random, color),
        *_rear(frame, _back(random, color)),
        tag,
    ]
    body = [at(x * HALF, y, z) for x in (-1, 1) for y in (SILL, WAIST + 0.1) for z in (0, LENGTH)]
    cabin = [at(x * (HALF - LEAN), HEIGHT, z) for x in (-1, 1) for z in (BACK_SLOPE, LENGTH - HOOD)]
    return Thing(at(0, 0.9, LENGTH / 2), panels, (*body, *cabin)), tag


def _quad(corners: Corners, texture: Image.Image | Color) -> Panel:
    """A panel from its corners: top left, top right, bottom right, bottom left."""
    first, second, third, fourth = corners
    return Panel(first, subtract(second, first), subtract(fourth, first), texture, corner=third)


def _roof(frame: _Frame, random: Random, color: Color) -> Panel:
    metal = Image.new("RGB", (200, 400), mixed(color, (255, 255, 255), 0.25))
    half, front = HALF - LEAN, LENGTH - HOOD
    near, far = BACK_SLOPE, front
    at = frame.at
    corners = (at(-half, HEIGHT, far), at(half, HEIGHT, far), at(half, HEIGHT, near), at(-half, HEIGHT, near))
    return _quad(corners, textured(metal, clouds(random, metal.size, 60, 8)))


def _rear(frame: _Frame, picture: Image.Image) -> list[Panel]:
    """The back below and above the waist."""
    at, edge = frame.at, HALF - BEVEL
    top = edge - LEAN
    split = round(picture.height * FULL_HEIGHT_SHARE)
    lower = picture.crop((0, split, picture.width, picture.height))
    upper = picture.crop((0, 0, picture.width, split))
    waist_left, waist_right = at(-edge, WAIST, 0), at(edge, WAIST, 0)
    roof_left, roof_right = at(-top, HEIGHT, BACK_SLOPE), at(top, HEIGHT, BACK_SLOPE)
    return [
        _quad((waist_left, waist_right, at(edge, 0, 0), at(-edge, 0, 0)), lower),
        _quad((roof_left, roof_right, waist_right, waist_left), upper),
    ]


def _flank(frame: _Frame, sign: int, picture: Image.Image, color: Color) -> list[Panel]:
    """One long side, right (1) or left (-1): below and above the waist, and its bevel toward the back."""
    if sign < 0:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    split = round(picture.height * FULL_HEIGHT_SHARE)

    def at(x: float, y: float, z: float) -> Vector:
        return frame.at(sign * x, y, z)

    def face(corners: Corners, texture: Image.Image | Color) -> Panel:
        first, second, third, fourth = corners
        return _quad(corners if sign > 0 else (second, first, fourth, third), texture)

    top = HALF - LEAN
    waist, waist_front = at(HALF, WAIST, BEVEL), at(HALF, WAIST, LENGTH)
    roof, roof_front = at(top, HEIGHT, BACK_SLOPE + BEVEL), at(top, HEIGHT, LENGTH)
    inner_waist, inner_roof = at(HALF - BEVEL, WAIST, 0), at(top - BEVEL, HEIGHT, BACK_SLOPE)
    sill, inner_sill = at(HALF, SILL, BEVEL), at(HALF - BEVEL, SILL, 0)
    lower = picture.crop((0, split, picture.width, picture.height))
    return [
        face((waist, waist_front, at(HALF, 0, LENGTH), at(HALF, 0, BEVEL)), lower),
        face((roof, roof_front, waist_front, waist), picture.crop((0, 0, picture.width, split))),
        face((inner_waist, waist, sill, inner_sill), mixed(color, (0, 0, 0), 0.12)),
        face((inner_roof, roof, waist, inner_waist), mixed(color, (0, 0, 0), 0.2)),
    ]


def _side(random: Random, color: Color) -> Image.Image:
    """The right side from the rear (left in the picture) to the front, transparent where there is no van."""
    width, height = 1170, 558  # 300 pixels a meter
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    dark, light = mixed(color, (0, 0, 0), 0.3), mixed(color, (255, 255, 255), 0.25)
    outline: list[Point] = [(0, 4), (850, 4), (905, 20), (1050, 250), (1150, 300), (1168, 400), (1162, 480), (0, 486)]
    draw.polygon(outline, fill=(*color, 255))
    draw.rectangle((0, 0, 860, 20), fill=(*light, 255))
    draw.polygon([(0, 262), (1052, 262), (1052, 276), (0, 276)], fill=(*light, 255))
    draw.polygon([(0, 400), (1164, 400), (1164, 480), (0, 486)], fill=(*dark, 255))
    for left, right in ((30, 330), (360, 640)):
        draw.rounded_rectangle((left, 50, right, 228), radius=18, fill=(34, 42, 50, 255))
        draw.polygon([(left + 40, 52), (left + 120, 52), (left + 60, 226), (left + 6, 226)], fill=(70, 84, 96, 255))
    draw.polygon([(668, 50), (856, 50), (1000, 228), (668, 228)], fill=(34, 42, 50, 255))
    draw.polygon([(700, 52), (770, 52), (720, 226), (676, 226)], fill=(70, 84, 96, 255))
    for x in (344, 654):
        draw.line((x, 40, x, 470), fill=(*mixed(color, (0, 0, 0), 0.5), 255), width=4)
    draw.line((10, 300, 640, 300), fill=(*dark, 255), width=5)
    for x in (580, 700):
        draw.rounded_rectangle((x, 316, x + 54, 330), radius=6, fill=(*dark, 255))
    draw.rounded_rectangle((0, 300, 16, 400), radius=4, fill=(186, 24, 22, 255))
    for x in (210, 960):
        draw.pieslice((x - 122, 352, x + 122, 596), 180, 360, fill=(14, 14, 16, 255))
        for radius, fill in ((98, (22, 22, 24)), (62, (150, 152, 156)), (50, (96, 98, 102)), (18, (40, 40, 42))):
            draw.ellipse((x - radius, 458 - radius, x + radius, 458 + radius), fill=(*fill, 255))
    return speckled(
        image, _paint_sheen((width, height)), grain(random, (width, height), 5), clouds(random, (width, height), 200, 8)
    )


def _back(random: Random, color: Color) -> Image.Image:
    width, height = 444, 558
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    dark = mixed(color, (0, 0, 0), 0.3)
    draw.rounded_rectangle((0, 0, width, 500), radius=16, fill=(*color, 255))
    draw.rounded_rectangle((34, 44, width - 34, 222), radius=24, fill=(30, 38, 46, 255))
    draw.polygon([(80, 46), (170, 46), (110, 220), (44, 220)], fill=(66, 80, 92, 255))
    draw.rounded_rectangle((196, 226, 248, 238), radius=4, fill=(30, 30, 32, 255))
    draw.rectangle((30, 258, width - 30, 262), fill=(*dark, 255))
    for x in (4, width - 56):
        draw.rounded_rectangle((x, 236, x + 52, 372), radius=10, fill=(176, 20, 20, 255))
        draw.rectangle((x + 6, 284, x + 46, 312), fill=(240, 150, 40, 255))
        draw.rectangle((x + 6, 318, x + 46, 340), fill=(232, 232, 228, 255))
    draw.rounded_rectangle((140, 304, 304, 376), radius=8, fill=(*dark, 255))
    draw.rounded_rectangle((-10, 404, width + 10, 486), radius=20, fill=(62, 64, 68, 255))
    draw.rectangle((20, 420, width - 20, 428), fill=(96, 98, 102, 255))
    for x in (26, width - 92):
        draw.rectangle((x, 470, x + 66, 556), fill=(20, 20, 22, 255))
    draw.rectangle((100, 480, width - 100, 500), fill=(14, 14, 16, 255))
    return speckled(image, _paint_sheen((width, height)), grain(random, (width, height), 5))


def _paint_sheen(size: tuple[int, int]) -> Image.Image:
    """What painted metal shows of sky and ground: bright above, brightest at the shoulder, dark below."""
    column = Image.new("L", (1, 9))
    column.putdata([140, 134, 130, 128, 152, 138, 122, 104, 92])
    return column.resize(size, Image.Resampling.BICUBIC)
