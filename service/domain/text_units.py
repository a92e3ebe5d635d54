"""Companies and shops by their legal form or their founder, and what there is only one of.

House rule, section "typical cases": of a unit only its type is told, and nothing that singles it out.
"""

import re
from typing import Final

from service.domain.text_findings import Exposure, Patterns
from service.domain.text_named_places import KINDS
from service.domain.text_people import SURNAMES

_ENGLISH_KINDS: Final = (
    "Mall|Plaza|Hotel|Inn|Restaurant|Supermarket|Market|School|College|University|Hospital|Clinic|Kindergarten|"
    "Gardens?|Tower|Towers|Center|Centre|KTV|Cinema|Residences?|Estate|Community|Mansion|Bazaar|Pharmacy|Café|Cafe|Store|House|Home|Bank|Station|Factory|Library|Museum|Church|Temple|Dormitory|Academy"
)
_ENGLISH_PLAIN: Final = (
    "As|Uses|Used|Stair|Stairs|Stairwell|Hotel|Into|Near|Behind|Under|Inside|Exit|Convenience|Noodle|Nursing|Power|Police|Bus|Railway|Train|Petrol|Gas|Filling|Department|Book|Grocery|Boarding|The|A|An|This|That|One|Two|Each|Every|Some|Any|No|Our|Its|Their|At|In|On|Of|By|For|From|To|And|Or|When|While|"
    "Farmers'?|Farmer's|Shopping|Night|Morning|Wholesale|Retail|Middle|Primary|High|Secondary|Large|Small|Local|City|"
    "District|County|Public|Private|Fire|Old|New|Busy|Covered|Indoor|Food|Fish|Vegetable|Training|Logistics|Housing|"
    "Residential|Blocked|Cleared|Locked|Crowded|Vocational|Boarding|Budget|Community|Building|General|People's"
)
_GREATEST: Final = "最(?:大|小|高|早|老|旧|新|好|热闹|繁华|繁忙|知名|有名|著名|豪华|红火|火爆)"
_MOST_KNOWN: Final = "(?:规模)?最(?:大|高|繁华|热闹|繁忙|知名|有名|著名|豪华|红火|火爆)"
_REGION: Final = "(?:全[市区县省国镇]|[我本该][市区县镇]|[市区县城]内|当地|辖区|[城郊矿]区)"
_A_PLACE: Final = rf"(?=[一-龥]{{0,6}}?(?:{'|'.join(KINDS)}))"

PATTERNS: Final[Patterns] = (
    (
        Exposure.UNIT,
        re.compile(r"(?:\b[A-Z][\w&.'-]{0,30},?\s){1,6}(?:Co\.?,?\s?Ltd|Company\sLimited|Ltd|Inc|GmbH|LLC|Group)\b"),
    ),
    # After a word that announces a name, and in brackets behind a place that was meant to be nameless.
    (
        Exposure.UNIT,
        re.compile(
            r"(?:店名|招牌|门头|店招|字号|商号|单位名称|被检查单位|被处罚单位|受检单位|企业名称|商户名称|场所名称|公司名称)[为是:叫]{1,2}[“\"《]?"
            r"(?P<told>[^,.;:。、“”\"《》()\s]{2,30})"
        ),
    ),
    (
        Exposure.UNIT,
        re.compile(
            r"[该某](?:[一-龥]{0,6}(?:店|馆|厅|场|院|校|园|楼|公司|企业|单位|小区|超市|小学|中学))[(](?:即|原)?"
            r"(?P<told>(?![一二三四五六七八九十两\d]+[层楼米处个名家户座间年月日号平多余]|[共含见如图未已位建高约不以按非无有在地临沿每仅因经现])[^)]{2,20})[)]"
        ),
    ),
    (
        Exposure.UNIT,
        re.compile(
            r"[“\"](?P<told>(?!多合一|三合一|九小|小)[^“”\",.;。]{2,12})[”\"](?:门店|分店|总店|旗舰店|加盟店|专卖店|连锁店|餐厅|饭店|超市|酒店|宾馆|商场|小区|公司)"
            r"|[一-龥A-Za-z]{2,8}[(][一-龥]{1,8}店[)]"
        ),
    ),
    # '李记面馆', '第三中学', '一中', '市二院': a founder's shop, a number of its own; what each town has one of.
    (
        Exposure.UNIT,
        re.compile(
            rf"(?<![一-龥])(?:[{SURNAMES}]|老[一-龥])(?:记|氏)[一-龥]{{0,5}}[店馆铺坊楼面行厂]"
            r"|[一-龥]{0,6}第[一二三四五六七八九十\d]{1,3}(?:高级|人民|实验|职业|中心|完全)?(?:中学|小学|幼儿园|医院|学校|监狱|粮库|矿)"
            r"|(?:[一-龥]{2}|(?<![一-龥]))[一二三四五六七八九十]{1,2}中学?(?=教学|校门|宿舍|食堂|门口|侧门|后门|正门|对面|旁|附近|高中|初中|[的,。;]|$)"
            r"|[市区县省](?:第?[一二三四五]|人民|中心|中医|妇幼|口腔)?(?:医?院|保健院)(?![一-龥]?[落线内])"
            r"|[市区县省](?:图书馆|体育馆|博物馆|文化馆|档案馆|少年宫|青少年宫|文化宫)"
            r"|(?<![某一家所座的个])(?:实验|师范|附属|人民|中心|百货)(?:小学|中学|医院|大楼)(?![、和等])"
            r"|[一二三四五]矿(?=宿舍|医院|学校|小区|家属|俱乐部)"
        ),
    ),
    (
        Exposure.UNIT,
        re.compile(
            rf"\b(?:(?!(?:{_ENGLISH_PLAIN})\s)[A-Z][\w'&-]*\s)(?:(?:of\s|the\s)?(?!(?:{_ENGLISH_PLAIN})\s)[A-Z][\w'&-]*\s){{0,3}}(?:(?:Convenience|Noodle|Nursing|Middle|Primary|High|Secondary|Night|Shopping)\s)?(?:{_ENGLISH_KINDS})\b"
            r"(?!\s(?:Blocked|Cleared))|\bNo\.?\s?\d{1,3}\s(?:Middle|Primary|High|Secondary)\sSchool|\b(?:No\.?\s?\d{1,3}|First|Second|Third)\s(?:People's\s)?Hospital"
        ),
    ),
    # The only one, the largest of the city: whoever lives there knows which. An only exit is the lesson.
    (
        Exposure.SINGULAR,
        re.compile(
            rf"{_REGION}?(?:唯一|仅有|独此|仅此)的?(?:[一1][家座所栋幢个])?的?{_A_PLACE}(?!的?[一-龥]{{0,8}}(?:出口|通道|楼梯|门))"
            rf"|首家(?=[一-龥])|{_REGION}[一-龥]{{0,4}}?(?:第一[家座高]|首[家座个])|独一家|独一无二|仅此一[家处]|仅有的?一[家座]|百年老店|第一高楼|上过央视|建于(?:19|20)\d\d年"
            rf"|{_REGION}[一-龥]{{0,4}}?{_GREATEST}的?(?![一-龥]{{0,4}}(?:隐患|问题|风险|障碍|教训))|{_MOST_KNOWN}的[一1]?[家座所栋幢]?{_A_PLACE}"
            r"|(?<!某)(?:地标性?|标志性|著名|知名)的?(?=[一-龥]{0,4}(?:建筑|大厦|商场|酒店|企业|景区|医院|学校))"
        ),
    ),
    (
        Exposure.SINGULAR,
        re.compile(
            r"\b(?:the\s\w+'s|the|\w+'s)\s(?:only|single|sole|largest|biggest|oldest|tallest|busiest|newest|best[\s-]known|most\sfamous)\s(?:[\w-]+\s){0,2}?"
            r"(?:mall|cinema|theatre|theater|hospital|school|hotel|market|kindergarten|supermarket|shopping\scent(?:er|re)|restaurant|"
            r"factory|karaoke|university|station|plant|dormitory|stadium|library|museum|tower|building|alley|one\sin)s?\b",
            re.I,
        ),
    ),
)
