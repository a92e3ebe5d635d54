"""Entity tags in If-Match and If-None-Match (RFC 9110, 8.8.3, 13.1.1 and 13.1.2)."""

import re
from typing import Final, NamedTuple

ANY: Final = "*"
# One element at a time: a pattern for the whole list could match a blank in two places, and a stranger's header of
# fifty commas would keep the process busy for minutes.
_ELEMENT: Final = re.compile(r'[\s,]*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|\Z)')
_NOTHING_MORE: Final = re.compile(r"[\s,]*\Z")


class EntityTag(NamedTuple):
    """An entity tag: its opaque text without quotes, and whether it is weak."""

    text: str
    weak: bool


def parse(header: str | None) -> list[EntityTag]:
    """The tags that a header lists; none for an absent header, for `*` and for anything that is no list of tags."""
    tags: list[EntityTag] = []
    position = 0
    while header is not None and (match := _ELEMENT.match(header, position)):
        tags.append(EntityTag(match[2], match[1] is not None))
        position = match.end()
    return tags if header is not None and _NOTHING_MORE.match(header, position) else []


def strongly_matches(header: str | None, current: str) -> bool:
    """If-Match: "A recipient MUST use the strong comparison function": a weak tag never matches."""
    return EntityTag(current, weak=False) in parse(header)


def weakly_matches(header: str | None, current: str) -> bool:
    """If-None-Match: "A recipient MUST use the weak comparison function"; `*` matches whatever is there."""
    return header is not None and (header.strip() == ANY or any(tag.text == current for tag in parse(header)))


def quoted(text: str) -> str:
    """The text as a strong tag."""
    return f'"{text}"'
