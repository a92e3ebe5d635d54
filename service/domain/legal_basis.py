"""Keys of legal clauses as the catalogue writes them, and the words in which Chinese law cites them.

`XF60(3)` is the Fire Protection Law (消防法), article 60, part 3; `61-31(5)` the order no. 61, article 31, part 5;
`GB55037-7.1.5` a clause of a standard; `GC` a whole text. What a part is called differs from law to law, so the words
around article and part are with the law's name in `cases.law`.
"""

import re
from dataclasses import dataclass
from typing import Final

from service.i18n import Language, translate

_KEY: Final = re.compile(r"(XF|AQ|GC|61|GB\d+|城镇燃气管理条例)-?(\d+(?:\.\d+)*)?(?:\((\d+)\))?")
_NUMERALS: Final = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Clause:
    """A law with the article and the part of it that is cited; both may be missing."""

    law: str
    article: str | None
    part: int | None


def parse(key: str) -> Clause | None:
    """The clause that a key names, None for a key that is none."""
    match = _KEY.fullmatch(key)
    return None if match is None else Clause(match[1], match[2], None if match[3] is None else int(match[3]))


def numeral(number: int) -> str:
    """A number from 1 to 999 as laws count: 28 is 二十八, 105 is 一百零五. ValueError for others."""
    if not 1 <= number <= 999:
        raise ValueError(number)
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    words = f"{_NUMERALS[hundreds]}百" if hundreds else ""
    if tens:
        words += ("" if tens == 1 and not hundreds else _NUMERALS[tens]) + "十"
    elif hundreds and ones:
        words += "零"
    return words + (_NUMERALS[ones] if ones else "")


def cite(keys: list[str], language: Language) -> str:
    """The legal basis in words, a clause a line. A key that is no clause is left out: the editor writes it."""
    lines = []
    for clause in filter(None, map(parse, keys)):
        words = translate(f"cases.law.{clause.law}.name", language)
        if clause.article is not None:
            chinese = language == "zh-CN" and clause.article.isdigit()
            article = numeral(int(clause.article)) if chinese else clause.article
            words += translate(f"cases.law.{clause.law}.article", language, article=article)
        if clause.part is not None:
            part = numeral(clause.part) if language == "zh-CN" else str(clause.part)
            words += translate(f"cases.law.{clause.law}.part", language, part=part)
        lines.append(words)
    return "\n".join(lines)
