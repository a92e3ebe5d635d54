"""Tables in .xlsx workbooks. Only this room knows openpyxl.

Values are read and formulas never are: what a formula came to when the sheet was last saved is its value. Every text is
written as a text, whatever it begins with.
"""

import re
import warnings
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from io import BytesIO
from typing import Any, Final

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, range_boundaries

from service.domain.import_values import Unreadable, is_blank
from service.domain.imports import HEADING_WITHIN, Line, Table
from service.problems import Problem
from service.reporting.packages import LAST_ROW, MOST_ROWS, Part, inspect

MOST_COLUMNS: Final = 64
_UNWRITABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_HEAD: Final = PatternFill("solid", fgColor="FFDDE7F0")
_WIDEST: Final = 48


def read(content: bytes, is_head: Callable[[Sequence[object]], bool]) -> Table:
    """The one table of a workbook: on a visible sheet, below the first row within HEADING_WITHIN that `is_head` takes.

    422 `import.headings_missing`, `import.sheets_several`, `import.cells_merged`, and what `packages.inspect` refuses;
    413 `import.rows_too_many`.
    """
    parts = inspect(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and extensions, which are not read
            return _read(content, parts, is_head)
    except Problem:
        raise
    except Exception as error:  # whatever a damaged file makes the library raise
        raise Problem("import.workbook_damaged") from error


def _read(content: bytes, parts: dict[str, Part], is_head: Callable[[Sequence[object]], bool]) -> Table:
    workbook = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        found = []
        sheets: list[Any] = list(workbook.worksheets)
        for sheet in sheets:
            if sheet.sheet_state == "visible":
                part = parts.get(sheet._worksheet_path, Part())
                if table := _table_of(sheet, part, is_head):
                    found.append((sheet.title, table))
    finally:
        workbook.close()
    if not found:
        raise Problem("import.headings_missing", rows=HEADING_WITHIN)
    if len(found) > 1:
        raise Problem("import.sheets_several", sheets="、".join(title for title, _ in found))
    return found[0][1]


def _table_of(sheet: Any, part: Part, is_head: Callable[[Sequence[object]], bool]) -> Table | None:
    sheet.reset_dimensions()  # what a sheet says of its own size need not be true
    headings: tuple[str, ...] | None = None
    lines: list[Line] = []
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, max_row=LAST_ROW), 1):
        cells = tuple(_value(cell, part) for cell in row)
        if headings is None:
            if number > HEADING_WITHIN:
                return None
            if is_head(cells):
                headings = tuple("" if is_blank(cell) else str(cell) for cell in cells)
                _refuse_merged(part, number)
        elif not all(map(is_blank, cells)):
            if len(lines) == MOST_ROWS:
                raise Problem("import.rows_too_many", most=MOST_ROWS)
            lines.append(Line(number, cells))
    if headings is None:
        return None
    width = max((index for index, heading in enumerate(headings, 1) if heading), default=0)
    _refuse_beyond(lines, width)
    return Table(headings[:width], tuple(Line(line.number, line.cells[:width]) for line in lines))


def _value(cell: Any, part: Part) -> object:
    value = cell.value
    if value is None:
        coordinate = getattr(cell, "coordinate", None)  # a cell that was never there has none
        return Unreadable() if coordinate in part.uncalculated else None
    if cell.data_type == "e":
        return Unreadable(str(value))
    if isinstance(value, datetime | date | time | str | int | float | bool):
        return value
    return str(value)


def _refuse_merged(part: Part, head: int) -> None:
    """Of merged cells only the first has a value: the rows below it would silently have none."""
    below = [reference for reference in part.merged if (range_boundaries(reference)[3] or LAST_ROW) >= head]
    if below:
        raise Problem("import.cells_merged", ranges="、".join(below[:10]))


def _refuse_beyond(lines: Sequence[Line], width: int) -> None:
    for line in lines:
        for index, cell in enumerate(line.cells[width:], width + 1):
            if not is_blank(cell):
                raise Problem("import.cell_without_heading", cell=f"{get_column_letter(index)}{line.number}")


def write(table: Table, *, title: str, notes: str | None = None) -> bytes:
    """A workbook of one sheet: perhaps a line of notes, the headings, the rows."""
    workbook = Workbook()
    sheet: Any = workbook.active
    sheet.title = title
    head = 1
    if notes is not None:
        _put(sheet, 1, 1, notes)
        sheet.cell(1, 1).font = Font(italic=True)
        head = 2
    for column, heading in enumerate(table.headings, 1):
        _put(sheet, head, column, heading)
        sheet.cell(head, column).font = Font(bold=True)
        sheet.cell(head, column).fill = _HEAD
        sheet.column_dimensions[get_column_letter(column)].width = _width(table, column - 1)
    for row, line in enumerate(table.lines, head + 1):
        for column, cell in enumerate(line.cells, 1):
            _put(sheet, row, column, cell)
    sheet.freeze_panes = f"A{head + 1}"
    written = BytesIO()
    workbook.save(written)
    return written.getvalue()


def _width(table: Table, column: int) -> int:
    cells = [line.cells[column] for line in table.lines[:100] if column < len(line.cells)]
    texts = [table.headings[column], *(str(cell) for cell in cells if cell is not None)]
    # A Chinese character is twice as wide as a digit.
    widths = [sum(2 if ord(character) > 0x2E7F else 1 for character in text) + 2 for text in texts]
    return min(_WIDEST, max(10, *widths))


def _put(sheet: Any, row: int, column: int, value: object) -> None:
    if isinstance(value, Unreadable):
        value = value.shown or None
    if value is None:
        return
    cell = sheet.cell(row, column)
    if not isinstance(value, str):
        cell.value = value
        return
    # Set as a text first: what begins with = would become a formula, and what looks like #N/A an error.
    cell.value = ""
    cell._value = _UNWRITABLE.sub("�", value)[:32_767]
    cell.data_type = "s"
    cell.quotePrefix = value[:1] in ("=", "+", "-", "@")
    cell.alignment = Alignment(vertical="top", wrap_text=len(value) > _WIDEST)
