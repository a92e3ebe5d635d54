"""Boundaries of areas: from GeoJSON (RFC 7946) to rings and back."""

from collections.abc import Sequence
from itertools import pairwise
from math import isfinite
from typing import Any, Final

from service.domain.geodesy import Coordinate
from service.problems import Problem

Ring = tuple[Coordinate, ...]
"""A closed line, its first position repeated as its last."""
Part = tuple[Ring, ...]
"""An outer line and then the holes in it."""
Boundary = tuple[Part, ...]

FEWEST_POSITIONS: Final = 4
MOST_POSITIONS: Final = 100_000


def from_geojson(geometry: Any) -> Boundary:
    """The rings of a Polygon or MultiPolygon; 422 `area.boundary_invalid` with the place and the fault.

    RFC 7946, 3.1.6: "A linear ring is a closed LineString with four or more positions", "The first and last positions
    are equivalent, and they MUST contain identical values", and the first ring "MUST be the exterior ring, and any
    others MUST be interior rings". 3.1.1: "The first two elements are longitude and latitude". The winding is not
    checked: "for backwards compatibility, parsers SHOULD NOT reject Polygons that do not follow the right-hand rule".
    """
    if not isinstance(geometry, dict):
        raise _fault("", "not_an_object")
    coordinates = geometry.get("coordinates")
    match geometry.get("type"):
        case "Polygon":
            parts, places = [coordinates], ["coordinates"]
        case "MultiPolygon":
            parts = _items(coordinates, "coordinates")
            places = [f"coordinates[{number}]" for number in range(len(parts))]
        case _:
            raise _fault("type", "not_a_polygon")
    boundary = tuple(_part(part, place) for part, place in zip(parts, places, strict=True))
    if sum(len(ring) for part in boundary for ring in part) > MOST_POSITIONS:
        raise _fault("coordinates", "too_many_positions")
    return boundary


def to_geojson(boundary: Boundary) -> dict[str, Any]:
    """The geometry: a Polygon for one part, a MultiPolygon for several, its rings wound as RFC 7946, 3.1.6 asks:
    "exterior rings are counterclockwise, and interior rings are clockwise".
    """
    parts = [[_wound(ring, outer=number == 0) for number, ring in enumerate(part)] for part in boundary]
    if len(parts) == 1:
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


def _part(rings: Any, place: str) -> Part:
    found = _items(rings, place)
    return tuple(_ring(ring, f"{place}[{number}]") for number, ring in enumerate(found))


def _ring(positions: Any, place: str) -> Ring:
    found = _items(positions, place)
    ring = tuple(_position(position, f"{place}[{number}]") for number, position in enumerate(found))
    if len(ring) < FEWEST_POSITIONS:
        raise _fault(place, "too_few_positions")
    if ring[0] != ring[-1]:
        raise _fault(place, "not_closed")
    if _twice_the_surface(ring) == 0:
        raise _fault(place, "no_surface")
    return ring


def _position(value: Any, place: str) -> Coordinate:
    if not isinstance(value, list) or len(value) < 2:
        raise _fault(place, "not_a_position")
    longitude, latitude = value[0], value[1]
    for degrees in (longitude, latitude):
        if isinstance(degrees, bool) or not isinstance(degrees, int | float):
            raise _fault(place, "not_a_position")
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90) or not (isfinite(longitude) and isfinite(latitude)):
        raise _fault(place, "out_of_range")
    return Coordinate(float(longitude), float(latitude))


def _items(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise _fault(place, "not_a_list")
    return value


def _twice_the_surface(ring: Sequence[Coordinate]) -> float:
    """Positive when the ring runs counterclockwise. Measured from its first position, which keeps small rings exact."""
    x, y = ring[0]
    return sum((a.longitude - x) * (b.latitude - y) - (b.longitude - x) * (a.latitude - y) for a, b in pairwise(ring))


def _wound(ring: Ring, *, outer: bool) -> list[list[float]]:
    positions = [[place.longitude, place.latitude] for place in ring]
    return positions if (_twice_the_surface(ring) > 0) == outer else positions[::-1]


def _fault(place: str, fault: str) -> Problem:
    return Problem("area.boundary_invalid", place=place, fault=fault)
