"""What a text may give away, and where it does."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Exposure(StrEnum):
    """What kind of thing a text gives away."""

    ADDRESS = "address"
    COORDINATES = "coordinates"
    DATE = "date"
    DISTRICT = "district"
    EMAIL = "email"
    HAZARD_NUMBER = "hazard_number"
    IDENTIFIER = "identifier"
    IDENTITY_NUMBER = "identity_number"
    LANDLINE = "landline"
    LONG_NUMBER = "long_number"
    MOBILE = "mobile"
    MONEY = "money"
    PERSON = "person"
    PLATE = "plate"
    PASSPORT = "passport"
    ROOM = "room"
    SINGULAR = "singular"
    SOCIAL = "social"
    STAFF = "staff"
    UNIT = "unit"
    URL = "url"
    WECHAT = "wechat"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A place in a text: characters (code points) from `start` up to, not including, `end`."""

    start: int
    end: int
    kind: Exposure


Patterns = tuple[tuple[Exposure, re.Pattern[str]], ...]
"""What to look for in a plain text, the more telling first; what a group "told" matches where a pattern has one."""

NUMERAL: Final = "[0-9零一二三四五六七八九十百两]"
"""A digit or what counts as one in a number of rooms and days."""


def told(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Where `text` tells what the pattern looks for: the group "told" of each match, or all of it."""
    for match in pattern.finditer(text):
        start, end = match.span("told" if match.groupdict().get("told") else 0)
        if start < end:
            yield start, end


def joined(findings: list[Finding]) -> list[Finding]:
    """The findings in order, those of one kind that touch as one."""
    result: list[Finding] = []
    for finding in sorted(findings):
        if result and result[-1].kind is finding.kind and result[-1].end == finding.start:
            result[-1] = Finding(result[-1].start, finding.end, finding.kind)
        else:
            result.append(finding)
    return result


def uncovered(covered: bytearray, start: int, end: int, kind: Exposure) -> list[Finding]:
    """Findings where nothing was found before, which is covered then: a position may hold what looks like a phone."""
    parts = []
    first = covered.find(0, start, end)
    while first >= 0:
        after = covered.find(1, first, end)
        after = end if after < 0 else after
        parts.append(Finding(first, after, kind))
        first = covered.find(0, after, end)
    covered[start:end] = b"\x01" * (end - start)
    return parts
