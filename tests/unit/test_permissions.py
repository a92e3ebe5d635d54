"""Who may do what where, and identifiers that sort by time."""

import random
from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from service.domain.identifiers import uuid7
from service.domain.permissions import Actor, Grant, Permission

HERE, THERE, NOWHERE = (uuid4() for _ in range(3))
READ, REPORT, REVIEW = Permission.HAZARD_READ, Permission.HAZARD_REPORT, Permission.HAZARD_REVIEW


def actor(*grants: Grant) -> Actor:
    return Actor(uuid4(), "desk", "值班员", grants)


def test_a_permission_counts_only_in_the_organizations_of_the_role_that_grants_it() -> None:
    person = actor(
        Grant("inspector", frozenset({READ, REPORT}), frozenset({HERE})),
        Grant("auditor", frozenset({READ}), frozenset({HERE, THERE})),
    )
    assert person.may(REPORT, HERE)
    # One role's permission never joins another role's organization.
    assert not person.may(REPORT, THERE)
    assert person.may(READ, THERE)
    assert not person.may(READ, NOWHERE)
    assert not person.may(REVIEW, HERE)
    assert person.organizations_with(READ) == {HERE, THERE}
    assert person.organizations_with(REPORT) == {HERE}
    assert person.organizations_with(REVIEW) == frozenset()
    assert person.may_anywhere(REPORT)
    assert not person.may_anywhere(REVIEW)


def test_a_person_without_roles_may_nothing() -> None:
    person = actor()
    assert not any(person.may(permission, HERE) or person.may_anywhere(permission) for permission in Permission)
    assert {person.organizations_with(permission) for permission in Permission} == {frozenset()}


def test_permissions_are_verbs_on_objects_in_alphabetical_order() -> None:
    values = [permission.value for permission in Permission]
    assert values == sorted(values)
    assert all(permission.name == permission.value.replace(":", "_").upper() for permission in Permission)


moments = st.datetimes(datetime(1970, 1, 2), datetime(2900, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(moments)
def test_an_identifier_is_a_version_7_uuid_of_its_moment(moment: datetime) -> None:
    made = uuid7(moment)
    assert (made.version, made.variant) == (7, RFC_4122)
    told = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=made.int >> 80)
    assert abs(told - moment) <= timedelta(milliseconds=1)


@given(moments, st.integers(2, 10**9))
def test_what_is_made_later_sorts_later(moment: datetime, milliseconds: int) -> None:
    assert uuid7(moment) < uuid7(moment + timedelta(milliseconds=milliseconds))


def test_identifiers_of_one_moment_differ_in_bits_that_nobody_guesses() -> None:
    moment = datetime(2026, 3, 18, 9, 41, tzinfo=UTC)
    made = [uuid7(moment) for _ in range(1000)]
    assert len(set(made)) == 1000
    ones = [sum(item.int >> bit & 1 for item in made) for bit in (*range(62), *range(64, 76))]
    assert all(380 < count < 620 for count in ones)
    assert UUID(str(random.choice(made))) in made
