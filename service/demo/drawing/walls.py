"""Places seen head-on: a fire shutter with goods beneath it, and a hydrant cabinet behind cartons."""

from random import Random

from PIL import Image, ImageDraw

from service.demo.drawing import signs
from service.demo.drawing.characters import draw_characters
from service.demo.drawing.panels import Lighting, Panel
from service.demo.drawing.rooms import Room, build_room
from service.demo.drawing.scene import Scene, handheld
from service.demo.drawing.solids import Thing, carton, cuboid, sack, stack, upright
from service.demo.drawing.space import Color
from service.demo.drawing.textures import mixed, plaster, steel


def shutter(random: Random, clutter: Random, size: tuple[int, int]) -> Scene:
    """A fire shutter between two parts of a mall, with goods standing where it comes down."""
    line = random.uniform(4.0, 4.4)
    room = build_room(random, (2.5, 3.1, 9.0), [(x, z) for z in (-1.4, 2.2, 6.6) for x in (-1.1, 1.1)], 0.72)
    half = room.half
    zone = Panel(
        (0.45 - half, 0.004, line + 0.55), (2 * half - 0.9, 0, 0), (0, 0, -1.1), _hatching(), light_grid=(12, 4)
    )
    shops = [room.on_left(z, 2.4, (1.6, 2.2), _shop_window(random)) for z in (5.4, 7.2)]
    words = signs.notice(random, "KEEP CLEAR", ("Mall desk", "13900000062"))
    paper = Panel((half - 0.36, 1.75, line - 0.17), (0.3, 0, 0), (0, -0.4, 0), words)
    return Scene(
        handheld(random, size, aside=0.3, pitch=-0.04),
        Lighting((0.52, 0.52, 0.52), lamps=room.lamps),
        [room.floor, zone],
        room.walls,
        things=[*_frame(random, room, line), Thing((0, 2.7, line - 0.3), [paper])],
        obstacles=_goods(clutter, line),
        fittings=[*room.tubes, room.exit_sign(0, 2.7, 0.35), *shops],
        maskable={"notice": paper.part()}
        | {f"shop {number}": shop.part(0, 0, 1, 0.17) for number, shop in enumerate(shops)},
        gloss=0.3,
        warmth=(1.0, 1.0, 0.98),
    )


def _frame(random: Random, room: Room, line: float) -> list[Thing]:
    """The columns, the housing with its sign, and the lowest part of the curtain."""
    half, height = room.half, room.height
    pale: Color = (198, 194, 184)
    curtain = Panel((0.4 - half, 2.6, line), (2 * half - 0.8, 0, 0), (0, -0.62, 0), _slats(random), light_grid=(16, 4))
    title = Panel((-0.95, 2.94, line - 0.16), (1.9, 0, 0), (0, -0.3, 0), _title(), light_grid=(6, 2))
    casing = plaster(random, (500, 60), (206, 206, 202))
    housing = cuboid((0, 2.55, line + 0.12), (2 * half, height - 2.55, 0.5), casing, grid=(14, 4))
    columns = [
        cuboid((x, 0, line + 0.1), (0.44, 2.56, 0.5), plaster(random, (60, 300), pale, 10), grid=(4, 12))
        for x in (0.22 - half, half - 0.22)
    ]
    return [*columns, housing, Thing((0, 2.3, line), [curtain]), Thing((0, 2.7, line - 0.2), [title])]


def _title() -> Image.Image:
    image = Image.new("RGB", (760, 120), (196, 24, 28))
    draw = ImageDraw.Draw(image)
    signs.centered(draw, (230, 62), "FIRE SHUTTER", 52, signs.WHITE)
    draw_characters(draw, "禁止占用", (450, 28), 64, signs.WHITE)
    return image


def _hatching() -> Image.Image:
    image = Image.new("RGBA", (820, 220), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    for left in range(-220, 820, 56):
        draw.line((left, 220, left + 220, 0), fill=(226, 186, 30, 235), width=14)
    draw.rectangle((0, 0, 819, 219), outline=(226, 186, 30, 255), width=14)
    return image


def _slats(random: Random) -> Image.Image:
    image = steel(random, (800, 124), (168, 172, 176))
    draw = ImageDraw.Draw(image)
    for top in range(0, 110, 14):
        draw.line((0, top, 800, top), fill=(110, 114, 118), width=3)
        draw.line((0, top + 5, 800, top + 5), fill=(206, 208, 212), width=2)
    draw.rectangle((0, 108, 800, 124), fill=(86, 88, 92))
    return image


def _shop_window(random: Random) -> Image.Image:
    image = Image.new("RGB", (320, 440), (70, 82, 90))
    draw = ImageDraw.Draw(image)
    for _ in range(16):
        left, top = random.randrange(10, 280), random.randrange(150, 400)
        color: Color = random.choice(((206, 160, 120), (150, 90, 90), (196, 200, 206), (90, 120, 150)))
        draw.rectangle((left, top, left + random.randint(14, 44), top + random.randint(20, 60)), fill=color)
    draw.rectangle((0, 0, 320, 70), fill=random.choice(((120, 40, 60), (40, 84, 120), (60, 110, 80))))
    signs.centered(draw, (160, 36), "SAMPLE SHOP", 34, signs.WHITE)
    draw.polygon([(60, 74), (150, 74), (60, 436), (0, 436)], fill=(112, 124, 132))
    draw.rectangle((0, 0, 319, 439), outline=(200, 200, 198), width=8)
    return image


def _goods(random: Random, line: float) -> list[Thing]:
    """A loaded rack, cartons and sacks on the hatched strip."""
    things = _rack(random, -1.15, line)
    for x, heights in ((0.05, (0.5, 0.44, 0.4)), (0.62, (0.46, 0.4)), (1.3, (0.55, 0.42, 0.34))):
        sizes = [(random.uniform(0.46, 0.56), tall, 0.5) for tall in heights]
        things += stack(random, (x, 0, line - random.uniform(0.0, 0.3)), sizes, random.uniform(-0.2, 0.2))
    things.append(sack(random, (0.4, 0, line - 0.75), 0.5, 0.6, 0.0))
    things.append(carton(random, (-0.4, 0, line - 0.7), (0.5, 0.36, 0.4), 0.3))
    return things


def _rack(random: Random, x: float, z: float) -> list[Thing]:
    things: list[Thing] = []
    metal = steel(random, (60, 200), (52, 86, 140))
    for side in (-0.6, 0.6):
        for depth in (-0.22, 0.22):
            things.append(cuboid((x + side, 0, z + depth), (0.05, 1.85, 0.05), metal))
    for level in (0.12, 0.72, 1.32):
        things.append(cuboid((x, level, z), (1.25, 0.04, 0.5), steel(random, (200, 30), (196, 110, 40))))
        for offset in (-0.4, 0.0, 0.4):
            if random.random() < 0.9:
                box = random.uniform(0.32, 0.38), random.uniform(0.28, 0.46), 0.4
                things.append(carton(random, (x + offset, level + 0.04, z), box, random.uniform(-0.08, 0.08)))
    return things


def hydrant(random: Random, clutter: Random, size: tuple[int, int]) -> Scene:
    """A hydrant cabinet on a wall, with cartons, a sack and a mop before it."""
    room = build_room(random, (2.3, 2.8, random.uniform(3.5, 3.8)), [(0.2, 1.5), (0, -2.0)], 1.05)
    x, end = random.uniform(-0.25, 0.1), room.end
    words = signs.notice(random, "CHECKED", ("Worker B", "13900000019"))
    paper = room.on_back(x - 0.92, 1.72, (0.36, 0.48), words)
    obstacles: list[Thing] = []
    for offset, near, heights in ((-0.3, 0.5, (0.5, 0.42, 0.34)), (0.26, 0.56, (0.46, 0.4)), (0.75, 0.7, (0.42, 0.36))):
        sizes = [(clutter.uniform(0.46, 0.58), tall, 0.42) for tall in heights]
        obstacles += stack(clutter, (x + offset, 0, end - near), sizes, clutter.uniform(-0.2, 0.2))
    obstacles.append(sack(clutter, (x - 0.05, 0, end - 1.05), 0.5, 0.6, 0.1))
    obstacles.append(_mop((x - 0.72, end - 0.12)))
    return Scene(
        handheld(random, size, aside=0.25, pitch=-0.2, yaw=-0.02),
        Lighting((0.56, 0.56, 0.55), lamps=room.lamps),
        [room.floor],
        room.walls,
        things=_fire_fittings(random, room, x),
        obstacles=obstacles,
        shaded=[room.back],
        fittings=[room.on_back(x, 1.92, (0.7, 0.25), signs.hydrant_sign()), paper],
        maskable={"notice": paper.part()},
        gloss=0.2,
        warmth=(1.02, 1.0, 0.95),
    )


def _fire_fittings(random: Random, room: Room, x: float) -> list[Thing]:
    """The cabinet, a box of extinguishers beside it, and the riser."""
    red: Color = (178, 26, 28)
    door, box = _cabinet(random), _extinguisher_box()
    riser = steel(random, (40, 400), (176, 30, 30))
    return [
        cuboid((x, 0.55, room.end - 0.1), (0.75, 1.0, 0.2), lambda side: door if side == "front" else red, grid=(5, 6)),
        cuboid((x + 0.85, 0, room.end - 0.14), (0.5, 0.55, 0.26), lambda side: box if side == "front" else red),
        cuboid((room.half - 0.35, 0, room.end - 0.12), (0.11, room.height, 0.11), riser, grid=(2, 12)),
    ]


def _cabinet(random: Random) -> Image.Image:
    image = steel(random, (300, 400), (186, 26, 28))
    draw = ImageDraw.Draw(image)
    draw.rectangle((28, 28, 272, 372), fill=(70, 76, 78), outline=(120, 14, 16), width=6)
    for radius, color in (
        (92, (150, 40, 36)),
        (78, (196, 186, 168)),
        (62, (170, 160, 142)),
        (46, (196, 186, 168)),
        (24, (60, 60, 60)),
    ):
        draw.ellipse(
            (150 - radius, 180 - radius, 150 + radius, 180 + radius), fill=color, outline=(90, 84, 76), width=2
        )
    draw.line([(212, 216), (216, 330), (120, 338)], fill=(196, 186, 168), width=14)
    draw.polygon([(40, 34), (120, 34), (62, 366), (36, 366)], fill=mixed((70, 76, 78), (255, 255, 255), 0.18))
    draw_characters(draw, "消火栓", (86, 300), 42, (236, 60, 50))
    draw.rectangle((264, 190, 280, 226), fill=(214, 214, 208))
    return image


def _extinguisher_box() -> Image.Image:
    image = Image.new("RGB", (200, 220), (184, 28, 30))
    draw = ImageDraw.Draw(image)
    draw.rectangle((10, 10, 190, 210), outline=(120, 14, 16), width=5)
    signs.centered(draw, (100, 96), "FIRE", 44, signs.WHITE)
    signs.centered(draw, (100, 140), "EXTINGUISHER", 22, signs.WHITE)
    return image


def _mop(place: tuple[float, float]) -> Thing:
    image = Image.new("RGBA", (120, 600), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    draw.line((84, 6, 52, 500), fill=(196, 160, 110, 255), width=11)
    draw.line((88, 6, 56, 500), fill=(226, 196, 150, 255), width=4)
    for left in range(6, 112, 9):
        draw.line((54, 488, left, 596), fill=(206, 204, 196, 255) if left % 2 else (170, 168, 162, 255), width=9)
    x, z = place
    panel = upright(image, (x, 0, z), 0.28, 1.35)
    return Thing((x, 0.7, z), [panel], ((x - 0.1, 0, z - 0.05), (x + 0.1, 0, z - 0.05), (x, 1.3, z)))
