"""How much of a place may be told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.cases import PlaceLevel, VenueType
from service.domain.coarsening import (
    LEVELS,
    Coarse,
    Crowd,
    coarsest_needed,
    refuse_singletons,
    spellings,
    units_sharing,
)
from service.problems import Problem

PLACES = st.builds(Coarse, st.sampled_from(LEVELS), st.sampled_from(VenueType))
COUNTS = st.integers(0, 12)


@given(PLACES, COUNTS, COUNTS, COUNTS)
def test_what_is_told_is_shared_and_never_more_than_was_asked_for(
    place: Coarse, near: int, beyond: int, others: int
) -> None:
    crowd = Crowd(near, near + beyond, near + others)
    told = coarsest_needed(place, crowd)
    assert units_sharing(told, crowd, 5) >= 5
    assert LEVELS.index(told.level) >= LEVELS.index(place.level)
    assert told.venue_type in (place.venue_type, VenueType.OTHER)
    if told == place:
        refuse_singletons(place, crowd)
    else:
        with pytest.raises(Problem) as refused:
            refuse_singletons(place, crowd)
        assert refused.value.code == "case.place_singles_out"
        assert refused.value.parameters["place_level"] == told.level
        refuse_singletons(told, crowd)


@pytest.mark.parametrize(
    ("near", "city", "level", "venue"),
    [
        (5, 5, "district", VenueType.HOSPITAL),
        (4, 5, "city", VenueType.HOSPITAL),
        (0, 4, "city", VenueType.OTHER),
    ],
)
def test_one_step_up_at_a_time(near: int, city: int, level: PlaceLevel, venue: VenueType) -> None:
    crowd = Crowd(near, city, anything_in_district=100)
    assert coarsest_needed(Coarse("district", VenueType.HOSPITAL), crowd) == Coarse(level, venue)


def test_no_spelling_counts_for_two_kinds_of_places() -> None:
    words = [word for venue in VenueType for word in spellings(venue)]
    assert len(words) == len(set(words))
    assert all(word == word.lower() for word in words)
