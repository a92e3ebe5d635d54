"""12-megapixel photographs of about 4 MB, as a phone's camera writes them: the load of every line of the bench."""

import io
import os
import random
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import piexif
from PIL import Image, ImageChops, ImageDraw, ImageFilter

SIZE = (4000, 3000)
TARGET_BYTES = 4_000_000
TOLERANCE_BYTES = 150_000
QUALITY = 88


@dataclass(frozen=True, slots=True)
class Payload:
    """One request body that no other request of the run has: `head` and then the file from `offset` on."""

    head: bytes
    file: Path
    offset: int
    size: int
    sha256: bytes


def make_photographs(folder: Path, count: int = 4) -> list[Path]:
    """Draws `count` photographs into `folder`, or finds those of an earlier run there."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(count):
        path = folder / f"photograph-{number}.jpg"
        if not path.exists():
            draft = path.with_suffix(".part")
            draft.write_bytes(_photograph(number))
            draft.rename(path)
        paths.append(path)
    return paths


def payloads(paths: list[Path], count: int) -> list[Payload]:
    """`count` bodies, each a photograph with a comment segment of its own, so that no store can recognize it."""
    rests = [path.read_bytes()[2:] for path in paths]
    bodies = []
    for number in range(count):
        path, rest = paths[number % len(paths)], rests[number % len(paths)]
        head = b"\xff\xd8\xff\xfe\x00\x12" + os.urandom(16)
        digest = sha256(head)
        digest.update(rest)
        bodies.append(Payload(head, path, 2, len(head) + len(rest), digest.digest()))
    return bodies


def enlarged(path: Path, target: Path, size: int) -> Path:
    """The photograph at `path` followed by as many unused bytes as make a file of `size` bytes."""
    content = path.read_bytes()
    target.write_bytes(content + os.urandom(size - len(content)))
    return target


def _photograph(number: int) -> bytes:
    """Searches the noise level whose file has the size a camera's would."""
    chance = random.Random(number)
    scene = _scene(chance)
    # effect_noise draws from the C library's generator, so two runs differ in pixels but not in size.
    fine = Image.effect_noise(SIZE, 64)
    coarse = Image.effect_noise((SIZE[0] // 2, SIZE[1] // 2), 64).resize(SIZE, Image.Resampling.NEAREST)
    grain = Image.blend(fine, coarse, 0.55)
    exif = _exif(number)
    low, high = 0.0, 1.0
    while True:
        level = (low + high) / 2
        luminance = Image.blend(Image.new("L", SIZE, 128), grain, level)
        noise = Image.merge("RGB", (luminance, luminance, luminance))
        output = io.BytesIO()
        ImageChops.add(scene, noise, scale=1, offset=-128).save(
            output, "JPEG", quality=QUALITY, subsampling="4:2:0", exif=exif
        )
        if abs(output.tell() - TARGET_BYTES) < TOLERANCE_BYTES or high - low < 0.001:
            return output.getvalue()
        low, high = (level, high) if output.tell() < TARGET_BYTES else (low, level)


def _scene(chance: random.Random) -> Image.Image:
    """Shapes with soft edges and a fall of light: what is left of a corridor when nobody has to recognize it."""
    small = Image.new("RGB", (1000, 750), (120, 116, 108))
    draw = ImageDraw.Draw(small)
    for _ in range(160):
        left, top = chance.randrange(-100, 1000), chance.randrange(-100, 750)
        right, bottom = left + chance.randrange(10, 300), top + chance.randrange(10, 300)
        draw.rectangle((left, top, right, bottom), fill=tuple(chance.randrange(30, 225) for _ in range(3)))
    light = Image.linear_gradient("L").resize(small.size).convert("RGB")
    lit = Image.blend(small, light, 0.25).filter(ImageFilter.GaussianBlur(0.8))
    return lit.resize(SIZE, Image.Resampling.BICUBIC)


def _exif(number: int) -> bytes:
    taken = b"2024:06:%02d 10:%02d:00" % (number % 28 + 1, number % 60)
    content: bytes = piexif.dump(
        {
            "0th": {
                piexif.ImageIFD.Make: b"Bench",
                piexif.ImageIFD.Model: b"Camera %d" % number,
                piexif.ImageIFD.Orientation: 6 if number % 4 == 3 else 1,
                piexif.ImageIFD.DateTime: taken,
            },
            "Exif": {
                piexif.ExifIFD.DateTimeOriginal: taken,
                piexif.ExifIFD.OffsetTimeOriginal: b"+08:00",
                piexif.ExifIFD.ExposureTime: (1, 120),
                piexif.ExifIFD.FNumber: (18, 10),
                piexif.ExifIFD.ISOSpeedRatings: 100,
                piexif.ExifIFD.PixelXDimension: SIZE[0],
                piexif.ExifIFD.PixelYDimension: SIZE[1],
            },
            "GPS": {
                piexif.GPSIFD.GPSLatitudeRef: b"N",
                piexif.GPSIFD.GPSLatitude: ((37, 1), (51, 1), (376200, 10000)),
                piexif.GPSIFD.GPSLongitudeRef: b"E",
                piexif.GPSIFD.GPSLongitude: ((113, 1), (34, 1), (483600, 10000)),
                piexif.GPSIFD.GPSImgDirection: (number * 100, 100),
            },
        }
    )
    return content
