"""What does not fit is said in the reader's language, whatever the library that noticed it speaks."""

import re
from datetime import datetime
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta

from service import misfits


class Color(Enum):
    RED = "red"


class Form(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    name: str


@pytest.mark.parametrize(
    ("kind", "sent"),
    [
        (str, b"1"), (Form, b"{}"), (Form, b'{"name": "a", "nome": 1}'), (Color, b'"blue"'), (UUID, b'"x"'),
        (datetime, b'"x"'), (Annotated[datetime, Meta(tz=True)], b'"2026-06-01T08:00:00"'),
        (Annotated[str, Meta(max_length=2)], b'"abc"'), (Annotated[str, Meta(min_length=2)], b'"a"'),
        (Annotated[str, Meta(pattern="^a$")], b'"b"'), (Annotated[int, Meta(ge=3)], b"2"),
        (Annotated[float, Meta(le=1)], b"2.5"), (Annotated[list[int], Meta(max_length=1)], b"[1, 2]"),
        (Annotated[list[int], Meta(min_length=1)], b"[]"), (tuple[int, int], b"[1]"), (bytes, b'"*"'),
        (list[int], b'"a"'), (int, b"1e400"), (Any, b"{"), (Any, b""), (Any, b"nul"),
    ],
)  # fmt: skip
def test_every_misfit_is_told_in_chinese_and_in_english(kind: Any, sent: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError) as caught:
        msgspec.json.decode(sent, type=kind)
    message = str(caught.value).partition(" - at `$")[0]
    assert re.search("[一-龥]", misfits.told(message, "zh-CN")), message
    assert "`" not in misfits.told(message, "en")


def test_a_sentence_that_nobody_foresaw_stays_as_it_is() -> None:
    assert misfits.told("the moon is full", "zh-CN") == "the moon is full"
