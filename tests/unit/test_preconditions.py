"""If-Match and If-None-Match as clients, proxies and strangers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.protocols.preconditions import parse, strongly_matches, weakly_matches


@pytest.mark.parametrize(
    ("header", "strong", "weak"),
    [
        ('"3"', True, True),
        (' "3" ', True, True),
        ('"1", "3"', True, True),
        ('"1","3"', True, True),
        (', ,"3",,', True, True),
        ('W/"3"', False, True),
        ('W/"3", "2"', False, True),
        ('"13"', False, False),
        ('"3 "', False, False),
        ("3", False, False),
        ('"3', False, False),
        ('w/"3"', False, False),
        ('"3" "4"', False, False),
        ('"3", oops', False, False),
        ("", False, False),
        (None, False, False),
        ("*", False, True),
        (" * ", False, True),
    ],
)
def test_a_tag_matches_as_the_rfc_says(header: str | None, strong: bool, weak: bool) -> None:
    assert strongly_matches(header, "3") is strong
    assert weakly_matches(header, "3") is weak


@given(st.text(alphabet='",W/* \tabc3\\', max_size=200))
def test_no_header_breaks_the_parser(header: str) -> None:
    assert all('"' not in tag.text for tag in parse(header))


def test_a_long_hostile_header_is_read_in_no_time() -> None:
    assert parse("," * 50_000 + "x") == []
    assert parse('"' * 50_001) == []
    assert parse('W/"a",' * 10_000 + "x") == []
