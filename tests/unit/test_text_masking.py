"""Numbers that lead back to somebody are found however they are written, and ordinary sentences are left alone."""

import re
import time
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.demo.case_stories import CASES, CaseStory
from service.domain.text_findings import Exposure
from service.domain.text_masking import find_exposures

FULL_WIDTH = {ord(digit): chr(ord(digit) + 0xFEE0) for digit in "0123456789"}
GAPS = st.sampled_from(
    ["", *" -－—.·　,，、~～*:：|─", " - ", "\u200b", "\u00ad", "\u2212", "\u2027", "\u2063", "\ufe0f"]
)
NUMERALS: list[dict[int, str]] = [
    dict(zip(map(ord, "0123456789"), written, strict=True))
    for written in ("〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖", "零幺二三四五六七八九")
]
NO_CHANGE: dict[int, str] = {}
WRITINGS = st.sampled_from([NO_CHANGE, FULL_WIDTH, *NUMERALS])
PROSE = st.text(alphabet="疏散通道堆物，检查人员要求清理。三日后复查！ \n", max_size=30)


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("电话13900000001。", Exposure.MOBILE, "13900000001"),
        ("电话１３９ ００００ ０００1", Exposure.MOBILE, "１３９ ００００ ０００1"),
        ("+86 139-0000-0001", Exposure.MOBILE, "+86 139-0000-0001"),
        ("139.0000.0001", Exposure.MOBILE, "139.0000.0001"),
        ("拨0353-2291234", Exposure.LANDLINE, "0353-2291234"),
        ("（0353）229 1234", Exposure.LANDLINE, "0353）229 1234"),
        ("+86 353 2291234", Exposure.LANDLINE, "+86 353 2291234"),
        ("见140302-2026-000123号", Exposure.HAZARD_NUMBER, "140302-2026-000123"),
        ("140302－2026－000123", Exposure.HAZARD_NUMBER, "140302－2026－000123"),
        ("GXQ-2026-000007", Exposure.HAZARD_NUMBER, "GXQ-2026-000007"),
        ("身份证14030219900101123x", Exposure.IDENTITY_NUMBER, "14030219900101123x"),
        ("140302 19900101 1234", Exposure.IDENTITY_NUMBER, "140302 19900101 1234"),
        ("晋C12345停在门口", Exposure.PLATE, "晋C12345"),
        ("晋 C·12345", Exposure.PLATE, "晋 C·12345"),
        ("晋ＣＤ１２３４５", Exposure.PLATE, "晋ＣＤ１２３４５"),
        ("晋c1234学", Exposure.PLATE, "晋c1234学"),
        ("113.5804, 37.8573", Exposure.COORDINATES, "113.5804, 37.8573"),
        ("位于37.8573", Exposure.COORDINATES, "37.8573"),
        ("37°51′", Exposure.COORDINATES, "37°"),
        ("北纬37度", Exposure.COORDINATES, "北纬37"),
        ("91140300MA0K1ABC2X", Exposure.LONG_NUMBER, "91140300MA0K1ABC2X"),
        ("卡号6222020200112345678", Exposure.LONG_NUMBER, "6222020200112345678"),
        ("1\u00ad39\u00ad00000001", Exposure.MOBILE, "1\u00ad39\u00ad00000001"),
        ("139\u22120000\u22120001", Exposure.MOBILE, "139\u22120000\u22120001"),
        ("139、0000，0001", Exposure.MOBILE, "139、0000，0001"),
        ("一三九零零零零零零零一", Exposure.MOBILE, "一三九零零零零零零零一"),
        ("零三五三-二二九一二三四", Exposure.LANDLINE, "零三五三-二二九一二三四"),
        ("010-62345678", Exposure.LANDLINE, "010-62345678"),
        ("（0351）412 3456", Exposure.LANDLINE, "0351）412 3456"),
        ("+86 21 62345678", Exposure.LANDLINE, "+86 21 62345678"),
        ("军A12345", Exposure.PLATE, "军A12345"),
        ("WJ晋12345", Exposure.PLATE, "WJ晋12345"),
        ("WJ01-12345", Exposure.PLATE, "WJ01-12345"),
        ("晋X1234应急", Exposure.PLATE, "晋X1234应急"),
        ("发至a.b@example.com。", Exposure.EMAIL, "a.b@example.com"),
        ("发至ａ＠example．com", Exposure.EMAIL, "ａ＠example．com"),
        ("见https://example.com/a?b=1。", Exposure.URL, "https://example.com/a?b=1"),
        ("见www.example.cn网站", Exposure.URL, "www.example.cn"),
        ("见example.com.cn网站", Exposure.URL, "example.com.cn"),
        ("微信号：zhang_san", Exposure.WECHAT, "微信号：zhang_san"),
        ("加微信zhangsan88", Exposure.WECHAT, "微信zhangsan88"),
        ("加VX abcdef", Exposure.WECHAT, "VX abcdef"),
        ("WeChat: abcdef", Exposure.WECHAT, "WeChat: abcdef"),
        ("01980d2e-5a00-7a3c-9f1e-0c5d2b7e4a11", Exposure.IDENTIFIER, "01980d2e-5a00-7a3c-9f1e-0c5d2b7e4a11"),
    ],
)
def test_a_number_is_found_with_its_place_and_kind(text: str, kind: Exposure, found: str) -> None:
    (finding,) = find_exposures(text)
    assert (finding.kind, text[finding.start : finding.end]) == (kind, found)


@pytest.mark.parametrize(
    "text",
    [
        "《中华人民共和国消防法》第二十八条、第60条第1款第3项",
        "GB 13495.1-2015 5.2.1 与 GB55037-2022 7.1.5；公安部令第61号第31条",
        "2026年6月，罚款5000元至50000元，二层至三层，净宽由0.85米恢复至1.40米",
        "气温25°C，面积37.857平方米，宽1.205 m、高2.105 m",
        "①堆物②电动车③门禁；完成率97.25%，共12处、11处、13处",
        "2026-06-13 08:00 至 2026-06-14 18:00",
        "2026年5月，12处；6月，13处、15处；2026-06-13 08:00、2026-06-14 18:00",
        "抽查1、3、5、7、9、11、13、15层；宽0.85、1.40、0.90、1.20米",
        "符合GB 55037-2022 7.1.5、GB 13495.1-2015 5.2.1，第一、三、五、七项",
        "一九九八年建成，微信群通知，WeChat groups were told",
        "Smoke fills a stair within 2 to 3 minutes; 40 of 44 exits were clear.",
    ],
)
def test_ordinary_sentences_are_left_alone(text: str) -> None:
    assert find_exposures(text) == []


@given(prefix=PROSE, suffix=PROSE, data=st.data())
def test_a_mobile_is_found_wherever_and_however_it_is_written(prefix: str, suffix: str, data: st.DataObject) -> None:
    number = data.draw(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
    written = number[0] + "".join(data.draw(GAPS) + digit for digit in number[1:])
    written = written.translate(data.draw(WRITINGS))
    # Quoted: a numeral of the sentence beside a number in numerals would be one more of its digits.
    prefix, suffix = prefix + "“", "”" + suffix
    text = prefix + written + suffix
    (finding,) = find_exposures(text)
    assert text[finding.start : finding.end] == written
    assert finding.kind in (Exposure.MOBILE, Exposure.COORDINATES)


@given(prefix=PROSE, suffix=PROSE, data=st.data())
def test_an_identity_number_is_found_wherever_and_however_it_is_written(
    prefix: str, suffix: str, data: st.DataObject
) -> None:
    day = data.draw(st.dates(min_value=date(1900, 1, 1)).filter(lambda day: day.year < 2100))
    number = f"140302{day:%Y%m%d}{data.draw(st.integers(0, 999)):03d}{data.draw(st.sampled_from('0123456789Xx'))}"
    written = number[0] + "".join(data.draw(GAPS) + character for character in number[1:])
    written = written.translate(data.draw(WRITINGS))
    prefix, suffix = prefix + "“", "”" + suffix
    text = prefix + written + suffix
    covered = {index for finding in find_exposures(text) for index in range(finding.start, finding.end)}
    assert set(range(len(prefix), len(prefix) + len(written))) <= covered


@pytest.mark.parametrize("story", CASES, ids=lambda story: story.hazard)
def test_the_cases_that_people_read_are_left_alone(story: CaseStory) -> None:
    for texts in (story.content.chinese, story.content.english):
        if texts is not None:
            assert [find_exposures(getattr(texts, field)) for field in texts.__struct_fields__] == [[]] * 5


UNITS = [
    "1",
    "1 ",
    "0-",
    "一、",
    "-",
    " ",
    "*",
    "a.",
    "a@",
    "w j",
    "京a",
    "1.",
    "13、",
    "1度 ",
    "微信",
    "\u00ad1",
    "www.",
]


@pytest.mark.parametrize("unit", UNITS)
def test_a_long_text_of_digits_and_separators_takes_no_longer_than_its_length(unit: str) -> None:
    def seconds(length: int) -> float:
        text = (unit * length)[:length]
        started = time.process_time()
        find_exposures(text)
        return time.process_time() - started

    short = min(seconds(5_000) for _ in range(3))
    # Four times the text: four times as long, sixteen times were it the square.
    assert min(seconds(20_000) for _ in range(3)) < short * 10 + 0.01


@given(prefix=PROSE, suffix=PROSE, data=st.data())
def test_a_hazards_number_and_id_are_found(prefix: str, suffix: str, data: st.DataObject) -> None:
    number = data.draw(st.from_regex(r"[0-9]{6}-20[0-9]{2}-[0-9]{6}", fullmatch=True))
    identifier = data.draw(st.uuids(version=4))
    for written in (number, str(identifier), identifier.hex, str(identifier).upper()):
        text = prefix + written + suffix
        covered = {index for finding in find_exposures(text) for index in range(finding.start, finding.end)}
        assert set(range(len(prefix), len(prefix) + len(written))) <= covered, written


@pytest.mark.parametrize("key", ["db5447a9-7b45-4114-a1b9-1c8375a9dfef", "DB544712-7b45-4114-a1b9-1c8375a9dfef"])
def test_an_id_that_begins_like_a_cited_standard_is_found(key: str) -> None:
    assert [finding.kind for finding in find_exposures(f"见{key}。")] == [Exposure.IDENTIFIER]


@given(latitude=st.floats(30, 42), longitude=st.floats(105, 120), gap=st.sampled_from([",", ", ", "，", " / ", "、"]))
def test_a_position_is_found(latitude: float, longitude: float, gap: str) -> None:
    for text in (f"在{latitude:.5f}{gap}{longitude:.5f}处", f"{longitude:.3f}{gap}{latitude:.3f}"):
        covered = {index for finding in find_exposures(text) for index in range(finding.start, finding.end)}
        assert {index for index, character in enumerate(text) if character.isdigit()} <= covered, text


def test_a_position_that_holds_what_looks_like_a_phone_is_found_whole() -> None:
    text = "在30.86133,105.00000处"
    covered = {index for finding in find_exposures(text) for index in range(finding.start, finding.end)}
    assert covered == set(range(1, len(text) - 1))


@given(st.text(max_size=200))
def test_findings_lie_inside_the_text_in_order_and_apart(text: str) -> None:
    findings = find_exposures(text)
    for before, after in pairwise(findings):
        assert before.end <= after.start
    for finding in findings:
        assert 0 <= finding.start < finding.end <= len(text)


@given(st.text(alphabet="疏散通道堆物检查人员，。！abcxyz ", max_size=200))
def test_a_text_without_digits_exposes_no_number(text: str) -> None:
    kinds = {finding.kind for finding in find_exposures(text)}
    assert not kinds - {Exposure.IDENTIFIER, Exposure.LONG_NUMBER}
    assert not re.search(r"\d", text)


def test_the_longest_text_allowed_is_read_at_once() -> None:
    for text in ("1 " * 1000, "13" * 1000, "晋C" * 1000, "140302-2026-" * 160, "a-" * 1000, "1.2.3." * 333):
        find_exposures(text[:2000])
