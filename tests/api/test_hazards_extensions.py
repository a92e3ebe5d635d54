"""An owner asks for more time, and the desk decides."""

from datetime import timedelta

import httpx
import pytest

from schemas.hazards import Action, State
from service.problems import Problem
from service.workflows.context import Context
from tests.hazard_factory import Json, action_body, answered, hazard_in, read, refusal, send_action
from tests.hazard_times import act_at, brought_to, china, read_at
from tests.people import CHENGQU, also_holds, signed_in

DUE, ASKED, GRANTED = "2030-06-08T10:00:00Z", "2031-06-30T10:00:00Z", "2031-06-20T10:00:00Z"


async def ask(client: httpx.AsyncClient, hazard: Json, until: str = ASKED, *, by: str = "owner") -> httpx.Response:
    body = action_body(Action.REQUEST_EXTENSION, until=until)
    return await send_action(client, hazard, Action.REQUEST_EXTENSION, by=by, body=body)


async def decide(client: httpx.AsyncClient, hazard: Json, *, by: str = "desk", **changes: object) -> httpx.Response:
    body = action_body(Action.DECIDE_EXTENSION, **changes)
    return await send_action(client, hazard, Action.DECIDE_EXTENSION, by=by, body=body)


async def offered(client: httpx.AsyncClient, hazard: Json, account: str) -> list[str]:
    return [item["action"] for item in (await read(client, hazard, by=account))["actions"]]


async def test_more_time_moves_the_deadline_and_keeps_the_first_one(client: httpx.AsyncClient) -> None:
    hazard = answered(await ask(client, await hazard_in(client, State.RECTIFYING)))
    assert (hazard["state"], hazard["due_at"]) == ("rectifying", DUE)
    [asked] = hazard["rounds"][0]["extensions"]
    assert (asked["until"], asked["granted"], asked["requested_by"]["account"]) == (ASKED, None, "owner")
    hazard = answered(await decide(client, hazard, until=None))
    current = hazard["rounds"][0]
    assert (hazard["due_at"], current["due_at"], current["original_due_at"]) == (ASKED, ASKED, DUE)
    [decided] = current["extensions"]
    assert (decided["granted"], decided["granted_until"], decided["decided_by"]["account"]) == (True, ASKED, "desk")


async def test_the_desk_may_grant_another_date_or_nothing(client: httpx.AsyncClient) -> None:
    hazard = answered(await ask(client, await hazard_in(client, State.ASSIGNED)))
    hazard = answered(await decide(client, hazard, granted=False, until=None, remarks="请按期整改"))
    assert hazard["due_at"] == DUE
    hazard = answered(await ask(client, hazard))
    hazard = answered(await decide(client, hazard))
    assert (hazard["due_at"], hazard["rounds"][0]["original_due_at"]) == (GRANTED, DUE)
    told = [(one["granted"], one["granted_until"], one["remarks"]) for one in hazard["rounds"][0]["extensions"]]
    assert told == [(False, None, "请按期整改"), (True, GRANTED, "同意延期，期间落实值守。")]


async def test_a_refusal_needs_no_date_and_ignores_one(client: httpx.AsyncClient) -> None:
    hazard = answered(await ask(client, await hazard_in(client, State.ASSIGNED)))
    hazard = answered(await decide(client, hazard, granted=False))
    assert (hazard["due_at"], hazard["rounds"][0]["extensions"][0]["granted_until"]) == (DUE, None)


async def test_one_request_waits_at_a_time(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.RECTIFYING)
    assert "request_extension" in await offered(client, hazard, "owner")
    assert "decide_extension" not in await offered(client, hazard, "desk")
    assert refusal(await decide(client, hazard)) == (409, "hazard.extension_not_pending")
    hazard = answered(await ask(client, hazard))
    assert "request_extension" not in await offered(client, hazard, "owner")
    assert "decide_extension" in await offered(client, hazard, "desk")
    assert refusal(await ask(client, hazard)) == (409, "hazard.extension_pending")
    hazard = answered(await decide(client, hazard))
    assert refusal(await decide(client, hazard)) == (409, "hazard.extension_not_pending")
    assert refusal(await ask(client, hazard, "2030-12-01T00:00:00Z")) == (422, "hazard.extension_not_later")
    hazard = answered(await ask(client, hazard, "2031-12-01T00:00:00Z"))
    assert len(hazard["rounds"][0]["extensions"]) == 2


async def test_nobody_grants_what_they_asked_for(client: httpx.AsyncClient, database_url: str) -> None:
    await also_holds(database_url, "owner", "desk", CHENGQU)
    hazard = answered(await ask(client, await hazard_in(client, State.RECTIFYING)))
    for granted in (True, False):
        assert refusal(await decide(client, hazard, by="owner", granted=granted)) == (403, "hazard.owner_may_not")
    assert answered(await decide(client, hazard))["due_at"] == GRANTED


async def test_only_the_owner_asks_and_only_the_desk_decides(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.RECTIFYING)
    for account in ("desk", "inspector", "approver"):
        assert refusal(await ask(client, hazard, by=account)) == (403, "permission.denied")
    assert refusal(await ask(client, hazard, by="owner2")) == (404, "hazard.not_found")
    hazard = answered(await ask(client, hazard))
    for account in ("owner", "inspector", "reviewer", "approver"):
        assert refusal(await decide(client, hazard, by=account)) == (403, "permission.denied")


@pytest.mark.parametrize(
    ("until", "told"),
    [
        (DUE, (422, "hazard.extension_not_later")),
        ("2030-01-01T00:00:00Z", (422, "hazard.extension_not_later")),
        ("2200-01-01T00:00:00Z", (422, "hazard.time_out_of_range")),
        ("9999-12-31T23:59:59-12:00", (422, "hazard.time_out_of_range")),
        ("2031-06-30", (400, "request.invalid")),
    ],
)
async def test_more_time_is_later(client: httpx.AsyncClient, until: str, told: tuple[int, str]) -> None:
    hazard = await hazard_in(client, State.RECTIFYING)
    assert refusal(await ask(client, hazard, until)) == told
    hazard = answered(await ask(client, hazard))
    assert refusal(await decide(client, hazard, until=until)) == told
    assert (await read(client, hazard))["due_at"] == DUE


async def test_a_request_lapses_when_the_owner_hands_the_hazard_back(client: httpx.AsyncClient) -> None:
    hazard = answered(await ask(client, await hazard_in(client, State.RECTIFYING)))
    hazard = answered(await send_action(client, hazard, Action.HAND_BACK))
    hazard = await read(client, hazard)
    assert (hazard["due_at"], hazard["rounds"][0]["original_due_at"]) == (None, None)
    body = action_body(Action.ASSIGN, owner="owner2")
    hazard = answered(await send_action(client, hazard, Action.ASSIGN, body=body))
    assert "decide_extension" not in await offered(client, hazard, "desk")
    assert refusal(await decide(client, hazard)) == (409, "hazard.extension_not_pending")
    hazard = answered(await ask(client, hazard, by="owner2"))
    hazard = answered(await decide(client, hazard))
    told = [(one["requested_by"]["account"], one["granted"]) for one in hazard["rounds"][0]["extensions"]]
    assert told == [("owner", None), ("owner2", True)]


async def test_a_request_can_be_decided_while_the_fix_is_reviewed_and_not_made_then(client: httpx.AsyncClient) -> None:
    hazard = answered(await ask(client, await hazard_in(client, State.RECTIFYING)))
    hazard = answered(await send_action(client, hazard, Action.SUBMIT))
    assert refusal(await ask(client, hazard)) == (409, "hazard.action_not_allowed_now")
    assert answered(await decide(client, hazard))["due_at"] == GRANTED
    hazard = await hazard_in(client, State.CLOSED)
    assert refusal(await decide(client, hazard)) == (409, "hazard.action_not_allowed_now")


async def test_overdue_follows_the_new_date(context: Context) -> None:
    start = china("2026-06-05 09:30")
    hazard = await brought_to(context, State.REGISTERED, start)
    due, late = start + timedelta(days=1), start + timedelta(days=2)
    hazard = await act_at(context, hazard, Action.ASSIGN, start, due_at=due.isoformat())

    async def overdue(days: int, seconds: int = 0) -> bool:
        instant = start + timedelta(days=days, seconds=seconds)
        return bool((await read_at(context, hazard, instant))["overdue"])

    assert [await overdue(1), await overdue(1, 1)] == [False, True]
    until = (start + timedelta(days=5)).isoformat()
    # Being late is no reason not to be heard.
    hazard = await act_at(context, hazard, Action.REQUEST_EXTENSION, late, until=until)
    assert hazard["overdue"]
    hazard = await act_at(context, hazard, Action.DECIDE_EXTENSION, late, until=None)
    assert not hazard["overdue"]
    assert [await overdue(2), await overdue(5), await overdue(5, 1)] == [False, False, True]
    hazard = await act_at(context, hazard, Action.SUBMIT, late)
    assert not await overdue(6)
    hazard = await act_at(context, hazard, Action.FAIL, late)
    assert await overdue(6)


async def test_a_date_that_went_by_undecided_can_no_longer_be_granted(context: Context) -> None:
    start = china("2026-06-05 09:30")
    hazard = await brought_to(context, State.REGISTERED, start)
    hazard = await act_at(context, hazard, Action.ASSIGN, start, due_at=(start + timedelta(days=1)).isoformat())
    until = (start + timedelta(days=5)).isoformat()
    hazard = await act_at(context, hazard, Action.REQUEST_EXTENSION, start, until=until)
    later = start + timedelta(days=6)
    with pytest.raises(Problem, match=r"hazard\.extension_not_later"):
        await act_at(context, hazard, Action.DECIDE_EXTENSION, later, until=None)
    granted = (later + timedelta(days=1)).isoformat()
    with pytest.raises(Problem, match=r"hazard\.extension_beyond_request"):
        await act_at(context, hazard, Action.DECIDE_EXTENSION, later, until=granted)
    # Refused, the owner asks again for what can still be granted.
    hazard = await act_at(context, hazard, Action.DECIDE_EXTENSION, later, granted=False, until=None)
    hazard = await act_at(context, hazard, Action.REQUEST_EXTENSION, later, until=granted)
    hazard = await act_at(context, hazard, Action.DECIDE_EXTENSION, later, until=None)
    assert not hazard["overdue"]


async def test_a_list_tells_the_same_date(client: httpx.AsyncClient) -> None:
    hazard = answered(await ask(client, await hazard_in(client, State.RECTIFYING)))
    answered(await decide(client, hazard))
    listed = answered(await client.get("/api/v1/hazards", headers=signed_in("desk")))["items"]
    assert [(item["due_at"], item["overdue"]) for item in listed] == [(GRANTED, False)]


async def test_nobody_gets_more_time_than_they_asked_for(client: httpx.AsyncClient) -> None:
    hazard = answered(await ask(client, await hazard_in(client, State.RECTIFYING)))
    answer = await decide(client, hazard, until="2031-06-30T10:00:01Z")
    assert refusal(answer) == (422, "hazard.extension_beyond_request")
    assert answered(await decide(client, hazard, until=ASKED))["due_at"] == ASKED
