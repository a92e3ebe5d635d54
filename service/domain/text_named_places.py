"""Shops, schools, housing estates and streets by name: of a unit only its type is told, of a place its district.

A place has a word for its kind at the end of its name, '旺角便利店', and the same word stands in every lesson,
'沿街便利店'. What stands before it is read backwards: words that describe the kind are passed over, '连锁'; a word that
counts, points or acts, '某', '该', '发现', says that no name is meant; anything else is taken for one. So whoever means
nobody writes '某' before the kind of place.
"""

import re
from collections.abc import Iterator
from typing import Final

from service.domain.text_findings import Exposure

KINDS: Final = """
    便利店 超市 商店 商行 小卖部 饭店 饭庄 饭馆 餐厅 餐馆 酒楼 酒家 酒店 酒吧 宾馆 旅馆 旅店 旅社 招待所 民宿 客栈
    面馆 面店 粥铺 火锅店 烧烤店 小吃店 快餐店 奶茶店 咖啡店 咖啡馆 茶楼 茶馆 茶社 美食城 大排档 KTV 歌舞厅 歌厅
    歌城 舞厅 网吧 网咖 影院 影城 电影院 剧院 药店 药房 诊所 医院 卫生院 卫生所 门诊部 学校 中学 小学 高中 幼儿园
    托儿所 培训中心 培训机构 学院 大学 技校 养老院 敬老院 福利院 小区 花园 家园 嘉园 公馆 公寓 新村 新城 华府 华庭
    名邸 佳苑 雅苑 广场 商场 商厦 大厦 大楼 购物中心 商城 百货 批发市场 农贸市场 菜市场 建材市场 家居城 建材城
    市场 物流园 工业园 产业园 仓储中心 加油站 加气站 修理厂 汽修厂 洗车行 4S店 理发店 美发店 美容院 足浴店 足浴城
    洗浴中心 浴室 浴池 会所 健身房 健身中心 棋牌室 照相馆 五金店 服装店 专卖店 家具城 家具店 工厂 制衣厂 加工厂
    印刷厂 食品厂 化工厂 机械厂 煤矿 社区 街道办 居委会 村委会 博物馆 图书馆 体育馆 文化宫 少年宫 寺 教堂 会馆
    门市部 经营部 营业部 服务部 台球厅 台球室 游戏厅 电竞馆 汗蒸馆 推拿馆 理疗馆 足道城 足道馆 网络空间 俱乐部
    茶坊 作坊 驿站 快递站 快递站点 分拨中心 营业厅 保健院 托管班 午托班 早教中心 托育中心 舞蹈班 画室 养护中心
    养老服务中心 生活馆 剧本杀 党校 书院 景区 家属院 宿舍 商贸城 天主堂 物业 集团 苑 豪庭 世纪城 新天地 国际城
    建材店 烤肉店 庙 公园 体育场 客运站 汽车站 火车站
    """.split()
"""Kinds of places that are named."""
_DESCRIBING: Final = """
    百 千 第 名 起 同 地 和 正 都 太 能 会 上 下 内 外 中 里 前 后 旁 边 侧 东 南 西 北 左 右 楼上 楼下 室内 室外
    地下 地上 底层 顶层 临街 沿街 街边 路边 大 小 新 老 旧 高 低 少 好 大型 小型 中型 中小 中小型 微型 规模 高层
    多层 低层 超高层 单层 综合 综合性 商业 商住 商用 公共 公立 公办 私立 民办 民营 国营 私营 个体 农贸 集贸 批发
    零售 连锁 生鲜 社区 城市 城区 城镇 乡镇 乡村 农村 县城 市区 市级 区级 县级 省级 市直 中心 老旧 老式 新建 新开
    在建 改造 改建 扩建 拆迁 安置 回迁 封闭 封闭式 开放 开放式 封闭管理 无物业 有物业 物业 住宅 居民 居住 生活
    商品房 保障房 职工 员工 家属 单身 学生 青年 人才 长租 出租 短租 酒店式 快捷 商务 星级 经济型 主题 度假 家庭
    专科 综合类 中医 口腔 眼科 妇幼 儿童 宠物 人民 精神病 骨科 康复 民族 体检 寄宿 寄宿制 职业 技工 普通 重点 示范
    实验 初级 高级 完全 九年制 九年一贯制 特殊 餐饮 快餐 火锅 烧烤 小吃 早餐 夜市 早市 牛肉 羊肉 海鲜 面食 家常
    特色 风味 川菜 自助 中餐 西餐 食品 水果 蔬菜 粮油 副食 日用 日用品 百货 服装 五金 建材 家居 家具 家电 电器
    电子 数码 手机 汽车 汽修 机动车 摩托 电动车 电动自行车 二手 二手车 图书 文具 药品 医药 化妆品 母婴 玩具 花卉
    花鸟 古玩 茶叶 烟酒 木材 钢材 机械 化工 物流 仓储 快递 娱乐 休闲 洗浴 足浴 健身 体育 文化 市民 休息 消防 安全
    应急 防火 火灾 隐患 疏散 通道 楼梯 出口 车道 生命 现场 场所 单位 企业 公司 商户 商家 店铺 门店 业主 住户 群众
    村民 市场 商场 小区 学校 医院 酒店 宾馆 饭店 大楼 楼 店 厂 院 校 园 馆 人员 人员密集 密集 重点检查 管理方
    管理者 负责人 运营方 经营者 产权 产权方 保安 值班 主管 主管部门 部门 属地 所在 所在地 辖区 辖区内 全市 全区
    全县 全国 我市 我区 我县 本市 本区 本地 当地 区内 市内 县内 区域 地区 片区 早期 夜间 白天 晚上 时间 月 日 年
    号 时 分 周 春节 节日 节假日 假期 开学 暑期 汛期 冬季 夏季 高峰 高峰期 营业时间 货物 杂物 物品 车辆 设施 设备
    器材 建筑 建筑物 房屋 房间 楼层 仓库 库房 厂房 车间 宿舍 办公 办公楼 食堂 厨房 大厅 走廊 屋面 外墙 停车 停车场
    门 窗 锁 灯 之 者 所在的 案例 案件 事故 事件 情况 原因 教训 启示 提示 做法 经验 人 人流 客流 顾客 学员 患者
    老人 孩子 家长 师生 旅客 游客 观众 居民区 住宅区 商业区 开发区 工业区 校区 院区 园区 景区 人人 家家 大家 我们
    他们 双方 各方 第三方 畅通 达标 合格 不合格 老城区 新城区 中心城区 城中村 区 市 县 镇 乡 村 山区 矿区 郊区
    库区 林区 厂区 商圈 街区 城乡 结合部 棚户区 单元 一楼 首层 二层 三层 负一层 底商 沿路 集中式 分散 独立 合用
    三合一 多业态 大队 支队 中队 队员 案 省 州 旗 盟 街道 路段 沿河 临河 沿江 沿线 沿海 国际 品牌 出租屋 自建
    自建房 群租 租 居家 便民 无证 证照 齐全 涉险 高风险 风险 集体 回迁户 商品 现货 棉纺 母子 平价 打折 仓 加盟
    直营 总 旗舰 体验 样板 代表 冷饮 饮品 奶茶 咖啡 蛋糕 面包 糕点 早点 水产 肉 肉类 干果 粮食 饲料 农资 化肥 农机
    维修 修车 洗车 洗衣 打印 复印 眼镜 钟表 首饰 珠宝 鞋 鞋帽 布料 窗帘 灯具 油漆 涂料 瓷砖 卫浴 橱柜 门窗 广告
    装修 装饰 婚纱 摄影 美容 美发 理发 美甲 足疗 按摩 推拿 台球 电竞 网络 密室 剧本 私人 点播 培训 辅导 早教 托管
    午托 网红 临街面 通宵 昼夜 全天 加油站 小时 亲子 量贩 量贩式 高档 高端 豪华 老牌 废弃 弃管 智慧 别墅 电梯
    老字号 知名 社会 国企 马路 美食 步行 断头 女生 男生 教师 三甲 二甲 三级 二级 五星级 四星级 三星级 村镇 储蓄
    政策性 口袋 街心 森林 湿地 业委会 居委会 主题式 电商 村级 村集体 种植 养殖 专业 农民 股份 责任 有限 上市 外卖
    同城 转运 残疾 托养 日间 照料 逃生 救援 回家 上学 必经 主干 支 辅 柏油 水泥 砂石 单行 乡道 露天 依山 临水 老年
    街头 小微 中等 现代 传统 自动 无人 商铺 车库 网点 小歌舞厅 歌舞厅 歌舞 机关 书法 绘画 音乐 美术
    """.split()
"""What a kind of place may be called without being named."""
_POINTING: Final = """
    一 二 三 四 五 六 七 八 九 十 两 几 数 多 余 个 家 所 座 处 间 栋 幢 批 条 类 种 某 该 本 此 这 那 各 每 其
    其他 其它 其中 另 另外 同类 同一 部分 所有 全部 任何 有关 相关 上述 涉事 涉案 当事 问题 类似 许多 不少 少数
    个别 多数 多个 多家 一些 有些 这些 那些 哪些 这类 此类 各类 各级 各地 各个 多次 一家 一处 一个 某家 某些 几家
    两家 三家 的 得 了 着 过 在 于 从 自 由 向 往 到 至 对 对于 把 将 被 让 使 令 与 及 以及 或 或者 并 并且 而 且
    但 因 因为 为 为了 以 按 按照 依 依据 根据 经 通过 是 有 无 没有 未 不 非 已 已经 曾 正在 仍 还 也 均 再 又 就
    即 才 只 仅 很 更 最 较 应 应当 应该 须 必须 需 需要 可 可以 能够 要 请 如 若 当 附近 周边 周围 旁边 对面 门口
    门前 内部 外部 检查 检查组 检查人员 检查员 执法 执法人员 工作 工作人员 工作组 专项 联合 日常 例行 集中 突击
    随机 发现 查明 查处 查封 查看 巡查 巡逻 排查 抽查 复查 督查 督导 调查 走访 回访 走进 进入 来到 前往 深入 抵达
    位于 地处 坐落 设在 设于 开设 经营 营业 运营 开业 停业 歇业 关停 关闭 责令 要求 督促 约谈 指导 提醒 告诫 教育
    警告 处罚 罚款 通报 曝光 整改 整治 治理 清理 拆除 恢复 组织 协助 协调 帮助 联系 占用 堵塞 封堵 锁闭 遮挡 圈占
    停放 堆放 堆积 摆放 存放 搭建 违规 违法 违章 非法 擅自 私自 长期 临时 严重 主要 导致 造成 影响 妨碍 阻碍 威胁
    危及 包括 例如 比如 尤其 特别 针对 围绕 关于 管理 负责 使用 租赁 承租 承包 服务 开展 持续 继续 推进 加强 加大
    强化 落实 开办 举办 创建 建设 建成 改为 改成 用作 作为 成为 称为 视为 属于 凡 像 等 等等 之一 今年 去年 近日
    近期 日前 随后 同时 此前 此后 当日 当天 次日 当时 目前 现在 平时 期间 凌晨 上午 下午 中午 傍晚 夜里 委托 聘请
    邀请 配合 支持 保障 确保 保证 维护 保持 防止 避免 禁止 不得 严禁 允许 鼓励 引导 劝导 通知 告知 宣传 尚有 还有
    设有 建有 就是 都是 凡是 不是 以下 以上 涉及 覆盖 遍布 面向 服务于 一般 常见 典型 违停 取缔 给予 依法 强制
    责成 移交 立案 罚没 劝离 清退 搬离 撤离 紧邻 毗邻 靠近 隔壁 夜查 暗访 发动 依托 报告 动员 举报 称 无论 改造成
    上报 移送 抄送 会同 还是 不论 不管 就像 好比 包含 含 除 除了 住 进 出 查 逛 经过 穿过 绕过 路过 停在 堆在 放在
    摆在 挂在 贴在 变成 变为 当成 当作 用于 属 系 逐 逐个 每个 铺就 打造
    """.split()
"""What counts, points, relates or acts: a name ends before and begins after it."""
_POINTS: Final = frozenset(_POINTING)
_IN_NAMES: Final = frozenset(
    word for word in _POINTING if len(word) == 1 and word not in "在于对将把被该某从向由与及的了是但称系属"
)
"""Of these words, those that names are also made of, '万科五期', '千家惠': they end no name, nor begin one."""
_REGIONS: Final = frozenset("省市区县镇乡村")
_NO_STREETS: Final = (
    "步字串弯归藏留头线电铁公马道通岔断短回退活生思出顺沿问让堵带走半上一气水管油网来去条临逛满两几小扫游此该某"
)
_PLACE: Final = re.compile(
    "|".join(
        [
            *sorted(map(re.escape, KINDS), key=len, reverse=True),
            "店(?![外面主员长家铺])",
            "[分支]行(?![政为动业程走使])",
        ]
    ),
    re.I,
)
_STREET: Final = re.compile(
    rf"(?<![{_NO_STREETS}])(?:大道|大街|胡同|路(?![线灯面障由人程政过途况段上])|街(?![道面头坊区])|巷(?!道)|(?<!中)村(?![民委里庄落级企居])|镇(?![区级上政域])|街道(?![上两旁办面]))"
)
_COMPANY: Final = re.compile("股份有限公司|有限责任公司|有限公司|集团公司|农民专业合作社|合作社")
_COMPANIES_HAVE: Final = frozenset(
    "服务 管理 经营 建设 租赁 运营 承包 创建 保障 维护 指导 教育 组织 临时 联合 集中".split()
)
"""Words that point elsewhere and stand in the names of companies."""
_WORD: Final = re.compile(
    "|".join(
        [
            r"\d+",
            *sorted(
                map(re.escape, [*(kind for kind in KINDS if len(kind) > 1), *_DESCRIBING, *_POINTING]),
                key=len,
                reverse=True,
            ),
        ]
    )
)
_LONGEST: Final = 20
_NAME_CHARACTERS: Final = re.compile(r"[一-龥A-Za-z0-9]*\Z")


def named_places(text: str) -> Iterator[tuple[Exposure, int, int]]:
    """Where places are named in a plain text without spaces: name and kind, '旺角便利店'."""
    for exposure, kinds in ((Exposure.UNIT, _COMPANY), (Exposure.UNIT, _PLACE), (Exposure.ADDRESS, _STREET)):
        for kind in kinds.finditer(text):
            before = text[max(0, kind.start() - _LONGEST) : kind.start()]
            run = _NAME_CHARACTERS.search(before)
            assert run is not None
            start = _name_start(run.group(), _COMPANIES_HAVE if kinds is _COMPANY else frozenset())
            if start is not None:
                yield exposure, kind.start() - len(run.group()) + start, kind.end()


def kind_of_place(name: str) -> str | None:
    """The word for its kind at the end of a name, '便利店'; None for a company, and for what has none."""
    return next((match.group() for match in _PLACE.finditer(name) if match.end() == len(name)), None)


def _name_start(run: str, in_names: frozenset[str]) -> int | None:
    """Where in the words before a kind of place its name begins, None when it has none; `in_names` may be in it."""
    words = [(match.group(), match.start(), match.end()) for match in _WORD.finditer(run)]
    pointing = _POINTS - in_names
    end = len(run)
    while words and words[-1][2] == end and words[-1][0] not in pointing:
        end = words.pop()[1]
    if end == 0 or (words and words[-1][2] == end):
        return None
    start = max((after for word, _first, after in words if word in pointing and word not in _IN_NAMES), default=0)
    for word, first, after in words:
        if first == start and (len(word) > 1 or word in _REGIONS):
            start = after
    # One character is half of a name where another that may describe follows, '金都' and '桃北'; else it is a word.
    return None if end - start == 1 and run[end : end + 1] not in _DESCRIBING else start
