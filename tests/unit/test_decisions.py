"""What the body of an action must satisfy beyond its shape, and what becomes of the hazard then."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest

from schemas.hazards import Action, State
from service.domain import decisions, hazard_reports, hazards
from service.domain.decisions import Circumstances
from service.domain.hazards import LATEST, NoticeTerms
from service.problems import Problem
from service.routes import hazard_examples
from tests.hazard_rules import (
    APPROVER,
    DESK,
    INSPECTOR,
    NOW,
    OWNER,
    REVIEWER,
    after,
    decide,
    hazard_in,
    holding,
    known,
    person,
    refused,
    report,
    report_event,
    take,
)

MAJOR = (Action.REGISTER, Action.GRADE, Action.ASSIGN)
ORDER = NoticeTerms(uuid4(), "service")
DAY = timedelta(days=1)


def in_days(days: float) -> str:
    return (NOW + days * DAY).isoformat()


def test_a_failed_review_starts_the_next_attempt_and_keeps_the_first() -> None:
    hazard = take(hazard_in(State.PENDING_REVIEW), Action.FAIL, reason="还有纸箱")
    assert (hazard.state, hazard.attempt, hazard.review_due_at) == (State.RECTIFYING, 2, None)
    hazard = take(hazard, Action.SUBMIT, now=NOW + timedelta(hours=1), cost_yuan=4900)
    first, second = hazard.round.attempts
    assert (first.number, first.outcome, first.remarks) == (1, "failed", "还有纸箱")
    assert (first.decided_by, first.cost_yuan) == (REVIEWER.account_id, None)
    assert (second.number, second.outcome, second.decided_by, second.cost_yuan) == (2, None, None, 4900)
    assert hazard.review_due_at == NOW + 3 * DAY


def test_a_refused_close_starts_the_next_attempt_and_keeps_what_the_review_said() -> None:
    hazard = take(hazard_in(State.PENDING_CLOSE), Action.REFUSE_CLOSE, reason="预案未落实")
    assert (hazard.state, hazard.attempt, hazard.round.closed_at) == (State.RECTIFYING, 2, None)
    (attempt,) = hazard.round.attempts
    assert (attempt.outcome, attempt.close_outcome, attempt.close_remarks) == ("passed", "refused", "预案未落实")
    assert (attempt.decided_by, attempt.close_decided_by) == (REVIEWER.account_id, APPROVER.account_id)


def test_a_reopened_hazard_begins_a_new_round_and_the_old_one_stays() -> None:
    closed = take(
        take(after(*MAJOR, Action.SUPERVISE, Action.SHELVE, Action.SUBMIT), Action.PASS), Action.APPROVE_CLOSE
    )
    later = NOW + 40 * DAY
    hazard = take(closed, Action.REOPEN, now=later)
    assert (hazard.round.number, hazard.attempt, hazard.owner_id, hazard.level) == (2, 1, None, "major")
    # It needs a plan of its own again, and is neither supervised nor shelved until somebody says so.
    assert (hazard.details.arrangements, hazard.details.supervision, hazard.details.shelving) == (None, None, None)
    assert hazard.rounds[0] == closed.round
    hazard = take(hazard, Action.ASSIGN, now=later, facts=known(catalogue_due_at=later + DAY))
    assert hazard.rounds[0] == closed.round
    assert refused(hazard, Action.SUBMIT, now=later) == "hazard.arrangements_missing"


def test_a_handed_back_hazard_is_nobodys_again_and_what_bound_one_owner_does_not_bind_the_next() -> None:
    hazard = after(Action.REGISTER, Action.ASSIGN, Action.RECORD_SERVICE, Action.RECORD_REFUSAL, Action.ACCEPT)
    hazard = take(hazard, Action.HAND_BACK, reason="no_funds")
    turn = hazard.round
    assert (hazard.owner_id, turn.due_at, turn.original_due_at, turn.accepted_at) == (None, None, None, None)
    assert (turn.service, turn.refusal, turn.clock, turn.clock_started_at) == (None, None, None, None)
    assert (turn.registered_at, turn.hand_back_reason) == (NOW, "no_funds")
    assert take(hazard, Action.ASSIGN).round.hand_back_reason is None


def test_what_the_last_owner_asked_for_is_not_granted_to_the_next_one() -> None:
    hazard = take(after(Action.REGISTER, Action.ASSIGN, Action.REQUEST_EXTENSION), Action.HAND_BACK)
    next_owner, later = person("owner"), NOW + DAY
    hazard = take(hazard, Action.ASSIGN, now=later, facts=known(owner_id=next_owner.account_id))
    assert refused(hazard, Action.DECIDE_EXTENSION, now=later) == "hazard.extension_not_pending"
    assert take(hazard, Action.REQUEST_EXTENSION, next_owner, now=later).round.pending_extension is not None


def test_filing_counts_as_accepting_and_an_earlier_acceptance_stays() -> None:
    assert hazard_in(State.PENDING_REVIEW).round.accepted_at == NOW
    accepted = take(hazard_in(State.RECTIFYING), Action.SUBMIT, now=NOW + DAY)
    assert accepted.round.accepted_at == NOW


def test_what_was_fixed_on_the_spot_is_found_and_fixed_in_one_visit() -> None:
    hazard = take(hazard_in(State.REPORTED), Action.FIX_ON_THE_SPOT)
    turn = hazard.round
    assert (hazard.state, turn.on_the_spot, turn.closed_at, turn.closed_by) == (
        State.CLOSED, True, NOW, INSPECTOR.account_id,
    )  # fmt: skip
    assert (hazard.owner_id, len(turn.attempts)) == (None, 1)


def test_a_self_check_is_fixed_on_the_spot_by_two_people() -> None:
    hazard = after(content=report(source="self_check"))
    for nobody_else in (None, INSPECTOR.name, f" {INSPECTOR.account} "):
        assert refused(hazard, Action.FIX_ON_THE_SPOT, checked_by=nobody_else) == "hazard.second_person_required"
    assert take(hazard, Action.FIX_ON_THE_SPOT, checked_by="班组长").state is State.CLOSED


def test_a_self_check_of_what_may_be_major_goes_up_to_the_desk() -> None:
    facts = known(is_major_candidate=True)
    hazard = after(content=report(source="self_check"))
    assert refused(hazard, Action.FIX_ON_THE_SPOT, facts=facts, checked_by="班组长") == "hazard.self_check_goes_up"
    assert take(hazard_in(State.REPORTED), Action.FIX_ON_THE_SPOT, facts=facts).state is State.CLOSED


@pytest.mark.parametrize("informed", [{"source": "resident"}, {"on_behalf_of": {"name": "居民甲"}}])
def test_what_somebody_informed_of_is_not_fixed_on_the_spot(informed: dict[str, Any]) -> None:
    hazard = after(content=report(**informed))
    assert refused(hazard, Action.FIX_ON_THE_SPOT) == "hazard.verification_required"


@pytest.mark.parametrize("action", [Action.INVALIDATE, Action.MERGE])
def test_what_is_major_or_was_fixed_before_is_not_talked_out_of_the_record(action: Action) -> None:
    assert refused(after(Action.REGISTER, Action.GRADE), action) == "hazard.major_stays"
    assert refused(take(hazard_in(State.CLOSED), Action.REOPEN), action) == "hazard.fixed_before"


def test_what_a_resident_reported_is_verified_before_it_is_taken_in() -> None:
    hazard = after(content=report(source="resident"))
    assert refused(hazard, Action.REGISTER) == "hazard.verification_required"
    assert take(hazard, Action.REGISTER, verification="现场属实").state is State.REGISTERED


def test_the_calendars_date_binds_unless_the_desk_sets_one() -> None:
    by_catalogue = take(hazard_in(State.REGISTERED), Action.ASSIGN, due_at=None).round
    assert by_catalogue.due_at == by_catalogue.original_due_at == by_catalogue.catalogue_due_at == NOW + 7 * DAY
    by_desk = take(hazard_in(State.REGISTERED), Action.ASSIGN, due_at=in_days(2)).round
    assert (by_desk.due_at, by_desk.catalogue_due_at) == (NOW + 2 * DAY, NOW + 7 * DAY)
    assert (by_desk.clock, by_desk.clock_started_at) == ("notification", NOW)


@pytest.mark.parametrize("days", [0, -1])
def test_a_deadline_that_is_over_is_refused(days: int) -> None:
    assert refused(hazard_in(State.REGISTERED), Action.ASSIGN, due_at=in_days(days)) == "hazard.due_at_past"


def test_in_an_unknown_year_the_desk_sets_a_date_and_says_why() -> None:
    hazard, facts = hazard_in(State.REGISTERED), known(catalogue_due_at=None, unknown_year=2027)
    assert refused(hazard, Action.ASSIGN, facts=facts, due_at=None) == "calendar.year_unknown"
    assert refused(hazard, Action.ASSIGN, facts=facts, due_at=in_days(9)) == "hazard.due_reason_required"
    turn = take(hazard, Action.ASSIGN, facts=facts, due_at=in_days(9), due_reason="年历未公布").round
    assert (turn.due_at, turn.catalogue_due_at, turn.due_reason) == (NOW + 9 * DAY, None, "年历未公布")


def test_an_owner_who_may_not_rectify_here_is_refused() -> None:
    assert refused(hazard_in(State.REGISTERED), Action.ASSIGN, facts=Circumstances()) == "hazard.owner_unsuitable"


def test_nobody_gives_a_hazard_to_themselves() -> None:
    both = holding(DESK, OWNER)
    facts = known(owner_id=both.account_id)
    assert refused(hazard_in(State.REGISTERED), Action.ASSIGN, both, facts=facts) == "hazard.owner_unsuitable"


def test_more_time_moves_the_deadline_and_never_the_original_one() -> None:
    hazard = take(hazard_in(State.ASSIGNED), Action.REQUEST_EXTENSION, until="2031-01-01T00:00:00Z")
    due_at = hazard.round.due_at
    assert refused(hazard, Action.REQUEST_EXTENSION) == "hazard.extension_pending"
    refusal = take(hazard, Action.DECIDE_EXTENSION, granted=False, until=None)
    assert (refusal.round.due_at, refusal.round.extensions[0].granted_until) == (due_at, None)
    granted = take(hazard, Action.DECIDE_EXTENSION, granted=True, until=None)
    assert (granted.round.due_at, granted.round.original_due_at) == (datetime(2031, 1, 1, tzinfo=UTC), due_at)
    assert refused(granted, Action.DECIDE_EXTENSION) == "hazard.extension_not_pending"
    second = take(granted, Action.REQUEST_EXTENSION)
    assert [extension.number for extension in second.round.extensions] == [1, 2]


def test_more_time_is_later_than_the_deadline_and_than_now() -> None:
    hazard = take(hazard_in(State.REGISTERED), Action.ASSIGN, due_at=in_days(2))
    assert refused(hazard, Action.REQUEST_EXTENSION, until=in_days(2)) == "hazard.extension_not_later"
    late = NOW + 9 * DAY
    assert refused(hazard, Action.REQUEST_EXTENSION, now=late, until=in_days(8)) == "hazard.extension_not_later"
    asked = take(hazard, Action.REQUEST_EXTENSION, until=in_days(5))
    assert refused(asked, Action.DECIDE_EXTENSION, until=in_days(1)) == "hazard.extension_not_later"
    assert refused(asked, Action.DECIDE_EXTENSION, now=late, until=None) == "hazard.extension_not_later"


def test_no_more_time_is_granted_than_was_asked_for() -> None:
    hazard = take(hazard_in(State.REGISTERED), Action.ASSIGN, due_at=in_days(2))
    asked = take(hazard, Action.REQUEST_EXTENSION, until=in_days(5))
    assert refused(asked, Action.DECIDE_EXTENSION, until=in_days(5.1)) == "hazard.extension_beyond_request"
    assert take(asked, Action.DECIDE_EXTENSION, until=in_days(4)).round.due_at == NOW + 4 * DAY


def test_nobody_grants_themselves_more_time() -> None:
    owner = holding(OWNER, DESK)
    hazard = take(hazard_in(State.ASSIGNED), Action.REQUEST_EXTENSION, owner)
    assert refused(hazard, Action.DECIDE_EXTENSION, owner) == "hazard.owner_may_not"


def test_who_reported_it_does_not_grade_it_as_major_nor_back() -> None:
    both = holding(INSPECTOR, DESK)
    assert refused(hazard_in(State.REGISTERED), Action.GRADE, both) == "hazard.grader_is_reporter"
    major = after(Action.REGISTER, Action.GRADE)
    assert refused(major, Action.GRADE, both, level="general", arrangements=None) == "hazard.grader_is_reporter"


def test_the_second_inspector_does_not_grade_it_as_major_either() -> None:
    hazard = replace(hazard_in(State.REGISTERED), second_inspector_id=DESK.account_id)
    assert refused(hazard, Action.GRADE) == "hazard.grader_is_reporter"
    assert take(hazard, Action.GRADE, level="general", arrangements=None).level == "general"


def test_only_an_approver_lowers_a_major_hazard() -> None:
    major = after(Action.REGISTER, Action.GRADE)
    lower: dict[str, Any] = {"level": "general", "arrangements": None}
    assert refused(major, Action.GRADE, **lower) == "hazard.approver_required"
    assert take(major, Action.GRADE, APPROVER, **lower).level == "general"


@pytest.mark.parametrize("days", [0, -1, 31])
def test_supervision_ends_in_the_future_and_not_too_late(days: int) -> None:
    facts = known(supervision_latest=NOW + 30 * DAY)
    assert refused(hazard_in(State.ASSIGNED), Action.SUPERVISE, facts=facts, limit_at=in_days(days)) == (
        "hazard.supervision_limit"
    )
    record = take(hazard_in(State.ASSIGNED), Action.SUPERVISE, facts=facts, limit_at=in_days(30)).details.supervision
    assert record is not None
    assert record.limit_at == NOW + 30 * DAY


def test_a_report_is_merged_into_another_one_that_is_open() -> None:
    hazard, original = hazard_in(State.REGISTERED), hazard_in(State.PENDING_CLOSE)
    assert take(hazard, Action.MERGE, facts=known(original=original)).state is State.DUPLICATE
    for unknown in (None, hazard):
        assert refused(hazard, Action.MERGE, facts=known(original=unknown)) == "hazard.original_not_found"
    for state in (State.CLOSED, State.INVALID, State.DUPLICATE, State.TRANSFERRED):
        assert refused(hazard, Action.MERGE, facts=known(original=hazard_in(state))) == "hazard.original_not_open"


def test_a_picture_that_is_not_here_cannot_be_reviewed() -> None:
    hazard, nothing_here = hazard_in(State.PENDING_REVIEW), Circumstances(fix_photos_arrived=0)
    assert refused(hazard, Action.PASS, facts=nothing_here, mode="by_picture") == "hazard.photos_not_arrived"
    decide(hazard, Action.PASS, facts=nothing_here, mode="on_site")
    decide(hazard, Action.FAIL, facts=nothing_here, mode="by_picture")


def test_what_was_filed_for_somebody_proves_nothing_and_is_looked_at_on_site() -> None:
    hazard = take(hazard_in(State.ASSIGNED), Action.FILE_FIX, represented="店主")
    assert hazard.round.attempts[0].represented_name == "店主"
    assert refused(hazard, Action.PASS, mode="by_picture") == "hazard.review_on_site_required"
    assert take(hazard, Action.PASS, mode="on_site").state is State.CLOSED


@pytest.mark.parametrize("action", [Action.SUBMIT, Action.FILE_FIX])
def test_the_picture_of_the_hazard_does_not_show_its_fix(action: Action) -> None:
    before = hazard_examples.REPORT["photos"][0]
    same_bytes = {"id": str(uuid4()), "sha256": before["sha256"].upper()}
    for photo in (before, same_bytes):
        assert refused(hazard_in(State.ASSIGNED), action, photos=[photo]) == "hazard.photo_shows_before"


def test_a_photo_is_named_once() -> None:
    photo = hazard_examples.REPORT["photos"][0]
    with pytest.raises(Problem) as problem:
        decisions.check_report(report(photos=[photo, photo]))
    assert problem.value.code == "hazard.photo_named_twice"


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+08:00", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-08:00"])
@pytest.mark.parametrize("field", ["captured_at", "device_time"])
def test_a_time_that_is_none_is_refused(field: str, instant: str) -> None:
    with pytest.raises(Problem) as problem:
        decisions.check_report(report(**{field: instant}))
    assert (problem.value.code, problem.value.parameters) == ("hazard.time_out_of_range", {"field": field})


@pytest.mark.parametrize(
    ("state", "action", "field"),
    [
        (State.REGISTERED, Action.ASSIGN, "due_at"),
        (State.ASSIGNED, Action.REQUEST_EXTENSION, "until"),
        (State.ASSIGNED, Action.SUPERVISE, "limit_at"),
        (State.ASSIGNED, Action.SHELVE, "until"),
        (State.ASSIGNED, Action.RECORD_SERVICE, "served_at"),
        (State.ASSIGNED, Action.RECORD_REFUSAL, "refused_at"),
        (State.TRANSFERRED, Action.RECORD_TRANSFER_RECEIPT, "received_at"),
    ],
)
def test_a_time_after_the_last_one_is_a_mistake(state: State, action: Action, field: str) -> None:
    beyond: dict[str, Any] = {field: LATEST.isoformat()}
    assert refused(hazard_in(state), action, **beyond) == "hazard.time_out_of_range"


@pytest.mark.parametrize(
    ("minutes", "offline", "told"),
    [
        (0, False, None),
        (4, False, None),
        (-4, False, None),
        (6, False, 6),
        (-6, False, -6),
        (6, True, 6),
        (-600, True, None),
    ],
)
def test_a_wrong_clock_is_told_where_it_can_be_known(minutes: int, offline: bool, told: int | None) -> None:
    ahead = hazards.clock_difference(device_time=NOW + timedelta(minutes=minutes), offline=offline, received_at=NOW)
    assert ahead == (None if told is None else timedelta(minutes=told))


def test_a_number_shows_the_year_of_the_chinese_clock() -> None:
    new_year = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    assert hazards.number_for("140302", new_year.astimezone(hazards.CHINA_TIME).year, 123) == "140302-2027-000123"
    assert hazards.number_for("GXQ", 2026, 1_234_567) == "GXQ-2026-1234567"


def test_a_report_is_kept_as_given_and_in_wgs84() -> None:
    hazard = hazard_reports.reported(uuid4(), report_event())
    assert hazard.finding.given_position is not None
    assert (hazard.finding.given_position.lon, hazard.finding.given_position.datum) == (113.586802, "gcj02")
    assert hazard.position == pytest.approx((113.5804, 37.8573), abs=5e-6)


def test_times_are_compared_in_one_zone() -> None:
    beijing = NOW.astimezone(timezone(timedelta(hours=8)))
    hazard = hazard_reports.reported(uuid4(), report_event(report(captured_at=beijing.isoformat())))
    assert hazard.finding.captured_at == NOW
    assert hazard.finding.captured_at.tzinfo is UTC
