"""Hazards of the demo that end otherwise than by owner and recheck, or wait for long: all of them in one district."""

from typing import Final

from schemas.hazards import Action, Represented
from service.demo.stories import SpotFix, Step, Story, accept, assign, register
from service.demo.timeline import Moment

SPECIAL: Final = (
    Story(
        "mall east stair", "stair", 31, "A04", "南大街演示商厦", "东侧疏散楼梯一层平台",
        "东侧疏散楼梯一层平台堆放纸箱和编织袋。",
        37.8577, 113.5803, Moment(20, "10:40"),
        floor="1F", second="officer", checkpoint="东侧疏散楼梯", visit="mall",
        fixed=SpotFix(Moment(20, "10:42"), "检查员在场时商厦人员已将物品全部移至库房，楼梯恢复畅通。"),
    ),
    Story(
        "cinema self-check", "corridor", 32, "A01", "泉中路演示影院", "二号厅东侧疏散走道",
        "开场前自查发现走道内存放布展物料，已当场清走。",
        37.8612, 113.5801, Moment(12, "13:20"),
        floor="2F", reporter="owner", source="self_check",
        fixed=SpotFix(Moment(12, "13:23"), "布展物料移至道具间，走道恢复全宽。", "安全员乙"),
    ),
    Story(
        "farmers' market lane", "lane", 33, "B01", "德胜街演示农贸市场", "北侧消防车通道，距东口约20米",
        "消防车通道内长期停放车辆并搭设摊位，经劝阻拒不改正，需依法处罚。",
        37.8581, 113.5846, Moment(19, "08:50"),
        (
            register(19, "09:30"),
            Step(
                Action.TRANSFER, "desk", Moment(18, "10:00"),
                {
                    "receiving_body": "城区消防救援机构（演示）", "document_number": "演示移字〔示例〕1号",
                    "matter": "占用消防车通道，涉及《消防法》第六十条的处罚，移送依法处理。",
                },
            ),
            Step(
                Action.RECORD_TRANSFER_RECEIPT, "desk", Moment(14, "16:00"),
                {"receipt_number": "演示收字〔示例〕8号", "remarks": "对方已立案，车辆和摊位已清走。"},
                {"received_at": Moment(14, "15:20")},
            ),
        ),
        second="officer", checkpoint="北侧消防车通道",
    ),
    Story(
        "untrue claim", "exit_door", 34, "A02", "示例供水公司营业厅", "营业厅后门",
        "群众来电反映营业厅后门上锁。",
        37.8586, 113.5775, Moment(13, "16:40"),
        (
            Step(
                Action.INVALIDATE, "desk", Moment(12, "10:30"),
                {
                    "reason": "untrue",
                    "remarks": "检查员现场核实：该门为推杆锁，可从内部直接推开，门外通道畅通，反映情况不属实。",
                },
            ),
        ),
        floor="1F", reporter="desk", source="resident", shown="cleared",
        informant=Represented(name="来电群众甲", contact="13900000071"),
    ),
    Story(
        "food street lane again", "lane", 35, "B01", "义井西街演示餐饮街", "南段消防车通道",
        "群众反映午间送货车堵住消防车通道。",
        37.8637, 113.5734, Moment(2, "12:20"),
        (
            register(2, "14:00", verification="经核实属实，与检查员前一日上报的为同一处。"),
            Step(
                Action.MERGE, "desk", Moment(2, "14:10"),
                {"remarks": "同一处消防车通道，并入先前上报的隐患。"}, original="food street fire lane",
            ),
        ),
        reporter="desk", source="resident", informant=Represented(name="来电群众乙", contact="13900000072"),
    ),
    Story(
        "narrow stair", "stair", 36, "A06", "南庄路演示老旧住宅楼", "单元楼梯及唯一出口",
        "楼梯净宽不足，底层加建的储物间使出口进一步变窄，须拆除加建并改造。",
        37.8556, 113.5712, Moment(34, "09:20"),
        (
            register(34, "10:00"),
            assign(33, "09:00", "请拆除加建的储物间，提出楼梯改造方案。"),
            accept(33, "15:30"),
            Step(
                Action.SHELVE, "desk", Moment(12, "11:00"),
                {
                    "reason": "改造须业主表决并筹集维修资金，短期内无法完成。",
                    "safeguards": "已清空楼梯全部杂物，加装应急照明和独立烟感，网格员每周巡查两次。",
                },
                {"until": Moment(-75, "18:00")},
            ),
        ),
        floor="1F",
    ),
)  # fmt: skip
