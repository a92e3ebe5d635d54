"""Finds what must never stand in a public text: numbers and places that lead back to a person, a unit or a record.

The house rule (section "typical cases"): an id number, a phone number or a plate is removed whole, never starred;
no coordinate and no internal key is published. People write such numbers with spaces, hyphens and full-width digits,
so the search runs on a folded copy that has one character for each character of the text: positions stay true.

A false alarm costs the editor a rewording, a miss exposes a person; where both cannot be avoided, the alarm wins.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Exposure(StrEnum):
    """What kind of thing a text gives away."""

    COORDINATES = "coordinates"
    HAZARD_NUMBER = "hazard_number"
    IDENTIFIER = "identifier"
    IDENTITY_NUMBER = "identity_number"
    LANDLINE = "landline"
    LONG_NUMBER = "long_number"
    MOBILE = "mobile"
    PLATE = "plate"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A place in a text: characters (code points) from `start` up to, not including, `end`."""

    start: int
    end: int
    kind: Exposure


_SEPARATORS: Final = r"[\s\-.·•_/()\u200b-\u200f\u2060\ufeff]"
_GAP: Final = _SEPARATORS + "{0,3}"
"""What people put between the digits of one number, folded: any dash is '-', any full-width form its ASCII one."""


def _spaced(*parts: str) -> str:
    return _GAP.join(parts)


def _digits(count: int) -> str:
    return _GAP.join([r"\d"] * count)


_YEAR = _spaced("(?:1", "9|2", "0)", r"\d", r"\d")
_MONTH_AND_DAY = _spaced("(?:0", "[1-9]|1", "[0-2])", "(?:0", "[1-9]|[12]", r"\d|3", "[01])")
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"

_PATTERNS: Final[tuple[tuple[Exposure, re.Pattern[str]], ...]] = (
    (Exposure.IDENTIFIER, re.compile(r"(?<![0-9a-f])[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}(?![0-9a-f])", re.I)),
    # An organization's code, the year, six digits or more: the number on every notice.
    (
        Exposure.HAZARD_NUMBER,
        re.compile(
            rf"(?<![0-9a-z])[0-9a-z][0-9a-z-]{{0,31}}?{_SEPARATORS}{{1,3}}20\d\d{_SEPARATORS}{{1,3}}\d{{6,}}(?!\d)",
            re.I,
        ),
    ),
    # GB 11643-1999: six digits of area, the birth date, three digits, a check digit or X.
    (
        Exposure.IDENTITY_NUMBER,
        re.compile(rf"(?<!\d){_spaced('[1-9]', _digits(5), _YEAR, _MONTH_AND_DAY, _digits(3), '[0-9x]')}(?!\d)", re.I),
    ),
    (
        Exposure.MOBILE,
        re.compile(rf"(?<!\d)(?:(?:00|\+)?86{_GAP}|0)?{_spaced('1', '[3-9]', _digits(9))}(?!\d)"),
    ),
    # 0353 is Yangquan's area code, seven digits follow.
    (
        Exposure.LANDLINE,
        re.compile(rf"(?<!\d)(?:0|(?:00|\+)?86{_GAP}){_spaced('3', '5', '3', '[2-9]', _digits(6))}(?!\d)"),
    ),
    # GA 36-2018: five characters after the letter, six for new-energy vehicles, the last may be a word.
    (
        Exposure.PLATE,
        re.compile(
            rf"[{_PROVINCES}]{_GAP}[a-z]{_GAP}(?=(?:{_GAP}[a-z])*{_GAP}\d)"
            rf"{_spaced(*['[a-z0-9]'] * 4)}(?:{_GAP}[a-z0-9挂学警港澳]){{1,2}}(?![a-z0-9])",
            re.I,
        ),
    ),
    # Two decimals side by side, or one so exact that it can only be a position: 0.0001 degrees are ten metres.
    (Exposure.COORDINATES, re.compile(r"(?<![\d.])\d{2,3}\.\d{3,}[^\d.]{1,12}\d{2,3}\.\d{3,}(?!\d)")),
    (Exposure.COORDINATES, re.compile(r"(?<![\d.])(?:1[0-7]\d|\d{1,2})\.\d{4,}(?!\d)")),
    (
        Exposure.COORDINATES,
        re.compile(r"\d{1,3}(?:\.\d+)?\s*(?:[°º]\s*(?=[\dnsew])(?!c\b)|度(?=\s*\d{1,2}(?:\.\d+)?\s*分))", re.I),
    ),
    (Exposure.COORDINATES, re.compile(r"(?:北纬|东经|纬度|经度|latitude|longitude)[^\d]{0,4}\d{1,3}(?!\d)", re.I)),
    # Bank cards, credit codes, account numbers: nothing with so many digits belongs in a lesson.
    (Exposure.LONG_NUMBER, re.compile(r"\d{11,}|(?<![0-9a-z])[0-9a-z]{2}\d{6}[0-9a-z]{10}(?![0-9a-z])", re.I)),
)

_OUR_KEYS: Final = frozenset({Exposure.IDENTIFIER, Exposure.HAZARD_NUMBER})

_STANDARD: Final = re.compile(
    r"\b(?:GB|GBJ|JGJ|CJJ|XF|GA|AQ|DB\d{2})(?:/[TZ])?\s?\d{2,5}(?:\.\d{1,2})?(?:-\d{4})?(?!\d)", re.I
)
"""A cited standard, 'GB 13495.1-2015': what would look like the beginning of a phone number."""


def find_exposures(text: str) -> list[Finding]:
    """Everything in `text` that must not be published, in order and without overlaps."""
    folded = _fold(text)
    without_standards = _STANDARD.sub(lambda match: "※" * len(match.group()), folded)
    found: list[Finding] = []
    for kind, pattern in _PATTERNS:
        # Of our own keys some begin like a cited standard, 'db5447...' or 'DB54-2026-000123'.
        for match in pattern.finditer(folded if kind in _OUR_KEYS else without_standards):
            if not any(match.start() < other.end and other.start < match.end() for other in found):
                found.append(Finding(match.start(), match.end(), kind))
    return sorted(found)


def _fold(text: str) -> str:
    return "".join(map(_fold_character, text))


def _fold_character(character: str) -> str:
    """The plain form of a character, always one character long."""
    if character.isascii():
        return character
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    if unicodedata.category(character) == "Pd":
        return "-"
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else character
