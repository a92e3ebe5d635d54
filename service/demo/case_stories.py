"""The typical cases of the demo world: what an editor wrote, in Chinese and in English, and how far each has come."""

from dataclasses import dataclass
from typing import Final

from schemas.cases import CaseAction, CaseContent, CaseTexts, VenueType
from service.demo.timeline import Moment


@dataclass(frozen=True, slots=True)
class CaseStep:
    """One action on a case."""

    action: CaseAction
    by: str
    when: Moment


@dataclass(frozen=True, slots=True)
class CaseStory:
    """A case made of the hazard with that name; its pictures are the photo of the report and the one of the fix."""

    hazard: str
    drafted: Moment
    content: CaseContent
    steps: tuple[CaseStep, ...]


def _road(*moments: tuple[str, Moment]) -> tuple[CaseStep, ...]:
    actions = (CaseAction.SUBMIT, CaseAction.APPROVE, CaseAction.APPROVE, CaseAction.PUBLISH)
    return tuple(CaseStep(action, by, when) for action, (by, when) in zip(actions, moments, strict=False))


LAW_28 = "《中华人民共和国消防法》第二十八条：任何单位、个人不得占用、堵塞、封闭疏散通道、安全出口、消防车通道。"
LAW_28_ENGLISH = (
    "Fire Protection Law of the People's Republic of China, Article 28: no unit or individual may occupy, block or "
    "close evacuation passages, safety exits or fire lanes."
)

CASES: Final = (
    CaseStory(
        "market fire lane",
        Moment(30, "09:30"),
        CaseContent(
            venue_type=VenueType.MARKET,
            chinese=CaseTexts(
                title="农贸市场消防车通道被车辆和货物占用",
                found=(
                    "检查发现，一处农贸市场的消防车通道内停放面包车，车旁堆放成箱货物并停有电动自行车，"
                    "剩余宽度不足两米，消防车无法通行。\n"
                    "地面标有“消防车道 禁止占用”字样，但早市期间无人管理。"
                ),
                handled=(
                    "主管部门当日下达整改通知。市场管理方移走车辆和货物，在车道两端增设禁停提示，早市期间安排专人值守。\n"
                    "次日现场复查合格，隐患销号。占用消防车通道的行政处罚，由消防救援机构依法决定。"
                ),
                legal_basis=(
                    f"{LAW_28}\n"
                    "《中华人民共和国消防法》第六十条第一款第五项：占用、堵塞、封闭消防车通道，妨碍消防车通行的，"
                    "责令改正，处五千元以上五万元以下罚款。"
                ),
                lesson=(
                    "火灾初起的几分钟最要紧。为一时方便停下的车，可能把消防车挡在火场之外。"
                    "市场应划清装卸区和车道，明确专人管理，让消防车通道全天畅通。"
                ),
            ),
            english=CaseTexts(
                title="Market fire lane blocked by a van and boxed goods",
                found=(
                    "Inspectors found a van parked on a market's fire lane, with boxed goods and an electric bicycle "
                    "beside it. Less than two meters of the lane were left: no fire engine could have passed.\n"
                    "The ground was marked as a fire lane to be kept clear, but nobody saw to it during the "
                    "morning market."
                ),
                handled=(
                    "The authority issued a rectification notice the same day. The market's management removed the "
                    "van and the goods, put up no-parking signs at both ends of the lane, and now posts staff there "
                    "during the morning market.\n"
                    "An on-site recheck the next day found the lane clear and the hazard was closed. Penalties for "
                    "blocking a fire lane are decided by the fire and rescue authority."
                ),
                legal_basis=(
                    f"{LAW_28_ENGLISH}\n"
                    "Fire Protection Law, Article 60, paragraph 1, item 5: a unit that occupies, blocks or closes a "
                    "fire lane and hinders the passage of fire engines is ordered to put this right and fined from "
                    "5,000 to 50,000 yuan."
                ),
                lesson=(
                    "The first minutes of a fire matter most. A van left for convenience can keep the fire engine "
                    "away from the fire. Markets should separate unloading areas from the lane, name who is in "
                    "charge, and keep the lane clear all day."
                ),
            ),
        ),
        _road(
            ("editor", Moment(30, "10:40")),
            ("reviewer", Moment(29, "15:20")),
            ("approver", Moment(28, "09:10")),
            ("publisher", Moment(27, "10:00")),
        ),
    ),
    CaseStory(
        "hotel north exit",
        Moment(25, "14:10"),
        CaseContent(
            venue_type=VenueType.HOTEL,
            chinese=CaseTexts(
                title="宾馆安全出口被铁链锁闭",
                found=(
                    "检查发现，一家宾馆的安全出口被铁链和挂锁锁闭，门旁堆放纸箱。钥匙不在现场，发生火灾时无法立即打开。\n"
                    "门上方安全出口标志完好，住客会循着标志跑向一扇打不开的门。"
                ),
                handled=(
                    "主管部门要求立即开锁、清走杂物。宾馆当日拆除铁链和挂锁，换装能从内部直接推开的推杆锁，"
                    "并把出口检查列入每班交接。\n"
                    "次日现场复查合格，隐患销号。"
                ),
                legal_basis=(
                    f"{LAW_28}\n"
                    "《中华人民共和国消防法》第六十条第一款第三项：占用、堵塞、封闭疏散通道、安全出口或者有其他妨碍安全疏散行为的，"
                    "责令改正，处五千元以上五万元以下罚款。\n"
                    "《中华人民共和国安全生产法》第四十二条：禁止占用、锁闭、封堵生产经营场所或者员工宿舍的出口、疏散通道。"
                ),
                lesson=(
                    "防盗和逃生并不矛盾：推杆锁从外面打不开，从里面一推就开。凡是有人的时候，安全出口一律不得上锁。"
                ),
            ),
            english=CaseTexts(
                title="Hotel safety exit chained shut",
                found=(
                    "Inspectors found a hotel's safety exit locked with a chain and a padlock, with boxes stacked "
                    "beside the door. The key was kept elsewhere, so the door could not have been opened at once in "
                    "a fire.\n"
                    "The exit sign above was in order: guests would have followed it to a door that does not open."
                ),
                handled=(
                    "The authority demanded that the door be unlocked and the boxes removed at once. The hotel took "
                    "off the chain and padlock the same day, fitted a push bar that opens from inside, and made "
                    "checking the exit part of every change of shift.\n"
                    "An on-site recheck the next day was passed and the hazard was closed."
                ),
                legal_basis=(
                    f"{LAW_28_ENGLISH}\n"
                    "Fire Protection Law, Article 60, paragraph 1, item 3: a unit that occupies, blocks or closes "
                    "evacuation passages or safety exits, or otherwise hinders safe evacuation, is ordered to put "
                    "this right and fined from 5,000 to 50,000 yuan.\n"
                    "Work Safety Law, Article 42: it is forbidden to occupy, lock or seal the exits and evacuation "
                    "passages of production and business premises or staff dormitories."
                ),
                lesson=(
                    "Security and escape do not conflict: a push-bar lock cannot be opened from outside, yet from "
                    "inside one push opens it. While anybody is in the building, a safety exit is never locked."
                ),
            ),
        ),
        _road(
            ("editor", Moment(25, "15:30")),
            ("reviewer", Moment(24, "10:15")),
            ("approver", Moment(23, "16:40")),
            ("publisher", Moment(22, "09:30")),
        ),
    ),
    CaseStory(
        "mall fire shutter",
        Moment(12, "10:20"),
        CaseContent(
            venue_type=VenueType.SHOPPING_CENTER,
            chinese=CaseTexts(
                title="商场防火卷帘下堆放货物",
                found=(
                    "检查发现，一家商场的防火卷帘下方摆放货架、纸箱和编织袋，占满地面黄色禁放区。"
                    "发生火灾时卷帘无法降落到底，烟气会从缺口蔓延。"
                ),
                handled="商场清空禁放区，货架移至库房，并由维保单位做了卷帘降落试验。复查合格，隐患销号。",
                legal_basis=(
                    "《机关、团体、企业、事业单位消防安全管理规定》第三十一条第五项：常闭式防火门处于开启状态，"
                    "防火卷帘下堆放物品影响使用的，单位应当责成有关人员当场改正并督促落实。"
                ),
                lesson="卷帘下的空地不是库房。禁放线要看得见，开店前要有人查，夜间补货也不能越线。",
            ),
            english=CaseTexts(
                title="Goods stacked under a mall's fire shutter",
                found=(
                    "Inspectors found a rack, boxes and sacks under a mall's fire shutter, filling the yellow "
                    "keep-clear area. In a fire the shutter could not have come down fully and smoke would have "
                    "spread through the gap."
                ),
                handled=(
                    "The mall cleared the area, moved the rack to its storeroom and had the shutter's descent tested. "
                    "The recheck was passed and the hazard was closed."
                ),
                legal_basis=(
                    "Provisions on Fire Safety Management of Organs, Organizations, Enterprises and Institutions, "
                    "Article 31, item 5: where normally closed fire doors stand open, or goods under a fire shutter "
                    "hinder its use, the unit shall have this put right on the spot."
                ),
                lesson=(
                    "The space under a shutter is not a storeroom. Keep the line visible, check it before opening, "
                    "and do not cross it when restocking at night."
                ),
            ),
        ),
        _road(("editor", Moment(12, "11:30"))),
    ),
)
