"""Definitions: what counts where, what is blank, and where days, weeks and months of China begin."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from schemas.hazard_answers import ArrangementsRecord, SupervisionRecord
from schemas.hazards import Level, Source, State
from service.domain.hazards import Attempt, Details, Extension, Finding, Hazard, Round, Routing
from service.domain.periods import (
    china_day,
    cutoff_at,
    months_so_far,
    overdue_days,
    period,
    period_key,
    start_of_day,
)
from service.domain.statistics import Counts, counts_of, figures, rate, standing_of, wan
from service.problems import Problem

NOON = datetime(2026, 6, 5, 4, tzinfo=UTC)
DAY = timedelta(days=1)
SOMEBODY, REVIEWER = UUID(int=1), UUID(int=2)


def hazard(
    state: State, *rounds: Round, level: Level = "general", source: Source = "inspection", **details: Any
) -> Hazard:
    turns = rounds or (Round(1, NOON),)
    return Hazard(
        id=UUID(int=9),
        number="140302-2026-000001",
        organization_id=UUID(int=3),
        reported_by=SOMEBODY,
        second_inspector_id=None,
        received_at=NOON,
        category_edition="2000-01-01",
        finding=Finding("A04", "堆物", "楼梯", None, None, None, None, NOON, NOON, False, (), source=source),
        routing=Routing(),
        position=None,
        state=state,
        version=1,
        attempt=1,
        rounds=(*turns[:-1], replace(turns[-1], level=level)),
        demo=False,
        details=Details(**details),
    )


def filed(number: int, at: datetime, outcome: Any = None, **changes: Any) -> Attempt:
    return Attempt(number, at, SOMEBODY, "已清走", outcome=outcome, **changes)


def fixed(due_at: datetime, filed_at: datetime, **changes: Any) -> Hazard:
    turn = Round(
        1, NOON, assigned_at=NOON, due_at=due_at, closed_at=filed_at + DAY, attempts=(filed(1, filed_at, "passed"),)
    )
    return hazard(State.CLOSED, replace(turn, **changes))


def told(*hazards: Hazard, cutoff: datetime = NOON + 30 * DAY) -> Any:
    return figures(counts_of(standing_of(one, None), cutoff) for one in hazards)


def test_a_rate_of_nothing_is_blank() -> None:
    assert (rate(0, 0), rate(0, 3), rate(3, 3)) == (None, 0.0, 1.0)
    nothing = figures([])
    rates = {name for name in nothing.__struct_fields__ if name.endswith("_rate")}
    assert len(rates) == 7
    assert {getattr(nothing, name) for name in rates} == {None}
    assert {getattr(nothing, name) for name in nothing.__struct_fields__ if name not in rates} == {0}


@pytest.mark.parametrize("state", [State.INVALID, State.DUPLICATE])
def test_what_was_nothing_or_is_counted_already_counts_nowhere(state: State) -> None:
    assert told(hazard(state)) == figures([])


def test_what_was_transferred_is_told_apart() -> None:
    counted = told(hazard(State.TRANSFERRED), hazard(State.REPORTED))
    assert (counted.found, counted.transferred) == (1, 1)


def test_a_self_check_is_told_apart_until_it_is_major() -> None:
    turn = Round(1, NOON, on_the_spot=True, closed_at=NOON)
    counted = told(
        hazard(State.CLOSED, turn, source="self_check"),
        hazard(State.REPORTED, source="self_check"),
        hazard(State.REGISTERED, source="self_check", level="major"),
    )
    assert (counted.self_check_found, counted.self_check_fixed) == (2, 1)
    assert (counted.found, counted.major_found, counted.fixed) == (1, 1, 0)


def test_a_fix_on_the_spot_is_found_fixed_due_and_on_time_and_has_no_review() -> None:
    counted = told(hazard(State.CLOSED, Round(1, NOON, on_the_spot=True, closed_at=NOON, attempts=(filed(1, NOON),))))
    assert (counted.found, counted.fixed, counted.fixed_on_the_spot) == (1, 1, 1)
    assert (counted.due, counted.fixed_on_time, counted.on_time_rate) == (1, 1, 1.0)
    assert (counted.reviewed_rounds, counted.first_pass_rate) == (0, None)


def test_a_fix_is_on_time_when_it_was_filed_by_the_deadline_however_long_the_review_took() -> None:
    counted = told(
        fixed(NOON + 2 * DAY, NOON + 2 * DAY),
        fixed(NOON + 2 * DAY, NOON + 2 * DAY + timedelta(microseconds=1)),
        hazard(State.RECTIFYING, Round(1, NOON, due_at=NOON + DAY)),
    )
    assert (counted.due, counted.fixed, counted.fixed_on_time, counted.overdue) == (3, 2, 1, 1)


def test_what_is_fixed_early_counts_as_due_once_its_deadline_has_come() -> None:
    early = fixed(NOON + 20 * DAY, NOON + DAY)
    before, after = told(early, cutoff=NOON + 19 * DAY), told(early, cutoff=NOON + 20 * DAY)
    assert (before.fixed, before.due, before.on_time_rate) == (1, 0, None)
    assert (after.fixed, after.due, after.on_time_rate) == (1, 1, 1.0)


def test_waiting_for_a_review_is_not_overdue_but_due() -> None:
    turn = Round(1, NOON, due_at=NOON + DAY, attempts=(filed(1, NOON),))
    counted = told(hazard(State.PENDING_REVIEW, turn), hazard(State.PENDING_CLOSE, turn, level="major"))
    assert (counted.due, counted.overdue, counted.fixed) == (2, 0, 0)


def test_what_was_handed_back_is_due_to_nobody() -> None:
    counted = told(hazard(State.REGISTERED, Round(1, NOON, hand_back_reason="not_mine")))
    assert (counted.found, counted.due, counted.assigned_rounds, counted.extension_rate) == (1, 0, 0, None)


def test_rounds_are_counted_for_rework_first_pass_and_extensions() -> None:
    first = Round(1, NOON, due_at=NOON, attempts=(filed(1, NOON, "failed"), filed(2, NOON, "passed")), closed_at=NOON)
    asked = Extension(1, NOON, SOMEBODY, NOON + DAY, "材料未到")
    second = Round(2, NOON, due_at=NOON, attempts=(filed(1, NOON, "passed"),), closed_at=NOON, extensions=(asked,))
    third = Round(
        3,
        NOON,
        due_at=NOON,
        attempts=(filed(1, NOON),),
        extensions=(replace(asked, granted=True), replace(asked, granted=True)),
    )
    counted = told(hazard(State.PENDING_REVIEW, first, second, third))
    assert (counted.reviewed_rounds, counted.reworked_rounds, counted.first_passed_rounds) == (2, 1, 1)
    assert (counted.assigned_rounds, counted.extended_rounds, counted.extension_rate) == (3, 1, 1 / 3)


def test_a_refused_close_is_rework_and_no_first_pass() -> None:
    refused = filed(1, NOON, "passed", close_outcome="refused")
    counted = told(hazard(State.RECTIFYING, Round(1, NOON, due_at=NOON + DAY, attempts=(refused,)), level="major"))
    assert (counted.reworked_rounds, counted.first_passed_rounds, counted.rework_rate) == (1, 0, 1.0)


def test_a_major_hazard_is_planned_with_five_supervised_and_funded_even_after_it_came_back() -> None:
    plan = ArrangementsRecord(
        at=NOON, measure="拆除", person="负责人", funds_yuan=180_000, time_limit=NOON, emergency_plan="专人值守"
    )
    watch = SupervisionRecord(
        at=NOON,
        authority="province",
        document_number="1",
        reason="重大",
        limit_at=NOON,
        filing_due_at=None,
        extension_due_at=None,
    )
    turn = Round(1, NOON, due_at=NOON + DAY, level="major")
    before = standing_of(hazard(State.ASSIGNED, turn, level="major", arrangements=plan, supervision=watch), None)
    back = hazard(State.PENDING_REVIEW, turn, Round(2, NOON, attempts=(filed(1, NOON, cost_yuan=500),)), level="major")
    for standing, funds in ((before, 180_000), (standing_of(back, before), 180_500)):
        counted = figures([counts_of(standing, NOON)])
        assert (counted.planned, counted.planned_with_five) == (1, 1)
        assert (counted.supervised, counted.supervised_by_province, counted.supervised_by_city) == (1, 1, 0)
        assert counted.funds_yuan == funds


def test_funds_are_what_the_latest_filing_that_tells_a_cost_says() -> None:
    turn = Round(1, NOON, attempts=(filed(1, NOON, cost_yuan=900), filed(2, NOON, cost_yuan=400), filed(3, NOON)))
    assert told(hazard(State.PENDING_REVIEW, turn)).funds_yuan == 400
    assert (wan(36_500), wan(1)) == (3.65, 0.0001)


def test_only_major_hazards_are_planned() -> None:
    counted = figures(
        [Counts("found", "general", hazards=2, planned=2), Counts("found", "major", hazards=1, planned=1)]
    )
    assert counted.planned == 1


def test_a_day_begins_in_china_eight_hours_before_greenwich() -> None:
    assert start_of_day(date(2026, 1, 1)) == datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert china_day(datetime(2025, 12, 31, 16, tzinfo=UTC)) == date(2026, 1, 1)
    assert china_day(datetime(2025, 12, 31, 15, 59, 59, tzinfo=UTC)) == date(2025, 12, 31)


def test_months_and_iso_weeks_have_names_that_sort() -> None:
    assert period_key(date(2026, 6, 5), "month") == "2026-06"
    assert period_key(date(2026, 6, 7), "week") == "2026-W23"
    assert period_key(date(2026, 6, 8), "week") == "2026-W24"
    assert period_key(date(2027, 1, 3), "week") == "2026-W53"
    assert months_so_far(2026, 2) == (date(2026, 1, 1), date(2026, 2, 28))
    assert months_so_far(2026, 12) == (date(2026, 1, 1), date(2026, 12, 31))


def test_a_period_has_a_day_and_a_cutoff_has_passed() -> None:
    assert period(None, None, NOON) == (date(2026, 1, 1), date(2026, 6, 5))
    assert period(date(2026, 6, 5), date(2026, 6, 5), NOON) == (date(2026, 6, 5), date(2026, 6, 5))
    assert period(date.min, date.max, NOON)[0] == date(1970, 1, 1)
    assert cutoff_at(None, NOON) == cutoff_at(NOON, NOON) == NOON
    with pytest.raises(Problem, match="period_empty"):
        period(date(2026, 6, 6), None, NOON)
    with pytest.raises(Problem, match="period_empty"):
        period(None, date.min, NOON)
    with pytest.raises(Problem, match="cutoff_future"):
        cutoff_at(NOON + timedelta(microseconds=1), NOON)


def test_days_overdue_are_those_of_the_calendar_and_at_least_one() -> None:
    end = datetime(2026, 6, 5, 15, 59, 59, tzinfo=UTC)
    assert overdue_days(None, NOON) == overdue_days(end, end) == 0
    assert overdue_days(end, end + timedelta(seconds=2)) == 1
    assert overdue_days(NOON, NOON + timedelta(hours=1)) == 1
    assert overdue_days(end, end + 3 * DAY) == 3
