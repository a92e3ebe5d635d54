"""The codes at checkpoints: whatever is changed in one, it is refused."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain import checkpoint_tokens
from service.domain.checkpoint_tokens import CheckpointToken

KEY = bytes(range(32))
SOME = CheckpointToken(UUID("0195a7c1-4e2a-7b11-9d3c-5f0a8e6b7c21"), 3)

tokens = st.builds(CheckpointToken, st.uuids(), st.integers(1, 1_000_000))
keys = st.binary(min_size=32, max_size=32)


@given(token=tokens, key=keys)
def test_what_was_written_is_read(token: CheckpointToken, key: bytes) -> None:
    text = checkpoint_tokens.write(token, key)
    assert checkpoint_tokens.read(text, key) == token
    assert len(text) <= checkpoint_tokens.LONGEST


@given(token=tokens, place=st.integers(0, 200), character=st.characters(codec="utf-8"))
def test_one_changed_character_is_refused(token: CheckpointToken, place: int, character: str) -> None:
    text = checkpoint_tokens.write(token, KEY)
    place %= len(text)
    changed = text[:place] + character + text[place + 1 :]
    assert (checkpoint_tokens.read(changed, KEY) is None) == (changed != text)


def test_every_place_of_a_code_counts() -> None:
    text = checkpoint_tokens.write(SOME, KEY)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
    for place in range(len(text)):
        for character in alphabet:
            changed = text[:place] + character + text[place + 1 :]
            assert (checkpoint_tokens.read(changed, KEY) is None) == (changed != text), changed


@given(token=tokens, noise=st.text(max_size=3), place=st.integers(0, 200))
def test_nothing_may_be_added_or_left_out(token: CheckpointToken, noise: str, place: int) -> None:
    text = checkpoint_tokens.write(token, KEY)
    place %= len(text) + 1
    longer = text[:place] + noise + text[place:]
    assert (checkpoint_tokens.read(longer, KEY) is None) == (noise != "")
    assert checkpoint_tokens.read(text[:place], KEY) == (token if place == len(text) else None)


@given(text=st.text(max_size=80))
def test_a_text_of_somebody_elses_is_refused(text: str) -> None:
    assert checkpoint_tokens.read(text, KEY) is None


@given(token=tokens, key=keys)
def test_another_server_signs_differently(token: CheckpointToken, key: bytes) -> None:
    if key != KEY:
        assert checkpoint_tokens.read(checkpoint_tokens.write(token, key), KEY) is None


def test_a_version_cannot_be_raised_by_hand() -> None:
    text = checkpoint_tokens.write(SOME, KEY)
    for version in ("4", "03", "3 ", "+3", "٣", "-3", ""):
        assert checkpoint_tokens.read(text.replace(".3.", f".{version}."), KEY) is None


@pytest.mark.parametrize(
    ("version", "current", "revoked", "state"),
    [
        (2, 2, False, "valid"),
        (1, 2, False, "superseded"),
        (2, 2, True, "revoked"),
        # The one before was replaced; whether the newest was withdrawn as well says nothing more of it.
        (1, 2, True, "superseded"),
    ],
)
def test_how_good_a_code_is(version: int, current: int, revoked: bool, state: str) -> None:
    assert checkpoint_tokens.state(version, current=current, revoked=revoked) == state
