"""What a record of service or of a refusal to sign must satisfy, and when the owner's time begins."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from schemas.hazards import Action, State
from service.domain.hazards import NoticeTerms
from tests.hazard_rules import (
    NOW,
    hazard_in,
    known,
    refused,
    take,
)

MAJOR = (Action.REGISTER, Action.GRADE, Action.ASSIGN)
ORDER = NoticeTerms(uuid4(), "service")
DAY = timedelta(days=1)


def in_days(days: float) -> str:
    return (NOW + days * DAY).isoformat()


def test_an_order_starts_the_owners_time_when_it_is_served_and_only_the_first_time() -> None:
    hazard = take(hazard_in(State.REGISTERED), Action.ASSIGN, facts=known(notice=ORDER), due_at=None)
    assert (hazard.round.due_at, hazard.round.clock_started_at, hazard.round.notice_id) == (None, None, ORDER.id)
    assert refused(hazard, Action.REQUEST_EXTENSION) == "hazard.deadline_not_running"
    through_notice = known(notice=ORDER)
    served = take(hazard, Action.RECORD_SERVICE, now=NOW + DAY, facts=through_notice)
    assert (served.round.due_at, served.round.clock_started_at) == (NOW + 7 * DAY, NOW + DAY)
    again = refused(served, Action.RECORD_SERVICE, now=NOW + 2 * DAY, facts=through_notice)
    assert again == "hazard.service_recorded"


def test_service_is_recorded_once_a_round() -> None:
    served = take(hazard_in(State.ASSIGNED), Action.RECORD_SERVICE)
    assert refused(served, Action.RECORD_SERVICE) == "hazard.service_recorded"
    # Who is given it next has been handed nothing yet.
    later = NOW + DAY
    given = take(take(served, Action.HAND_BACK), Action.ASSIGN, now=later, facts=known(catalogue_due_at=NOW + 9 * DAY))
    assert take(given, Action.RECORD_SERVICE, now=later).round.service is not None


@pytest.mark.parametrize("action", [Action.RECORD_SERVICE, Action.RECORD_REFUSAL])
def test_what_a_notice_lists_is_served_with_the_notice_only(action: Action) -> None:
    hazard = take(hazard_in(State.REGISTERED), Action.ASSIGN, facts=known(notice=ORDER), due_at=None)
    assert refused(hazard, action) == "hazard.served_by_notice"
    assert take(hazard, action, facts=known(notice=ORDER)).version == hazard.version + 1


def test_service_is_proved_by_who_received_it_or_by_a_paper() -> None:
    hazard = hazard_in(State.ASSIGNED)
    assert refused(hazard, Action.RECORD_SERVICE, receiver=None, attachments=[]) == "hazard.proof_required"
    take(hazard, Action.RECORD_SERVICE, receiver=None)
    take(hazard, Action.RECORD_SERVICE, attachments=[])


def test_a_date_that_the_desk_set_in_an_order_stays_when_it_is_served() -> None:
    hazard = take(hazard_in(State.REGISTERED), Action.ASSIGN, facts=known(notice=ORDER), due_at=in_days(2))
    through_notice = known(notice=ORDER)
    served = take(hazard, Action.RECORD_SERVICE, now=NOW + DAY, facts=through_notice)
    assert (served.round.due_at, served.round.clock_started_at) == (NOW + 2 * DAY, NOW + DAY)
    assert refused(hazard, Action.RECORD_SERVICE, facts=through_notice, due_at=in_days(5)) == "hazard.deadline_set"


def test_service_by_wire_needs_the_signed_confirmation() -> None:
    hazard = hazard_in(State.ASSIGNED)
    assert refused(hazard, Action.RECORD_SERVICE, mode="electronic", attachments=[]) == "hazard.confirmation_required"
    record = take(hazard, Action.RECORD_SERVICE, mode="left", attachments=[]).round.service
    assert record is not None
    assert (record.mode, record.served_at, record.attachments) == ("left", NOW, [])


@pytest.mark.parametrize(
    ("action", "field"), [(Action.RECORD_SERVICE, "served_at"), (Action.RECORD_REFUSAL, "refused_at")]
)
def test_paper_is_handed_over_after_the_assignment_and_not_in_the_future(action: Action, field: str) -> None:
    def at(days: float) -> dict[str, Any]:
        return {field: in_days(days)}

    hazard = take(hazard_in(State.REGISTERED), Action.ASSIGN, now=NOW + 2 * DAY, due_at=in_days(9))
    later = NOW + 2 * DAY
    assert refused(hazard, action, now=later, **at(0.9)) == "hazard.served_before_assigned"
    assert refused(hazard, action, now=later, **at(2.1)) == "hazard.time_in_future"
    assert take(hazard, action, now=later, **at(1.1)).version == hazard.version + 1
    # No paper about it is older than its round, however close the assignment.
    assert refused(hazard_in(State.ASSIGNED), action, **at(-0.1)) == "hazard.served_before_assigned"
