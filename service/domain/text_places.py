"""Addresses, buildings and rooms in a public text: a district is told instead (house rule, "typical cases")."""

import re
from typing import Final

from service.domain.text_findings import NUMERAL, Exposure, Patterns

_NUMBER: Final = f"{NUMERAL}{{1,4}}"
_ROOM: Final = rf"(?:\s?-?(?:{NUMERAL}{{3,4}}|\d{{2}})\s?(?:室|户|房|号)?)?"
_UNIT: Final = rf"(?:\s?-?{_NUMBER}\s?单元)?"
_NOT_STAIRS: Final = "(?!梯|道|层|面|板|顶|平)"
_ENGLISH_PLACES: Final = "room|rm|apartment|apt|flat|suite|ste|unit|building|bldg|block|stall|booth|shop|villa|house"

PATTERNS: Final[Patterns] = (
    (
        Exposure.ADDRESS,
        re.compile(
            rf"(?:(?![于在])[一-龥]){{1,6}}(?:大道|大街|胡同|[路街巷弄])(?:[东南西北中][一二三四五六七八九十]?段)?\s?{_NUMBER}\s?[号弄](?!线)"
        ),
    ),
    (Exposure.ADDRESS, re.compile(rf"门牌号?[:为是]{{0,2}}\s?{_NUMBER}号?")),
    (
        Exposure.ADDRESS,
        re.compile(
            r"\b(?:No\.?\s?)?\d{1,4},?\s(?:[A-Z][\w'-]*\s){1,3}(?:Street|Road|Avenue|Lane|Alley)\b"
            r"|\b(?:[A-Z][\w'-]*\s){1,3}(?:Street|Road|Avenue|Lane|Alley)\s(?:No\.?\s?)?\d{1,4}\b"
        ),
    ),
    (
        Exposure.ROOM,
        re.compile(
            rf"{_NUMBER}\s?(?:号|#)\s?(?:住宅|居民|办公|宿舍|教学|实验)?(?:[楼院]{_NOT_STAIRS}|公寓){_UNIT}{_ROOM}"
            rf"|(?<![共有计建])\d{{1,3}}\s?[栋幢]{_UNIT}{_ROOM}(?!楼?房屋|建筑|高层|多层|楼|居民|住宅|办公|商|宿舍|厂房)"
            rf"|[一二三四五六七八九十]{{1,3}}\s?[栋幢](?:\s?-?{_NUMBER}\s?单元{_ROOM}|\s?-?{NUMERAL}{{3,4}})"
            rf"|第\s?{_NUMBER}\s?[栋幢]"
            rf"|(?<![a-z0-9])[a-z]\d?\s?(?:[座栋幢](?![一-龥]?[椅位])|号楼|楼{_NOT_STAIRS})\s?{_UNIT}{_ROOM}"
            rf"|(?<![a-z0-9])[a-z]\s?区\s?\d{{1,4}}(?!\d)"
            rf"|{_NUMBER}\s?单元{_ROOM}"
            rf"|(?<![\d.])[a-z]?-?{NUMERAL}{{3,4}}\s?(?:室|号房|房间?(?!屋)|户(?!数|居|籍)|包[间房厢]|号[包房]间)"
            rf"|(?<![\d.第])(?:\d{{1,4}}\s?号?|{_NUMBER}\s?号)(?:包间|包厢|包房|房间)"
            rf"|(?<![\d.第共有计])(?:[a-z]?\d{{1,4}}(?:\s?号)?|{_NUMBER}\s?号)(?:摊位|商铺|铺位|门面|店铺|门店|档口|柜台|车位|地块|网点|铺(?!设|面|装))",
            re.I,
        ),
    ),
    # 3-2-501 and 2-501: building, staircase and room. Years and sections have other lengths.
    (Exposure.ROOM, re.compile(r"(?<![\d.\-/a-z])\d{1,3}-(?:\d{1,2}-)?[1-9]\d{2,3}(?![\d\-./%]|米|m|元|人)", re.I)),
    (
        Exposure.ROOM,
        re.compile(
            rf"\b(?i:{_ENGLISH_PLACES}|tower|stairwell|staircase)\b\.?\s?(?i:no\.?\s?|number\s)?#?(?:[A-Za-z]?-?\d{{1,4}}[A-Za-z]?(?:-\d{{1,4}})?"
            r"|[A-HJ-Z])\b(?!\s?(?:m|metres?|meters?|%))"
        ),
    ),
    (Exposure.ROOM, re.compile(r"(?<![\w#])#\s?\d{2,4}\b")),
)
