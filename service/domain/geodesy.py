"""Datums that Chinese map services speak, turned into WGS-84 and back, and distances on the ground.

Amap and Tencent show GCJ-02, Baidu shows BD-09 (GCJ-02 shifted once more), Tianditu shows CGCS2000, which lies within
centimeters of WGS-84 and counts as the same here. GCJ-02 has no closed inverse: the inverse is found by iteration,
which ends below a millimeter.
"""

from collections.abc import Callable
from math import asin, atan2, cos, hypot, pi, radians, sin, sqrt
from typing import NamedTuple

from schemas.places import Datum


class Coordinate(NamedTuple):
    """A place in degrees; longitude first, as x before y."""

    longitude: float
    latitude: float


_MEAN_EARTH_RADIUS_M = 6_371_008.8
# Krasovsky 1940, the ellipsoid whose figures the GCJ-02 shift is written in.
_KRASOVSKY_AXIS_M = 6_378_245.0
_KRASOVSKY_ECCENTRICITY_SQUARED = 0.006_693_421_622_965_943
_BAIDU_ANGLE = pi * 3000.0 / 180.0
_INVERSE_TOLERANCE_DEGREES = 1e-9
_INVERSE_ROUNDS = 30


def to_wgs84(place: Coordinate, datum: Datum) -> Coordinate:
    """`place`, given in `datum`, in WGS-84. Outside the Chinese grid nothing is shifted."""
    # The shift moves a place by less than a hundredth of a degree, and its formula has no meaning far away: it
    # overflows at the poles.
    if not in_chinese_grid(place, margin=1.0):
        return place
    match datum:
        case Datum.WGS84 | Datum.CGCS2000:
            return place
        case Datum.GCJ02:
            return _inside_or_unchanged(_inverse(_gcj02_shifted, place), place)
        case Datum.BD09:
            gcj02 = _inverse(_bd09_shifted, place)
            return _inside_or_unchanged(_inverse(_gcj02_shifted, gcj02), place)


def from_wgs84(place: Coordinate, datum: Datum) -> Coordinate:
    """`place`, given in WGS-84, in `datum`. Outside the Chinese grid nothing is shifted."""
    if not in_chinese_grid(place):
        return place
    match datum:
        case Datum.WGS84 | Datum.CGCS2000:
            return place
        case Datum.GCJ02:
            return _gcj02_shifted(place)
        case Datum.BD09:
            return _bd09_shifted(_gcj02_shifted(place))


def distance_m(first: Coordinate, second: Coordinate) -> float:
    """Meters along the surface between two places of one datum (haversine, sphere of the mean radius)."""
    latitude_1, latitude_2 = radians(first.latitude), radians(second.latitude)
    half_latitude = (latitude_2 - latitude_1) / 2
    half_longitude = radians(second.longitude - first.longitude) / 2
    chord = sin(half_latitude) ** 2 + cos(latitude_1) * cos(latitude_2) * sin(half_longitude) ** 2
    return 2 * _MEAN_EARTH_RADIUS_M * asin(sqrt(min(1.0, chord)))


def in_chinese_grid(place: Coordinate, *, margin: float = 0.0) -> bool:
    """Whether the shift applies: in the rectangle that every published form of it uses, wider than the country.

    `margin` grows the rectangle by so many degrees on each side.
    """
    return (
        72.004 - margin <= place.longitude <= 137.8347 + margin
        and 0.8293 - margin <= place.latitude <= 55.8271 + margin
    )


def _inside_or_unchanged(candidate: Coordinate, given: Coordinate) -> Coordinate:
    return candidate if in_chinese_grid(candidate) else given


def _inverse(shifted: Callable[[Coordinate], Coordinate], target: Coordinate) -> Coordinate:
    """The place that `shifted` moves to `target`: the shift changes slowly, so fixed-point iteration contracts fast."""
    guess = target
    for _ in range(_INVERSE_ROUNDS):
        moved = shifted(guess)
        miss_longitude, miss_latitude = moved.longitude - target.longitude, moved.latitude - target.latitude
        if max(abs(miss_longitude), abs(miss_latitude)) < _INVERSE_TOLERANCE_DEGREES:
            break
        guess = Coordinate(guess.longitude - miss_longitude, guess.latitude - miss_latitude)
    return guess


def _gcj02_shifted(place: Coordinate) -> Coordinate:
    x, y = place.longitude - 105.0, place.latitude - 35.0
    ripple = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + ripple
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + ripple
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    latitude = radians(place.latitude)
    curvature = 1.0 - _KRASOVSKY_ECCENTRICITY_SQUARED * sin(latitude) ** 2
    meridian_m = _KRASOVSKY_AXIS_M * (1.0 - _KRASOVSKY_ECCENTRICITY_SQUARED) / (curvature * sqrt(curvature))
    parallel_m = _KRASOVSKY_AXIS_M / sqrt(curvature) * cos(latitude)
    return Coordinate(
        place.longitude + east * 180.0 / (parallel_m * pi), place.latitude + north * 180.0 / (meridian_m * pi)
    )


def _bd09_shifted(place: Coordinate) -> Coordinate:
    """Baidu's second shift, applied to a place in GCJ-02."""
    x, y = place.longitude, place.latitude
    radius = hypot(x, y) + 0.000_02 * sin(y * _BAIDU_ANGLE)
    angle = atan2(y, x) + 0.000_003 * cos(x * _BAIDU_ANGLE)
    return Coordinate(radius * cos(angle) + 0.0065, radius * sin(angle) + 0.006)
