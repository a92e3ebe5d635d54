"""A street between market buildings with a marked fire lane."""

import math
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from service.demo.drawing import signs
from service.demo.drawing.bicycles import electric_bicycle
from service.demo.drawing.panels import Lighting, Panel, Sun
from service.demo.drawing.scene import Scene, handheld
from service.demo.drawing.solids import Thing, cuboid, person, stack
from service.demo.drawing.space import Color, Vector, normalize
from service.demo.drawing.textures import asphalt, bricks, clouds, grain, mixed, paving, plaster, textured
from service.demo.drawing.vans import van


def sky(random: Random, size: tuple[int, int] = (480, 300)) -> Image.Image:
    gradient = Image.linear_gradient("L").resize(size)
    high, low = Image.new("RGB", size, (120, 160, 206)), Image.new("RGB", size, (224, 230, 232))
    image = Image.composite(low, high, gradient)
    drift = clouds(random, size, 70, 110).filter(ImageFilter.GaussianBlur(6))
    image.paste((248, 248, 246), (0, 0), drift.point([max(0, min(200, (value - 140) * 5)) for value in range(256)]))
    return image.point([round(value * 0.66) for value in range(256)] * 3)


def _hills(random: Random) -> Image.Image:
    image = Image.new("RGBA", (800, 200), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    for color, base, swing in (((138, 150, 160), 70, 40), ((110, 122, 124), 120, 30)):
        phase = random.uniform(0, 6)
        ridge = [
            (x, base + swing * math.sin(x / 130 + phase) + swing * 0.4 * math.sin(x / 41 + phase * 2))
            for x in range(0, 801, 8)
        ]
        draw.polygon([*ridge, (800, 200), (0, 200)], fill=(*color, 255))
    return image


def _facade(random: Random, length: float, height: float, wall: Color) -> Image.Image:
    """A four-storey front with shops below; 60 pixels a meter."""
    size = round(length * 60), round(height * 60)
    image = bricks(random, size, wall, mixed(wall, (255, 255, 255), 0.3), 8)
    draw = ImageDraw.Draw(image)
    ground = size[1] - round(3.4 * 60)
    storeys = int((height - 3.6) / 2.9)
    for storey in range(storeys):
        top = ground - (storey + 1) * 174 + 50
        for left in range(50, size[0] - 90, 170):
            glass: Color = random.choice(((70, 86, 98), (88, 104, 116), (58, 70, 80)))
            draw.rectangle((left, top, left + 96, top + 96), fill=glass, outline=(214, 214, 208), width=5)
            draw.line((left + 48, top, left + 48, top + 96), fill=(214, 214, 208), width=4)
            draw.polygon(
                [(left + 6, top + 6), (left + 40, top + 6), (left + 10, top + 90), (left + 6, top + 90)],
                fill=mixed(glass, (255, 255, 255), 0.2),
            )
            draw.rectangle((left - 6, top + 96, left + 102, top + 104), fill=mixed(wall, (255, 255, 255), 0.4))
            if random.random() < 0.4:
                draw.rectangle(
                    (left + 110, top + 50, left + 150, top + 84), fill=(206, 206, 202), outline=(140, 140, 138), width=2
                )
                draw.ellipse((left + 116, top + 54, left + 142, top + 80), outline=(120, 120, 118), width=2)
    _shops(random, image, draw, ground)
    return image


SHOPS = ("NOODLES", "FRUIT", "HARDWARE", "TEA", "CLOTHES", "BAKERY")


def _shops(random: Random, image: Image.Image, draw: ImageDraw.ImageDraw, ground: int) -> None:
    height = image.height
    names = random.sample(SHOPS, len(SHOPS))
    for number, left in enumerate(range(20, image.width - 200, 236)):
        board = signs.shop_board(
            "演示市场" if number % 3 == 1 else "",
            names[number % len(names)],
            random.choice(((150, 30, 34), (24, 92, 70), (26, 70, 130), (130, 70, 24))),
        )
        image.paste(board.resize((216, 46)), (left, ground + 8))
        draw.rectangle((left, ground + 56, left + 216, height - 8), fill=(58, 66, 70), outline=(170, 172, 170), width=5)
        if random.random() < 0.4:
            for top in range(ground + 60, height - 10, 9):
                draw.rectangle((left + 5, top, left + 211, top + 6), fill=(158, 160, 162))
        else:
            draw.rectangle((left + 110, ground + 60, left + 114, height - 8), fill=(170, 172, 170))
            for _ in range(9):
                x, y = left + random.randint(10, 190), ground + random.randint(90, 180)
                goods: Color = random.choice(((200, 90, 50), (210, 180, 70), (100, 140, 80), (190, 190, 186)))
                draw.rectangle((x, y, x + random.randint(8, 24), y + random.randint(8, 24)), fill=goods)
            draw.polygon(
                [(left + 20, ground + 62), (left + 60, ground + 62), (left + 24, height - 12), (left + 8, height - 12)],
                fill=(86, 96, 100),
            )


def _boards(where: str, front: Panel) -> dict[str, list[Vector]]:
    """The shop boards of a row of houses, for masking; those behind the houses of the street are not in sight."""
    wide, high = front.texture_image().size
    ground = high - 3.4 * 60
    boards = {}
    for left in range(20, wide - 200, 236):
        corners = front.part(left / wide, (ground + 8) / high, (left + 216) / wide, (ground + 54) / high)
        if min(abs(x) for x, _, _ in corners) <= STREET_HALF:
            boards[f"board {where} {left}"] = corners
    return boards


LANE_HALF, STREET_HALF, STREET_END = 2.1, 4.3, 34.0


def _ground(random: Random) -> Image.Image:
    """Asphalt with pavements and the painted lane: 48 pixels a meter, 40 m long, far end at the top."""
    fineness, length = 48, 40
    size = round(2 * STREET_HALF * fineness), length * fineness
    image = asphalt(random, size)
    middle = size[0] / 2
    edge = round(0.9 * fineness)
    for left in (0, size[0] - edge):
        image.paste(paving(random, (edge, size[1]), (158, 150, 140)), (left, 0))
    draw = ImageDraw.Draw(image)
    for x in (edge, size[0] - edge):
        draw.rectangle((x - 4, 0, x + 4, size[1]), fill=(176, 174, 168))
    paint = Image.new("L", size)
    lines = ImageDraw.Draw(paint)
    reach = LANE_HALF * fineness
    for side in (middle - reach, middle + reach):
        lines.rectangle((side - 4, 0, side + 4, size[1]), fill=235)
    for top in range(0, size[1], 12 * fineness):
        lines.line((middle - reach, top, middle + reach, top), fill=235, width=7)
    for words, near in (("消防车道", 5.1), ("禁止占用", 3.5)):
        text = signs.lane_lettering(words, 200, (255, 255, 255)).getchannel("A")
        text = text.resize((round(reach * 1.7), round(1.2 * fineness)))
        paint.paste(text, (round(middle - reach * 0.85), round(size[1] - (near + 4) * fineness)))
    hatching = size[1] - (6.4 + 4) * fineness
    for x in range(round(middle - reach), round(middle + reach) - 40, 40):
        lines.line((x, hatching, x + 40, hatching - 50), fill=225, width=8)
    worn = clouds(random, size, 16, 70).point([min(255, 150 + value) for value in range(256)])
    image.paste((226, 182, 36), (0, 0), Image.composite(paint, Image.new("L", size), worn))
    return textured(image, grain(random, size, 6))


def lane(random: Random, clutter: Random, size: tuple[int, int]) -> Scene:
    """A fire lane between shops with a van, cartons and an electric bicycle on it, and a worker who looks at them."""
    left = _front(random, -1, random.choice((9.4, 12.3)), ((168, 122, 98), (186, 172, 150), (160, 140, 120)))
    right = _front(random, 1, random.choice((6.6, 9.4)), ((190, 178, 160), (150, 110, 92), (176, 168, 156)))
    sun = Sun(normalize((random.choice((-0.5, 0.5)), 0.95, -0.42)), (0.82, 0.78, 0.7))
    ground = Panel((-STREET_HALF, 0, STREET_END + 2), (2 * STREET_HALF, 0, 0), (0, 0, -40), _ground(random))
    ground.light_grid = (10, 40)
    shaded, sunny = (right, left) if sun.toward[0] < 0 else (left, right)
    _shade_street(ground, shaded, sunny, sun)
    distance = _distance(random)
    obstacles, tag, worker = _lane_obstacles(clutter)
    return Scene(
        handheld(random, size, aside=0.5, pitch=-0.05),
        Lighting((0.5, 0.52, 0.56), (0.16, 0.18, 0.22), sun=sun),
        [ground],
        [*distance, left, right],
        things=_street_things(random),
        obstacles=obstacles,
        shaded=[left, right],
        maskable=_boards("left", left) | _boards("right", right) | _boards("ahead", distance[-1]),
        maskable_obstacles={"plate": tag.part(), "head": worker.part(0.22, 0.0, 0.78, 0.24)},
        warmth=(1.02, 1.0, 0.98),
        backdrop_color=(150, 170, 190),
    )


def _front(random: Random, side: int, height: float, walls: tuple[Color, ...]) -> Panel:
    """The row of houses on the left (-1) or right (1)."""
    picture = _facade(random, STREET_END, height, random.choice(walls))
    start, along = (-4.0, STREET_END) if side < 0 else (STREET_END - 4.0, -STREET_END)
    corner: Vector = (side * STREET_HALF, height, start)
    return Panel(corner, (0, 0, along), (0, -height, 0), picture, light_grid=(20, 10))


def _distance(random: Random) -> list[Panel]:
    """Sky, hills and the houses across the end of the street."""
    houses = _facade(random, 18, 9, (176, 168, 158))
    return [
        Panel((-90, 60, 80), (180, 0, 0), (0, -60, 0), sky(random), glows=True),
        Panel((-60, 17, 78), (120, 0, 0), (0, -17, 0), _hills(random)),
        Panel((-9, 9, STREET_END + 2), (18, 0, 0), (0, -9, 0), houses, light_grid=(8, 8)),
    ]


def _shade_street(ground: Panel, shaded: Panel, sunny: Panel, sun: Sun) -> None:
    """The houses on the sunny side throw their shadow across the street and up the other side."""
    height, side = sunny.origin[1], sunny.origin[0]
    outward = 8.0 if side > 0 else -8.0
    block = [(side + x, y, z) for x in (0.0, outward) for y in (0.0, height) for z in (-12.0, STREET_END)]
    ground.receive_shadow(block, sun, 0.42, 0.04)
    shaded.receive_shadow(block, sun, 0.4, 0.05)


def _street_things(random: Random) -> list[Thing]:
    things = []
    for z in (6.5, 15.0, 23.5):
        side = -1 if z != 15.0 else 1
        pole = cuboid((side * 3.55, 0, z), (0.12, 5.2, 0.12), (112, 116, 120), grid=(2, 8))
        head = cuboid((side * 3.2, 5.1, z), (0.9, 0.1, 0.24), (150, 154, 158))
        things += [pole, head]
    for z in (10.0, 18.0):
        things.append(cuboid((3.5, 0, z), (0.5, 0.86, 0.5), plaster(random, (60, 100), (60, 110, 84))))
    return things


def _lane_obstacles(random: Random) -> tuple[list[Thing], Panel, Panel]:
    number = f"DEMO {random.randint(10, 99)}"
    color: Color = random.choice(((222, 224, 226), (196, 198, 202), (150, 30, 34), (60, 84, 120)))
    rear: Vector = (random.uniform(-0.7, -0.1), 0, random.uniform(5.4, 6.0))
    vehicle, tag = van(random, rear, random.uniform(0.1, 0.34), color, number)
    worker = person(random, (1.75, 0, 5.9), random.uniform(-0.2, 0.2))
    things = [vehicle, worker]
    things.append(electric_bicycle(random, (-1.95, 0, 7.2), -1.0, random.choice(((190, 40, 36), (44, 92, 150)))))
    things += stack(
        random, (1.6, 0, 7.4), [(0.6, 0.44, 0.5), (0.52, 0.4, 0.44), (0.46, 0.36, 0.4)], random.uniform(-0.4, 0.4)
    )
    things += stack(random, (2.3, 0, 8.0), [(0.62, 0.5, 0.5), (0.5, 0.36, 0.44)], random.uniform(-0.4, 0.4))
    return things, tag, worker.panels[0]
