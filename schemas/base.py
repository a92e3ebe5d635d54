"""The two kinds of body the API speaks: what a client sends and what it gets back."""

from typing import Final, Generic, TypeVar

import msgspec

Item = TypeVar("Item")

END: Final = r"$(?!\n)"
"""The end of a text in a pattern. Python's `$` alone also matches before a last line break, and its `\\Z` is no pattern
for JavaScript, which reads ours in the API's description."""


class Request(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A body that a client sends. Unknown fields are refused: a misspelled field must not be lost silently."""


class Answer(msgspec.Struct, kw_only=True, frozen=True):
    """A body that the server sends."""


class Page(Answer, Generic[Item], frozen=True):
    """One page of a list, newest first; `next_cursor` is null on the last page."""

    items: list[Item]
    next_cursor: str | None = None
