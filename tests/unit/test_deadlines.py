"""Working days by the State Council's notices, calendar days, hours for the spot, and how a hazard stands."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.hazards import State
from service.domain import deadlines
from service.domain.deadlines import Calendar, Clock, Standing, Terms
from service.problems import Problem
from service.workflows.calendars import published

CHINA = timezone(timedelta(hours=8))
SPOT = timedelta(hours=24)
CALENDAR = published()

MADE_UP = [date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 9, 20),
           date(2026, 10, 10)]  # fmt: skip
HOLIDAYS = [
    *(date(2026, 1, day) for day in (1, 2, 3)),
    *(date(2026, 2, day) for day in range(15, 24)),
    *(date(2026, 4, day) for day in (4, 5, 6)),
    *(date(2026, 5, day) for day in range(1, 6)),
    *(date(2026, 6, day) for day in (19, 20, 21)),
    *(date(2026, 9, day) for day in (25, 26, 27)),
    *(date(2026, 10, day) for day in range(1, 8)),
]
"""As the State Council's notice for 2026 has them."""


def in_china(year: int, month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=CHINA)


def last_day(days: int, started_at: datetime, calendar: Calendar = CALENDAR) -> date:
    due = deadlines.due_at(days, started_at, calendar, on_the_spot=SPOT)
    assert due.tzinfo is UTC
    assert due.astimezone(CHINA).time().isoformat() == "23:59:59"
    return due.astimezone(CHINA).date()


def year_unknown(problem: Problem) -> object:
    assert (problem.code, problem.status) == ("calendar.year_unknown", 422)
    return problem.parameters["year"]


# The published calendar


@pytest.mark.parametrize("day", MADE_UP, ids=str)
def test_a_made_up_day_at_a_weekend_is_worked(day: date) -> None:
    assert day.weekday() >= 5
    assert CALENDAR.working(day)


@pytest.mark.parametrize("day", HOLIDAYS, ids=str)
def test_nobody_works_on_a_holiday(day: date) -> None:
    assert not CALENDAR.working(day)


def test_every_other_day_of_2026_is_worked_monday_to_friday() -> None:
    year = [date(2026, 1, 1) + timedelta(days=ahead) for ahead in range(365)]
    for day in set(year) - set(MADE_UP) - set(HOLIDAYS):
        assert CALENDAR.working(day) is (day.weekday() < 5), day
    assert sum(CALENDAR.working(day) for day in year) == 248


# Deadlines


@pytest.mark.parametrize(
    ("days", "started_at", "last"),
    [
        # Friday evening: Monday is the first of three.
        (3, in_china(2026, 3, 6, 18), date(2026, 3, 11)),
        # Friday before New Year's long weekend: Sunday the 4th is worked.
        (2, in_china(2025, 12, 31), date(2026, 1, 5)),
        (7, in_china(2025, 12, 26), date(2026, 1, 7)),
        # Saturday the 14th is worked before the Spring Festival and Saturday the 28th after it.
        (2, in_china(2026, 2, 13), date(2026, 2, 24)),
        (7, in_china(2026, 2, 13), date(2026, 3, 2)),
        # Labor Day, with Saturday the 9th.
        (5, in_china(2026, 4, 30), date(2026, 5, 11)),
        # Sunday the 20th before Mid-Autumn, and the National Day with Saturday the 10th.
        (2, in_china(2026, 9, 18), date(2026, 9, 21)),
        (3, in_china(2026, 9, 30), date(2026, 10, 10)),
        (5, in_china(2026, 9, 30), date(2026, 10, 13)),
        # Qingming and the Dragon Boat Festival.
        (2, in_china(2026, 4, 3), date(2026, 4, 8)),
        (3, in_china(2026, 6, 18), date(2026, 6, 24)),
        # Calendar days do not ask who works.
        (1, in_china(2026, 10, 1), date(2026, 10, 2)),
        (15, in_china(2026, 2, 10), date(2026, 2, 25)),
        (30, in_china(2026, 9, 10), date(2026, 10, 10)),
        (4, in_china(2026, 12, 30), date(2027, 1, 3)),
    ],
)
def test_a_period_ends_with_its_last_day(days: int, started_at: datetime, last: date) -> None:
    assert last_day(days, started_at) == last


def test_the_day_of_the_beginning_is_the_one_in_china() -> None:
    # 23:59 and 00:01 in China are the same day in UTC.
    assert last_day(1, in_china(2026, 3, 10, 23, 59)) == date(2026, 3, 11)
    assert last_day(1, in_china(2026, 3, 11, 0, 1)) == date(2026, 3, 12)
    assert last_day(2, datetime(2026, 3, 10, 16, 1, tzinfo=UTC)) == date(2026, 3, 13)


def test_on_the_spot_is_a_number_of_hours() -> None:
    started_at = in_china(2027, 1, 1, 9, 30)
    assert deadlines.due_at(0, started_at, CALENDAR, on_the_spot=SPOT) == in_china(2027, 1, 2, 9, 30)
    assert deadlines.due_at(0, started_at, CALENDAR, on_the_spot=timedelta(hours=2)) == in_china(2027, 1, 1, 11, 30)


# Years that are not published


@pytest.mark.parametrize("days", [2, 3, 5, 7])
def test_working_days_of_an_unpublished_year_are_refused_and_never_guessed(days: int) -> None:
    with pytest.raises(Problem) as refused:
        deadlines.due_at(days, in_china(2027, 3, 1), CALENDAR, on_the_spot=SPOT)
    assert year_unknown(refused.value) == 2027


def test_a_period_that_reaches_into_an_unpublished_year_is_refused() -> None:
    assert last_day(2, in_china(2026, 12, 29)) == date(2026, 12, 31)
    with pytest.raises(Problem) as refused:
        deadlines.due_at(3, in_china(2026, 12, 29), CALENDAR, on_the_spot=SPOT)
    assert year_unknown(refused.value) == 2027


def test_a_year_before_the_first_notice_is_unknown_too() -> None:
    assert last_day(2, in_china(2003, 12, 31)) == date(2004, 1, 5)
    with pytest.raises(Problem) as refused:
        deadlines.working_days_before(date(2004, 1, 2), 3, CALENDAR)
    assert year_unknown(refused.value) == 2003


def test_calendar_days_and_hours_need_no_calendar() -> None:
    nothing = Calendar(frozenset())
    assert last_day(15, in_china(2031, 1, 1), nothing) == date(2031, 1, 16)
    assert deadlines.due_at(0, in_china(2031, 1, 1), nothing, on_the_spot=SPOT) == in_china(2031, 1, 2)


def test_a_year_that_the_bureau_entered_is_known() -> None:
    entered = {date(2027, 1, 1): False, date(2027, 1, 2): True}
    known = Calendar(CALENDAR.years | {2027}, {**CALENDAR.exceptions, **entered})
    assert last_day(2, in_china(2026, 12, 31), known) == date(2027, 1, 4)
    assert last_day(2, in_china(2027, 3, 1), known) == date(2027, 3, 3)
    with pytest.raises(Problem) as refused:
        known.working(date(2028, 1, 1))
    assert year_unknown(refused.value) == 2028


# Properties

days_of_known_years = st.dates(date(2005, 1, 1), date(2026, 6, 30))
counts = st.integers(0, 60)


@given(days_of_known_years, counts)
def test_so_many_working_days_really_lie_between(day: date, count: int) -> None:
    last = deadlines.working_days_after(day, count, CALENDAR)
    assert last >= day
    assert deadlines.working_days_between(day, last, CALENDAR) == count
    assert count == 0 or CALENDAR.working(last)
    first = deadlines.working_days_before(day, count, CALENDAR)
    assert first <= day
    assert sum(CALENDAR.working(first + timedelta(days=n)) for n in range((day - first).days)) == count


@given(days_of_known_years, counts)
def test_back_and_forth_leads_to_the_same_working_day(day: date, count: int) -> None:
    start = deadlines.working_days_after(day, 1, CALENDAR)
    assert deadlines.working_days_before(deadlines.working_days_after(start, count, CALENDAR), count, CALENDAR) == start


moments = st.datetimes(datetime(2005, 1, 1), datetime(2026, 6, 30), timezones=st.just(UTC))  # noqa: DTZ001


@given(moments, st.integers(0, 90), st.timedeltas(timedelta(0), timedelta(days=30)))
def test_a_deadline_is_never_before_its_beginning_and_never_earlier_for_a_later_one(
    started_at: datetime, days: int, later: timedelta
) -> None:
    due = deadlines.due_at(days, started_at, CALENDAR, on_the_spot=SPOT)
    assert due > started_at
    assert deadlines.due_at(days, started_at + later, CALENDAR, on_the_spot=SPOT) >= due


@given(moments, st.sets(st.sampled_from([2, 3, 5, 7]), min_size=2, max_size=2))
def test_more_working_days_end_later(started_at: datetime, pair: set[int]) -> None:
    fewer, more = sorted(pair)
    assert last_day(fewer, started_at) < last_day(more, started_at)


# Rechecks and supervision


def test_a_recheck_is_due_three_working_days_after_the_receipt() -> None:
    submitted_at = in_china(2026, 9, 29, 16)
    due = deadlines.recheck_due_at(submitted_at, CALENDAR, Terms())
    assert due == datetime(2026, 10, 9, 15, 59, 59, tzinfo=UTC)
    sooner = deadlines.recheck_due_at(submitted_at, CALENDAR, Terms(recheck_working_days=1))
    assert sooner == datetime(2026, 9, 30, 15, 59, 59, tzinfo=UTC)


def test_a_receipt_at_the_end_of_the_last_published_year_has_no_recheck_date_instead_of_a_guess() -> None:
    assert deadlines.recheck_due_at(in_china(2026, 12, 30), CALENDAR, Terms()) is None


def test_a_supervision_is_filed_in_three_working_days_and_ends_within_a_year() -> None:
    decided_at = in_china(2026, 2, 13)
    filing = deadlines.supervision_filing_due_at(decided_at, CALENDAR, Terms())
    assert filing.astimezone(CHINA).date() == date(2026, 2, 25)
    assert deadlines.latest_supervision_limit(decided_at, Terms()).astimezone(CHINA).date() == date(2027, 2, 13)
    leap_day = deadlines.latest_supervision_limit(in_china(2024, 2, 29), Terms())
    assert leap_day.astimezone(CHINA).date() == date(2025, 2, 28)
    december = deadlines.latest_supervision_limit(in_china(2026, 12, 1), Terms(supervision_longest_months=1))
    assert december.astimezone(CHINA).date() == date(2027, 1, 1)


def test_more_time_under_supervision_is_asked_for_twenty_working_days_before_its_limit() -> None:
    limit_at = in_china(2026, 10, 31, 23, 59)
    asked = deadlines.supervision_extension_due_at(limit_at, CALENDAR, Terms())
    assert asked.astimezone(CHINA).date() == date(2026, 9, 29)
    assert deadlines.working_days_between(date(2026, 9, 28), date(2026, 10, 30), CALENDAR) == 20


# How a hazard stands

DUE = in_china(2026, 6, 5, 23, 59)


@pytest.mark.parametrize(
    ("now", "standing"),
    [
        (DUE - timedelta(days=2), "in_time"),
        (DUE - SPOT - timedelta(seconds=1), "in_time"),
        (DUE - SPOT, "due_soon"),
        (DUE, "due_soon"),
        (DUE + timedelta(microseconds=1), "overdue"),
    ],
)
def test_what_is_due_within_a_day_is_due_soon_and_after_it_overdue(now: datetime, standing: Standing) -> None:
    assert deadlines.standing(State.RECTIFYING, DUE, now) == standing


@pytest.mark.parametrize(
    ("clock", "states"),
    [
        ("rectification", {State.ASSIGNED, State.RECTIFYING}),
        ("review", {State.PENDING_REVIEW}),
        ("extension", {State.ASSIGNED, State.RECTIFYING}),
        (
            "supervision",
            set(State) - {State.CLOSED, State.INVALID, State.DUPLICATE, State.TRANSFERRED},
        ),
    ],
)
def test_a_clock_runs_only_in_its_states(clock: Clock, states: set[State]) -> None:
    running = {state for state in State if deadlines.standing(state, DUE, DUE, clock=clock) is not None}
    assert running == states
    assert all(deadlines.standing(state, None, DUE, clock=clock) is None for state in State)
