"""The table of a case's life, walked pair by pair."""

from datetime import date
from uuid import UUID, uuid4

import pytest

from schemas.cases import CaseAction, CaseState
from service.domain import legal_basis, publication
from service.domain.permissions import Actor, Grant, Permission
from service.domain.publication import TRANSITIONS, Standing, find_transition
from service.i18n import LANGUAGES
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
    assert publication.decide(case_in(state), action, person(row.permission)) is row
    with pytest.raises(Problem) as refused:
        publication.decide(case_in(state), action, person(*(set(Permission) - {row.permission})))
    assert refused.value.code == "permission.denied"
    with pytest.raises(Problem) as refused:
        publication.decide(case_in(state), action, person(*Permission, place=uuid4()))
    assert refused.value.code == "permission.denied"


def test_no_pair_stands_twice_and_only_publishing_makes_a_case_public() -> None:
    pairs = [(row.action, row.origin) for row in TRANSITIONS]
    assert len(pairs) == len(set(pairs))
    assert [row.origin for row in TRANSITIONS if row.target is CaseState.PUBLISHED] == [CaseState.APPROVED]
    assert [row.action for row in TRANSITIONS if row.origin is CaseState.PUBLISHED] == [CaseAction.RETRACT]
    assert not [row for row in TRANSITIONS if row.origin is CaseState.RETRACTED]


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


@pytest.mark.parametrize(
    ("key", "chinese", "english"),
    [
        ("XF28", "《中华人民共和国消防法》第二十八条", "Fire Protection Law, Article 28"),
        ("XF60(3)", "《中华人民共和国消防法》第六十条第一款第（三）项", "Fire Protection Law, Article 60 (1) item 3"),
        ("AQ105", "《中华人民共和国安全生产法》第一百零五条", "Work Safety Law, Article 105"),
        ("GB55037-7.1.5", "《建筑防火通用规范》GB 55037-2022第7.1.5条", None),
        ("61-31(5)", "《机关、团体、企业、事业单位消防安全管理规定》第三十一条第（五）项", None),
        ("GC", "《高层民用建筑消防安全管理规定》", None),
    ],
)
def test_a_clause_is_cited_as_laws_are(key: str, chinese: str, english: str | None) -> None:
    assert legal_basis.cite([key], "zh-CN") == chinese
    if english is not None:
        assert legal_basis.cite([key], "en") == english


def test_numbers_are_counted_as_laws_do() -> None:
    expected = {1: "一", 10: "十", 12: "十二", 28: "二十八", 60: "六十", 100: "一百", 105: "一百零五", 110: "一百一十"}
    assert {number: legal_basis.numeral(number) for number in expected} == expected


def test_a_key_that_is_no_clause_is_left_to_the_editor() -> None:
    assert all(legal_basis.cite(["nonsense", "XF28"], language).count("\n") == 0 for language in LANGUAGES)
