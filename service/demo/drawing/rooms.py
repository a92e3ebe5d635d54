"""Long rooms with lamps, doors and signs: what every indoor place is built in."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageDraw

from service.demo.drawing import signs
from service.demo.drawing.panels import Lamp, Panel
from service.demo.drawing.space import Color, Vector
from service.demo.drawing.textures import ceiling_panels, floor_tiles, mixed, steel, two_tone_wall

LOWER_WALLS: tuple[Color, ...] = ((112, 150, 128), (120, 146, 160), (168, 150, 118), (140, 160, 168))
UPPER_WALL: Color = (222, 220, 210)
FLOORS: tuple[Color, ...] = ((176, 172, 164), (188, 182, 168), (160, 162, 164))
BEHIND = -0.6  # where a room begins: a little behind the photographer
ROOM_NUMBER = (0.33, 0.03, 0.67, 0.11)  # where `door_leaf` writes it: left, top, right, bottom

Texture = Image.Image | Color
Extent = tuple[float, float]


@dataclass(slots=True)
class Room:
    """A room `2 * half` wide and `height` high whose far wall is `end` meters ahead, with lamps at the ceiling."""

    half: float
    height: float
    end: float
    floor: Panel
    ceiling: Panel
    left: Panel
    right: Panel
    back: Panel
    lamps: tuple[Lamp, ...]
    tubes: list[Panel]

    @property
    def walls(self) -> list[Panel]:
        return [self.ceiling, self.left, self.right, self.back]

    def on_left(self, z: float, top: float, extent: Extent, texture: Texture) -> Panel:
        """Something flat on the left wall, from `z` onward; `extent` is width and height."""
        width, height = extent
        return Panel((-self.half + 0.015, top, z), (0, 0, width), (0, -height, 0), texture, light_grid=(4, 6))

    def on_right(self, z: float, top: float, extent: Extent, texture: Texture) -> Panel:
        width, height = extent
        return Panel((self.half - 0.015, top, z + width), (0, 0, -width), (0, -height, 0), texture, light_grid=(4, 6))

    def on_back(self, x: float, top: float, extent: Extent, texture: Texture, ahead: float = 0.015) -> Panel:
        """Something flat on the far wall with its middle at `x`, standing out by `ahead`."""
        width, height = extent
        return Panel((x - width / 2, top, self.end - ahead), (width, 0, 0), (0, -height, 0), texture, light_grid=(8, 8))

    def exit_sign(self, x: float, top: float, height: float = 0.32) -> Panel:
        sign = self.on_back(x, top, (height * 2.6, height), signs.exit_sign(), 0.06)
        sign.glows = True
        return sign


def build_room(
    random: Random, extent: tuple[float, float, float], lights: Sequence[tuple[float, float]], power: float
) -> Room:
    """A room of half width, height and length ahead; `lights` are lamps by x and z, `power` is how bright each is."""
    half, height, end = extent
    lower, length = random.choice(LOWER_WALLS), end - BEHIND
    down: Vector = (0, -height, 0)

    def wall(width: float) -> Image.Image:
        return two_tone_wall(random, (round(width * 110), round(height * 110)), UPPER_WALL, lower, 0.42)

    def panel(origin: Vector, across: Vector, along: Vector, texture: Image.Image, grid: tuple[int, int]) -> Panel:
        return Panel(origin, across, along, texture, light_grid=grid, edge_darkness=0.28)

    ceiling = ceiling_panels(random, (round(2 * half * 100), round(length * 100)), 60)
    return Room(
        half,
        height,
        end,
        floor=panel((-half, 0, end), (2 * half, 0, 0), (0, 0, -length), _floor(random, 2 * half, length), (16, 40)),
        ceiling=panel((-half, height, BEHIND), (2 * half, 0, 0), (0, 0, length), ceiling, (12, 40)),
        left=panel((-half, height, BEHIND), (0, 0, length), down, wall(length), (40, 14)),
        right=panel((half, height, end), (0, 0, -length), down, wall(length), (40, 14)),
        back=panel((-half, height, end), (2 * half, 0, 0), down, wall(2 * half), (14, 14)),
        lamps=tuple(Lamp((x, height - 0.1, z), (power, power, power * 0.98)) for x, z in lights),
        tubes=[tube((x, height, z)) for x, z in lights if z > 0.5],
    )


def _floor(random: Random, width: float, length: float) -> Image.Image:
    color = random.choice(FLOORS)
    size = round(width * 190), round(length * 190)
    return floor_tiles(random, size, random.choice((96, 128)), color, mixed(color, (70, 64, 58), 0.6))


def tube(place: Vector, width: float = 1.0, depth: float = 0.26) -> Panel:
    """A ceiling light, seen from below."""
    x, y, z = place
    return Panel((x - width / 2, y - 0.01, z - depth / 2), (width, 0, 0), (0, 0, depth), (255, 255, 252), glows=True)


def door_leaf(random: Random, color: Color, glazed: bool = False, number: str = "") -> Image.Image:
    """A door of one leaf, 0.9 m by 2.07 m at 300 pixels a meter."""
    image = steel(random, (270, 620), color)
    draw = ImageDraw.Draw(image)
    dark, light = mixed(color, (0, 0, 0), 0.4), mixed(color, (255, 255, 255), 0.3)
    draw.rectangle((0, 0, 269, 619), outline=dark, width=9)
    for top, bottom in ((330, 580),) if glazed else ((60, 290), (330, 580)):
        draw.rectangle((40, top, 230, bottom), outline=dark, width=4)
        draw.line((44, bottom - 4, 228, bottom - 4), fill=light, width=3)
    if glazed:
        draw.rectangle((84, 80, 186, 290), fill=(54, 66, 72), outline=dark, width=6)
        draw.polygon([(100, 84), (140, 84), (104, 286), (88, 286)], fill=(96, 112, 118))
    draw.rounded_rectangle((222, 318, 250, 346), radius=10, fill=(196, 196, 190), outline=dark, width=2)
    draw.line((206, 332, 244, 332), fill=(210, 210, 204), width=9)
    if number:
        draw.rectangle((96, 30, 174, 58), fill=(236, 232, 214))
        signs.centered(draw, (135, 44), number, 24, (40, 40, 44))
    return image


def double_door(random: Random, color: Color) -> Image.Image:
    """A two-leaf fire door with push bars, 1.8 m by 2.1 m at 300 pixels a meter."""
    leaf = door_leaf(random, color, glazed=True)
    image = Image.new("RGB", (540, 630), mixed(color, (0, 0, 0), 0.55))
    image.paste(leaf.transpose(Image.Transpose.FLIP_LEFT_RIGHT).resize((262, 616)), (274, 14))
    image.paste(leaf.resize((262, 616)), (6, 14))
    draw = ImageDraw.Draw(image)
    for left in (36, 300):
        bar = (left, 330, left + 204, 352)
        draw.rounded_rectangle(bar, radius=8, fill=(200, 202, 200), outline=(90, 92, 92), width=2)
        draw.line((left + 8, 336, left + 196, 336), fill=(236, 238, 236), width=4)
    return image
