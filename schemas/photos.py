"""Photos: the types that are accepted and what a photo says about itself."""

from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from schemas.base import Answer


class MediaType(StrEnum):
    """The picture types that are accepted, told by their bytes and never by a name or a header."""

    AVIF = "image/avif"
    HEIC = "image/heic"
    HEIF = "image/heif"
    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"

    @property
    def extension(self) -> str:
        """The usual file name ending, without the dot."""
        return "jpg" if self is MediaType.JPEG else self.value.removeprefix("image/")


class PhotoFacts(Answer, frozen=True):
    """What a photo's own metadata says. It corroborates a report and never overrides what the phone sent.

    Everything here was written by a device or by whoever edited the file: a claim, not a proof. What is absent,
    damaged or impossible is None.
    """

    width: int | None = None
    """Pixels of the original as it is looked at, upright."""
    height: int | None = None
    orientation: int | None = None
    """EXIF orientation 1..8 as written: how the camera was held."""
    taken_at_local: str | None = None
    """Wall-clock time of the shutter where the photo was taken, ISO 8601 without an offset."""
    taken_at: datetime | None = None
    """The same moment with an offset."""
    taken_at_zone: Literal["offset", "gps", "assumed"] | None = None
    """Where the offset of `taken_at` comes from: written beside the time, the difference to the satellites' clock,
    or nowhere, in which case China Standard Time is assumed."""
    gps_time: datetime | None = None
    """The time of the position fix, UTC. A phone may write one that is older than the photo."""
    latitude: float | None = None
    """Degrees north, WGS-84, -90..90. Latitude and longitude are present together or not at all."""
    longitude: float | None = None
    """Degrees east, WGS-84, -180..180."""
    accuracy: float | None = None
    """Horizontal error of the position in meters, as the device estimated it."""
    altitude: float | None = None
    """Meters above sea level."""
    heading: float | None = None
    """Direction the camera looked in, degrees clockwise from north, 0 <= heading < 360."""
    heading_reference: Literal["true", "magnetic"] | None = None
    make: str | None = None
    model: str | None = None
    flags: tuple[str, ...] = ()
    """What a reviewer should know, sorted: `exif.damaged`, `exif.missing`, `exif.position_invalid`,
    `exif.time_invalid`, `exif.time_of_file` (only the time of the last change was there), `picture.end_missing` (the
    file lacks its last bytes)."""


class Photo(Answer, frozen=True):
    """A photo that arrived whole. Addresses are relative; preview and thumbnail are null until they can be fetched."""

    id: UUID
    sha256: str
    size: int
    media_type: str
    filename: str | None
    received_at: datetime
    rendition_state: Literal["pending", "ready", "undecodable", "failed"]
    rendition_problem: str | None
    facts: PhotoFacts | None
    original: str
    preview: str | None
    thumbnail: str | None
