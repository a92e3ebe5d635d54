"""Until when an owner has time: by the catalogue from the notification, or by the desk's own date."""

from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pytest

from schemas.hazards import Action, State
from service.problems import Problem
from service.repositories import calendars, categories
from service.workflows.context import Context
from tests.hazard_factory import Json, action_body, answered, hazard_in, read, refusal, send_action
from tests.hazard_times import act_at, brought_to, china, read_at, report_at
from tests.people import CHENGQU, also_holds

FRIDAY = china("2026-06-05 09:30")
UNKNOWN = china("2026-12-28 10:00")
REASON = "2027年放假安排尚未公布"


async def assigned_at(context: Context, category: str, now: datetime, **changes: Any) -> Json:
    """A hazard reported four days before its owner is notified at `now`, with the catalogue's deadline."""
    hazard = await report_at(context, now - timedelta(days=4), category=category)
    hazard = await act_at(context, hazard, Action.REGISTER, now - timedelta(days=1))
    return await act_at(context, hazard, Action.ASSIGN, now, **{"due_at": None} | changes)


@pytest.mark.parametrize(
    ("category", "due"),
    [
        ("A04", "2026-06-06T01:30:00Z"),  # on the spot: a day when the inspector does not wait for it
        ("B04", "2026-06-06T15:59:59Z"),  # 1 day, a Saturday
        ("C03", "2026-06-10T15:59:59Z"),  # 3 working days
        ("C01", "2026-06-16T15:59:59Z"),  # 7 working days
        ("B05", "2026-06-20T15:59:59Z"),  # 15 days
        ("A06", "2026-07-05T15:59:59Z"),  # 30 days
    ],
)
async def test_the_catalogues_days_count_from_the_notification(context: Context, category: str, due: str) -> None:
    hazard = await assigned_at(context, category, FRIDAY)
    current = hazard["rounds"][0]
    assert (hazard["due_at"], current["original_due_at"], current["catalogue_due_at"]) == (due, due, due)
    assert (current["clock"], current["clock_started_at"]) == ("notification", "2026-06-05T01:30:00Z")


async def test_holidays_and_make_up_workdays_are_the_state_councils(context: Context) -> None:
    # 2026: New Year 1 to 3 January with Sunday 4 January worked, so three days from New Year's Eve are the 4th to 6th.
    hazard = await assigned_at(context, "C03", china("2025-12-31 16:00"))
    assert hazard["due_at"] == "2026-01-06T15:59:59Z"


async def test_the_day_is_chinas(context: Context) -> None:
    # Half past midnight of the 6th in China, still the 5th in UTC.
    hazard = await assigned_at(context, "B05", china("2026-06-06 00:30"))
    assert hazard["due_at"] == "2026-06-21T15:59:59Z"


async def test_the_desks_own_date_binds_and_the_catalogues_is_kept_beside_it(context: Context) -> None:
    hazard = await assigned_at(context, "C01", FRIDAY, due_at="2026-06-08T18:00:00+08:00", due_reason="汛期前整改")
    current = hazard["rounds"][0]
    assert (hazard["due_at"], current["original_due_at"]) == ("2026-06-08T10:00:00Z", "2026-06-08T10:00:00Z")
    assert (current["catalogue_due_at"], current["due_reason"]) == ("2026-06-16T15:59:59Z", "汛期前整改")


async def test_overdue_is_computed_and_is_the_owners_time_only(context: Context) -> None:
    hazard = await assigned_at(context, "C03", FRIDAY)
    last = datetime.fromisoformat(hazard["due_at"])
    for moment, late in ((last, False), (last + timedelta(seconds=1), True)):
        assert (await read_at(context, hazard, moment))["overdue"] is late
    hazard = await act_at(context, hazard, Action.SUBMIT, last)
    later = last + timedelta(days=30)
    assert not (await read_at(context, hazard, later))["overdue"]
    hazard = await act_at(context, hazard, Action.PASS, later)
    assert not (await read_at(context, hazard, later))["overdue"]


async def test_a_year_whose_calendar_is_unknown_is_no_guess(context: Context) -> None:
    with pytest.raises(Problem) as refused:
        await assigned_at(context, "C01", UNKNOWN)
    assert (refused.value.code, refused.value.parameters["year"]) == ("calendar.year_unknown", 2027)
    # Calendar days need no calendar, and working days none beyond those they reach.
    assert (await assigned_at(context, "B05", UNKNOWN))["due_at"] == "2027-01-12T15:59:59Z"
    assert (await assigned_at(context, "C03", UNKNOWN))["due_at"] == "2026-12-31T15:59:59Z"


async def test_the_desks_own_date_in_an_unknown_year_needs_a_reason(context: Context) -> None:
    due = "2027-01-07T18:00:00+08:00"
    with pytest.raises(Problem, match=r"hazard\.due_reason_required"):
        await assigned_at(context, "C01", UNKNOWN, due_at=due)
    with pytest.raises(Problem, match=r"calendar\.year_unknown"):
        await assigned_at(context, "C01", UNKNOWN, due_reason=REASON)
    hazard = await assigned_at(context, "C01", UNKNOWN, due_at=due, due_reason=REASON)
    current = hazard["rounds"][0]
    assert (hazard["due_at"], current["catalogue_due_at"], current["due_reason"]) == (
        "2027-01-07T10:00:00Z",
        None,
        REASON,
    )


async def test_once_the_bureau_enters_the_year_it_counts(context: Context) -> None:
    async with context.database.transaction() as connection:
        await calendars.replace_year(connection, 2027, [])
    # 29, 30, 31 December and, with no holiday entered, 1, 4, 5 and 6 January.
    assert (await assigned_at(context, "C01", UNKNOWN))["due_at"] == "2027-01-06T15:59:59Z"


async def test_a_recheck_is_due_three_working_days_after_the_receipt(context: Context) -> None:
    hazard = await assigned_at(context, "B05", FRIDAY)
    hazard = await act_at(context, hazard, Action.SUBMIT, FRIDAY)
    assert (hazard["review_due_at"], hazard["holder"]) == ("2026-06-10T15:59:59Z", "reviewer")
    hazard = await act_at(context, hazard, Action.FAIL, FRIDAY)
    assert hazard["review_due_at"] is None


async def test_no_receipt_is_refused_for_a_calendar_that_only_the_reviewer_needs(context: Context) -> None:
    hazard = await assigned_at(context, "B05", UNKNOWN)
    hazard = await act_at(context, hazard, Action.SUBMIT, china("2026-12-30 10:00"))
    told = await read_at(context, hazard, china("2026-12-30 10:00"), by="reviewer")
    assert told["review_due_at"] is None
    assert "review_due_unknown" in [flag["code"] for flag in told["flags"]]
    hazard = await act_at(context, hazard, Action.FAIL, china("2026-12-30 11:00"))
    told = await read_at(context, hazard, china("2026-12-30 11:00"), by="reviewer")
    assert "review_due_unknown" not in [flag["code"] for flag in told["flags"]]


async def test_the_edition_of_the_day_of_receipt_counts_whatever_the_catalogue_becomes(context: Context) -> None:
    async with context.database.transaction() as connection:
        edition = await categories.edition_on(connection, "B05", date(2026, 6, 1))
        assert edition is not None
        changed = {name: getattr(edition, name) for name in edition.__struct_fields__}
        changed |= {"valid_from": date(2026, 6, 4), "days": 1, "name_zh": "新名称"}
        await categories.upsert(connection, type(edition)(**changed))
    before = await brought_to(context, State.REGISTERED, china("2026-06-03 23:59"), category="B05")
    after = await brought_to(context, State.REGISTERED, china("2026-06-04 00:00"), category="B05")
    before = await act_at(context, before, Action.ASSIGN, FRIDAY, due_at=None)
    after = await act_at(context, after, Action.ASSIGN, FRIDAY, due_at=None)
    assert (before["due_at"], after["due_at"]) == ("2026-06-20T15:59:59Z", "2026-06-06T15:59:59Z")


async def test_the_next_round_has_a_deadline_of_its_own(context: Context) -> None:
    hazard = await assigned_at(context, "B05", FRIDAY)
    for action in (Action.SUBMIT, Action.PASS, Action.REOPEN):
        hazard = await act_at(context, hazard, action, FRIDAY)
    hazard = await act_at(context, hazard, Action.ASSIGN, FRIDAY + timedelta(days=10), due_at=None)
    assert [turn["due_at"] for turn in hazard["rounds"]] == ["2026-06-20T15:59:59Z", "2026-06-30T15:59:59Z"]


async def test_without_a_date_the_desk_gets_the_catalogues(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.REGISTERED)
    body = action_body(Action.ASSIGN)
    del body["due_at"]
    hazard = answered(await send_action(client, hazard, Action.ASSIGN, body=body))
    current = hazard["rounds"][0]
    ran = datetime.fromisoformat(hazard["due_at"]) - datetime.fromisoformat(current["assigned_at"])
    assert (ran, current["catalogue_due_at"]) == (timedelta(days=1), hazard["due_at"])


@pytest.mark.parametrize("reason", ["not_mine", "responsibility_unclear", "no_funds", "owners_vote_needed", "other"])
async def test_a_hazard_that_is_handed_back_has_no_deadline_and_its_reason_says_who_holds_it(
    client: httpx.AsyncClient, reason: str
) -> None:
    hazard = await hazard_in(client, State.RECTIFYING)
    body = action_body(Action.HAND_BACK, reason=reason)
    answered(await send_action(client, hazard, Action.HAND_BACK, body=body))
    hazard = await read(client, hazard)
    current = hazard["rounds"][0]
    assert (hazard["state"], hazard["owner"], hazard["due_at"]) == ("registered", None, None)
    assert (current["clock"], current["clock_started_at"], current["catalogue_due_at"]) == (None, None, None)
    # 责任主体不明: the street office holds it until the desk finds an owner.
    assert current["hand_back_reason"] == reason
    assert hazard["holder"] == ("street_office" if reason == "responsibility_unclear" else "desk")
    hazard = answered(await send_action(client, hazard, Action.ASSIGN))
    assert (hazard["holder"], hazard["rounds"][0]["hand_back_reason"]) == ("owner", None)


async def test_nobody_hands_back_what_is_under_review(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.PENDING_REVIEW)
    answer = await send_action(client, hazard, Action.HAND_BACK)
    assert refusal(answer) == (409, "hazard.action_not_allowed_now")


async def test_nobody_at_the_desk_assigns_to_themselves(client: httpx.AsyncClient, database_url: str) -> None:
    await also_holds(database_url, "owner", "desk", CHENGQU)
    hazard = await hazard_in(client, State.REGISTERED)
    answer = await send_action(client, hazard, Action.ASSIGN, by="owner")
    assert refusal(answer) == (422, "hazard.owner_unsuitable")
    assert answered(await send_action(client, hazard, Action.ASSIGN))["owner"]["account"] == "owner"


async def test_a_date_later_than_the_catalogues_is_flagged(client: httpx.AsyncClient) -> None:
    async def flagged(hazard: Json, *, by: str = "reviewer") -> list[Any]:
        told = (await read(client, hazard, by=by))["flags"]
        return [flag["difference"] for flag in told if flag["code"] == "deadline_beyond_catalogue"]

    hazard = await hazard_in(client, State.ASSIGNED)
    assert (await flagged(hazard), await flagged(hazard, by="owner")) == ([None], [])
    hazard = await hazard_in(client, State.REGISTERED)
    body = action_body(Action.ASSIGN)
    del body["due_at"]
    assert await flagged(answered(await send_action(client, hazard, Action.ASSIGN, body=body))) == []
