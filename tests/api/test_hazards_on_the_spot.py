"""「当场改好」: found and fixed in one visit."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from schemas.hazards import Action, State
from tests.api.photo_client import picture, sees_photo, send_photo
from tests.hazard_factory import (
    Json,
    action_body,
    answered,
    hazard_in,
    photo,
    read,
    refusal,
    report,
    send_action,
    send_report,
)
from tests.people import CHENGQU, KUANGQU, also_holds, signed_in
from tests.place_factory import connected, open_premises


def spot_fix(**changes: Any) -> Json:
    return {"measures": "当场搬走纸箱", "photos": [photo()]} | changes


async def history(client: httpx.AsyncClient, hazard: Json) -> list[str]:
    answer = await client.get(f"/api/v1/hazards/{hazard['id']}/events", headers=signed_in("desk"))
    return [event["kind"].removeprefix("hazard.") for event in answered(answer)["items"]]


async def test_a_report_with_the_fix_is_found_and_fixed_at_once(client: httpx.AsyncClient) -> None:
    fix = spot_fix()
    answer = await send_report(client, report(fixed_on_the_spot=fix))
    told = answered(answer)
    assert (answer.status_code, answer.headers["etag"], told["version"]) == (201, '"2"', 2)
    assert (told["state"], told["closed_at"], told["holder"]) == ("closed", told["received_at"], None)
    assert [item["role"] for item in told["photos"]] == ["before", "after"]
    [turn] = told["rounds"]
    assert (turn["fixed_on_the_spot"], turn["closed_at"], turn["owner"]) == (True, told["received_at"], None)
    [attempt] = turn["attempts"]
    assert (attempt["measures"], attempt["submitted_by"]["account"]) == ("当场搬走纸箱", "inspector")
    assert (attempt["outcome"], attempt["decided_by"]) == (None, None)
    assert await history(client, told) == ["reported", "fixed_on_the_spot"]
    assert await read(client, told) | {"actions": 0} == told | {"actions": 0}


async def test_such_a_report_sent_twice_is_one_hazard(client: httpx.AsyncClient) -> None:
    hazard_id, body = uuid4(), report(fixed_on_the_spot=spot_fix())
    first = await send_report(client, body, hazard_id=hazard_id)
    again = await send_report(client, body, hazard_id=hazard_id)
    assert (again.status_code, again.content, again.headers["etag"]) == (201, first.content, '"2"')
    assert again.headers["idempotent-replayed"] == "true"
    assert await history(client, first.json()) == ["reported", "fixed_on_the_spot"]
    # The same hazard told as not fixed is another content.
    unfixed = {name: value for name, value in body.items() if name != "fixed_on_the_spot"}
    for other in (unfixed, body | {"fixed_on_the_spot": spot_fix()}):
        answer = await send_report(client, other, hazard_id=hazard_id)
        assert refusal(answer) == (409, "hazard.content_differs")


async def test_both_photos_may_arrive_later(client: httpx.AsyncClient) -> None:
    (before, before_bytes), (after, after_bytes) = picture(1), picture(2)
    hazard = answered(await send_report(client, report(photos=[before], fixed_on_the_spot=spot_fix(photos=[after]))))
    assert [item["arrived"] for item in hazard["photos"]] == [False, False]
    await send_photo(client, before, before_bytes, by="inspector")
    await send_photo(client, after, after_bytes, by="inspector")
    assert [item["arrived"] for item in (await read(client, hazard))["photos"]] == [True, True]
    assert await sees_photo(client, after, by="reviewer")


async def test_whoever_reported_can_still_fix_it_before_the_desk_takes_it_in(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.REPORTED)
    assert "fix_on_the_spot" in [item["action"] for item in (await read(client, hazard, by="inspector"))["actions"]]
    hazard = answered(await send_action(client, hazard, Action.FIX_ON_THE_SPOT))
    assert (hazard["state"], hazard["rounds"][0]["fixed_on_the_spot"]) == ("closed", True)
    later = await send_action(client, await hazard_in(client, State.REGISTERED), Action.FIX_ON_THE_SPOT)
    assert refusal(later) == (409, "hazard.action_not_allowed_now")


async def test_the_second_inspector_was_there_too(client: httpx.AsyncClient, database_url: str) -> None:
    await also_holds(database_url, "editor", "inspector", CHENGQU)
    hazard = answered(await send_report(client, report(second_inspector="editor")))
    hazard = answered(await send_action(client, hazard, Action.FIX_ON_THE_SPOT, by="editor"))
    assert hazard["rounds"][0]["attempts"][0]["submitted_by"]["account"] == "editor"


async def test_nobody_else_was_there(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.REPORTED)
    for account, told in (
        ("desk", (403, "hazard.not_the_finder")),
        ("reviewer", (403, "permission.denied")),
        ("approver", (403, "permission.denied")),
        ("inspector2", (404, "hazard.not_found")),
        ("owner", (404, "hazard.not_found")),
    ):
        assert refusal(await send_action(client, hazard, Action.FIX_ON_THE_SPOT, by=account)) == told


async def test_those_who_found_it_fix_it_in_whichever_district_it_lies(
    client: httpx.AsyncClient, database_url: str
) -> None:
    await also_holds(database_url, "editor", "inspector", CHENGQU)
    async with connected(database_url) as connection:
        place = await open_premises(connection, KUANGQU)
    body = report(premises_id=str(place.id), fixed_on_the_spot=spot_fix())
    told = answered(await send_report(client, body))
    assert (told["organization"]["code"], told["state"]) == (KUANGQU, "closed")
    body = report(premises_id=str(place.id), second_inspector="editor")
    hazard = answered(await send_report(client, body))
    assert (await read(client, hazard, by="editor"))["organization"]["code"] == KUANGQU
    hazard = answered(await send_action(client, hazard, Action.FIX_ON_THE_SPOT, by="editor"))
    assert hazard["state"] == "closed"


async def test_the_picture_of_the_hazard_shows_no_fix(client: httpx.AsyncClient) -> None:
    before = photo()
    for named in (before, photo(id=before["id"]), photo(sha256=before["sha256"].upper())):
        hazard_id = uuid4()
        body = report(photos=[before], fixed_on_the_spot=spot_fix(photos=[named]))
        assert refusal(await send_report(client, body, hazard_id=hazard_id)) == (422, "hazard.photo_shows_before")
        # It is all or nothing: the phone may send it again, put right, under the same id.
        body = body | {"fixed_on_the_spot": spot_fix()}
        assert answered(await send_report(client, body, hazard_id=hazard_id))["state"] == "closed"
    hazard = await hazard_in(client, State.REPORTED, photos=[before])
    body = action_body(Action.FIX_ON_THE_SPOT, photos=[before])
    answer = await send_action(client, hazard, Action.FIX_ON_THE_SPOT, body=body)
    assert refusal(answer) == (422, "hazard.photo_shows_before")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"photos": []}, (400, "request.invalid")),
        ({"measures": " "}, (400, "request.invalid")),
        ({"photos": [photo(id="019e95e6-7a00-7c3a-9d6e-0d8f5b1c2a03")] * 2}, (422, "hazard.photo_named_twice")),
        ({"photos": [photo(taken_at="2300-01-01T00:00:00Z")]}, (422, "hazard.time_out_of_range")),
    ],
)
async def test_a_fix_that_does_not_fit_is_no_report_either(
    client: httpx.AsyncClient, change: Json, told: tuple[int, str]
) -> None:
    hazard_id = uuid4()
    answer = await send_report(client, report(fixed_on_the_spot=spot_fix(**change)), hazard_id=hazard_id)
    assert refusal(answer) == told
    assert (await client.get(f"/api/v1/hazards/{hazard_id}", headers=signed_in("desk"))).status_code == 404


async def test_it_counts_as_closed_and_can_come_back(client: httpx.AsyncClient) -> None:
    hazard = answered(await send_report(client, report(fixed_on_the_spot=spot_fix())))
    listed = answered(await client.get("/api/v1/hazards?state=closed", headers=signed_in("desk")))["items"]
    assert [(item["id"], item["state"], item["overdue"]) for item in listed] == [(hazard["id"], "closed", False)]
    hazard = answered(await send_action(client, hazard, Action.REOPEN))
    assert (hazard["state"], hazard["round"], hazard["attempt"]) == ("registered", 2, 1)
    for action in (Action.ASSIGN, Action.SUBMIT, Action.PASS):
        hazard = answered(await send_action(client, hazard, action))
    assert [turn["fixed_on_the_spot"] for turn in hazard["rounds"]] == [True, False]


@pytest.mark.parametrize("sealed", [{"source": "resident"}, {"on_behalf_of": {"name": "李奶奶"}}])
async def test_what_somebody_informed_of_is_verified_and_not_fixed_on_the_spot(
    client: httpx.AsyncClient, sealed: Json
) -> None:
    required = (422, "hazard.verification_required")
    assert refusal(await send_report(client, report(fixed_on_the_spot=spot_fix(), **sealed))) == required
    hazard = answered(await send_report(client, report(**sealed)))
    assert refusal(await send_action(client, hazard, Action.FIX_ON_THE_SPOT)) == required
