"""People in a public text: names beside a role, a title or an act, in Chinese and in English.

The house rule (section "typical cases"): a person is removed. A name alone is found by the register of the deployment
only, since any two characters may be one; beside a word for who somebody is, or what was done to him, a surname is
enough.
"""

import re
from typing import Final

from service.domain.text_findings import Exposure, Patterns

SURNAMES: Final = (
    "王李张刘陈杨黄赵周吴徐孙马胡朱郭何罗林郑梁谢宋唐许邓冯韩曹曾彭萧肖蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅付钟姜崔"
    "谭廖范汪陆贾韦夏邱侯邹熊孟秦白江阎闫薛尹段雷黎史陶贺毛郝顾龚邵万钱严赖覃武戴莫孔向汤常温康施牛樊葛邢安齐易乔伍庞"
    "颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷曲盛冉翁蓝路游靳管柴蒙鲍华"
    "高方石解丛仝郗郄冀卜巩荆麻米佟穆芦原代车亢弓药"
)
_DOUBLE: Final = "欧阳|司马|上官|诸葛|司徒|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|长孙|宇文"
_RARELY_MEANT: Final = "于向何任方高成安常关路管单左包易曲盛华白石尚章游万温解原代车弓药米麻丛程段施付"
"""Surnames that are mostly other words: alone before a title or after 'small' they are none."""
_SURNAME: Final = rf"(?:{_DOUBLE}|[{SURNAMES}])"
_CLEAR: Final = rf"(?:{_DOUBLE}|(?![{_RARELY_MEANT}])[{SURNAMES}])"
_NO_NAMES: Final = "|".join(
    """
    马上 马路 高度 高层 高空 高压 高发 高峰 张贴 张挂 任何 任意 任由 任务 何时 何处 成立 成功 安全 安排 安装 安置
    常闭 常态 常年 常开 常住 常见 常把 常坐 常在 常用 方面 方可 方能 方便 于是 于次 于当 于检 于收 于今 于本 向来
    向其 向检 向执 向消 向主 向城 向居 向记 关闭 关门 关停 关上 关于 关心 路口 路边 路面 路过 管理 管控 管好 管不
    单位 单独 左右 左侧 包括 包间 包装 包庇 易燃 易爆 曲折 盛放 白天 白色 白班 石材 石棉 尚未 章程 游客 万元 万一
    万般 温度 严格 严禁 严重 严肃 时间 全部 平时 明知 明确 黄色 黄昏 金属 江边 田间 田地 毛坯 毛巾 毛毯 叶片 唐突
    康复 施工 牛肉 牛羊 童车 童装 申请 申报 申辩 甘愿 祝贺 符合 舒适 季节 管道 苗圃 苗木 谷物 蓝色 柴油 柴草 柴火
    应急 余下 余家 余人 余户 余款 段落 贺卡 顾客 顾虑 顾问 莫名 孔洞 武断 汤锅 史料 水泥 水电 文明 宁可 宁静 陆续
    许可 许多 程序 程度 陶瓷 钟头 钱款 钱财 丁字 华丽 葛根 齐全 齐心 凌晨 凌乱 纪律 柳条 鲁莽 成本 成品 成箱 成员
    成堆 成为 周边 周围 周末 周一 周二 周三 周四 周五 周六 周日 夏天 夏季 夏日 秦岭 万达 解释 解除 解决 解放 原因
    原来 原本 原有 原则 代表 代为 代替 车辆 车道 车位 车间 车库 米面 麻袋 付款 付出 庄稼 杜绝 马桶 任职 何人 何种
    何地 方案 方式 高考 高温 高处 路灯 路障 游戏 温馨 章节 代理 药品 药店 原料 车主 车行 石块 石墩 管线 和检 白酒
    汤面 江面 宋体 段时 阮囊 项目 关键 关注 曾经 曾在 曾被 曾因 曾多 时常 常常 焦急 焦虑 齐抓 甘当 易被 易发 易造
    单元 单间 单方 林立 林区 丛生 安心 安静 雷同 雷雨 谢绝 谢谢 许久 莫要 莫让 莫把 尚可 尚有 尚需 尚在 毕业 毕竟
    向外 向上 向下 向内 向社 向业 向群 向有 向商 向当 向现 向店 向租 向物 向市 向属 向前 向后 管辖 管委 管护 左边
    左手 华而 成人 成年 成了 高声 高龄 高喊 高呼 石板 石料 石子 包裹 包厢 包房 包含 包车 包扎 易地 易拉 万不 万分
    温水 温暖 温和 方向 方圆 常规
    """.split()
)
"""Words that begin like a name."""
_ROLES: Final = "|".join(
    """
    法定代表人 法人代表 法人 主要负责人 消防安全责任人 消防安全管理人 责任人 负责人 管理人 管理者 经营者 经营人
    经营户 实际控制人 股东 合伙人 董事长 总经理 副总经理 店主 店长 摊主 车主 业主 房主 房东 户主 物主 货主 老板娘
    老板 物业经理 经理 主管 厂长 站长 校长 院长 园长 所长 中队长 大队长 支队长 队长 科长 处长 局长 主任 书记
    村支书 支书 网格长 楼长 班长 护士长 护士 厨师长 厨师 服务员 收银员 前台 快递员 外卖员 焊工 包工头 保安员 保安
    门卫 保洁员 保洁 电工 安全员 管理员 检查员 检查人员 巡查员 巡查人员 网格员 执法人员 执法队员 执法员 城管队员
    监督员 值班员 值班人员 操作员 工作人员 民警 辅警 消防员 消防文员 指导员 驾驶人 驾驶员 司机 住户 居民 租户 租客
    承租人 出租人 承包人 施工人 当事人 违法行为人 违法人 嫌疑人 被告人 被处罚人 受送达人 被询问人 询问人 记录人
    承办人 审核人 委托代理人 代理人 整改人 复查人 举报人 投诉人 报警人 联系人 经办人 经手人 签发人 签收人 见证人
    家长 员工 职工 店员 工人 男子 女子 老人 学生 教师 老师 医生 患者 顾客 商户代表 商户 群众 市民 村民 同志 网友
    志愿者 死者 伤者 妻子 丈夫 其妻 其夫 其父 其母 其子 其女 父亲 母亲 儿子 女儿 记者 通讯员 供稿 摄影 责任编辑
    责编 编辑 作者 拍摄者 撰稿 签字 签名 姓名 摄影报道 名叫 叫做 名为
    """.split()
)
_TITLES: Final = (
    "老板|经理|主任|所长|队长|店长|厂长|院长|校长|园长|站长|副?科长|副?处长|副?局长|支?书记|支书|董事长|总经理|会计|老师|医生|"
    "护士|指导员|法官|同志|大姐|大哥|警官|律师|工程师|总(?![是有要会能体数计量共的高平价额和部局院公线之结在])"
)
_FORMS_OF_ADDRESS: Final = "先生|女士|小姐|师傅|阿姨|大爷|大妈|大娘|大叔|奶奶|爷爷|老太|姐(?![妹夫])|哥|嫂|叔|婶"
_AFTER_A_NAME: Final = (
    r"(?=$|[\s,;:.!?、·…。()\[\]【】“”\"'《》/\-|]|[说称道表告承同拒不未没已被把将在于因对驾到为和与及等的是也还就当擅违私占停堆签收负"
    r"立应接锁自主一两共及先女性同随从向给让请值看打赶回去来走搬挪清开取发做守管找放正很无只曾经认现此家带领提搭建会便故私而非送反出每贴陪参上过摄报协联组通留抽吸点复])"
)
_GIVEN: Final = "[一-龥]{1,2}"
_NAME: Final = rf"(?!{_NO_NAMES}){_SURNAME}{_GIVEN}"
_CLEAR_NAME: Final = rf"(?!{_NO_NAMES}){_CLEAR}{_GIVEN}"
_BETWEEN: Final = r"[的是为叫姓系:(“\"\s【\-/]{0,3}"
_NOUGHT: Final = "(?![些个种类地处一路单店商宾场家市区楼厂学医餐办居职建燃农交其年月日时小大车])"
_ACTS: Final = (
    "罚款|行政|警告|送达|负责|处以|处罚|作出|下达|进行|予以|依法|签收|拘留|立案|批评|训诫|约谈|问责|诫勉|谈话|说[:,]|表示|的处罚|"
    "立即|当场|限期|整改|改正|用|锁|拆|搬|清"
)
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
    "named|called|identified as|auntie|aunt|uncle|grandma|grandpa"
)
_NO_ENGLISH_NAMES: Final = (
    r"(?!(?:Said|Says|On|Of|And|Or|Must|Was|Is|Are|Has|Had|Have|In|At|To|The|A|An|Who|Whose|Safety|Fire|Duty|Should|Will|"
    r"Can|May|For|With|From|By|Office|Team|Training|Room|Us|No|Not|Did|Does|When|While|After|Before|This|That|His|Her|"
    r"Their|It|He|She|They|We|You|I|Article|Warned|Fined|Told|Removed|Locked|Blocked|Cleared|Immediately|Again|Later)\b)"
)

PATTERNS: Final[Patterns] = (
    (
        Exposure.PERSON,
        re.compile(
            rf"(?:{_ROLES}){_BETWEEN}"
            rf"(?P<told>(?!{_NO_NAMES}){_SURNAME}{_GIVEN}?{_AFTER_A_NAME}"
            rf"(?:[、,和与及\s](?!{_NO_NAMES}|{_ROLES}){_SURNAME}{_GIVEN}?{_AFTER_A_NAME})*)"
        ),
    ),
    (
        Exposure.PERSON,
        re.compile(rf"(?:{_ROLES})[:(“\"【/|]{{1,2}}(?P<told>(?:{_SURNAME}{_GIVEN}[、,和与及/]?){{1,6}})(?![一-龥])"),
    ),
    (
        Exposure.PERSON,
        re.compile(rf"(?P<told>{_NAME})[(,、\s]{{1,2}}(?:[一-龥]{{0,6}})(?:{_ROLES}|男|女)(?![一-龥])"),
    ),
    (
        Exposure.PERSON,
        re.compile(
            rf"(?<=姓){_CLEAR}|(?<![同贵免])(?:{_CLEAR}|(?<![一-龥])[{_RARELY_MEANT}])姓(?=[一-龥])"
            rf"|(?<!任)(?:{_CLEAR}(?:某某|某[甲乙丙丁戊]|某人?)|[{_RARELY_MEANT}](?:某某|某{_NOUGHT}))"
            rf"|(?<!任)(?!{_NO_NAMES}){_CLEAR}[一-龥]{{0,2}}?(?:{_TITLES}|{_FORMS_OF_ADDRESS})"
            rf"|(?:(?<![一-龥])[{_RARELY_MEANT}]|(?<![任相有每各])[{_RARELY_MEANT}](?=先生|女士|小姐|师傅))(?:{_TITLES}|{_FORMS_OF_ADDRESS})"
            rf"|(?<![大缩减最从窄]){_SURNAME}(?:氏)(?=[一-龥]{{0,4}}(?:兄弟|夫妇|夫妻))"
            rf"|(?<![大中缩减最从窄幼弱])(?!小张贴|小孔|老牛)[小老阿]{_CLEAR}{_AFTER_A_NAME}"
            rf"|{_CLEAR}[×*○●][一-龥]{_AFTER_A_NAME}|{_CLEAR}[×*○●]{{1,2}}|{_CLEAR}[xX]{{1,2}}(?![a-z0-9])|{_CLEAR}[一-龥][×*○●]"
        ),
    ),
    (
        Exposure.PERSON,
        re.compile(
            rf"(?:{_ROLES})(?P<told>(?:(?!{_NO_NAMES}){_SURNAME}{_GIVEN}){{2,4}})(?![一-龥])|(?:[图文摄][/|])(?:{_NAME})"
        ),
    ),
    # What was done to somebody, and what he did.
    (
        Exposure.PERSON,
        re.compile(
            rf"(?:[对向由将把被]|给予|约谈了?|责令|处罚了?)(?P<told>{_CLEAR_NAME}?)(?={_ACTS})"
            rf"|(?<![一-龥]){_CLEAR_NAME}(?=(?:被处以|被罚|被拘留|被行政|夫妇|夫妻|一家[住人]|的(?:儿子|女儿|妻子|丈夫|父亲|母亲)|说[,。:]|说$|等[二两三四五六七八九十\d]人|说[:,“\"]))"
        ),
    ),
    (Exposure.PERSON, re.compile(rf"约谈了?(?P<told>{_CLEAR_NAME})(?=[,.。;]|$)")),
    # Names of other peoples, 'name·name'; calling oneself something is a name, too.
    (
        Exposure.PERSON,
        re.compile(rf"(?:(?<![一-龥])|(?<=租户|业主|店主|老板|居民))[一-龥]{{2,6}}·[一-龥]{{1,8}}?{_AFTER_A_NAME}"),
    ),
    (Exposure.PERSON, re.compile(r"[小阿大老][一-龥](?=[(]化名)")),
    (Exposure.PERSON, re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Mdm|Madam|Dr|Sir)\b\.?\s[A-Z][a-z]+(?:\s[A-Z][a-z]+)?")),
    (
        Exposure.PERSON,
        re.compile(
            rf"\b(?i:{_ENGLISH_ROLES})(?i:,?\s(?:is|was|named|called|surnamed))?[:,]?\s{_NO_ENGLISH_NAMES}"
            rf"(?P<told>[A-Z][a-z]+(?:\s{_NO_ENGLISH_NAMES}[A-Z][a-z]+)?)"
        ),
    ),
    (
        Exposure.PERSON,
        re.compile(
            rf"\b(?:{_PINYIN_SURNAMES})\s(?=[A-Z]|[a-z]{{5}})(?i:{_SYLLABLE}{{1,2}}(?:[-'\s]{_SYLLABLE})?)\b(?<=[a-z])"
        ),
    ),
    (
        Exposure.PERSON,
        re.compile(
            rf"\b(?:[A-Z]\.\s?(?:{_PINYIN_SURNAMES})"
            rf"|(?i:{_PINYIN_SURNAMES})(?<=[A-Z])\s(?=[A-Z])(?i:{_SYLLABLE}{{1,2}}))\b"
        ),
    ),
)


def is_told_before(before: str) -> bool:
    """Whether what ends before a name has just said who that is, '店主', so that nothing needs to stand there."""
    return re.search(rf"(?:{_ROLES})\Z", before) is not None
