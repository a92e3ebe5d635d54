"""Boundaries come as GeoJSON and go as GeoJSON; what does not fit is told with its place."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain import boundaries
from service.domain.boundaries import Ring
from service.domain.geodesy import Coordinate
from service.problems import Problem

SQUARE = [[113.0, 37.0], [114.0, 37.0], [114.0, 38.0], [113.0, 38.0], [113.0, 37.0]]
HOLE = [[113.4, 37.4], [113.4, 37.6], [113.6, 37.6], [113.6, 37.4], [113.4, 37.4]]


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def ring(positions: list[list[float]]) -> Ring:
    return tuple(Coordinate(*position[:2]) for position in positions)


def fault_of(geometry: Any) -> tuple[str, str]:
    with pytest.raises(Problem) as refused:
        boundaries.from_geojson(geometry)
    assert refused.value.code == "area.boundary_invalid"
    return str(refused.value.parameters["place"]), str(refused.value.parameters["fault"])


def test_a_polygon_is_one_part_with_its_holes() -> None:
    assert boundaries.from_geojson(polygon(SQUARE, HOLE)) == ((ring(SQUARE), ring(HOLE)),)


def test_a_multipolygon_has_several_parts() -> None:
    geometry = {"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE], [HOLE]]}
    assert boundaries.from_geojson(geometry) == ((ring(SQUARE), ring(HOLE)), (ring(HOLE),))
    assert boundaries.to_geojson(boundaries.from_geojson(geometry))["type"] == "MultiPolygon"


def test_an_altitude_is_read_over() -> None:
    high = [[*position, 700.0] for position in SQUARE]
    assert boundaries.from_geojson(polygon(high)) == ((ring(SQUARE),),)


def test_rings_go_out_with_the_land_on_the_left() -> None:
    for outer, hole in ((SQUARE, HOLE), (SQUARE[::-1], HOLE[::-1])):
        told = boundaries.to_geojson(boundaries.from_geojson(polygon(outer, hole)))
        assert told == polygon(SQUARE, HOLE)


@pytest.mark.parametrize(
    ("geometry", "told"),
    [
        (None, ("", "not_an_object")),
        ([], ("", "not_an_object")),
        ({"type": "Point", "coordinates": [113.0, 37.0]}, ("type", "not_a_polygon")),
        ({"coordinates": [SQUARE]}, ("type", "not_a_polygon")),
        ({"type": "Polygon"}, ("coordinates", "not_a_list")),
        (polygon(), ("coordinates", "not_a_list")),
        ({"type": "MultiPolygon", "coordinates": {}}, ("coordinates", "not_a_list")),
        ({"type": "MultiPolygon", "coordinates": [[SQUARE], []]}, ("coordinates[1]", "not_a_list")),
        (polygon(SQUARE, []), ("coordinates[1]", "not_a_list")),
        (polygon(SQUARE[:3]), ("coordinates[0]", "too_few_positions")),
        (polygon(SQUARE, HOLE[:4]), ("coordinates[1]", "not_closed")),
        (polygon(SQUARE[:4]), ("coordinates[0]", "not_closed")),
        (polygon([[113.0, 37.0]] * 4), ("coordinates[0]", "no_surface")),
        (polygon([[113.0, 37.0], [114.0, 38.0], [115.0, 39.0], [113.0, 37.0]]), ("coordinates[0]", "no_surface")),
        (polygon([[113.0, 37.0], [181.0, 37.0], [114.0, 38.0], [113.0, 37.0]]), ("coordinates[0][1]", "out_of_range")),
        # Latitude before longitude, the mistake that everybody makes once.
        (polygon([position[::-1] for position in SQUARE]), ("coordinates[0][0]", "out_of_range")),
        (polygon([["113", 37.0], *SQUARE]), ("coordinates[0][0]", "not_a_position")),
        (polygon([[True, 37.0], *SQUARE]), ("coordinates[0][0]", "not_a_position")),
        (polygon([[113.0], *SQUARE]), ("coordinates[0][0]", "not_a_position")),
        (polygon([113.0, 37.0]), ("coordinates[0][0]", "not_a_position")),
        (polygon([[float("nan"), 37.0], *SQUARE]), ("coordinates[0][0]", "out_of_range")),
        (polygon([[float("inf"), 37.0], *SQUARE]), ("coordinates[0][0]", "out_of_range")),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(geometry: Any, told: tuple[str, str]) -> None:
    assert fault_of(geometry) == told


def test_a_coast_of_a_million_positions_is_refused() -> None:
    long = [*SQUARE[:2], *[[114.0, 37.0 + step / 1_000_000] for step in range(boundaries.MOST_POSITIONS)], SQUARE[0]]
    assert fault_of(polygon(long)) == ("coordinates", "too_many_positions")


@given(geometry=st.recursive(st.none() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=4)))
def test_lists_of_anything_are_told_to_be_no_boundary(geometry: Any) -> None:
    for kind in ("Polygon", "MultiPolygon"):
        assert fault_of({"type": kind, "coordinates": geometry})
