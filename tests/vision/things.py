"""What is pasted into the pictures: faces, plates, notices and safety signs, large and straight, with outlines."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any, Literal

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from tests.conftest import missing

Kind = Literal["face", "plate", "text", "sign"]
PICTURES = Path(__file__).parent / "pictures"
FONTS = [Path(f"/usr/share/fonts/opentype/noto/NotoSansCJK-{weight}.ttc") for weight in ("Regular", "Bold")]
MARGIN = 12


@dataclass(frozen=True)
class Outline:
    """A thing to be found: its corners in the pasted picture, and its height there (a plate's width)."""

    kind: Kind
    box: tuple[float, float, float, float]
    text: str = ""

    @property
    def length(self) -> float:
        """What its size is told by: the width of a plate, the height of all else."""
        left, top, right, bottom = self.box
        return right - left if self.kind == "plate" else bottom - top


@dataclass(frozen=True)
class Thing:
    """An RGBA picture and what is to be found in it."""

    image: Image.Image
    outlines: list[Outline]


@lru_cache(maxsize=64)
def font(size: int, *, bold: bool = False) -> ImageFont.FreeTypeFont:
    """A font with Chinese letters; index 2 is the one for simplified Chinese."""
    if not FONTS[bold].exists():
        missing("a font with Chinese letters (fonts-noto-cjk)")
    return ImageFont.truetype(str(FONTS[bold]), size, index=2)


@lru_cache(maxsize=16)
def photograph(name: str) -> Image.Image:
    """One of the photographs beside this file."""
    with Image.open(PICTURES / f"{name}.jpg") as image:
        return image.convert("RGB")


def feathered(size: tuple[int, int]) -> Image.Image:
    """A mask in which an ellipse fades out at its edge."""
    mask = Image.new("L", size, 0)
    inset = round(0.04 * min(size))
    ImageDraw.Draw(mask).ellipse((inset, inset, size[0] - inset, size[1] - inset), fill=255)
    return mask.filter(ImageFilter.GaussianBlur(inset / 1.5))


FACES: dict[str, tuple[float, float, float, float]] = {"astronaut": (72, 58, 160, 178), "hopper": (65, 122, 247, 327)}
"""The photographs with a face, and where it is: from the hair line to the chin."""


def face(random: Random) -> Thing:
    """A head with hair, cut out softly; mirrored, darker, paler, grey, with glasses or a medical mask."""
    name = random.choice(sorted(FACES))
    left, top, right, bottom = FACES[name]
    head = photograph(name).copy()
    draw = ImageDraw.Draw(head)
    width, height = right - left, bottom - top
    dress = random.random()
    if dress < 0.12:  # a medical mask: people wear them in corridors
        draw.polygon(
            [(left, top + 0.55 * height), (left + width / 2, top + 0.48 * height), (right, top + 0.55 * height),
             (right - 0.15 * width, bottom), (left + 0.15 * width, bottom)],
            fill=random.choice([(190, 215, 230), (235, 238, 240)]),
        )  # fmt: skip
    elif dress < 0.24 and name == "astronaut":
        for middle in (0.3, 0.72):
            x, y = left + middle * width, top + 0.36 * height
            draw.ellipse((x - 14, y - 11, x + 14, y + 11), outline=(30, 30, 30), width=3)
    head = ImageEnhance.Color(head).enhance(random.choice([0.0, 0.6, 1.0, 1.2]))
    tint = Image.new(
        "RGB", head.size, random.choice([(255, 224, 189), (150, 100, 70), (255, 255, 255), (200, 220, 255)])
    )
    head = Image.blend(head, Image.composite(tint, head, Image.new("L", head.size, 128)), random.uniform(0, 0.25))
    reach = 0.55
    crop = tuple(
        round(value)
        for value in (
            max(0, left - reach * width), max(0, top - 0.5 * height),
            min(head.width, right + reach * width), min(head.height, bottom + 0.4 * height),
        )
    )  # fmt: skip
    head = head.crop(crop)  # type: ignore[arg-type]
    box = (left - crop[0], top - crop[1], right - crop[0], bottom - crop[1])
    if random.random() < 0.5:
        head = head.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        box = (head.width - box[2], box[1], head.width - box[0], box[3])
    head.putalpha(feathered(head.size))
    return Thing(head, [Outline("face", box)])


PLATE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
PROVINCES = "晋晋晋京冀豫陕蒙"


def plate(random: Random) -> Thing:
    """A plate of GA 36-2018 at two pixels a millimetre: blue, yellow, or green for new energy."""
    color = random.choice(["blue", "blue", "yellow", "green"])
    count = 6 if color == "green" else 5
    tail = "".join(random.choice(PLATE_LETTERS + "0123456789" * 3) for _ in range(count))
    if color == "green":
        tail = random.choice("DF") + tail[1:]
    text = random.choice(PROVINCES) + random.choice("ABCDEFHJKLM" if random.random() < 0.5 else "C") + tail
    width, height = (960 if color == "green" else 880), 280
    back, ink = {
        "blue": ((20, 60, 165), (250, 250, 250)),
        "yellow": ((245, 190, 20), (15, 15, 15)),
        "green": ((150, 215, 160), (15, 15, 15)),
    }[color]
    image = Image.new("RGBA", (width + 2 * MARGIN, height + 2 * MARGIN), (60, 60, 62, 255))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((MARGIN, MARGIN, width + MARGIN, height + MARGIN), 20, fill=back)
    if color == "green":  # fades from nearly white at the top
        for row in range(height // 2):
            share = row / (height / 2)
            shade = tuple(round(240 + (part - 240) * share) for part in back)
            draw.line((MARGIN + 16, MARGIN + 16 + row, width + MARGIN - 16, MARGIN + 16 + row), fill=shade)
    draw.rounded_rectangle((MARGIN + 8, MARGIN + 8, width + MARGIN - 8, height + MARGIN - 8), 16, outline=ink, width=5)
    cell = (width - 100) / (len(text) + 0.4)
    for index, letter in enumerate(text):
        x = MARGIN + 50 + (index + (0.4 if index > 1 else 0)) * cell
        image.alpha_composite(_narrow(letter, ink, round(cell * 0.86), 184), (round(x), MARGIN + 48))
    dot = MARGIN + 50 + 2.2 * cell
    draw.ellipse((dot - 12, MARGIN + 128, dot + 8, MARGIN + 148), fill=ink)
    return Thing(image, [Outline("plate", (MARGIN, MARGIN, width + MARGIN, height + MARGIN), text)])


@lru_cache(maxsize=512)
def _narrow(letter: str, ink: tuple[int, int, int], width: int, height: int) -> Image.Image:
    """A letter of a plate: 45 x 90 mm whatever the font thinks of it."""
    used = font(200, bold=True)
    left, top, right, bottom = (round(value) for value in used.getbbox(letter))
    image = Image.new("RGBA", (right - left, bottom - top), (*ink, 0))
    ImageDraw.Draw(image).text((-left, -top), letter, font=used, fill=(*ink, 255))
    if letter in "1I":
        width //= 2
    return image.resize((width, height), Image.Resampling.LANCZOS)


SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙马朱胡", "伟芳娜敏静强磊洋艳勇军杰丽涛超明霞平刚桂英华建文"


def _mobile(random: Random) -> str:
    number = f"1{random.choice('3456789')}{random.randrange(10):d}0000{random.randrange(10000):04d}"
    return random.choice(
        [number, f"{number[:3]} {number[3:7]} {number[7:]}", f"{number[:3]}-{number[3:7]}-{number[7:]}"]
    )


def _identity(random: Random) -> str:
    born = f"{random.randrange(1950, 2005)}{random.randrange(1, 13):02d}{random.randrange(1, 29):02d}"
    return f"140302{born}{random.randrange(1000):03d}X"


def _name(random: Random) -> str:
    return random.choice(SURNAMES) + "".join(random.sample(GIVEN, random.choice([1, 2, 2])))


PERSONAL: tuple[Callable[[Random], str], ...] = (
    lambda random: f"联系电话：{_mobile(random)}",
    lambda random: f"报修 {_mobile(random)}",
    lambda random: f"电话 0353-{random.randrange(2000000, 9999999)}",
    lambda random: f"负责人：{_name(random)}",
    lambda random: f"值班员 {_name(random)} {_mobile(random)}",
    lambda random: f"身份证号 {_identity(random)}",
    lambda random: f"{random.randrange(1, 30)}号楼{random.randrange(1, 6)}单元{random.randrange(101, 2604)}室",
    lambda random: f"{random.randrange(101, 2604)}室",
    lambda random: f"业主 {_name(random)} {random.randrange(101, 2604)}",
)
COLORS = (
    ((250, 250, 246), (20, 20, 24)), ((255, 238, 120), (40, 20, 10)), ((200, 30, 30), (255, 250, 240)),
    ((30, 70, 150), (250, 250, 250)), ((225, 225, 220), (120, 20, 20)), ((60, 60, 64), (240, 240, 240)),
)  # fmt: skip


def notice(random: Random) -> Thing:
    """One to three personal lines on paper, plastic or a painted door."""
    back, ink = random.choice(COLORS)
    lines = [random.choice(PERSONAL)(random) for _ in range(random.choice([1, 1, 2, 3]))]
    used = font(96, bold=random.random() < 0.5)
    return _board([(line, used, ink) for line in lines], back, "text")


SIGNS = (
    "安全出口", "安全出口 EXIT", "EXIT", "疏散通道 禁止占用", "消防通道 禁止停车", "灭火器", "灭火器箱",
    "消火栓", "火警119",
    "禁止堆放杂物", "请保持通道畅通", "禁止吸烟", "常闭防火门", "请随手关门", "应急照明", "消防车道 严禁占用",
    "紧急出口", "→ 安全出口", "手动报警按钮", "禁止电动自行车入内", "NO SMOKING", "FIRE HYDRANT", "消防栓",
    "FIRE EXTINGUISHER", "注意安全", "小心台阶",
)  # fmt: skip
SIGN_COLORS = (
    ((0, 135, 75), (250, 255, 250)),
    ((200, 25, 25), (255, 255, 250)),
    ((245, 205, 20), (20, 20, 20)),
    ((250, 250, 250), (200, 20, 20)),
    ((250, 252, 250), (0, 120, 70)),
)


def sign(random: Random) -> Thing:
    """A safety sign: two or three words in the colors of GB 2893."""
    back, ink = random.choice(SIGN_COLORS)
    text = random.choice(SIGNS)
    lines = text.split(" ") if random.random() < 0.4 and "→" not in text else [text]
    return _board([(line, font(96, bold=True), ink) for line in lines], back, "sign")


def _board(lines: list[tuple[str, ImageFont.FreeTypeFont, Any]], back: Any, kind: Kind) -> Thing:
    widths = [round(used.getlength(text)) for text, used, _ in lines]
    pitch, edge = 140, 50
    image = Image.new("RGBA", (max(widths) + 2 * edge, pitch * len(lines) + 2 * edge - 30), (*back, 255))
    draw = ImageDraw.Draw(image)
    outlines = []
    for row, (text, used, ink) in enumerate(lines):
        x, y = edge + (max(widths) - widths[row]) // 2 * (kind == "sign"), edge + row * pitch
        draw.text((x, y), text, font=used, fill=ink, anchor="lt")
        box = draw.textbbox((x, y), text, font=used, anchor="lt")
        outlines.append(Outline(kind, (box[0], box[1], box[2], box[3]), text))
    return Thing(image, outlines)


def as_array(image: Image.Image) -> "np.ndarray[Any, np.dtype[np.uint8]]":
    """Height x width x channels."""
    return np.asarray(image, np.uint8)
