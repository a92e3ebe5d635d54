"""Rows of somebody's table become rows of ours, or sentences that say what is wrong with each."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from schemas.imports import ROWS, ImportRow
from service.domain.import_columns import COLUMNS, Column, Kind, heading_key
from service.domain.import_values import is_blank
from service.i18n import Language, find, translate
from service.problems import Problem

HEADING_WITHIN: Final = 10
"""A title and a line of notes may stand above the headings; further down nobody looks for them."""
ERROR_HEADINGS: Final = {"zh-CN": "错误", "en": "Error"}
_ERROR_KEYS: Final = {*map(heading_key, ERROR_HEADINGS.values()), heading_key("错误/Error")}


@dataclass(frozen=True, slots=True)
class Line:
    """One row as it was found; `number` is what the person sees beside it, from 1."""

    number: int
    cells: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below their headings, in any format. Blank rows are left out."""

    headings: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with one row; `field` is None when it is the whole row."""

    number: int
    field: str | None
    problem: Problem


@dataclass(slots=True)
class Reading:
    """The rows that could be read, each with its number, and every mistake found so far."""

    kind: Kind
    fields: frozenset[str]
    """The columns that the table has: what it has no column for stays as it is."""
    rows: list[tuple[int, Any]] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)

    def refuse(self, number: int, column: str | None, problem: Problem) -> None:
        """Keeps a mistake; all of them are told at once."""
        self.mistakes.append(Mistake(number, column, problem))

    @property
    def wrong(self) -> set[int]:
        """The numbers of the rows with a mistake."""
        return {mistake.number for mistake in self.mistakes}


def has_headings(kind: Kind, cells: Sequence[object]) -> bool:
    """Whether these cells are the headings of a table of this kind: all columns that must be there are."""
    keys = {heading_key(str(cell)) for cell in cells if not is_blank(cell)}
    return all(keys & column.keys for column in COLUMNS[kind] if column.required)


def columns_of(kind: Kind, headings: Sequence[str]) -> list[Column | None]:
    """The column of each heading, None for the one of an error sheet and for blank ones.

    422 `import.column_unknown`, since a misspelled column must not be lost silently, `import.column_repeated`,
    `import.column_missing`.
    """
    by_key = {key: column for column in COLUMNS[kind] for key in column.keys}
    found: list[Column | None] = []
    unknown = []
    for heading in headings:
        key = heading_key(heading)
        column = by_key.get(key)
        if column is None and key and key not in _ERROR_KEYS:
            unknown.append(heading)
        if column is not None and column in found:
            raise Problem("import.column_repeated", column=heading)
        found.append(column)
    if unknown:
        raise Problem("import.column_unknown", columns="、".join(unknown))
    missing = [column for column in COLUMNS[kind] if column.required and column not in found]
    if missing:
        raise Problem("import.column_missing", columns="、".join(f"{column.zh} ({column.en})" for column in missing))
    return found


def read(kind: Kind, table: Table) -> Reading:
    """Every row by itself, then the rows beside each other."""
    columns = columns_of(kind, table.headings)
    reading = Reading(kind, frozenset(column.field for column in columns if column is not None))
    first: dict[tuple[object, ...], int] = {}
    for line in table.lines:
        row = _read_line(reading, columns, line)
        if row is None:
            continue
        if (before := first.setdefault(row.identity(), line.number)) != line.number:
            reading.refuse(line.number, None, Problem("import.row_repeated", row=before))
        else:
            reading.rows.append((line.number, row))
    return reading


def _read_line(reading: Reading, columns: Sequence[Column | None], line: Line) -> ImportRow | None:
    values: dict[str, Any] = {}
    before = len(reading.mistakes)
    for column, cell in zip(columns, line.cells, strict=False):
        if column is None:
            continue
        try:
            value = column.read(cell)
        except Problem as problem:
            reading.refuse(line.number, column.field, problem)
            continue
        if value is not None:
            values[column.field] = value
        elif column.required:
            reading.refuse(line.number, column.field, Problem("import.value_required"))
    if len(reading.mistakes) > before:
        return None
    try:
        return msgspec.convert(values, ROWS[reading.kind])
    except msgspec.ValidationError as error:
        reading.refuse(line.number, None, Problem("import.row_invalid", reason=str(error)))
    except Problem as problem:
        reading.refuse(line.number, None, problem)
    return None


def sentence(kind: Kind, mistake: Mistake, language: Language) -> str:
    """The mistake in words, the column first."""
    code = mistake.problem.code
    text = find(f"problems.{code}.detail", language, **mistake.problem.parameters)
    text = text or translate(f"problems.{code}.title", language)
    if mistake.field is None:
        return text
    column = next(column for column in COLUMNS[kind] if column.field == mistake.field)
    return translate("imports.in_column", language, column=column.heading(language), text=text)


def wrong_rows(kind: Kind, table: Table, mistakes: Sequence[Mistake], language: Language) -> Table:
    """The rows with mistakes as they were, and in a last column what is wrong with each."""
    kept = [index for index, heading in enumerate(table.headings) if heading_key(heading) not in _ERROR_KEYS]
    told: dict[int, list[str]] = {}
    for mistake in mistakes:
        told.setdefault(mistake.number, []).append(sentence(kind, mistake, language))
    lines = []
    for line in table.lines:
        if line.number in told:
            cells = tuple(line.cells[index] if index < len(line.cells) else None for index in kept)
            text = translate("imports.in_row", language, row=line.number, text=" ".join(told[line.number]))
            lines.append(Line(line.number, (*cells, text)))
    return Table((*(table.headings[index] for index in kept), ERROR_HEADINGS[language]), tuple(lines))
