"""Finds in a public text what singles out a unit or a person without being a number: names, rooms, days, amounts.

The house rule (section "typical cases"): a person is removed, of a unit only the type is told, an address becomes a
district, a date a month, and an exact fine is put into a band, since with the month it leads to one decision in the
public register. Names come from the deployment's own register of premises and accounts (`Vocabulary`).

Legal citations are left alone by the caller: a statute has dates and amounts of its own.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from service.domain.text_masking import INVISIBLE, Exposure, Finding, find_exposures, fold, uncovered

_NUMBER: Final = r"[0-9一二三四五六七八九十百两]{1,4}"
_SURNAMES: Final = (
    "王李张刘陈杨黄赵周吴徐孙马胡朱郭何罗林郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔"
    "谭廖范汪陆贾韦夏邱侯邹熊孟秦白江阎薛尹段雷黎史陶贺毛郝顾龚邵万钱严赖覃武戴莫孔向汤"
)
_MONTHS: Final = "january|february|march|april|may|june|july|august|september|october|november|december"

_HARMLESS_AMOUNTS: Final = re.compile(
    r"[0-9,.一二三四五六七八九十百千万两零]{1,12}元以上[0-9,.一二三四五六七八九十百千万两零]{1,12}元以下"
    r"|[0-9,.一二三四五六七八九十百千万两零]{1,12}元(?:以下|以上|以内)"
    r"|(?:from|between)\s[0-9,]{1,9}\s(?:to|and)\s[0-9,]{1,9}\syuan"
    r"|(?:less|more)\sthan\s[0-9,]{1,9}\syuan",
    re.I,
)
"""Bands: what an amount is to become."""

_PATTERNS: Final[tuple[tuple[Exposure, re.Pattern[str]], ...]] = (
    (
        Exposure.UNIT,
        re.compile(r"[一-龥A-Za-z0-9()（）]{2,24}?(?:股份有限公司|有限责任公司|有限公司|集团公司)"),
    ),
    (Exposure.UNIT, re.compile(r"(?:\b[A-Z][\w&.'-]*,?\s){1,6}(?:Co\.?,?\s?Ltd|Company\sLimited|Inc|GmbH|LLC)\b")),
    (
        Exposure.ADDRESS,
        re.compile(rf"(?:(?![于在])[一-龥]){{1,6}}(?:大道|胡同|[路街巷])(?:[东南西北]段)?\s?{_NUMBER}\s?[号弄](?!线)"),
    ),
    (
        Exposure.ADDRESS,
        re.compile(r"\b(?:No\.?\s?)?\d{1,4},?\s(?:[A-Z][\w'-]*\s){1,3}(?:Street|Road|Avenue|Lane|Alley)\b"),
    ),
    (
        Exposure.ROOM,
        re.compile(
            rf"{_NUMBER}\s?号\s?(?:住宅)?[楼院](?:\s?{_NUMBER}\s?单元)?(?:\s?\d{{2,4}}\s?[室户房号]?)?"
            rf"|\d{{1,3}}\s?[栋幢](?:\s?{_NUMBER}\s?单元)?(?:\s?\d{{2,4}}\s?[室户房号]?)?"
            rf"|{_NUMBER}\s?单元(?:\s?\d{{2,4}}\s?[室户房号]?)?"
            r"|(?<![\d.])[A-Za-z]?-?\d{3,4}\s?(?:室|号房|房间|户)"
        ),
    ),
    (
        Exposure.ROOM,
        re.compile(
            r"\b(?:room|apartment|apt\.?|flat|suite|unit|building|block)\s?(?:no\.?\s?)?#?[a-z]?-?\d{1,4}[a-z]?\b", re.I
        ),
    ),
    (
        Exposure.DATE,
        re.compile(
            r"(?<!\d)(?:19|20)\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?[日号]?(?!\d)"
            r"|(?:(?<!\d)\d{1,2}|[一二三四五六七八九十]{1,3})\s?月\s?(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s?[日号]"
        ),
    ),
    (
        Exposure.DATE,
        re.compile(
            rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)?\s(?:of\s)?(?:{_MONTHS})|(?:{_MONTHS})\s\d{{1,2}}(?:st|nd|rd|th)?)\b"
            r"(?:,?\s(?:19|20)\d\d)?",
            re.I,
        ),
    ),
    (
        Exposure.MONEY,
        re.compile(
            r"(?<![\d.])\d[\d,]*(?:\.\d+)?\s?[百千万亿]{0,2}\s?余?元|[一二三四五六七八九两][一二三四五六七八九十百千万两零]{1,11}余?元"
            r"|(?:RMB|CNY|[¥￥])\s?\d[\d,]*(?:\.\d+)?|(?<![\d.])\d[\d,]*(?:\.\d+)?\s?(?:yuan|RMB|CNY)\b",
            re.I,
        ),
    ),
    (
        Exposure.PERSON,
        re.compile(
            rf"[{_SURNAMES}](?:某某|某(?![些个种类地处一路单店商宾场家市区楼厂学医餐办居职建燃农交其])|先生|女士|小姐|师傅|老板|经理|主任|所长|队长)"
        ),
    ),
    (Exposure.PERSON, re.compile(r"\b(?:Mr|Mrs|Ms|Miss)\.?\s[A-Z][a-z]+")),
)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words of this deployment that name somebody or somewhere, by what they give away."""

    words: tuple[tuple[Exposure, str], ...] = ()

    def __or__(self, other: "Vocabulary") -> "Vocabulary":
        return Vocabulary(self.words + other.words)


def find_everything(text: str, vocabulary: Vocabulary, *, is_legal_basis: bool = False) -> list[Finding]:
    """All that must not be public in this text, in order and without overlaps."""
    found = find_exposures(text)
    covered = bytearray(len(text))
    for finding in found:
        covered[finding.start : finding.end] = b"\x01" * (finding.end - finding.start)
    for kind, start, end in _matches(fold(text), vocabulary, is_legal_basis):
        found.extend(Finding(first, last, kind) for first, last in uncovered(covered, start, end))
        covered[start:end] = b"\x01" * (end - start)
    return sorted(found)


def _matches(folded: str, vocabulary: Vocabulary, is_legal_basis: bool) -> Iterator[tuple[Exposure, int, int]]:
    for kind, word in sorted(vocabulary.words, key=lambda entry: -len(entry[1])):
        for match in _spelled(word).finditer(folded):
            yield kind, *match.span()
    if is_legal_basis:
        return
    without_bands = _HARMLESS_AMOUNTS.sub(lambda match: "※" * len(match.group()), folded)
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(without_bands):
            yield kind, *match.span()


def _spelled(word: str) -> re.Pattern[str]:
    """The word however it is spaced and whatever case it is in; words of Latin letters only where they stand alone."""
    letters = [re.escape(letter) for letter in squeeze(word)]
    before = r"(?<![a-z0-9])" if word[0].isascii() else ""
    after = r"(?![a-z0-9])" if word[-1].isascii() else ""
    return re.compile(before + rf"[\s{INVISIBLE}]{{0,3}}".join(letters) + after, re.I)


def squeeze(text: str) -> str:
    """The text folded, in lower case and without spaces: as words are looked up in the register."""
    return "".join(fold(text).replace(INVISIBLE, "").lower().split())


def reasons(text: str, vocabulary: Vocabulary) -> list[str]:
    """What a text that stands in a picture gives away, each kind once; of what matters there, a bare date does not."""
    kinds: Iterable[Exposure] = (finding.kind for finding in find_everything(text, vocabulary))
    return sorted({kind.value for kind in kinds} - {Exposure.DATE.value, Exposure.MONEY.value})
