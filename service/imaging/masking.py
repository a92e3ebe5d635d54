"""Pictures for the public: what must not be recognized is painted over, opaque, in the pixels themselves.

The order matters. Masks are painted on the large picture, before it is shrunk: shrinking averages neighbors, so pixels
beside a mask that is painted afterwards would still carry a trace of what lies under it. And they are painted a little
larger than drawn (0.5 % of the longest side), which also covers what a camera's own JPEG smeared around an outline:
its color is stored in blocks of 16 pixels. Nothing under a mask reaches the encoder.
"""

import io
import math
from collections.abc import Sequence
from typing import BinaryIO, Final

from PIL import Image, ImageDraw

from service.imaging.decoding import MEMORY_BYTES, PIXEL_LIMIT, Picture, shrink, with_picture
from service.imaging.polygons import Polygon, check_polygons, convex_hull, crosses_itself
from service.imaging.renditions import encode_jpeg
from service.imaging.results import WIDTHS, Masked, Undecodable

PICTURE_SIDE: Final = 1600
SHARE_CARD: Final = (1200, 630)
WEBP_QUALITY: Final = 78
GROWTH: Final = 0.005
"""By how much a mask is larger than drawn on each side, as a fraction of the picture's longest side."""
ROUNDING: Final = 2
"""Pixels by which a drawn line may lie beside the true one: its ends are cut to whole pixels, its width is halved."""
MASK_COLOR: Final = (24, 24, 24)


def mask(
    file: BinaryIO,
    polygons: Sequence[Polygon],
    *,
    pixel_limit: int = PIXEL_LIMIT,
    memory_bytes: int = MEMORY_BYTES,
) -> Masked | Undecodable:
    """Return the photo in `file` with every polygon painted over, in all files that screens ask for.

    A polygon is three or more points (x, y) in fractions of the width and height of the upright picture, from its top
    left corner; a rectangle is one with four. Points may lie outside. Where a polygon crosses itself its convex hull is
    painted, since nobody can say which of its parts was meant.

    Raises ValueError for a polygon that is none, and the OSError of a file that cannot be read.
    """
    check_polygons(polygons)
    return with_picture(file, pixel_limit, memory_bytes, lambda picture: _mask(picture, polygons))


def _mask(picture: Picture, polygons: Sequence[Polygon]) -> Masked:
    # Twice as large as needed or larger: all of a 12-megapixel photo, and no more memory for one of 200 megapixels.
    large = picture.make_upright(picture.decode(2 * PICTURE_SIDE))
    large = large if large.mode == "RGB" else large.convert("RGB")
    for polygon in polygons:
        paint(large, polygon)
    small = picture.to_srgb(shrink(large, PICTURE_SIDE))
    files = {"": encode_jpeg(small), "card": encode_jpeg(_share_card(small)), "webp": _webp(small)}
    for width in WIDTHS:
        if width < small.width:
            size = width, max(1, round(small.height * width / small.width))
            narrow = small.resize(size, Image.Resampling.BILINEAR, reducing_gap=1.0)
            files |= {f"{width}.jpg": encode_jpeg(narrow), f"{width}.webp": _webp(narrow)}
    return Masked(picture_size=small.size, files=files)


def _webp(image: Image.Image) -> bytes:
    """The pixels and nothing else."""
    image.info = {}
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=WEBP_QUALITY, method=4)
    return buffer.getvalue()


def paint(image: Image.Image, polygon: Polygon) -> None:
    """Paint the polygon into the image, grown by GROWTH."""
    width, height = image.size
    # Far outside is as good as outside, and what is not far fits the C integers that the drawing uses.
    corners = [(_near(x) * width, _near(y) * height) for x, y in polygon]
    if crosses_itself(corners):
        corners = convex_hull(corners)
    growth = math.ceil(GROWTH * max(width, height)) + 1
    draw = ImageDraw.Draw(image)
    draw.polygon(corners, fill=MASK_COLOR)
    draw.line([*corners, corners[0]], fill=MASK_COLOR, width=2 * (growth + ROUNDING))
    for x, y in corners:
        draw.rectangle((x - growth, y - growth, x + growth, y + growth), fill=MASK_COLOR)


def _near(fraction: float) -> float:
    return min(max(fraction, -1.0), 2.0)


def _share_card(image: Image.Image) -> Image.Image:
    """The middle of the image, scaled to fill the card."""
    width, height = image.size
    scale = min(width / SHARE_CARD[0], height / SHARE_CARD[1])
    left, top = (width - SHARE_CARD[0] * scale) / 2, (height - SHARE_CARD[1] * scale) / 2
    box = left, top, left + SHARE_CARD[0] * scale, top + SHARE_CARD[1] * scale
    return image.resize(SHARE_CARD, Image.Resampling.BILINEAR, box=box, reducing_gap=1.0)
