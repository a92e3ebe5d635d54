"""A staircase between two floors, seen from the lower landing."""

from random import Random

from PIL import Image, ImageDraw

from service.demo.drawing import signs
from service.demo.drawing.panels import Lamp, Lighting, Panel
from service.demo.drawing.rooms import LOWER_WALLS, UPPER_WALL, tube
from service.demo.drawing.scene import Scene, handheld
from service.demo.drawing.solids import Thing, cuboid, sack, stack, upright
from service.demo.drawing.space import Color, Vector, add, subtract
from service.demo.drawing.textures import floor_tiles, grain, mixed, plaster, textured, two_tone_wall

RISE, RUN, STEPS = 0.165, 0.29, 10
FOOT = 2.9  # meters ahead of the photographer


def stair(random: Random, clutter: Random, size: tuple[int, int]) -> Scene:
    """One flight up to a landing with a window; cartons on the steps, a cabinet and a sack at their foot."""
    half, top = random.uniform(0.95, 1.1), RISE * STEPS
    end, ceiling = FOOT + RUN * STEPS + 1.5, RISE * STEPS + 2.45
    lower = random.choice(LOWER_WALLS)
    stone: Color = random.choice(((168, 164, 158), (178, 170, 156), (156, 158, 160)))
    treads, risers = _steps(random, half, stone)
    walls = _walls(random, half, end, ceiling, lower)
    window = Panel((-0.55, top + 2.05, end - 0.02), (1.1, 0, 0), (0, -1.15, 0), _window(random), glows=True)
    wall = two_tone_wall(random, (260, 300), UPPER_WALL, lower, 0.42)
    back = Panel((-half, ceiling, end), (2 * half, 0, 0), (0, top - ceiling, 0), wall, light_grid=(10, 12))
    wall_signs, paper = _signs(random, half)
    far_first = [panel for pair in zip(treads[::-1], risers[::-1], strict=True) for panel in pair]
    lamps = (Lamp((0, 2.7, 1.2), (1.25, 1.22, 1.14)), Lamp((0, ceiling - 0.3, end - 0.6), (1.1, 1.12, 1.15)))
    return Scene(
        handheld(random, size, aside=0.15, pitch=-0.12),
        Lighting((0.48, 0.48, 0.47), lamps=lamps),
        [_floor(random, half, stone)],
        [*walls, back, window, *far_first],
        things=[_rail(half)],
        obstacles=_clutter(clutter, half),
        shaded=[*treads, walls[1]],
        fittings=[tube((0, 2.95, 1.6)), *wall_signs, paper],
        maskable={"notice": paper.part()},
        gloss=0.14,
        warmth=(1.02, 1.0, 0.96),
        backdrop_color=(90, 88, 84),
    )


def _floor(random: Random, half: float, stone: Color) -> Panel:
    depth = FOOT + 0.8
    size = round(2 * half * 200), round(depth * 200)
    tiles = floor_tiles(random, size, 120, stone, mixed(stone, (60, 56, 50), 0.6))
    near: Vector = (0, 0, -depth)
    return Panel((-half, 0, FOOT + 0.02), (2 * half, 0, 0), near, tiles, light_grid=(12, 16), edge_darkness=0.25)


def _signs(random: Random, half: float) -> tuple[list[Panel], Panel]:
    """The way sign and the number of the storey, and a notice with a telephone number."""
    way = Panel((half - 0.015, 2.35, FOOT + 0.75), (0, 0, -0.72), (0, -0.33, 0), signs.way_sign(), glows=True)
    storey = Panel((0.015 - half, 2.2, 2.6), (0, 0, 0.55), (0, -0.46, 0), _storey(random.choice((2, 3, 4))))
    words = signs.notice(random, "KEEP CLEAR", ("Property desk", "13900000041"))
    return [way, storey], Panel((half - 0.015, 1.86, 2.85), (0, 0, -0.42), (0, -0.54, 0), words)


def _steps(random: Random, half: float, stone: Color) -> tuple[list[Panel], list[Panel]]:
    treads, risers = [], []
    for number in range(STEPS):
        height, near = RISE * (number + 1), FOOT + RUN * number
        surface = plaster(random, (300, 50), stone, 10)
        draw = ImageDraw.Draw(surface)
        draw.rectangle((0, 38, 300, 44), fill=mixed(stone, (40, 38, 34), 0.55))
        draw.rectangle((0, 28, 300, 32), fill=mixed(stone, (40, 38, 34), 0.4))
        depth = RUN if number < STEPS - 1 else 1.8
        treads.append(
            Panel((-half, height, near + depth), (2 * half, 0, 0), (0, 0, -depth), surface, light_grid=(10, 3))
        )
        front = plaster(random, (300, 30), mixed(stone, (0, 0, 0), 0.14), 8)
        risers.append(
            Panel((-half, height, near), (2 * half, 0, 0), (0, -RISE, 0), front, light_grid=(10, 3), edge_darkness=0.12)
        )
    return treads, risers


def _walls(random: Random, half: float, end: float, ceiling: float, lower: Color) -> list[Panel]:
    """Ceiling and both side walls; the painted part of the walls climbs with the steps."""
    start = -0.8
    length = end - start

    def wall(rises_right: bool) -> Image.Image:
        size = round(length * 180), round(ceiling * 180)
        image = Image.new("RGB", size, UPPER_WALL)
        draw = ImageDraw.Draw(image)
        line = [(-0.8, 1.15), (FOOT - 0.1, 1.15), (FOOT + RUN * STEPS, 1.15 + RISE * STEPS), (end, 1.15 + RISE * STEPS)]
        points = [((z - start) * 180, size[1] - y * 180) for z, y in line]
        draw.polygon([*points, (size[0], size[1]), (0, size[1])], fill=lower)
        draw.line(points, fill=mixed(lower, (0, 0, 0), 0.35), width=6)
        image = image.reduce(2)
        image = textured(image, grain(random, image.size, 6))
        return image if rises_right else image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)

    left = Panel(
        (-half, ceiling, start), (0, 0, length), (0, -ceiling, 0), wall(True), light_grid=(24, 20), edge_darkness=0.2
    )
    right = Panel(
        (half, ceiling, end), (0, 0, -length), (0, -ceiling, 0), wall(False), light_grid=(24, 20), edge_darkness=0.2
    )
    slab = Panel((-half, 2.96, start), (2 * half, 0, 0), (0, 0, 2.3 - start), (214, 212, 204), light_grid=(8, 12))
    upper = Panel((-half, ceiling, 2.3), (2 * half, 0, 0), (0, 0, end - 2.3), (214, 212, 204), light_grid=(8, 10))
    drop = Panel((-half, ceiling, 2.3), (2 * half, 0, 0), (0, 2.96 - ceiling, 0), (206, 204, 196), light_grid=(6, 4))
    return [upper, right, left, drop, slab]


def _window(random: Random) -> Image.Image:
    image = (
        Image.linear_gradient("L").resize((330, 345)).point([236 - value // 6 for value in range(256)]).convert("RGB")
    )
    draw = ImageDraw.Draw(image)
    for left in range(0, 330, 46):
        top = random.randint(190, 260)
        draw.rectangle((left, top, left + 40, 345), fill=(176, 180, 186))
    for x in (0, 160, 322):
        draw.rectangle((x, 0, x + 10, 345), fill=(92, 98, 100))
    for y in (0, 120, 336):
        draw.rectangle((0, y, 330, y + 9), fill=(92, 98, 100))
    return image.point([round(value * 0.72) for value in range(256)] * 3)


def _storey(number: int) -> Image.Image:
    image = Image.new("RGB", (200, 168), (30, 84, 150))
    signs.centered(ImageDraw.Draw(image), (100, 84), f"{number}F", 110, (244, 246, 248))
    return image


def _rail(half: float) -> Thing:
    """A steel handrail with balusters on the left side, following the steps."""
    size = (900, 620)
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    rise, run = RISE * STEPS, RUN * STEPS
    height = rise + 1.0

    def at(along: float, up: float) -> tuple[float, float]:
        return along / run * 880 + 8, 612 - up / height * 604

    for step in range(STEPS + 1):
        foot, head = at(step * RUN, step * RISE), at(step * RUN, step * RISE + 0.92)
        draw.line((*foot, *head), fill=(118, 122, 126, 255), width=9)
        draw.line((foot[0] - 2, foot[1], head[0] - 2, head[1]), fill=(188, 192, 196, 255), width=3)
    draw.line((*at(0, 0.92), *at(run, rise + 0.92)), fill=(96, 60, 40, 255), width=22)
    draw.line((*at(0, 0.95), *at(run, rise + 0.95)), fill=(156, 108, 76, 255), width=6)
    corner: Vector = (-half + 0.07, height, FOOT)
    panel = Panel(corner, (0, 0, run), (0, -height, 0), image, from_both_sides=True)
    return Thing((-half + 0.07, 1.0, FOOT + run / 2 + 0.9), [panel])


def _clutter(random: Random, half: float) -> list[Thing]:
    """Cartons and sacks up the right side of the steps, more at the foot."""
    things: list[Thing] = []

    def step(number: int, x: float) -> Vector:
        return x, RISE * number, FOOT + RUN * (number - 0.5)

    for number, x in ((2, half - 0.36), (5, half - 0.4), (7, half - 0.42)):
        sizes = [(random.uniform(0.44, 0.56), random.uniform(0.3, 0.42), 0.27) for _ in range(2)]
        things += stack(random, step(number, x), sizes, random.uniform(-0.05, 0.05))
    things += stack(random, step(4, -0.05), [(0.42, 0.34, 0.27)], random.uniform(-0.1, 0.1))
    doors, wood = _cabinet(random), plaster(random, (120, 200), (126, 88, 58), 14)
    cabinet = cuboid(
        (half - 0.42, 0, FOOT - 0.42),
        (0.6, 0.92, 0.42),
        lambda side: doors if side == "front" else wood,
        -0.06,
    )
    things.append(cabinet)
    things += stack(random, (half - 0.42, 0.92, FOOT - 0.42), [(0.46, 0.3, 0.36)], 0.1)
    things.append(sack(random, (-0.1, 0, FOOT - 0.3), 0.5, 0.62, 0.1))
    things.append(_bucket((0.2, 0, FOOT - 0.7)))
    return things


def _cabinet(random: Random) -> Image.Image:
    image = plaster(random, (180, 276), (132, 92, 60), 16)
    draw = ImageDraw.Draw(image)
    for left, right in ((8, 86), (94, 172)):
        draw.rectangle((left, 10, right, 264), outline=(84, 56, 34), width=5)
    for x in (80, 98):
        draw.ellipse((x - 5, 128, x + 5, 138), fill=(206, 190, 140))
    return image


def _bucket(foot: Vector) -> Thing:
    image = Image.new("RGBA", (160, 170), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.polygon([(12, 30), (148, 30), (128, 164), (32, 164)], fill=(40, 108, 176, 255))
    draw.polygon([(24, 34), (56, 34), (60, 160), (40, 160)], fill=(96, 156, 214, 255))
    draw.ellipse((10, 12, 150, 48), fill=(24, 60, 104, 255), outline=(120, 176, 226, 255), width=6)
    panel = upright(image, foot, 0.32, 0.34)
    outline = tuple(add(foot, (x, y, z)) for x in (-0.13, 0.13) for y in (0, 0.3) for z in (-0.13, 0.13))
    center = subtract(foot, (0, -0.17, 0))
    return Thing(center, [panel], outline)
