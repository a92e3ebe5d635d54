"""The working calendar: what the library of State Council notices knows, and what the bureau has entered since."""

from datetime import date
from functools import cache
from types import MappingProxyType

from schemas.calendars import CalendarDay, CalendarYear
from service.database import Connection
from service.domain.deadlines import Calendar
from service.repositories import calendars
from service.workflows.context import Context


@cache
def published() -> Calendar:
    """What the State Council had announced when the library was released: years since 2004."""
    # Imported late: only whoever counts working days needs its tables.
    from chinese_calendar.constants import holidays, workdays

    exceptions = dict.fromkeys(holidays, False) | dict.fromkeys(workdays, True)
    return Calendar(frozenset(day.year for day in holidays), MappingProxyType(exceptions))


async def load(connection: Connection) -> Calendar:
    """The calendar in force: a day that the bureau entered counts as entered, a year that it entered is known."""
    library = published()
    overrides = await calendars.overrides(connection)
    if not overrides.years:
        return library
    days = {day.day: day.working for day in overrides.days}
    return Calendar(library.years | overrides.years, MappingProxyType({**library.exceptions, **days}))


async def read(context: Context, year: int) -> CalendarYear:
    """A year as a phone keeps it: whether it is known, and the days that its notice names."""
    async with context.database.connection() as connection:
        overrides = await calendars.overrides(connection)
    library = published()
    days = {
        day: CalendarDay(day=day, working=working, name=_name(day))
        for day, working in library.exceptions.items()
        if day.year == year
    } | {entered.day: entered for entered in overrides.days if entered.day.year == year}
    return CalendarYear(
        year=year, known=year in library.years | overrides.years, days=[days[day] for day in sorted(days)]
    )


def _name(day: date) -> str | None:
    from chinese_calendar.constants import Holiday, holidays, workdays

    told = holidays.get(day) or workdays.get(day)
    return next((holiday.chinese for holiday in Holiday if holiday.value == told), None)
