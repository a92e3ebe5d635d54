"""What the desk's pages keep for people: what was typed, what waits for them, and sessions that nobody planted."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest

from schemas.cases import CaseAction, CaseState
from service.settings import Settings
from tests import case_factory as factory
from tests.api.test_desk import COOKIE, cookie, fields, texts
from tests.case_factory import worker_of
from tests.hazard_factory import answered
from tests.people import PASSWORD, token
from tests.scripted_examiner import FACE, PLATE, ScriptedExaminer

SQUARE = '[{"kind":"rectangle","points":[[0.125,0.25],[0.375,0.5]],"subject":"other"}]'


async def test_signing_in_never_goes_on_with_a_session_that_was_there(client: httpx.AsyncClient) -> None:
    form = {"account": "editor", "password": PASSWORD, "next": ""}
    answer = await client.post("/desk/sign-in", data=form, headers=cookie("desk"))
    [set_cookie] = answer.headers.get_list("set-cookie")
    new = set_cookie.split(";")[0].partition("=")[2]
    assert new not in (token("desk"), token("editor"))
    assert "no-store" in answer.headers["cache-control"]
    lifetime = int(re.search(r"max-age=(\d+)", set_cookie.lower()).group(1))  # type: ignore[union-attr]
    assert 3600 < lifetime <= 400 * 24 * 3600
    earlier = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {token('desk')}"})
    assert earlier.status_code == 401, "the session that the browser had before is over"
    me = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {new}"})
    assert answered(me)["account"] == "editor"


async def test_another_site_signs_nobody_in(client: httpx.AsyncClient) -> None:
    form = {"account": "editor", "password": PASSWORD}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = await client.post("/desk/sign-in", data=form, headers=headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("there", ["//[", "http://[::1", "/desk/cases\r\nSet-Cookie: a=b", "/desk//evil.example", "%"])
async def test_an_odd_address_to_go_on_to_harms_nobody(client: httpx.AsyncClient, there: str) -> None:
    page = await client.get("/desk/sign-in", params={"next": there})
    assert page.status_code == 200
    form = {"account": "editor", "password": PASSWORD, "next": there}
    answer = await client.post("/desk/sign-in", data=form)
    assert answer.status_code == 303
    assert re.fullmatch(r"/desk/[\w./%-]*", answer.headers["location"])
    assert [line.split("=")[0] for line in answer.headers.get_list("set-cookie")] == [COOKIE]


@pytest.mark.parametrize(
    ("path", "there"),
    [("sign-out", "cases"), ("cases", "cases"), ("cases/1/texts", "cases/1"), ("cases/1/pictures/2/masks", "cases/1")],
)
async def test_a_form_that_comes_after_the_session_leads_back_to_its_page(
    client: httpx.AsyncClient, path: str, there: str
) -> None:
    address = path.replace("/1", "/0195a7c1-4e2a-7b11-9d3c-5f0a8e6b7c21")
    answer = await client.post(f"/desk/{address}", data={"csrf": "0" * 64})
    assert answer.status_code == 303
    back = parse_qs(urlsplit(answer.headers["location"]).query)["next"]
    assert back == [f"/desk/{there.replace('/1', '/0195a7c1-4e2a-7b11-9d3c-5f0a8e6b7c21')}"]


async def test_the_list_tells_everybody_what_waits_for_them(client: httpx.AsyncClient) -> None:
    case = await factory.case_in(client, CaseState.FIRST_REVIEW)

    async def waits_for(account: str) -> bool:
        page = await client.get("/desk/cases", headers=cookie(account))
        waiting, _, _all = page.text.partition('id="all"')
        return case["id"] in waiting

    assert [name for name in ("editor", "reviewer", "approver", "publisher") if await waits_for(name)] == [
        "reviewer",
        "approver",
    ]
    case = answered(await factory.send_action(client, case, CaseAction.APPROVE))
    assert not await waits_for("reviewer"), "nobody reviews twice"
    assert await waits_for("approver")
    case = answered(await factory.send_action(client, case, CaseAction.APPROVE))
    assert [name for name in ("editor", "approver", "publisher") if await waits_for(name)] == ["publisher"]
    by_state = await client.get("/desk/cases?state=approved", headers=cookie("auditor"))
    assert case["id"] in by_state.text
    assert case["id"] not in (await client.get("/desk/cases?state=draft", headers=cookie("auditor"))).text


async def test_masks_and_reasons_that_were_refused_are_still_there(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    made = await factory.photographed_hazard(client)
    case = await factory.written_case(client, made.hazard)
    stale = answered(await factory.send_picture(client, case, 1, made.before, "before"))
    case = answered(await factory.send_texts(client, stale))
    base = f"/desk/cases/{case['id']}"
    sent = fields("editor", stale, shapes=SQUARE)
    answer = await client.post(f"{base}/pictures/1/masks", data=sent, headers=cookie("editor"))
    assert answer.status_code == 412
    assert '"points":[[0.125,0.25],[0.375,0.5]]' in unescape(answer.text)
    assert (await factory.read(client, case))["pictures"][0]["state"] == "unmasked"
    action = fields("editor", stale, action_id=str(uuid4()), reason="因为这样。")
    answer = await client.post(f"{base}/actions/submit", data=action, headers=cookie("editor"))
    assert answer.status_code == 412
    await factory.execute(settings, "DELETE FROM case_assessments")
    assessment = fields("editor", case, purpose="为了提醒大家。", conclusion="publish")
    answer = await client.post(f"{base}/assessment", data=assessment, headers=cookie("editor"))
    assert (answer.status_code, "为了提醒大家。" in answer.text) == (422, True)


async def test_overruling_needs_a_reason_and_keeps_it(client: httpx.AsyncClient, settings: Settings) -> None:
    made = await factory.photographed_hazard(client)
    case = await factory.written_case(client, made.hazard)
    case = answered(await factory.send_picture(client, case, 1, made.before, "before"))
    async with worker_of(settings) as parts:
        await factory.work_off(settings, parts, "photo.render")
        worker = factory.with_examiner(parts, ScriptedExaminer(in_finished=[FACE, PLATE]))
        case = answered(await factory.send_masks(client, case, 1))
        for name in factory.PICTURE_JOBS:
            await factory.work_off(settings, worker, name)
    case = await factory.read(client, case)
    address = f"/desk/cases/{case['id']}/pictures/1/overrules"
    for reason, status in (("  ", 422), ("海报上的卡通脸。", 303)):
        sent = fields("editor", case, finding_id="face-1", reason=reason)
        answer = await client.post(address, data=sent, headers=cookie("editor"))
        assert answer.status_code == status, reason
    page = await client.get(f"/desk/cases/{case['id']}", headers=cookie("reviewer"))
    assert "海报上的卡通脸。" in page.text
    assert 'name="reason"' not in page.text.partition('id="pictures"')[2].partition('id="texts"')[0]


async def test_the_photo_without_masks_is_shown_to_nobody_who_may_not_see_the_hazard(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    async with worker_of(settings) as worker:
        _made, case = await factory.illustrated_case(client, settings, worker)
        await factory.work_off(settings, worker, "photo.render")
    base = f"/desk/cases/{case['id']}"
    for account, status in (("reviewer", 200), ("publisher", 404)):
        answer = await client.get(f"{base}/pictures/1/original", headers=cookie(account))
        assert answer.status_code == status
        assert ("/original" in (await client.get(base, headers=cookie(account))).text) is (status == 200)
        assert (await client.get(f"{base}/pictures/1/finished", headers=cookie(account))).status_code == 200


async def test_a_suggestion_is_used_without_a_script_and_nothing_is_kept_yet(client: httpx.AsyncClient) -> None:
    case = await factory.case_in(client, CaseState.DRAFT)
    sent = texts(chinese_found="王经理没有清理楼梯。") | fields("editor", case, apply="chinese.found:0:3")
    answer = await client.post(f"/desk/cases/{case['id']}/texts", data=sent, headers=cookie("editor"))
    assert answer.status_code == 200
    assert "有关人员没有清理楼梯。" in answer.text
    assert (await factory.read(client, case))["version"] == case["version"]
