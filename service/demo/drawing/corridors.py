"""Indoor places that people walk through: a corridor, an exit door, an entrance hall with electric bicycles."""

from random import Random

from PIL import Image, ImageDraw

from service.demo.drawing import signs
from service.demo.drawing.bicycles import electric_bicycle
from service.demo.drawing.panels import Lighting, Panel
from service.demo.drawing.rooms import ROOM_NUMBER, Room, build_room, door_leaf, double_door
from service.demo.drawing.scene import Scene, handheld
from service.demo.drawing.solids import Thing, cuboid, sack, stack
from service.demo.drawing.space import Color, Vector
from service.demo.drawing.textures import steel


def corridor(random: Random, clutter: Random, size: tuple[int, int]) -> Scene:
    """A long corridor between numbered rooms, with cartons across it."""
    extent = random.uniform(1.05, 1.3), random.uniform(2.6, 2.8), random.uniform(9.5, 12)
    room = build_room(random, extent, [(0, z) for z in (-1.8, 1.2, 4.2, 7.2)], 0.98)
    doors, numbers = _doors(random, room)
    ways = [room.on_right(z, 0.5, (0.4, 0.18), signs.way_sign()) for z in (3.4, 6.7)]
    door = room.on_back(0, 2.1, (min(1.8, 2 * room.half - 0.2), 2.1), double_door(random, (156, 60, 46)))
    paper = room.on_left(3.0, 1.72, (0.5, 0.66), signs.notice(random, "NOTICE", ("Property desk", "13900000027")))
    obstacles: list[Thing] = []
    for x, z, heights in ((-0.42, 3.1, (0.5, 0.42)), (0.2, 3.5, (0.55, 0.45, 0.38)), (-0.15, 2.55, (0.36,))):
        obstacles += _pile(clutter, (x + clutter.uniform(-0.08, 0.08), 0, z), heights)
    obstacles += _pile(clutter, (0.5, 0, 4.4), (0.6, 0.4))
    obstacles.append(sack(clutter, (room.half - 0.35, 0, 2.7), 0.52, 0.66, 0.2))
    return Scene(
        handheld(random, size, aside=0.25, pitch=-0.13),
        Lighting((0.46, 0.465, 0.46), lamps=room.lamps),
        [room.floor],
        room.walls,
        obstacles=obstacles,
        shaded=[room.left, room.right],
        fittings=[*room.tubes, *doors, *ways, door, room.exit_sign(0, 2.46, 0.3), paper],
        maskable=numbers | {"notice": paper.part()},
        gloss=0.26,
        warmth=(1.0, 1.0, 0.965),
    )


def _doors(random: Random, room: Room) -> tuple[list[Panel], dict[str, list[Vector]]]:
    """Doors along both walls, and where their numbers stand."""
    color: Color = random.choice(((122, 84, 58), (150, 108, 76), (98, 104, 112)))
    doors: list[Panel] = []
    numbers: dict[str, list[Vector]] = {}
    for place, z in enumerate((1.6, 4.6, 7.4)):
        odd, even = f"{201 + 2 * place}", f"{202 + 2 * place}"
        left = room.on_left(z, 2.08, (0.92, 2.06), door_leaf(random, color, number=odd))
        right = room.on_right(z + 0.7, 2.08, (0.92, 2.06), door_leaf(random, color, number=even))
        doors += [left, right]
        numbers |= {f"room {odd}": left.part(*ROOM_NUMBER), f"room {even}": right.part(*ROOM_NUMBER)}
    return doors, numbers


def _pile(clutter: Random, foot: Vector, heights: tuple[float, ...]) -> list[Thing]:
    sizes = [
        (clutter.uniform(0.44, 0.62), height * clutter.uniform(0.9, 1.1), clutter.uniform(0.4, 0.55))
        for height in heights
    ]
    return stack(clutter, foot, sizes, clutter.uniform(-0.5, 0.5))


DOOR_COLORS: tuple[Color, ...] = ((150, 58, 44), (92, 110, 122), (104, 112, 92))


def exit_door(random: Random, clutter: Random, size: tuple[int, int]) -> Scene:
    """A fire exit, chained and padlocked, often with cartons beside it."""
    room = build_room(random, (random.uniform(1.3, 1.55), 2.85, random.uniform(3.3, 3.7)), [(0.1, 1.7)], 1.24)
    width = 1.9
    door = room.on_back(0, 2.2, (width, 2.2), double_door(random, random.choice(DOOR_COLORS)))
    key = signs.notice(random, "KEY", ("Guard post", "13900000035"))
    paper = room.on_back(-0.55 * width / 2, 1.86, (0.27, 0.36), key, 0.02)
    light_box = room.on_back(room.half - 0.3, 2.5, (0.34, 0.16), (232, 232, 224), 0.03)
    obstacles = [_chain(clutter, room.end, width)]
    if clutter.random() < 0.85:
        sizes = [(0.56, clutter.uniform(0.4, 0.5), 0.46), (0.48, 0.36, 0.42)]
        obstacles += stack(clutter, (room.half - 0.62, 0, room.end - 0.5), sizes, clutter.uniform(-0.3, 0.3))
        near: Vector = (room.half - 0.95, 0, room.end - 1.0)
        obstacles += stack(clutter, near, [(0.4, 0.32, 0.36)], clutter.uniform(-0.6, 0.6))
    return Scene(
        handheld(random, size, aside=0.2, pitch=-0.06, yaw=0.02),
        Lighting((0.58, 0.58, 0.57), lamps=room.lamps),
        [room.floor],
        room.walls,
        obstacles=obstacles,
        shaded=[room.right, door],
        fittings=[*room.tubes, door, room.exit_sign(0, 2.62, 0.33), paper, light_box],
        maskable={"notice": paper.part()},
        gloss=0.2,
        warmth=(1.02, 1.0, 0.95),
    )


def _chain(random: Random, end: float, width: float) -> Thing:
    """A chain through both push bars, and its padlock."""
    image = Image.new("RGBA", (600, 420), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    sag = random.uniform(110, 150)
    for strand, droop in ((0, sag), (1, sag * 0.45)):
        for link in range(23):
            share = link / 22
            x, y = 40 + 520 * share, 60 + strand * 14 + droop * 4 * share * (1 - share)
            box = (x - 8, y - 12, x + 8, y + 12) if link % 2 else (x - 16, y - 8, x + 16, y + 8)
            draw.ellipse(box, outline=(54, 56, 60, 255), width=7)
            draw.arc(box, 200, 320, fill=(206, 208, 212, 255), width=3)
    _padlock(draw, 300, 60 + sag)
    wide = width * 0.7
    panel = Panel((-wide / 2, 1.26, end - 0.05), (wide, 0, 0), (0, -wide * 0.7, 0), image, light_grid=(4, 4))
    return Thing((0, 1.0, end - 0.05), [panel])


def _padlock(draw: ImageDraw.ImageDraw, x: float, y: float) -> None:
    draw.arc((x - 36, y - 8, x + 36, y + 96), 180, 360, fill=(196, 198, 202, 255), width=15)
    body = (x - 56, y + 40, x + 56, y + 146)
    draw.rounded_rectangle(body, radius=14, fill=(190, 142, 48, 255), outline=(110, 78, 20, 255), width=5)
    draw.rectangle((x - 48, y + 50, x - 26, y + 136), fill=(226, 188, 100, 255))
    draw.ellipse((x - 12, y + 76, x + 12, y + 100), fill=(40, 32, 20, 255))
    draw.rectangle((x - 5, y + 92, x + 5, y + 122), fill=(40, 32, 20, 255))


def bicycles(random: Random, clutter: Random, size: tuple[int, int]) -> Scene:
    """An entrance hall in which electric bicycles stand and charge."""
    extent = random.uniform(1.75, 2.0), 2.75, random.uniform(5.2, 5.8)
    room = build_room(random, extent, [(0, 1.4), (0, 4.2)], 0.95)
    door = room.on_back(room.half - 1.15, 2.15, (1.8, 2.15), double_door(random, (112, 122, 128)))
    boxes = room.on_left(2.6, 1.7, (1.2, 0.9), _letter_boxes(random))
    warning = signs.notice(random, "E-BIKES", ("not indoors", "13900000058"))
    paper = room.on_back(-room.half + 0.75, 1.8, (0.4, 0.53), warning)
    colors: list[Color] = [(190, 40, 36), (44, 92, 150), (226, 226, 222), (60, 130, 96)]
    clutter.shuffle(colors)
    places: list[Vector] = [(0.45, 0, 3.9), (-0.15, 0, 3.15), (0.55, 0, 2.55)]
    obstacles = [
        electric_bicycle(clutter, place, clutter.uniform(-0.32, 0.12), color)
        for place, color in zip(places, colors, strict=False)
    ]
    obstacles.append(cuboid((room.half - 0.12, 0.02, 3.2), (0.07, 0.05, 0.34), (236, 236, 232)))
    return Scene(
        handheld(random, size, aside=0.1, pitch=-0.14, yaw=0.05),
        Lighting((0.46, 0.46, 0.45), lamps=room.lamps),
        [room.floor],
        room.walls,
        obstacles=obstacles,
        shaded=[room.right],
        fittings=[*room.tubes, door, room.exit_sign(room.half - 1.15, 2.56), boxes, paper],
        maskable={"notice": paper.part(), "names": boxes.part()},
        gloss=0.24,
        warmth=(1.03, 1.0, 0.93),
    )


def _letter_boxes(random: Random) -> Image.Image:
    image = steel(random, (480, 360), (176, 180, 176))
    draw = ImageDraw.Draw(image)
    for row in range(4):
        for column in range(5):
            left, top = column * 96, row * 90
            draw.rectangle((left + 3, top + 3, left + 93, top + 87), outline=(110, 114, 112), width=4)
            draw.rectangle((left + 22, top + 20, left + 74, top + 28), fill=(60, 62, 62))
            signs.centered(draw, (left + 48, top + 56), f"{row + 1}0{column + 1}", 22, (70, 72, 72))
    return image
