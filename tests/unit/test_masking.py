"""What is masked in a published picture is gone."""

import io
import math
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from service.imaging.masking import GROWTH, MASK_COLOR, SHARE_CARD, mask, paint
from service.imaging.polygons import Polygon, convex_hull, crosses_itself
from service.imaging.results import Masked, Undecodable
from tests import samples
from tests.inspection import assert_only_pixels, color_at, is_close, mean_difference, pixels

FACE = [(0.4, 0.3), (0.6, 0.3), (0.6, 0.5), (0.4, 0.5)]
SIGN = [(0.1, 0.6), (0.3, 0.65), (0.25, 0.8)]


def masked(photo: bytes, *polygons: Polygon) -> Masked:
    outcome = mask(io.BytesIO(photo), polygons)
    assert isinstance(outcome, Masked), outcome
    return outcome


def with_secret(size: tuple[int, int], secret: str, polygon: Polygon) -> Image.Image:
    """The scene with something written inside of the polygon, in colors that shine."""
    picture = samples.scene(0, size)
    stencil = Image.new("L", size, 0)
    ImageDraw.Draw(stencil).polygon([(x * size[0], y * size[1]) for x, y in polygon], fill=255)
    shining = Image.new("RGB", size, (255, 0, 255))
    draw = ImageDraw.Draw(shining)
    for line in range(0, size[1], 20):
        draw.text((line % 60, line), secret * 20, fill=(255, 255, 0))
    picture.paste(shining, mask=stencil)
    return picture


@pytest.mark.parametrize("polygon", [FACE, SIGN])
def test_nothing_under_a_mask_reaches_the_published_file(polygon: Polygon) -> None:
    size = (2000, 1500)
    one = samples.encode(with_secret(size, "Zhang San 13900000001", polygon), "PNG")
    other = samples.encode(samples.scene(0, size), "PNG")
    # Not similar, the same bytes: whatever was under the mask has left no trace at all.
    assert masked(one, polygon) == masked(other, polygon)
    assert masked(one) != masked(other)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_masks_lie_on_the_upright_picture(orientation: int) -> None:
    outcome = masked(samples.phone_photo(orientation=orientation), FACE)
    assert outcome.picture_size == (1200, 900)
    picture = pixels(outcome.files[""])
    assert is_close(color_at(picture, (600, 360)), MASK_COLOR, 3)
    assert is_close(color_at(picture, (20, 20)), samples.CORNERS["top_left"])
    for beside in ((440, 360), (760, 360), (600, 230), (600, 490)):
        assert not is_close(color_at(picture, beside), MASK_COLOR, 20)


def test_a_mask_is_opaque_to_its_edge_and_a_little_beyond() -> None:
    picture = pixels(masked(samples.phone_photo(size=(2400, 1800)), FACE).files[""])
    assert picture.size == (1600, 1200)
    inside = picture.crop((640, 360, 960, 600))
    darkest, brightest = zip(*inside.getextrema(), strict=True)
    assert min(darkest) >= MASK_COLOR[0] - 8
    assert max(brightest) <= MASK_COLOR[0] + 8


def test_a_published_picture_carries_no_metadata() -> None:
    outcome = masked(samples.phone_photo(size=(2400, 1800)), SIGN)
    assert {"", "card", "webp", "480.jpg", "480.webp"} <= outcome.files.keys()
    for picture in outcome.files.values():
        assert_only_pixels(picture)


def test_the_share_card_has_the_size_that_chats_show_and_is_masked_too() -> None:
    for size in ((2400, 1800), (900, 1600), (400, 300)):
        card = pixels(masked(samples.phone_photo(size=size), FACE).files["card"])
        assert card.size == SHARE_CARD
        assert is_close(color_at(card, (600, 250)), MASK_COLOR, 6)


def test_without_masks_the_picture_is_the_photo() -> None:
    outcome = masked(samples.phone_photo())
    assert mean_difference(pixels(outcome.files[""]), samples.scene()) < 4


@pytest.mark.parametrize("media_type", samples.accepted_photos())
def test_every_accepted_type_can_be_masked(media_type: str) -> None:
    picture = pixels(masked(samples.accepted_photos()[media_type], FACE).files[""])
    assert is_close(color_at(picture, (160, 96)), MASK_COLOR, 6)


def test_a_photo_that_cannot_be_decoded_says_why() -> None:
    outcome = mask(io.BytesIO(samples.odd_files()["truncated.jpg"]), [FACE])
    assert isinstance(outcome, Undecodable)
    assert outcome.reason == "truncated"


@pytest.mark.parametrize(
    "polygon",
    [[], [(0.1, 0.1), (0.2, 0.2)], [(0.1, 0.1), (0.2, 0.2), (math.nan, 0.1)], [(0.0, 0.0)] * 2 + [(math.inf, 1)]],
)
def test_what_is_no_polygon_is_refused(polygon: Polygon) -> None:
    with pytest.raises(ValueError, match="polygon"):
        mask(io.BytesIO(samples.phone_photo()), [polygon])


def test_a_polygon_that_crosses_itself_has_no_hole() -> None:
    star = [
        (0.5 + 0.4 * math.sin(turn * 4 * math.pi / 5), 0.5 - 0.4 * math.cos(turn * 4 * math.pi / 5))
        for turn in range(5)
    ]
    image = Image.new("RGB", (400, 400), (255, 255, 255))
    paint(image, star)
    assert color_at(image, (200, 200)) == MASK_COLOR


def test_a_concave_polygon_leaves_its_bay_open() -> None:
    bay = [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.7, 0.9), (0.7, 0.3), (0.3, 0.3), (0.3, 0.9), (0.1, 0.9)]
    image = Image.new("RGB", (400, 400), (255, 255, 255))
    paint(image, bay)
    assert color_at(image, (200, 250)) == (255, 255, 255)
    assert color_at(image, (60, 250)) == color_at(image, (340, 250)) == color_at(image, (200, 60)) == MASK_COLOR


points = st.tuples(st.floats(-5, 5), st.floats(-5, 5))


@given(st.lists(points, min_size=3, max_size=9))
@example([(-0.625, 0.3359375), (2.0, -0.5), (0.0, 1.0)])
@settings(max_examples=300, deadline=None)
def test_every_corner_and_every_side_inside_the_picture_is_covered_and_what_is_close_beside(
    polygon: list[tuple[float, float]],
) -> None:
    image = Image.new("RGB", (60, 45), (255, 255, 255))
    paint(image, polygon)
    near = [(min(max(x, -1.0), 2.0), min(max(y, -1.0), 2.0)) for x, y in polygon]
    corners = convex_hull(near) if crosses_itself([(x * 60, y * 45) for x, y in near]) else near
    close = GROWTH * 60
    for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True):
        for step, (right, down) in product(range(11), ((0, 0), (1, 0), (0, 1), (-1, 0), (0, -1))):
            x = (x1 + (x2 - x1) * step / 10) * 60 + right * close
            y = (y1 + (y2 - y1) * step / 10) * 45 + down * close
            if 0 <= x < 60 and 0 <= y < 45:
                assert color_at(image, (int(x), int(y))) == MASK_COLOR
