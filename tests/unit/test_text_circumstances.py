"""Names, rooms, days and amounts in texts that everybody will read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.generalization import amount_of, month_of, suggest
from service.domain.plain_text import squeeze
from service.domain.text_circumstances import Vocabulary, find_everything, reasons
from service.domain.text_findings import Exposure

WORDS = Vocabulary(
    (
        (Exposure.UNIT, "示例餐饮有限公司"),
        (Exposure.UNIT, "示例餐饮"),
        (Exposure.STAFF, "Li Na"),
        (Exposure.STAFF, "周晓峰"),
    )
)


def found(text: str, words: Vocabulary = WORDS) -> list[tuple[str, str]]:
    return [(item.kind.value, text[item.start : item.end]) for item in find_everything(text, words)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("示例餐饮有限公司的后厨", ("unit", "示例餐饮有限公司")),
        ("示例 餐饮的后厨", ("unit", "示例 餐饮")),
        ("示\u200b例餐饮的后厨", ("unit", "示\u200b例餐饮")),
        ("检查员周 晓 峰到场", ("staff", "周 晓 峰")),
        ("said by LI NA herself", ("staff", "LI NA")),
        ("幸福小区3号楼2单元301室", ("room", "3号楼2单元301室")),
        ("三号楼二单元楼道", ("room", "三号楼二单元")),
        ("12栋1单元", ("room", "12栋1单元")),
        ("402室门口", ("room", "402室")),
        ("Room 402 was locked", ("room", "Room 402")),
        ("in Building 3 nearby", ("room", "Building 3")),
        ("2026年6月13日检查", ("date", "2026年6月13日")),
        ("六月十三日检查", ("date", "六月十三日")),
        ("2026/06/13检查", ("date", "2026/06/13")),
        ("it was on 13 June 2026 that", ("date", "on 13 June 2026")),
        ("since June 13th, it", ("date", "June 13th")),
        ("罚款12,000元", ("money", "12,000元")),
        ("罚款1.2万元", ("money", "1.2万元")),
        ("罚款一万二千元", ("money", "一万二千元")),
        ("fined 8,000 yuan for it", ("money", "8,000 yuan")),
        ("负责人张某说", ("person", "张某")),
        ("负责人王经理", ("person", "王经理")),
        ("said Mr. Wang there", ("person", "Mr. Wang")),
        ("演示路12号的仓库", ("address", "演示路12号")),
        ("at 12 Xingfu Road there", ("address", "12 Xingfu Road")),
        ("山西虚构物流有限公司仓库", ("unit", "山西虚构物流有限公司")),
        ("Fictional Logistics Co., Ltd. stored", ("unit", "Fictional Logistics Co., Ltd")),
    ],
)
def test_what_singles_somebody_out_is_found_at_its_place(text: str, expected: tuple[str, str]) -> None:
    assert expected in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "疏散楼梯二层至三层平台堆放纸箱，最窄处仅容一人侧身通过。",
        "某商场在6月的检查中被发现两处问题，次日复查合格。",
        "该楼共18层，一层至三层为商业。",
        "处五千元以上五万元以下罚款。",
        "罚款一千元以下，或者十万元以上。",
        "工作人员称某些通道平时上锁，某单位已整改。",
        "A mall's lining of cardboard filled the stair in June; it was fined from 5,000 to 10,000 yuan.",
        "Units on the third floor were warned. The building has two exits.",
        "消防车通道宽四米，转弯半径九米。",
    ],
)
def test_what_a_lesson_needs_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_a_statute_has_its_own_day_and_bands_but_no_phone_and_no_exact_fine() -> None:
    law = "自2026年5月1日起施行，处五百元以上五千元以下罚款；"
    assert found(law) == []
    assert found(law + "罚款3500元，咨询13900000001") == [("money", "3500元"), ("mobile", "13900000001")]
    assert {kind for kind, _said in found("3号楼2单元501，2026年11月10日，罚款3500元")} == {"room", "date", "money"}


@given(st.text(max_size=120))
def test_findings_lie_in_the_text_in_order_and_apart(text: str) -> None:
    end = 0
    for finding in find_everything(text, WORDS):
        assert end <= finding.start < finding.end <= len(text)
        end = finding.end


@given(
    st.text(alphabet="，。的在内外a1 ", max_size=12),
    st.sampled_from(["周晓峰", "示例餐饮"]),
    st.sampled_from(["", " ", "\u3000", "\u200b", "\n"]),
)
def test_a_name_is_found_however_it_is_spaced(before: str, name: str, gap: str) -> None:
    text = before + gap.join(name) + "的"
    assert any(item.start <= len(before) and item.end >= len(text) - 1 for item in find_everything(text, WORDS))


@given(st.text(max_size=60))
def test_squeezing_is_what_the_register_is_searched_with(text: str) -> None:
    assert not any(letter.isspace() for letter in squeeze(text))
    assert squeeze(squeeze(text)) == squeeze(text)


@given(
    st.sampled_from(
        [
            "示例餐饮",
            "周晓峰",
            "3号楼2单元",
            "6月13日",
            "2026-06-13",
            "8000元",
            "伍仟元",
            "全市最大的商场",
            "旺角便利店",
            "负责人张伟",
            "3号楼",
            "国庆节当天",
            "张某",
            "幸福路12号",
            "晋C12345",
            "13900000001",
        ]
    )
)
def test_what_is_suggested_would_pass(said: str) -> None:
    for finding in find_everything(said, WORDS):
        instead = suggest(finding.kind, said[finding.start : finding.end], "zh-CN", venue="农贸市场", city="阳泉市")
        assert find_everything(f"检查发现，{instead}楼梯堆物。", WORDS) == []


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("8000元", 8000),
        ("12,000元", 12000),
        ("1.2万元", 12000),
        ("一万二千元", 12000),
        ("五百元", 500),
        ("十二万元", 120000),
    ],
)
def test_amounts_are_understood_in_digits_and_numerals(text: str, amount: float) -> None:
    assert amount_of(text) == pytest.approx(amount)


@pytest.mark.parametrize(
    ("text", "month"), [("6月13日", 6), ("十二月一日", 12), ("2026-06-13", 6), ("June 13th", 6), ("x", None)]
)
def test_a_day_becomes_its_month(text: str, month: int | None) -> None:
    assert month_of(text) == month


def test_a_text_in_a_picture_may_name_a_day_but_nobody() -> None:
    assert reasons("2026年6月13日 巡检记录", WORDS) == []
    assert reasons("巡检人：周晓峰 电话13900000001", WORDS) == ["mobile", "staff"]
