"""Finds what must never stand in a public text: numbers and places that lead back to a person, a unit or a record.

The house rule (section "typical cases"): an id number, a phone number or a plate is removed whole, never starred;
no coordinate and no internal key is published. People write such numbers with spaces, hyphens, full-width digits and
Chinese numerals: the search runs on plain copies whose characters know where they stood.

A false alarm costs the editor a rewording, a miss exposes a person; where both cannot be avoided, the alarm wins.
"""

import itertools
import re
from typing import Final

from service.domain.plain_text import PlainText
from service.domain.text_findings import Exposure, Finding, Patterns, joined, told, uncovered

_SEPARATORS: Final = r"[\s\-.·_/()~*:;|,、。#=+'\"]"
_GAP: Final = _SEPARATORS + "{0,3}"
"""What people put between the digits of one number."""

_NARROW: Final = r"[\s\-()]{0,3}"
"""Between the digits of a landline of any place: prose has too many decimals and lists that begin with 0."""


def _spaced(*parts: str) -> str:
    return _GAP.join(parts)


def _digits(count: int) -> str:
    return _GAP.join([r"\d"] * count)


_YEAR = _spaced("(?:1", "9|2", "0)", r"\d", r"\d")
_MONTH_AND_DAY = _spaced("(?:0", "[1-9]|1", "[0-2])", "(?:0", "[1-9]|[12]", r"\d|3", "[01])")
_ARMED_FORCES = "军空海北沈兰济南广成"
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"

_PATTERNS: Final[Patterns] = (
    (
        Exposure.EMAIL,
        re.compile(
            r"(?<![a-z0-9._%+\-])[a-z0-9._%+\-]+\s?@\s?"
            r"(?:[a-z0-9\-]+\.)+[a-z]{2,}",
            re.I,
        ),
    ),
    (Exposure.URL, re.compile(r"(?:https?|ftp)://[!-~]*|(?<![a-z0-9])www\.[!-~]+", re.I)),
    (
        Exposure.URL,
        re.compile(
            r"(?<![a-z0-9.\-])(?:[a-z0-9-]{1,63}\.)+(?:com|cn|net|org|gov|edu|info|top|vip|xyz|io|app)(?![a-z0-9])",
            re.I,
        ),
    ),
    # A name of Latin letters with a path behind it: the short addresses of this world.
    (Exposure.URL, re.compile(r"(?<![a-z0-9.\-])(?:[a-z0-9-]{1,63}\.)+[a-z]{2,6}/[\w\-]{2,}", re.I)),
    (Exposure.IDENTIFIER, re.compile(r"(?<![0-9a-f])[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}(?![0-9a-f])", re.I)),
    # An organization's code, the year, six digits or more: the number on every notice.
    (
        Exposure.HAZARD_NUMBER,
        re.compile(
            rf"(?<![0-9a-z])[0-9a-z][0-9a-z-]{{0,31}}?{_SEPARATORS}{{1,3}}20\d\d{_SEPARATORS}{{1,3}}\d{{6,}}(?!\d)",
            re.I,
        ),
    ),
    # The number of a notice or decision: what it names is one record. Statutes and orders are cited by theirs.
    (
        Exposure.HAZARD_NUMBER,
        re.compile(
            r"(?:通知书?|决定书?|告知书?|意见书?|责改|限改|整改|处罚|罚|移送|案|立|函|查|监)[^\s,;:·]{0,4}?"
            r"[(\[〔【]\s?20\d\d\s?[)\]〕】]\s?第?\s?\d{1,8}\s?号?"
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
            rf"(?<![\d.])(?:0|(?:00|\+)86{_GAP}0?)[1-9](?:[ ]?\d){{1,2}}{_GAP}"
            rf"[2-9](?:{_NARROW}\d){{6,7}}(?!\d)"
        ),
    ),
    # Seven or eight digits after a word that announces them; the numbers that every business buys.
    (
        Exposure.LANDLINE,
        re.compile(
            rf"(?:电话|座机|热线|拨打|致电|手机|tel|phone|call)[^\da-z]{{0,6}}(?P<told>[2-9](?:{_NARROW}\d){{6,7}})(?!\d)",
            re.I,
        ),
    ),
    (Exposure.LANDLINE, re.compile(rf"(?<![\d.])[48]00(?:{_NARROW}\d){{7}}(?!\d)")),
    # What was starred, or is told by its end only, still finds whoever has the list.
    (Exposure.MOBILE, re.compile(r"(?<!\d)1[3-9]\d[*x×●○•·_#]{2,8}\d{2,4}(?!\d)", re.I)),
    (Exposure.MOBILE, re.compile(r"尾号[:为是]{0,2}\s?\d{3,4}(?!\d)")),
    # Passports of China: E or G and eight digits, E and a letter and seven.
    (Exposure.PASSPORT, re.compile(r"(?<![a-z0-9])(?:[deghkps]\d{8}|e[a-z]\d{7})(?!\d)", re.I)),
    (Exposure.PASSPORT, re.compile(r"(?:护照|passport)[^a-z0-9]{0,6}(?:no\.?\s?)?(?P<told>[a-z]{0,2}\d{6,9})", re.I)),
    # GA 36-2018: five characters after the letter, six for new-energy vehicles, the last may be a word.
    (
        Exposure.PLATE,
        re.compile(
            rf"[{_PROVINCES}]{_GAP}[a-z]{_GAP}(?=(?:{_GAP}[a-z])*{_GAP}\d)"
            rf"{_spaced(*['[a-z0-9]'] * 4)}(?:(?:{_GAP}[a-z0-9挂学警港澳]){{1,2}}(?![a-z0-9])|{_GAP}应急)",
            re.I,
        ),
    ),
    # The city's name for the letters before a number.
    (Exposure.PLATE, re.compile(rf"(?<=[一-龥])(?<![{_ARMED_FORCES}{_PROVINCES}])[a-z]\d{{5,6}}(?![a-z0-9])", re.I)),
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
            r"[\s:=号是为()]{0,4}[a-z0-9][a-z0-9_\-]{4,}",
            re.I,
        ),
    ),
    (
        Exposure.WECHAT,
        re.compile(
            r"(?:微信|wechat|weixin)[\s是为()]{0,4}(?=[a-z_\-]{0,40}\d)"
            r"[a-z0-9][a-z0-9_\-]{4,}",
            re.I,
        ),
    ),
    (
        Exposure.WECHAT,
        re.compile(r"加我?(?P<told>(?:微信?|[薇威]信?|vx?)[:号是为\s]{0,3}[a-z0-9_][a-z0-9_\-]{2,})", re.I),
    ),
    (
        Exposure.SOCIAL,
        re.compile(
            r"(?:(?<![a-z])q{2}|扣扣|抖音|快手|微博|小红书|公众号)(?:号|群|id)?[:号是为@\s]{0,4}[a-z0-9_]{5,}", re.I
        ),
    ),
    # Ids that were shortened, and the numbers of papers, of officers and of proceedings.
    (
        Exposure.IDENTITY_NUMBER,
        re.compile(r"身份证(?:号码?|件)?[:为是]{0,2}\s?(?P<told>[\dx*×]{6,18})|后四位[:为是]{0,2}\s?[\dx]{3,4}", re.I),
    ),
    (
        Exposure.LONG_NUMBER,
        re.compile(r"(?:证号|警号|工号|编号|执照号?|账号|户名)[:为是]{0,2}\s?(?P<told>[a-z]{0,3}\d{4,})", re.I),
    ),
    (Exposure.HAZARD_NUMBER, re.compile(r"[(\[〔【]20\d\d[)\]〕】][一-龥]\d{0,4}[一-龥]{1,4}\d+号")),
    (
        Exposure.PLATE,
        re.compile(
            r"车牌(?:号码?|尾号)?[:为是]{0,2}\s?(?P<told>[a-z]?[a-z0-9]{2,6})(?![a-z0-9])|\bjin\s?[a-z]\s?[a-z0-9]{5}\b",
            re.I,
        ),
    ),
    (Exposure.LONG_NUMBER, re.compile(r"(?<!\d)(?:\d{4}\s){3,4}\d{1,7}(?!\d)")),
    (Exposure.URL, re.compile(r"(?<![a-z0-9-])[a-z0-9-]{2,63}点(?:com|cn|net)\b", re.I)),
    (Exposure.EMAIL, re.compile(r"(?<![a-z0-9._-])[a-z0-9._-]{1,64}\s?[(\[]at[)\]]\s?[a-z0-9.-]{1,64}", re.I)),
    (
        Exposure.SOCIAL,
        re.compile(
            r"@[\w一-龥-]{2,20}|(?:网友|网名|昵称|微信名|公众号|视频号|抖音号|账号)[:为是]{0,2}[“\"'](?P<told>[^“”\"']{1,20})[”\"']"
        ),
    ),
    # Bank cards, credit codes, account numbers: nothing with so many digits belongs in a lesson.
    (Exposure.LONG_NUMBER, re.compile(r"\d{11,}|(?<![0-9a-z])[0-9a-z]{2}\d{6}[0-9a-z]{10}(?![0-9a-z])", re.I)),
)

_NUMERALS: Final = str.maketrans("〇零○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖貳參陸", "0001234567891123456789236")

_OUR_KEYS: Final = frozenset({Exposure.IDENTIFIER, Exposure.HAZARD_NUMBER})

_WRITTEN_OUT: Final = frozenset(
    {Exposure.IDENTITY_NUMBER, Exposure.LANDLINE, Exposure.LONG_NUMBER, Exposure.MOBILE, Exposure.PLATE}
)
"""What is also looked for with Chinese numerals for digits. Degrees and shares in prose are written so, too."""

STANDARD: Final = re.compile(
    r"(?<![a-z0-9])(?:GB|GBJ|JGJ|CJJ|XF|GA|AQ|DB\d{2})(?:/[TZ])?\s?\d{2,5}(?:\.\d{1,2})?(?:-\d{4})?(?!\d)", re.I
)
"""A cited standard, 'GB 13495.1-2015': what would look like the beginning of a phone number."""


_DATE_AND_TIME: Final = re.compile(
    r"(?<!\d)(?<!\d[\s\-])20\d\d-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12]\d|3[01])\s{1,3}(?:[01]?\d|2[0-3]):[0-5]\d(?!\d)"
)
"""When something was seen, '2026-06-13 08:00': two of them side by side would look like an identity number."""


def find_exposures(text: str) -> list[Finding]:
    """Everything in `text` that must not be published, in order and without overlaps."""
    plain = PlainText.of(text)
    without_standards = plain.hiding(STANDARD).hiding(_DATE_AND_TIME)
    in_digits = without_standards.translated(_NUMERALS)
    found: list[Finding] = []
    covered = bytearray(len(text))
    for kind, pattern in _PATTERNS:
        # Of our own keys some begin like a cited standard, 'db5447...' or 'DB54-2026-000123'.
        copies = [plain if kind in _OUR_KEYS else without_standards] + [in_digits] * (kind in _WRITTEN_OUT)
        for copy in copies:
            for start, end in told(pattern, copy.text):
                if kind is Exposure.MOBILE and _is_enumeration(copy.text[start:end]):
                    continue
                found.extend(uncovered(covered, *plain.place_of(start, end), kind))
    return joined(found)


def _is_enumeration(text: str) -> bool:
    """Whether it counts up, '1、3、5、7、9、11、13、15' or '1.4、1.6、1.8、2.0': floors or widths, not a phone."""
    numbers = re.split(r"\s?[,、;]\s?", text)
    return (
        len(numbers) > 3
        and all(re.fullmatch(r"\d{1,3}(?:\.\d)?", number) for number in numbers)
        # The last one may be cut off.
        and all(float(lower) < float(higher) for lower, higher in itertools.pairwise(numbers[:-1]))
    )
