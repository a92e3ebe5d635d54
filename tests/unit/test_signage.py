"""Which texts in a picture are safety signs and stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.signage import is_safety_sign

SIGNS = (
    "安全出口", "安全出口 EXIT", "EXIT", "→ 安全出口", "疏散通道 禁止占用", "消防通道 严禁堆放杂物", "灭火器",
    "灭火器箱 FIRE EXTINGUISHER",
    "消火栓", "火警119", "火警 119", "常闭式防火门 请保持关闭", "禁止停放电动自行车", "消防车道 禁止停车",
    "Fire door keep shut",
    "2F 安全出口",
    "安　全　出　口", "ＥＸＩＴ", "禁止吸烟 NO SMOKING", "消防登高操作场地 禁止占用", "应急照明",
)  # fmt: skip


@pytest.mark.parametrize("text", SIGNS)
def test_a_safety_sign_stays(text: str) -> None:
    assert is_safety_sign(text)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "→", "2F", "老街面馆", "安全出口 老街面馆", "消防安全责任人 周晓峰", "火警119 13900000001",
        "EXIT Li Na", "301", "晋C12345", "内", "the", "张", "119室", "灭火器 B3-1207",
    ],
)  # fmt: skip
def test_anything_else_is_masked(text: str) -> None:
    assert not is_safety_sign(text)


@given(st.sampled_from(SIGNS), st.text(alphabet="王李周晓峰店馆楼号0123456789xyz", min_size=3, max_size=8))
def test_a_sign_with_a_name_or_a_number_beside_it_is_no_sign(sign: str, name: str) -> None:
    assert not is_safety_sign(f"{sign} {name}店")
