"""What a photo's EXIF says, as far as it makes sense.

Tags and their meaning: CIPA DC-008 (EXIF 3.0), section 4.6. Phones, gateways and editors write them carelessly, so
every value is checked by itself and what is wrong is left out: metadata trouble never rejects a photo.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final, Literal, NamedTuple

from piexif import GPSIFD, ExifIFD, ImageIFD

from schemas.photos import PhotoFacts
from service.imaging.exif_tags import Tags, read_tags

MAXIMUM_TEXT: Final = 100

_ASSUMED_ZONE: Final = timezone(timedelta(hours=8))
_TIME: Final = re.compile(
    r"([0-9]{4})[:/.-]([0-9]{2})[:/.-]([0-9]{2})[ T]([0-9]{2}):([0-9]{2}):([0-9]{2})(?![0-9])", re.ASCII
)
_OFFSET: Final = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})", re.ASCII)
# Zones that are not a whole number of hours from UTC, in minutes.
_BROKEN_ZONES: Final = frozenset({-570, -210, 210, 270, 330, 345, 390, 525, 570, 630, 765})


class _Time(NamedTuple):
    local: datetime
    offset: timedelta | None
    is_of_file: bool


def read_facts(exif: bytes | None, stored_size: tuple[int, int], *, is_upright: bool = False) -> PhotoFacts:
    """Return what `exif` (with or without its `Exif\\0\\0`) says about a picture of `stored_size` pixels.

    `is_upright` says that the decoder has already turned the pixels, by what the container says; then the size is that
    of the upright picture. Never raises for anything that `exif` may hold.
    """
    tags = read_tags(exif) if exif else Tags({}, {}, {}, damaged=False)
    flags = set() if exif else {"exif.missing"}
    if tags.damaged:
        flags.add("exif.damaged")
    orientation = _orientation(tags)
    width, height = stored_size
    if not is_upright and orientation is not None and orientation >= 5:
        width, height = height, width
    gps_time = _gps_time(tags.position)
    latitude, longitude = _coordinates(tags.position, flags)
    reference = _text(tags.position.get(GPSIFD.GPSImgDirectionRef))
    heading = _bounded(tags.position.get(GPSIFD.GPSImgDirection), 0, 360)
    return PhotoFacts(
        width=width,
        height=height,
        orientation=orientation,
        gps_time=gps_time,
        latitude=latitude,
        longitude=longitude,
        accuracy=_bounded(tags.position.get(GPSIFD.GPSHPositioningError), 0, 1_000_000),
        altitude=_altitude(tags.position),
        heading=None if heading is None else heading % 360,
        heading_reference=_HEADING_REFERENCES.get(reference or "") if heading is not None else None,
        make=_text(tags.image.get(ImageIFD.Make)),
        model=_text(tags.image.get(ImageIFD.Model)),
        **_time_facts(tags, gps_time, flags),
        flags=tuple(sorted(flags)),
    )


_HEADING_REFERENCES: Final[dict[str, Literal["true", "magnetic"]]] = {"T": "true", "M": "magnetic"}


def _orientation(tags: Tags) -> int | None:
    value = tags.image.get(ImageIFD.Orientation)
    return value if isinstance(value, int) and 1 <= value <= 8 else None


def _time_facts(tags: Tags, gps_time: datetime | None, flags: set[str]) -> dict[str, Any]:
    time = _time(tags, flags)
    if time is None:
        return {}
    if time.is_of_file:
        flags.add("exif.time_of_file")
    zone, source = _ASSUMED_ZONE, "assumed"
    from_satellites = None if gps_time is None else _zone_by_satellites(time.local, gps_time)
    if time.offset is not None:
        zone, source = timezone(time.offset), "offset"
    elif from_satellites is not None:
        zone, source = timezone(from_satellites), "gps"
    return {
        "taken_at_local": time.local.isoformat(),
        "taken_at": time.local.replace(tzinfo=zone),
        "taken_at_zone": source,
    }


def _time(tags: Tags, flags: set[str]) -> _Time | None:
    """The moment of the shutter, else of digitizing, else of the last change of the file."""
    candidates = (
        (tags.details.get(ExifIFD.DateTimeOriginal), tags.details.get(ExifIFD.OffsetTimeOriginal), False),
        (tags.details.get(ExifIFD.DateTimeDigitized), tags.details.get(ExifIFD.OffsetTimeDigitized), False),
        (tags.image.get(ImageIFD.DateTime), tags.details.get(ExifIFD.OffsetTime), True),
    )
    for written, offset, is_of_file in candidates:
        text = _text(written)
        local = None if text is None else _parse_time(text)
        if local is not None:
            return _Time(local, _parse_offset(_text(offset) or ""), is_of_file)
        # "When the field is unknown" it is blank or zeros (4.6.6.4): that is no damage.
        if text is not None and re.search("[1-9]", text):
            flags.add("exif.time_invalid")
    return None


def _parse_time(text: str) -> datetime | None:
    found = _TIME.match(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = map(int, found.groups())
    if not 1970 <= year <= 2200:
        return None
    try:
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001  the tag has no zone
    except ValueError:
        return None


def _parse_offset(text: str) -> timedelta | None:
    if text == "Z":
        return timedelta(0)
    found = _OFFSET.fullmatch(text)
    if found is None:
        return None
    minutes = int(found[2]) * 60 + int(found[3])
    if int(found[3]) > 59 or minutes > 14 * 60:
        return None
    return timedelta(minutes=-minutes if found[1] == "-" else minutes)


def _zone_by_satellites(local: datetime, gps_time: datetime) -> timedelta | None:
    """The zone that the wall clock keeps, or None where the two differ by what no zone differs.

    A fix may be some minutes old, hence the three minutes; an older one says nothing about the zone.
    """
    minutes = (local - gps_time.replace(tzinfo=None)).total_seconds() / 60
    nearest = round(minutes / 15) * 15
    is_zone = nearest in _BROKEN_ZONES or (nearest % 60 == 0 and -12 * 60 <= nearest <= 14 * 60)
    return timedelta(minutes=nearest) if is_zone and abs(minutes - nearest) <= 3 else None


def _gps_time(position: Mapping[int, Any]) -> datetime | None:
    clock = _numbers(position.get(GPSIFD.GPSTimeStamp))
    date = re.match("([0-9]{4})[:-]([0-9]{2})[:-]([0-9]{2})", _text(position.get(GPSIFD.GPSDateStamp)) or "")
    if date is None or len(clock) != 3:
        return None
    hours, minutes, seconds = clock
    if hours is None or minutes is None or seconds is None:
        return None
    if not (0 <= hours < 24 and 0 <= minutes < 60 and 0 <= seconds <= 61):
        return None
    year, month, day = map(int, date.groups())
    try:
        midnight = datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None
    moment = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return midnight + moment if 1980 <= year <= 2200 else None


def _coordinates(position: Mapping[int, Any], flags: set[str]) -> tuple[float, float] | tuple[None, None]:
    """Latitude and longitude. A missing hemisphere is not guessed; 0, 0 is what a phone without a fix writes."""
    if GPSIFD.GPSLatitude not in position and GPSIFD.GPSLongitude not in position:
        return None, None
    latitude = _degrees(position, GPSIFD.GPSLatitude, GPSIFD.GPSLatitudeRef, {"N": 1, "S": -1}, limit=90)
    longitude = _degrees(position, GPSIFD.GPSLongitude, GPSIFD.GPSLongitudeRef, {"E": 1, "W": -1}, limit=180)
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        flags.add("exif.position_invalid")
        return None, None
    return latitude, longitude


def _degrees(
    position: Mapping[int, Any], tag: int, reference_tag: int, signs: Mapping[str, int], *, limit: int
) -> float | None:
    """Degrees from the rationals degrees, minutes, seconds (4.6.7), to 1 cm."""
    parts = _numbers(position.get(tag))
    sign = signs.get((_text(position.get(reference_tag)) or "").upper()[:1])
    if len(parts) != 3 or sign is None:
        return None
    degrees, minutes, seconds = parts
    if degrees is None or minutes is None or seconds is None:
        return None
    if degrees < 0 or not 0 <= minutes < 60 or not 0 <= seconds <= 60:
        return None
    total = degrees + minutes / 60 + seconds / 3600
    return sign * round(total, 7) if total <= limit else None


def _altitude(position: Mapping[int, Any]) -> float | None:
    altitude = _bounded(position.get(GPSIFD.GPSAltitude), 0, 100_000)
    below = position.get(GPSIFD.GPSAltitudeRef) in (1, b"\1", 3, b"\3")
    return -altitude if below and altitude else altitude


def _bounded(value: Any, lowest: float, highest: float) -> float | None:
    """The one number in `value`, or None where there is none or it lies outside."""
    numbers = _numbers(value)
    number = numbers[0] if len(numbers) == 1 else None
    return round(number, 3) if number is not None and lowest <= number <= highest else None


def _numbers(value: Any) -> tuple[float | None, ...]:
    """The numbers of a tag; None for each that is none: a zero denominator, nan, infinity.

    piexif gives a rational as a pair of integers and several as a tuple of pairs, Pillow gives objects.
    """
    if isinstance(value, tuple):
        is_one_rational = len(value) == 2 and all(isinstance(part, int) for part in value)
        return (_number(value),) if is_one_rational else tuple(_number(part) for part in value)
    return () if value is None else (_number(value),)


def _number(value: Any) -> float | None:
    try:
        number = value[0] / value[1] if isinstance(value, tuple) else float(value)
    except (ArithmeticError, IndexError, TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _text(value: Any) -> str | None:
    """Text as far as its terminating NUL, without control and formatting characters, or None when nothing is left."""
    if isinstance(value, str):  # Pillow's, decoded byte by byte
        value = value.encode("latin-1", "replace")
    if not isinstance(value, bytes):
        return None
    text = value.split(b"\0", 1)[0].decode("utf-8", "replace")
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:MAXIMUM_TEXT] or None
