"""Cells of the map in which hazards are counted: tiles of the web Mercator grid.

At level L the world is 2**L cells wide and high, x counted from 180 degrees west, y from the north. A map at zoom Z
shows a tile in 256 pixels, so cells of level Z + 3 are 32 pixels wide.
"""

from dataclasses import dataclass
from math import asinh, atan, cos, degrees, floor, pi, radians, sinh, tan
from typing import Final, NamedTuple

from service.domain.geodesy import Coordinate

FINEST: Final = 23
"""The level in which the database keeps positions; zoom 20."""
LEVELS_BELOW_A_ZOOM: Final = 3
COUNTED_AHEAD: Final = (4, 6, 8, 10, 12, 14, 16, 18, 20, 22)
"""Levels whose cells are counted ahead; one between is summed up from the next finer."""
MOST_CELLS: Final = 4096
"""What a map can show; wider boxes get coarser cells."""
_ROUNDING: Final = 1e-9
METERS_A_DEGREE: Final = 110_000.0
"""A little less than a degree of latitude is anywhere, so that a box made with it is never too small."""


class Box(NamedTuple):
    """Degrees of WGS-84, as GeoJSON orders them (RFC 7946, section 5): the edges belong to it."""

    west: float
    south: float
    east: float
    north: float


WORLD: Final = Box(-180.0, -90.0, 180.0, 90.0)


@dataclass(frozen=True, slots=True)
class Cells:
    """A rectangle of cells of one level, the last column and row included."""

    level: int
    west: int
    north: int
    east: int
    south: int

    @property
    def count(self) -> int:
        """How many cells it has."""
        return (self.east - self.west + 1) * (self.south - self.north + 1)

    def at(self, level: int) -> "Cells":
        """The cells of another level that cover these."""
        if level <= self.level:
            shift = self.level - level
            return Cells(level, self.west >> shift, self.north >> shift, self.east >> shift, self.south >> shift)
        shift = level - self.level
        return Cells(
            level,
            self.west << shift,
            self.north << shift,
            ((self.east + 1) << shift) - 1,
            ((self.south + 1) << shift) - 1,
        )

    def box(self) -> Box:
        """A box that holds every place of the cells, and a little more. The grid ends at 85 degrees; what lies beyond
        counts to its last row.
        """
        west, north = corner(self.level, self.west, self.north)
        east, south = corner(self.level, self.east + 1, self.south + 1)
        return Box(
            max(-180.0, west - _ROUNDING),
            -90.0 if self.south + 1 == 1 << self.level else south - _ROUNDING,
            min(180.0, east + _ROUNDING),
            90.0 if self.north == 0 else north + _ROUNDING,
        )

    def common(self, other: "Cells") -> "Cells | None":
        """The cells of this level that also lie in the other rectangle."""
        there = other.at(self.level)
        west, north = max(self.west, there.west), max(self.north, there.north)
        east, south = min(self.east, there.east), min(self.south, there.south)
        return Cells(self.level, west, north, east, south) if west <= east and north <= south else None


def cell_of(place: Coordinate, level: int) -> tuple[int, int]:
    """Column and row of the cell that a place lies in."""
    last = (1 << FINEST) - 1
    x = floor((place.longitude + 180) / 360 * (1 << FINEST))
    y = floor((0.5 - asinh(tan(radians(place.latitude))) / (2 * pi)) * (1 << FINEST))
    shift = FINEST - level
    return min(last, max(0, x)) >> shift, min(last, max(0, y)) >> shift


def corner(level: int, x: int, y: int) -> Coordinate:
    """The north-western corner of a cell."""
    width = 1 << level
    return Coordinate(x / width * 360 - 180, degrees(atan(sinh(pi * (1 - 2 * y / width)))))


def touched(box: Box, level: int) -> Cells:
    """The cells that a box touches."""
    west, north = cell_of(Coordinate(box.west, box.north), level)
    east, south = cell_of(Coordinate(box.east, box.south), level)
    return Cells(level, west, north, east, south)


def shown(box: Box, extent: Cells, level: int) -> Cells | None:
    """The cells of a box in which something can lie, of the level asked for or of the finest at which there are not
    too many; None when there are none.
    """
    cells = touched(box, level).common(extent)
    while cells is not None and cells.count > MOST_CELLS:
        cells = cells.at(cells.level - 1)
    return cells


def around(place: Coordinate, meters: float) -> Box:
    """A box that holds the circle around a place, for distances within a town."""
    height = meters / METERS_A_DEGREE
    width = min(180.0, height / max(cos(radians(place.latitude)), 1e-6))
    return Box(
        place.longitude - width,
        max(-90.0, place.latitude - height),
        place.longitude + width,
        min(90.0, place.latitude + height),
    )


def level_counted_ahead(level: int) -> int | None:
    """The coarsest level counted ahead from which cells of `level` can be summed up; None when all are coarser."""
    return next((ahead for ahead in COUNTED_AHEAD if ahead >= level), None)
