"""Things on walls that must be seen and reached: a billboard over windows, a gas cabinet, a sign above an exit."""

from random import Random

from PIL import Image, ImageDraw

from service.demo.drawing import signs
from service.demo.drawing.panels import Lighting, Panel
from service.demo.drawing.rooms import build_room, double_door
from service.demo.drawing.scene import Scene, handheld
from service.demo.drawing.solids import Thing, cuboid, sack, stack
from service.demo.drawing.space import Color
from service.demo.drawing.textures import clouds, mixed, steel, textured
from service.demo.drawing.windows import WALL, facade

YELLOW: Color = (222, 176, 36)


def billboard(random: Random, clutter: Random, size: tuple[int, int]) -> Scene:
    """A shop's board and an advertisement over the windows of the upper floor."""
    scene = facade(random, size)
    colors: tuple[Color, ...] = ((150, 30, 34), (30, 84, 140), (36, 110, 70))
    ground = clutter.choice(colors)
    board = Panel((-2.1, 5.0, WALL - 0.3), (4.2, 0, 0), (0, -1.15, 0), signs.shop_board("演示市场", "FOOD", ground))
    advertisement = Panel((-2.1, 3.85, WALL - 0.3), (4.2, 0, 0), (0, -0.75, 0), _advertisement(clutter, ground))
    corners = tuple((x, y, WALL - z) for x in (-2.1, 2.1) for y in (3.1, 5.0) for z in (0.02, 0.3))
    scene.obstacles = [Thing((0, 4.0, WALL - 0.3), [board, advertisement], corners)]
    scene.maskable_obstacles = {"shop sign": board.part(), "advertisement": advertisement.part()}
    return scene


def _advertisement(random: Random, ground: Color) -> Image.Image:
    image = Image.new("RGB", (900, 160), mixed(ground, (255, 255, 255), 0.75))
    draw = ImageDraw.Draw(image)
    for left in range(30, 380, 120):
        bowl = mixed((196, 96, 40), (255, 255, 255), random.uniform(0, 0.4))
        draw.pieslice((left, 10, left + 104, 130), 0, 180, fill=bowl, outline=(90, 50, 30), width=4)
    signs.centered(draw, (640, 60), "NOODLES 24 H", 62, (120, 30, 30))
    signs.centered(draw, (640, 122), "13900000046", 34, (60, 60, 64))
    return image


def gas_cabinet(random: Random, clutter: Random, size: tuple[int, int]) -> Scene:
    """The cabinet of a gas regulator with its shut-off valve, behind cartons and sacks."""
    room = build_room(random, (2.3, 2.9, random.uniform(3.5, 3.8)), [(0.2, 1.5), (0, -2.0)], 1.05)
    x, end = random.uniform(-0.2, 0.1), room.end
    words = signs.notice(random, "GAS", ("Control room", "13900000033"))
    paper = room.on_back(x - 1.0, 1.75, (0.36, 0.48), words)
    door, pipe = _regulator(random), steel(random, (40, 400), YELLOW)
    obstacles: list[Thing] = []
    for offset, near, heights in ((-0.35, 0.55, (0.5, 0.42, 0.34)), (0.3, 0.6, (0.46, 0.4)), (0.8, 0.75, (0.42, 0.36))):
        sizes = [(clutter.uniform(0.46, 0.58), tall, 0.42) for tall in heights]
        obstacles += stack(clutter, (x + offset, 0, end - near), sizes, clutter.uniform(-0.2, 0.2))
    obstacles += [sack(clutter, (x + side, 0, end - 1.05), 0.5, 0.6, 0.1) for side in (-0.1, 0.45)]
    return Scene(
        handheld(random, size, aside=0.25, pitch=-0.18, yaw=-0.02),
        Lighting((0.56, 0.56, 0.55), lamps=room.lamps),
        [room.floor],
        room.walls,
        things=[
            cuboid(
                (x, 0.35, end - 0.14), (1.0, 1.1, 0.28), lambda side: door if side == "front" else YELLOW, grid=(6, 6)
            ),
            *(cuboid((x + at, 0, end - 0.1), (0.1, room.height, 0.1), pipe, grid=(2, 12)) for at in (0.75, 0.98)),
        ],
        obstacles=obstacles,
        shaded=[room.back],
        fittings=[room.on_back(x, 1.85, (0.9, 0.28), _no_smoking()), paper],
        maskable={"notice": paper.part()},
        gloss=0.16,
        warmth=(1.02, 1.0, 0.95),
    )


def _regulator(random: Random) -> Image.Image:
    image = steel(random, (400, 440), YELLOW)
    draw = ImageDraw.Draw(image)
    draw.rectangle((20, 20, 380, 420), outline=mixed(YELLOW, (0, 0, 0), 0.4), width=6)
    draw.line((200, 20, 200, 420), fill=mixed(YELLOW, (0, 0, 0), 0.4), width=5)
    for top in range(290, 400, 18):
        draw.line((50, top, 350, top), fill=mixed(YELLOW, (0, 0, 0), 0.5), width=6)
    draw.ellipse((150, 90, 250, 190), outline=(186, 30, 30), width=16)
    draw.line((200, 90, 200, 190), fill=(186, 30, 30), width=12)
    draw.line((150, 140, 250, 140), fill=(186, 30, 30), width=12)
    signs.centered(draw, (200, 245), "GAS  SHUT-OFF", 36, (150, 24, 24))
    return image


def _no_smoking() -> Image.Image:
    image = Image.new("RGB", (540, 168), (250, 248, 240))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 539, 167), outline=(196, 24, 28), width=10)
    draw.ellipse((34, 30, 142, 138), outline=(196, 24, 28), width=14)
    draw.line((52, 48, 124, 120), fill=(196, 24, 28), width=14)
    signs.centered(draw, (340, 62), "NO FIRE", 58, (196, 24, 28))
    signs.centered(draw, (340, 122), "KEEP CLEAR", 42, (40, 40, 44))
    return image


def exit_sign(random: Random, clutter: Random, size: tuple[int, int]) -> Scene:
    """The exit of a waiting hall whose sign is broken and dark."""
    room = build_room(random, (1.9, 3.0, random.uniform(3.3, 3.6)), [(0.1, 1.7)], 1.15)
    door = room.on_back(0, 2.2, (1.9, 2.2), double_door(random, (104, 112, 116)))
    words = signs.notice(random, "HALL", ("Duty desk", "13900000044"))
    paper = room.on_back(-1.16, 1.8, (0.3, 0.4), words, 0.02)
    width, height = 1.12, 0.5
    broken = Panel((-width / 2, 2.74, room.end - 0.08), (width, 0.05, 0), (0.02, -height, 0), _dark_sign(clutter))
    return Scene(
        handheld(random, size, aside=0.2, pitch=-0.02, yaw=0.02),
        Lighting((0.58, 0.58, 0.57), lamps=room.lamps),
        [room.floor],
        room.walls,
        obstacles=[Thing((0, 2.5, room.end - 0.08), [broken])],
        fittings=[*room.tubes, door, room.exit_sign(0, 2.7, 0.4), paper],
        maskable={"notice": paper.part()},
        gloss=0.24,
        warmth=(1.0, 1.0, 0.97),
    )


def _dark_sign(random: Random) -> Image.Image:
    """The sign without its light: a hole in the cover, cracks around it, a loose wire."""
    image = textured(unlit(signs.exit_sign(240)), clouds(random, (624, 240), 40, 14))
    draw = ImageDraw.Draw(image)
    x, y = random.randint(330, 420), random.randint(90, 130)
    hole = sorted((float(x + random.randint(-80, 80)), float(y + random.randint(-70, 70))) for _ in range(7))
    draw.polygon(hole, fill=(16, 18, 18))
    for _ in range(9):
        end = x + random.randint(-300, 300), y + random.randint(-140, 140)
        draw.line([(x, y), end], fill=(150, 160, 152), width=3)
    draw.line([(x, y), (x + 20, 180), (x + 60, 236)], fill=(180, 40, 36), width=6)
    return image


def unlit(image: Image.Image) -> Image.Image:
    """The picture as it looks when its lamp is out."""
    return image.point([round(value * 0.3 + 22) for value in range(256)] * 3)
