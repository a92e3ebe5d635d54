"""What people write into a cell, and what is meant; whole rows, and every mistake in them at once."""

from datetime import date, datetime, time
from typing import Any

import pytest

from service.domain import import_values as values
from service.domain import imports
from service.domain.import_columns import COLUMNS, KINDS, heading_key
from service.domain.import_values import Unreadable
from service.domain.imports import Line, Table
from service.problems import Problem

CODE = values.code(r"[A-Za-z0-9-]{1,32}")


def refusal(read: values.Reader, cell: object) -> str:
    with pytest.raises(Problem) as problem:
        read(cell)
    return problem.value.code


@pytest.mark.parametrize(
    "cell", ["1001", " 1001\n", "１００１", "1001.0", 1001, 1001.0, "　1001　", "\ufeff1001\u200b", "１００１．０"]
)
def test_one_code_written_in_many_ways_is_one_code(cell: object) -> None:
    assert CODE(cell) == "1001"


@pytest.mark.parametrize("cell", [None, "", "  ", "　", "\u200b", "\n"])
@pytest.mark.parametrize("read", [CODE, values.text(9), values.integer(0, 9), values.day, values.yes_or_no])
def test_a_blank_cell_is_no_value(read: values.Reader, cell: object) -> None:
    assert read(cell) is None


@pytest.mark.parametrize(
    ("read", "cell", "code"),
    [
        (CODE, "a b", "import.code_invalid"),
        (CODE, "=1+1", "import.code_invalid"),
        (CODE, "x" * 33, "import.code_invalid"),
        (CODE, 1e15, "import.number_imprecise"),
        (CODE, float("inf"), "import.number_invalid"),
        (CODE, ["1001"], "import.text_invalid"),
        (CODE, date(2026, 3, 5), "import.text_is_date"),
        (CODE, Unreadable(), "import.formula_without_value"),
        (CODE, Unreadable("#N/A"), "import.cell_error"),
        (values.text(3), "四个字吗", "import.text_too_long"),
        (values.text(3), "a\x00b", "import.text_invalid"),
        (values.text(30), datetime(2026, 3, 5), "import.text_is_date"),  # noqa: DTZ001
        (values.integer(0, 9), "eleven", "import.number_invalid"),
        (values.integer(0, 9), True, "import.number_invalid"),
        (values.integer(0, 9), "1.5", "import.number_not_whole"),
        (values.integer(0, 9), 10, "import.number_out_of_range"),
        (values.decimal(-90, 90), "90.1", "import.number_out_of_range"),
        (values.decimal(-90, 90), "1e999", "import.number_invalid"),
        (values.decimal(-90, 90), "nan", "import.number_invalid"),
        (values.day, "2026-02-30", "import.date_invalid"),
        (values.day, "5.6.2026", "import.date_invalid"),
        (values.day, 46023, "import.date_invalid"),
        (values.day, "0026-01-01", "import.date_invalid"),
        (values.day, datetime(2026, 3, 5, 14, 0), "import.date_invalid"),  # noqa: DTZ001
        (values.day, time(14, 0), "import.date_invalid"),
        (values.yes_or_no, "maybe", "import.not_yes_or_no"),
        (values.choice({"a": "b"}), "c", "import.choice_unknown"),
        (values.codes("[A-Z]+"), "A, b", "import.code_invalid"),
        (values.codes("[A-Z]+"), ["A", None], "import.code_invalid"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_name(read: values.Reader, cell: object, code: str) -> None:
    assert refusal(read, cell) == code


@pytest.mark.parametrize(
    "cell",
    ["2026-06-05", "2026/6/5", "2026.6.5", "2026年6月5日", "20260605", 20260605, "２０２６-６-５",
     "2026-06-05 00:00:00", date(2026, 6, 5), datetime(2026, 6, 5)],  # noqa: DTZ001
)  # fmt: skip
def test_a_date_is_read_however_it_is_written(cell: object) -> None:
    assert values.day(cell) == date(2026, 6, 5)


def test_lists_in_a_cell_part_at_any_of_the_usual_marks_and_full_width_brackets_are_brackets() -> None:
    read = values.codes(r"[A-Z0-9()]+")
    assert read("XF28，XF60（3）;AQ42、XF28") == ["XF28", "XF60(3)", "AQ42"]
    assert read(["XF28", "XF60(3)"]) == ["XF28", "XF60(3)"]
    assert read("") == []


def test_a_name_keeps_its_punctuation_and_loses_blanks_around_and_breaks_within() -> None:
    assert values.text(50)(" 阳泉市（示例）\n 商厦 ") == "阳泉市（示例） 商厦"


def test_no_two_columns_of_a_table_share_a_heading() -> None:
    for kind in KINDS:
        keys = [key for column in COLUMNS[kind] for key in column.keys]
        assert len(keys) == len(set(keys)), kind


@pytest.mark.parametrize("heading", ["类别码", " 类 别 码 *", "Code", "CODE", "code*", "Ｃｏｄｅ（必填）"])
def test_headings_are_known_in_both_languages(heading: str) -> None:
    assert heading_key(heading) in COLUMNS["categories"][0].keys


def organizations(*rows: tuple[Any, ...]) -> imports.Reading:
    lines = tuple(Line(number, row) for number, row in enumerate(rows, 2))
    return imports.read("organizations", Table(("单位编码", "Name", "上级单位编码"), lines))


def test_every_mistake_of_every_row_is_told_not_only_the_first() -> None:
    reading = organizations(("a b", None, "c d"), ("1", "one", None), ("2", "x" * 101, None), ("１", "again", None))
    assert [(mistake.number, mistake.field, mistake.problem.code) for mistake in reading.mistakes] == [
        (2, "code", "import.code_invalid"),
        (2, "name", "import.value_required"),
        (2, "parent", "import.code_invalid"),
        (4, "name", "import.text_too_long"),
        (5, None, "import.row_repeated"),
    ]
    assert [number for number, _ in reading.rows] == [3]
    assert reading.mistakes[-1].problem.parameters == {"row": 3}


@pytest.mark.parametrize(
    ("headings", "code"),
    [
        (("单位编码",), "import.column_missing"),
        (("单位编码", "单位名称", "上及"), "import.column_unknown"),
        (("单位编码", "单位名称", "Name"), "import.column_repeated"),
    ],
)
def test_headings_that_do_not_fit_are_refused(headings: tuple[str, ...], code: str) -> None:
    with pytest.raises(Problem) as problem:
        imports.read("organizations", Table(headings, ()))
    assert problem.value.code == code


def test_the_wrong_rows_come_back_whole_with_their_number_and_all_their_mistakes() -> None:
    table = Table(("单位编码", "Name", "错误"), (Line(7, ("a b", " ", "old")), Line(8, ("1", "one", ""))))
    reading = imports.read("organizations", table)
    english = imports.wrong_rows("organizations", table, reading.mistakes, "en")
    assert english.headings == ("单位编码", "Name", "Error")
    [line] = english.lines
    assert line.cells[:2] == ("a b", " ")
    assert str(line.cells[2]).startswith("Row 7: Code: The code a b has")
    assert "Name: This must be filled in." in str(line.cells[2])
    chinese = imports.wrong_rows("organizations", table, reading.mistakes, "zh-CN")
    assert chinese.headings[-1] == "错误"
    assert str(chinese.lines[0].cells[2]).startswith("第 7 行：单位编码：")
    # What comes back is read again.
    assert not imports.read("organizations", Table(english.headings, (Line(2, ("1", "one", "Row 7: ...")),))).mistakes
