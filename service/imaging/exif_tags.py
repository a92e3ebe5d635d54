"""The tags of an EXIF block: piexif first, Pillow where it fails, and neither trusted with an impossible entry."""

import struct
import warnings
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import piexif
from piexif import ExifIFD, ImageIFD

MAXIMUM_EXIF_BYTES: Final = 4 * 1024 * 1024
"""A JPEG holds 64 KiB; what the other formats hold has no bound of its own."""

_TYPE_BYTES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_LONG: Final = 4
_UNKNOWN_TAG: Final = 0xFFFE
_INNER_DIRECTORIES: Final[dict[int, Any]] = {
    ImageIFD.ExifTag: {ExifIFD.InteroperabilityTag: {}},
    ImageIFD.GPSTag: {},
}


class Tags(NamedTuple):
    """The three directories that matter, by tag number, with values as piexif or Pillow give them."""

    image: Mapping[int, Any]
    details: Mapping[int, Any]
    position: Mapping[int, Any]
    damaged: bool


def read_tags(exif: bytes) -> Tags:
    """Return the tags of `exif`, with or without its `Exif\\0\\0`. Never raises, whatever the bytes."""
    tiff = exif.removeprefix(b"Exif\0\0")
    try:
        mended = _Mended(tiff)
        if not mended.damaged or not _Mended(bytes(mended.tiff)).damaged:
            found = piexif.load(bytes(mended.tiff))
            return Tags(found["0th"], found["Exif"], found["GPS"], mended.damaged)
    # struct.error, ValueError, KeyError, TypeError, UnicodeError, ...: whatever the damage
    except Exception:  # noqa: S110
        pass
    return _read_with_pillow(tiff[:MAXIMUM_EXIF_BYTES])


class _Mended:
    """An EXIF block in which entries are hidden whose values lie outside of it.

    piexif believes every count and builds a format string of that length: four bytes in a file would cost gigabytes.
    It raises at the first unknown type, so one wrong entry would cost all others; and to text past the end it says
    nothing. Directories may overlap, so that hiding in one changes the other: mend what was mended to be sure.

    Raises KeyError, ValueError or struct.error where there is not even a directory.
    """

    def __init__(self, tiff: bytes) -> None:
        if len(tiff) > MAXIMUM_EXIF_BYTES:
            raise ValueError("too long")
        self.damaged = False
        self.tiff = bytearray(tiff)
        self._original = tiff
        self._order = {b"II": "<", b"MM": ">"}[tiff[:2]]
        end = self._mend_directory(self._long_at(4), _INNER_DIRECTORIES)
        thumbnail = self._long_at(end) if end + 4 <= len(tiff) else 0
        if thumbnail + 2 > len(tiff):
            self.tiff[end : end + 4] = bytes(4)
            self.damaged = True
        elif thumbnail:
            self._mend_directory(thumbnail, {})

    def _long_at(self, at: int) -> int:
        number: int = struct.unpack_from(self._order + "I", self._original, at)[0]
        return number

    def _mend_directory(self, at: int, inner: Mapping[int, Any]) -> int:
        """Hide what is impossible in the directory at this offset and return the offset of its end."""
        count: int = struct.unpack_from(self._order + "H", self._original, at)[0]
        fitting = min(count, (len(self._original) - at - 2) // 12)
        if fitting < count:
            struct.pack_into(self._order + "H", self.tiff, at, fitting)
            self.damaged = True
        end = at + 2 + 12 * fitting
        entries = struct.Struct(self._order + "HHII").iter_unpack(self._original[at + 2 : end])
        pending = dict(inner)
        for number, (tag, kind, values, value) in enumerate(entries):
            if tag in inner:
                # A second one would take the place of the first and not have been looked at.
                is_possible = tag in pending and (kind, values) == (_LONG, 1) and value + 2 <= len(self._original)
                if is_possible:
                    self._mend_directory(value, pending.pop(tag))
            else:
                length = values * _TYPE_BYTES.get(kind, len(self._original) + 1)
                is_possible = 0 < length <= 4 or (length > 4 and value + length <= len(self._original))
            if not is_possible and tag != _UNKNOWN_TAG:
                struct.pack_into(self._order + "H", self.tiff, at + 2 + 12 * number, _UNKNOWN_TAG)
                self.damaged = True
        return end


def _read_with_pillow(tiff: bytes) -> Tags:
    from PIL import Image  # few photos need it, and it brings in the TIFF reader

    image: dict[int, Any] = {}
    details: dict[int, Any] = {}
    position: dict[int, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns about each entry that it skips
        try:
            exif = Image.Exif()
            exif.load(b"Exif\0\0" + tiff)
            image = dict(exif)
            details = dict(exif.get_ifd(ImageIFD.ExifTag))
            position = dict(exif.get_ifd(ImageIFD.GPSTag))
        # As above; what was read before it stays.
        except Exception:  # noqa: S110
            pass
    return Tags(image, details, position, damaged=True)
