"""代录 and 代交: somebody without a phone tells a hazard or fixes one, and somebody else files it."""

import httpx
import pytest

from schemas.hazards import Action, State
from service.workflows.histories import OWNERS_FIELDS
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
from tests.people import CHENGQU, CITY, also_holds, signed_in

INFORMANT = {"name": "李奶奶", "contact": "13900000017"}
VERIFICATION = "到三楼东户门口核实，楼梯确有堆物"
EVERYONE = ("desk", "inspector", "owner", "reviewer", "approver", "auditor", "editor")


async def told_by(client: httpx.AsyncClient, hazard: Json, account: str) -> str:
    """Everything that this person is told of the hazard anywhere: itself, its history and the list."""
    addresses = (f"/api/v1/hazards/{hazard['id']}", f"/api/v1/hazards/{hazard['id']}/events", "/api/v1/hazards")
    answers = [await client.get(address, headers=signed_in(account)) for address in addresses]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    return "".join(answer.text for answer in answers)


async def file_fix(client: httpx.AsyncClient, hazard: Json, *, by: str = "desk", **changes: object) -> httpx.Response:
    return await send_action(client, hazard, Action.FILE_FIX, by=by, body=action_body(Action.FILE_FIX, **changes))


async def test_who_files_and_for_whom_are_both_on_record(client: httpx.AsyncClient) -> None:
    hazard = answered(await send_report(client, report(on_behalf_of=INFORMANT)))
    assert (hazard["reported_by"]["account"], hazard["on_behalf_of"]) == ("inspector", INFORMANT)
    hazard = answered(await send_report(client, report(on_behalf_of={"name": "李奶奶"})))
    assert (await read(client, hazard))["on_behalf_of"] == {"name": "李奶奶", "contact": None}


async def test_the_informant_is_told_to_the_desk_and_to_whoever_took_it_down_and_to_nobody_else(
    client: httpx.AsyncClient,
) -> None:
    hazard = await hazard_in(client, State.ASSIGNED, on_behalf_of=INFORMANT)
    for account in EVERYONE:
        knows = account in ("desk", "inspector")
        assert ((await read(client, hazard, by=account))["on_behalf_of"] is not None) is knows
        told = await told_by(client, hazard, account)
        assert [INFORMANT["name"] in told, INFORMANT["contact"] in told] == [knows, knows]
    closed = answered(await send_action(client, hazard, Action.SUBMIT))
    assert closed["on_behalf_of"] is None


async def test_an_owner_with_a_seat_at_the_desk_is_not_told_either(
    client: httpx.AsyncClient, database_url: str
) -> None:
    await also_holds(database_url, "owner", "desk", CITY)
    hazard = await hazard_in(client, State.ASSIGNED, on_behalf_of=INFORMANT)
    told = await told_by(client, hazard, "owner")
    assert (INFORMANT["name"] in told, INFORMANT["contact"] in told) == (False, False)


async def test_no_answer_to_an_owners_action_tells_it(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.ASSIGNED, on_behalf_of=INFORMANT)
    for action in (Action.ACCEPT, Action.REQUEST_EXTENSION, Action.SUBMIT):
        answer = await send_action(client, hazard, action)
        assert INFORMANT["name"] not in answer.text
        hazard = answered(answer)


async def test_the_original_does_not_tell_who_informed_of_the_duplicate(client: httpx.AsyncClient) -> None:
    original = await hazard_in(client, State.ASSIGNED)
    duplicate = answered(await send_report(client, report(on_behalf_of=INFORMANT, source="resident")))
    body = action_body(Action.MERGE, original_id=original["id"])
    answered(await send_action(client, duplicate, Action.MERGE, body=body))
    for account in EVERYONE:
        answer = await client.get(f"/api/v1/hazards/{original['id']}", headers=signed_in(account))
        assert INFORMANT["name"] not in answer.text
    answer = await client.get(f"/api/v1/hazards/{duplicate['id']}", headers=signed_in("owner"))
    assert refusal(answer) == (404, "hazard.not_found")


@pytest.mark.parametrize("change", [{"name": ""}, {"contact": "1"}, {"name": "甲", "address": "3号楼"}])
async def test_somebody_represented_has_a_name(client: httpx.AsyncClient, change: Json) -> None:
    answer = await send_report(client, report(on_behalf_of=change))
    assert refusal(answer) == (400, "request.invalid")


@pytest.mark.parametrize("account", ["desk", "inspector"])
async def test_a_fix_is_filed_for_an_owner_without_a_phone(client: httpx.AsyncClient, account: str) -> None:
    hazard = await hazard_in(client, State.ASSIGNED)
    hazard = answered(await file_fix(client, hazard, by=account, cost_yuan=300))
    assert (hazard["state"], hazard["owner"]["account"]) == ("pending_review", "owner")
    [attempt] = hazard["rounds"][0]["attempts"]
    assert (attempt["submitted_by"]["account"], attempt["represented"]) == (account, "店主（无手机）")
    assert (attempt["cost_yuan"], hazard["rounds"][0]["accepted_at"]) == (300, attempt["submitted_at"])
    shown = (await read(client, hazard, by="owner"))["rounds"][0]["attempts"][0]
    assert shown["represented"] == "店主（无手机）"


async def test_what_is_filed_for_somebody_claims_no_proof_and_is_reviewed_on_the_spot(
    client: httpx.AsyncClient,
) -> None:
    named, content = picture(1)
    hazard = await hazard_in(client, State.ASSIGNED)
    hazard = answered(await file_fix(client, hazard, photos=[named]))
    await send_photo(client, named, content, by="desk")
    assert await sees_photo(client, named, by="reviewer")
    look = action_body(Action.PASS, mode="by_picture")
    answer = await send_action(client, hazard, Action.PASS, body=look)
    assert refusal(answer) == (409, "hazard.review_on_site_required")
    assert answered(await send_action(client, hazard, Action.PASS))["state"] == "closed"


async def test_the_owners_own_next_attempt_can_be_reviewed_by_picture(client: httpx.AsyncClient) -> None:
    named, content = picture(2)
    hazard = answered(await file_fix(client, await hazard_in(client, State.RECTIFYING)))
    # A picture can show that it is not fixed, whoever filed it.
    hazard = answered(await send_action(client, hazard, Action.FAIL))
    body = action_body(Action.SUBMIT, photos=[named])
    hazard = answered(await send_action(client, hazard, Action.SUBMIT, body=body))
    await send_photo(client, named, content, by="owner")
    look = action_body(Action.PASS, mode="by_picture")
    hazard = answered(await send_action(client, hazard, Action.PASS, body=look))
    assert [attempt["represented"] for attempt in hazard["rounds"][0]["attempts"]] == ["店主（无手机）", None]


async def test_whoever_filed_it_does_not_review_it(client: httpx.AsyncClient, database_url: str) -> None:
    await also_holds(database_url, "inspector", "reviewer", CHENGQU)
    hazard = answered(await file_fix(client, await hazard_in(client, State.ASSIGNED), by="inspector"))
    for action in (Action.PASS, Action.FAIL):
        answer = await send_action(client, hazard, action, by="inspector")
        assert refusal(answer) == (403, "hazard.fixer_may_not_review")
    assert answered(await send_action(client, hazard, Action.PASS))["state"] == "closed"


async def test_only_desk_and_inspectors_of_the_district_file_for_others(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.ASSIGNED)
    for account in ("owner", "reviewer", "approver"):
        assert refusal(await file_fix(client, hazard, by=account)) == (403, "permission.denied")
    for account in ("desk2", "inspector2", "owner2"):
        assert refusal(await file_fix(client, hazard, by=account)) == (404, "hazard.not_found")


async def test_a_filed_fix_that_does_not_fit_is_told_clearly(client: httpx.AsyncClient) -> None:
    before, after = photo(), photo()
    hazard = await hazard_in(client, State.ASSIGNED, photos=[before])
    assert refusal(await file_fix(client, hazard, photos=[before])) == (422, "hazard.photo_shows_before")
    assert refusal(await file_fix(client, hazard, photos=[after, after])) == (422, "hazard.photo_named_twice")
    for change in ({"represented": " "}, {"represented": None}, {"cost_yuan": -1}, {"cost_yuan": 0.5}):
        assert refusal(await file_fix(client, hazard, **change)) == (400, "request.invalid")
    registered = await hazard_in(client, State.REGISTERED)
    assert refusal(await file_fix(client, registered)) == (409, "hazard.action_not_allowed_now")


async def sealed_with_the_owner(client: httpx.AsyncClient, **changes: object) -> Json:
    """A hazard that a resident told of, verified, graded and assigned."""
    hazard = answered(await send_report(client, report(source="resident", on_behalf_of=INFORMANT, **changes)))
    body = action_body(Action.REGISTER, verification=VERIFICATION)
    hazard = answered(await send_action(client, hazard, Action.REGISTER, body=body))
    return answered(await send_action(client, hazard, Action.ASSIGN))


async def events_for(client: httpx.AsyncClient, hazard: Json, account: str) -> list[Json]:
    answer = await client.get(f"/api/v1/hazards/{hazard['id']}/events", headers=signed_in(account))
    told: list[Json] = answered(answer)["items"]
    return told


async def test_what_was_verified_is_told_to_the_desk_only(client: httpx.AsyncClient) -> None:
    hazard = await sealed_with_the_owner(client)
    for account in EVERYONE:
        told = await told_by(client, hazard, account)
        knows = account in ("desk", "inspector")
        assert (VERIFICATION in told, INFORMANT["name"] in told) == (knows, knows), account


@pytest.mark.parametrize("changes", [{"source": "resident"}, {"on_behalf_of": INFORMANT}])
async def test_an_owner_sees_neither_picture_nor_position_of_what_somebody_informed_of(
    client: httpx.AsyncClient, changes: Json
) -> None:
    named, content = picture(3)
    await send_photo(client, named, content, by="inspector")
    hazard = answered(await send_report(client, report(photos=[named], **changes)))
    body = action_body(Action.REGISTER, verification=VERIFICATION)
    hazard = answered(await send_action(client, hazard, Action.REGISTER, body=body))
    hazard = answered(await send_action(client, hazard, Action.ASSIGN))
    shown = await read(client, hazard, by="owner")
    assert (shown["photos"], shown["position"], shown["given_position"]) == ([], None, None)
    assert not await sees_photo(client, named, by="owner")
    shown = await read(client, hazard, by="reviewer")
    assert ([item["id"] for item in shown["photos"]], shown["given_position"] is None) == ([named["id"]], False)


async def test_an_owner_sees_the_position_of_what_an_inspector_found(client: httpx.AsyncClient) -> None:
    shown = await read(client, await hazard_in(client, State.ASSIGNED), by="owner")
    assert shown["given_position"] is not None
    assert shown["position"] is not None


async def test_the_next_owner_does_not_read_what_the_one_before_did(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.ASSIGNED)
    hazard = answered(await send_action(client, hazard, Action.SUBMIT))
    hazard = answered(await send_action(client, hazard, Action.FAIL))
    hazard = answered(await send_action(client, hazard, Action.REQUEST_EXTENSION))
    hazard = answered(await send_action(client, hazard, Action.HAND_BACK))
    body = action_body(Action.ASSIGN, owner="owner2")
    hazard = answered(await send_action(client, hazard, Action.ASSIGN, body=body))
    [turn] = hazard["rounds"]
    assert (len(turn["attempts"]), len(turn["extensions"])) == (1, 1)
    [turn] = (await read(client, hazard, by="owner2"))["rounds"]
    assert (turn["attempts"], turn["extensions"]) == ([], [])
    told = [event["kind"] for event in await events_for(client, hazard, "owner2")]
    assert told == ["hazard.reported", "hazard.assigned"]


async def test_an_owner_sees_no_round_of_somebody_elses(client: httpx.AsyncClient) -> None:
    hazard = answered(await send_action(client, await hazard_in(client, State.CLOSED), Action.REOPEN))
    body = action_body(Action.ASSIGN, owner="owner2")
    hazard = answered(await send_action(client, hazard, Action.ASSIGN, body=body))
    assert [turn["round"] for turn in hazard["rounds"]] == [1, 2]
    assert [turn["round"] for turn in (await read(client, hazard, by="owner2"))["rounds"]] == [2]


async def test_of_the_report_an_owner_reads_that_it_was_made_and_not_by_whom(client: httpx.AsyncClient) -> None:
    hazard = await sealed_with_the_owner(client)
    reported, assigned = await events_for(client, hazard, "owner")
    assert (reported["kind"], reported["body"], reported["actor"]) == ("hazard.reported", {}, None)
    assert (assigned["kind"], assigned["actor"]["account"]) == ("hazard.assigned", "desk")
    assert set(assigned["body"]) <= OWNERS_FIELDS["hazard.assigned"]
