"""The metadata that a phone writes beside its pixels."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import piexif
from PIL import Image

from service.domain.hazards import CHINA_TIME

MAKE = "Lantern"  # no such maker of phones


@dataclass(frozen=True, slots=True)
class Shot:
    """When and where a picture was taken: an aware time, WGS-84 degrees, degrees from true north, the phone's model."""

    taken_at: datetime
    latitude: float
    longitude: float
    heading: float
    model: str


def phone_exif(stored: Image.Image, orientation: int, shot: Shot) -> bytes:
    """An EXIF block for pixels as they are stored, with a thumbnail; `orientation` says how to turn them upright."""
    small = stored.copy()
    small.thumbnail((320, 320), Image.Resampling.BILINEAR)
    thumbnail = io.BytesIO()
    small.save(thumbnail, "JPEG", quality=70)
    block = {
        "0th": _main(orientation, shot),
        "Exif": _details(stored, shot),
        "GPS": _position(shot),
        "1st": {
            piexif.ImageIFD.Compression: 6,
            piexif.ImageIFD.XResolution: (72, 1),
            piexif.ImageIFD.YResolution: (72, 1),
        },
        "thumbnail": thumbnail.getvalue(),
    }
    return bytes(piexif.dump(block))


def _clock(shot: Shot) -> str:
    return f"{shot.taken_at.astimezone(CHINA_TIME):%Y:%m:%d %H:%M:%S}"


def _main(orientation: int, shot: Shot) -> dict[int, Any]:
    return {
        piexif.ImageIFD.Make: MAKE,
        piexif.ImageIFD.Model: shot.model,
        piexif.ImageIFD.Orientation: orientation,
        piexif.ImageIFD.XResolution: (72, 1),
        piexif.ImageIFD.YResolution: (72, 1),
        piexif.ImageIFD.ResolutionUnit: 2,
        piexif.ImageIFD.Software: f"{shot.model} 15.0.2",
        piexif.ImageIFD.DateTime: _clock(shot),
        piexif.ImageIFD.YCbCrPositioning: 1,
    }


def _details(stored: Image.Image, shot: Shot) -> dict[int, Any]:
    return {
        piexif.ExifIFD.ExifVersion: b"0232",
        piexif.ExifIFD.DateTimeOriginal: _clock(shot),
        piexif.ExifIFD.DateTimeDigitized: _clock(shot),
        piexif.ExifIFD.OffsetTime: "+08:00",
        piexif.ExifIFD.OffsetTimeOriginal: "+08:00",
        piexif.ExifIFD.OffsetTimeDigitized: "+08:00",
        piexif.ExifIFD.SubSecTimeOriginal: f"{shot.taken_at.microsecond // 1000:03d}",
        piexif.ExifIFD.ExposureTime: (1, 60),
        piexif.ExifIFD.FNumber: (18, 10),
        piexif.ExifIFD.ISOSpeedRatings: 320,
        piexif.ExifIFD.FocalLength: (559, 100),
        piexif.ExifIFD.FocalLengthIn35mmFilm: 26,
        piexif.ExifIFD.Flash: 16,
        piexif.ExifIFD.ColorSpace: 1,
        piexif.ExifIFD.PixelXDimension: stored.width,
        piexif.ExifIFD.PixelYDimension: stored.height,
    }


def _position(shot: Shot) -> dict[int, Any]:
    utc = shot.taken_at.astimezone(UTC)
    return {
        piexif.GPSIFD.GPSVersionID: (2, 3, 0, 0),
        piexif.GPSIFD.GPSLatitudeRef: "N" if shot.latitude >= 0 else "S",
        piexif.GPSIFD.GPSLatitude: _degrees(shot.latitude),
        piexif.GPSIFD.GPSLongitudeRef: "E" if shot.longitude >= 0 else "W",
        piexif.GPSIFD.GPSLongitude: _degrees(shot.longitude),
        piexif.GPSIFD.GPSAltitudeRef: 0,
        piexif.GPSIFD.GPSAltitude: (7021, 10),
        piexif.GPSIFD.GPSTimeStamp: ((utc.hour, 1), (utc.minute, 1), (utc.second, 1)),
        piexif.GPSIFD.GPSDateStamp: f"{utc:%Y:%m:%d}",
        piexif.GPSIFD.GPSImgDirectionRef: "T",
        piexif.GPSIFD.GPSImgDirection: (round(shot.heading % 360 * 100), 100),
        piexif.GPSIFD.GPSHPositioningError: (65, 10),
    }


def _degrees(angle: float) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Degrees, minutes and hundredths of seconds as EXIF rationals."""
    hundredths = round(abs(Fraction(angle)) * 360_000)
    minutes, seconds = divmod(hundredths, 6_000)
    degrees, minutes = divmod(minutes, 60)
    return (degrees, 1), (minutes, 1), (seconds, 100)
