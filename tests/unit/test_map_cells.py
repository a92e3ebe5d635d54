"""The grid in which a map counts."""

from hypothesis import given
from hypothesis import strategies as st

from service.domain import map_cells
from service.domain.geodesy import Coordinate, distance_m
from service.domain.map_cells import FINEST, MOST_CELLS, WORLD, Box, Cells, cell_of, corner, touched

LONGITUDES = st.floats(-180, 180)
LATITUDES = st.floats(-85, 85)
LEVELS = st.integers(0, FINEST)


def test_a_known_tile() -> None:
    # OpenStreetMap shows Berlin in tile 10/550/335.
    assert cell_of(Coordinate(13.4, 52.5), 10) == (550, 335)
    assert corner(1, 1, 1) == Coordinate(0.0, 0.0)


@given(LONGITUDES, LATITUDES, LEVELS)
def test_a_place_lies_within_its_cell(longitude: float, latitude: float, level: int) -> None:
    x, y = cell_of(Coordinate(longitude, latitude), level)
    west, north = corner(level, x, y)
    east, south = corner(level, x + 1, y + 1)
    assert west - 1e-9 <= longitude <= east + 1e-9
    assert south - 1e-9 <= latitude <= north + 1e-9


@given(LONGITUDES, st.floats(-90, 90), LEVELS, LEVELS)
def test_a_coarser_cell_holds_the_finer_one(longitude: float, latitude: float, one: int, other: int) -> None:
    coarse, fine = min(one, other), max(one, other)
    x, y = cell_of(Coordinate(longitude, latitude), fine)
    assert cell_of(Coordinate(longitude, latitude), coarse) == (x >> (fine - coarse), y >> (fine - coarse))


@given(st.tuples(LONGITUDES, LONGITUDES).map(sorted), st.tuples(LATITUDES, LATITUDES).map(sorted), LEVELS)
def test_a_box_gets_no_more_cells_than_a_map_can_show(x: list[float], y: list[float], level: int) -> None:
    box = Box(x[0], y[0], x[1], y[1])
    cells = map_cells.shown(box, Cells(0, 0, 0, 0, 0), level)
    assert cells is not None
    assert cells.count <= MOST_CELLS
    assert cells == touched(box, cells.level)
    # It is the finest that can be shown.
    assert cells.level == level or touched(box, cells.level + 1).count > MOST_CELLS
    whole = cells.box()
    assert whole.west <= box.west
    assert whole.east >= box.east
    assert whole.south <= box.south
    assert whole.north >= box.north


def test_nothing_is_shown_where_nothing_can_lie() -> None:
    assert map_cells.shown(Box(-10, -10, -5, -5), touched(Box(113, 37, 114, 38), 10), 8) is None
    assert map_cells.shown(WORLD, touched(Box(113, 37, 114, 38), 10), 4) == touched(Box(113, 37, 114, 38), 4)


def test_the_cells_counted_ahead_serve_every_coarser_level() -> None:
    assert [map_cells.level_counted_ahead(level) for level in (0, 3, 4, 5, 22, 23)] == [4, 4, 4, 6, 22, None]


@given(LONGITUDES, st.floats(-80, 80), st.floats(1, 500))
def test_a_box_around_a_place_holds_its_circle(longitude: float, latitude: float, meters: float) -> None:
    place = Coordinate(longitude, latitude)
    box = map_cells.around(place, meters)
    for corner_of_it in (
        Coordinate(box.west, latitude),
        Coordinate(box.east, latitude),
        Coordinate(longitude, box.north),
        Coordinate(longitude, box.south),
    ):
        assert meters <= distance_m(place, corner_of_it) * 1.0001 < meters * 1.05
