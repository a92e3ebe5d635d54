"""Entity tags in If-Match and If-None-Match (RFC 9110, 8.8.3, 13.1.1 and 13.1.2)."""

import re
from typing import Final, NamedTuple

ANY: Final = "*"
_TAG: Final = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_LIST: Final = re.compile(rf"(?:\s*,)*\s*{_TAG.pattern}(?:\s*,\s*(?:{_TAG.pattern})?)*\s*")


class EntityTag(NamedTuple):
    """An entity tag: its opaque text without quotes, and whether it is weak."""

    text: str
    weak: bool


def parse(header: str | None) -> list[EntityTag]:
    """The tags that a header lists; none for an absent header, for `*` and for anything that is no list of tags."""
    if header is None or _LIST.fullmatch(header) is None:
        return []
    return [EntityTag(match[2], match[1] is not None) for match in _TAG.finditer(header)]


def strongly_matches(header: str | None, current: str) -> bool:
    """If-Match: "A recipient MUST use the strong comparison function": a weak tag never matches."""
    return EntityTag(current, weak=False) in parse(header)


def weakly_matches(header: str | None, current: str) -> bool:
    """If-None-Match: "A recipient MUST use the weak comparison function"; `*` matches whatever is there."""
    return header is not None and (header.strip() == ANY or any(tag.text == current for tag in parse(header)))


def quoted(text: str) -> str:
    """The text as a strong tag."""
    return f'"{text}"'
