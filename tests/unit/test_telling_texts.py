"""How people write what gives somebody away, and how they write lessons that give nobody away."""

import time

import msgspec
import pytest

from service.demo.case_stories import CASES, CaseStory
from service.domain.generalization import suggest
from service.domain.text_circumstances import Vocabulary, find_everything

NOBODY = Vocabulary()

TELLING = {
    "person": [
        "负责人[张伟]说马上清理",
        "店主[王芳]当场清理",
        "车主[李建国]已挪车",
        "法定代表人[赵敏]",
        "物业经理[陈思远]表示整改",
        "老板姓[王]",
        "[小李]把门锁上了",
        "保安[老王]值班",
        "[張經理]承诺整改",
        "[李建国]（车主）到场",
        "[陈某某]堆放杂物",
        "[欧阳女士]投诉",
        "检查人员[孙立、郭峰]到场",
        "（通讯员[唐海韩雪]）",
        "[何女士]投诉",
        "[钱国庆经理]道歉",
        "[冯某甲]与人争执",
        "[邓某]家后门",
        "[崔×]，四十岁",
        "对[谭建国]罚款",
        "约谈了[贺晓东]",
        "[阎秀英]（该店店主）签字",
        "[苏婶]住楼上",
        "[古丽·艾山]的摊位",
        "manager [Li] locked it",
        "the owner, [Zhang San], came",
        "[Mr Wang] locked it",
        "[Wang Xiaoming] locked it",
    ],
    "date": [
        "[10日]上午检查",
        "[本月十日]检查",
        "[10号]检查时发现",
        "[11月10、11日]两次检查",
        "[11/10]检查",
        "[11.10]检查",
        "[20260605]拍摄",
        "[国庆节当天]",
        "[6月13日至15日]检查",
        "[6月13日22时40分]",
        "[二零二六年六月十三日]",
        "[2026年6月13日]通过检查发现",
        "[2026年6月13日]公布的处罚",
        "来时是[除夕夜]",
        "上周[周三]来",
        "[十一月初十]检查",
        "seen [on Nov 10], it",
        "since [9 Nov] it",
        "[11/09/2026] seen",
    ],
    "room": [
        "[3#楼]楼道",
        "[五零一室]门口",
        "[A座1203]",
        "[B栋]楼道",
        "[叁号楼]楼道",
        "[301包间]门口",
        "住[3-2-501]",
        "住[2-501]",
        "[12号摊位]前",
        "[1204号商铺]门口",
        "in [Rm. 501] there",
        "near [Tower B] there",
        "[3号楼2单元501]，",
        "[5座1203]门口",
        "[302病房]门口",
        "[三年级2班]后门",
        "[A座12楼1203]",
        "[Ⅲ号楼]门口",
    ],
    "address": [
        "[门牌38]",
        "[桃北街38号]门口",
        "[德胜路]一家面馆",
        "[五一路]一家面馆",
        "[演示村]一处作坊",
        "[207国道]旁",
        "[汽车站对面]的面馆",
        "on [Desheng Street] there",
        "at [12 Xingfu Road] there",
    ],
    "money": [
        "[5000块]罚款",
        "[伍仟元]罚款",
        "罚[五千]，已缴",
        "罚款[1.2万]，",
        "paid [five thousand yuan] there",
        "paid [$700] there",
        "罚款[3500元]以上",
        "罚款[3500元]至3600元",
        "fined up to [3,487 yuan] there",
        "罚款[三千五]",
        "was fined [3500] there",
    ],
    "landline": ["电话[2123456]", "拨打[400-810-1234]", "[0353-212 3456]"],
    "social": ["[QQ 123456789]", "[抖音号abc12345]"],
    "wechat": ["加[微信zhangsan88]", "加[v zhang88]", "加[VX abcdef]"],
    "mobile": [
        "[139#0000#0001]联系",
        "[139😀0000😀0001]联系",
        "[139****0016]联系",
        "[尾号0016]的手机",
        "[一三九零零零零零零零一]",
    ],
    "url": ["见[bit.ly/3xYz12]", "见[www.example.com]"],
    "plate": [
        "车牌[C8W3X2]",
        "[晋С12345]停",
        "[晋C12345]",
        "阳泉[A123456]停在",
        "[晋C·D12345]",
        "[军A12345]",
        "[WJ晋12345]",
    ],
    "passport": ["护照[E12345678]", "Passport No. [G12345678]"],
    "hazard_number": ["[整改通知书〔2026〕3号]", "[140302-2026-000016]"],
    "unit": [
        "[旺角便利店]门前",
        "某饭店（[一碗香]）",
        "店名为“[一碗香]”",
        "“[好滋味]”门店",
        "[万家（北街店）]",
        "[桃源一中]教学楼",
        "[市二院]住院部",
        "[丽景苑]楼道",
        "执法人员在检查中发现[鑫隆商贸有限公司]后门",
        "[No. 3 Middle School] locked",
        "[李记牛肉面馆]后厨",
        "[金都KTV]走廊",
        "[万达广场]负一层",
        "[阳泉市第三中学]",
        "[桃北小区]楼道",
        "[鑫源宾馆]二楼",
        "某区[旺角连锁便利店]内",
        "the [Golden Sun Hotel] locked",
    ],
    "singular": [
        "[城区唯一一家]影院",
        "[全市最大的]商场",
        "[最大的]商场",
        "[辖区最繁华的]地段",
        "[首家]五星级酒店",
        "[独一无二]的穹顶",
        "[the city's largest mall] here",
        "[the only cinema] in town",
        "[the largest mall] here",
    ],
}

ORDINARY = """
消防车通道是火灾时的生命通道，任何单位和个人不得占用。
检查发现，一处商场的疏散楼梯堆放纸箱，净宽不足一米。
执法人员当场责令清理，三日内整改到位，逾期将依法处罚。
经营者承诺今后每天巡查一次，每班交接时检查安全出口。
某农贸市场的消防车道被货车占用，消防车无法通过。
物业服务企业应当保持疏散通道畅通，发现占用及时劝阻。
疏散门应向疏散方向开启，营业期间不得上锁。
某居民小区三号楼梯堆满旧家具，2号楼梯间封闭。
一号楼梯和二号楼梯之间的防火门常开，闭门器损坏。
安全出口不少于两个，疏散距离不大于30米。
依据《中华人民共和国消防法》第二十八条、第六十条第一款第三项。
依据《高层民用建筑消防安全管理规定》（应急管理部令第5号）第四十七条。
罚款幅度为五千元至五万元。
对单位处五千元以上五万元以下罚款，对个人处警告或者五百元以下罚款。
自2009年5月1日起施行。
每年11月9日是全国消防日，消防宣传月11月9日启动。
整改前楼梯间堆放电动自行车12辆，整改后全部移走。
某培训机构将常闭式防火门用木楔固定，火灾时烟气会进入楼梯间。
火灾中，高温烟气上升速度为每秒3至5米，留给人的时间不多。
责任单位已清除障碍，恢复通道净宽4米、净高4米。
人员密集场所的门窗不得设置影响逃生和灭火救援的障碍物。
常见做法是在地面划出禁停线，并设“消防通道 禁止占用”标牌。
部分商户把货物堆在卷帘门下，防火卷帘无法降到底。
某宾馆疏散指示标志被装饰画遮挡，已拆除。
某医院住院部走廊加床，占去通道一半宽度。
老人和孩子行动慢，楼道杂物会让他们来不及逃生。
小区内应施划消防车通道标线，管理单位应定期维护。
从发现到整改完成用时9天，比期限提前两天。
请把这条通道留给生命，请勿在此停车。
店内共有20名员工，均参加了应急疏散演练。
施工单位不得遮挡室内消火栓，不得拆除防火门。
业主自行拆除阳台护栏外的隐患，属地街道协助清运。
所有安全出口在营业时间内保持开启，由值班人员每2小时巡查。
夜间电动自行车在门厅充电，是近年来亡人火灾的主要原因。
大型商业综合体、学校、医院、养老院等场所是检查重点。
沿街餐饮店的排烟管道穿过疏散走道，应采用不燃材料封堵。
如何防范：定期检查、明确责任、及时清理、群众监督。
检查组走进一家超市，看到后门被货架封死，只剩前门一个出口。
全市最大的隐患在人心；商场唯一的安全出口被上锁，室内人员无法逃生。
最窄处仅0.6米，不足规定的1.1米；一半以上的台阶被占。
《中华人民共和国消防法》（1998年4月29日第九届全国人民代表大会常务委员会第二次会议通过，2021年4月29日修正）第二十八条。
该办法2020年11月27日经省人大常委会会议通过，自2021年1月1日起施行。
按照标准第5.5.17条，疏散距离不应超过30米。
可以给予警告，责令停产停业15日，对个人行政拘留5日。
最高可处五万元罚款，不超过5000元的可以当场作出。
每月1日、15日自查，周一至周五错峰卸货。
书记要求立行立改，切记楼道不是仓库。
酒吧和KTV、培训机构和健身房都要检查。
该企业为有限责任公司，某十字路口多走一步路。
走廊宽度分别为1.4、1.5、1.6、1.8、2.0、2.4米。
全楼120户都签了承诺书，共清理杂物1-150件不等。
居民夏天在楼道纳凉，员工路过时绊倒，老板万般无奈。
24小时便利店夜间只开一扇门，紧邻学校的网吧也一样。
公共建筑疏散门净宽度不应小于0.80米。
管理人员不在岗，消防控制室无人值班。
该处共堵塞3次，被投诉两次，整改一次。
经理和员工都说不知道钥匙在谁手里。
老板娘解释说货太多，暂时放在楼道。
老小区停车难，但消防车通道任何时候都要让出来。
高层住宅的电缆井、管道井应每层封堵。
易燃物品不得存放在地下室；包装箱应当天清走。
何时检查、何人检查、何处有问题，都要记录。
The evacuation stair was blocked by cartons; a person could barely pass.
A covered market kept its only fire exit locked during opening hours.
Article 28 of the Fire Protection Law forbids blocking fire lanes.
The statute provides for a fine of 5,000 to 50,000 yuan.
In force since 1 May 2009, the law applies to every building.
Within 3 days the passage was clear again, checked twice by inspectors.
Keep a width of 1.4 metres on every floor. Never lock an exit.
The manager said the cartons would be gone by the evening.
The owner removed the bars and the exit opens again.
A shopping mall, a night market and a small hotel were warned.
Inspectors found 12 bicycles on the second floor and three gas bottles below.
The only exit was locked. The largest obstacle was a shelf.
The law took effect on 1 January 2021, was promulgated on April 29, 1998 and is known to all.
A fine may range from RMB 5,000 to RMB 50,000, for people 500 yuan or less.
Manager On Duty, please keep the exits free. Contact Us with questions.
Fire lanes are four metres wide and must stay clear at all times.
""".strip().splitlines()


def _split(marked: str) -> tuple[str, int, int]:
    start, end = marked.index("["), marked.index("]") - 1
    return marked.replace("[", "").replace("]", ""), start, end


@pytest.mark.parametrize(("kind", "marked"), [(kind, text) for kind, texts in TELLING.items() for text in texts])
def test_what_tells_of_somebody_is_found_where_it_stands(kind: str, marked: str) -> None:
    text, start, end = _split(marked)
    found = [(item.kind.value, text[item.start : item.end]) for item in find_everything(text, NOBODY)]
    assert (kind, text[start:end]) in found


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_lesson_passes(text: str) -> None:
    assert [(item.kind.value, text[item.start : item.end]) for item in find_everything(text, NOBODY)] == []


@pytest.mark.parametrize("story", CASES, ids=lambda story: story.hazard)
def test_the_stories_of_the_demo_pass(story: CaseStory) -> None:
    for texts in filter(None, (story.content.chinese, story.content.english)):
        for text in msgspec.structs.astuple(texts):
            assert find_everything(text, NOBODY) == []


@pytest.mark.parametrize(
    "unseen", ["\u200b", "\u00ad", "\u3164", "\u2060", "\ufeff", "\u2800", "\u202e", "\U0001f600", "\u0301"]
)
@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("mobile", "13900000001"),
        ("plate", "晋C12345"),
        ("person", "负责人张伟说"),
        ("room", "3号楼2单元"),
        ("money", "8000元"),
    ],
)
def test_what_nobody_sees_hides_nothing(unseen: str, kind: str, text: str) -> None:
    spread = unseen.join(text)
    assert kind in {item.kind.value for item in find_everything(spread, NOBODY)}


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1,",
        "路",
        "店",
        "家路",
        "商场店",
        "A&",
        "A ",
        "Wang ",
        "王某",
        "店主李",
        "月1",
        "2026年6月1日",
        "Ａ座",
        "李·",
        "有限公司",
    ],
)
def test_a_long_text_takes_no_longer_than_its_length(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * length)[:length]
        started = time.process_time()
        find_everything(text, NOBODY)
        return time.process_time() - started

    short = min(seconds(1_000) for _ in range(3))
    # Four times the text: four times as long, sixteen times were it the square.
    assert min(seconds(4_000) for _ in range(3)) < short * 10 + 0.02


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ("店主王建国当场签字", "店主当场签字"),
        ("周先生反映", "有关人员反映"),
        ("旺角便利店门前", "某便利店门前"),
        ("发现鑫隆商贸有限公司后门", "发现某餐饮场所后门"),
        ("6月13日至15日检查", "6月检查"),
        ("罚款8000元整", "罚款五千元以上一万元以下"),
        ("全市最大的商场", "某商场"),
    ],
)
def test_a_text_reads_well_with_what_is_suggested(said: str, instead: str) -> None:
    for finding in reversed(find_everything(said, NOBODY)):
        piece = said[finding.start : finding.end]
        better = suggest(finding.kind, piece, "zh-CN", venue="餐饮场所", city="阳泉市", before=said[: finding.start])
        said = said[: finding.start] + better + said[finding.end :]
    assert said == instead
    assert find_everything(said, NOBODY) == []
