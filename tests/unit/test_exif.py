"""EXIF is read as far as it makes sense, and never harms anyone."""

import json
import math
import os
import struct
import tracemalloc
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import piexif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.photos import PhotoFacts
from service.imaging.exif import MAXIMUM_TEXT, read_facts
from tests import samples

EXIF, GPS, IMAGE = piexif.ExifIFD, piexif.GPSIFD, piexif.ImageIFD
EXAMPLES = 5000 if os.environ.get("CLEARWAY_PROVE") == "1" else 500


def facts_of(exif: bytes | None = None, **changes: dict[int, Any]) -> PhotoFacts:
    """The facts of a phone's EXIF, with tags changed by directory: image, details, position."""
    names = {"image": "0th", "details": "Exif", "position": "GPS"}
    renamed = {names[directory]: tags for directory, tags in changes.items()}
    return read_facts(samples.phone_exif(changes=renamed) if exif is None else exif, (1200, 900))


def test_a_phone_says_where_when_and_with_what_a_photo_was_taken() -> None:
    facts = facts_of()
    assert (facts.latitude, facts.longitude) == samples.YANGQUAN
    assert (facts.altitude, facts.heading, facts.heading_reference) == (702.1, 182.5, "magnetic")
    assert facts.taken_at_local == "2026-03-18T09:41:07"
    assert facts.taken_at == datetime(2026, 3, 18, 1, 41, 7, tzinfo=UTC)
    assert facts.taken_at_zone == "offset"
    assert (facts.make, facts.model) == ("Clearway", "Test Phone 5")
    assert (facts.width, facts.height, facts.orientation) == (1200, 900, 1)
    assert facts.flags == ()


def test_south_and_west_are_negative() -> None:
    facts = facts_of(samples.phone_exif(gps=(-33.8568, -151.2153)))
    assert (facts.latitude, facts.longitude) == (-33.8568, -151.2153)


def test_a_picture_stored_on_its_side_has_its_upright_size() -> None:
    facts = facts_of(image={IMAGE.Orientation: 6})
    assert (facts.width, facts.height, facts.orientation) == (900, 1200, 6)


def test_a_time_without_a_zone_is_taken_as_china_standard_time() -> None:
    facts = facts_of(samples.phone_exif(offset=None))
    assert facts.taken_at_zone == "assumed"
    assert facts.taken_at == datetime(2026, 3, 18, 9, 41, 7, tzinfo=timezone(timedelta(hours=8)))


@pytest.mark.parametrize(
    ("satellites", "hours"),
    [((1, 41, 5), 8.0), ((0, 41, 9), 9.0), ((4, 11, 0), 5.5), ((9, 42, 0), 0.0)],
)
def test_the_satellites_clock_tells_the_zone(satellites: tuple[int, int, int], hours: float) -> None:
    clock = tuple((number, 1) for number in satellites)
    exif = samples.phone_exif(offset=None, changes={"GPS": {GPS.GPSDateStamp: b"2026:03:18", GPS.GPSTimeStamp: clock}})
    facts = facts_of(exif)
    assert facts.gps_time == datetime(2026, 3, 18, *satellites, tzinfo=UTC)
    assert facts.taken_at_zone == "gps"
    assert facts.taken_at is not None
    assert facts.taken_at.utcoffset() == timedelta(hours=hours)


def test_an_old_fix_says_nothing_about_the_zone() -> None:
    clock = ((1, 1), (20, 1), (0, 1))
    exif = samples.phone_exif(offset=None, changes={"GPS": {GPS.GPSDateStamp: b"2026:03:18", GPS.GPSTimeStamp: clock}})
    assert facts_of(exif).taken_at_zone == "assumed"


@pytest.mark.parametrize("offset", ["+99:00", "+8", "\x00\x00", "   :  ", "+08:75"])
def test_an_impossible_offset_is_not_used(offset: str) -> None:
    assert facts_of(samples.phone_exif(offset=offset)).taken_at_zone == "assumed"


@pytest.mark.parametrize("written", ["2026:13:40 09:41:07", "2026:02:30 09:41:07", "0001:01:01 00:00:00", "yesterday1"])
def test_an_impossible_time_is_left_out_and_flagged(written: str) -> None:
    facts = facts_of(samples.phone_exif(taken=written))
    assert (facts.taken_at, facts.taken_at_local, facts.taken_at_zone) == (None, None, None)
    assert facts.flags == ("exif.time_invalid",)


@pytest.mark.parametrize("written", ["0000:00:00 00:00:00", "    :  :     :  :  ", ""])
def test_a_clock_that_was_never_set_is_no_damage(written: str) -> None:
    facts = facts_of(samples.phone_exif(taken=written))
    assert facts.taken_at is None
    assert facts.flags == ()


def test_the_time_of_the_last_change_is_the_last_resort() -> None:
    facts = facts_of(samples.phone_exif(taken=None, changes={"0th": {IMAGE.DateTime: samples.TAKEN.encode()}}))
    assert facts.taken_at_local == "2026-03-18T09:41:07"
    assert facts.flags == ("exif.time_of_file",)


@pytest.mark.parametrize(
    "position",
    [
        {GPS.GPSLatitude: ((37, 0), (51, 0), (0, 0))},
        {GPS.GPSLatitude: ((37, 1), (51, 1), (26, 0))},
        {GPS.GPSLatitude: ((137, 1), (0, 1), (0, 1))},
        {GPS.GPSLatitude: ((37, 1), (61, 1), (0, 1))},
        {GPS.GPSLongitude: ((181, 1), (0, 1), (0, 1))},
        {GPS.GPSLongitude: ((113, 1), (34, 1))},
        {GPS.GPSLatitudeRef: b""},
        {GPS.GPSLatitudeRef: b"E"},
        {GPS.GPSLatitude: ((0, 1), (0, 1), (0, 1)), GPS.GPSLongitude: ((0, 1), (0, 1), (0, 1))},
    ],
)
def test_a_position_that_cannot_be_is_left_out_and_flagged(position: dict[int, Any]) -> None:
    facts = facts_of(position=position)
    assert (facts.latitude, facts.longitude) == (None, None)
    assert facts.flags == ("exif.position_invalid",)
    assert facts.taken_at is not None


def test_zero_denominators_become_nothing() -> None:
    facts = facts_of(samples.exif_with_zero_denominators())
    assert (facts.latitude, facts.altitude, facts.heading, facts.heading_reference) == (None, None, None, None)
    assert facts.make == "Clearway"


def test_values_past_the_end_cost_only_themselves() -> None:
    facts = facts_of(samples.exif_with_offsets_past_the_end())
    assert facts.make is None
    assert (facts.latitude, facts.longitude) == samples.YANGQUAN
    assert facts.taken_at_local == "2026-03-18T09:41:07"
    assert facts.flags == ("exif.damaged",)


def test_below_the_sea_is_negative_and_a_heading_of_360_is_north() -> None:
    facts = facts_of(position={GPS.GPSAltitudeRef: 1, GPS.GPSImgDirection: (360, 1), GPS.GPSImgDirectionRef: b"T"})
    assert (facts.altitude, facts.heading, facts.heading_reference) == (-702.1, 0.0, "true")


def test_text_is_cleaned_and_bounded() -> None:
    make = "厂家\x07\u202e\n A".encode() + b"\xff" + b"x" * 500
    facts = facts_of(image={IMAGE.Make: make, IMAGE.Model: b"Phone\0hidden"})
    assert facts.make is not None
    assert facts.make.startswith("厂家 A\ufffdxxx")
    assert len(facts.make) == MAXIMUM_TEXT
    assert facts.model == "Phone"


@pytest.mark.parametrize("exif", [None, b""])
def test_a_photo_without_exif_says_so(exif: bytes | None) -> None:
    assert read_facts(exif, (10, 20)) == PhotoFacts(width=10, height=20, flags=("exif.missing",))


def test_pillow_reads_what_piexif_gives_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(_: bytes) -> None:
        raise struct.error

    monkeypatch.setattr(piexif, "load", give_up)
    facts = facts_of()
    assert (facts.latitude, facts.longitude) == samples.YANGQUAN
    assert facts.taken_at == datetime(2026, 3, 18, 1, 41, 7, tzinfo=UTC)
    assert (facts.altitude, facts.heading) == (702.1, 182.5)
    assert (facts.make, facts.model, facts.orientation) == ("Clearway", "Test Phone 5", 1)
    assert facts.flags == ("exif.damaged",)


@pytest.mark.parametrize("kind", range(14))
def test_a_count_of_four_billion_costs_no_memory(kind: int) -> None:
    exif = bytearray(samples.phone_exif())
    first_entry = 6 + 8 + 2
    struct.pack_into(">HI", exif, first_entry + 2, kind, 0xFFFFFFFF)
    tracemalloc.start()
    try:
        facts_of(bytes(exif))
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_count_that_becomes_four_billion_by_mending_costs_no_memory() -> None:
    """The position directory lies so that its one entry begins with the count of an entry of the other directory:
    hiding the former makes the latter huge."""
    tiff = bytearray(200_000)
    struct.pack_into(">2sHI", tiff, 0, b"MM", 42, 8)
    struct.pack_into(">H", tiff, 8, 2)
    struct.pack_into(">HHII", tiff, 10, IMAGE.ExifTag, 4, 1, 100)
    struct.pack_into(">HHII", tiff, 22, IMAGE.GPSTag, 4, 1, 104)
    struct.pack_into(">HHHII", tiff, 100, 1, EXIF.UserComment, 1, 0x0001_2700, 1000)
    tracemalloc.start()
    try:
        assert facts_of(bytes(tiff)).flags == ("exif.damaged",)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_a_directory_that_leads_to_itself_ends() -> None:
    exif = bytearray(samples.phone_exif())
    tags = [bytes(exif[16 + 12 * entry : 18 + 12 * entry]) for entry in range(6)]
    pointer = 16 + 12 * tags.index(struct.pack(">H", IMAGE.ExifTag)) + 8
    struct.pack_into(">I", exif, pointer, 8)
    assert facts_of(bytes(exif)).make == "Clearway"


def assert_harmless(facts: PhotoFacts) -> None:
    """Strict JSON, numbers in their bounds, text that is safe to show."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    json.loads(msgspec.json.encode(facts), parse_constant=refuse)
    for name in ("latitude", "longitude", "altitude", "accuracy", "heading"):
        number = getattr(facts, name)
        assert number is None or math.isfinite(number)
    assert facts.latitude is None or (-90 <= facts.latitude <= 90 and facts.longitude is not None)
    assert facts.longitude is None or -180 <= facts.longitude <= 180
    assert facts.heading is None or 0 <= facts.heading < 360
    assert facts.orientation is None or 1 <= facts.orientation <= 8
    for text in (facts.make, facts.model):
        assert text is None or (text.isprintable() and 0 < len(text) <= MAXIMUM_TEXT)


edits = st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), max_size=12)


@pytest.mark.prove
@given(edits, st.integers(0, 700), st.booleans())
@settings(max_examples=EXAMPLES, deadline=None)
def test_damaged_exif_never_raises_and_is_always_json(edits: list[tuple[int, int]], length: int, is_cut: bool) -> None:
    exif = bytearray(samples.phone_exif())
    for at, value in edits:
        exif[at % len(exif)] = value
    assert_harmless(facts_of(bytes(exif[:length] if is_cut else exif)))


@pytest.mark.prove
@given(st.sampled_from([b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"II+\0\x08\0\0\0"]), st.binary(max_size=400))
@settings(max_examples=EXAMPLES, deadline=None)
def test_invented_exif_never_raises_and_is_always_json(header: bytes, body: bytes) -> None:
    assert_harmless(facts_of(b"Exif\0\0" + header + body))


@pytest.mark.prove
@given(st.integers(1, 12), st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF), st.integers(0, 30))
@settings(max_examples=EXAMPLES, deadline=None)
def test_an_entry_of_any_type_count_and_place_never_raises(kind: int, count: int, value: int, entry: int) -> None:
    exif = bytearray(samples.phone_exif())
    struct.pack_into(">HII", exif, 16 + 12 * entry + 2, kind, count, value)
    assert_harmless(facts_of(bytes(exif)))
