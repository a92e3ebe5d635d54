"""Sheets are read as they are meant, and a sheet that means harm or nothing is refused by its name."""

import time
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from service.domain import imports
from service.domain.import_columns import COLUMNS, KINDS, Kind
from service.domain.import_values import Unreadable
from service.domain.imports import Line, Table
from service.problems import Problem
from service.reporting import json_tables, packages, xlsx
from service.workflows import imports as workflow
from tests.workbooks import saved, with_part, with_shared_strings, workbook

HEADINGS = ("单位编码", "单位名称", "上级单位编码")
SHEET = "xl/worksheets/sheet1.xml"


def is_head(cells: Sequence[object]) -> bool:
    return imports.has_headings("organizations", cells)


def read(content: bytes) -> Table:
    return xlsx.read(content, is_head)


def refusal(content: bytes) -> str:
    with pytest.raises(Problem) as problem:
        read(content)
    return problem.value.code


# What is read


def test_rows_below_a_title_and_notes_are_read_with_the_numbers_that_people_see() -> None:
    table = read(workbook(["一张表"], [], HEADINGS, ["1", "one"], [None, "  ", None], ["2", "two", "1"]))
    assert table.headings == HEADINGS
    assert table.lines == (Line(4, ("1", "one", None)), Line(6, ("2", "two", "1")))


def test_hidden_and_empty_sheets_are_not_read() -> None:
    book = Workbook()
    visible: Any = book.active
    visible.append(HEADINGS)
    visible.append(["1", "one"])
    hidden = book.create_sheet("旧")
    hidden.append(HEADINGS)
    hidden.append(["2", "two"])
    hidden.sheet_state = "hidden"
    book.create_sheet("Sheet2")
    assert [line.cells[0] for line in read(saved(book)).lines] == ["1"]
    hidden.sheet_state = "visible"
    assert refusal(saved(book)) == "import.sheets_several"


def test_the_value_of_a_formula_is_read_and_never_the_formula() -> None:
    def calculated(sheet: bytes) -> bytes:
        return sheet.replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>").replace(
            b"<f>1+1</f><v/>", b"<f>1+1</f><v>2</v>"
        )

    content = workbook(HEADINGS, ["=1+1", "one"])
    assert read(content).lines == (Line(2, (Unreadable(), "one", None)),)
    assert read(with_part(content, SHEET, calculated)).lines == (Line(2, (2, "one", None)),)


def test_texts_kept_in_one_place_as_excel_keeps_them_are_read() -> None:
    content = with_shared_strings(workbook(HEADINGS, ["1", " 示例&公司 "]))
    assert read(content).lines == (Line(2, ("1", " 示例&公司 ", None)),)


def test_a_cell_that_shows_an_error_says_which() -> None:
    assert read(workbook(HEADINGS, ["#N/A", "one"])).lines[0].cells[0] == Unreadable("#N/A")


def test_a_sheet_that_lies_about_its_size_is_read_whole() -> None:
    def lying(sheet: bytes) -> bytes:
        return sheet.replace(b'ref="A1:C2"', b'ref="A1:A1"')

    content = workbook(HEADINGS, ["1", "one", "2"])
    assert read(with_part(content, SHEET, lying)).lines == (Line(2, ("1", "one", "2")),)


# What is refused


def test_a_file_that_is_no_workbook_is_told_apart_from_an_old_one() -> None:
    assert refusal(b"code,name\n1,one\n") == "import.file_is_no_workbook"
    assert refusal(b"") == "import.file_is_no_workbook"
    assert refusal(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512)) == "import.file_is_old"
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("word.txt", "hello")
    assert refusal(content.getvalue()) == "import.file_is_no_workbook"


def test_a_workbook_cut_anywhere_or_with_a_flipped_byte_is_never_a_traceback() -> None:
    content = workbook(HEADINGS, *([str(number), "one"] for number in range(50)))
    for length in range(0, len(content), 97):
        assert refusal(content[:length]).startswith("import.")
    for place in range(0, len(content), 61):
        flipped = bytearray(content)
        flipped[place] ^= 0x55
        # A bit of the time stamps may flip unseen; anything else that is raised fails the test.
        with suppress(Problem):
            read(bytes(flipped))


@pytest.mark.parametrize(
    "part", ["[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", SHEET, "xl/sharedStrings.xml"]
)
def test_a_part_that_is_no_xml_or_means_nothing_is_a_damaged_workbook(part: str) -> None:
    content = with_shared_strings(workbook(HEADINGS, ["1", "one"]))
    assert refusal(with_part(content, part, lambda xml: xml[: len(xml) // 2])).startswith("import.")
    assert refusal(with_part(content, part, lambda _: b"<nothing/>")).startswith("import.")


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "docProps/core.xml"])
def test_xml_entities_are_refused_before_anything_expands_them(declaration: str, encoding: str, part: str) -> None:
    def armed(xml: bytes) -> bytes:
        text = xml.decode()
        if text.startswith("<?xml"):
            text = text.partition("?>")[2]
        return f'<?xml version="1.0" encoding="{encoding}"?>{declaration}{text}'.encode(encoding)

    assert refusal(with_part(workbook(HEADINGS, ["1", "one"]), part, armed)) == "import.workbook_has_entities"


def test_a_zip_bomb_is_refused_by_its_size_unpacked_without_unpacking_it() -> None:
    content = workbook(HEADINGS, ["1", "one"])
    bomb = with_part(content, "xl/media/picture.png", lambda _: bytes(packages.MOST_BYTES_UNPACKED))
    assert len(bomb) < 1024 * 1024
    began = time.monotonic()
    assert refusal(bomb) == "import.workbook_too_large"
    assert time.monotonic() - began < 2


def test_too_many_elements_and_too_deep_ones_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = workbook(HEADINGS, ["1", "one"])
    assert refusal(with_part(content, SHEET, lambda _: b"<a>" * 200_000)) == "import.workbook_damaged"
    monkeypatch.setattr(packages, "MOST_ELEMENTS", 1000)
    many = b"<worksheet>" + b"<a/>" * 1001 + b"</worksheet>"
    assert refusal(with_part(content, SHEET, lambda _: many)) == "import.workbook_too_large"


def test_a_row_at_the_end_of_the_world_costs_no_memory() -> None:
    def far(sheet: bytes) -> bytes:
        return sheet.replace(b'<row r="2"', b'<row r="99999999999"')

    assert refusal(with_part(workbook(HEADINGS, ["1", "one"]), SHEET, far)) == "import.workbook_damaged"


def test_more_rows_than_one_file_may_have_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)
    content = workbook(HEADINGS, *([str(number), "one"] for number in range(4)))
    assert refusal(content) == "import.rows_too_many"


def test_merged_cells_among_the_rows_are_refused_and_a_merged_title_is_not() -> None:
    rows = (["标题"], HEADINGS, ["1", "one"], ["2", None])
    assert len(read(workbook(*rows, change=lambda sheet: sheet.merge_cells("A1:C1"))).lines) == 2
    assert refusal(workbook(*rows, change=lambda sheet: sheet.merge_cells("B3:B4"))) == "import.cells_merged"


def test_a_cell_beside_the_table_and_a_sheet_without_headings_are_refused() -> None:
    assert refusal(workbook(HEADINGS, ["1", "one", None, "note"])) == "import.cell_without_heading"
    assert refusal(workbook(["a", "b"], ["1", "one"])) == "import.headings_missing"
    assert refusal(workbook(*([None] * 3 for _ in range(10)), HEADINGS)) == "import.headings_missing"


# What is written


def test_a_text_that_begins_like_a_formula_is_written_as_a_text() -> None:
    written = xlsx.write(Table(("A",), (Line(1, ("=HYPERLINK(1)",)), Line(2, ("+1",)), Line(3, ("#N/A",)))), title="x")
    sheet: Any = load_workbook(BytesIO(written)).active
    assert [(cell.data_type, cell.value) for (cell,) in sheet.iter_rows(min_row=2)] == [
        ("s", "=HYPERLINK(1)"),
        ("s", "+1"),
        ("s", "#N/A"),
    ]
    assert sheet["A2"].quotePrefix


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "areas"])
def test_a_template_has_all_columns_and_notes_and_is_read_as_an_empty_table(kind: Kind, language: Any) -> None:
    content = workflow.template(kind, language)
    table = xlsx.read(content, lambda cells: imports.has_headings(kind, cells))
    assert imports.columns_of(kind, table.headings) == list(COLUMNS[kind])
    assert table.lines == ()
    sheet: Any = load_workbook(BytesIO(content)).active
    assert len(sheet["A1"].value) > 20


CHARACTERS = st.characters(exclude_categories=["C"], exclude_characters="_")
NAMES = st.text(CHARACTERS, min_size=1, max_size=60).map(lambda text: " ".join(text.split())).filter(bool)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "code": st.from_regex(r"[A-Za-z0-9-]{1,32}", fullmatch=True),
            "name": NAMES,
            "parent": st.none() | st.from_regex(r"[A-Za-z0-9-]{1,32}", fullmatch=True),
        }
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda row: row["code"],
)


@given(rows=ROWS)
@settings(max_examples=60, deadline=None)
def test_rows_written_to_a_sheet_and_to_json_are_read_back_as_they_were(rows: list[dict[str, Any]]) -> None:
    lines = tuple(Line(number, (row["code"], row["name"], row["parent"])) for number, row in enumerate(rows, 2))
    table = Table(HEADINGS, lines)
    meant = imports.read("organizations", table)
    again = read(xlsx.write(table, title="单位"))
    assert imports.read("organizations", again).rows == meant.rows
    as_json = json_tables.read(json_tables.write(table))
    assert [row for _, row in imports.read("organizations", as_json).rows] == [row for _, row in meant.rows]


@given(days=st.lists(st.dates(date(1970, 1, 1), date(2199, 12, 31)), min_size=1, max_size=10, unique=True))
@settings(max_examples=40, deadline=None)
def test_dates_written_as_dates_are_read_back_as_they_were(days: list[date]) -> None:
    content = workbook(["日期", "类型"], *([datetime(day.year, day.month, day.day), "放假"] for day in days))  # noqa: DTZ001
    table = xlsx.read(content, lambda cells: imports.has_headings("calendar", cells))
    assert [row.day for _, row in imports.read("calendar", table).rows] == days


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe[", "import.encoding_wrong"),
        ("[{'code': 1}]".encode("gb18030"), "import.json_invalid"),
        (b"[", "import.json_invalid"),
        (b"[" * 100_000, "import.json_invalid"),
        (b"{}", "import.json_no_rows"),
        (b"[1]", "import.json_no_rows"),
    ],
)
def test_json_that_is_no_table_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Problem) as problem:
        json_tables.read(content)
    assert problem.value.code == code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"[]", "import.no_features"),
        (b'{"features": [1]}', "import.no_features"),
        (b'{"features": [], "crs": {"properties": {"name": "EPSG:3857"}}}', "import.datum_wrong"),
    ],
)
def test_geojson_that_has_no_areas_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Problem) as problem:
        json_tables.read_features(content)
    assert problem.value.code == code
