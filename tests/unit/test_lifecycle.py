"""The table of the loop: who may do what with a hazard, when, and what becomes of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.hazards import Action, State
from service.domain import hazard_reports, hazards, lifecycle
from service.domain.hazards import HazardEvent
from service.domain.lifecycle import TRANSITIONS
from service.i18n import LANGUAGES, translate
from service.problems import Problem, status_of
from tests.handbook import LOOP, ROLES, lived
from tests.hazard_rules import (
    APPROVER,
    DESK,
    ELSEWHERE,
    HERE,
    INSPECTOR,
    NOW,
    OWNER,
    PEOPLE,
    REVIEWER,
    RIGHT_PERSON,
    after,
    decide,
    hazard_in,
    history_of,
    holding,
    known,
    person,
    refused,
    report_event,
    take,
)

PAIRS = pytest.mark.parametrize(("state", "action"), [(state, action) for state in State for action in Action])
OWNED = (State.ASSIGNED, State.RECTIFYING, State.PENDING_REVIEW, State.PENDING_CLOSE)


@PAIRS
def test_every_pair_of_state_and_action_is_allowed_exactly_where_the_handbook_says(
    state: State, action: Action
) -> None:
    line = LOOP[action]
    has_request = action is Action.DECIDE_EXTENSION and state in OWNED
    hazard = hazard_in(state, time_asked_for=has_request)
    if line.party == "owner" and hazard.owner_id is None:
        # Before the assignment nobody is the owner of the moment; take one who was.
        assert refused(hazard, action) == "hazard.not_the_owner"
    elif state in line.sources:
        changed = take(hazard, action)
        assert (changed.state, changed.version) == (line.target or state, hazard.version + 1)
    else:
        with pytest.raises(Problem) as problem:
            decide(hazard, action)
        assert problem.value.code == "hazard.action_not_allowed_now"
        assert problem.value.parameters == {"action": action.value, "state": state.value}


def test_a_major_hazard_waits_for_the_approver_where_a_general_one_is_closed() -> None:
    major = after(Action.REGISTER, Action.GRADE, Action.ASSIGN, Action.SUBMIT)
    for action, line in LOOP.items():
        if major.state in line.sources and action != "decide_extension":
            assert take(major, Action(action)).state == (line.if_major or major.state), action
    waiting = take(major, Action.PASS)
    assert (waiting.state, waiting.round.closed_at) == (State.PENDING_CLOSE, None)
    closed = take(waiting, Action.APPROVE_CLOSE, now=NOW + timedelta(days=1))
    assert (closed.round.closed_at, closed.round.closed_by) == (NOW + timedelta(days=1), APPROVER.account_id)


def test_the_table_is_the_one_of_the_handbook() -> None:
    assert {
        row.action.value: (
            {source.value for source in row.sources},
            row.target.value if row.target else "",
            (row.target_if_major or row.target or State.REPORTED).value if row.target else "",
            row.permission.value,
            row.party.value,
            row.event,
        )
        for row in TRANSITIONS.values()
    } == {action: tuple(line) for action, line in LOOP.items()}
    assert list(TRANSITIONS) == list(Action)


@pytest.mark.parametrize("state", State)
def test_nobody_acts_without_the_permission_or_in_another_district(state: State) -> None:
    hazard = hazard_in(state)
    for role in ROLES:
        here, away = person(role), person(role, ELSEWHERE)
        for action in Action:
            line = LOOP[action]
            # The finder's place may lie in another district, so there a stranger is refused for not being the finder.
            is_finders = line.party == "finder" and line.permission in ROLES[role]
            assert refused(hazard, action, away) == ("hazard.not_the_finder" if is_finders else "permission.denied")
            assert action not in lifecycle.offered(hazard, away)
            if line.permission not in ROLES[role]:
                assert refused(hazard, action, here) == "permission.denied"
                assert action not in lifecycle.offered(hazard, here)


@pytest.mark.parametrize(
    ("state", "time_asked_for"), [*((state, False) for state in State), *((state, True) for state in OWNED)]
)
def test_what_is_offered_is_what_works(state: State, time_asked_for: bool) -> None:
    hazard = hazard_in(state, time_asked_for=time_asked_for)
    for actor in PEOPLE.values():
        works = []
        for action in Action:
            try:
                decide(hazard, action, actor)
            except Problem:
                continue
            works.append(action)
        assert lifecycle.offered(hazard, actor) == works


@pytest.mark.parametrize("action", [Action.PASS, Action.FAIL])
def test_the_owner_never_reviews_even_with_the_right_to_review(action: Action) -> None:
    hazard = hazard_in(State.PENDING_REVIEW)
    assert refused(hazard, action, holding(OWNER, REVIEWER)) == "hazard.fixer_may_not_review"


@pytest.mark.parametrize("action", [action for action in Action if LOOP[action].party == "anyone"])
def test_the_owner_decides_nothing_about_their_own_hazard_whatever_else_they_are(action: Action) -> None:
    everyone = holding(OWNER, DESK, APPROVER, INSPECTOR)
    for state in OWNED:
        # Before the state: it is never theirs to do.
        assert refused(hazard_in(state), action, everyone) == "hazard.owner_may_not"
        assert action not in lifecycle.offered(hazard_in(state), everyone)


def test_who_filed_the_fix_may_not_review_it_after_the_hazard_went_to_somebody_else() -> None:
    hazard = take(take(hazard_in(State.PENDING_REVIEW), Action.FAIL), Action.HAND_BACK)
    other = person("owner")
    hazard = take(hazard, Action.ASSIGN, facts=known(owner_id=other.account_id))
    hazard = take(hazard, Action.SUBMIT, other)
    assert refused(hazard, Action.PASS, holding(OWNER, REVIEWER)) == "hazard.fixer_may_not_review"


def test_who_filed_for_the_owner_may_neither_review_nor_strike_off() -> None:
    inspector = holding(INSPECTOR, REVIEWER, APPROVER)
    hazard = take(after(Action.REGISTER, Action.GRADE, Action.ASSIGN), Action.FILE_FIX, inspector)
    assert refused(hazard, Action.PASS, inspector) == "hazard.fixer_may_not_review"
    assert refused(take(hazard, Action.PASS), Action.APPROVE_CLOSE, inspector) == "hazard.fixer_may_not_review"


def test_the_reviewer_of_a_major_hazard_is_not_its_approver_until_somebody_else_reviews() -> None:
    both = holding(REVIEWER, APPROVER)
    hazard = take(after(Action.REGISTER, Action.GRADE, Action.ASSIGN, Action.SUBMIT), Action.PASS, both)
    for action in (Action.APPROVE_CLOSE, Action.REFUSE_CLOSE):
        assert refused(hazard, action, both) == "hazard.reviewer_may_not_approve"
        assert action not in lifecycle.offered(hazard, both)
    hazard = take(take(hazard, Action.REFUSE_CLOSE), Action.SUBMIT)
    hazard = take(hazard, Action.PASS, person("reviewer"))
    assert take(hazard, Action.APPROVE_CLOSE, both).state is State.CLOSED


def test_the_finder_may_review() -> None:
    assert take(hazard_in(State.PENDING_REVIEW), Action.PASS, holding(INSPECTOR, REVIEWER)).state is State.CLOSED


@pytest.mark.parametrize("action", [Action.ACCEPT, Action.HAND_BACK, Action.SUBMIT, Action.REQUEST_EXTENSION])
def test_another_owner_may_not_act_on_somebody_elses_hazard(action: Action) -> None:
    assert refused(hazard_in(State.ASSIGNED), action, person("owner")) == "hazard.not_the_owner"


def test_a_handed_back_hazard_is_gone_for_who_owned_it() -> None:
    hazard = take(hazard_in(State.RECTIFYING), Action.HAND_BACK)
    assert not lifecycle.may_see(hazard, OWNER)
    assert lifecycle.may_see(hazard, INSPECTOR)


def test_who_informed_is_read_by_the_desk_and_the_reporter_and_never_by_the_owner() -> None:
    hazard = hazard_in(State.ASSIGNED)
    readers = [role for role, actor in PEOPLE.items() if lifecycle.reads_informant(hazard, actor)]
    assert readers == ["inspector", "desk"]
    assert not lifecycle.reads_informant(hazard, holding(OWNER, DESK))


def test_an_event_that_cannot_follow_is_refused_by_the_fold() -> None:
    told = report_event()
    for kind, by in (("hazard.passed", REVIEWER), ("hazard.forgotten", DESK), ("hazard.reported", INSPECTOR)):
        with pytest.raises(ValueError, match="cannot follow"):
            lifecycle.replay(uuid4(), [told, HazardEvent(kind, NOW, by.account_id, {})])
    for nothing in ([], [HazardEvent("hazard.registered", NOW, DESK.account_id, {})]):
        with pytest.raises(ValueError, match="begins with its report"):
            lifecycle.replay(uuid4(), nothing)


LEVELS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(({}, {"level": "general", "arrangements": None}))


@given(st.lists(st.tuples(st.sampled_from(Action), LEVELS), max_size=60))
def test_the_events_of_any_life_survive_json_and_rebuild_the_hazard(
    wishes: list[tuple[Action, dict[str, Any]]],
) -> None:
    hazard, told = history_of(HERE, ((action, changes if action is Action.GRADE else {}) for action, changes in wishes))
    read_back = [replace(event, body=msgspec.json.decode(msgspec.json.encode(event.body))) for event in told]
    assert lifecycle.replay(HERE, read_back) == hazard
    assert hazard.version == len(told)
    assert hazard.state == lived((event.kind, event.body.get("level")) for event in read_back)


def test_every_state_and_action_has_a_name_in_every_language() -> None:
    for language in LANGUAGES:
        for state in State:
            assert translate(f"hazards.state.{state}", language)
        for action in Action:
            assert translate(f"hazards.action.{action}", language)


def test_every_problem_in_the_table_is_in_the_catalogue() -> None:
    for row in TRANSITIONS.values():
        for code in row.problems:
            assert status_of(code) in (403, 409, 422), code


def test_overdue_is_the_owners_lateness_only() -> None:
    due_at = NOW + timedelta(days=3)
    late = due_at + timedelta(seconds=1)
    assert not hazards.overdue(State.ASSIGNED, due_at, due_at)
    assert {state for state in State if hazards.overdue(state, due_at, late)} == {State.ASSIGNED, State.RECTIFYING}
    assert not hazards.overdue(State.RECTIFYING, None, late)


def test_everyone_open_has_a_holder_and_what_is_over_has_none() -> None:
    holders = {state.value: hazard_in(state).holder for state in State}
    assert holders == {
        "reported": "desk", "registered": "desk", "assigned": "owner", "rectifying": "owner",
        "pending_review": "reviewer", "pending_close": "approver", "closed": None, "invalid": None, "duplicate": None,
        "transferred": None,
    }  # fmt: skip
    unclear = take(hazard_in(State.ASSIGNED), Action.HAND_BACK, reason="responsibility_unclear")
    assert unclear.holder == "street_office"
    assert take(unclear, Action.ASSIGN).holder == "owner"


def test_every_action_has_a_right_person_who_may_take_it() -> None:
    for action, actor in RIGHT_PERSON.items():
        assert actor.may(TRANSITIONS[action].permission, HERE)
    assert set(RIGHT_PERSON) == set(Action)
    assert hazard_reports.reported(HERE, report_event()).officers == {INSPECTOR.account_id}
