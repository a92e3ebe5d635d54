"""The rules of notices and visits, without anything around them."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest

from schemas.notices import NoticeAction, NoticeIssue
from schemas.visits import VisitReport
from service.domain import notices, visits
from service.domain.notices import RULES
from service.problems import Problem
from service.routes import paper_examples

NOW = datetime(2026, 6, 5, 9, 45, tzinfo=UTC)


def test_the_examples_of_the_description_are_accepted() -> None:
    visits.check(msgspec.convert(paper_examples.VISIT, VisitReport))
    notices.check_issue(msgspec.convert(paper_examples.NOTICE, NoticeIssue))
    for action, body in paper_examples.ACTIONS.items():
        notices.check_action(msgspec.convert(body, RULES[action].body), NOW)
    assert set(paper_examples.ACTIONS) == set(NoticeAction)


def test_a_number_says_what_it_is_of_whom_and_when() -> None:
    assert notices.number_for("140302", 2026, 12) == "TZ-140302-2026-000012"
    assert notices.number_for("GXQ", 2026, 1_234_567) == "TZ-GXQ-2026-1234567"


@pytest.mark.parametrize("count", range(4))
def test_an_order_takes_two_certificates_and_a_sheet_none(count: int) -> None:
    officers = [{"account": f"officer{n}", "certificate": f"晋C-{n}"} for n in range(count)]
    sheet = paper_examples.NOTICE | {"officers": officers, "kind": "information"}
    notices.check_issue(msgspec.convert(sheet, NoticeIssue))
    order = msgspec.convert(sheet | {"kind": "order"}, NoticeIssue)
    if count >= 2:
        notices.check_issue(order)
    else:
        with pytest.raises(Problem, match=r"notice\.certificates_required"):
            notices.check_issue(order)


def test_every_flag_of_a_visit_appears_where_it_should_and_nowhere_else() -> None:
    def flags(hazards: int = 0, **changes: object) -> set[str]:
        report = msgspec.convert(paper_examples.VISIT, VisitReport)
        visit = visits.recorded(
            uuid4(),
            msgspec.structs.replace(report, **({"device_time": NOW} | changes)),
            organization_id=uuid4(),
            jurisdiction="reporter",
            premises_id=None,
            checkpoint=None,
            second_officer_id=uuid4(),
            recorded_by=uuid4(),
            now=NOW,
            demo=False,
        )
        return {flag.code for flag in visits.flags(visit, hazards)}

    assert flags() == set()
    assert flags(2, result="hazards_found") == set()
    assert flags(1) == {"clear_with_hazards"}
    assert flags(result="hazards_found") == {"hazards_missing"}
    assert flags(ended_at=datetime(2026, 6, 5, 1, 0, tzinfo=UTC)) == {"times_reversed"}
    assert flags(device_time=NOW + timedelta(minutes=6)) == {"device_clock_differs"}
    assert flags(device_time=NOW - timedelta(hours=9), offline=True) == set()
