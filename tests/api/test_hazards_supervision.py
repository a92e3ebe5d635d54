"""An authority watches over a hazard, people are urged, and what cannot be fixed for now is set apart."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from schemas.hazards import Action, State
from service.problems import Problem
from service.workflows.context import Context
from tests.hazard_factory import Json, action_body, answered, hazard_in, read, refusal, send_action
from tests.hazard_times import act_at, brought_to, china, read_at
from tests.people import signed_in

ENDED = (State.CLOSED, State.INVALID, State.DUPLICATE, State.TRANSFERRED)
FRIDAY = china("2026-06-05 09:30")


async def supervised_at(context: Context, now: datetime, limit: str) -> Json:
    hazard = await brought_to(context, State.REGISTERED, now)
    hazard = await act_at(context, hazard, Action.SUPERVISE, now, limit_at=china(limit).isoformat())
    supervision: Json = hazard["supervision"]
    return supervision


async def test_supervision_has_a_clock_of_its_own(context: Context) -> None:
    told = await supervised_at(context, FRIDAY, "2026-12-05 18:00")
    assert (told["authority"], told["document_number"]) == ("city", "示安督〔2026〕1号")
    assert told["limit_at"] == "2026-12-05T10:00:00Z"
    # Filed in three working days: Monday, Tuesday, Wednesday. More time is asked for twenty before the limit.
    assert told["filing_due_at"] == "2026-06-10T15:59:59Z"
    assert told["extension_due_at"] == "2026-11-09T15:59:59Z"


async def test_a_holiday_and_its_make_up_workday_count_as_the_notice_says(context: Context) -> None:
    # National Day 2026: off from 1 to 7 October, and Saturday the 10th is a workday.
    told = await supervised_at(context, china("2026-09-30 10:00"), "2026-12-05 18:00")
    assert told["filing_due_at"] == "2026-10-10T15:59:59Z"


async def test_where_no_calendar_tells_the_dates_stay_open_and_the_supervision_stands(context: Context) -> None:
    told = await supervised_at(context, china("2026-12-30 10:00"), "2027-11-30 18:00")
    assert (told["filing_due_at"], told["extension_due_at"]) == (None, None)
    assert told["limit_at"] == "2027-11-30T10:00:00Z"


async def test_supervision_lasts_at_most_a_year(context: Context) -> None:
    assert (await supervised_at(context, FRIDAY, "2027-06-05 23:59"))["limit_at"] == "2027-06-05T15:59:00Z"
    for limit in ("2027-06-06 00:00", "2026-06-05 09:30", "2026-06-04 18:00"):
        with pytest.raises(Problem, match=r"hazard\.supervision_limit"):
            await supervised_at(context, FRIDAY, limit)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"limit_at": (datetime.now(UTC) + timedelta(days=400)).isoformat()}, (422, "hazard.supervision_limit")),
        ({"limit_at": (datetime.now(UTC) - timedelta(days=1)).isoformat()}, (422, "hazard.supervision_limit")),
        ({"limit_at": "9999-12-31T23:59:59-12:00"}, (422, "hazard.time_out_of_range")),
        ({"limit_at": "0001-01-01T00:00:00+14:00"}, (422, "hazard.time_out_of_range")),
        ({"authority": "village"}, (400, "request.invalid")),
        ({"document_number": " "}, (400, "request.invalid")),
        ({"reason": None}, (400, "request.invalid")),
    ],
)
async def test_a_supervision_that_does_not_fit_is_told_clearly(
    client: httpx.AsyncClient, change: Json, told: tuple[int, str]
) -> None:
    hazard = await hazard_in(client, State.REGISTERED)
    body = action_body(Action.SUPERVISE, **change)
    assert refusal(await send_action(client, hazard, Action.SUPERVISE, body=body)) == told
    assert (await read(client, hazard))["supervision"] is None


async def test_a_hazard_is_supervised_wherever_it_stands_and_does_not_move(client: httpx.AsyncClient) -> None:
    for state in (State.REPORTED, State.RECTIFYING, State.PENDING_CLOSE):
        hazard = await hazard_in(client, state)
        hazard = answered(await send_action(client, hazard, Action.SUPERVISE, by="desk"))
        assert (hazard["state"], hazard["supervision"]["authority"]) == (state, "city")
    for account in ("inspector", "reviewer", "owner"):
        answer = await send_action(client, hazard, Action.SUPERVISE, by=account)
        assert refusal(answer) == (403, "permission.denied")


async def test_what_has_ended_is_neither_supervised_nor_urged_nor_shelved(client: httpx.AsyncClient) -> None:
    for state in ENDED:
        hazard = await hazard_in(client, state)
        for action in (Action.SUPERVISE, Action.URGE, Action.SHELVE):
            assert refusal(await send_action(client, hazard, action)) == (409, "hazard.action_not_allowed_now")


async def test_a_higher_authority_takes_over_and_history_keeps_both(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.ASSIGNED)
    for authority in ("city", "province"):
        body = action_body(Action.SUPERVISE, authority=authority)
        hazard = answered(await send_action(client, hazard, Action.SUPERVISE, body=body))
    assert hazard["supervision"]["authority"] == "province"
    history = answered(await client.get(f"/api/v1/hazards/{hazard['id']}/events", headers=signed_in("desk")))["items"]
    told = [event["body"]["authority"] for event in history if event["kind"] == "hazard.supervised"]
    assert told == ["city", "province"]


async def test_the_owner_sees_who_watches(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.ASSIGNED)
    hazard = answered(await send_action(client, hazard, Action.SUPERVISE))
    assert (await read(client, hazard, by="owner"))["supervision"] == hazard["supervision"]


async def test_urging_is_counted_and_moves_nothing(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.ASSIGNED)
    before = hazard
    for account in ("desk", "inspector", "reviewer", "approver", "desk"):
        hazard = answered(await send_action(client, hazard, Action.URGE, by=account))
    assert hazard["rounds"][0]["urged"] == 5
    unmoved = ("state", "due_at", "owner", "attempt", "round", "holder")
    assert {name: hazard[name] for name in unmoved} == {name: before[name] for name in unmoved}
    assert refusal(await send_action(client, hazard, Action.URGE, by="owner")) == (403, "permission.denied")


async def test_each_round_counts_its_own_urging(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.ASSIGNED)
    for action in (Action.URGE, Action.SUBMIT, Action.URGE, Action.PASS, Action.REOPEN, Action.URGE):
        hazard = answered(await send_action(client, hazard, action))
    assert [turn["urged"] for turn in hazard["rounds"]] == [2, 1]


async def test_what_is_shelved_is_shown_apart_and_still_owed(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.RECTIFYING)
    body = action_body(Action.SHELVE, until="2031-01-01T00:00:00+08:00")
    hazard = answered(await send_action(client, hazard, Action.SHELVE, body=body))
    assert (hazard["state"], hazard["shelved"], hazard["holder"]) == ("rectifying", True, "owner")
    assert hazard["due_at"] == "2030-06-08T10:00:00Z"
    assert hazard["shelving"]["safeguards"] == "每日巡查，临时增设疏散指示。"
    assert hazard["shelving"]["until"] == "2030-12-31T16:00:00Z"
    offered = [item["action"] for item in (await read(client, hazard, by="owner"))["actions"]]
    assert offered == ["hand_back", "submit", "request_extension"]
    hazard = answered(await send_action(client, hazard, Action.SUBMIT))
    assert answered(await send_action(client, hazard, Action.PASS))["state"] == "closed"


async def test_what_is_shelved_is_overdue_all_the_same(context: Context) -> None:
    hazard = await brought_to(context, State.REGISTERED, FRIDAY)
    due = FRIDAY + timedelta(days=1)
    hazard = await act_at(context, hazard, Action.ASSIGN, FRIDAY, due_at=due.isoformat())
    hazard = await act_at(context, hazard, Action.SHELVE, FRIDAY, until=(due + timedelta(days=90)).isoformat())
    assert (await read_at(context, hazard, due + timedelta(seconds=1)))["overdue"] is True


async def test_the_list_tells_what_is_shelved(client: httpx.AsyncClient) -> None:
    shelved, other = await hazard_in(client, State.ASSIGNED), await hazard_in(client, State.ASSIGNED)
    answered(await send_action(client, shelved, Action.SHELVE))
    listed = answered(await client.get("/api/v1/hazards", headers=signed_in("desk")))["items"]
    assert {item["id"]: item["shelved"] for item in listed} == {shelved["id"]: True, other["id"]: False}


async def test_shelving_needs_interim_safeguards_and_the_desk(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.ASSIGNED)
    for missing in ("safeguards", "reason"):
        body = action_body(Action.SHELVE)
        del body[missing]
        assert refusal(await send_action(client, hazard, Action.SHELVE, body=body)) == (400, "request.invalid")
    body = action_body(Action.SHELVE, until="2200-01-01T00:00:00Z")
    assert refusal(await send_action(client, hazard, Action.SHELVE, body=body)) == (422, "hazard.time_out_of_range")
    for account in ("owner", "inspector", "reviewer", "approver"):
        answer = await send_action(client, hazard, Action.SHELVE, by=account)
        assert refusal(answer) == (403, "permission.denied")


async def test_the_next_round_is_neither_shelved_nor_supervised(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.ASSIGNED)
    for action in (Action.SHELVE, Action.SUPERVISE, Action.SUBMIT, Action.PASS, Action.REOPEN):
        hazard = answered(await send_action(client, hazard, action))
    assert (hazard["shelved"], hazard["shelving"], hazard["supervision"]) == (False, None, None)
