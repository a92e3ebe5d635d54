"""Windows seen from the pavement, and the bars before them."""

from random import Random

from PIL import Image, ImageDraw

from service.demo.drawing import signs
from service.demo.drawing.panels import Lighting, Panel, Sun
from service.demo.drawing.scene import Scene, handheld
from service.demo.drawing.solids import Thing, cuboid
from service.demo.drawing.space import Color, Vector, length, normalize
from service.demo.drawing.streets import sky
from service.demo.drawing.textures import bricks, clouds, mixed, paving, plaster, textured

WALL = 4.6  # meters ahead of the photographer


PLACES = tuple((x, top) for x in (-1.05, 1.05) for top in (2.35, 5.0))
"""The upper edges of the windows' middles."""


def window_bars(random: Random, clutter: Random, size: tuple[int, int]) -> Scene:
    """The windows of two floors behind steel cages."""
    scene = facade(random, size)
    scene.obstacles = [_cage(clutter, x, top) for x, top in PLACES]
    return scene


def facade(random: Random, size: tuple[int, int]) -> Scene:
    """A wall with the windows of two floors, and nothing in their way."""
    color: Color = random.choice(((176, 128, 102), (188, 176, 156), (164, 146, 128)))
    texture = bricks(random, (1100, 1000), color, mixed(color, (255, 255, 255), 0.3), 12)
    wall = Panel((-5, 7.4, WALL), (10, 0, 0), (0, -8.4, 0), texture, light_grid=(12, 12))
    sun = Sun(normalize((random.choice((-0.6, 0.6)), 0.75, -0.7)), (0.66, 0.62, 0.54))
    windows = [Panel((x - 0.75, top, WALL - 0.02), (1.5, 0, 0), (0, -1.5, 0), _window(random)) for x, top in PLACES]
    words = signs.hand_written(random, ("FOR RENT", "1390000", "0073"))
    mark = Panel((-0.32, 0.72, WALL - 0.015), (0.64, 0, 0), (0, -0.5, 0), words)
    pavement = paving(random, (960, 432), (150, 144, 136))
    return Scene(
        handheld(random, size, aside=0.4, pitch=0.26),
        Lighting((0.5, 0.52, 0.55), (0.14, 0.16, 0.2), sun=sun),
        [Panel((-6, 0, WALL), (12, 0, 0), (0, 0, -5.4), pavement, light_grid=(10, 8))],
        [Panel((-30, 34, 30), (60, 0, 0), (0, -34, 0), sky(random), glows=True), wall],
        things=_wall_things(random),
        shaded=[wall, *windows],
        fittings=[*windows, mark],
        maskable={"notice": mark.part()},
        warmth=(1.02, 1.0, 0.97),
        backdrop_color=(150, 170, 190),
    )


def _wall_things(random: Random) -> list[Thing]:
    """The ledge between the floors and an air conditioner."""
    stone = plaster(random, (600, 20), (198, 194, 186))
    front = _air_unit(random)
    white: Color = (206, 206, 200)
    place: Vector = (random.choice((-2.35, 2.3)), 1.9, WALL - 0.25)
    return [
        cuboid((0, 2.72, WALL - 0.16), (10, 0.16, 0.32), stone, grid=(10, 2)),
        cuboid(place, (0.85, 0.6, 0.36), lambda side: front if side == "front" else white),
    ]


def _window(random: Random) -> Image.Image:
    glass: Color = random.choice(((62, 78, 90), (74, 88, 98)))
    image = Image.new("RGB", (360, 360), glass)
    draw = ImageDraw.Draw(image)
    curtain: Color = random.choice(((186, 170, 150), (150, 166, 178), (190, 150, 140)))
    draw.rectangle((0, 0, 96, 360), fill=mixed(curtain, glass, 0.35))
    for x in range(10, 96, 16):
        draw.line((x, 0, x, 360), fill=mixed(curtain, (0, 0, 0), 0.35), width=3)
    draw.polygon([(200, 0), (300, 0), (190, 360), (120, 360)], fill=mixed(glass, (255, 255, 255), 0.22))
    for box in ((0, 0, 360, 14), (0, 346, 360, 360), (0, 0, 14, 360), (346, 0, 360, 360), (174, 0, 188, 360)):
        draw.rectangle(box, fill=(220, 222, 220))
    return image


def _cage(random: Random, x: float, top: float) -> Thing:
    """Bars in front of, beside, above and below a window."""
    color: Color = random.choice(((128, 132, 134), (120, 96, 80)))
    wide, high, out = 1.7, 1.75, 0.45
    left, near, upper = x - wide / 2, WALL - out, top + 0.12

    def grid(origin: Vector, across: Vector, down: Vector, brightness: float) -> Panel:
        bars = _bars(color, length(across), length(down))
        return Panel(origin, across, down, bars, from_both_sides=True, brightness=brightness)

    panels = [
        grid((left, upper, near), (0, 0, out), (0, -high, 0), 0.75),
        grid((left + wide, upper, near), (0, 0, out), (0, -high, 0), 0.75),
        grid((left, upper, WALL), (wide, 0, 0), (0, 0, -out), 0.8),
        grid((left, upper - high, WALL), (wide, 0, 0), (0, 0, -out), 0.6),
        grid((left, upper, near), (wide, 0, 0), (0, -high, 0), 1.0),
    ]
    outline = tuple(
        (left + a * wide, upper - b * high, WALL - c * out) for a in (0, 1) for b in (0, 1) for c in (0.2, 1)
    )
    return Thing((x, top - 0.7, near), panels, outline)


def _bars(color: Color, width: float, height: float) -> Image.Image:
    image = Image.new("RGBA", (round(width * 240), round(height * 240)), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    dark, light = (*mixed(color, (0, 0, 0), 0.25), 255), (*mixed(color, (255, 255, 255), 0.3), 255)
    for left in range(2, image.width, 27):
        draw.line((left, 0, left, image.height), fill=dark, width=7)
        draw.line((left - 1, 0, left - 1, image.height), fill=light, width=2)
    for top in (4, image.height // 3, image.height * 2 // 3, image.height - 6):
        draw.line((0, top, image.width, top), fill=(*mixed(color, (0, 0, 0), 0.1), 255), width=10)
    return image


def _air_unit(random: Random) -> Image.Image:
    image = Image.new("RGB", (255, 180), (212, 212, 206))
    draw = ImageDraw.Draw(image)
    for radius in (78, 62, 46, 30, 14):
        draw.ellipse((100 - radius, 90 - radius, 100 + radius, 90 + radius), outline=(120, 122, 120), width=4)
    for x in range(192, 244, 8):
        draw.line((x, 20, x, 160), fill=(150, 152, 150), width=3)
    return textured(image, clouds(random, image.size, 30, 16))
