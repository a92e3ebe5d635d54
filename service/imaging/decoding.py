"""From a file to pixels: refused before decoding when too large, shrunk while cheap, errors turned into values."""

import warnings
from collections.abc import Callable
from typing import BinaryIO, Final, TypeVar

import msgspec
from PIL import Image

from schemas.photos import MediaType, PhotoFacts
from service.imaging.color import to_srgb
from service.imaging.exif import read_facts
from service.imaging.formats import HEAD_BYTES, sniff
from service.imaging.opening import OpenedFile, Refused, open_file
from service.imaging.results import Undecodable, UndecodableReason

PIXEL_LIMIT: Final = 120_000_000
"""Pixels of the largest picture that is decoded, if its format lets them fit the memory."""
MEMORY_BYTES: Final = 1024 * 1024 * 1024
"""What decoding a picture may take where nobody says otherwise."""
JPEG_ALLOWANCE: Final = 8
"""How many times the limit a sequential JPEG may have: it shrinks while it is decoded and never lies in memory whole,
so only its time grows. It lets phones with 200 megapixels in and keeps 60,000 x 60,000 out."""

Outcome = TypeVar("Outcome")

_TRANSPOSITIONS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Picture:
    """An opened picture and how to bring its pixels into a form in which they can be shown."""

    def __init__(self, opened: OpenedFile, media_type: MediaType) -> None:
        self._opened = opened
        self.media_type = media_type
        self.size = opened.size
        self._facts = read_facts(opened.exif, opened.size, is_upright=opened.is_upright)

    @property
    def facts(self) -> PhotoFacts:
        """What the metadata says, and after decoding what that has shown."""
        if not self._opened.end_was_missing:
            return self._facts
        return msgspec.structs.replace(self._facts, flags=(*self._facts.flags, "picture.end_missing"))

    def check_pixels(self, limit: int, memory_bytes: int) -> None:
        """Raise Refused when there are too many, for anybody or for this format in this much memory."""
        width, height = self.size
        if self._opened.shrinks_while_decoding:
            limit *= JPEG_ALLOWANCE
        if width * height > limit:
            raise Refused("too_many_pixels", f"{width} x {height} pixels, the limit is {limit}")
        needed = int(width * height * self._opened.bytes_per_pixel)
        if needed > memory_bytes:
            raise Refused("too_many_pixels", f"{width} x {height} pixels take {needed} bytes of {memory_bytes}")

    def decode(self, longest_side: int) -> Image.Image:
        """Return the pixels as they are stored, opaque, in mode L, RGB or CMYK, at the full size or at a whole
        fraction of it with at least `longest_side` pixels."""
        return _opaque(self._opened.decode(longest_side))

    def make_upright(self, image: Image.Image) -> Image.Image:
        """Turn stored pixels upright. Cheapest when they are few."""
        transposition = None if self._opened.is_upright else _TRANSPOSITIONS.get(self._facts.orientation or 1)
        return image if transposition is None else image.transpose(transposition)

    def to_srgb(self, image: Image.Image) -> Image.Image:
        """Give the numbers of decoded pixels the meaning that every screen assumes. The mode becomes L or RGB."""
        return to_srgb(image, self._opened.color_profile)


def with_picture(
    file: BinaryIO, pixel_limit: int, memory_bytes: int, work: Callable[[Picture], Outcome]
) -> Outcome | Undecodable:
    """Open the picture in `file` and return what `work` makes of it, or why it cannot be decoded.

    Raises only the OSError of a file that cannot be read: that is not the photo's fault.
    """
    media_type = sniff(file.read(HEAD_BYTES))
    if media_type is None:
        return Undecodable(reason="unsupported")
    file.seek(0)
    facts: PhotoFacts | None = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns about damaged metadata, on which our flags report
            picture = Picture(open_file(file, media_type, pixel_limit, memory_bytes), media_type)
            facts = picture.facts
            picture.check_pixels(pixel_limit, memory_bytes)
            return work(picture)
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        detail = f"{type(error).__name__}: {error}"[:200]
        return Undecodable(reason=_reason(error), media_type=media_type, facts=facts, detail=detail)


def shrink(image: Image.Image, longest_side: int) -> Image.Image:
    """Return the image with its longest side at most `longest_side`, by averaging: bilinear over the covered area.

    Twice and more is first reduced by whole pixels, which costs a fraction and is not seen.
    """
    width, height = image.size
    if max(width, height) <= longest_side:
        return image
    scale = longest_side / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return image.resize(size, Image.Resampling.BILINEAR, reducing_gap=1.0)


def _reason(error: Exception) -> UndecodableReason:
    """Decoders say what is wrong in their messages only."""
    if isinstance(error, Refused):
        reason: UndecodableReason = error.args[0]
        return reason
    if isinstance(error, Image.DecompressionBombError):
        return "too_many_pixels"
    message = str(error).lower()
    if isinstance(error, MemoryError) or "memory" in message or "limit" in message:
        return "resource_limit"
    if isinstance(error, EOFError) or "truncated" in message or "end of file" in message:
        return "truncated"
    return "unsupported" if "unsupported" in message else "damaged"


def _opaque(image: Image.Image) -> Image.Image:
    """Bring rare modes to one that can be resized, and put what is transparent on white."""
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value * (1 / 256)).convert("L")  # convert alone would cut off above 255
    has_alpha = "transparency" in image.info or image.mode in ("LA", "La", "PA", "RGBA", "RGBa")
    if not has_alpha:
        return image.convert("L" if image.mode in ("1", "I", "F") else "RGB")
    layer = image if image.mode == "RGBA" else image.convert("RGBA")
    background = Image.new("RGB", layer.size, (255, 255, 255))
    background.paste(layer, mask=layer.getchannel("A"))
    return background
