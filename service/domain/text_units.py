"""Companies and shops by their legal form or their founder, and what there is only one of.

House rule, section "typical cases": of a unit only its type is told, and nothing that singles it out.
"""

import re
from typing import Final

from service.domain.text_findings import Exposure, Patterns
from service.domain.text_named_places import KINDS

_ENGLISH_KINDS: Final = (
    "Mall|Plaza|Hotel|Inn|Restaurant|Supermarket|Market|School|College|University|Hospital|Clinic|Kindergarten|"
    "Gardens?|Tower|Towers|Center|Centre|KTV|Cinema|Residences?|Estate|Community|Mansion|Bazaar|Pharmacy|Café|Cafe"
)
_ENGLISH_PLAIN: Final = (
    "The|A|An|This|That|One|Two|Each|Every|Some|Any|No|Our|Its|Their|At|In|On|Of|By|For|From|To|And|Or|When|While|"
    "Farmers'?|Farmer's|Shopping|Night|Morning|Wholesale|Retail|Middle|Primary|High|Secondary|Large|Small|Local|City|"
    "District|County|Public|Private|Fire|Old|New|Busy|Covered|Indoor|Food|Fish|Vegetable|Training|Logistics|Housing|"
    "Residential|Blocked|Cleared|Locked|Crowded|Vocational|Boarding|Budget|Community|Building|General|People's"
)
_GREATEST: Final = "最(?:大|小|高|早|老|旧|新|好|热闹|繁华|繁忙|知名|有名|著名|豪华|红火|火爆)"
_REGION: Final = "(?:全[市区县省国镇]|[我本该][市区县镇]|[市区县城]内|当地|辖区|[城郊矿]区)"
_A_PLACE: Final = rf"(?=[一-龥]{{0,6}}?(?:{'|'.join(KINDS)}))"

PATTERNS: Final[Patterns] = (
    (
        Exposure.UNIT,
        re.compile(r"[一-龥A-Za-z0-9()]{2,24}?(?:股份有限公司|有限责任公司|有限公司|集团公司|农民专业合作社)"),
    ),
    (Exposure.UNIT, re.compile(r"(?:\b[A-Z][\w&.'-]*,?\s){1,6}(?:Co\.?,?\s?Ltd|Company\sLimited|Inc|GmbH|LLC)\b")),
    # '李记面馆', '第三中学': a surname's shop, a number of its own.
    (
        Exposure.UNIT,
        re.compile(
            r"(?<![一-龥])[一-龥]{1,2}(?:记|氏)[一-龥]{0,5}[店馆铺坊楼面行厂]"
            r"|[一-龥]{0,6}第[一二三四五六七八九十\d]{1,3}(?:高级|人民|实验|职业|中心|完全)?(?:中学|小学|幼儿园|医院|学校|监狱|粮库|矿)"
        ),
    ),
    (
        Exposure.UNIT,
        re.compile(
            rf"\b(?:(?!(?:{_ENGLISH_PLAIN})\s)[A-Z][\w'&-]*\s)(?:(?:of\s|the\s)?[A-Z][\w'&-]*\s){{0,3}}(?:{_ENGLISH_KINDS})\b"
            r"(?!\s(?:Blocked|Cleared))"
        ),
    ),
    # The only one, the largest of the city: whoever lives there knows which. An only exit is the lesson.
    (
        Exposure.SINGULAR,
        re.compile(
            rf"{_REGION}?(?:唯一|仅有|独此|仅此)的?(?:[一1][家座所栋幢个])?的?{_A_PLACE}(?!的?[一-龥]{{0,8}}(?:出口|通道|楼梯|门))"
            r"|(?:首家|第一家|独一家)"
            rf"|{_REGION}[一-龥]{{0,4}}?{_GREATEST}的?(?![一-龥]{{0,4}}(?:隐患|问题|风险|障碍|教训))|{_GREATEST}的?[一1]?[家座所栋幢]?{_A_PLACE}"
            r"|(?:地标性?|标志性|著名|知名)的?(?=[一-龥]{0,4}(?:建筑|大厦|商场|酒店|企业|景区|医院|学校))"
        ),
    ),
    (
        Exposure.SINGULAR,
        re.compile(
            r"\bthe\s(?:only|single|sole|largest|biggest|oldest|tallest|busiest|newest|best[\s-]known|most\sfamous)\s(?:\w+\s){0,2}?"
            r"(?:mall|cinema|theatre|theater|hospital|school|hotel|market|kindergarten|supermarket|shopping\scent(?:er|re)|restaurant|"
            r"factory|karaoke|university|station|plant|dormitory|stadium|library|museum|one\sin)s?\b",
            re.I,
        ),
    ),
)
