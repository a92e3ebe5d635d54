"""Where something is: as a phone says it and as the record keeps it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from schemas.base import Answer, Request

Latitude = Annotated[float, Meta(ge=-90, le=90, description="degrees north")]
Longitude = Annotated[float, Meta(ge=-180, le=180, description="degrees east")]
PositionSource = Literal["gps", "network", "manual", "checkpoint"]


class Datum(StrEnum):
    """What a pair of degrees was measured against."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"
    CGCS2000 = "cgcs2000"


class Position(Request, kw_only=True, frozen=True):
    """A fix as the client has it, never converted. `accuracy_m` is the radius that the phone claims, in meters."""

    lat: Latitude
    lon: Longitude
    datum: Datum
    source: PositionSource
    accuracy_m: Annotated[float, Meta(ge=0, le=1_000_000)] | None = None
    fixed_at: Annotated[datetime, Meta(tz=True)] | None = None


class Wgs84(Answer, kw_only=True, frozen=True):
    """A place in WGS-84 degrees."""

    lat: float
    lon: float
