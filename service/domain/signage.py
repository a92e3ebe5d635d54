"""Which texts in a picture are safety signs: they are the lesson and stay, everything else is masked.

The words are those of GB 13495.1 (fire safety signs), GB 15630 (where they hang) and what corridors, doors and lanes
are painted with. A text is a sign only when nothing is left of it without such words, arrows and floor numbers: a name
or a phone beside the word makes it something else.
"""

import re
from typing import Final

from service.domain.plain_text import PlainText

_WORDS: Final = """
    安全出口 紧急出口 消防出口 疏散出口 疏散通道 消防通道 消防车通道 消防车道 生命通道 疏散楼梯 安全通道
    应急通道 安全楼梯 消防楼梯 应急出口 疏散方向 疏散指示 应急疏散 紧急疏散 疏散 出口 入口 太平门 逃生 逃生门
    逃生通道 避难层 避难间 灭火器 灭火器箱 消火栓 消防栓 消火栓箱 室内消火栓 室外消火栓 消防水带 消防软管卷盘
    消防器材 消防设施 消防设备 消防 手动报警按钮 火灾报警按钮 手动火灾报警按钮 报警按钮 报警 火警 火警电话
    消防电话 消防电梯 消防控制室 消防泵房 水泵接合器 应急照明 应急灯 防火门 防火卷帘 常闭防火门 常闭式防火门
    常开防火门 防火分区 消防登高操作场地 消防登高面 消防救援场地 登高操作场地 禁止占用 严禁占用 禁止堆放
    严禁堆放 禁止堆物 禁止停车 严禁停车 禁止停放 严禁停放 禁止锁闭 严禁锁闭 禁止阻塞 严禁堵塞 禁止堵塞 请勿占用
    请勿堆放 请勿停车 请保持关闭 保持关闭 随手关门 请随手关门 禁止吸烟 严禁吸烟 请勿吸烟 禁止烟火 严禁烟火
    禁止明火 禁放易燃物 严禁充电 禁止充电 禁止电动自行车入内 禁止电动车入内 禁止电动自行车停放 电动自行车 电动车
    当心触电 当心火灾 当心滑倒 小心台阶 小心地滑 注意安全 安全第一 救援 救生 急救 请推开 推开 拉开 推 拉
    紧急时击碎玻璃 击碎面板 击碎玻璃 应急门 应急锤 安全锤 请沿此方向 滑动开门 杂物 物品 车辆 停放 堆放 占用
    保持畅通 请保持 保持 请 畅通 禁止 严禁 请勿 通道 楼梯 内 此处 机动车 非机动车 任何
""".split()
_ENGLISH: Final = frozenset(
    """
        emergency exit exits fire escape evacuation route lane safety passage stair stairs stairway extinguisher
        hydrant hose reel alarm point call door keep shut closed clear no parking smoking do not block obstruct push
        pull open way out assembly lift elevator use in case of the only danger caution warning slide to break glass
        press here storage storing access refuge
    """.split()
)
_CORE: Final = frozenset(_ENGLISH) - {
    "in",
    "of",
    "the",
    "to",
    "do",
    "not",
    "here",
    "use",
    "case",
    "only",
    "call",
    "way",
    "point",
}

_CHINESE_PATTERN: Final = re.compile("|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True)))
_ENGLISH_PATTERN: Final = re.compile(r"[a-z]+")
_FURNITURE: Final = re.compile(r"[\s\W_→←↑↓⇒⇐➜➡⬅]+|(?<![0-9a-z])(?:b?[0-9]{1,2}\s?[fl]|[0-9]{1,2}层|119)(?![0-9])")
"""Arrows, punctuation, floors, and the fire brigade's number."""


def is_safety_sign(text: str) -> bool:
    """Whether the text consists of the words of safety signs and of nothing else."""
    plain = PlainText.of(text).text.lower()
    rest = _FURNITURE.sub(" ", plain)
    words = _ENGLISH_PATTERN.findall(rest)
    if any(word not in _ENGLISH for word in words):
        return False
    chinese = "".join(_ENGLISH_PATTERN.sub(" ", rest).split())
    without_signs = _CHINESE_PATTERN.sub("", chinese)
    # One character alone is what remains when a text was read badly.
    said_something = bool(_CORE.intersection(words)) or len(chinese) > len(without_signs) + 1 or "119" in plain
    return said_something and not without_signs
