"""Surfaces: tiles, plaster, asphalt, brick, cardboard, steel. All from a seeded generator, so they repeat exactly."""

from functools import lru_cache
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from service.demo.drawing.space import Color


@lru_cache(maxsize=64)
def lettering(pixels: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's built-in scalable typeface."""
    return ImageFont.load_default(max(6, pixels))


def mixed(first: Color, second: Color, share: float) -> Color:
    """`first` with that share of `second` in it."""
    red, green, blue = (round(first[i] + (second[i] - first[i]) * share) for i in range(3))
    return red, green, blue


def varied(color: Color, random: Random, spread: int) -> Color:
    """A color a little lighter or darker, as the next tile or carton is."""
    shift = random.randint(-spread, spread)
    red, green, blue = (min(255, max(0, channel + shift)) for channel in color)
    return red, green, blue


def grain(random: Random, size: tuple[int, int], amplitude: float) -> Image.Image:
    """A gray picture around 128 that swings by about `amplitude`."""
    noise = Image.frombytes("L", size, random.randbytes(size[0] * size[1]))
    return noise.point([round(128 + (value - 128) * amplitude / 128) for value in range(256)])


def clouds(random: Random, size: tuple[int, int], cell_pixels: int, amplitude: float) -> Image.Image:
    """Smooth unevenness around 128: stains, worn paint, patches of damp."""
    coarse = max(2, size[0] // cell_pixels), max(2, size[1] // cell_pixels)
    return grain(random, coarse, amplitude).resize(size, Image.Resampling.BICUBIC)


def textured(image: Image.Image, *layers: Image.Image) -> Image.Image:
    """The picture with gray layers around 128 added to every channel."""
    for layer in layers:
        image = ImageChops.add(image, Image.merge("RGB", (layer, layer, layer)), 1, -128)
    return image


def floor_tiles(
    random: Random, size: tuple[int, int], tile_pixels: int, color: Color, joint: Color, spread: int = 5
) -> Image.Image:
    image = Image.new("RGB", size, color)
    draw = ImageDraw.Draw(image)
    for top in range(0, size[1], tile_pixels):
        for left in range(0, size[0], tile_pixels):
            draw.rectangle((left, top, left + tile_pixels, top + tile_pixels), fill=varied(color, random, spread))
    speckle = grain(random, size, 26).filter(ImageFilter.BoxBlur(1))
    image = textured(image, speckle, clouds(random, size, tile_pixels * 2, 12))
    draw = ImageDraw.Draw(image)
    width = max(2, tile_pixels // 70)
    for top in range(0, size[1] + 1, tile_pixels):
        draw.line((0, top, size[0], top), fill=joint, width=width)
    for left in range(0, size[0] + 1, tile_pixels):
        draw.line((left, 0, left, size[1]), fill=joint, width=width)
    return image


def plaster(random: Random, size: tuple[int, int], color: Color, worn: float = 6) -> Image.Image:
    return textured(Image.new("RGB", size, color), grain(random, size, 5), clouds(random, size, 60, worn))


def two_tone_wall(random: Random, size: tuple[int, int], upper: Color, lower: Color, share: float) -> Image.Image:
    """Plaster painted in its lower part, with a dark line between and a skirting: the wall of every older corridor."""
    image = Image.new("RGB", size, upper)
    draw = ImageDraw.Draw(image)
    line = round(size[1] * (1 - share))
    draw.rectangle((0, line, size[0], size[1]), fill=lower)
    draw.line((0, line, size[0], line), fill=mixed(lower, (0, 0, 0), 0.35), width=max(2, size[1] // 130))
    image = textured(image, grain(random, size, 5), clouds(random, size, 70, 6))
    _scuff(image, random, line, size[1])
    skirting = round(size[1] * 0.955)
    ImageDraw.Draw(image).rectangle((0, skirting, size[0], size[1]), fill=mixed(lower, (40, 40, 40), 0.6))
    return image


def _scuff(image: Image.Image, random: Random, top: int, bottom: int) -> None:
    marks = Image.new("L", image.size)
    draw = ImageDraw.Draw(marks)
    for _ in range(image.width // 30):
        left, height = random.randrange(image.width), random.randint(top, bottom)
        reach = random.randint(4, 60)
        draw.line((left, height, left + reach, height + random.randint(-6, 6)), fill=random.randint(20, 70), width=2)
    image.paste((60, 58, 54), (0, 0), marks.filter(ImageFilter.GaussianBlur(1)))


def ceiling_panels(random: Random, size: tuple[int, int], cell_pixels: int) -> Image.Image:
    image = textured(Image.new("RGB", size, (226, 226, 222)), grain(random, size, 8))
    draw = ImageDraw.Draw(image)
    for top in range(0, size[1] + 1, cell_pixels):
        draw.line((0, top, size[0], top), fill=(186, 186, 182), width=3)
    for left in range(0, size[0] + 1, cell_pixels):
        draw.line((left, 0, left, size[1]), fill=(186, 186, 182), width=3)
    return image


def asphalt(random: Random, size: tuple[int, int], color: Color = (104, 104, 106)) -> Image.Image:
    fine = grain(random, size, 20)
    image = textured(Image.new("RGB", size, color), fine, clouds(random, size, 90, 14), clouds(random, size, 20, 8))
    draw = ImageDraw.Draw(image)
    for _ in range(5):
        x, y = random.uniform(0, size[0]), random.uniform(0, size[1])
        crack = [(x, y)]
        for _ in range(14):
            x, y = x + random.uniform(-14, 14), y + random.uniform(4, 26)
            crack.append((x, y))
        draw.line(crack, fill=mixed(color, (0, 0, 0), 0.45), width=2)
    return image


def paving(random: Random, size: tuple[int, int], color: Color) -> Image.Image:
    """Small rectangular pavers, every second row moved by half."""
    image = Image.new("RGB", size, mixed(color, (0, 0, 0), 0.4))
    draw = ImageDraw.Draw(image)
    wide, high = 40, 20
    for row, top in enumerate(range(0, size[1], high)):
        for left in range(-wide if row % 2 else -wide // 2, size[0], wide):
            draw.rectangle((left + 1, top + 1, left + wide - 2, top + high - 2), fill=varied(color, random, 12))
    return textured(image, grain(random, size, 20), clouds(random, size, 100, 10))


def bricks(random: Random, size: tuple[int, int], brick: Color, mortar: Color, course_pixels: int = 14) -> Image.Image:
    image = Image.new("RGB", size, mortar)
    draw = ImageDraw.Draw(image)
    wide = course_pixels * 3
    for row, top in enumerate(range(0, size[1], course_pixels)):
        for left in range(-(wide // 2) * (row % 2), size[0], wide):
            draw.rectangle((left, top, left + wide - 3, top + course_pixels - 3), fill=varied(brick, random, 14))
    return textured(image, grain(random, size, 18), clouds(random, size, 120, 12))


def cardboard(random: Random, size: tuple[int, int], label: str = "", color: Color = (182, 142, 96)) -> Image.Image:
    """One side of a carton: corrugation, tape, darker edges and, where given, printing."""
    width, height = size
    image = Image.new("RGB", size, varied(color, random, 10))
    ribs = grain(random, (width, 1), 7).resize(size)
    image = textured(image, ribs, grain(random, size, 7), clouds(random, size, 80, 10))
    draw = ImageDraw.Draw(image)
    edge = mixed(color, (50, 30, 10), 0.45)
    draw.rectangle((0, 0, width - 1, height - 1), outline=edge, width=max(2, width // 90))
    if label:
        ink = mixed(color, (60, 30, 20), 0.75)
        letters = min(height // 5, int(width / (0.62 * len(label) + 1)))
        draw.text((width * 0.07, height * 0.62), label, font=lettering(letters), fill=ink)
        _up_arrows(draw, width * 0.74, height * 0.2, height * 0.28, ink)
    tape = Image.new("L", size)
    ImageDraw.Draw(tape).rectangle((width * 0.43, 0, width * 0.57, height * 0.26), fill=120)
    image.paste((214, 190, 142), (0, 0), tape)
    return image


def _up_arrows(draw: ImageDraw.ImageDraw, left: float, top: float, height: float, ink: Color) -> None:
    for step in range(2):
        x = left + step * height * 0.55
        draw.polygon(
            [(x, top + height * 0.4), (x + height * 0.2, top), (x + height * 0.4, top + height * 0.4)], fill=ink
        )
        draw.rectangle((x + height * 0.13, top + height * 0.4, x + height * 0.27, top + height), fill=ink)


def carton_top(random: Random, size: tuple[int, int], color: Color = (190, 152, 106)) -> Image.Image:
    image = cardboard(random, size, color=color)
    draw = ImageDraw.Draw(image)
    middle = size[1] / 2
    draw.rectangle((0, middle - size[1] * 0.07, size[0], middle + size[1] * 0.07), fill=(212, 188, 142))
    draw.line((0, middle, size[0], middle), fill=(150, 118, 78), width=2)
    return image


def steel(random: Random, size: tuple[int, int], color: Color) -> Image.Image:
    """Painted sheet steel with a soft vertical sheen."""
    sheen = Image.new("L", (9, 1))
    sheen.putdata([118, 124, 134, 142, 134, 126, 120, 128, 122])
    layer = sheen.resize(size, Image.Resampling.BICUBIC)
    return textured(Image.new("RGB", size, color), layer, grain(random, size, 4), clouds(random, size, 90, 5))


def sacking(random: Random, size: tuple[int, int], color: Color) -> Image.Image:
    """A woven plastic sack, tied at the top: a picture with an outline (RGBA)."""
    width, height = size
    image = Image.new("RGB", size, color)
    draw = ImageDraw.Draw(image)
    for step in range(0, width + height, 6):
        draw.line((step, 0, step - height, height), fill=varied(color, random, 5), width=3)
    ink = mixed(color, (150, 30, 30), 0.7)
    draw.rectangle((width * 0.2, height * 0.46, width * 0.8, height * 0.5), fill=ink)
    draw.text((width * 0.5, height * 0.64), "25 kg", font=lettering(round(height * 0.17)), fill=ink, anchor="mm")
    for _ in range(7):
        top = random.uniform(0.2, 0.8) * width
        draw.line(
            (width * 0.5, height * 0.1, top, height * random.uniform(0.3, 0.5)),
            fill=mixed(color, (0, 0, 0), 0.25),
            width=3,
        )
    rounding = Image.new("L", (7, 1))
    rounding.putdata([84, 122, 140, 144, 134, 112, 74])
    image = textured(
        image, rounding.resize(size, Image.Resampling.BICUBIC), clouds(random, size, max(10, width // 9), 22)
    )
    mask = Image.new("L", size)
    outline = ImageDraw.Draw(mask)
    outline.rounded_rectangle((0, height * 0.2, width - 1, height * 0.8), radius=width * 0.2, fill=255)
    outline.rounded_rectangle((width * 0.02, height * 0.5, width * 0.98, height - 1), radius=width * 0.07, fill=255)
    outline.polygon(
        [
            (width * 0.1, height * 0.28),
            (width * 0.42, height * 0.12),
            (width * 0.3, 0),
            (width * 0.7, 0),
            (width * 0.58, height * 0.12),
            (width * 0.9, height * 0.28),
        ],
        fill=255,
    )
    image.putalpha(mask.filter(ImageFilter.GaussianBlur(1)))
    return image
