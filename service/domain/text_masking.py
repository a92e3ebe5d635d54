"""Finds what must never stand in a public text: numbers and places that lead back to a person, a unit or a record.

The house rule (section "typical cases"): an id number, a phone number or a plate is removed whole, never starred;
no coordinate and no internal key is published. People write such numbers with spaces, hyphens, full-width digits and
Chinese numerals, so the search runs on folded copies that have one character for each character of the text: positions
stay true.

A false alarm costs the editor a rewording, a miss exposes a person; where both cannot be avoided, the alarm wins.
"""

import itertools
import re
import unicodedata
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
    ROOM = "room"
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


INVISIBLE: Final = "\u200b"
"""What every invisible character folds to: soft hyphens, joiners, directions, variation selectors."""

_SEPARATORS: Final = rf"[\s\-.·_/()~*:;|,、{INVISIBLE}]"
_GAP: Final = _SEPARATORS + "{0,3}"
"""What people put between the digits of one number, folded: any dash is '-', any full-width form its ASCII one."""

_NARROW: Final = rf"[\s\-(){INVISIBLE}]{{0,3}}"
"""Between the digits of a landline of any place: prose has too many decimals and lists that begin with 0."""


def _spaced(*parts: str) -> str:
    return _GAP.join(parts)


def _digits(count: int) -> str:
    return _GAP.join([r"\d"] * count)


_YEAR = _spaced("(?:1", "9|2", "0)", r"\d", r"\d")
_MONTH_AND_DAY = _spaced("(?:0", "[1-9]|1", "[0-2])", "(?:0", "[1-9]|[12]", r"\d|3", "[01])")
_ARMED_FORCES = "军空海北沈兰济南广成"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"

_PATTERNS: Final[tuple[tuple[Exposure, re.Pattern[str]], ...]] = (
    (
        Exposure.EMAIL,
        re.compile(
            rf"(?<![a-z0-9._%+\-{INVISIBLE}])[a-z0-9._%+\-{INVISIBLE}]+\s?@\s?"
            rf"(?:[a-z0-9\-{INVISIBLE}]+\.)+[a-z{INVISIBLE}]{{2,}}",
            re.I,
        ),
    ),
    (Exposure.URL, re.compile(rf"(?:https?|ftp)://[!-~{INVISIBLE}]*|(?<![a-z0-9])www\.[!-~{INVISIBLE}]+", re.I)),
    (
        Exposure.URL,
        re.compile(
            r"(?<![a-z0-9.\-])(?:[a-z0-9-]{1,63}\.)+(?:com|cn|net|org|gov|edu|info|top|vip|xyz|io|app)(?![a-z0-9])",
            re.I,
        ),
    ),
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
    (
        Exposure.LANDLINE,
        re.compile(
            rf"(?<![\d.])(?:0|(?:00|\+)86{_GAP}0?)[1-9](?:[ {INVISIBLE}]?\d){{1,2}}{_GAP}"
            rf"[2-9](?:{_NARROW}\d){{6,7}}(?!\d)"
        ),
    ),
    # GA 36-2018: five characters after the letter, six for new-energy vehicles, the last may be a word.
    (
        Exposure.PLATE,
        re.compile(
            rf"[{_PROVINCES}]{_GAP}[a-z]{_GAP}(?=(?:{_GAP}[a-z])*{_GAP}\d)"
            rf"{_spaced(*['[a-z0-9]'] * 4)}(?:(?:{_GAP}[a-z0-9挂学警港澳]){{1,2}}(?![a-z0-9])|{_GAP}应急)",
            re.I,
        ),
    ),
    # The armed forces and the armed police.
    (Exposure.PLATE, re.compile(rf"[{_ARMED_FORCES}]{_GAP}{_spaced('[a-z]', _digits(5))}(?![a-z0-9])", re.I)),
    (
        Exposure.PLATE,
        re.compile(
            rf"(?<![a-z0-9])w{_GAP}j(?:{_GAP}[{_PROVINCES}])?(?:{_GAP}\d){{4,7}}(?:{_GAP}[a-z])?(?![a-z0-9])", re.I
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
    # After a word that announces one, any id; after a mere mention of the program, one that is no word.
    (
        Exposure.WECHAT,
        re.compile(
            r"(?:(?:微信|wechat|weixin)(?:号|\s?id|\s?[:=])|(?<![a-z])[vw]x(?![a-z]))"
            rf"[\s:=号是为(){INVISIBLE}]{{0,4}}[a-z0-9][a-z0-9_\-{INVISIBLE}]{{4,}}",
            re.I,
        ),
    ),
    (
        Exposure.WECHAT,
        re.compile(
            rf"(?:微信|wechat|weixin)[\s是为(){INVISIBLE}]{{0,4}}(?=[a-z_\-{INVISIBLE}]{{0,40}}\d)"
            rf"[a-z0-9][a-z0-9_\-{INVISIBLE}]{{4,}}",
            re.I,
        ),
    ),
    # Bank cards, credit codes, account numbers: nothing with so many digits belongs in a lesson.
    (Exposure.LONG_NUMBER, re.compile(r"\d{11,}|(?<![0-9a-z])[0-9a-z]{2}\d{6}[0-9a-z]{10}(?![0-9a-z])", re.I)),
)

_NUMERALS: Final = str.maketrans("〇零○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖貳參陸", "0001234567891123456789236")
_DASHES: Final = frozenset("\u2212\u02d7\u2043\u207b\u208b\u2796\u23af\u2500\u2501\u30fc\uff70\u00af\uffe3")
"""Minus signs, box lines, long vowels: what looks like a dash without being one (category Pd)."""
_DOTS: Final = frozenset("·•‧∙⋅・･˙。")

_OUR_KEYS: Final = frozenset({Exposure.IDENTIFIER, Exposure.HAZARD_NUMBER})

_WRITTEN_OUT: Final = frozenset(
    {Exposure.IDENTITY_NUMBER, Exposure.LANDLINE, Exposure.LONG_NUMBER, Exposure.MOBILE, Exposure.PLATE}
)
"""What is also looked for with Chinese numerals for digits. Degrees and shares in prose are written so, too."""

_STANDARD: Final = re.compile(
    r"(?<![a-z0-9])(?:GB|GBJ|JGJ|CJJ|XF|GA|AQ|DB\d{2})(?:/[TZ])?\s?\d{2,5}(?:\.\d{1,2})?(?:-\d{4})?(?!\d)", re.I
)
"""A cited standard, 'GB 13495.1-2015': what would look like the beginning of a phone number."""


_DATE_AND_TIME: Final = re.compile(
    r"(?<!\d)(?<!\d[\s\-])20\d\d-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12]\d|3[01])\s{1,3}(?:[01]?\d|2[0-3]):[0-5]\d(?!\d)"
)
"""When something was seen, '2026-06-13 08:00': two of them side by side would look like an identity number."""


def find_exposures(text: str) -> list[Finding]:
    """Everything in `text` that must not be published, in order and without overlaps."""
    folded = fold(text)
    without_standards = folded
    for harmless in (_STANDARD, _DATE_AND_TIME):
        without_standards = harmless.sub(lambda match: "※" * len(match.group()), without_standards)
    in_digits = without_standards.translate(_NUMERALS)
    found: list[Finding] = []
    covered = bytearray(len(text))
    for kind, pattern in _PATTERNS:
        # Of our own keys some begin like a cited standard, 'db5447...' or 'DB54-2026-000123'.
        copies = [folded if kind in _OUR_KEYS else without_standards] + [in_digits] * (kind in _WRITTEN_OUT)
        for match in itertools.chain.from_iterable(map(pattern.finditer, copies)):
            if kind is Exposure.MOBILE and _is_enumeration(match.group()):
                continue
            found.extend(Finding(start, end, kind) for start, end in uncovered(covered, *match.span()))
            covered[match.start() : match.end()] = b"\x01" * len(match.group())
    return sorted(found)


def uncovered(covered: bytearray, start: int, end: int) -> list[tuple[int, int]]:
    """The parts of a match that nothing found before it covers: a position may hold what looks like a phone."""
    parts = []
    while (first := covered.find(0, start, end)) >= 0:
        start = covered.find(1, first, end)
        start = end if start < 0 else start
        parts.append((first, start))
    return parts


def _is_enumeration(text: str) -> bool:
    """Whether it counts up, '1、3、5、7、9、11、13、15': floors, not a phone."""
    if re.search(r"[^\d\s,、;]", text):
        return False
    numbers = re.findall(r"\d+", text)
    return (
        len(numbers) > 3
        and all(len(number) <= 3 for number in numbers)
        and all(int(lower) < int(higher) for lower, higher in itertools.pairwise(numbers))
    )


def fold(text: str) -> str:
    """The text in plain forms, one character for each of its own: full-width, dashes, dots, what is invisible."""
    return "".join(map(_fold_character, text))


def _fold_character(character: str) -> str:
    """The plain form of a character, always one character long."""
    if character.isascii():
        return character
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Me"):
        return INVISIBLE
    if category == "Pd" or character in _DASHES:
        return "-"
    if character in _DOTS:
        return "·"
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else character
