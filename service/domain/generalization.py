"""What could stand in a public text instead of what gives somebody away.

A suggestion is as long as the lesson needs and no longer: a person becomes 'the person responsible', an address a place
of that kind, a day its month, an amount a band. An empty one means that nothing has to stand there.
"""

import re
from typing import Final

from service.domain.plain_text import PlainText
from service.domain.text_amounts import CHEQUE_NUMERALS
from service.domain.text_findings import Exposure
from service.domain.text_named_places import kind_of_place
from service.domain.text_people import is_told_before
from service.i18n import Language, find

_NUMERALS: Final = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2}
_SCALES: Final = {"k": 1_000, "十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_BANDS: Final = (1_000, 5_000, 10_000, 50_000, 100_000)
_MONTH: Final = re.compile(r"(?:(?:19|20)\d\d\s?[-/.年]\s?)?(\d{1,2}|[一二三四五六七八九十]{1,3})\s?[-/.月]")
_COMPACT: Final = re.compile(r"(?:19|20)\d\d(0[1-9]|1[0-2])\d\d")
_DAY_FIRST: Final = re.compile(r"(?<!\d)(?:1[3-9]|2\d|3[01])[-/.](0?[1-9]|1[0-2])[-/.](?:19|20)?\d\d")
"""'13/06/2026' has one reading, '11/09/2026' has two."""
_FOREIGN: Final = re.compile(r"[$€£]|USD|HK|dollar", re.I)
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip


def suggest(kind: Exposure, text: str, language: Language, *, venue: str, city: str, before: str = "") -> str:
    """What could stand for `text`, which follows `before`. `venue` is the kind of place in that language, `city` the
    level above a district."""
    plain = PlainText.of(text).text.translate(CHEQUE_NUMERALS)
    if kind is Exposure.DATE and (month := month_of(plain)) is not None:
        return find(f"cases.suggestion.{_on(plain)}", language, month=find(f"web.date.month_{month}", language)) or ""
    if kind is Exposure.MONEY and (amount := amount_of(plain)) is not None and not _FOREIGN.search(plain):
        above = next((number for number, bound in enumerate(_BANDS) if amount < bound), len(_BANDS))
        return find(f"cases.suggestion.money_{above}", language) or ""
    if kind is Exposure.PERSON and is_told_before(PlainText.of(before).text):
        return ""
    if kind is Exposure.UNIT and language == "zh-CN" and (place := kind_of_place(plain)) is not None:
        return find("cases.suggestion.unit", language, venue=place) or ""
    if kind is Exposure.UNIT and venue == find("cases.venue.other", language):
        return find("cases.suggestion.unit_anywhere", language) or ""
    return find(f"cases.suggestion.{kind.value}", language, venue=venue, city=city) or ""


def _on(text: str) -> str:
    return "on_date" if text.lower().startswith("on ") else "date"


def month_of(text: str) -> int | None:
    """The month that a date names, 1 to 12."""
    for number, name in enumerate(_MONTHS, start=1):
        if name in text.lower():
            return number
    match = _MONTH.search(text) or _COMPACT.fullmatch(text) or _DAY_FIRST.search(text)
    number = 0 if match is None else int(_value(match[1]))
    return number if 1 <= number <= 12 else None


def amount_of(text: str) -> float | None:
    """The yuan that an amount says, in digits or in Chinese numerals."""
    match = re.search(r"\d[\d,]*(?:\.\d+)?\s?[十百千万亿k]{0,2}|[零一二三四五六七八九两十百千万亿]+", text)
    return None if match is None else _value(match[0].replace(",", "").replace(" ", ""))


def _value(text: str) -> float:
    """'13', '1.2万', '一万二千', '十二'."""
    digits = re.match(r"\d+(?:\.\d+)?", text)
    if digits is not None:
        value = float(digits[0])
        for unit in text[digits.end() :]:
            value *= _SCALES[unit]
        return value
    total, section, current = 0, 0, 0
    for numeral in text:
        if numeral in _NUMERALS:
            current = _NUMERALS[numeral]
            continue
        scale = _SCALES[numeral]
        if scale >= 10_000:
            total, section, current = (total + section + current) * scale, 0, 0
        else:
            section, current = section + (current or 1) * scale, 0
    return total + section + current
