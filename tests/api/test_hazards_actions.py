"""People move a hazard through the loop, over connections that lose answers."""

import asyncio
from typing import Any

import httpx
import pytest

from schemas.hazards import Action, State
from tests.hazard_factory import (
    action_body,
    answered,
    hazard_in,
    photo,
    read,
    refusal,
    send_action,
)
from tests.people import signed_in
from tests.servers import Server


async def events(client: httpx.AsyncClient, hazard: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/v1/hazards/{hazard['id']}/events", headers=signed_in("desk"))
    items: list[dict[str, Any]] = answered(answer)["items"]
    return items


async def test_a_hazard_goes_all_the_way_round_twice(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.PENDING_REVIEW)
    hazard = answered(await send_action(client, hazard, Action.FAIL, body=action_body(Action.FAIL, reason="还有纸箱")))
    assert (hazard["state"], hazard["attempt"]) == ("rectifying", 2)
    hazard = answered(await send_action(client, hazard, Action.SUBMIT))
    hazard = answered(await send_action(client, hazard, Action.PASS))
    assert (hazard["state"], hazard["closed_at"] is not None, hazard["overdue"]) == ("closed", True, False)
    first_round = hazard["rounds"][0]
    assert [attempt["outcome"] for attempt in first_round["attempts"]] == ["failed", "passed"]
    assert [attempt["decided_by"]["account"] for attempt in first_round["attempts"]] == ["reviewer"] * 2

    hazard = answered(await send_action(client, hazard, Action.REOPEN))
    assert (hazard["state"], hazard["round"], hazard["attempt"]) == ("registered", 2, 1)
    assert (hazard["owner"], hazard["due_at"], hazard["closed_at"]) == (None, None, None)
    for action in (Action.ASSIGN, Action.ACCEPT, Action.SUBMIT, Action.PASS):
        hazard = answered(await send_action(client, hazard, action))
    assert hazard["rounds"][0] == first_round
    assert (hazard["state"], hazard["round"], hazard["version"]) == ("closed", 2, 12)
    assert [event["kind"].removeprefix("hazard.") for event in await events(client, hazard)] == [
        "reported", "registered", "assigned", "submitted", "failed", "submitted", "passed",
        "reopened", "assigned", "accepted", "submitted", "passed",
    ]  # fmt: skip


async def test_the_answer_shows_the_hazard_as_it_then_is(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.REGISTERED)
    response = await send_action(client, hazard, Action.ASSIGN)
    told = answered(response)
    assert response.headers["etag"] == '"3"'
    assert told == await read(client, hazard)
    assert (told["owner"]["account"], told["due_at"]) == ("owner", "2030-06-08T10:00:00Z")
    assert told["rounds"][0]["notice"] == "请立即清理楼梯，恢复畅通。"


async def test_everyone_is_offered_what_they_may_do_now(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.ASSIGNED)

    async def offered(account: str) -> list[str]:
        return [item["action"] for item in (await read(client, hazard, by=account))["actions"]]

    assert await offered("owner") == ["accept", "hand_back", "submit", "request_extension"]
    papers = ["record_service", "record_refusal"]
    assert await offered("desk") == ["grade", "file_fix", "supervise", "urge", *papers, "shelve"]
    assert await offered("inspector") == ["file_fix", "urge", *papers]
    assert await offered("reviewer") == ["urge"]
    hazard = answered(await send_action(client, hazard, Action.SUBMIT))
    assert await offered("reviewer") == ["pass", "fail", "urge"]
    assert await offered("approver") == ["pass", "fail", "supervise", "urge"]
    assert await offered("owner") == await offered("auditor") == []


async def test_labels_speak_the_readers_language(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.ASSIGNED)
    for language, state, action, category in (
        ("zh-CN", "待整改", "收到，马上改", "疏散楼梯占用"),
        ("en", "Waiting for the owner", "Got it, fixing now", "Stair occupied"),
    ):
        answer = await client.get(
            f"/api/v1/hazards/{hazard['id']}", headers={**signed_in("owner"), "Accept-Language": language}
        )
        told = answered(answer)
        assert answer.headers["content-language"] == language
        assert (told["state_label"], told["actions"][0]["label"], told["category"]["name"]) == (state, action, category)


async def test_an_action_without_the_version_is_asked_for_it(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.REPORTED)
    for if_match in (None, "*", "1", "", '"'):
        headers = signed_in("desk") | ({} if if_match is None else {"If-Match": if_match})
        answer = await client.post(
            f"/api/v1/hazards/{hazard['id']}/actions/register", json=action_body(Action.REGISTER), headers=headers
        )
        assert refusal(answer) == (428, "hazard.version_required")
        assert answer.headers["etag"] == '"1"'


async def test_an_action_on_what_has_changed_is_refused(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.REGISTERED)
    for if_match in ('"1"', '"7"', 'W/"2"', '"02"', '"1", "3"'):
        answer = await client.post(
            f"/api/v1/hazards/{hazard['id']}/actions/assign",
            json=action_body(Action.ASSIGN),
            headers={**signed_in("desk"), "If-Match": if_match},
        )
        assert refusal(answer) == (412, "hazard.version_stale")
        assert (answer.json()["version"], answer.headers["etag"]) == (2, '"2"')
    assert await read(client, hazard) == hazard


async def test_one_of_several_versions_may_match(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.REPORTED)
    answer = await client.post(
        f"/api/v1/hazards/{hazard['id']}/actions/register",
        json=action_body(Action.REGISTER),
        headers={**signed_in("desk"), "If-Match": '"9", "1"'},
    )
    assert answer.status_code == 200


async def test_a_lost_answer_is_given_again_whatever_has_happened_since(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.REPORTED)
    body = action_body(Action.REGISTER)
    first = await send_action(client, hazard, Action.REGISTER, body=body)
    answered(await send_action(client, first.json(), Action.ASSIGN))
    # Before the version check: the phone that heard nothing still sends the version it knew.
    again = await send_action(client, hazard, Action.REGISTER, body=body)
    assert (again.status_code, again.content, again.headers["etag"]) == (200, first.content, '"2"')
    assert again.headers["idempotent-replayed"] == "true"
    without_version = await client.post(
        f"/api/v1/hazards/{hazard['id']}/actions/register", json=body, headers=signed_in("desk")
    )
    assert without_version.content == first.content
    assert len(await events(client, hazard)) == 3


async def test_an_owner_who_handed_back_hears_so_again_although_the_hazard_is_gone_for_them(
    client: httpx.AsyncClient,
) -> None:
    hazard, body = await hazard_in(client, State.ASSIGNED), action_body(Action.HAND_BACK)
    first = await send_action(client, hazard, Action.HAND_BACK, body=body)
    assert answered(first)["state"] == "registered"
    assert refusal(await client.get(f"/api/v1/hazards/{hazard['id']}", headers=signed_in("owner")))[0] == 404
    again = await send_action(client, hazard, Action.HAND_BACK, body=body)
    assert again.content == first.content
    assert refusal(await send_action(client, hazard, Action.HAND_BACK)) == (404, "hazard.not_found")


async def test_an_action_id_is_for_one_action_only(client: httpx.AsyncClient) -> None:
    hazard, other = await hazard_in(client, State.REGISTERED), await hazard_in(client, State.REGISTERED)
    body = action_body(Action.ASSIGN)
    hazard = answered(await send_action(client, hazard, Action.ASSIGN, body=body))
    differs = (409, "action.content_differs")
    assert refusal(await send_action(client, hazard, Action.ASSIGN, body=body | {"notice": "另一个"})) == differs
    assert refusal(await send_action(client, other, Action.ASSIGN, body=body)) == differs
    assert refusal(await send_action(client, hazard, Action.ASSIGN, body=body, by="desk2")) == differs
    reuse = action_body(Action.ACCEPT, action_id=body["action_id"])
    assert refusal(await send_action(client, hazard, Action.ACCEPT, body=reuse)) == differs
    as_hazard = await client.put(f"/api/v1/hazards/{body['action_id']}", json={}, headers=signed_in("desk"))
    assert as_hazard.status_code == 400


async def test_an_id_of_a_report_is_no_action_id(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.REPORTED)
    body = action_body(Action.REGISTER, action_id=hazard["id"])
    assert refusal(await send_action(client, hazard, Action.REGISTER, body=body)) == (409, "action.content_differs")


async def test_a_refused_action_is_judged_anew(client: httpx.AsyncClient) -> None:
    hazard, body = await hazard_in(client, State.REPORTED), action_body(Action.ASSIGN)
    assert refusal(await send_action(client, hazard, Action.ASSIGN, body=body)) == (
        409,
        "hazard.action_not_allowed_now",
    )
    hazard = answered(await send_action(client, hazard, Action.REGISTER))
    assert answered(await send_action(client, hazard, Action.ASSIGN, body=body))["state"] == "assigned"


async def test_fifty_impatient_taps_are_one_action(running_server: Server) -> None:
    async with httpx.AsyncClient(base_url=running_server.url, timeout=60) as client:
        hazard, body = await hazard_in(client, State.REPORTED), action_body(Action.REGISTER)
        answers = await asyncio.gather(*(send_action(client, hazard, Action.REGISTER, body=body) for _ in range(50)))
        assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
        assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
        assert len(await events(client, hazard)) == 2


async def test_of_many_who_act_at_once_one_wins_and_the_others_are_told(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.PENDING_REVIEW)
    answers = await asyncio.gather(
        *(
            send_action(client, hazard, action, by=account)
            for action in (Action.PASS, Action.FAIL)
            for account in ("reviewer", "approver")
            for _ in range(5)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 19
    assert len(await events(client, hazard)) == 5


async def test_one_action_id_sent_to_two_hazards_at_once_acts_on_one(client: httpx.AsyncClient) -> None:
    pair = [await hazard_in(client, State.REPORTED) for _ in range(2)]
    body = action_body(Action.REGISTER)
    answers = await asyncio.gather(
        *(send_action(client, hazard, Action.REGISTER, body=body) for hazard in pair for _ in range(4))
    )
    assert sorted({answer.status_code for answer in answers}) == [200, 409]
    assert sorted([(await read(client, hazard))["state"] for hazard in pair]) == ["registered", "reported"]


@pytest.mark.parametrize("owner", ["nobody", "desk", "inspector2", "admin"])
async def test_only_an_owner_of_the_district_can_be_made_the_owner(client: httpx.AsyncClient, owner: str) -> None:
    hazard = await hazard_in(client, State.REGISTERED)
    answer = await send_action(client, hazard, Action.ASSIGN, body=action_body(Action.ASSIGN, owner=owner))
    assert refusal(answer) == (422, "hazard.owner_unsuitable")
    assert answer.json()["owner"] == owner


@pytest.mark.parametrize(
    ("state", "action", "change", "told"),
    [
        (State.REGISTERED, Action.ASSIGN, {"due_at": "2026-06-01T00:00:00+08:00"}, (422, "hazard.due_at_past")),
        (State.REGISTERED, Action.ASSIGN, {"due_at": "2201-06-01T00:00:00Z"}, (422, "hazard.time_out_of_range")),
        (State.REGISTERED, Action.ASSIGN, {"due_at": "2030-06-01"}, (400, "request.invalid")),
        (State.ASSIGNED, Action.HAND_BACK, {"reason": "bored"}, (400, "request.invalid")),
        (State.ASSIGNED, Action.SUBMIT, {"photos": []}, (400, "request.invalid")),
        (State.ASSIGNED, Action.SUBMIT, {"measures": " "}, (400, "request.invalid")),
        (State.PENDING_REVIEW, Action.PASS, {"mode": "by_phone"}, (400, "request.invalid")),
        (State.PENDING_REVIEW, Action.FAIL, {"reason": ""}, (400, "request.invalid")),
        (State.CLOSED, Action.REOPEN, {"reason": "反弹\u0000"}, (400, "request.invalid")),
        (State.REPORTED, Action.REGISTER, {"action_id": "1"}, (400, "request.invalid")),
        (State.REPORTED, Action.REGISTER, {"hurry": True}, (400, "request.invalid")),
    ],
)
async def test_a_body_that_does_not_fit_changes_nothing(
    client: httpx.AsyncClient, state: State, action: Action, change: dict[str, Any], told: tuple[int, str]
) -> None:
    hazard = await hazard_in(client, state)
    answer = await send_action(client, hazard, action, body=action_body(action, **change))
    assert refusal(answer) == told
    assert (await read(client, hazard))["version"] == hazard["version"]


async def test_a_fix_needs_a_picture_of_its_own(client: httpx.AsyncClient) -> None:
    before = photo()
    hazard = await hazard_in(client, State.ASSIGNED, photos=[before])
    for named in (before, photo(id=before["id"]), photo(sha256=before["sha256"].upper())):
        answer = await send_action(client, hazard, Action.SUBMIT, body=action_body(Action.SUBMIT, photos=[named]))
        assert refusal(answer) == (422, "hazard.photo_shows_before")


async def test_history_tells_who_did_what(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.CLOSED)
    told = await events(client, hazard)
    assert [event["actor"]["account"] for event in told] == ["inspector", "desk", "desk", "owner", "reviewer"]
    assert told[0]["body"]["number"] == hazard["number"]
    assert told[3]["body"]["measures"] == hazard["rounds"][0]["attempts"][0]["measures"]


async def test_there_is_no_other_action(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.REPORTED)
    for action in ("grade", "REGISTER", "register/"):
        answer = await client.post(
            f"/api/v1/hazards/{hazard['id']}/actions/{action}x", json={}, headers=signed_in("desk")
        )
        assert answer.status_code == 404
