"""The preview and the thumbnail that people look at instead of the original."""

import errno
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from schemas.photos import MediaType
from service.imaging.decoding import PIXEL_LIMIT
from service.imaging.renditions import render
from service.imaging.results import Rendered, Undecodable
from tests import samples
from tests.inspection import assert_only_pixels, color_at, is_close, mean_difference, pixels


def rendered(photo: bytes) -> Rendered:
    outcome = render(io.BytesIO(photo))
    assert isinstance(outcome, Rendered), outcome
    return outcome


def refused(photo: bytes, pixel_limit: int = PIXEL_LIMIT) -> Undecodable:
    outcome = render(io.BytesIO(photo), pixel_limit=pixel_limit)
    assert isinstance(outcome, Undecodable)
    return outcome


def with_comment(photo: bytes) -> bytes:
    return photo[:2] + b"\xff\xfe\x00\x0eTaken by Li " + photo[2:]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_upright_however_the_phone_was_held(orientation: int) -> None:
    outcome = rendered(samples.phone_photo(orientation=orientation))
    assert (outcome.facts.width, outcome.facts.height, outcome.facts.orientation) == (1200, 900, orientation)
    assert outcome.preview_size == (1200, 900)
    preview = pixels(outcome.preview)
    assert mean_difference(preview, samples.scene()) < 4
    thumbnail = pixels(outcome.thumbnail)
    assert thumbnail.size == outcome.thumbnail_size == (320, 240)
    assert is_close(color_at(thumbnail, (10, 10)), samples.CORNERS["top_left"])
    assert is_close(color_at(thumbnail, (310, 10)), samples.CORNERS["top_right"])
    assert is_close(color_at(thumbnail, (10, 230)), samples.CORNERS["bottom_left"])


@pytest.mark.parametrize("media_type", samples.accepted_photos())
def test_every_accepted_type_is_shown(media_type: str) -> None:
    outcome = rendered(samples.accepted_photos()[media_type])
    assert outcome.media_type == media_type
    assert mean_difference(pixels(outcome.preview), samples.scene(0, (320, 240))) < 6
    assert (outcome.facts.latitude, outcome.facts.longitude) == samples.YANGQUAN


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_other_types_are_upright_too(kind: str, orientation: int) -> None:
    stored = samples.turned(samples.scene(0, (320, 240)), orientation)
    photo = samples.encode(stored, kind, exif=samples.phone_exif(orientation=orientation), quality=90)
    outcome = rendered(photo)
    assert (outcome.facts.width, outcome.facts.height) == (320, 240)
    assert mean_difference(pixels(outcome.preview), samples.scene(0, (320, 240))) < 6


@pytest.mark.parametrize(
    ("size", "preview", "thumbnail"),
    [
        ((4000, 3000), (1600, 1200), (320, 240)),
        ((3000, 4000), (1200, 1600), (240, 320)),
        ((3201, 2401), (1600, 1200), (320, 240)),
        ((1601, 1200), (1600, 1199), (320, 240)),
        ((1000, 750), (1000, 750), (320, 240)),
        ((5000, 40), (1600, 13), (320, 3)),
        ((4000, 8), (1600, 3), (320, 1)),
        ((200, 100), (200, 100), (200, 100)),
        ((1, 1), (1, 1), (1, 1)),
    ],
)
def test_the_longest_side_is_1600_and_320_and_nothing_grows(
    size: tuple[int, int], preview: tuple[int, int], thumbnail: tuple[int, int]
) -> None:
    outcome = rendered(samples.encode(Image.new("RGB", size, (90, 120, 60))))
    assert (outcome.preview_size, outcome.thumbnail_size) == (preview, thumbnail)
    assert pixels(outcome.preview).size == preview
    assert is_close(color_at(pixels(outcome.preview), (0, 0)), (90, 120, 60), 2)


def test_a_preview_looks_like_the_photo() -> None:
    photo = samples.phone_photo(size=(4000, 3000))
    fair = pixels(photo).resize((1600, 1200), Image.Resampling.LANCZOS)
    assert mean_difference(pixels(rendered(photo).preview), fair) < 1.5


def test_renditions_carry_no_metadata() -> None:
    exif, profile = samples.phone_exif(), ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    marked = samples.encode(samples.scene(), exif=exif, icc_profile=profile, xmp=b"<x:xmpmeta/>", dpi=(300, 300))
    outcome = rendered(with_comment(marked))
    assert_only_pixels(outcome.preview)
    assert_only_pixels(outcome.thumbnail)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_is_transparent_is_shown_on_white(kind: str) -> None:
    picture = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    picture.paste((0, 0, 255, 255), (0, 0, 32, 64))
    shown = pixels(rendered(samples.encode(picture, kind, lossless=True)).preview)
    assert is_close(color_at(shown, (8, 32)), (0, 0, 255))
    assert is_close(color_at(shown, (56, 32)), (255, 255, 255))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_png_is_shown(mode: str) -> None:
    gray = 180 * 257 if mode == "I;16" else 180
    picture = Image.new(mode, (40, 30), gray) if mode == "I;16" else Image.new("L", (40, 30), gray).convert(mode)
    shown = pixels(rendered(samples.encode(picture, "PNG")).preview)
    mean = sum(color_at(shown.resize((1, 1), Image.Resampling.BOX), (0, 0))) / 3
    assert abs(mean - (255 if mode == "1" else 180)) < 90
    assert mode == "1" or abs(mean - 180) < 4


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_gray_and_printers_jpegs_are_shown(mode: str) -> None:
    photo = samples.encode(samples.scene(0, (320, 240)).convert(mode), quality=90)
    shown = pixels(rendered(photo).preview)
    assert mean_difference(shown, samples.scene(0, (320, 240)).convert(mode).convert("RGB")) < 4


def linear_profile() -> bytes:
    """A profile which says that numbers are proportional to light: a plain rewrite of littleCMS's sRGB curves."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = profile.index(b"para\0\0\0\0\0\x03")
    profile[at + 8 : at + 10] = b"\0\0"  # the type of the curve: only an exponent ...
    profile[at + 12 : at + 16] = (1 << 16).to_bytes(4)  # ... of 1
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "cam1".encode("utf-16-be")).replace(b"sRGB", b"cam1")


def test_colors_of_another_profile_become_srgb() -> None:
    picture = Image.new("RGB", (64, 48), (55, 55, 55))
    plain = pixels(rendered(samples.encode(picture)).preview)
    converted = pixels(rendered(samples.encode(picture, icc_profile=linear_profile())).preview)
    assert is_close(color_at(plain, (9, 9)), (55, 55, 55), 2)
    assert is_close(color_at(converted, (9, 9)), (128, 128, 128), 3)  # 0.2157 of white, as sRGB writes it


@pytest.mark.parametrize("profile", [b"no profile at all", b"\0" * 200, linear_profile()[:300]])
def test_a_damaged_profile_is_ignored(profile: bytes) -> None:
    photo = samples.encode(Image.new("RGB", (64, 48), (55, 90, 120)), icc_profile=profile)
    assert is_close(color_at(pixels(rendered(photo).preview), (9, 9)), (55, 90, 120), 3)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("truncated.jpg", "truncated"),
        ("header_only.jpg", "truncated"),
        ("huge.png", "too_many_pixels"),
        ("huge.jpg", "too_many_pixels"),
        ("empty.jpg", "unsupported"),
        ("noise.jpg", "unsupported"),
        ("vector.svg", "unsupported"),
        ("page.html", "unsupported"),
        ("page_before_photo.jpg", "unsupported"),
        ("animation.gif", "unsupported"),
        ("document.pdf", "unsupported"),
    ],
)
def test_what_cannot_be_shown_says_why(name: str, reason: str) -> None:
    assert refused(samples.odd_files()[name]).reason == reason


@pytest.mark.parametrize(
    "name", ["heic_named.jpg", "polyglot.jpg", "zero_denominators.jpg", "offsets_past_the_end.jpg"]
)
def test_what_is_only_odd_is_shown(name: str) -> None:
    assert_only_pixels(rendered(samples.odd_files()[name]).preview)


@pytest.mark.parametrize("media_type", samples.accepted_photos())
@pytest.mark.parametrize("share", [0.3, 0.7, 0.85])
def test_half_a_photo_is_truncated_whatever_its_type(media_type: str, share: float) -> None:
    photo = samples.accepted_photos()[media_type]
    assert refused(photo[: int(len(photo) * share)]).reason == "truncated"


def test_a_photo_that_cannot_be_shown_still_tells_where_it_was_taken() -> None:
    facts = refused(samples.odd_files()["truncated.jpg"]).facts
    assert facts is not None
    assert (facts.latitude, facts.width) == (samples.YANGQUAN[0], 640)


def test_a_missing_end_marker_is_forgiven_and_flagged() -> None:
    photo = samples.phone_photo(size=(640, 480))
    outcome = rendered(photo[:-2])
    assert outcome.facts.flags == ("picture.end_missing",)
    assert mean_difference(pixels(outcome.preview), pixels(rendered(photo).preview)) < 0.5


def test_a_photo_of_many_pixels_is_shown_where_it_shrinks_while_decoding() -> None:
    photo = samples.phone_photo(size=(1200, 900))
    assert isinstance(render(io.BytesIO(photo), pixel_limit=300_000), Rendered)
    assert refused(photo, pixel_limit=100_000).reason == "too_many_pixels"
    progressive = samples.encode(samples.scene(), progressive=True)
    assert refused(progressive, pixel_limit=300_000).reason == "too_many_pixels"
    assert isinstance(render(io.BytesIO(progressive)), Rendered)


@pytest.mark.parametrize("media_type", ["image/png", "image/webp", "image/avif", "image/heic"])
def test_other_types_are_refused_above_the_limit(media_type: str) -> None:
    photo = samples.accepted_photos()[media_type]
    outcome = refused(photo, pixel_limit=320 * 240 - 2)
    assert (outcome.reason, outcome.media_type) == ("too_many_pixels", MediaType(media_type))


class BrokenDisk(io.BytesIO):
    """A file of which only the first 4 KiB can be read."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > 4096:
            raise OSError(errno.EIO, "Input/output error")
        return super().read(size)


def test_a_file_that_cannot_be_read_is_not_the_photos_fault() -> None:
    with pytest.raises(OSError, match="Input/output error"):
        render(BrokenDisk(samples.phone_photo()))


@given(
    st.sampled_from(sorted(samples.accepted_photos())),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8),
)
@settings(max_examples=150, deadline=None)
def test_a_damaged_photo_is_shown_or_says_why(media_type: str, edits: list[tuple[float, int]]) -> None:
    photo = bytearray(samples.accepted_photos()[media_type])
    for place, value in edits:
        photo[int(place * (len(photo) - 1))] = value
    outcome = render(io.BytesIO(bytes(photo)), pixel_limit=1_000_000)
    assert isinstance(outcome, Undecodable) or pixels(outcome.preview).size == outcome.preview_size
