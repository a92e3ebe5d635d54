"""The pictures that the demo draws."""

import io
from datetime import UTC, datetime

import piexif
import pytest
from PIL import Image, ImageChops, ImageOps

from service.demo import pictures

TAKEN_AT = datetime(2026, 6, 12, 1, 24, 36, tzinfo=UTC)
SMALL = {True: (320, 240), False: (240, 320)}


def small(scene: str) -> tuple[int, int]:
    width, height = pictures.SCENES[scene].size
    return SMALL[width > height]


def phone_photo(scene: str) -> bytes:
    return pictures.phone_photo(
        scene,
        "blocked",
        5,
        taken_at=TAKEN_AT,
        latitude=37.8604,
        longitude=113.5801,
        heading=278.25,
        model="L5 Pro",
    )


@pytest.mark.parametrize("scene", pictures.SCENES)
def test_the_same_place_is_drawn_the_same_every_time(scene: str) -> None:
    first = pictures.draw(scene, "blocked", 5, small(scene))
    second = pictures.draw(scene, "blocked", 5, small(scene))
    assert first.tobytes() == second.tobytes()
    assert first.tobytes() != pictures.draw(scene, "blocked", 6, small(scene)).tobytes()


@pytest.mark.parametrize("scene", pictures.SCENES)
def test_a_cleared_place_differs_only_where_something_stood(scene: str) -> None:
    blocked = pictures.draw(scene, "blocked", 5, small(scene))
    cleared = pictures.draw(scene, "cleared", 5, small(scene))
    difference = ImageChops.difference(blocked, cleared).convert("L")
    counts = difference.histogram()
    pixels = blocked.width * blocked.height
    assert sum(counts[30:]) > 0.004 * pixels, "the hazard must be plain to see"
    assert sum(counts[12:]) < 0.7 * pixels, "most of the place must look the same"
    top = difference.crop((0, 0, difference.width, difference.height // 10))
    assert sum(top.histogram()[8:]) == 0, "nothing reaches the upper edge of the picture"


@pytest.mark.parametrize("scene", pictures.SCENES)
def test_what_must_be_masked_lies_within_the_picture(scene: str) -> None:
    outlines = pictures.to_mask(scene, "blocked", 5)
    assert outlines
    for outline in outlines.values():
        assert 3 <= len(outline) <= 64
        assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in outline)


def test_the_plate_of_a_parked_van_and_a_head_are_to_be_masked_only_while_they_are_there() -> None:
    assert {"plate", "head"} <= pictures.to_mask("lane", "blocked", 5).keys()
    assert not {"plate", "head"} & pictures.to_mask("lane", "cleared", 5).keys()


def test_a_photo_carries_what_a_phone_writes() -> None:
    exif = piexif.load(phone_photo("corridor"))
    assert exif["0th"][piexif.ImageIFD.Model] == b"L5 Pro"
    assert exif["0th"][piexif.ImageIFD.Orientation] == 1
    assert exif["Exif"][piexif.ExifIFD.DateTimeOriginal] == b"2026:06:12 09:24:36"
    assert exif["Exif"][piexif.ExifIFD.OffsetTimeOriginal] == b"+08:00"
    position = exif["GPS"]
    assert position[piexif.GPSIFD.GPSLatitude] == ((37, 1), (51, 1), (3744, 100))
    assert position[piexif.GPSIFD.GPSLongitude] == ((113, 1), (34, 1), (4836, 100))
    assert position[piexif.GPSIFD.GPSImgDirection] == (27825, 100)
    assert position[piexif.GPSIFD.GPSTimeStamp] == ((1, 1), (24, 1), (36, 1))
    thumbnail = Image.open(io.BytesIO(exif["thumbnail"]))
    assert max(thumbnail.size) == 320


def test_a_phone_held_upright_stores_the_picture_lying_and_says_how_to_turn_it() -> None:
    stored = Image.open(io.BytesIO(phone_photo("stair")))
    assert stored.size == (1280, 960)
    assert stored.getexif()[piexif.ImageIFD.Orientation] == 6
    upright = ImageOps.exif_transpose(stored)
    drawn = pictures.draw("stair", "blocked", 5)
    assert upright.size == drawn.size
    # Compression changes pixels a little; a picture turned the wrong way would differ everywhere.
    histogram = ImageChops.difference(upright, drawn).convert("L").histogram()
    assert sum(histogram[48:]) < 0.002 * drawn.width * drawn.height
