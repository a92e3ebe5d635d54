"""The notice reaches the owner: served, refused, and what their time runs from."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from schemas.hazard_actions import RecordService
from schemas.hazards import Action, State
from schemas.notices import NoticeAction, NoticeIssue
from service.problems import Problem
from service.workflows import notices
from service.workflows.context import Context
from tests.hazard_factory import Json, action_body, answered, hazard_in, paper, read, refusal, send_action
from tests.hazard_times import act_at, brought_to, china, read_at, signed_in_actor
from tests.paper_factory import act_on_notice, issued, notice, notice_action_body

FRIDAY = china("2026-06-05 09:30")
SEVEN_WORKING_DAYS = "C01"


async def serve(client: httpx.AsyncClient, hazard: Json, *, by: str = "desk", **changes: object) -> httpx.Response:
    body = action_body(Action.RECORD_SERVICE, **changes)
    return await send_action(client, hazard, Action.RECORD_SERVICE, by=by, body=body)


async def refuse(
    client: httpx.AsyncClient, hazard: Json, *, by: str = "inspector", **changes: object
) -> httpx.Response:
    body = action_body(Action.RECORD_REFUSAL, **changes)
    return await send_action(client, hazard, Action.RECORD_REFUSAL, by=by, body=body)


async def ordered_at(context: Context, now: datetime, **changes: object) -> Json:
    """A hazard of seven working days on an order issued at `now`, so that its clock waits for service."""
    hazard = await brought_to(context, State.REGISTERED, now, category=SEVEN_WORKING_DAYS)
    await notices.issue(
        context,
        await signed_in_actor(context, "desk"),
        notice_id=uuid4(),
        issue=msgspec.convert(notice(hazard, **changes), NoticeIssue),
        now=now,
        language="en",
    )
    return await read_at(context, hazard, now)


async def serve_at(context: Context, hazard: Json, served: str, now: datetime, **changes: Any) -> Json:
    """The hazard after its notice was served."""
    body = notice_action_body(NoticeAction.RECORD_SERVICE, served_at=china(served).isoformat(), **changes)
    await notices.act(
        context,
        await signed_in_actor(context, "desk"),
        notice_id=UUID(hazard["rounds"][0]["notice_id"]),
        action=NoticeAction.RECORD_SERVICE,
        body=msgspec.convert(body, RecordService),
        if_match='"1"',
        now=now,
        language="en",
    )
    return await read_at(context, hazard, now)


@pytest.mark.parametrize("mode", ["in_person", "left", "post", "electronic"])
async def test_service_is_on_record_with_its_mode_date_and_proof(client: httpx.AsyncClient, mode: str) -> None:
    proof = paper()
    hazard = await hazard_in(client, State.ASSIGNED)
    served_at = datetime.now(UTC)
    answer = await serve(
        client, hazard, by="inspector", mode=mode, served_at=served_at.isoformat(), attachments=[proof]
    )
    current = answered(answer)["rounds"][0]
    assert current["service"] == {
        "mode": mode,
        "served_at": served_at.isoformat().replace("+00:00", "Z"),
        "receiver": "整改责任人B",
        "attachments": [proof["id"]],
    }
    # This owner's time ran from the notification already.
    assert (current["clock"], current["clock_started_at"]) == ("notification", current["assigned_at"])
    assert answer.json()["due_at"] == hazard["due_at"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"mode": "electronic", "attachments": []}, (422, "hazard.confirmation_required")),
        ({"served_at": "2099-01-01T00:00:00+08:00"}, (422, "hazard.time_in_future")),
        ({"served_at": "2026-01-01T00:00:00+08:00"}, (422, "hazard.served_before_assigned")),
        ({"served_at": "0001-01-01T00:00:00+14:00"}, (422, "hazard.time_out_of_range")),
        ({"served_at": "9999-12-31T23:59:59-12:00"}, (422, "hazard.time_out_of_range")),
        ({"due_at": "2031-01-01T00:00:00+08:00"}, (422, "hazard.deadline_set")),
        ({"attachments": [paper(id="019e95e6-7a00-7c3a-9d6e-0d8f5b1c2b01")] * 2}, (422, "attachment.named_twice")),
        ({"mode": "opened"}, (400, "request.invalid")),
        ({"served_at": "2026-06-05"}, (400, "request.invalid")),
    ],
)
async def test_a_service_that_does_not_fit_is_told_clearly(
    client: httpx.AsyncClient, change: Json, told: tuple[int, str]
) -> None:
    hazard = await hazard_in(client, State.ASSIGNED)
    assert refusal(await serve(client, hazard, **change)) == told
    assert (await read(client, hazard))["rounds"][0]["service"] is None


async def test_paper_may_be_handed_over_before_the_desk_has_typed_it(context: Context) -> None:
    now = china("2026-06-05 09:30")
    hazard = await brought_to(context, State.REGISTERED, now - timedelta(days=3))
    hazard = await act_at(context, hazard, Action.ASSIGN, now)
    too_early = (now - timedelta(days=1, seconds=1)).isoformat()
    for action, field in ((Action.RECORD_SERVICE, "served_at"), (Action.RECORD_REFUSAL, "refused_at")):
        with pytest.raises(Problem, match=r"hazard\.served_before_assigned"):
            await act_at(context, hazard, action, now, **{field: too_early})
        hazard = await act_at(context, hazard, action, now, **{field: (now - timedelta(hours=20)).isoformat()})
    assert hazard["rounds"][0]["service"] is not None


async def test_nothing_is_served_before_the_round_was_opened(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.ASSIGNED)
    earlier = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
    assert refusal(await serve(client, hazard, served_at=earlier)) == (422, "hazard.served_before_assigned")
    assert refusal(await refuse(client, hazard, refused_at=earlier)) == (422, "hazard.served_before_assigned")


@pytest.mark.parametrize("mode", ["in_person", "left", "post"])
async def test_service_is_proven_by_who_received_it_or_by_a_paper(client: httpx.AsyncClient, mode: str) -> None:
    hazard = await hazard_in(client, State.RECTIFYING)
    answer = await serve(client, hazard, mode=mode, attachments=[], receiver=None)
    assert refusal(answer) == (422, "hazard.proof_required")
    service = answered(await serve(client, hazard, mode=mode, attachments=[]))["rounds"][0]["service"]
    assert (service["attachments"], service["receiver"]) == ([], "整改责任人B")
    other = await hazard_in(client, State.RECTIFYING)
    assert answered(await serve(client, other, mode=mode, receiver=None))["rounds"][0]["service"]["receiver"] is None


async def test_service_is_recorded_once_a_round(client: httpx.AsyncClient) -> None:
    hazard = answered(await serve(client, await hazard_in(client, State.ASSIGNED)))
    assert refusal(await serve(client, hazard)) == (409, "hazard.service_recorded")
    for action in (Action.SUBMIT, Action.PASS, Action.REOPEN, Action.ASSIGN):
        hazard = answered(await send_action(client, hazard, action))
    assert answered(await serve(client, hazard))["rounds"][1]["service"] is not None


async def test_what_a_notice_lists_is_served_and_refused_on_the_notice(client: httpx.AsyncClient) -> None:
    known = await issued(client)
    hazard = await read(client, known["hazards"][0])
    for answer in (await serve(client, hazard), await refuse(client, hazard)):
        assert refusal(answer) == (409, "hazard.served_by_notice")
        assert known["id"] in answer.text
    answered(await act_on_notice(client, known, "record_service"))
    assert (await read(client, hazard))["rounds"][0]["service"] is not None


async def test_a_refusal_to_sign_is_on_record_with_its_witnesses(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.ASSIGNED)
    proof = paper()
    hazard = answered(await refuse(client, hazard, witnesses=["甲", "乙"], attachments=[proof]))
    told = hazard["rounds"][0]["refusal"]
    assert (told["witnesses"], told["remarks"], told["attachments"]) == (
        ["甲", "乙"],
        "当事人拒绝签收。",
        [proof["id"]],
    )
    assert (hazard["state"], hazard["rounds"][0]["service"]) == ("assigned", None)
    # The paper is then left there, which is service.
    hazard = answered(await serve(client, hazard, mode="left"))
    assert (hazard["rounds"][0]["service"]["mode"], hazard["rounds"][0]["refusal"]) == ("left", told)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"witnesses": []}, (400, "request.invalid")),
        ({"witnesses": [" "]}, (400, "request.invalid")),
        ({"refused_at": "2099-01-01T00:00:00+08:00"}, (422, "hazard.time_in_future")),
        ({"refused_at": "2026-01-01T00:00:00+08:00"}, (422, "hazard.served_before_assigned")),
        ({"refused_at": "2200-01-01T00:00:00Z"}, (422, "hazard.time_out_of_range")),
        ({"attachments": [paper(id="019e95e6-7a00-7c3a-9d6e-0d8f5b1c2b01")] * 2}, (422, "attachment.named_twice")),
    ],
)
async def test_a_refusal_that_does_not_fit_is_told_clearly(
    client: httpx.AsyncClient, change: Json, told: tuple[int, str]
) -> None:
    assert refusal(await refuse(client, await hazard_in(client, State.ASSIGNED), **change)) == told


async def test_only_desk_and_inspectors_serve_and_only_while_somebody_owes(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.ASSIGNED)
    for account in ("owner", "reviewer", "approver"):
        assert refusal(await serve(client, hazard, by=account)) == (403, "permission.denied")
        assert refusal(await refuse(client, hazard, by=account)) == (403, "permission.denied")
    for state in (State.REGISTERED, State.CLOSED):
        hazard = await hazard_in(client, state)
        assert refusal(await serve(client, hazard)) == (409, "hazard.action_not_allowed_now")
        assert refusal(await refuse(client, hazard)) == (409, "hazard.action_not_allowed_now")


async def test_what_was_served_on_one_owner_does_not_bind_the_next(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.ASSIGNED)
    hazard = answered(await serve(client, hazard))
    hazard = answered(await refuse(client, hazard))
    hazard = answered(await send_action(client, hazard, Action.HAND_BACK))
    body = action_body(Action.ASSIGN, owner="owner2")
    hazard = answered(await send_action(client, hazard, Action.ASSIGN, body=body))
    assert (hazard["rounds"][0]["service"], hazard["rounds"][0]["refusal"]) == (None, None)


async def test_the_time_of_an_order_starts_when_it_is_served(context: Context) -> None:
    hazard = await ordered_at(context, FRIDAY)
    current = hazard["rounds"][0]
    assert (hazard["state"], hazard["due_at"], current["clock"]) == ("assigned", None, "service")
    assert (current["clock_started_at"], current["original_due_at"], current["catalogue_due_at"]) == (None,) * 3
    assert not (await read_at(context, hazard, FRIDAY + timedelta(days=365)))["overdue"]
    # Typed in on Monday, handed over on Saturday: seven working days from Saturday.
    hazard = await serve_at(context, hazard, "2026-06-06 10:00", china("2026-06-08 09:00"))
    current, due = hazard["rounds"][0], "2026-06-16T15:59:59Z"
    assert (hazard["due_at"], current["original_due_at"], current["catalogue_due_at"]) == (due, due, due)
    assert (current["clock_started_at"], current["due_reason"]) == ("2026-06-06T02:00:00Z", None)
    late = await read_at(context, hazard, china("2026-06-17 00:00"))
    assert late["overdue"]


async def test_no_more_time_is_asked_for_before_it_runs(client: httpx.AsyncClient) -> None:
    [listed] = (await issued(client))["hazards"]
    hazard = await read(client, listed, by="owner")
    answer = await send_action(client, hazard, Action.REQUEST_EXTENSION)
    assert refusal(answer) == (409, "hazard.deadline_not_running")


async def test_a_date_that_the_desk_set_on_an_order_binds_before_and_after_service(context: Context) -> None:
    due = "2026-07-01T10:00:00Z"
    hazard = await ordered_at(context, FRIDAY, due_at=due)
    assert (hazard["due_at"], hazard["rounds"][0]["clock_started_at"]) == (due, None)
    hazard = await serve_at(context, hazard, "2026-06-06 10:00", china("2026-06-08 09:00"))
    assert (hazard["due_at"], hazard["rounds"][0]["clock_started_at"]) == (due, "2026-06-06T02:00:00Z")


async def test_an_order_served_across_an_unknown_year_needs_a_date_and_a_reason(context: Context) -> None:
    hazard = await ordered_at(context, china("2026-12-28 10:00"))
    served, now = "2026-12-30 10:00", china("2026-12-30 11:00")
    due, reason = "2027-01-12T10:00:00Z", "2027年放假安排尚未公布"
    for changes, code in (
        ({}, "calendar.year_unknown"),
        ({"due_reason": reason}, "calendar.year_unknown"),
        ({"due_at": due}, "hazard.due_reason_required"),
        ({"due_at": "2026-12-30T01:00:00Z", "due_reason": reason}, "hazard.due_at_past"),
    ):
        with pytest.raises(Problem) as refused:
            await serve_at(context, hazard, served, now, **changes)
        assert refused.value.code == code
    hazard = await serve_at(context, hazard, served, now, due_at=due, due_reason=reason)
    current = hazard["rounds"][0]
    assert (hazard["due_at"], current["original_due_at"], current["catalogue_due_at"]) == (due, due, None)
    assert current["due_reason"] == reason


async def test_an_information_sheet_runs_from_its_issue(context: Context) -> None:
    hazard = await ordered_at(context, FRIDAY, kind="information", officers=[])
    current = hazard["rounds"][0]
    assert (current["clock"], current["clock_started_at"]) == ("notification", "2026-06-05T01:30:00Z")
    assert hazard["due_at"] == "2026-06-16T15:59:59Z"
    assert current["notice_id"] is not None
