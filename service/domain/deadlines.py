"""When something is due: working days by the State Council's calendar, calendar days, hours for the spot."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal

from schemas.hazards import State
from service.domain.hazards import CHINA_TIME, OPEN, OWED
from service.problems import Problem

IN_WORKING_DAYS: Final = frozenset({2, 3, 5, 7})
"""Administrative Penalty Law, 85: periods of two, three, five and seven days are working days (「二日」「三日」「五日」
「七日」的规定是指工作日，不含法定节假日); every other number counts calendar days."""

END_OF_DAY: Final = time(23, 59, 59)
"""A period ends when its last day does, in China."""

Clock = Literal["rectification", "review", "supervision", "extension"]
Standing = Literal["in_time", "due_soon", "overdue"]

RUNNING: Final[dict[Clock, frozenset[State]]] = {
    "rectification": frozenset(OWED),
    "review": frozenset({State.PENDING_REVIEW}),
    "supervision": frozenset(OPEN),
    "extension": frozenset(OWED),
}
"""In which states each clock runs. Waiting for a review is not the owner's time."""

DUE_SOON: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The years whose calendar is published, and in them the days that differ from Monday to Friday."""

    years: frozenset[int]
    exceptions: Mapping[date, bool] = field(default_factory=dict)
    """True: a make-up workday at a weekend. False: a day off."""

    def working(self, day: date) -> bool:
        """Whether people work on that day. Problem 422 `calendar.year_unknown` for a year that is not published."""
        if day.year not in self.years:
            raise Problem("calendar.year_unknown", year=day.year)
        return self.exceptions.get(day, day.weekday() < 5)


@dataclass(frozen=True, slots=True)
class Terms:
    """Periods that no catalogue entry carries. These are defaults: the table `terms` holds what the bureau follows."""

    recheck_working_days: int = 3
    """From a receipt to its recheck."""
    supervision_filing_working_days: int = 3
    """From the decision to supervise to its filing."""
    supervision_longest_months: int = 12
    """From the decision to the limit, at most."""
    supervision_extension_working_days: int = 20
    """How long before the limit more time must be asked for."""


def end_of(day: date) -> datetime:
    """The last second of that day in China, in UTC."""
    return datetime.combine(day, END_OF_DAY, CHINA_TIME).astimezone(UTC)


def day_of(instant: datetime) -> date:
    """The day that an instant belongs to in China."""
    return instant.astimezone(CHINA_TIME).date()


def is_in_working_days(days: int) -> bool:
    """Whether a period of so many days is counted in working days."""
    return days in IN_WORKING_DAYS


def due_at(days: int, started_at: datetime, calendar: Calendar, *, on_the_spot: timedelta) -> datetime:
    """The instant, in UTC, until which a period that began at `started_at` runs. Its first day is not counted.

    0 days is on the spot: `on_the_spot` after the beginning. Only working days ask the calendar, so only they can raise
    Problem 422 `calendar.year_unknown`.
    """
    if days == 0:
        return started_at.astimezone(UTC) + on_the_spot
    first = day_of(started_at)
    last = working_days_after(first, days, calendar) if is_in_working_days(days) else first + timedelta(days=days)
    return end_of(last)


def working_days_after(day: date, count: int, calendar: Calendar) -> date:
    """The last of the `count` working days that follow `day`; the day itself when there are none to count."""
    return _walk(day, count, calendar, timedelta(days=1))


def working_days_before(day: date, count: int, calendar: Calendar) -> date:
    """The first of the `count` working days that lead up to `day`; the day itself when there are none to count."""
    return _walk(day, count, calendar, timedelta(days=-1))


def working_days_between(first: date, last: date, calendar: Calendar) -> int:
    """How many working days lie after `first` up to and with `last`; 0 when `last` is not later."""
    return sum(calendar.working(first + timedelta(days=ahead)) for ahead in range(1, (last - first).days + 1))


def recheck_due_at(submitted_at: datetime, calendar: Calendar, terms: Terms) -> datetime | None:
    """Until when a filed fix is to be rechecked.

    None where the calendar is not published: no guess, and no receipt is refused for what the reviewer owes.
    """
    try:
        return end_of(working_days_after(day_of(submitted_at), terms.recheck_working_days, calendar))
    except Problem:
        return None


def supervision_filing_due_at(decided_at: datetime, calendar: Calendar, terms: Terms) -> datetime:
    """Until when a decision to supervise is to be filed. Problem 422 `calendar.year_unknown`."""
    return end_of(working_days_after(day_of(decided_at), terms.supervision_filing_working_days, calendar))


def latest_supervision_limit(decided_at: datetime, terms: Terms) -> datetime:
    """The latest limit that a supervision decided now may set."""
    first = day_of(decided_at)
    years, month = divmod(first.month - 1 + terms.supervision_longest_months, 12)
    year, month = first.year + years, month + 1
    # The month may be shorter than the day's number.
    return end_of(date(year, month, min(first.day, monthrange(year, month)[1])))


def supervision_extension_due_at(limit_at: datetime, calendar: Calendar, terms: Terms) -> datetime:
    """Until when more time must be asked for before the limit. Problem 422 `calendar.year_unknown`."""
    return end_of(working_days_before(day_of(limit_at), terms.supervision_extension_working_days, calendar))


def standing(
    state: State,
    due_at: datetime | None,
    now: datetime,
    *,
    soon: timedelta = DUE_SOON,
    clock: Clock = "rectification",
) -> Standing | None:
    """How a hazard stands against one of its clocks; None while that clock does not run. Computed, never stored."""
    if due_at is None or state not in RUNNING[clock]:
        return None
    if now > due_at:
        return "overdue"
    return "due_soon" if now >= due_at - soon else "in_time"


def _walk(day: date, count: int, calendar: Calendar, step: timedelta) -> date:
    while count > 0:
        day += step
        count -= calendar.working(day)
    return day
