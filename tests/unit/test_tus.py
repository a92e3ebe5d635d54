"""The header grammar of tus: what a phone writes is understood, and whatever else comes is answered, never a crash."""

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.problems import Problem
from service.protocols import tus

PHOTO_ID = UUID("0199c0de-0000-7000-8000-000000000001")
SHA256 = hashlib.sha256(b"photo").digest()

header_keys = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=","), min_size=1)


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def refused(code: str, status: int) -> pytest.RaisesExc[Problem]:
    return pytest.RaisesExc(Problem, check=lambda problem: (problem.code, problem.status) == (code, status))


def test_only_this_version_is_spoken_and_the_client_is_told_which() -> None:
    tus.require_version("1.0.0")
    for header in (None, "", "0.2.2", "1.0", "1.0.0, 0.2.2"):
        with refused("tus.version_unsupported", 412) as problem:
            tus.require_version(header)
        assert problem.value.headers == {"Tus-Version": "1.0.0"}


@pytest.mark.parametrize("header", ["application/offset+octet-stream", "Application/Offset+Octet-Stream ; q=1"])
def test_a_piece_says_that_it_is_a_piece(header: str) -> None:
    tus.require_content_type(header)
    assert tus.is_piece(header)


@pytest.mark.parametrize("header", [None, "", "image/jpeg", "application/octet-stream"])
def test_a_body_of_another_type_is_refused(header: str | None) -> None:
    with refused("tus.content_type_unsupported", 415):
        tus.require_content_type(header)


def test_what_is_not_offered_is_refused() -> None:
    tus.refuse_concatenation(None)
    with refused("tus.concatenation_unsupported", 400):
        tus.refuse_concatenation("partial")
    with refused("tus.length_invalid", 400):
        tus.upload_length(None, "1")
    with refused("tus.length_invalid", 400):
        tus.upload_length("100", "1")


@given(number=st.integers(0, 10**15 - 1))
def test_any_length_and_offset_is_read_as_it_was_written(number: int) -> None:
    assert tus.upload_length(str(number), None) == number
    assert tus.upload_offset(str(number)) == number


@pytest.mark.parametrize(
    "header", [None, "", "-1", "+1", "1.0", "1e3", "0x10", "1_000", "\u0661", "\xb2", "1 2", "9" * 16]
)
def test_what_is_no_non_negative_integer_is_refused(header: str | None) -> None:
    with refused("tus.length_invalid", 400):
        tus.upload_length(header, None)
    with refused("tus.offset_invalid", 400):
        tus.upload_offset(header)


@given(metadata=st.dictionaries(header_keys, st.binary(max_size=60), min_size=1, max_size=8))
def test_metadata_is_read_as_it_was_written(metadata: dict[str, bytes]) -> None:
    assert tus.upload_metadata(",".join(f"{key} {encoded(value)}" for key, value in metadata.items())) == metadata


def test_a_value_may_be_empty_and_its_space_left_out() -> None:
    empty = {"is_confidential": b"", "filename": b"photo.jpg"}
    assert tus.upload_metadata("is_confidential,filename cGhvdG8uanBn") == empty
    assert tus.upload_metadata("is_confidential , filename cGhvdG8uanBn") == empty
    assert tus.upload_metadata("") == {}


@pytest.mark.parametrize(
    "header",
    [
        ",",
        "a YQ==,",
        "a YQ==,a YQ==",
        "a Y",
        "a YQ",
        "a YQ== YQ==",
        "a  YQ==",
        "a caf\xe9",
        "caf\xe9 YQ==",
        "\u7167\u7247 YQ==",
        "a\tb YQ==",
        "a " + "YWFh" * 1100,
    ],
)
def test_damaged_metadata_is_told(header: str) -> None:
    with refused("tus.metadata_invalid", 400):
        tus.upload_metadata(header)


def test_a_promise_names_the_photo_its_hash_and_its_file() -> None:
    metadata = {
        "photo_id": str(PHOTO_ID).encode(),
        "sha256": SHA256.hex().encode(),
        "filename": "\u5357\u5927\u8857 1\u53f7.jpg".encode(),
        "filetype": b"image/jpeg",
        "relativePath": b"null",
    }
    assert tus.promise(metadata) == tus.Promise(PHOTO_ID, SHA256, "\u5357\u5927\u8857 1\u53f7.jpg")
    assert tus.promise({}) == tus.promise({"photo_id": b"", "sha256": b"", "filename": b""})
    assert tus.promise({}) == tus.Promise(None, None, None)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("photo_id", b"1"),
        ("photo_id", b"\xff" * 16),
        ("sha256", b"00"),
        ("sha256", b" ".join([b"00"] * 32)),
        ("sha256", b"g" * 64),
        ("sha256", SHA256),
    ],
)
def test_a_promise_that_nothing_could_keep_is_told(key: str, value: bytes) -> None:
    with refused("tus.metadata_invalid", 400) as problem:
        tus.promise({key: value})
    assert problem.value.parameters == {"key": key}


@given(name=st.binary(max_size=400))
def test_a_photo_is_never_refused_for_its_name(name: bytes) -> None:
    filename = tus.promise({"filename": name}).filename
    assert filename is None or (filename.isprintable() and 1 <= len(filename) <= 255)


@given(algorithm=st.sampled_from(tus.CHECKSUM_ALGORITHMS), body=st.binary(max_size=20))
def test_a_checksum_is_read_as_it_was_written(algorithm: str, body: bytes) -> None:
    digest = hashlib.new(algorithm, body).digest()
    assert tus.upload_checksum(f"{algorithm} {encoded(digest)}") == (algorithm, digest)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha1",
        "md5 " + encoded(bytes(16)),
        "SHA1 " + encoded(bytes(20)),
        "sha1 " + encoded(bytes(32)),
        "sha256 " + SHA256.hex(),
        "sha1 caf\xe9",
    ],
)
def test_a_checksum_that_cannot_be_verified_is_told(header: str) -> None:
    with refused("tus.checksum_algorithm_unsupported", 400):
        tus.upload_checksum(header)


@given(text=st.text() | st.text(st.characters(max_codepoint=255)))
def test_whatever_a_header_holds_the_answer_is_a_value_or_a_problem(text: str) -> None:
    for reading in (
        tus.require_version,
        tus.require_content_type,
        tus.upload_offset,
        lambda header: tus.upload_length(header, None),
        lambda header: tus.promise(tus.upload_metadata(header)),
        lambda header: tus.promise({key: header.encode() for key in ("photo_id", "sha256", "filename")}),
        tus.upload_checksum,
    ):
        assert status_of(reading, text) in (None, 400, 412, 415)


def status_of(reading: Callable[[str], object], text: str) -> int | None:
    try:
        reading(text)
    except Problem as problem:
        return problem.status
    return None


def test_the_end_of_an_upload_is_told_as_http_tells_time() -> None:
    instant = datetime(2026, 7, 1, 8, 30, 0, tzinfo=UTC)
    assert tus.http_date(instant) == "Wed, 01 Jul 2026 08:30:00 GMT"
    assert tus.http_date(instant.astimezone(timezone(timedelta(hours=8)))) == tus.http_date(instant)


@given(instant=st.datetimes(datetime(1970, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_time_told_is_the_time_meant(instant: datetime) -> None:
    assert parsedate_to_datetime(tus.http_date(instant)) == instant.replace(microsecond=0)
