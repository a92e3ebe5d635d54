"""The hazards of the demo world. Streets are real names of the city, everything else is invented and says so."""

from typing import Final
from uuid import UUID

from schemas.hazards import Action
from schemas.places import Datum
from service.demo.district_stories import DISTRICT_STORIES
from service.demo.special_stories import SPECIAL
from service.demo.stories import (
    Step,
    Story,
    accept,
    assign,
    by_notice,
    fail_review,
    grade_major,
    hand_back,
    pass_review,
    register,
    reopen,
    submit,
)
from service.demo.timeline import Moment, Timeline

CLOSED: Final = (
    Story(
        "market fire lane", "lane", 11, "B01", "南庄路演示蔬菜市场", "北侧消防车通道，距东口约20米",
        "一辆面包车停放在消防车通道内，车旁堆放成箱货物并停有电动自行车，剩余净宽不足2米，消防车无法通行。",
        37.8549, 113.5731, Moment(41, "08:52"),
        (
            register(41, "09:20"),
            assign(41, "09:35", "请立即移走车辆和货物，恢复消防车通道，并安排专人值守。"),
            accept(41, "10:05"),
            submit(40, "08:40", "车辆、货物已全部移走，车道两端增设禁停提示，早市期间安排两名管理员值守。"),
            pass_review(40, "15:10", "on_site", "现场复查，车道畅通，地面标线清晰。"),
        ),
    ),
    Story(
        "hotel north exit", "exit_door", 12, "A02", "泉中路演示宾馆", "一层北侧安全出口",
        "北侧安全出口被铁链和挂锁锁闭，门旁堆放纸箱。值班人员称钥匙由门卫保管，发生火灾时无法立即打开。",
        37.8619, 113.5792, Moment(38, "10:15"),
        (
            register(38, "10:40"),
            assign(38, "11:00", "请立即拆除铁链和挂锁，清走杂物，出口应能从内部直接推开。"),
            submit(38, "14:30", "铁链和挂锁已拆除，纸箱已清走；换装推杆锁，每班交接时检查并签字。"),
            pass_review(37, "09:25", "on_site", "推杆灵活，门外通道畅通。"),
        ),
        floor="1F", checkpoint="北侧安全出口",
    ),
    Story(
        "mall fire shutter", "shutter", 13, "D03", "南大街演示商厦", "二层中庭防火卷帘",
        "防火卷帘下方黄色禁放区内摆放货架、纸箱和编织袋，卷帘无法降落到底，失去防火分隔作用。",
        37.857803, 113.586802, Moment(33, "14:05"),
        (
            register(33, "14:30"),
            assign(33, "14:50", "请清空卷帘下方全部物品，并由维保单位做一次降落试验。", Moment(31, "18:00")),
            accept(33, "16:00"),
            submit(31, "11:20", "货架移至库房，禁放区已清空；维保单位试验卷帘可降落到底，记录留存。"),
            pass_review(30, "10:00", "by_picture", "照片显示禁放区已清空，同意销号。"),
        ),
        floor="2F", datum=Datum.GCJ02, checkpoint="二层中庭防火卷帘",
    ),
    Story(
        "supermarket fire shutter", "shutter", 24, "D03", "南大街演示超市", "负一层收货区防火卷帘",
        "收货区防火卷帘下方码放饮料箱和货架，影响卷帘降落。",
        37.8590, 113.5822, Moment(21, "09:40"),
        (
            register(21, "10:10"),
            assign(21, "10:20", "请清空卷帘下方物品，画出禁放线并落实巡查。", Moment(19, "18:00")),
            accept(21, "11:45"),
            submit(20, "16:30", "物品已清空，禁放线重新刷漆，列入每日开店前检查。", cost_yuan=600),
            pass_review(19, "09:50", "on_site", "现场复查合格。"),
        ),
        floor="B1", checkpoint="收货区",
    ),
)  # fmt: skip

OPEN: Final = (
    Story(
        "cinema stair", "stair", 14, "A04", "泉中路演示影院", "西侧疏散楼梯一层至二层",
        "疏散楼梯踏步和一层平台堆放纸箱、旧柜子和编织袋，剩余宽度不足半米。",
        37.8612, 113.5801, Moment(29, "10:30"),
        (
            register(29, "11:00"),
            assign(29, "11:10", "请立即清空疏散楼梯，查明堆放责任人。"),
            submit(28, "09:15", "楼梯已清空，物品移至库房，楼梯口张贴禁止堆物提示。"),
            pass_review(28, "14:20", "on_site", "现场复查合格。"),
            reopen(4, "09:05", "巡查发现同一楼梯再次堆物，按反弹处理。"),
            assign(4, "09:20", "同一部位隐患反弹。请清空楼梯，并提出防止再次堆物的措施。", Moment(-3, "18:00")),
        ),
        floor="1F",
    ),
    Story(
        "office east corridor", "corridor", 15, "A01", "义井西街演示写字楼", "三层东段疏散走道",
        "三层疏散走道堆放待搬家具和纸箱，占据走道大部分宽度，办公人员需侧身通过。",
        37.8634, 113.5741, Moment(13, "15:20"),
        (
            register(13, "15:45"),
            assign(12, "08:50", "请清空走道，今后搬运物品不得在走道过夜。", Moment(-2, "18:00")),
            accept(12, "09:30"),
            submit(9, "17:10", "已搬走大部分纸箱，其余明日清完。", variant="partly"),
            fail_review(8, "10:40", "by_picture", "照片显示走道仍有纸箱，未恢复全部宽度，请清完后重新提交。"),
        ),
        floor="3F",
    ),
    Story(
        "housing hall bicycles", "bicycles", 16, "F01", "南庄路演示住宅小区", "临街住宅楼一层门厅",
        "门厅内停放三辆电动自行车，挡住通往安全出口的通道。",
        37.8552, 113.5718, Moment(17, "19:10"),
        (
            register(16, "08:30"),
            assign(16, "08:45", "请劝离门厅内电动自行车，引导停放到室外车棚，并在门厅张贴通告。"),
            accept(16, "10:20"),
            Step(Action.URGE, "desk", Moment(6, "09:00"), {"remarks": "已逾期，请今日报送进展。"}),
        ),
        floor="1F",
    ),
    Story(
        "restaurant kitchen hydrant", "hydrant", 17, "G01", "泉中路演示饭店", "后厨通道室内消火栓",
        "消火栓箱前堆放成箱食材和杂物，箱门无法打开，灭火器箱被遮挡。",
        37.8626, 113.5785, Moment(7, "11:25"),
        (
            register(7, "13:00"),
            by_notice(Action.ASSIGN, 7, "13:20", "hydrant sheet"),
            accept(7, "14:05"),
            submit(6, "10:30", "消火栓和灭火器箱前已清空，地面画出禁放区，由当班厨师长每日检查。"),
        ),
        floor="1F", checkpoint="后厨通道",
    ),
    Story(
        "dormitory window bars", "window_bars", 18, "E01", "义井西街演示职工宿舍", "南立面二、三层外窗",
        "二、三层宿舍外窗全部安装固定防盗网，未留逃生开口，影响逃生和灭火救援。",
        37.8641, 113.5726, Moment(5, "16:00"),
        (
            register(4, "08:40"),
            by_notice(Action.ASSIGN, 4, "10:30", "dormitory order"),
            by_notice(Action.RECORD_SERVICE, 4, "15:40", "dormitory order"),
            Step(
                Action.REQUEST_EXTENSION, "owner", Moment(3, "10:05"),
                {"reason": "共有二十二樘外窗需改装，施工队排期较紧，申请延期。"}, {"until": Moment(-24, "18:00")},
            ),
            Step(
                Action.DECIDE_EXTENSION, "desk", Moment(2, "09:30"),
                {"granted": True, "remarks": "同意延期，先拆除二层防盗网。"}, {"until": Moment(-22, "18:00")},
            ),
        ),
        second="officer", visit="dormitory",
    ),
    Story(
        "dormitory stair", "stair", 29, "A04", "义井西街演示职工宿舍", "北侧疏散楼梯一层平台",
        "楼梯一层平台堆放旧床架和纸箱，占去一半宽度。",
        37.8641, 113.5726, Moment(5, "16:25"),
        (
            register(4, "08:45"),
            by_notice(Action.ASSIGN, 4, "10:30", "dormitory order"),
            by_notice(Action.RECORD_SERVICE, 4, "15:40", "dormitory order"),
            accept(4, "16:10"),
            submit(3, "15:20", "旧床架已运走，楼梯一层平台清空。", cost_yuan=1200),
        ),
        floor="1F", second="officer", visit="dormitory",
    ),
    Story(
        "food street billboard", "billboard", 30, "E02", "义井西街演示餐饮街", "中段二层外窗",
        "店招连同广告牌遮挡二层外窗，人员无法由外窗逃生，也影响灭火救援。",
        37.8637, 113.5733, Moment(10, "11:30"),
        (
            register(10, "14:10"),
            by_notice(Action.ASSIGN, 9, "09:20", "food street order"),
            by_notice(Action.RECORD_REFUSAL, 9, "11:05", "food street order"),
            by_notice(Action.RECORD_SERVICE, 9, "11:30", "food street order"),
            accept(8, "15:00"),
        ),
        second="officer", visit="food street",
    ),
    Story(
        "bus hall exit", "exit_door", 21, "A03", "示例公交公司调度楼", "一层候车厅东侧安全出口",
        "安全出口被挂锁锁闭，门前堆放物料，候车厅仅剩一处出口可用。请受理时研判是否属于重大隐患。",
        37.8668, 113.5839, Moment(6, "09:15"),
        (
            register(6, "09:30"),
            grade_major(
                6, "09:50", "候车厅人员密集，仅剩一处出口可用，判定为重大隐患。",
                {
                    "measure": "更换推杆锁，出口前划禁放区。", "person": "整改责任人B", "funds_yuan": 3000,
                    "emergency_plan": "整改期间每班设专人值守，限制候车人数。",
                },
                Moment(2, "18:00"),
            ),
            assign(6, "10:00", "请立即开锁并清走物料，候车厅运营期间出口不得上锁。"),
            accept(6, "10:40"),
            submit(5, "09:30", "推杆锁已更换，物料清走，出口前划出禁放区。", cost_yuan=2800),
            pass_review(3, "10:15", "on_site", "现场复查，出口可从内部直接推开，提请销号。"),
        ),
        floor="1F", checkpoint="候车厅东侧安全出口",
    ),
    Story(
        "hall charging", "bicycles", 23, "F02", "德胜街演示商住楼", "一层门厅",
        "门厅内多辆电动自行车从墙边插线板接线充电，门厅是楼上住户唯一的疏散出口。",
        37.8569, 113.5871, Moment(8, "20:35"),
        (
            register(7, "08:35"),
            assign(7, "08:55", "请立即断电移车，查清接线来源，引导到室外充电设施。", Moment(-1, "18:00")),
            submit(2, "18:20", "车辆已全部移到室外车棚，插线板拆除，楼道电源加锁，门厅安装电动自行车阻车提示。"),
        ),
        floor="1F",
    ),
    Story(
        "food street fire lane", "lane", 19, "B01", "义井西街演示餐饮街", "南段消防车通道",
        "午间送货车辆占用消防车通道卸货，车后堆放纸箱，占用时间约一小时。",
        37.8637, 113.5733, Moment(3, "12:10"),
        (register(3, "14:00"),),
        photo_north_degrees=0.0052,
    ),
    Story(
        "school corridor hydrant", "hydrant", 25, "G01", "南庄路演示培训学校", "二层走廊室内消火栓",
        "消火栓箱前堆放教材和清洁用具，箱门无法打开。",
        37.8561, 113.5709, Moment(10, "10:05"),
        (
            register(10, "10:30"),
            assign(10, "11:00", "请清走消火栓前物品，保持箱门可全开。"),
            hand_back(
                9, "09:10", "responsibility_unclear", "该层由两家机构合租，公共走廊由谁管理没有约定，请属地街道协调。",
            ),
        ),
        floor="2F",
    ),
    Story(
        "housing east stair", "stair", 20, "A04", "德胜街演示家属楼", "东侧楼梯二层平台",
        "楼梯平台长期堆放旧家具和纸箱，夜间照明不足，老人上下楼困难。",
        37.8573, 113.5859, Moment(2, "16:45"),
        floor="2F",
    ),
    Story(
        "training basement corridor", "corridor", 22, "A01", "示例热力公司培训楼", "地下一层疏散走道",
        "地下一层走道堆放培训器材包装箱和编织袋，疏散指示标志被遮挡。地下室无信号，离线填报。",
        37.8655, 113.5768, Moment(1, "15:30"),
        floor="B1", offline=True,
    ),
)  # fmt: skip

STORIES: Final = tuple(
    sorted((*CLOSED, *OPEN, *SPECIAL, *DISTRICT_STORIES), key=lambda story: (-story.found.days_ago, story.found.clock))
)
"""All of them, in the order in which they were found: the order of their numbers."""


def story_id(timeline: Timeline, name: str) -> UUID:
    """The id of the hazard of that story."""
    story = next(story for story in STORIES if story.name == name)
    return timeline.identifier(story.name, story.found)
