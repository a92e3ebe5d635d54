"""An electric bicycle, as it stands in entrance halls and fire lanes."""

import math
from random import Random

from PIL import Image, ImageDraw

from service.demo.drawing.panels import Panel
from service.demo.drawing.solids import Thing, flat_outline
from service.demo.drawing.space import Color, Vector, add, scale, turned
from service.demo.drawing.textures import clouds, grain, mixed, textured

BIKE_LENGTH, BIKE_HEIGHT = 1.72, 1.12


def electric_bicycle(random: Random, foot: Vector, yaw: float, color: Color) -> Thing:
    """An electric bicycle as layers from its far side to its near side. `yaw` turns its length from the x axis."""
    wheels, body, top = _bicycle_layers(random, color)
    layers: list[tuple[float, Image.Image, float]] = []
    layers += [(offset, body, 0.4) for offset in (0.12, 0.08, 0.04)]
    layers += [(offset, top, 0.5) for offset in (0.15, 0.1, 0.05, 0.0, -0.05, -0.1)]
    layers += [(0.03, wheels, 0.45), (0.0, wheels, 0.6), (-0.035, wheels, 1.0)]
    layers += [(offset, body, 0.6) for offset in (0.0, -0.04, -0.08)] + [(-0.12, body, 1.0), (-0.14, top, 1.0)]
    panels = [_layer(foot, yaw, *layer) for layer in layers]
    outline = flat_outline(foot, BIKE_LENGTH * 0.9, BIKE_HEIGHT * 0.85, yaw, 0.3)
    return Thing(add(foot, (0, BIKE_HEIGHT / 2, 0)), panels, outline)


def _layer(foot: Vector, yaw: float, offset: float, texture: Image.Image, brightness: float) -> Panel:
    """A picture of the whole bicycle, cut down to what is on it, `offset` behind the middle."""
    across, behind = turned((BIKE_LENGTH, 0, 0), yaw), turned((0, 0, offset), yaw)
    left, top, right, bottom = texture.getbbox() or (0, 0, *texture.size)
    wide, high = texture.size
    corner = add(foot, scale(across, left / wide - 0.5), (0.0, BIKE_HEIGHT * (1 - top / high), 0.0), behind)
    return Panel(
        corner,
        scale(across, (right - left) / wide),
        (0.0, -BIKE_HEIGHT * (bottom - top) / high, 0.0),
        texture.crop((left, top, right, bottom)),
        from_both_sides=True,
        brightness=brightness,
    )


def _bicycle_layers(random: Random, color: Color) -> tuple[Image.Image, Image.Image, Image.Image]:
    size = (1032, 672)  # 600 pixels a meter

    def layer() -> tuple[Image.Image, ImageDraw.ImageDraw]:
        image = Image.new("RGBA", size, (20, 20, 22, 0))
        return image, ImageDraw.Draw(image)

    wheels, draw = layer()
    for x in (190, 842):
        for radius, fill in ((136, (26, 26, 28)), (100, (60, 62, 66)), (88, (28, 29, 32)), (36, (120, 122, 126))):
            draw.ellipse((x - radius, 536 - radius, x + radius, 536 + radius), fill=(*fill, 255))
        for spoke in range(6):
            angle = spoke * math.pi / 3 + 0.3
            draw.line(
                (x, 536, x + 94 * math.cos(angle), 536 + 94 * math.sin(angle)), fill=(150, 152, 156, 255), width=12
            )
    draw.line([(400, 520), (378, 640), (346, 662)], fill=(70, 72, 78, 255), width=14)
    body, draw = layer()
    _bicycle_body(draw, color)
    top, draw = layer()
    draw.polygon([(196, 268), (206, 236), (400, 226), (450, 262), (430, 290), (210, 292)], fill=(30, 28, 28, 255))
    draw.line([(776, 130), (740, 106), (700, 112)], fill=(28, 28, 30, 255), width=22, joint="curve")
    draw.rounded_rectangle((64, 120, 214, 256), radius=22, fill=(*mixed(color, (0, 0, 0), 0.25), 255))
    draw.line((66, 176, 212, 176), fill=(16, 16, 18, 255), width=5)
    draw.rounded_rectangle((56, 196, 74, 236), radius=6, fill=(190, 26, 26, 255))
    speckle = grain(random, size, 8)
    blotch = clouds(random, size, 90, 14)
    return (
        speckled(wheels, speckle, blotch).reduce(2),
        speckled(body, speckle, blotch).reduce(2),
        speckled(top, speckle, blotch).reduce(2),
    )


def _bicycle_body(draw: ImageDraw.ImageDraw, color: Color) -> None:
    light, dark = mixed(color, (255, 255, 255), 0.3), mixed(color, (0, 0, 0), 0.35)
    metal = (70, 72, 78, 255)
    draw.line([(190, 536), (300, 470), (360, 300)], fill=metal, width=22)
    draw.line([(842, 536), (808, 400), (776, 130)], fill=metal, width=24)
    draw.polygon([(270, 300), (440, 288), (470, 470), (420, 520), (270, 500), (180, 400)], fill=(*color, 255))
    draw.polygon([(270, 300), (440, 288), (446, 318), (270, 334), (196, 402), (180, 400)], fill=(*light, 255))
    draw.polygon([(420, 470), (720, 486), (734, 520), (420, 526)], fill=(*dark, 255))
    draw.polygon([(716, 500), (740, 300), (772, 180), (812, 190), (800, 330), (764, 508)], fill=(*color, 255))
    draw.polygon([(760, 250), (772, 180), (812, 190), (806, 262)], fill=(*light, 255))
    draw.ellipse((786, 190, 836, 244), fill=(236, 236, 220, 255))
    draw.arc((690, 384, 994, 690), 205, 330, fill=(*dark, 255), width=20)
    draw.arc((38, 384, 342, 690), 200, 320, fill=(*dark, 255), width=18)
    draw.rectangle((286, 424, 400, 500), fill=(44, 46, 50, 255))


def speckled(image: Image.Image, *layers: Image.Image) -> Image.Image:
    """The picture with gray layers around 128 added and its outline kept (RGBA)."""
    colored = textured(image.convert("RGB"), *layers)
    colored.putalpha(image.getchannel("A"))
    return colored
