"""Where a hazard comes from: an inspection, the enterprise itself, a resident, another authority."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from schemas.hazards import Action, State
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
from tests.people import signed_in

CODES = {"szcg_case": "2026-0605-0017", "hotline_12345": "YQ-88"}


def spot_fix(**changes: Any) -> Json:
    return {"measures": "当场搬走纸箱", "photos": [photo()]} | changes


@pytest.mark.parametrize("source", ["inspection", "self_check", "resident", "transferred"])
async def test_a_hazard_keeps_its_source(client: httpx.AsyncClient, source: str) -> None:
    hazard = answered(await send_report(client, report(source=source)))
    assert hazard["source"] == source
    listed = answered(await client.get("/api/v1/hazards", headers=signed_in("desk")))["items"]
    assert [item["source"] for item in listed] == [source]


async def test_a_report_without_a_source_is_an_inspection(client: httpx.AsyncClient) -> None:
    assert answered(await send_report(client))["source"] == "inspection"
    assert refusal(await send_report(client, report(source="rumor"))) == (400, "request.invalid")


async def test_what_a_resident_reported_is_verified_before_it_is_taken_in(client: httpx.AsyncClient) -> None:
    hazard = answered(await send_report(client, report(source="resident")))
    assert refusal(await send_action(client, hazard, Action.REGISTER)) == (422, "hazard.verification_required")
    body = action_body(Action.REGISTER, verification=" ")
    assert refusal(await send_action(client, hazard, Action.REGISTER, body=body)) == (400, "request.invalid")
    body = action_body(Action.REGISTER, verification="现场核实，楼梯确有堆物")
    hazard = answered(await send_action(client, hazard, Action.REGISTER, body=body))
    history = answered(await client.get(f"/api/v1/hazards/{hazard['id']}/events", headers=signed_in("desk")))["items"]
    assert history[-1]["body"]["verification"] == "现场核实，楼梯确有堆物"


@pytest.mark.parametrize("reason", ["untrue", "not_found"])
async def test_what_a_resident_reported_may_turn_out_untrue_or_gone(client: httpx.AsyncClient, reason: str) -> None:
    hazard = answered(await send_report(client, report(source="resident")))
    body = action_body(Action.INVALIDATE, reason=reason)
    hazard = answered(await send_action(client, hazard, Action.INVALIDATE, body=body))
    assert (hazard["state"], hazard["ending"]["reason"], hazard["source"]) == ("invalid", reason, "resident")


@pytest.mark.parametrize("source", ["inspection", "self_check", "transferred"])
async def test_nobody_verifies_what_was_found_by_officers(client: httpx.AsyncClient, source: str) -> None:
    hazard = await hazard_in(client, State.REGISTERED, source=source)
    assert hazard["state"] == "registered"


async def test_an_enterprise_that_fixes_what_it_found_has_a_second_person_check_it(client: httpx.AsyncClient) -> None:
    required = (422, "hazard.second_person_required")
    body = report(source="self_check", fixed_on_the_spot=spot_fix())
    hazard_id = uuid4()
    assert refusal(await send_report(client, body, hazard_id=hazard_id)) == required
    body = report(source="self_check", fixed_on_the_spot=spot_fix(checked_by="安全员B"))
    hazard = answered(await send_report(client, body, hazard_id=hazard_id))
    assert (hazard["state"], hazard["source"]) == ("closed", "self_check")
    history = answered(await client.get(f"/api/v1/hazards/{hazard_id}/events", headers=signed_in("desk")))["items"]
    assert history[-1]["body"]["checked_by"] == "安全员B"

    hazard = answered(await send_report(client, report(source="self_check")))
    assert refusal(await send_action(client, hazard, Action.FIX_ON_THE_SPOT)) == required
    body = action_body(Action.FIX_ON_THE_SPOT, checked_by="安全员B")
    assert answered(await send_action(client, hazard, Action.FIX_ON_THE_SPOT, body=body))["state"] == "closed"


async def test_the_bureau_can_sample_what_an_enterprise_fixed_itself(client: httpx.AsyncClient) -> None:
    body = report(source="self_check", fixed_on_the_spot=spot_fix(checked_by="安全员B"))
    hazard = answered(await send_report(client, body))
    hazard = answered(await send_action(client, hazard, Action.REOPEN))
    assert (hazard["state"], hazard["round"], hazard["source"]) == ("registered", 2, "self_check")


async def test_numbers_of_other_systems_are_kept(client: httpx.AsyncClient) -> None:
    body = report(source="transferred", external_case_no="移2026-7", grid_code="140302001", external_codes=CODES)
    hazard = answered(await send_report(client, body))
    assert (hazard["external_case_no"], hazard["grid_code"]) == ("移2026-7", "140302001")
    assert (await read(client, hazard))["external_codes"] == CODES
    plain = answered(await send_report(client))
    assert (plain["external_case_no"], plain["grid_code"], plain["external_codes"]) == (None, None, None)


@pytest.mark.parametrize(
    "change",
    [
        {"external_codes": {"SZCG": "1"}},
        {"external_codes": {"szcg\n": "1"}},
        {"external_codes": {"szcg": " "}},
        {"external_codes": {f"s{number}": "1" for number in range(21)}},
        {"external_case_no": ""},
        {"grid_code": "网" * 201},
        {"visit_id": "yesterday"},
    ],
)
async def test_a_number_of_another_system_that_does_not_fit_is_told_clearly(
    client: httpx.AsyncClient, change: Json
) -> None:
    assert refusal(await send_report(client, report(**change))) == (400, "request.invalid")


async def test_a_hazard_names_its_visit_before_the_visit_has_arrived(client: httpx.AsyncClient) -> None:
    visit_id = str(uuid4())
    assert answered(await send_report(client, report(visit_id=visit_id)))["visit_id"] == visit_id


@pytest.mark.parametrize("checked_by", ["inspector", " inspector ", "inspector inspector"])
async def test_nobody_is_the_second_person_of_their_own_self_check(client: httpx.AsyncClient, checked_by: str) -> None:
    body = report(source="self_check", fixed_on_the_spot=spot_fix(checked_by=checked_by))
    assert refusal(await send_report(client, body)) == (422, "hazard.second_person_required")


async def test_what_may_be_major_is_not_closed_by_a_self_check(client: httpx.AsyncClient) -> None:
    goes_up = (409, "hazard.self_check_goes_up")
    fix = spot_fix(checked_by="安全员B")
    assert (
        refusal(await send_report(client, report(source="self_check", category="A03", fixed_on_the_spot=fix)))
        == goes_up
    )
    hazard = answered(await send_report(client, report(source="self_check", category="A03")))
    body = action_body(Action.FIX_ON_THE_SPOT, checked_by="安全员B")
    assert refusal(await send_action(client, hazard, Action.FIX_ON_THE_SPOT, body=body)) == goes_up
    # An inspector who finds the same may see it put right.
    assert (
        answered(await send_report(client, report(category="A03", fixed_on_the_spot=spot_fix())))["state"] == "closed"
    )
