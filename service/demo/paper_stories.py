"""What the visits and the notices of the demo world are, as data. Most visits are clear."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from schemas.hazards import ServiceMode
from schemas.notices import NoticeAction, NoticeKind
from schemas.visits import VisitResult
from service.demo.timeline import Moment, Timeline


@dataclass(frozen=True, slots=True)
class VisitStory:
    """Somebody looked at a place."""

    name: str
    premises: str
    place: str
    started: Moment
    ended: Moment
    result: VisitResult = "clear"
    by: str = "inspector"
    second: str | None = None
    checkpoint: str | None = None
    remarks: str | None = None


@dataclass(frozen=True, slots=True)
class NoticeStep:
    """What became of a notice. `paper` is the heading of the signed paper that proves it."""

    action: NoticeAction
    by: str
    when: Moment
    fields: dict[str, Any]
    moments: dict[str, Moment]
    paper: str | None = None


@dataclass(frozen=True, slots=True)
class NoticeStory:
    """A notice to one owner about the hazards of these stories; `end` is how the accounts of the district end."""

    name: str
    kind: NoticeKind
    hazards: tuple[str, ...]
    issued: Moment
    requirements: str
    steps: tuple[NoticeStep, ...] = ()
    end: str = ""
    due: Moment | None = None
    """Where the desk sets a date of its own."""


def _acknowledged(days_ago: int, clock: str, end: str = "") -> NoticeStep:
    return NoticeStep(NoticeAction.ACKNOWLEDGE, f"owner{end}", Moment(days_ago, clock), {}, {})


def _served(days_ago: int, clock: str, receiver: str, end: str = "", mode: ServiceMode = "in_person") -> NoticeStep:
    when = Moment(days_ago, clock)
    fields = {"mode": mode, "receiver": receiver}
    return NoticeStep(
        NoticeAction.RECORD_SERVICE, f"inspector{end}", when, fields, {"served_at": when}, "PROOF OF SERVICE"
    )


def _refused(days_ago: int, clock: str, witnesses: list[str], remarks: str) -> NoticeStep:
    when = Moment(days_ago, clock)
    fields = {"witnesses": witnesses, "remarks": remarks}
    return NoticeStep(NoticeAction.RECORD_REFUSAL, "inspector", when, fields, {"refused_at": when}, "REFUSAL TO SIGN")


VISITS: Final = (
    VisitStory(
        "hotel",
        "泉中路演示宾馆",
        "泉中路演示宾馆，各层疏散通道和出口",
        Moment(24, "09:05"),
        Moment(24, "09:40"),
        second="officer",
        checkpoint="北侧安全出口",
        remarks="推杆锁完好，通道畅通。",
    ),
    VisitStory(
        "school",
        "南庄路演示培训学校",
        "一层至三层走廊和两处楼梯",
        Moment(22, "10:10"),
        Moment(22, "10:35"),
        second="officer",
    ),
    VisitStory("water hall", "示例供水公司营业厅", "营业厅及办公走道", Moment(18, "15:00"), Moment(18, "15:20")),
    VisitStory(
        "supermarket", "南大街演示超市", "负一层收货区", Moment(11, "09:15"), Moment(11, "09:35"), checkpoint="收货区"
    ),
    VisitStory(
        "cinema", "泉中路演示影院", "观众厅疏散通道和出口", Moment(9, "14:00"), Moment(9, "14:30"), second="officer"
    ),
    VisitStory(
        "hotel again",
        "泉中路演示宾馆",
        "北侧安全出口",
        Moment(3, "09:00"),
        Moment(3, "09:10"),
        checkpoint="北侧安全出口",
    ),
    VisitStory(
        "mall",
        "南大街演示商厦",
        "东侧疏散楼梯及各层出口",
        Moment(20, "10:30"),
        Moment(20, "11:25"),
        "hazards_found",
        second="officer",
        checkpoint="东侧疏散楼梯",
        remarks="东侧楼梯一处堆物，当场清除。",
    ),
    VisitStory(
        "dormitory",
        "义井西街演示职工宿舍",
        "宿舍楼外立面和疏散楼梯",
        Moment(5, "16:00"),
        Moment(5, "16:50"),
        "hazards_found",
        second="officer",
    ),
    VisitStory(
        "food street",
        "义井西街演示餐饮街",
        "沿街店铺外立面",
        Moment(10, "11:10"),
        Moment(10, "12:00"),
        "hazards_found",
        second="officer",
    ),
    VisitStory(
        "gas station",
        "郊区演示液化气站",
        "储罐区、灌装间和操作通道",
        Moment(27, "09:30"),
        Moment(27, "11:10"),
        "hazards_found",
        by="inspector3",
        second="officer",
        checkpoint="储罐区操作通道",
    ),
    VisitStory(
        "sewage works",
        "郊区演示污水处理厂",
        "格栅间、泵房有限空间出入口",
        Moment(26, "14:20"),
        Moment(26, "15:10"),
        by="inspector3",
    ),
    VisitStory(
        "coach station",
        "平定演示客运站",
        "候车厅、售票厅",
        Moment(7, "10:20"),
        Moment(7, "11:00"),
        "hazards_found",
        by="inspector4",
        second="officer",
        checkpoint="候车厅北出口",
    ),
    VisitStory(
        "workshop",
        "高新区演示厂房",
        "一车间、二车间安全出口",
        Moment(15, "09:40"),
        Moment(15, "10:45"),
        "hazards_found",
        by="inspector6",
        second="officer",
        checkpoint="一车间西侧安全出口",
    ),
    VisitStory("heating station", "矿区演示换热站", "站房", Moment(16, "10:00"), Moment(16, "10:25"), by="inspector2"),
)

NOTICES: Final = (
    NoticeStory(
        "workshop order",
        "order",
        ("workshop exit",),
        Moment(15, "14:00"),
        "立即清除安全出口前的半成品和托盘，划出禁放区；整改期间该车间每班设专人看护出口。",
        (_acknowledged(15, "15:10", "6"), _served(15, "16:20", "整改责任人B6", "6")),
        "6",
        due=Moment(-9, "18:00"),
    ),
    NoticeStory(
        "food street order",
        "order",
        ("food street billboard",),
        Moment(9, "09:20"),
        "拆除遮挡二层外窗的广告牌，恢复逃生和灭火救援窗口。",
        (
            _refused(9, "11:05", ["社区见证人甲", "检查员K"], "负责人看过通知书后拒绝签字。"),
            _served(9, "11:30", "店长（拒签，留置于店内并拍照）", mode="left"),
        ),
    ),
    NoticeStory(
        "dormitory order",
        "order",
        ("dormitory window bars", "dormitory stair"),
        Moment(4, "10:30"),
        "拆除防盗网或改装为能从内部开启的形式，每间宿舍至少保证一处；清空疏散楼梯。",
        (_acknowledged(4, "11:15"), _served(4, "15:40", "宿舍管理员")),
    ),
    NoticeStory(
        "hydrant sheet",
        "information",
        ("restaurant kitchen hydrant",),
        Moment(7, "13:20"),
        "请立即清走消火栓前物品，保持箱门可全开。",
        (_acknowledged(7, "14:00"),),
    ),
)
"""Orders with two certificates, one of them refused, and an information sheet."""


def visit_id(timeline: Timeline, name: str) -> UUID:
    """The id of that visit."""
    story = next(story for story in VISITS if story.name == name)
    return timeline.identifier(f"visit {story.name}", story.started)
