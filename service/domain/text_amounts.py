"""Sums of money in a public text: with the month, an exact fine leads to one decision in the public register.

House rule, section "typical cases": a band, or nothing. What a statute provides is a band already.
"""

import re
from typing import Final

from service.domain.text_findings import Exposure, Patterns

_DIGITS: Final = r"\d[\d,]*(?:\.\d+)?"
_CHINESE: Final = "[零一二三四五六七八九十百千万亿两]"
_SUM: Final = rf"(?:{_DIGITS}\s?[十百千万亿]{{0,2}}|{_CHINESE}{{1,12}})"
_YUAN: Final = "(?:元|块钱|人民币)"
_FINED: Final = "(?:处以?|罚款?|罚金|罚没|没收|缴纳?|赔偿?|补偿|金额|收取|收费|损失|奖励)"
_WORDS: Final = (
    "(?:(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|"
    r"seventy|eighty|ninety|hundred|thousand|million|and|a)[\s\-]){1,8}"
)
_CURRENCY: Final = r"(?:yuan|RMB|CNY|kuai|renminbi|dollars?|USD)\b"

CHEQUE_NUMERALS: Final = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟圆〇○", "一二三四五六七八九十百千元零零")
"""Numerals as they are written on cheques, to the plain ones."""

HARMLESS: Final = re.compile(
    rf"{_SUM}(?:元)?以上\s?(?:至|到|,|、)?\s?{_SUM}(?:元)?(?:以下|以内)"
    rf"|{_SUM}(?:元)?(?:以下|以上|以内)"
    rf"|{_SUM}(?:元)?\s?(?:至|到|[~\-])\s?{_SUM}(?:元)(?![\d一二三四五六七八九])"
    rf"|(?:from|between|of)\s{_DIGITS}\s(?:yuan\s)?(?:to|and|up\sto)\s{_DIGITS}\s{_CURRENCY}"
    rf"|{_DIGITS}\s?(?:to|-)\s?{_DIGITS}\s{_CURRENCY}"
    rf"|(?:(?:less|more|higher|lower|not\smore|no\smore|not\sless|no\sless)\sthan|up\sto|at\smost|at\sleast|under|over|above|below"
    rf"|not\sexceeding|a\smaximum\sof|a\sminimum\sof)\s(?:{_DIGITS}|{_WORDS})\s?{_CURRENCY}",
    re.I,
)
"""Bands: what an amount is to become, and how statutes write it."""

PATTERNS: Final[Patterns] = (
    (
        Exposure.MONEY,
        re.compile(
            rf"(?<![\d.]){_DIGITS}\s?[百千万亿]{{0,2}}\s?余?{_YUAN}|[一二三四五六七八九十两]{_CHINESE}{{1,11}}余?{_YUAN}"
            rf"|(?<![\d.])\d{{3,}}块(?!广|标|展|提|门|指|黑|宣|公)|{_CHINESE}{{1,8}}块钱"
            rf"|(?:RMB|CNY|USD|US\$|HK\$|[¥￥$€£])\s?{_DIGITS}(?:\s?[百千万])?|人民币\s?{_SUM}"
            rf"|(?<![\d.]){_DIGITS}\s?k?\s?{_CURRENCY}|\b{_WORDS}{_CURRENCY}",
            re.I,
        ),
    ),
    # Without the unit, after a word that says what was paid; not 'fined 3 times'.
    (
        Exposure.MONEY,
        re.compile(
            rf"{_FINED}[了款人民币为计共约达:\s]{{0,5}}"
            rf"(?P<told>(?:{_DIGITS}\s?[百千万亿]{{1,2}}|\d{{3,}}(?:\.\d+)?|[一二三四五六七八九两]{_CHINESE}{{0,6}}[百千万])"
            rf"(?![\d零一二三四五六七八九次家处起人份天日倍%条项辆个名户件套台具吨余]|以[上下内]))"
            rf"|\bfined?\s(?:of\s)?{_DIGITS}(?:k\b)?(?!\s?(?:times?|shops?|people|owners?|units?|drivers?|%|,?\d))",
            re.I,
        ),
    ),
)
