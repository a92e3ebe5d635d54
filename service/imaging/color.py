"""Colors as every screen shows them. Renditions carry no profile, so their numbers must already mean sRGB."""

import io
from functools import lru_cache
from typing import Any

from PIL import Image

_SRGB_NAMES = (b"sRGB", "sRGB".encode("utf-16-be"))


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the image in mode L or RGB with sRGB's meaning of its numbers.

    iPhones take Display P3: without this its reds come out dull. A profile that is damaged, or made for another
    kind of color than the image has, is ignored.
    """
    if image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    if image.mode != "RGB" or not profile or any(name in profile for name in _SRGB_NAMES):
        return image
    transform = _transform(profile)
    if transform is None:
        return image
    from PIL import ImageCms  # few photos need it

    return ImageCms.applyTransform(image, transform, inPlace=True) or image


@lru_cache(maxsize=4)
def _transform(profile: bytes) -> Any:
    """The transformation to sRGB. Cached: a phone writes the same profile into each photo."""
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), "RGB", "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
