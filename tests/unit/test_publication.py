"""The table of a case's life, walked pair by pair."""

from datetime import date
from uuid import UUID, uuid4

import pytest

from schemas.cases import CaseAction, CaseState
from service.domain import publication
from service.domain.permissions import Actor, Grant, Permission
from service.domain.publication import TRANSITIONS, Standing, find_transition
from service.problems import Problem

PLACE = uuid4()


def person(*permissions: Permission, account_id: UUID | None = None, place: UUID = PLACE) -> Actor:
    grants = (Grant("any", frozenset(permissions), frozenset({place})),)
    return Actor(account_id or uuid4(), "somebody", "Somebody", grants)


def case_in(state: CaseState, **changes: object) -> Standing:
    values = {"state": state, "organization_id": PLACE, "writers": frozenset(), "first_reviewer_id": None} | changes
    return Standing(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize("action", CaseAction)
@pytest.mark.parametrize("state", CaseState)
def test_every_pair_is_decided_as_the_table_says(action: CaseAction, state: CaseState) -> None:
    row = find_transition(action, state)
    everything = person(*Permission)
    if row is None:
        with pytest.raises(Problem) as refused:
            publication.decide(case_in(state), action, everything)
        assert refused.value.code == "case.action_not_allowed_now"
        return
    for showing in (None, "live", "suspended"):
        case = case_in(state, showing=showing)
        if row.showing is not None and showing not in row.showing:
            with pytest.raises(Problem) as refused:
                publication.decide(case, action, everything)
            assert refused.value.code == "case.action_not_allowed_now"
            continue
        assert publication.decide(case, action, person(row.permission)) is row
        with pytest.raises(Problem) as refused:
            publication.decide(case, action, person(*(set(Permission) - {row.permission})))
        assert refused.value.code == "permission.denied"
        with pytest.raises(Problem) as refused:
            publication.decide(case, action, person(*Permission, place=uuid4()))
        assert refused.value.code == "permission.denied"


def test_no_pair_stands_twice_and_only_publishing_makes_a_case_public() -> None:
    pairs = [(row.action, row.origin) for row in TRANSITIONS]
    assert len(pairs) == len(set(pairs))
    moves = [row for row in TRANSITIONS if row.origin is not row.target]
    assert [row.origin for row in moves if row.target is CaseState.PUBLISHED] == [CaseState.APPROVED]
    assert [row.action for row in moves if row.origin is CaseState.PUBLISHED] == [CaseAction.AMEND, CaseAction.RETRACT]
    assert not [row for row in TRANSITIONS if row.origin is CaseState.RETRACTED]


@pytest.mark.parametrize("state", [state for state in CaseState if state is not CaseState.RETRACTED])
def test_what_the_public_has_can_be_hidden_from_every_state_and_only_then(state: CaseState) -> None:
    publisher = person(Permission.CASE_RETRACT, Permission.CASE_PUBLISH)
    hiding = {CaseAction.SUSPEND, CaseAction.RETRACT}
    assert hiding <= set(publication.offered(case_in(state, showing="live"), publisher))
    assert CaseAction.RESUME in publication.offered(case_in(state, showing="suspended"), publisher)
    assert CaseAction.SUSPEND not in publication.offered(case_in(state, showing="suspended"), publisher)
    assert CaseAction.SUSPEND not in publication.offered(case_in(state), publisher)


@pytest.mark.parametrize("state", [CaseState.FIRST_REVIEW, CaseState.SECOND_REVIEW])
def test_writers_and_the_first_reviewer_do_not_approve(state: CaseState) -> None:
    reviewer = person(Permission.CASE_REVIEW)
    own = case_in(state, writers=frozenset({reviewer.account_id}))
    again = case_in(state, first_reviewer_id=reviewer.account_id)
    for case in (own, again):
        with pytest.raises(Problem) as refused:
            publication.decide(case, CaseAction.APPROVE, reviewer)
        assert refused.value.code == "case.separation_of_duties"
        assert CaseAction.APPROVE not in publication.offered(case, reviewer)
        assert CaseAction.SEND_BACK in publication.offered(case, reviewer)


def test_addresses_are_drawn_by_lot() -> None:
    slugs = {publication.make_slug(date(2026, 6, 1)) for _ in range(1000)}
    names = {publication.make_picture_name() for _ in range(1000)}
    assert len(slugs) == len(names) == 1000
    assert all(publication.SLUG.fullmatch(slug) and slug.startswith("2026-06-") for slug in slugs)
