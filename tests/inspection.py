"""Looking into pictures that we made: what is in the file besides pixels, and what the pixels show."""

import io

from PIL import Image, ImageChops, ImageStat

_ONLY_PIXELS = frozenset({0xC0, 0xC4, 0xDA, 0xDB})
"""Baseline frame, Huffman tables, start of scan, quantization tables: without these there is no picture."""
_JFIF = 0xE0


def jpeg_segments(jpeg: bytes) -> list[tuple[int, bytes]]:
    """Marker and content of every segment before the scan. Fails where the bytes are not exactly one JPEG."""
    assert jpeg.startswith(b"\xff\xd8")
    at, segments = 2, []
    while True:
        assert jpeg[at] == 0xFF, f"no marker at {at}"
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4])
        segments.append((marker, jpeg[at + 4 : at + 2 + length]))
        at += 2 + length
        if marker == 0xDA:
            break
    end = jpeg.index(b"\xff\xd9", at)
    scan = jpeg[at:end].replace(b"\xff\x00", b"")
    assert b"\xff" not in scan, "a segment inside the scan"
    assert end + 2 == len(jpeg), "something after the end of the image"
    return segments


def assert_only_pixels(picture: bytes) -> None:
    """The JPEG or WebP holds what decoding needs: no EXIF, XMP, ICC, comment, thumbnail."""
    if picture.startswith(b"RIFF"):
        _assert_only_one_frame(picture)
        return
    for marker, content in jpeg_segments(picture):
        if marker == _JFIF:
            assert content.startswith(b"JFIF\0")
            assert content[12:14] == b"\0\0", "a thumbnail"
            assert len(content) == 14
        else:
            assert marker in _ONLY_PIXELS, f"segment {marker:02x}"


def _assert_only_one_frame(webp: bytes) -> None:
    """The simple lossy form of the WebP container: one chunk of pixels, and nothing after it."""
    assert webp[8:16] == b"WEBPVP8 ", "another chunk than that of the pixels"
    length = int.from_bytes(webp[16:20], "little")
    assert len(webp) == int.from_bytes(webp[4:8], "little") + 8 == 20 + length + length % 2, "another chunk behind"


def pixels(picture: bytes) -> Image.Image:
    """The decoded picture in RGB, as its bytes say, with no regard to EXIF."""
    return Image.open(io.BytesIO(picture)).convert("RGB")


def mean_difference(one: Image.Image, other: Image.Image) -> float:
    """Mean absolute difference of all samples, 0..255."""
    assert one.size == other.size
    means: list[float] = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return sum(means) / len(means)


def color_at(picture: Image.Image, place: tuple[int, int]) -> tuple[int, ...]:
    """The color of one pixel of a picture in RGB."""
    color = picture.getpixel(place)
    assert isinstance(color, tuple)
    return color


def is_close(color: tuple[int, ...], expected: tuple[int, ...], tolerance: int = 24) -> bool:
    """Whether two colors look the same after JPEG."""
    return all(abs(a - b) <= tolerance for a, b in zip(color, expected, strict=True))
