"""The working calendar: which days of a year are holidays or made up for."""

from datetime import date

from schemas.base import Answer


class CalendarDay(Answer, kw_only=True, frozen=True):
    """A day that the notice names: a holiday (`working` false, weekends in it included) or a make-up workday."""

    day: date
    working: bool
    name: str | None


class CalendarYear(Answer, kw_only=True, frozen=True):
    """A year. Every day that is not listed works Monday to Friday. While it is not `known`, nothing can be counted."""

    year: int
    known: bool
    days: list[CalendarDay]
