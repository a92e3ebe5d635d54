"""What comes of looking at a picture: renditions, a masked picture, or the reason why there is none."""

from typing import Final, Literal

import msgspec

from schemas.photos import MediaType, PhotoFacts

UndecodableReason = Literal["damaged", "resource_limit", "too_many_pixels", "truncated", "unsupported"]
"""`damaged`: the bytes contradict the format. `truncated`: the end is missing. `too_many_pixels`: refused before
decoding, as more than the limit or than there is memory for in this format. `resource_limit`: decoding took more memory
or time than is allowed. `unsupported`: no picture type that we decode."""


WIDTHS: Final = (480, 960)
"""Of a published picture's smaller files, for phones and lists. It has those that are narrower than itself."""


class Rendered(msgspec.Struct, frozen=True, kw_only=True, tag="rendered"):
    """Two JPEGs of a photo, upright and in sRGB, without any metadata."""

    media_type: MediaType
    facts: PhotoFacts
    preview: bytes
    """Longest side 1600 px, or as large as the original if that is smaller."""
    preview_size: tuple[int, int]
    """Width and height in pixels."""
    thumbnail: bytes
    """Longest side 320 px."""
    thumbnail_size: tuple[int, int]


class Masked(msgspec.Struct, frozen=True, kw_only=True, tag="masked"):
    """A photo with masks baked into the pixels, upright and in sRGB, without any metadata, in every file of it."""

    picture_size: tuple[int, int]
    """Width and height in pixels, the longest side 1600 at most."""
    files: dict[str, bytes]
    """`""` is the picture as JPEG, `webp` the same as WebP, `card` its middle at 1200 x 630 px, the format that link
    previews show; the others are narrower, named by width and format: `960.jpg`, `960.webp`."""


class Undecodable(msgspec.Struct, frozen=True, kw_only=True, tag="undecodable"):
    """There is no picture to show. The original is kept all the same."""

    reason: UndecodableReason
    media_type: MediaType | None = None
    facts: PhotoFacts | None = None
    """Metadata is often readable where the picture is not."""
    detail: str = ""
    """What the decoder said, for the log: at most 200 characters, no content of the photo."""
