"""Hazards that are not fixed here: untrue, another authority's, or told already by somebody else's report."""

import asyncio

import httpx
import pytest

from schemas.hazards import Action, State
from tests.hazard_factory import (
    Json,
    action_body,
    answered,
    hazard_in,
    paper,
    read,
    refusal,
    report,
    send_action,
    send_report,
)
from tests.people import signed_in

NEW = (State.REPORTED, State.REGISTERED)


async def merge(client: httpx.AsyncClient, hazard: Json, original: Json, *, by: str = "desk") -> httpx.Response:
    body = action_body(Action.MERGE, original_id=original["id"])
    return await send_action(client, hazard, Action.MERGE, by=by, body=body)


async def listed_as(client: httpx.AsyncClient, hazard: Json, *, by: str) -> Json:
    [shown] = (await read(client, hazard, by=by))["duplicates"]
    told: Json = shown
    return told


async def test_a_transfer_goes_out_by_letter_and_is_an_end(client: httpx.AsyncClient) -> None:
    for state in NEW:
        hazard = await hazard_in(client, state)
        hazard = answered(await send_action(client, hazard, Action.TRANSFER))
        assert (hazard["state"], hazard["holder"], hazard["closed_at"]) == ("transferred", None, None)
        told = hazard["ending"]
        assert (told["receiving_body"], told["document_number"]) == ("示例消防救援机构", "示城管移〔2026〕3号")
        assert (told["matter"], told["receipts"]) == ("占用消防车通道，依法由消防救援机构处罚。", [])
        assert [item["action"] for item in hazard["actions"]] == ["record_transfer_receipt"]
        assert (await read(client, hazard, by="inspector"))["actions"] == []


async def test_the_other_authority_may_answer_several_times(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.TRANSFERRED)
    for number, papers in (("示消收〔2026〕12号", [paper(), paper()]), (None, [])):
        body = action_body(Action.RECORD_TRANSFER_RECEIPT, receipt_number=number, attachments=papers)
        hazard = answered(await send_action(client, hazard, Action.RECORD_TRANSFER_RECEIPT, body=body))
    assert (hazard["state"], hazard["ending"]["document_number"]) == ("transferred", "示城管移〔2026〕3号")
    assert [receipt["receipt_number"] for receipt in hazard["ending"]["receipts"]] == ["示消收〔2026〕12号", None]
    assert [len(receipt["attachments"]) for receipt in hazard["ending"]["receipts"]] == [2, 0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"received_at": "2099-01-01T00:00:00+08:00"}, (422, "hazard.time_in_future")),
        ({"received_at": "9999-12-31T23:59:59-12:00"}, (422, "hazard.time_out_of_range")),
        ({"attachments": [paper(id="019e95e6-7a00-7c3a-9d6e-0d8f5b1c2b01")] * 2}, (422, "attachment.named_twice")),
        ({"received_at": None}, (400, "request.invalid")),
    ],
)
async def test_a_receipt_that_does_not_fit_is_told_clearly(
    client: httpx.AsyncClient, change: Json, told: tuple[int, str]
) -> None:
    hazard = await hazard_in(client, State.TRANSFERRED)
    body = action_body(Action.RECORD_TRANSFER_RECEIPT, **change)
    assert refusal(await send_action(client, hazard, Action.RECORD_TRANSFER_RECEIPT, body=body)) == told


async def test_there_is_no_receipt_of_what_was_never_sent(client: httpx.AsyncClient) -> None:
    for state in (State.REGISTERED, State.INVALID):
        answer = await send_action(client, await hazard_in(client, state), Action.RECORD_TRANSFER_RECEIPT)
        assert refusal(answer) == (409, "hazard.action_not_allowed_now")


@pytest.mark.parametrize("reason", ["untrue", "not_found", "not_a_hazard", "other"])
async def test_what_is_not_so_ends_with_a_reason_and_stays_on_record(client: httpx.AsyncClient, reason: str) -> None:
    hazard = await hazard_in(client, State.REGISTERED)
    body = action_body(Action.INVALIDATE, reason=reason, remarks="现场通道畅通")
    hazard = answered(await send_action(client, hazard, Action.INVALIDATE, body=body))
    assert (hazard["state"], hazard["holder"], hazard["actions"]) == ("invalid", None, [])
    assert (hazard["ending"]["reason"], hazard["ending"]["remarks"]) == (reason, "现场通道畅通")
    assert (await read(client, hazard, by="inspector"))["ending"] == hazard["ending"]


async def test_an_end_needs_its_reason(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.REPORTED)
    for action in (Action.INVALIDATE, Action.TRANSFER, Action.MERGE):
        body = action_body(action)
        required = {name for name in body if name != "action_id"} - ({"remarks"} if action is Action.MERGE else set())
        for missing in required:
            less = {name: value for name, value in body.items() if name != missing}
            assert refusal(await send_action(client, hazard, action, body=less)) == (400, "request.invalid")
    body = action_body(Action.INVALIDATE, reason="too_much_work")
    assert refusal(await send_action(client, hazard, Action.INVALIDATE, body=body)) == (400, "request.invalid")


async def test_only_the_districts_desk_ends_a_hazard(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.REPORTED)
    for action in (Action.INVALIDATE, Action.TRANSFER, Action.MERGE):
        for account in ("inspector", "reviewer", "approver"):
            answer = await send_action(client, hazard, action, by=account)
            assert refusal(answer) == (403, "permission.denied")
        assert refusal(await send_action(client, hazard, action, by="desk2")) == (404, "hazard.not_found")


async def test_what_an_owner_works_on_is_not_ended_beside_them(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.ASSIGNED)
    for action in (Action.INVALIDATE, Action.TRANSFER, Action.MERGE):
        assert refusal(await send_action(client, hazard, action)) == (409, "hazard.action_not_allowed_now")


async def test_the_original_shows_what_the_duplicate_brought(client: httpx.AsyncClient) -> None:
    original = await hazard_in(client, State.ASSIGNED)
    duplicate = answered(await send_report(client, report(description="还是那堆纸箱"), by="desk"))
    duplicate = answered(await merge(client, duplicate, original))
    assert (duplicate["state"], duplicate["holder"], duplicate["actions"]) == ("duplicate", None, [])
    assert duplicate["original"] == {"id": original["id"], "number": original["number"]}
    assert duplicate["photos"] != []
    shown = await listed_as(client, original, by="desk")
    assert (shown["id"], shown["number"]) == (duplicate["id"], duplicate["number"])
    assert (shown["description"], shown["reported_by"]["account"]) == ("还是那堆纸箱", "desk")
    assert shown["photos"] == duplicate["photos"]
    # Merging is no change of the original: whoever works on it is not interrupted.
    assert (await read(client, original))["version"] == original["version"]


async def test_a_duplicate_of_a_duplicate_is_shown_on_the_last_original(client: httpx.AsyncClient) -> None:
    first, second, third = [answered(await send_report(client)) for _ in range(3)]
    second_merged = answered(await merge(client, first, second))
    answered(await merge(client, second, third))
    shown = (await read(client, third))["duplicates"]
    assert [item["id"] for item in shown] == [first["id"], second["id"]]
    assert shown[0]["photos"] == second_merged["photos"]
    assert [item["id"] for item in (await read(client, second))["duplicates"]] == [first["id"]]


async def test_nothing_is_merged_into_what_it_cannot_live_on_in(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.REGISTERED)
    for state in (State.CLOSED, State.INVALID, State.DUPLICATE, State.TRANSFERRED):
        answer = await merge(client, hazard, await hazard_in(client, state))
        assert refusal(answer) == (409, "hazard.original_not_open")
        assert answer.json()["state"] == state
    elsewhere = answered(await send_report(client, by="inspector2"))
    nowhere = {"id": "019e95e6-7a00-7c3a-9d6e-0d8f5b1c2a99"}
    told = [await merge(client, hazard, original) for original in (hazard, elsewhere, nowhere)]
    assert {refusal(answer) for answer in told} == {(422, "hazard.original_not_found")}
    # What lies in another district is told like what does not exist.
    anonymous = [answer.text.replace(answer.json()["original_id"], "") for answer in told]
    assert anonymous[0] == anonymous[1] == anonymous[2]
    assert (await read(client, hazard))["version"] == hazard["version"]


async def test_two_reports_merged_into_each_other_at_once_leave_one(client: httpx.AsyncClient) -> None:
    one, other = [answered(await send_report(client)) for _ in range(2)]
    answers = await asyncio.gather(merge(client, one, other), merge(client, other, one))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert sorted([(await read(client, hazard))["state"] for hazard in (one, other)]) == ["duplicate", "reported"]


async def test_the_duplicates_reporter_still_reads_it(client: httpx.AsyncClient) -> None:
    duplicate = await hazard_in(client, State.DUPLICATE)
    told = await read(client, duplicate, by="inspector")
    assert (told["state"], told["original"]) == ("duplicate", duplicate["original"])
    history = answered(await client.get(f"/api/v1/hazards/{duplicate['id']}/events", headers=signed_in("inspector")))
    assert history["items"][-1]["body"]["original_id"] == duplicate["original"]["id"]


async def test_what_was_fixed_before_is_not_ended_as_if_it_had_never_been(client: httpx.AsyncClient) -> None:
    hazard = answered(await send_action(client, await hazard_in(client, State.CLOSED), Action.REOPEN))
    original = await hazard_in(client, State.REGISTERED)
    fixed_before = (409, "hazard.fixed_before")
    assert refusal(await send_action(client, hazard, Action.INVALIDATE)) == fixed_before
    assert refusal(await merge(client, hazard, original)) == fixed_before
    assert answered(await send_action(client, hazard, Action.TRANSFER))["state"] == "transferred"
