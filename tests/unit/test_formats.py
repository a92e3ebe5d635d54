"""What a file is, told by its first bytes."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.photos import MediaType
from service.imaging.formats import HEAD_BYTES, sniff
from tests import samples


def box(major: bytes, *compatible: bytes, size: int | None = None) -> bytes:
    body = b"ftyp" + major + bytes(4) + b"".join(compatible)
    return (len(body) + 4 if size is None else size).to_bytes(4) + body


@pytest.mark.parametrize("media_type", samples.accepted_photos())
def test_every_accepted_type_is_known_by_its_first_bytes(media_type: str) -> None:
    assert sniff(samples.accepted_photos()[media_type][:HEAD_BYTES]) == media_type


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("heic_named.jpg", MediaType.HEIC),
        ("polyglot.jpg", MediaType.JPEG),
        ("truncated.jpg", MediaType.JPEG),
        ("huge.png", MediaType.PNG),
        ("page_before_photo.jpg", None),
        ("empty.jpg", None),
        ("noise.jpg", None),
        ("vector.svg", None),
        ("page.html", None),
        ("animation.gif", None),
        ("document.pdf", None),
    ],
)
def test_an_odd_file_is_what_its_bytes_say_and_not_what_its_name_says(name: str, expected: MediaType | None) -> None:
    assert sniff(samples.odd_files()[name][:HEAD_BYTES]) is expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (box(b"heic", b"mif1", b"MiHE", b"MiPr", b"miaf", b"MiHB", b"heic"), MediaType.HEIC),  # iPhone
        (box(b"mif1", b"mif1", b"heic"), MediaType.HEIC),
        (box(b"mif1", b"avif", b"miaf", b"MA1B"), MediaType.AVIF),
        (box(b"avis", b"msf1"), MediaType.AVIF),
        (box(b"mif1", b"miaf"), MediaType.HEIF),
        (box(b"avci", b"mif1"), MediaType.HEIF),
        ((1).to_bytes(4) + b"ftyp" + (28).to_bytes(8) + b"heic" + bytes(8), MediaType.HEIC),  # size in 64 bits
        (box(b"isom", b"iso2", b"avc1", b"mp41"), None),  # a film
        (box(b"qt  ", b"qt  "), None),
        (box(b"heic", size=8), None),
        (box(b"heic", b"mif1", size=1000), None),  # says more than there is
        (box(b"heic", b"mif1")[:12], None),
        (box(b"heic", b"mif1")[:7], None),
    ],
)
def test_the_brands_of_a_container_decide(head: bytes, expected: MediaType | None) -> None:
    assert sniff(head) is expected


@pytest.mark.parametrize("media_type", samples.accepted_photos())
def test_a_head_cut_short_is_nothing(media_type: str) -> None:
    assert sniff(samples.accepted_photos()[media_type][:3]) is None


@pytest.mark.parametrize("head", [b"\xff\xd8\xff\x00", b"\xff\xd8\xff\xd8", b"\xff\xd8\xff\xf7", b"RIFF1234WEBPALPH"])
def test_a_start_that_no_decoder_would_accept_is_nothing(head: bytes) -> None:
    assert sniff(head.ljust(HEAD_BYTES, b"\0")) is None


@given(st.binary(max_size=200))
def test_any_bytes_have_an_answer(head: bytes) -> None:
    assert sniff(head) in {None, *MediaType}


@given(st.sampled_from(["image/heic", "image/avif"]), st.integers(0, HEAD_BYTES - 1), st.integers(0, 255))
def test_a_damaged_container_has_an_answer(media_type: str, at: int, value: int) -> None:
    head = bytearray(samples.accepted_photos()[media_type][:HEAD_BYTES])
    head[at] = value
    assert sniff(bytes(head)) in {None, *MediaType}


def test_the_web_process_tells_types_apart_without_an_image_library() -> None:
    program = "import sys, service.imaging.formats; print({'PIL', 'piexif', 'pillow_heif'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "set()"


def test_file_names_end_as_people_expect() -> None:
    assert MediaType.JPEG.extension == "jpg"
    assert MediaType.HEIC.extension == "heic"
