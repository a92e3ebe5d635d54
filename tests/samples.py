"""Sample pictures: what phones send, and what they should not.

Everything is drawn here, so the tests need no file and the same arguments always give the same bytes.
"""

import io
import random
import struct
import zlib
from datetime import datetime
from functools import cache
from typing import Any

import piexif
import pillow_heif
from PIL import Image, ImageDraw

YANGQUAN = (37.8573, 113.5804)
"""Latitude and longitude, WGS-84 degrees."""
TAKEN = "2026:03:18 09:41:07"
CORNERS = {"top_left": (200, 30, 30), "top_right": (30, 170, 30), "bottom_left": (30, 30, 200)}
"""Colors painted over a tenth of the picture in three corners, so that a test can see which way is up."""

# How pixels that look right are stored for each EXIF orientation: the inverse of what a viewer does.
_STORED_AS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def scene(seed: int = 0, size: tuple[int, int] = (1200, 900)) -> Image.Image:
    """A stair with boxes in the way, different for each seed, upright, with sensor noise and marked corners."""
    width, height = size
    dice = random.Random(seed)
    picture = Image.new("RGB", size, (186, 182, 170))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, height * 0.55, width, height), fill=(120, 116, 108))
    for step in range(7):
        top = height * (0.5 - step * 0.05)
        draw.rectangle((width * 0.3, top, width * 0.7, top + height * 0.04), fill=(150 - step * 8,) * 3)
    for _ in range(5):
        x, y = dice.uniform(0.1, 0.75) * width, dice.uniform(0.45, 0.75) * height
        color = (dice.randrange(110, 190), dice.randrange(70, 130), dice.randrange(20, 80))
        draw.rectangle((x, y, x + width * 0.15, y + height * 0.18), fill=color, outline=(60, 40, 20), width=3)
    # effect_noise draws from a generator of its own that cannot be seeded: noise from our dice keeps bytes the same.
    grain = Image.frombytes("L", (256, 256), dice.randbytes(256 * 256)).resize(size, Image.Resampling.BICUBIC)
    picture = Image.blend(picture, Image.merge("RGB", (grain, grain, grain)), 0.08)
    draw = ImageDraw.Draw(picture)
    edge_x, edge_y = width // 10, height // 10
    draw.rectangle((0, 0, edge_x, edge_y), fill=CORNERS["top_left"])
    draw.rectangle((width - edge_x, 0, width, edge_y), fill=CORNERS["top_right"])
    draw.rectangle((0, height - edge_y, edge_x, height), fill=CORNERS["bottom_left"])
    return picture


def phone_exif(
    *,
    orientation: int = 1,
    gps: tuple[float, float] | None = YANGQUAN,
    taken: str | datetime | None = TAKEN,
    offset: str | None = "+08:00",
    changes: dict[str, dict[int, Any]] | None = None,
) -> bytes:
    """EXIF as a phone writes it, beginning with `Exif\\0\\0`. `changes` overrides tags, by piexif's names of IFDs."""
    image, details, position = piexif.ImageIFD, piexif.ExifIFD, piexif.GPSIFD
    tags: dict[str, dict[int, Any]] = {
        "0th": {image.Make: b"Clearway", image.Model: b"Test Phone 5", image.Orientation: orientation},
        "Exif": {details.ExposureTime: (1, 60), details.FNumber: (18, 10), details.ISOSpeedRatings: 320},
        "GPS": {},
    }
    if taken is not None:
        text = taken.strftime("%Y:%m:%d %H:%M:%S") if isinstance(taken, datetime) else taken
        tags["0th"][image.DateTime] = tags["Exif"][details.DateTimeOriginal] = text.encode()
        tags["Exif"][details.DateTimeDigitized] = text.encode()
        if offset is not None:
            tags["Exif"][details.OffsetTimeOriginal] = offset.encode()
    if gps is not None:
        latitude, longitude = gps
        tags["GPS"] = {
            position.GPSLatitudeRef: b"N" if latitude >= 0 else b"S",
            position.GPSLatitude: sexagesimal(latitude),
            position.GPSLongitudeRef: b"E" if longitude >= 0 else b"W",
            position.GPSLongitude: sexagesimal(longitude),
            position.GPSAltitudeRef: 0,
            position.GPSAltitude: (7021, 10),
            position.GPSImgDirectionRef: b"M",
            position.GPSImgDirection: (18250, 100),
        }
    for directory, values in (changes or {}).items():
        tags[directory].update(values)
    return bytes(piexif.dump(tags))


def sexagesimal(degrees: float) -> tuple[tuple[int, int], ...]:
    """Degrees, minutes and seconds as EXIF rationals, to about 3 mm."""
    ten_thousandths = round(abs(degrees) * 36_000_000)
    minutes, seconds = divmod(ten_thousandths, 600_000)
    return ((minutes // 60, 1), (minutes % 60, 1), (seconds, 10_000))


def encode(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """The picture in one of Pillow's formats."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def turned(picture: Image.Image, orientation: int) -> Image.Image:
    """The upright picture as a camera stores it under this EXIF orientation."""
    return picture if orientation == 1 else picture.transpose(_STORED_AS[orientation])


@cache
def phone_photo(
    seed: int = 0,
    size: tuple[int, int] = (1200, 900),
    quality: int = 88,
    orientation: int = 1,
    gps: tuple[float, float] | None = YANGQUAN,
    taken: str | datetime | None = TAKEN,
    offset: str | None = "+08:00",
) -> bytes:
    """A JPEG as a phone takes it. `size` is that of the picture held upright."""
    exif = phone_exif(orientation=orientation, gps=gps, taken=taken, offset=offset)
    return encode(turned(scene(seed, size), orientation), quality=quality, subsampling="4:2:0", exif=exif)


@cache
def png_photo(seed: int = 0, size: tuple[int, int] = (320, 240)) -> bytes:
    """A PNG with EXIF, as an edited photo or a screenshot comes."""
    return encode(scene(seed, size), "PNG", exif=phone_exif())


@cache
def webp_photo(seed: int = 0, size: tuple[int, int] = (320, 240)) -> bytes:
    """A lossy WebP with EXIF."""
    return encode(scene(seed, size), "WEBP", quality=85, exif=phone_exif())


@cache
def avif_photo(seed: int = 0, size: tuple[int, int] = (320, 240)) -> bytes:
    """An AVIF with EXIF."""
    return encode(scene(seed, size), "AVIF", quality=80, speed=10, exif=phone_exif())


@cache
def heic_photo(seed: int = 0, size: tuple[int, int] = (320, 240)) -> bytes:
    """A HEIC with EXIF, as an iPhone takes it."""
    buffer = io.BytesIO()
    pillow_heif.from_pillow(scene(seed, size)).save(buffer, quality=80, exif=phone_exif())
    return buffer.getvalue()


def accepted_photos() -> dict[str, bytes]:
    """One small photo of every accepted media type, by media type."""
    return {
        "image/jpeg": phone_photo(size=(320, 240)),
        "image/png": png_photo(),
        "image/webp": webp_photo(),
        "image/avif": avif_photo(),
        "image/heic": heic_photo(),
    }


def oversized_photo(size: int = 51 * 1024 * 1024) -> bytes:
    """A good JPEG that zeros after its end blow up to `size` bytes."""
    return phone_photo(size=(320, 240)).ljust(size, b"\0")


def huge_png(side: int = 60_000, *, transparent: bool = False) -> bytes:
    """A PNG that claims side x side pixels and holds a few: 10.8 GB if a decoder believes it."""
    header = struct.pack(">IIBBBBB", side, side, 8, 6 if transparent else 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _png_chunk(kind, body)
        for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(100_000))), (b"IEND", b""))
    )


def huge_jpeg(side: int = 60_000) -> bytes:
    """A JPEG whose frame header claims side x side pixels."""
    photo = bytearray(phone_photo(size=(320, 240), gps=None, taken=None))
    frame = photo.index(b"\xff\xc0")
    photo[frame + 5 : frame + 9] = struct.pack(">HH", side, side)
    return bytes(photo)


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_exif(photo: bytes, exif: bytes) -> bytes:
    """The JPEG with this EXIF instead of its own. The bytes go in as they are, damaged or not."""
    bare = io.BytesIO()
    piexif.remove(photo, bare)
    segment = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    return photo[:2] + segment + bare.getvalue()[2:]


def exif_with_zero_denominators() -> bytes:
    """Position, altitude and heading whose denominators are all zero."""
    position = piexif.GPSIFD
    nothing = ((37, 0), (51, 0), (0, 0))
    gps = {position.GPSLatitude: nothing, position.GPSLongitude: nothing}
    gps |= {position.GPSAltitude: (0, 0), position.GPSImgDirection: (1, 0)}
    return phone_exif(changes={"GPS": gps, "Exif": {piexif.ExifIFD.ExposureTime: (0, 0)}})


def exif_with_offsets_past_the_end() -> bytes:
    """Every value that lies outside its entry is said to lie far behind the end of the segment."""
    exif = bytearray(phone_exif())
    tiff = 6  # Exif\0\0
    order = ">" if exif[tiff : tiff + 2] == b"MM" else "<"
    first = tiff + struct.unpack_from(order + "I", exif, tiff + 4)[0]
    for entry in range(struct.unpack_from(order + "H", exif, first)[0]):
        at = first + 2 + entry * 12
        kind, count = struct.unpack_from(order + "HI", exif, at + 2)
        if kind == 2 and count > 4:
            struct.pack_into(order + "I", exif, at + 8, 0x00FF0000)
    return bytes(exif)


@cache
def odd_files() -> dict[str, bytes]:
    """Files that arrive although they should not, by a name which says what is odd."""
    photo = phone_photo(size=(640, 480))
    return {
        "truncated.jpg": photo[: len(photo) // 2],
        "header_only.jpg": photo[:24],
        "empty.jpg": b"",
        "noise.jpg": random.Random(1).randbytes(5000),
        "heic_named.jpg": heic_photo(),
        "vector.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "page.html": b"<!doctype html><html><script>alert(1)</script></html>",
        "page_before_photo.jpg": b"<html><script>alert(1)</script>" + photo,
        "polyglot.jpg": photo + b"<html><script>alert(1)</script></html>",
        "animation.gif": encode(scene(0, (64, 48)), "GIF"),
        "document.pdf": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
        "huge.png": huge_png(),
        "huge.jpg": huge_jpeg(),
        "zero_denominators.jpg": with_exif(photo, exif_with_zero_denominators()),
        "offsets_past_the_end.jpg": with_exif(photo, exif_with_offsets_past_the_end()),
    }
