"""Content-Digest as RFC 9530 writes it: what is understood counts, anything else is told apart, never a crash."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.protocols import digest_fields

EMPTY = hashlib.sha256(b"").digest()


def field(algorithm: str, digest: bytes) -> str:
    return f"{algorithm}=:{base64.b64encode(digest).decode()}:"


def test_the_example_of_the_standard_is_understood() -> None:
    # RFC 9530, appendix B.1: the body {"hello": "world"} and a line feed.
    example = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
    assert digest_fields.parse(example) == {"sha-256": hashlib.sha256(b'{"hello": "world"}\n').digest()}


@given(body=st.binary(max_size=50))
def test_a_digest_is_read_as_it_was_written(body: bytes) -> None:
    sha256, sha512 = hashlib.sha256(body).digest(), hashlib.sha512(body).digest()
    assert digest_fields.parse(digest_fields.format_sha256(sha256)) == {"sha-256": sha256}
    both = {"sha-256": sha256, "sha-512": sha512}
    assert digest_fields.parse(f"{field('sha-512', sha512)},\t {field('sha-256', sha256)}") == both


def test_algorithms_nobody_should_trust_are_passed_over() -> None:
    others = f"{field('md5', bytes(16))}, {field('unixsum', b'1')}, {field('sha-256', EMPTY)}"
    assert digest_fields.parse(others) == {"sha-256": EMPTY}
    assert digest_fields.parse(field("md5", bytes(16))) == {}


def test_of_a_repeated_algorithm_the_last_counts() -> None:
    assert digest_fields.parse(f"{field('sha-256', bytes(32))}, {field('sha-256', EMPTY)}") == {"sha-256": EMPTY}


def test_parameters_and_missing_padding_change_nothing() -> None:
    assert digest_fields.parse(field("sha-256", EMPTY) + ";a=1; b") == {"sha-256": EMPTY}
    unpadded = base64.b64encode(EMPTY).decode().rstrip("=")
    assert digest_fields.parse(f"sha-256=:{unpadded}:") == {"sha-256": EMPTY}


@pytest.mark.parametrize(
    "header",
    [
        "",
        ",",
        "sha-256",
        "sha-256=",
        "sha-256=::",
        "sha-256=:" + EMPTY.hex() + ":",
        "sha-256=" + base64.b64encode(EMPTY).decode(),
        "SHA-256=" + base64.b64encode(EMPTY).decode(),
        field("sha-256", EMPTY[:31]),
        field("sha-256", EMPTY + b"x"),
        field("sha-512", EMPTY),
        field("sha-256", EMPTY) + ",",
        field("sha-256", EMPTY) + " " + field("sha-512", bytes(64)),
        "sha-256=:\u7167\u7247:",
        'sha-256="text"',
    ],
)
def test_a_malformed_field_promises_nothing(header: str) -> None:
    assert digest_fields.parse(header) == {}


@given(text=st.text() | st.from_regex(r"(sha-256|md5|[a-z]{1,3})=:[A-Za-z0-9+/=]{0,50}:(;[a-z =]{0,5})?(, .*)?"))
def test_whatever_the_field_holds_each_digest_has_its_length(text: str) -> None:
    for algorithm, digest in digest_fields.parse(text).items():
        assert len(digest) == digest_fields.LENGTHS[algorithm]
