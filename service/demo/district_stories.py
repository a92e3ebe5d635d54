"""Hazards of the demo in the other districts, each taken in by that district's own desk."""

from typing import Final

from schemas.hazards import Action
from service.demo.stories import (
    Step,
    Story,
    accept,
    assign,
    by_notice,
    grade_major,
    pass_review,
    register,
    submit,
)
from service.demo.timeline import Moment

KUANGQU_STORIES: Final = (
    Story(
        "heating plant exit", "exit_door", 26, "H03", "矿区演示换热站", "站房南侧出口",
        "换热站站房南侧出口用铁链锁闭，运行人员只能从北门进出。",
        37.8702, 113.5531, Moment(6, "14:20"),
        (
            register(6, "15:00", by="desk2"),
            assign(6, "15:20", "请立即拆除铁链，出口应能从内部直接打开。", end="2"),
            submit(5, "10:10", "铁链已拆除，换装推杆锁，列入每班巡检。", cost_yuan=800, end="2"),
        ),
        reporter="inspector2", checkpoint="站房南侧出口",
    ),
    Story(
        "convenience market lane", "lane", 27, "B01", "矿区演示便民市场", "西侧消防车通道",
        "消防车通道内停放面包车并堆放货箱，消防车无法驶入。",
        37.8688, 113.5549, Moment(5, "09:30"),
        (register(5, "10:10", by="desk2"),),
        reporter="inspector2",
    ),
    Story(
        "miners' housing stair", "stair", 28, "A04", "矿区演示家属区", "西侧楼梯一层平台",
        "楼梯一层平台和踏步堆放旧柜、纸箱，影响疏散。",
        37.8711, 113.5508, Moment(2, "10:50"),
        reporter="inspector2", floor="1F",
    ),
)  # fmt: skip

MAJOR: Final = (
    Story(
        "gas station passage", "gas_cabinet", 37, "H01", "郊区演示液化气站", "储罐区操作通道，调压箱前",
        "调压箱前操作通道堆放纸箱和编织袋，紧急切断阀被遮挡，发生泄漏时无法立即操作。",
        37.9412, 113.5810, Moment(27, "09:50"),
        (
            register(27, "13:30", by="desk3"),
            grade_major(
                27, "14:00", "遮挡紧急切断阀，一旦泄漏无法及时切断，判定为重大隐患。",
                {
                    "measure": "清空操作通道，划禁放区，阀前加装护栏。", "person": "整改责任人B3", "funds_yuan": 18000,
                    "emergency_plan": "整改期间停止灌装作业，值班人员每小时巡检一次并携带检测仪。",
                },
                Moment(20, "18:00"), "3",
            ),
            assign(27, "14:20", "请立即清空操作通道，整改期间停止灌装作业。", end="3"),
            accept(27, "15:10", end="3"),
            submit(25, "16:30", "通道已清空，加装护栏和警示标志，阀门操作试验合格。", cost_yuan=16500, end="3"),
            pass_review(24, "10:20", "on_site", "现场复查，通道畅通，阀门可立即操作，提请销号。", "3"),
            Step(
                Action.APPROVE_CLOSE, "approver", Moment(22, "09:40"),
                {"remarks": "五落实到位，同意销号，一个月后回访。"},
            ),
        ),
        reporter="inspector3", second="officer", checkpoint="储罐区操作通道", visit="gas station",
    ),
    Story(
        "workshop exit", "exit_door", 38, "A03", "高新区演示厂房", "一车间西侧安全出口",
        "一车间西侧安全出口被铁链锁住，门前堆放半成品，车间仅剩一处出口。",
        37.8604, 113.6011, Moment(15, "10:05"),
        (
            register(15, "13:00", by="desk6"),
            grade_major(
                15, "13:30", "车间作业人员较多，仅剩一处出口可用，判定为重大隐患。",
                {
                    "measure": "恢复西侧出口，调整半成品堆放区。", "person": "整改责任人B6", "funds_yuan": 42000,
                    "emergency_plan": "整改期间每班设专人看护出口，夜班停产。",
                },
                Moment(-9, "18:00"), "6",
            ),
            by_notice(Action.ASSIGN, 15, "14:00", "workshop order"),
            by_notice(Action.RECORD_SERVICE, 15, "16:20", "workshop order"),
            accept(14, "09:00", end="6"),
            Step(
                Action.SUPERVISE, "approver", Moment(13, "10:00"),
                {
                    "authority": "city", "document_number": "演示督〔示例〕3号",
                    "reason": "同类隐患多次出现，市级挂牌督办。",
                },
                {"limit_at": Moment(-40, "18:00")},
            ),
            Step(Action.URGE, "approver", Moment(4, "09:10"), {"remarks": "请报送整改进度。"}),
        ),
        floor="1F", reporter="inspector6", second="officer", checkpoint="一车间西侧安全出口", visit="workshop",
    ),
)  # fmt: skip

COUNTIES: Final = (
    Story(
        "coach station sign", "exit_sign", 39, "C03", "平定演示客运站", "候车厅北出口上方",
        "候车厅北出口上方疏散指示标志破损熄灭，夜间无法辨认出口。",
        37.8003, 113.6252, Moment(7, "10:35"),
        (
            register(6, "09:00", by="desk4"),
            assign(2, "09:30", "请更换疏散指示标志，并检查全站标志。", end="4"),
            accept(2, "14:00", end="4"),
            Step(
                Action.REQUEST_EXTENSION, "owner4", Moment(1, "16:30"),
                {"reason": "标志需向厂家订货，申请延期。"}, {"until": Moment(-24, "18:00")},
            ),
        ),
        floor="1F", reporter="inspector4", second="officer", checkpoint="候车厅北出口", visit="coach station",
    ),
    Story(
        "county dormitory bicycles", "bicycles", 40, "F01", "盂县演示职工宿舍", "一层门厅",
        "宿舍一层门厅停放多辆电动自行车，堵住疏散出口。",
        38.0857, 113.4061, Moment(11, "20:10"),
        (
            register(10, "08:30", by="desk5"),
            assign(10, "08:50", "请立即移走电动自行车，门厅不得停放、充电。", end="5"),
            Step(
                Action.FILE_FIX, "inspector5", Moment(10, "15:30"),
                {"represented": "宿舍管理员（无手机）", "measures": "车辆已移至院内车棚，门厅张贴通告。"},
                variant="cleared",
            ),
            pass_review(9, "10:00", "on_site", "现场复查，门厅畅通。", "5"),
        ),
        floor="1F", reporter="inspector5",
    ),
)  # fmt: skip

DISTRICT_STORIES: Final = (*KUANGQU_STORIES, *MAJOR, *COUNTIES)
