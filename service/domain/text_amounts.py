"""Sums of money in a public text: with the month, an exact fine leads to one decision in the public register.

House rule, section "typical cases": a band, or nothing. What a statute provides is a band already.
"""

import re
from typing import Final

from service.domain.text_findings import Exposure, Patterns

_DIGITS: Final = r"(?<![\d,.])\d[\d,]{0,14}(?:\.\d{1,4})?"
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

_ROUND: Final = (
    r"(?:(?<![\d,.])(?:[1-9]0{1,6}|[1-9]0{0,2}(?:[,\s]000){1,2}|[1-9](?:0|\.5)?\s?[百千万]{1,2})"
    "|[一二三四五六七八九两]?十?[百千万]{1,2})"
)
"""What a statute may say, five thousand or half a million: 3,487 is nobody's bound."""
_ROUND_WORDS: Final = (
    r"(?:(?:one|two|three|four|five|six|eight|ten|twenty|thirty|fifty|a)\s)(?:hundred\s)?(?:hundred|thousand|million)"
)
_ROUND_ENGLISH: Final = rf"(?:(?:RMB|CNY|[¥￥])?\s?{_ROUND}|{_ROUND_WORDS})(?:\s?{_CURRENCY})?"

HARMLESS: Final = re.compile(
    rf"{_ROUND}(?:[(]含[)])?(?:元)?以上\s?(?:至|到|,|、|、但)?\s?{_ROUND}(?:元)?(?:以下|以内)"
    rf"|{_ROUND}(?:[(]含[)])?(?:元)?(?:以下|以上|以内|封顶)"
    rf"|{_ROUND}(?:元)?\s?(?:至|到|[~\-])\s?{_ROUND}(?:元)(?![\d一二三四五六七八九])"
    rf"|(?:不?超过|不足|不满|不到|最[高低多]|至[多少]|不低于|不少于|不高于|低于|高于|起点|[上下]限|满)"
    rf"(?:可?处以?|罚款|可?罚|为|是|达)?(?:罚款)?{_ROUND}元"
    rf"|(?:from|between|of|range\sfrom)\s{_ROUND_ENGLISH}\s?(?:to|and|up\sto)\s{_ROUND_ENGLISH}"
    rf"|(?:RMB|CNY|[¥￥])?\s?{_ROUND}\s?(?:to|-)\s?(?:RMB|CNY|[¥￥])?\s?{_ROUND}(?:\s{_CURRENCY})?(?<=[0-9a-z])"
    rf"|(?:(?:less|more|higher|lower|fewer)\sthan|up\sto|at\smost|at\sleast|under|over|above|below|exceeding"
    rf"|a\smaximum\sof|a\sminimum\sof)\s{_ROUND_ENGLISH}"
    rf"|(?:{_ROUND}|{_ROUND_WORDS})\s{_CURRENCY}\s(?:or\s(?:less|more)|at\s(?:most|least)|or\sabove|or\sbelow)"
    rf"|\b(?:a\sfew|several|some)\s(?:hundred|thousand)\s{_CURRENCY}",
    re.I,
)
"""Bands: what an amount is to become, and how statutes write it."""

PATTERNS: Final[Patterns] = (
    (
        Exposure.MONEY,
        re.compile(
            rf"(?<![\d.]){_DIGITS}\s?[百千万亿]{{0,2}}\s?余?{_YUAN}(?:整|人民币)?|[一二三四五六七八九十两]{_CHINESE}{{1,11}}余?{_YUAN}(?:整|人民币)?"
            rf"|(?<![\d.])\d{{3,}}块(?!广|标|展|提|门|指|黑|宣|公)|{_CHINESE}{{1,8}}块钱"
            rf"|(?:RMB|CNY|USD|US\$|HK\$|[¥￥$€£])\s?{_DIGITS}(?:\s?[百千万])?|人民币\s?{_SUM}(?:元整?)?"
            rf"|(?<![\d.]){_DIGITS}\s?k?\s?{_CURRENCY}|\b{_WORDS}{_CURRENCY}",
            re.I,
        ),
    ),
    # Without the unit, after a word that says what was paid; not 'fined 3 times'.
    (
        Exposure.MONEY,
        re.compile(
            rf"{_FINED}[了款人民币为计共约达:\s]{{0,5}}"
            rf"(?P<told>(?:{_DIGITS}\s?[百千万亿]{{1,2}}|\d{{3,}}(?:\.\d+)?|[一二三四五六七八九两]{_CHINESE}{{0,6}}[百千万][一二三四五六七八九]?|十[一二三四五六七八九]?万)"
            rf"(?![\d零一二三四五六七八九次家处起人份天日倍%条项辆个名户件套台具吨余]|以[上下内]))"
            rf"|(?<=\bfined\s)(?:about\s)?{_DIGITS}(?:k\b)?(?!\s?(?:times?|shops?|people|owners?|units?|drivers?|%|,?\d))"
            rf"|(?<=\bfine\sof\s){_DIGITS}(?:k\b)?(?!\s?(?:times?|shops?|people|owners?|units?|drivers?|%|,?\d))",
            re.I,
        ),
    ),
)
