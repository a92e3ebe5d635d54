"""People in a public text: names beside a role or a title, in Chinese and in English.

The house rule (section "typical cases"): a person is removed. A name alone is found by the register of the deployment
only, since any two characters may be one; beside a word for who somebody is, or what he does, a surname is enough.
"""

import re
from typing import Final

from service.domain.text_findings import Exposure, Patterns

_SURNAMES: Final = (
    "王李张刘陈杨黄赵周吴徐孙马胡朱郭何罗林郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔"
    "谭廖范汪陆贾韦夏邱侯邹熊孟秦白江阎薛尹段雷黎史陶贺毛郝顾龚邵万钱严赖覃武戴莫孔向汤常温康施牛樊葛邢安齐易乔伍庞"
    "颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛冉翁蓝路游靳管柴蒙鲍华"
)
_DOUBLE: Final = "欧阳|司马|上官|诸葛|司徒|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|长孙|宇文"
_RARELY_MEANT: Final = "于向何任方高成安常关路管单左包易曲盛华白石尚章游万温"
"""Surnames that are mostly other words: alone before a title or after 'small' they are none."""
_SURNAME: Final = rf"(?:{_DOUBLE}|[{_SURNAMES}高方石])"
_CLEAR: Final = rf"(?:{_DOUBLE}|(?![{_RARELY_MEANT}])[{_SURNAMES}])"
_NO_NAMES: Final = (
    "马上|马路|高度|高层|高空|高压|高发|张贴|张挂|任何|任意|任由|何时|何处|成立|成功|安全|安排|安装|常闭|常态|常年|常开|方面|方可|方能|方便|于是|"
    "向来|关闭|关门|关停|关上|路口|路边|路面|管理|管控|单位|单独|左右|左侧|包括|包间|易燃|易爆|曲折|盛放|白天|白色|石材|石棉|尚未|"
    "章程|游客|万元|温度|严格|严禁|严重|严肃|时间|全部|平时|明知|明确|黄色|金属|江边|田间|毛坯|叶片|唐突|康复|施工|牛肉|童车|"
    "申请|申报|申辩|甘愿|祝贺|符合|舒适|季节|管道|苗圃|谷物|蓝色|柴油|包装|包庇|应急|余下|余家|余人|余户|段落|贺卡|顾客|顾虑|莫名|"
    "孔洞|武断|汤锅|史料|水泥|水电|文明|宁可|陆续|许可|许多|程序|陶瓷|钟头|贾|钱款|丁字|华丽|葛根|齐全|齐心|尹|凌晨|"
    "纪律|柳条|鲁莽|成本|成品|成箱|成员|成堆|关于|常住|常见|安置|向其|向检|向执|向消|向主|向城|向居|于次|于当|于检|高峰"
)
_ROLES: Final = (
    "法定代表人|法人代表|法人|主要负责人|消防安全责任人|消防安全管理人|责任人|负责人|管理人|经营者|经营人|店主|店长|摊主|车主|业主|房主|"
    "房东|户主|物主|货主|老板娘|老板|物业经理|经理|主管|厂长|站长|校长|院长|园长|所长|队长|科长|主任|保安员?|门卫|保洁员?|电工|安全员|"
    "管理员|检查员|巡查员|网格员|执法人员|执法员|监督员|民警|辅警|消防员|驾驶人|驾驶员|司机|住户|居民|租户|租客|承租人|出租人|承包人|"
    "施工人|当事人|违法行为人|违法人|嫌疑人|举报人|投诉人|报警人|联系人|经办人|签发人|签收人|见证人|员工|职工|店员|工人|男子|女子|"
    "老人|学生|教师|老师|医生|患者|商户|群众|市民|村民|同志|姓名|名叫|叫做|名为"
)
_TITLES: Final = (
    "先生|女士|小姐|师傅|老板|经理|主任|所长|队长|店长|厂长|院长|校长|园长|站长|科长|处长|局长|书记|董事长|总经理|会计|老师|医生|护士|"
    "同志|阿姨|大爷|大妈|大姐|大哥|警官|律师|工程师|总(?![是有要会能体数计量共的高平价额和部局院公线之结在])"
)
_AFTER_A_NAME: Final = (
    r"(?=$|[\s,;:.!?、·…。()\[\]“”\"'《》]|[说称道表告承同拒不未没已被把将在于因对驾到为和与及等的是也还就当擅违私占停堆签收负立应"
    r"接锁自主一两共及先女同随从向给让请值看打赶回去来走搬挪清开取发做守管找放])"
)
_NOUGHT: Final = "(?![些个种类地处一路单店商宾场家市区楼厂学医餐办居职建燃农交其])"
_PINYIN_SURNAMES: Final = (
    "Wang|Li|Zhang|Liu|Chen|Yang|Huang|Zhao|Zhou|Wu|Xu|Sun|Ma|Hu|Zhu|Guo|He|Luo|Lin|Zheng|Liang|Xie|Song|Tang|Deng|"
    "Feng|Han|Cao|Zeng|Peng|Xiao|Cai|Pan|Tian|Dong|Yuan|Yu|Ye|Jiang|Du|Su|Wei|Cheng|Lü|Lu|Ding|Shen|Ren|Yao|Fu|Zhong|"
    "Cui|Tan|Liao|Fan|Jia|Xia|Qiu|Hou|Zou|Xiong|Meng|Qin|Bai|Yan|Xue|Yin|Duan|Lei|Shi|Tao|Mao|Hao|Gu|Gong|Shao|Wan|"
    "Qian|Lai|Gao|Ouyang|Sima|Zhuge"
)
_SYLLABLE: Final = (
    r"(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxzcsryw])?"
    r"(?:i?ang|i?ong|[ei]ng|uang|uai|iao|i?an|u?an|[uie]n|a[io]|ou|ei|ia|ie|iu|ua|ue|ui|uo|er|[aeiouü]))"
)
_ENGLISH_ROLES: Final = (
    "legal representative|manager|owner|landlord|landlady|tenant|driver|guard|watchman|director|inspector|officer|"
    "principal|shopkeeper|resident|supervisor|contact|boss|proprietor|caretaker|janitor|neighbou?r|foreman|surnamed|"
    "named|called"
)

PATTERNS: Final[Patterns] = (
    (
        Exposure.PERSON,
        re.compile(
            rf"(?:{_ROLES})[的是为叫姓系:(“\"\s]{{0,3}}"
            rf"(?P<told>(?!{_NO_NAMES}){_SURNAME}[一-龥]{{1,2}}?{_AFTER_A_NAME})"
        ),
    ),
    (Exposure.PERSON, re.compile(rf"(?:{_ROLES})[:(“\"]{{1,2}}(?P<told>{_SURNAME}[一-龥]{{1,2}})(?![一-龥])")),
    (Exposure.PERSON, re.compile(rf"(?P<told>{_SURNAME}[一-龥]{{1,2}})[(,、\s]{{1,2}}(?:{_ROLES}|男|女)(?![一-龥])")),
    (
        Exposure.PERSON,
        re.compile(
            rf"(?<=姓){_CLEAR}"
            rf"|(?<!任)[{_SURNAMES}](?:某某|某{_NOUGHT})"
            rf"|(?<!任){_CLEAR}[一-龥]?(?:{_TITLES})(?!的)"
            rf"|(?<![大缩减最从窄]){_SURNAME}(?:氏)(?=[一-龥]{{0,4}}(?:兄弟|夫妇|夫妻))"
            rf"|(?<![大中缩减最从窄幼弱])[小老阿]{_CLEAR}{_AFTER_A_NAME}"
        ),
    ),
    (Exposure.PERSON, re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Mdm|Madam|Dr|Sir)\b\.?\s[A-Z][a-z]+(?:\s[A-Z][a-z]+)?")),
    (
        Exposure.PERSON,
        re.compile(
            rf"\b(?i:{_ENGLISH_ROLES})(?i:,?\s(?:is|was|named|called|surnamed))?[:,]?\s"
            r"(?P<told>[A-Z][a-z]+(?:\s[A-Z][a-z]+)?)"
        ),
    ),
    (
        Exposure.PERSON,
        re.compile(rf"\b(?:{_PINYIN_SURNAMES})\s(?i:{_SYLLABLE}{{1,2}}(?:[-'\s]{_SYLLABLE})?)\b(?<=[a-z])"),
    ),
)
