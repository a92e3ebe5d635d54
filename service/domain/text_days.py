"""Days in a public text: of when something was, the month is told and no more (house rule, "typical cases").

A term, 'within 10 days', and the day a statute came into force are no days of the case.
"""

import re
from typing import Final

from service.domain.text_findings import Exposure, Patterns

_DAY: Final = "(?:3[01]|[12][0-9]|0?[1-9])"
_CHINESE_DAY: Final = "(?:三十一?|二?十[一二三四五六七八九]?|廿[一二三四五六七八九]?|卅一?|[一二三四五六七八九])"
_ANY_DAY: Final = f"(?:{_DAY}|{_CHINESE_DAY})"
_MONTH: Final = "(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_MONTHS: Final = (
    "(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?)"
)
_TIME: Final = (
    r"(?:\s?(?:上午|下午|凌晨|中午|夜间|晚上?|早上?|傍晚)?\s?\d{1,2}\s?(?:[时点]半?|:\d\d)(?:\d{1,2}分|许|左右)?)?"
)
"""The time of the day behind it goes with it."""
_UNITS: Final = r"\s?(?:米|公?里|厘米|毫米|千?克|公?斤|吨|平方|立方|%|个|[万千亿倍度℃升元层条款节项小分秒年]|[a-z])"
_FEASTS: Final = (
    "元旦|除夕|春节|元宵|清明|五一|劳动节|端午|中秋|国庆|重阳|腊八|小年|圣诞|妇女节|儿童节|教师节|建军节|高考|冬至|七夕"
)

_DATED: Final = rf"(?:19|20)\d\d年{_MONTH}月{_DAY}日"
_LAWMAKERS: Final = (
    "人大|人民代表大会|常务委员会|常委会|国务院|公安部|应急管理部|建设部|住建部|部令|省令|市令|政府令|主席令|会议|届"
)
_ENGLISH_DATED: Final = rf"(?:{_DAY}\s{_MONTHS}|{_MONTHS}\s{_DAY}),?\s(?:19|20)\d\d"

HARMLESS: Final = re.compile(
    rf"自?{_DATED}起(?:施行|实施|执行|生效)|自{_DATED}(?:起)?(?:施行|实施|执行|生效)|{_DATED}(?:起施行|施行|生效)"
    # How a statute came about: who passed it, when, and as what it was amended.
    rf"|{_DATED}[^。;]{{0,40}}?(?:{_LAWMAKERS})[^。;]{{0,40}}?(?:通过|修订|修正|公布|批准|颁布|发布)"
    rf"|(?:根据|依据){_DATED}[^。;]{{0,40}}?《|{_DATED}《[^》]{{2,60}}》[^。;]{{0,10}}(?:修订|修正)"
    rf"|{_DATED}(?:第[一二三四五]次)?(?:修订|修正)|(?:令(?:第\d+号)?[)]?|》于?){_DATED}(?:通过|修订|修正|公布|颁布|发布|批准)"
    r"|第?\d{1,2}(?:\.\d{1,2}){1,3}\s?[条款项节]|第\s?\d{1,2}(?:\.\d{1,2}){1,3}"
    rf"|每(?:个)?(?:月|年|季度)的?\s?{_ANY_DAY}[日号](?:[、和及至]{_ANY_DAY}[日号])*"
    r"|(?:每|逢)?(?:周|星期)[一二三四五六日天](?:[至到、和~\-](?:周|星期)?[一二三四五六日天])+|(?:周|星期)[一二三四五六日天](?:[早晚]?高峰|例会)"
    r"|(?:拘留|停业|停产|整顿|给予|责令|限期?|之日起|暂扣|查封|扣押|宽限|期限为?)[了共内]{0,2}(?:\d{1,2}|[一二三四五六七八九十]{1,3})[日天]"
    rf"|(?:消防|119)[一-龥]{{0,6}}(?:1?1月)?[(]?11月0?9日|11月0?9日[一-龥]{{0,4}}(?:消防|119)"
    rf"|(?:in(?:to)?\s(?:force|effect)|effective|(?:took|takes|take)\seffect|(?:came|comes|come)\sinto\s(?:force|effect))\s(?:since|from|as\sof|as\sfrom|on)?\s?{_ENGLISH_DATED}"
    rf"|(?:promulgated|enacted|amended|revised)\s(?:on\s)?{_ENGLISH_DATED}"
    rf"|adopted\s(?:by|at)\s[^.;]{{3,90}}?\son\s{_ENGLISH_DATED}|(?:Order|Decree)\s(?:No\.?\s?\d+\s)?of\s{_ENGLISH_DATED}",
    re.I,
)
"""When a statute began and how it came about, sections, terms, routines, and the nation's day of fire protection."""

PATTERNS: Final[Patterns] = (
    (
        Exposure.DATE,
        re.compile(
            rf"(?<!\d)(?:(?:19|20)\d\d\s?[-/.年]|(?:二零|\d)[零一二三四五六七八九\d]{{1,2}}年)\s?{_MONTH}\s?[-/.月]\s?{_ANY_DAY}\s?[日号]?{_TIME}(?!\d)"
            rf"|(?<!\d)(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)"
            rf"|(?<!\d){_DAY}[-/.]{_DAY}[-/.](?:19|20)?\d\d(?![\d.])"
            rf"|(?<![\d个]){_MONTH}\s?月份?\s?{_ANY_DAY}(?:\s?[日号]?[、,和及至到~\-]\s?(?:{_MONTH}月)?{_ANY_DAY})*\s?(?:[日号]|两日|曰){_TIME}"
            rf"|(?<![\d个]){_MONTH}\s?月\s?{_DAY}(?=[晚早上下凌中夜傍清])|(?<![\d\-])(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\s?\d{{1,2}}:\d\d"
            rf"|(?<![\d·])(?:1[0-2]|[1-9])·(?:3[01]|[12]\d|0?[1-9])(?![\d·])(?![”\"]?[一-龥]{{0,6}}(?:火灾|事故|案|消防|宣传))"
            rf"|(?<![\d个]){_MONTH}\s?月\s?(?:上|中|下)旬(?:的)?[周星礼]"
            rf"|(?:[本当上该同次下][个]?月|月初|月底)\s?{_ANY_DAY}\s?[日号](?!楼|院|线|门|口|出|安全|疏)"
            rf"|(?:正|冬|腊|闰?{_MONTH})月(?:初[一二三四五六七八九十]|廿|{_CHINESE_DAY}(?![一-龥]{{0,2}}[旬间]))(?=[^个]|$)|(?<![一-龥])初[一二三四五六七八九十](?![一-龥]*[中级])"
        ),
    ),
    # A day without its month, which is told elsewhere; not 'within 3 days', 'for 7 days', 'per day'.
    (
        Exposure.DATE,
        re.compile(
            rf"(?<![\d.第每满逾工限期续共约近历达延长多超晚提前后过需为个月])(?:{_DAY}|(?=.{{2}}){_CHINESE_DAY}(?<=[十廿卅一二三四五六七八九]))(?<![^十廿卅\d].)日"
            r"(?!内|之内|以内|后|之后|以后|起|以上|以下|常|用|均|益|夜|有效|[的]?期限|[一-龥]?时间|游)"
            rf"|(?<![\d.第令文字号〕)])(?<![一-龥]编){_DAY}号(?=上午|下午|凌晨|中午|傍晚|晚|夜|清晨|早|当[天日]|检查|巡查|复查|督查|抽查|回访|之前|之后|以前|到现场)"
        ),
    ),
    # 11/10 and 11.10, where no measure or section is meant.
    (
        Exposure.DATE,
        re.compile(
            rf"(?<![\d./\-第])(?:(?:1[0-2]|0[1-9])/{_DAY}|[1-9]/(?:3[01]|[12]\d|0[1-9]))(?![\d./%])(?!{_UNITS})"
            rf"|(?<![\d./\-第宽高长深为至剩余约达仅])(?<![~])(?:1[0-2]|0?[1-9])\.(?:3[01]|[12]\d|0[1-9])(?![\d./%])(?!{_UNITS})",
            re.I,
        ),
    ),
    (
        Exposure.DATE,
        re.compile(
            rf"大年(?:初[一二三四五六七八九十]|三十)|(?:{_FEASTS})节?(?:当[天日晚夜]|夜|晚|假期第|前[一1]?[天日夕]|次日|后[一1]?[天日]|第[一二三四五六七]天)"
            r"|(?<![每逢四一两三五六七八九十\d])(?:[上本这下]个?)?(?:周|星期|礼拜)[一二三四五六日天](?![一-龥]?[至到])(?!期|边|围|年|圈)"
        ),
    ),
    (
        Exposure.DATE,
        re.compile(
            rf"\b(?:on\s)?(?:the\s)?{_DAY}(?:st|nd|rd|th)?[\s\-](?:of\s)?{_MONTHS}(?:,?[\s\-](?:19|20)\d\d)?(?![a-z])"
            rf"|\b(?:on\s)?{_MONTHS}[\s\-](?:the\s)?{_DAY}(?:st|nd|rd|th)?(?![\d.,]\d|\w)(?:,?\s(?:19|20)\d\d)?"
            rf"|\bthe\s{_DAY}(?:st|nd|rd|th)\b(?!\s(?:floor|stor|level|deck|landing|of\b|step|time|article|paragraph|section|item|centur|nation|stan|grade|door|exit|stair))"
            rf"|\b{_MONTHS}\s(?:first|second|third|\w+teenth|twel[fv]th|twentieth|thirtieth|twenty-\w+|(?:four|fif|six|seven|eigh|nin|ten|eleven)th)\b"
            r"|\b(?:Christmas|New\sYear's)\s(?:Eve|Day)\b|\bNational\sDay\b"
            r"|\b(?:last|this|on|next)\s(?:mon|tues|wednes|thurs|fri|satur|sun)day\b",
            re.I,
        ),
    ),
)
