"""Categories, legal clauses and the calendar from a table.

What a category is has editions with a first day each. An edition that a hazard is of is never written anew: a table
that changes it begins another.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

import msgspec

from schemas.calendars import CalendarDay
from schemas.catalogue import CategoryEdition, LegalClause
from schemas.imports import CalendarRow, CategoryRow, ClauseRow
from service.domain.hazards import CHINA_TIME
from service.problems import Problem
from service.repositories import calendars, categories, editions, legal_clauses
from service.workflows.calendars import published
from service.workflows.import_changes import Change, named_id

_WORKDAY = "workday"


async def bring_in_categories(change: Change) -> None:
    """A row that says what holds on its first day anyway changes nothing, whatever edition says so."""
    clauses = await editions.clauses(change.connection)
    rows: list[tuple[int, CategoryRow]] = change.reading.rows
    for number, row in sorted(rows, key=lambda item: item[1].valid_from):
        unknown = [key for key in row.basis if not any(clause.key == key and _holds(clause, row) for clause in clauses)]
        if unknown:
            change.unknown(number, "basis", "、".join(unknown))
            continue
        try:
            outcome = await _bring_in_edition(change, _wanted_edition(change, row))
        except Problem as problem:
            change.reading.refuse(number, "valid_from", problem)
        else:
            change.count(outcome)


def _holds(clause: LegalClause, row: CategoryRow) -> bool:
    return clause.valid_until is None or clause.valid_until > row.valid_from


def _wanted_edition(change: Change, row: CategoryRow) -> CategoryEdition:
    return CategoryEdition(
        code=row.code,
        name_zh=row.name_zh,
        name_en=row.name_en,
        priority=row.priority,
        major_candidate=row.major_candidate,
        basis=row.basis,
        days=row.days,
        valid_from=row.valid_from,
        valid_until=None,
    )


def _content(edition: CategoryEdition) -> dict[str, Any]:
    told = msgspec.structs.asdict(edition)
    return {name: told[name] for name in ("name_zh", "name_en", "priority", "major_candidate", "basis", "days")}


async def _bring_in_edition(change: Change, wanted: CategoryEdition) -> Any:
    """422 `import.edition_older`, `import.edition_used`."""
    connection = change.connection
    present = await categories.edition_on(connection, wanted.code, wanted.valid_from)
    if present is not None and _content(present) == _content(wanted):
        return "unchanged"
    newest = await editions.newest(connection, wanted.code)
    if newest is not None and wanted.valid_from < newest:
        raise Problem("import.edition_older", category=wanted.code, newest=newest.isoformat())
    if present is not None:
        # An edition that begins on that very day is written anew, so no hazard at all may be of it; one that began
        # before ends there, so no hazard found since then may be of it.
        since = None if present.valid_from == wanted.valid_from else _beginning(wanted.valid_from)
        if await editions.is_used(connection, wanted.code, present.valid_from, since):
            raise Problem("import.edition_used", category=wanted.code, day=wanted.valid_from.isoformat())
    await categories.upsert(connection, wanted)
    body = {**_content(wanted), "code": wanted.code, "valid_from": wanted.valid_from.isoformat()}
    await change.tell("category", named_id("category", wanted.code), "edition_begun", body)
    return "added" if newest is None else "changed"


def _beginning(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA_TIME)


@dataclass(frozen=True, slots=True)
class _Known:
    """The editions of one clause, oldest first."""

    editions: list[LegalClause]

    def on(self, day: date) -> LegalClause | None:
        """The edition that holds on a day."""
        return next(
            (
                clause
                for clause in reversed(self.editions)
                if clause.valid_from <= day and (clause.valid_until is None or clause.valid_until > day)
            ),
            None,
        )


async def bring_in_clauses(change: Change) -> None:
    """A clause that changes on a day begins an edition on it, and so does every category that cites it."""
    rows: list[tuple[int, ClauseRow]] = change.reading.rows
    known: dict[str, list[LegalClause]] = {}
    for clause in await editions.clauses(change.connection):
        known.setdefault(clause.key, []).append(clause)
    for number, row in sorted(rows, key=lambda item: item[1].valid_from):
        before = known.setdefault(row.key, [])
        present = _Known(before).on(row.valid_from)
        wanted = _wanted_clause(row, present)
        if (
            present is not None
            and msgspec.structs.replace(wanted, valid_from=present.valid_from, valid_until=present.valid_until)
            == present
        ):
            change.count("unchanged")
            continue
        try:
            await _bring_in_clause(change, wanted, before, present)
        except Problem as problem:
            change.reading.refuse(number, "valid_from", problem)
            continue
        change.count("changed" if before else "added")
        known[row.key] = [clause for clause in before if clause.valid_from != wanted.valid_from] + [wanted]


def _wanted_clause(row: ClauseRow, present: LegalClause | None) -> LegalClause:
    # A summary that the table leaves out stays.
    zh, en = (present.summary_zh, present.summary_en) if present else ("", "")
    return msgspec.convert(
        {
            "key": row.key,
            "title_zh": row.title_zh,
            "title_en": row.title_en,
            "summary_zh": zh if row.summary_zh is None else row.summary_zh,
            "summary_en": en if row.summary_en is None else row.summary_en,
            "penalty_authority": row.penalty_authority,
            "valid_from": row.valid_from,
            "valid_until": None,
        },
        LegalClause,
    )


async def _bring_in_clause(
    change: Change, wanted: LegalClause, before: list[LegalClause], present: LegalClause | None
) -> None:
    connection = change.connection
    if before and wanted.valid_from < before[-1].valid_from:
        raise Problem("import.edition_older", category=wanted.key, newest=before[-1].valid_from.isoformat())
    written_anew = present is not None and present.valid_from == wanted.valid_from
    for code, valid_from in await editions.citing(connection, wanted.key, wanted.valid_from):
        since = None if written_anew or valid_from >= wanted.valid_from else _beginning(wanted.valid_from)
        if await editions.is_used(connection, code, valid_from, since):
            raise Problem("import.edition_used", category=code, day=wanted.valid_from.isoformat())
        if present is not None and not written_anew and valid_from < wanted.valid_from:
            await _renew(change, code, valid_from, wanted.valid_from)
    await legal_clauses.upsert(connection, wanted)
    body = {"key": wanted.key, "valid_from": wanted.valid_from.isoformat(), "title_zh": wanted.title_zh}
    await change.tell("category", named_id("category", f"clause {wanted.key}"), "clause_begun", body)


async def _renew(change: Change, code: str, valid_from: date, day: date) -> None:
    """Begins an edition of the category that says the same and cites the clause as it is from that day on."""
    edition = await categories.by_edition(change.connection, code, valid_from)
    if edition is None or (edition.valid_until is not None):
        return
    fields = {name: getattr(edition, name) for name in CategoryEdition.__struct_fields__}
    await categories.upsert(change.connection, CategoryEdition(**{**fields, "valid_from": day, "valid_until": None}))
    body = {**_content(edition), "code": code, "valid_from": day.isoformat()}
    await change.tell("category", named_id("category", code), "edition_begun", body)


STATUTORY_DAYS_OFF: Final = 13
"""Regulation on Public Holidays for National Annual Festivals and Memorial Days, article 2, since 2025."""


def _check_whole(year: int, days: list[CalendarDay]) -> None:
    """A few rows must not make a year known: what is missing would count as a working day, and nobody would be told."""
    off = {day.day for day in days if not day.working}
    is_whole = date(year, 1, 1) in off and len(off) >= STATUTORY_DAYS_OFF
    if year not in published().years and not is_whole:
        raise Problem("import.calendar_incomplete", year=year, days=STATUTORY_DAYS_OFF)


async def bring_in_calendar(change: Change) -> None:
    """The rows of a year are that year: what was entered for it before and is not among them goes."""
    rows: list[tuple[int, CalendarRow]] = change.reading.rows
    entered = await calendars.overrides(change.connection)
    years: dict[int, list[CalendarDay]] = {}
    for _, row in rows:
        day = CalendarDay(day=row.day, working=row.kind == _WORKDAY, name=row.name)
        years.setdefault(row.day.year, []).append(day)
    for year, days in sorted(years.items()):
        _check_whole(year, days)
        before = {day.day: day for day in entered.days if day.day.year == year}
        gone = before.keys() - {day.day for day in days}
        for day in days:
            present = before.get(day.day)
            change.count("added" if present is None else "unchanged" if present == day else "changed")
        for _ in gone:
            change.count("removed")
        if year not in entered.years or gone or any(before.get(day.day) != day for day in days):
            await calendars.replace_year(change.connection, year, days)
            body = {"year": year, "days": [msgspec.to_builtins(day) for day in days]}
            await change.tell("calendar", named_id("calendar", str(year)), "entered", body)
