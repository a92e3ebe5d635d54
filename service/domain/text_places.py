"""Addresses, buildings and rooms in a public text: a district is told instead (house rule, "typical cases")."""

import re
from typing import Final

from service.domain.text_findings import NUMERAL, Exposure, Patterns

_NUMBER: Final = f"{NUMERAL}{{1,4}}"
_ROOM: Final = rf"(?:\s?\d{{1,2}}[楼层])?(?:\s?-?(?:{NUMERAL}{{3,4}}|\d{{2}})\s?(?:室|户|房|号)?)?"
_UNIT: Final = rf"(?:\s?-?{_NUMBER}\s?单元)?"
_NOT_STAIRS: Final = "(?!梯|道|层|面|板|顶|平)"
_ENGLISH_PLACES: Final = "room|rm|apartment|apt|flat|suite|ste|unit|building|bldg|block|stall|booth|shop|villa|house"

_NO_STREETS: Final = (
    r"(?:The|A|An|This|That|Each|Every|Any|No|One|Main|Side|Ring|Fire|Public|Back|Narrow|Wide|Busy|Blocked|Open|Old|New|In|On|"
    r"At|Of|To|From|By|Near|Along|And|Or|Our|Their|Its|Urban|Commercial|Pedestrian|Market|Food|Shopping|Access|Service)\\s"
)

PATTERNS: Final[Patterns] = (
    (
        Exposure.ADDRESS,
        re.compile(
            rf"(?:(?![于在])[一-龥]){{1,6}}(?:大道|大街|胡同|[路街巷弄])(?:[东南西北中][一二三四五六七八九十]?段)?\s?{_NUMBER}\s?[号弄](?!线)"
        ),
    ),
    # Streets that have only ordinary words in their names, roads by number, and what stands beside a landmark.
    (
        Exposure.ADDRESS,
        re.compile(
            r"(?:五一|八一|解放|建设|人民|新华|中山|和平|胜利|朝阳|光明|文化|体育)[东南西北中]?(?:路|街|大街|大道)(?![灯口])|[东南西北中](?:大街|大道)"
            r"|(?<![a-z0-9])[gsx]\d{2,4}(?!\d)(?=[国省县高沿线旁路])|\d{3}(?:国道|省道|县道)"
            r"|(?:火车站|汽车站|客运站|[市区县]政府|人民医院|公园|体育[场馆]|图书馆)(?:的)?(?:对面|旁边?|[东南西北]侧|[东南西北]门|附近)",
            re.I,
        ),
    ),
    (Exposure.ADDRESS, re.compile(rf"门牌号?[:为是]{{0,2}}\s?{_NUMBER}号?")),
    (
        Exposure.ADDRESS,
        re.compile(
            r"\b(?:No\.?\s?)?\d{1,4},?\s(?:[A-Z][\w'-]*\s){1,3}(?:Street|Road|Avenue|Lane|Alley|St|Rd|Ave)\b"
            r"|\b(?:[A-Z][\w'-]*\s){1,3}(?:Street|Road|Avenue|Lane|Alley)\s(?:No\.?\s?)?\d{1,4}\b"
            rf"|\b(?!{_NO_STREETS})[A-Z][\w'-]*\s(?:(?!{_NO_STREETS})[A-Z][\w'-]*\s)?(?:Street|Road|Avenue|Alley|Town|Village|Subdistrict|Township)\b"
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
            rf"|(?<![\d.])[a-z]?-?{NUMERAL}{{3,4}}\s?(?:室|号房|房间?(?!屋)|户(?=门|主|内)|包[间房厢]|号[包房]间|病房|宿舍|寝室|教室)"
            rf"|(?<![\d.第])(?:\d{{1,4}}\s?号?|{_NUMBER}\s?号)(?:包间|包厢|包房|房间)"
            rf"|(?<![\d.第共有计])(?:[a-z]?\d{{1,4}}(?:\s?号)?|{_NUMBER}\s?号)(?:摊位|商铺|铺位|门面|店铺|门店|档口|柜台|车位|地块|网点|铺(?!设|面|装))",
            re.I,
        ),
    ),
    # 3-2-501 and 2-501: building, staircase and room. Years and sections have other lengths.
    (
        Exposure.ROOM,
        re.compile(
            r"(?<![\d.\-/a-z])\d{1,3}-(?:\d{1,2}-)?[1-9]\d{2,3}(?![\d\-./%]|米|毫|厘|m|元|人|件|个|台|公|平|家|户|层|次|名|天|日|年|月)",
            re.I,
        ),
    ),
    (
        Exposure.ROOM,
        re.compile(
            rf"\d{{1,2}}座\s?\d{{3,4}}|[一二三四五六七八九十]栋[一二三四五六七八九十]门|底商\s?\d+号?|[东南西北]侧第[一二三四五六七八九十]家"
            rf"|[楼层]\s?[1-9]\d{{2,3}}(?![\d.]|米|元|人|平|余|多|个|次|家|户)|\d{{1,2}}[楼层][东南西北中]户|[东南西北]\d{{1,2}}楼|\d{{1,2}}排\d{{1,3}}号"
            rf"|(?:房号|门牌|住在?|居住于)\s?[1-9]\d{{2,3}}(?![\d.]|米|元|人|余|多|户|名)|[一二三四五六]年级\s?{NUMERAL}{{1,2}}班"
            rf"|\d{{1,3}}号?[、和]\d{{1,3}}号楼(?!梯)"
        ),
    ),
    (
        Exposure.ROOM,
        re.compile(
            rf"\b(?i:{_ENGLISH_PLACES}|tower|stairwell|staircase)\b\.?\s?(?i:no\.?\s?|number\s)?#?(?:[A-Za-z]?-?\d{{1,4}}[A-Za-z]?(?:-\d{{1,4}})?"
            r"|[A-HJ-Z])\b(?!\s?(?:m|metres?|meters?|%))"
        ),
    ),
    (Exposure.ROOM, re.compile(r"(?<![\w#])#\s?\d{2,4}\b")),
)
