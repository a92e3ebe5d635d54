"""Positions as phones and maps give them, brought to one datum."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.places import Datum
from service.domain.geodesy import Coordinate, distance_m, from_wgs84, in_chinese_grid, to_wgs84

YANGQUAN = Coordinate(113.5804, 37.8573)
YANGQUAN_GCJ02 = Coordinate(113.586802, 37.857803)
YANGQUAN_BD09 = Coordinate(113.593411, 37.863484)

# Half a degree inside the rectangle: within one shift (some 600 m) of its edge two places share one shifted place.
inside_china = st.builds(Coordinate, st.floats(72.5, 137.3), st.floats(1.3, 55.3))
anywhere = st.builds(Coordinate, st.floats(-180, 180), st.floats(-90, 90))


@pytest.mark.parametrize(
    ("datum", "shown"),
    [
        (Datum.WGS84, YANGQUAN),
        (Datum.CGCS2000, YANGQUAN),
        (Datum.GCJ02, YANGQUAN_GCJ02),
        (Datum.BD09, YANGQUAN_BD09),
    ],
)
def test_a_place_in_yangquan_is_where_each_map_shows_it(datum: Datum, shown: Coordinate) -> None:
    assert from_wgs84(YANGQUAN, datum) == pytest.approx(shown, abs=1e-6)
    assert distance_m(to_wgs84(shown, datum), YANGQUAN) < 0.5


@given(inside_china, st.sampled_from(Datum))
def test_a_place_comes_back_from_every_datum_within_half_a_meter(place: Coordinate, datum: Datum) -> None:
    assert distance_m(to_wgs84(from_wgs84(place, datum), datum), place) < 0.5


@given(inside_china, st.sampled_from([Datum.GCJ02, Datum.BD09]))
def test_a_shift_inside_china_is_never_nothing_and_never_more_than_two_kilometers(
    place: Coordinate, datum: Datum
) -> None:
    assert 10 < distance_m(from_wgs84(place, datum), place) < 2_000


@given(anywhere.filter(lambda place: not in_chinese_grid(place)), st.sampled_from(Datum))
def test_a_place_outside_china_is_left_alone(place: Coordinate, datum: Datum) -> None:
    assert from_wgs84(place, datum) == place


@pytest.mark.parametrize("place", [Coordinate(2.3522, 48.8566), Coordinate(-122.4, 37.8), Coordinate(151.2, -33.9)])
@pytest.mark.parametrize("datum", list(Datum))
def test_a_position_from_abroad_needs_no_conversion(place: Coordinate, datum: Datum) -> None:
    assert to_wgs84(place, datum) == place


@given(anywhere, st.sampled_from(Datum))
def test_any_position_a_phone_can_send_gives_a_position_that_can_be_stored(place: Coordinate, datum: Datum) -> None:
    converted = to_wgs84(place, datum)
    assert -180 <= converted.longitude <= 180
    assert -90 <= converted.latitude <= 90


def test_distances_are_meters_on_the_ground() -> None:
    one_degree_north = Coordinate(YANGQUAN.longitude, YANGQUAN.latitude + 1)
    assert distance_m(YANGQUAN, one_degree_north) == pytest.approx(111_195, abs=5)
    assert distance_m(YANGQUAN, YANGQUAN) == 0
    assert distance_m(Coordinate(179.9, 0), Coordinate(-179.9, 0)) == pytest.approx(22_239, abs=5)


@given(anywhere, anywhere)
def test_a_distance_is_the_same_both_ways_and_at_most_half_the_earth(first: Coordinate, second: Coordinate) -> None:
    assert distance_m(first, second) == pytest.approx(distance_m(second, first))
    assert 0 <= distance_m(first, second) <= 20_016_000
