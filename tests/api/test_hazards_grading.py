"""How grave a hazard is: a person decides, and a major one is fixed by a plan and closed by a third pair of eyes."""

import httpx
import pytest

from schemas.hazards import Action, State
from tests.hazard_factory import (
    Json,
    action_body,
    answered,
    hazard_in,
    read,
    refusal,
    report,
    send_action,
    send_report,
)
from tests.people import CHENGQU, CITY, also_holds

ARRANGEMENTS = action_body(Action.GRADE)["arrangements"]


async def grade(client: httpx.AsyncClient, hazard: Json, *, by: str = "desk", **changes: object) -> httpx.Response:
    return await send_action(client, hazard, Action.GRADE, by=by, body=action_body(Action.GRADE, **changes))


async def without_plan(client: httpx.AsyncClient) -> Json:
    """A major hazard that an owner has and nobody has made a plan for."""
    hazard = await hazard_in(client, State.REGISTERED)
    hazard = answered(await grade(client, hazard, arrangements=None))
    return answered(await send_action(client, hazard, Action.ASSIGN))


async def test_a_major_hazard_needs_its_five_arrangements_before_a_fix_is_filed(client: httpx.AsyncClient) -> None:
    hazard = await without_plan(client)
    assert (hazard["level"], hazard["arrangements"]) == ("major", None)
    for action in (Action.SUBMIT, Action.FILE_FIX):
        assert refusal(await send_action(client, hazard, action)) == (409, "hazard.arrangements_missing")
    hazard = answered(await grade(client, hazard))
    assert ARRANGEMENTS.items() - {("time_limit", ARRANGEMENTS["time_limit"])} <= hazard["arrangements"].items()
    assert hazard["arrangements"]["time_limit"] == "2030-06-20T10:00:00Z"
    assert answered(await send_action(client, hazard, Action.SUBMIT))["state"] == "pending_review"


async def test_a_plan_of_four_things_is_no_plan(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.REGISTERED)
    for left_out in ARRANGEMENTS:
        four = {name: value for name, value in ARRANGEMENTS.items() if name != left_out}
        assert refusal(await grade(client, hazard, arrangements=four)) == (400, "request.invalid")
    assert (await read(client, hazard))["level"] == "general"


async def test_a_general_hazard_has_no_such_plan(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.REGISTERED)
    assert refusal(await grade(client, hazard, level="general")) == (422, "hazard.arrangements_unfit")
    late = ARRANGEMENTS | {"time_limit": "2201-01-01T00:00:00Z"}
    assert refusal(await grade(client, hazard, arrangements=late)) == (422, "hazard.time_out_of_range")


async def test_a_later_grading_keeps_the_plan_unless_it_brings_another(client: httpx.AsyncClient) -> None:
    hazard = answered(await grade(client, await hazard_in(client, State.REGISTERED)))
    plan = hazard["arrangements"]
    hazard = answered(await grade(client, hazard, arrangements=None))
    assert hazard["arrangements"] == plan
    hazard = answered(await grade(client, hazard, arrangements=ARRANGEMENTS | {"funds_yuan": 30000}))
    assert hazard["arrangements"]["funds_yuan"] == 30000


async def test_whoever_reported_does_not_decide_that_it_is_major(client: httpx.AsyncClient, database_url: str) -> None:
    await also_holds(database_url, "editor", "desk", CHENGQU)
    hazard = answered(await send_report(client, by="desk"))
    hazard = answered(await send_action(client, hazard, Action.REGISTER))
    hazard = answered(await grade(client, hazard, level="general", arrangements=None))
    assert refusal(await grade(client, hazard)) == (403, "hazard.grader_is_reporter")
    hazard = answered(await grade(client, hazard, by="editor"))
    # Nor that it is not: the first decision was somebody else's for a reason.
    down = await grade(client, hazard, level="general", arrangements=None)
    assert refusal(down) == (403, "hazard.grader_is_reporter")
    lower = await grade(client, hazard, by="approver", level="general", arrangements=None)
    assert answered(lower)["level"] == "general"


async def test_the_second_inspector_does_not_decide_that_it_is_major(
    client: httpx.AsyncClient, database_url: str
) -> None:
    for role in ("inspector", "desk"):
        await also_holds(database_url, "editor", role, CHENGQU)
    hazard = answered(await send_report(client, report(second_inspector="editor")))
    hazard = answered(await send_action(client, hazard, Action.REGISTER))
    assert refusal(await grade(client, hazard, by="editor")) == (403, "hazard.grader_is_reporter")
    assert answered(await grade(client, hazard))["level"] == "major"


async def test_the_desk_raises_a_level_and_only_an_approver_lowers_it(client: httpx.AsyncClient) -> None:
    hazard = answered(await grade(client, await hazard_in(client, State.REGISTERED)))
    lower = await grade(client, hazard, level="general", arrangements=None)
    assert refusal(lower) == (403, "hazard.approver_required")
    assert (await read(client, hazard))["level"] == "major"
    lower = await grade(client, hazard, by="approver", level="general", arrangements=None)
    assert answered(lower)["level"] == "general"
    assert answered(await grade(client, lower.json(), by="approver"))["level"] == "major"


async def test_what_is_major_is_not_talked_out_of_the_record(client: httpx.AsyncClient) -> None:
    hazard = answered(await grade(client, await hazard_in(client, State.REGISTERED)))
    merge = action_body(Action.MERGE, original_id=(await hazard_in(client, State.REPORTED))["id"])
    for action, body in ((Action.INVALIDATE, None), (Action.MERGE, merge)):
        assert refusal(await send_action(client, hazard, action, body=body)) == (409, "hazard.major_stays")
    hazard = answered(await grade(client, hazard, by="approver", level="general", arrangements=None))
    assert answered(await send_action(client, hazard, Action.MERGE, body=merge))["state"] == "duplicate"


@pytest.mark.parametrize("account", ["inspector", "reviewer", "auditor"])
async def test_only_desk_and_approver_grade(client: httpx.AsyncClient, account: str) -> None:
    hazard = await hazard_in(client, State.REGISTERED)
    assert refusal(await grade(client, hazard, by=account)) == (403, "permission.denied")


async def test_nothing_is_graded_anew_while_others_judge_the_fix(client: httpx.AsyncClient) -> None:
    for state in (State.REPORTED, State.PENDING_REVIEW, State.PENDING_CLOSE, State.CLOSED):
        answer = await grade(client, await hazard_in(client, state))
        assert refusal(answer) == (409, "hazard.action_not_allowed_now")


async def test_a_major_hazard_that_passed_waits_for_the_approver(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.PENDING_CLOSE)
    assert (hazard["closed_at"], hazard["holder"], hazard["overdue"]) == (None, "approver", False)
    assert hazard["owner"]["account"] == "owner"
    body = action_body(Action.APPROVE_CLOSE, remarks="同意销号")
    hazard = answered(await send_action(client, hazard, Action.APPROVE_CLOSE, body=body))
    assert (hazard["state"], hazard["holder"]) == ("closed", None)
    [attempt] = hazard["rounds"][0]["attempts"]
    assert (attempt["outcome"], attempt["decided_by"]["account"]) == ("passed", "reviewer")
    assert (attempt["close_outcome"], attempt["close_remarks"]) == ("approved", "同意销号")
    assert attempt["close_decided_by"]["account"] == "approver"
    assert hazard["rounds"][0]["closed_at"] == hazard["closed_at"] == attempt["close_decided_at"]


async def test_a_general_hazard_that_passed_is_closed(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.PENDING_REVIEW)
    hazard = answered(await send_action(client, hazard, Action.PASS))
    assert (hazard["state"], hazard["rounds"][0]["attempts"][0]["close_outcome"]) == ("closed", None)


async def test_a_refused_close_starts_another_attempt(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.PENDING_CLOSE)
    body = action_body(Action.REFUSE_CLOSE, reason="应急预案没有落实")
    hazard = answered(await send_action(client, hazard, Action.REFUSE_CLOSE, body=body))
    assert (hazard["state"], hazard["attempt"], hazard["round"], hazard["holder"]) == ("rectifying", 2, 1, "owner")
    for action in (Action.SUBMIT, Action.PASS, Action.APPROVE_CLOSE):
        hazard = answered(await send_action(client, hazard, action))
    first, second = hazard["rounds"][0]["attempts"]
    assert (first["outcome"], first["close_outcome"], first["close_remarks"]) == (
        "passed",
        "refused",
        "应急预案没有落实",
    )
    assert (second["attempt"], second["close_outcome"], hazard["state"]) == (2, "approved", "closed")


async def test_the_approver_is_not_the_reviewer(client: httpx.AsyncClient, database_url: str) -> None:
    await also_holds(database_url, "reviewer", "approver", CITY)
    hazard = await hazard_in(client, State.PENDING_CLOSE)
    assert [item["action"] for item in (await read(client, hazard, by="reviewer"))["actions"]] == ["supervise", "urge"]
    for action in (Action.APPROVE_CLOSE, Action.REFUSE_CLOSE):
        answer = await send_action(client, hazard, action, by="reviewer")
        assert refusal(answer) == (403, "hazard.reviewer_may_not_approve")
    hazard = answered(await send_action(client, hazard, Action.REFUSE_CLOSE))
    hazard = answered(await send_action(client, hazard, Action.SUBMIT))
    # Of the next attempt the other one is the reviewer, so now they change places.
    hazard = answered(await send_action(client, hazard, Action.PASS, by="approver"))
    answer = await send_action(client, hazard, Action.APPROVE_CLOSE)
    assert refusal(answer) == (403, "hazard.reviewer_may_not_approve")
    assert answered(await send_action(client, hazard, Action.APPROVE_CLOSE, by="reviewer"))["state"] == "closed"


async def test_the_owner_never_closes_whatever_else_they_are(client: httpx.AsyncClient, database_url: str) -> None:
    for role in ("reviewer", "approver"):
        await also_holds(database_url, "owner", role, CITY)
    hazard = await hazard_in(client, State.ASSIGNED)
    # Although somebody else files the fix.
    hazard = answered(await send_action(client, hazard, Action.FILE_FIX))
    for action in (Action.PASS, Action.FAIL):
        assert refusal(await send_action(client, hazard, action, by="owner")) == (403, "hazard.fixer_may_not_review")
    hazard = await hazard_in(client, State.PENDING_CLOSE)
    for action in (Action.APPROVE_CLOSE, Action.REFUSE_CLOSE):
        assert refusal(await send_action(client, hazard, action, by="owner")) == (403, "hazard.fixer_may_not_review")


async def test_whoever_filed_a_fix_in_this_round_neither_reviews_nor_approves(
    client: httpx.AsyncClient, database_url: str
) -> None:
    await also_holds(database_url, "desk", "reviewer", CHENGQU)
    await also_holds(database_url, "desk", "approver", CHENGQU)
    hazard = await hazard_in(client, State.REGISTERED)
    for action in (Action.GRADE, Action.ASSIGN, Action.FILE_FIX, Action.FAIL, Action.SUBMIT):
        hazard = answered(await send_action(client, hazard, action))
    # The first attempt was the desk's, the second the owner's: both have fixed it.
    assert refusal(await send_action(client, hazard, Action.PASS, by="desk")) == (403, "hazard.fixer_may_not_review")
    hazard = answered(await send_action(client, hazard, Action.PASS))
    answer = await send_action(client, hazard, Action.APPROVE_CLOSE, by="desk")
    assert refusal(answer) == (403, "hazard.fixer_may_not_review")


async def test_the_finder_may_review(client: httpx.AsyncClient, database_url: str) -> None:
    await also_holds(database_url, "inspector", "reviewer", CHENGQU)
    hazard = await hazard_in(client, State.PENDING_REVIEW)
    hazard = answered(await send_action(client, hazard, Action.PASS, by="inspector"))
    assert (hazard["state"], hazard["reported_by"]["account"]) == ("closed", "inspector")


async def test_what_comes_back_is_as_grave_as_it_was_and_needs_a_plan_of_its_own(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.PENDING_CLOSE)
    hazard = answered(await send_action(client, hazard, Action.APPROVE_CLOSE))
    first_round = hazard["rounds"][0]
    hazard = answered(await send_action(client, hazard, Action.REOPEN))
    assert (hazard["level"], hazard["round"], hazard["arrangements"]) == ("major", 2, None)
    hazard = answered(await send_action(client, hazard, Action.ASSIGN))
    assert refusal(await send_action(client, hazard, Action.SUBMIT)) == (409, "hazard.arrangements_missing")
    # It turns out to be less this time; what was decided in the first round stays decided.
    hazard = answered(await grade(client, hazard, by="approver", level="general", arrangements=None))
    assert hazard["rounds"][0] == first_round
    assert [turn["level"] for turn in hazard["rounds"]] == ["major", "general"]


async def test_the_catalogues_candidate_for_major_is_general_until_somebody_decides(client: httpx.AsyncClient) -> None:
    hazard = answered(await send_report(client, report(category="A03")))
    assert hazard["level"] == "general"
