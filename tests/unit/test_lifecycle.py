"""The table of the loop: who may do what with a hazard, when, and what becomes of it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.hazards import Action, ActionBody, HazardReport, State
from service.domain import hazards, lifecycle
from service.domain.hazards import Hazard, HazardEvent
from service.domain.lifecycle import TRANSITIONS, Circumstances, Party
from service.domain.permissions import Actor, Grant, Permission
from service.i18n import LANGUAGES, translate
from service.problems import Problem, status_of
from service.routes import hazard_examples

NOW = datetime(2026, 6, 5, 1, 31, 13, tzinfo=UTC)
HERE, ELSEWHERE = uuid4(), uuid4()
ROLES = {
    "inspector": {Permission.HAZARD_REPORT, Permission.HAZARD_READ},
    "owner": {Permission.HAZARD_RECTIFY},
    "desk": {
        Permission.HAZARD_READ,
        Permission.HAZARD_REGISTER,
        Permission.HAZARD_ASSIGN,
        Permission.HAZARD_REOPEN,
    },
    "reviewer": {Permission.HAZARD_READ, Permission.HAZARD_REVIEW},
}


def person(role: str, organization: UUID = HERE, *, more: Iterable[Permission] = ()) -> Actor:
    grant = Grant(role, frozenset({*ROLES[role], *more}), frozenset({organization}))
    return Actor(uuid4(), role, role, (grant,))


INSPECTOR, OWNER, DESK, REVIEWER = (person(role) for role in ("inspector", "owner", "desk", "reviewer"))
ROAD_TO = {
    State.REPORTED: [],
    State.REGISTERED: [Action.REGISTER],
    State.ASSIGNED: [Action.REGISTER, Action.ASSIGN],
    State.RECTIFYING: [Action.REGISTER, Action.ASSIGN, Action.ACCEPT],
    State.PENDING_REVIEW: [Action.REGISTER, Action.ASSIGN, Action.SUBMIT],
    State.CLOSED: [Action.REGISTER, Action.ASSIGN, Action.SUBMIT, Action.PASS],
}
RIGHT_PERSON = {
    Permission.HAZARD_REGISTER: DESK,
    Permission.HAZARD_ASSIGN: DESK,
    Permission.HAZARD_REOPEN: DESK,
    Permission.HAZARD_RECTIFY: OWNER,
    Permission.HAZARD_REVIEW: REVIEWER,
}
FACTS = Circumstances(owner_id=OWNER.account_id, fix_photos_arrived=1)


def report(**changes: Any) -> HazardReport:
    return msgspec.convert(hazard_examples.REPORT | changes, HazardReport)


def body(action: Action, **changes: Any) -> ActionBody:
    content = hazard_examples.ACTIONS[action] | {"action_id": str(uuid4())} | changes
    return msgspec.convert(content, TRANSITIONS[action].body)


def report_event(content: HazardReport | None = None, now: datetime = NOW) -> HazardEvent:
    return hazards.report_event(
        content or report(),
        number="140302-2026-000001",
        organization_id=HERE,
        second_inspector_id=None,
        actor_id=INSPECTOR.account_id,
        now=now,
        demo=False,
    )


def take(hazard: Hazard, action: Action, actor: Actor | None = None, now: datetime = NOW, **changes: Any) -> Hazard:
    by = actor or RIGHT_PERSON[TRANSITIONS[action].permission]
    return lifecycle.evolve(hazard, lifecycle.decide(hazard, body(action, **changes), action, by, now, FACTS))


def hazard_in(state: State) -> Hazard:
    hazard = hazards.reported(uuid4(), report_event())
    for action in ROAD_TO[state]:
        hazard = take(hazard, action)
    assert hazard.state is state
    return hazard


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("state", State)
def test_every_pair_of_state_and_action_is_allowed_exactly_where_the_table_says(state: State, action: Action) -> None:
    hazard, row = hazard_in(state), TRANSITIONS[action]
    # Before the assignment and after the close nobody is the owner of the moment; take one who was.
    if row.party is Party.OWNER and hazard.owner_id is None:
        with pytest.raises(Problem) as refused:
            take(hazard, action)
        assert refused.value.code == "hazard.not_the_owner"
    elif state in row.sources:
        changed = take(hazard, action)
        assert (changed.state, changed.version) == (row.target, hazard.version + 1)
    else:
        with pytest.raises(Problem) as refused:
            take(hazard, action)
        assert refused.value.code == "hazard.action_not_allowed_now"
        assert refused.value.parameters == {"action": action.value, "state": state.value}


def test_the_table_is_the_one_of_the_handbook() -> None:
    assert {(row.action, source, row.target) for row in TRANSITIONS.values() for source in row.sources} == {
        ("register", "reported", "registered"),
        ("assign", "registered", "assigned"),
        ("accept", "assigned", "rectifying"),
        ("hand_back", "assigned", "registered"),
        ("hand_back", "rectifying", "registered"),
        ("submit", "assigned", "pending_review"),
        ("submit", "rectifying", "pending_review"),
        ("pass", "pending_review", "closed"),
        ("fail", "pending_review", "rectifying"),
        ("reopen", "closed", "registered"),
    }
    assert {row.action: (row.permission, row.party) for row in TRANSITIONS.values()} == {
        "register": ("hazard:register", "anyone"),
        "assign": ("hazard:assign", "anyone"),
        "accept": ("hazard:rectify", "owner"),
        "hand_back": ("hazard:rectify", "owner"),
        "submit": ("hazard:rectify", "owner"),
        "pass": ("hazard:review", "independent"),
        "fail": ("hazard:review", "independent"),
        "reopen": ("hazard:reopen", "anyone"),
    }


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("role", ROLES)
def test_nobody_acts_without_the_permission_or_in_another_district(role: str, state: State, action: Action) -> None:
    hazard = hazard_in(state)
    strangers = [person(role, ELSEWHERE)]
    if TRANSITIONS[action].permission not in ROLES[role]:
        strangers.append(person(role))
    for stranger in strangers:
        with pytest.raises(Problem) as refused:
            lifecycle.decide(hazard, body(action), action, stranger, NOW, FACTS)
        assert refused.value.code == "permission.denied"
        assert action not in lifecycle.offered(hazard, stranger)


@pytest.mark.parametrize("state", State)
def test_what_is_offered_is_what_works(state: State) -> None:
    hazard = hazard_in(state)
    for actor in (INSPECTOR, OWNER, DESK, REVIEWER):
        works = []
        for action in Action:
            try:
                lifecycle.decide(hazard, body(action), action, actor, NOW, FACTS)
            except Problem:
                continue
            works.append(action)
        assert lifecycle.offered(hazard, actor) == works


@pytest.mark.parametrize("action", [Action.PASS, Action.FAIL])
def test_the_owner_never_reviews_even_with_the_right_to_review(action: Action) -> None:
    owner_who_reviews = replace(OWNER, grants=(*OWNER.grants, *REVIEWER.grants))
    with pytest.raises(Problem) as refused:
        take(hazard_in(State.PENDING_REVIEW), action, owner_who_reviews)
    assert refused.value.code == "hazard.fixer_may_not_review"


def test_who_filed_the_fix_may_not_review_it_after_the_hazard_went_to_somebody_else() -> None:
    hazard = hazard_in(State.PENDING_REVIEW)
    hazard = take(hazard, Action.FAIL)
    hazard = take(hazard, Action.HAND_BACK)
    other = person("owner")
    assignment = lifecycle.decide(
        hazard, body(Action.ASSIGN), Action.ASSIGN, DESK, NOW, Circumstances(owner_id=other.account_id)
    )
    hazard = take(lifecycle.evolve(hazard, assignment), Action.SUBMIT, other)
    first_fixer = replace(OWNER, grants=REVIEWER.grants)
    with pytest.raises(Problem) as refused:
        take(hazard, Action.PASS, first_fixer)
    assert refused.value.code == "hazard.fixer_may_not_review"


def test_the_finder_may_review() -> None:
    finder = replace(INSPECTOR, grants=REVIEWER.grants)
    assert take(hazard_in(State.PENDING_REVIEW), Action.PASS, finder).state is State.CLOSED


def test_another_owner_may_not_act_on_somebody_elses_hazard() -> None:
    for action in (Action.ACCEPT, Action.HAND_BACK, Action.SUBMIT):
        with pytest.raises(Problem) as refused:
            take(hazard_in(State.ASSIGNED), action, person("owner"))
        assert refused.value.code == "hazard.not_the_owner"


def test_a_failed_review_starts_the_next_attempt_and_keeps_the_first() -> None:
    hazard = take(hazard_in(State.PENDING_REVIEW), Action.FAIL, reason="还有纸箱")
    assert (hazard.state, hazard.attempt) == (State.RECTIFYING, 2)
    hazard = take(hazard, Action.SUBMIT, now=NOW + timedelta(hours=1))
    first, second = hazard.round.attempts
    assert (first.number, first.outcome, first.remarks, first.decided_by) == (
        1,
        "failed",
        "还有纸箱",
        REVIEWER.account_id,
    )
    assert (second.number, second.outcome, second.decided_by) == (2, None, None)


def test_a_reopened_hazard_begins_a_new_round_and_the_old_dates_stay() -> None:
    closed = hazard_in(State.CLOSED)
    later = NOW + timedelta(days=40)
    hazard = take(closed, Action.REOPEN, now=later)
    assert (hazard.round.number, hazard.attempt, hazard.owner_id) == (2, 1, None)
    assert hazard.rounds[0] == closed.round
    hazard = take(hazard, Action.ASSIGN, now=later)
    assert hazard.rounds[0] == closed.round
    assert hazard.round.owner_id == OWNER.account_id


def test_a_handed_back_hazard_is_nobodys_again() -> None:
    hazard = take(hazard_in(State.RECTIFYING), Action.HAND_BACK)
    assert (hazard.owner_id, hazard.round.due_at, hazard.round.accepted_at) == (None, None, None)
    assert hazard.round.registered_at == NOW
    assert not lifecycle.may_see(hazard, OWNER)


def test_filing_counts_as_accepting_and_an_earlier_acceptance_stays() -> None:
    assert hazard_in(State.PENDING_REVIEW).round.accepted_at == NOW
    accepted = take(hazard_in(State.RECTIFYING), Action.SUBMIT, now=NOW + timedelta(days=1))
    assert accepted.round.accepted_at == NOW


def test_a_deadline_that_is_over_is_refused() -> None:
    for due_at in (NOW, NOW - timedelta(days=1)):
        with pytest.raises(Problem) as refused:
            take(hazard_in(State.REGISTERED), Action.ASSIGN, due_at=due_at.isoformat())
        assert refused.value.code == "hazard.due_at_past"


def test_an_owner_who_may_not_rectify_here_is_refused() -> None:
    with pytest.raises(Problem) as refused:
        lifecycle.decide(
            hazard_in(State.REGISTERED), body(Action.ASSIGN), Action.ASSIGN, DESK, NOW, Circumstances(owner_id=None)
        )
    assert refused.value.code == "hazard.owner_unsuitable"


def test_a_picture_that_is_not_here_cannot_be_reviewed() -> None:
    hazard, nothing_here = hazard_in(State.PENDING_REVIEW), Circumstances(fix_photos_arrived=0)
    with pytest.raises(Problem) as refused:
        lifecycle.decide(hazard, body(Action.PASS, mode="by_picture"), Action.PASS, REVIEWER, NOW, nothing_here)
    assert refused.value.code == "hazard.photos_not_arrived"
    lifecycle.decide(hazard, body(Action.PASS, mode="on_site"), Action.PASS, REVIEWER, NOW, nothing_here)
    lifecycle.decide(hazard, body(Action.FAIL, mode="by_picture"), Action.FAIL, REVIEWER, NOW, nothing_here)


def test_the_picture_of_the_hazard_does_not_show_its_fix() -> None:
    before = hazard_examples.REPORT["photos"][0]
    same_bytes = {"id": str(uuid4()), "sha256": before["sha256"].upper()}
    for photo in (before, same_bytes):
        with pytest.raises(Problem) as refused:
            take(hazard_in(State.ASSIGNED), Action.SUBMIT, photos=[photo])
        assert refused.value.code == "hazard.photo_shows_before"


def test_a_photo_is_named_once() -> None:
    photo = hazard_examples.REPORT["photos"][0]
    with pytest.raises(Problem) as refused:
        lifecycle.check_report(report(photos=[photo, photo]))
    assert refused.value.code == "hazard.photo_named_twice"


@pytest.mark.parametrize("instant", ["0001-01-01T00:00:00+08:00", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-08:00"])
@pytest.mark.parametrize("field", ["captured_at", "device_time"])
def test_a_time_that_is_none_is_refused(field: str, instant: str) -> None:
    with pytest.raises(Problem) as refused:
        lifecycle.check_report(report(**{field: instant}))
    assert (refused.value.code, refused.value.parameters) == ("hazard.time_out_of_range", {"field": field})


def test_overdue_is_the_owners_lateness_only() -> None:
    hazard = hazard_in(State.ASSIGNED)
    due_at = hazard.round.due_at
    assert due_at is not None
    late = due_at + timedelta(seconds=1)
    assert not hazards.overdue(State.ASSIGNED, due_at, due_at)
    assert {state for state in State if hazards.overdue(state, due_at, late)} == {State.ASSIGNED, State.RECTIFYING}
    assert not hazards.overdue(State.RECTIFYING, None, late)


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
    hazard = hazards.reported(uuid4(), report_event())
    assert hazard.finding.given_position is not None
    assert (hazard.finding.given_position.lon, hazard.finding.given_position.datum) == (113.586802, "gcj02")
    assert hazard.position == pytest.approx((113.5804, 37.8573), abs=5e-6)


def test_an_event_that_cannot_follow_is_refused_by_the_fold() -> None:
    told = report_event()
    with pytest.raises(ValueError, match="cannot follow"):
        lifecycle.replay(uuid4(), [told, HazardEvent("hazard.passed", NOW, REVIEWER.account_id, {})])
    with pytest.raises(ValueError, match="cannot follow"):
        lifecycle.replay(uuid4(), [told, HazardEvent("hazard.forgotten", NOW, DESK.account_id, {})])
    for nothing in ([], [HazardEvent("hazard.registered", NOW, DESK.account_id, {})]):
        with pytest.raises(ValueError, match="begins with its report"):
            lifecycle.replay(uuid4(), nothing)


@given(st.lists(st.sampled_from(Action), max_size=60))
def test_the_events_of_any_life_survive_json_and_rebuild_the_hazard(wishes: list[Action]) -> None:
    told = [report_event()]
    hazard = hazards.reported(HERE, told[0])
    for step, action in enumerate(wishes):
        actor, now = RIGHT_PERSON[TRANSITIONS[action].permission], NOW + timedelta(minutes=step)
        try:
            event = lifecycle.decide(hazard, body(action), action, actor, now, FACTS)
        except Problem:
            continue
        told.append(event)
        hazard = lifecycle.evolve(hazard, event)
    read_back = [replace(event, body=msgspec.json.decode(msgspec.json.encode(event.body))) for event in told]
    assert lifecycle.replay(HERE, read_back) == hazard
    assert hazard.version == len(told)


def test_every_state_and_action_has_a_name_in_every_language() -> None:
    for language in LANGUAGES:
        for state in State:
            assert translate(f"hazards.state.{state}", language)
        for action in Action:
            assert translate(f"hazards.action.{action}", language)


def test_every_problem_in_the_table_is_in_the_catalogue() -> None:
    for row in TRANSITIONS.values():
        for code in row.problems:
            assert status_of(code) in (409, 422)


def test_times_are_compared_in_one_zone() -> None:
    beijing = NOW.astimezone(timezone(timedelta(hours=8)))
    hazard = hazards.reported(uuid4(), report_event(report(captured_at=beijing.isoformat())))
    assert hazard.finding.captured_at == NOW
    assert hazard.finding.captured_at.tzinfo is UTC
