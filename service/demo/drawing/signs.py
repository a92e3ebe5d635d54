"""Signs, notices and number plates: drawn letters, a running man, and a few Chinese characters drawn as strokes.

The characters are drawn because no typeface with Chinese may be needed. Every number on a sign is invented: telephone
numbers are of the 139000000xx kind, plates begin with DEMO.
"""

from random import Random

from PIL import Image, ImageDraw

from service.demo.drawing.characters import draw_characters
from service.demo.drawing.space import Color, Point
from service.demo.drawing.textures import cardboard, lettering, mixed

EXIT_GREEN: Color = (0, 150, 84)
WHITE: Color = (248, 250, 246)


def centered(draw: ImageDraw.ImageDraw, center: Point, words: str, pixels: int, color: Color) -> None:
    draw.text(center, words, font=lettering(pixels), fill=color, anchor="mm", stroke_width=max(1, pixels // 28))


def running_man(draw: ImageDraw.ImageDraw, left: float, top: float, height: float, color: Color) -> None:
    """The figure of an exit sign, running to the right, in a square of that height."""

    def at(x: float, y: float) -> Point:
        return left + x * height, top + y * height

    thick = max(2, round(height * 0.105))

    def limb(*points: Point) -> None:
        draw.line([at(*point) for point in points], fill=color, width=thick, joint="curve")
        for point in points:
            x, y = at(*point)
            draw.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=color)

    x, y = at(0.585, 0.13)
    radius = height * 0.092
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)
    draw.polygon([at(0.40, 0.25), at(0.58, 0.27), at(0.52, 0.60), at(0.34, 0.58)], fill=color)
    limb((0.48, 0.30), (0.66, 0.42), (0.80, 0.34))
    limb((0.46, 0.30), (0.28, 0.32), (0.20, 0.47))
    limb((0.47, 0.57), (0.64, 0.70), (0.60, 0.92))
    limb((0.41, 0.57), (0.34, 0.76), (0.13, 0.82))


def exit_sign(height: int = 220) -> Image.Image:
    """Green box: running man, the doorway, 安全出口 over EXIT."""
    width = round(height * 2.6)
    image = Image.new("RGB", (width, height), EXIT_GREEN)
    draw = ImageDraw.Draw(image)
    draw.rectangle((4, 4, width - 5, height - 5), outline=WHITE, width=max(2, height // 45))
    draw.rectangle((height * 0.86, height * 0.12, height * 1.05, height * 0.9), fill=WHITE)
    running_man(draw, height * 0.08, height * 0.12, height * 0.78, WHITE)
    draw_characters(draw, "安全出口", (height * 1.17, height * 0.15), height * 0.31, WHITE)
    centered(draw, (height * 1.83, height * 0.74), "EXIT", round(height * 0.34), WHITE)
    return image


def way_sign(height: int = 120) -> Image.Image:
    """The low wall sign: running man and an arrow."""
    width = round(height * 2.2)
    image = Image.new("RGB", (width, height), EXIT_GREEN)
    draw = ImageDraw.Draw(image)
    draw.rectangle((2, 2, width - 3, height - 3), outline=WHITE, width=max(2, height // 40))
    running_man(draw, height * 0.1, height * 0.1, height * 0.8, WHITE)
    middle = height * 0.5
    draw.line((height * 1.05, middle, height * 1.75, middle), fill=WHITE, width=round(height * 0.13))
    tip = [(height * 1.68, middle - height * 0.24), (height * 2.06, middle), (height * 1.68, middle + height * 0.24)]
    draw.polygon(tip, fill=WHITE)
    return image


def plate(number: str) -> Image.Image:
    """A blue number plate with an invented number."""
    image = Image.new("RGB", (440, 140), (24, 62, 150))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((5, 5, 434, 134), radius=12, outline=WHITE, width=4)
    centered(draw, (220, 72), number, 84, WHITE)
    return image


def notice(random: Random, heading: str, lines: tuple[str, ...], paper: Color = (246, 243, 230)) -> Image.Image:
    """A sheet of paper taped to a wall or door: a heading and lines of print."""
    width, height = 420, 560
    image = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width - 1, height - 1), outline=mixed(paper, (90, 80, 60), 0.5), width=3)
    centered(draw, (width / 2, height * 0.14), heading, 64, (188, 30, 30))
    for number, line in enumerate(lines):
        centered(draw, (width / 2, height * (0.32 + 0.15 * number)), line, 44, (34, 34, 40))
    for row in range(3):
        top = height * 0.78 + row * 30
        draw.line((width * 0.12, top, width * random.uniform(0.6, 0.88), top), fill=(120, 120, 118), width=6)
    for corner in ((0, 0), (width - 70, 0)):
        draw.polygon(
            [corner, (corner[0] + 70, corner[1]), (corner[0] + 70, corner[1] + 26), (corner[0], corner[1] + 26)],
            fill=(222, 214, 176),
        )
    return image


def hand_written(random: Random, words: tuple[str, ...]) -> Image.Image:
    """A piece of carton with words in thick marker."""
    image = cardboard(random, (420, 260))
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(words):
        draw.text((26, 40 + number * 70), line, font=lettering(56), fill=(26, 26, 30), stroke_width=1)
    return image


def hydrant_sign() -> Image.Image:
    image = Image.new("RGB", (420, 150), (196, 24, 28))
    draw = ImageDraw.Draw(image)
    draw_characters(draw, "消火栓", (92, 12), 76, WHITE)
    centered(draw, (210, 122), "FIRE HYDRANT", 38, WHITE)
    return image


def lane_lettering(words: str, pixels: int, color: Color) -> Image.Image:
    """Characters to be painted on a road (RGBA), one after another."""
    image = Image.new("RGBA", (round(pixels * len(words) * 1.12), pixels), (*color, 0))
    ink = Image.new("L", image.size)
    draw_characters(ImageDraw.Draw(ink), words, (pixels * 0.06, 0), pixels, 255, spacing=1.12)
    image.putalpha(ink)
    return image


def shop_board(words: str, english: str, color: Color) -> Image.Image:
    """The board above a shop: drawn characters and a line of letters."""
    image = Image.new("RGB", (900, 170), color)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 899, 169), outline=mixed(color, (0, 0, 0), 0.4), width=8)
    start = 450 - len(words) * 52
    if words:
        draw_characters(draw, words, (start, 20), 92, (255, 236, 150), spacing=1.13)
    centered(draw, (450, 142 if words else 85), english, 34 if words else 80, WHITE)
    return image
