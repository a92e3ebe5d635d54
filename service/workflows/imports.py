"""Bringing in reference data: one table, one transaction, all of it or nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import Any, Final

from schemas.imports import ImportCounts
from service.domain import imports
from service.domain.boundaries import Boundary, from_geojson
from service.domain.import_columns import COLUMNS, Kind
from service.domain.imports import ERROR_HEADINGS, Reading, Table
from service.i18n import Language, translate
from service.problems import Problem
from service.reporting import json_tables, xlsx
from service.repositories import editions, registers
from service.workflows import accounts, import_catalogue, import_people, import_places
from service.workflows.context import Context
from service.workflows.import_changes import Change

_BRING_IN: Final[dict[Kind, Callable[[Change], Awaitable[None]]]] = {
    "categories": import_catalogue.bring_in_categories,
    "clauses": import_catalogue.bring_in_clauses,
    "organizations": import_people.bring_in_organizations,
    "accounts": import_people.bring_in_accounts,
    "premises": import_places.bring_in_premises,
    "checkpoints": import_places.bring_in_checkpoints,
    "areas": import_places.bring_in_areas,
    "calendar": import_catalogue.bring_in_calendar,
}
_NOBODY_SIGNS_IN: Final = "!"
"""Stands for the hash of a password in a dry run."""


@dataclass(slots=True)
class Source:
    """A file as it was read. `features` are those of GeoJSON."""

    reading: Reading
    table: Table
    suffix: str
    features: list[Any] = field(default_factory=list)
    boundaries: dict[int, Boundary] = field(default_factory=dict)


class _Undone(Exception):
    """Ends the transaction of a dry run."""


def read(kind: Kind, filename: str, content: bytes) -> Source:
    """The rows of a file by its name's ending. Mistakes of rows are in the reading; a file that cannot be read at all
    is a problem `import.*`.
    """
    suffix = PurePath(filename).suffix.lower()
    if kind == "areas":
        if suffix not in (".json", ".geojson"):
            raise Problem("import.geojson_expected")
        return _read_areas(content)
    if suffix == ".xlsx":
        table = xlsx.read(content, lambda cells: imports.has_headings(kind, cells))
    elif suffix == ".json":
        table = json_tables.read(content)
    else:
        raise Problem("import.format_unknown", suffix=suffix or filename)
    if not table.lines:
        raise Problem("import.no_rows")
    return Source(imports.read(kind, table), table, suffix)


def _read_areas(content: bytes) -> Source:
    table, features = json_tables.read_features(content)
    if not table.lines:
        raise Problem("import.no_rows")
    source = Source(imports.read("areas", table), table, ".json", features)
    for number, feature in enumerate(features, 1):
        try:
            source.boundaries[number] = from_geojson(feature.get("geometry"))
        except Problem as problem:
            source.reading.refuse(number, None, problem)
    return source


async def new_accounts(context: Context, source: Source) -> list[str]:
    """The accounts that an import would make, in the order of its rows."""
    if source.reading.kind != "accounts":
        return []
    named = dict.fromkeys(row.account for _, row in source.reading.rows)
    async with context.database.connection() as connection:
        known = await registers.people(connection, named)
    return [account for account in named if account not in known]


async def bring_in(
    context: Context, source: Source, *, passwords: dict[str, str], dry_run: bool, now: datetime
) -> ImportCounts:
    """Writes all rows in one transaction, or none. Called from the command line only.

    `passwords` has one for each account that `new_accounts` names. 422 `import.rows_wrong` when a row has a mistake;
    all mistakes are then in the reading.
    """
    # Hashing takes a while on purpose; what is not going to be written needs none.
    hashes = await _hashes(passwords, dry_run or bool(source.reading.mistakes))
    try:
        async with context.database.transaction() as connection:
            await editions.take_turn(connection)
            if await registers.people(connection, passwords):
                # Their passwords were drawn by whoever brought them in first; ours would open nothing.
                raise Problem("import.accounts_made_meanwhile")
            change = Change(connection, _writable(source), now, hashes, source.boundaries)
            await _BRING_IN[source.reading.kind](change)
            if source.reading.mistakes:
                raise Problem("import.rows_wrong", rows=len(source.reading.wrong))
            if dry_run:
                raise _Undone
    except _Undone:
        pass
    return change.counts()


def _writable(source: Source) -> Reading:
    """The reading without rows that have a mistake already, its list of mistakes the same one."""
    wrong = source.reading.wrong
    rows = [(number, row) for number, row in source.reading.rows if number not in wrong]
    return Reading(source.reading.kind, source.reading.fields, rows, source.reading.mistakes)


async def _hashes(passwords: dict[str, str], never_written: bool) -> dict[str, str]:
    if never_written:
        return dict.fromkeys(passwords, _NOBODY_SIGNS_IN)
    found = await asyncio.gather(*map(accounts.hash_password, passwords.values()))
    return dict(zip(passwords, found, strict=True))


def error_file(source: Source, language: Language) -> tuple[str, bytes]:
    """The wrong rows with what is wrong with each, to be mended and imported: ending of the name, and content."""
    wrong = imports.wrong_rows(source.reading.kind, source.table, source.reading.mistakes, language)
    if source.features:
        errors = {line.number: str(line.cells[-1]) for line in wrong.lines}
        return ".json", json_tables.write_features(source.features, errors, ERROR_HEADINGS[language])
    if source.suffix == ".json":
        return ".json", json_tables.write(wrong)
    return ".xlsx", xlsx.write(wrong, title=ERROR_HEADINGS[language])


def template(kind: Kind, language: Language) -> bytes:
    """An empty sheet with the headings of a kind and a line of notes. 422 `import.geojson_expected` for areas."""
    if kind == "areas":
        raise Problem("import.geojson_expected")
    columns = COLUMNS[kind]
    headings = tuple(f"{column.heading(language)}{'*' if column.required else ''}" for column in columns)
    notes = " ".join((translate("imports.notes.all", language), translate(f"imports.notes.{kind}", language)))
    return xlsx.write(Table(headings, ()), title=translate(f"imports.kind.{kind}", language), notes=notes)


def lines_of_mistakes(source: Source, language: Language, most: int) -> Iterable[str]:
    """The first mistakes in words, a line each."""
    ordered = sorted(source.reading.mistakes, key=lambda mistake: mistake.number)
    for mistake in ordered[:most]:
        text = imports.sentence(source.reading.kind, mistake, language)
        yield translate("imports.in_row", language, row=mistake.number, text=text)
