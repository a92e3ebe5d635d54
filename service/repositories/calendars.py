"""What the bureau entered about the calendar, the periods it follows and the steps by which lateness is told."""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.calendars import CalendarDay
from service.database import Connection
from service.domain.deadlines import Terms


@dataclass(frozen=True, slots=True)
class Overrides:
    """Years that the bureau declared published, and the days it entered for them, by day."""

    years: frozenset[int]
    days: tuple[CalendarDay, ...]


async def overrides(connection: Connection) -> Overrides:
    """Everything that was entered."""
    rows = await connection.fetch(
        """SELECT y.year, d.day, d.working, d.name FROM calendar_years y
           LEFT JOIN calendar_days d ON d.year = y.year ORDER BY y.year, d.day"""
    )
    return Overrides(
        frozenset(row["year"] for row in rows),
        tuple(
            CalendarDay(day=row["day"], working=row["working"], name=row["name"])
            for row in rows
            if row["day"] is not None
        ),
    )


async def replace_year(connection: Connection, year: int, days: Iterable[CalendarDay]) -> None:
    """Declares a year published with these days instead of those entered before; call it in a transaction.

    For a year that the library knows too, a day that is not entered stays as the library has it. A day of another
    year and a day named twice break a constraint.
    """
    entered = list(days)
    await connection.execute("INSERT INTO calendar_years (year) VALUES ($1) ON CONFLICT DO NOTHING", year)
    await connection.execute("DELETE FROM calendar_days WHERE year = $1", year)
    await connection.execute(
        """INSERT INTO calendar_days (year, day, working, name)
           SELECT $1, d.* FROM unnest($2::date[], $3::boolean[], $4::text[]) AS d""",
        year,
        [day.day for day in entered],
        [day.working for day in entered],
        [day.name for day in entered],
    )


async def forget_year(connection: Connection, year: int) -> None:
    """Takes back what was entered for a year."""
    await connection.execute("DELETE FROM calendar_days WHERE year = $1", year)
    await connection.execute("DELETE FROM calendar_years WHERE year = $1", year)


async def terms(connection: Connection) -> Terms:
    """The periods that the bureau follows where no catalogue entry says one; what is missing keeps its default."""
    rows = await connection.fetch("SELECT name, value FROM terms")
    return Terms(**{row["name"]: row["value"] for row in rows})
