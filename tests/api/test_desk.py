"""The desk in a browser: a cookie that no script reads, forms that no other site can send, and the way of a case."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from schemas.cases import CaseAction, CaseState
from service import auth
from service.routes import case_examples
from service.settings import Settings
from tests import case_factory as factory
from tests.case_factory import worker_of
from tests.hazard_factory import Json, answered
from tests.people import KUANGQU, PASSWORD, token

COOKIE = "__Host-clearway"


def cookie(account: str) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={token(account)}"}


def fields(account: str, case: Json | None = None, **others: str) -> dict[str, str]:
    """What every form of this person's pages carries."""
    version = {} if case is None else {"version": str(case["version"])}
    return {"csrf": auth.csrf_of(token(account)), **version, **others}


def texts(**changes: str) -> dict[str, str]:
    """The form of a case's texts, complete."""
    sent = {"venue_type": "other", "place_level": "city"}
    for language in ("chinese", "english"):
        sent |= {f"{language}.{field}": text for field, text in factory.CONTENT[language].items()}
    return sent | {name.replace("_", ".", 1): text for name, text in changes.items()}


async def test_signing_in_sets_a_cookie_that_no_script_and_no_other_site_gets(client: httpx.AsyncClient) -> None:
    form = {"account": "editor", "password": PASSWORD, "next": "/desk/cases"}
    answer = await client.post("/desk/sign-in", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/cases")
    [set_cookie] = answer.headers.get_list("set-cookie")
    assert set_cookie.startswith(f"{COOKIE}=")
    flags = {part.strip().lower() for part in set_cookie.split(";")[1:]}
    assert {"httponly", "secure", "path=/", "samesite=lax"} <= flags
    assert not any(flag.startswith("domain") for flag in flags)
    page = await client.get("/desk/cases", headers={"Cookie": set_cookie.split(";")[0]})
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert set_cookie.split(";")[0].partition("=")[2] not in page.text


async def test_wrong_words_are_told_on_the_form_and_counted(client: httpx.AsyncClient) -> None:
    for _ in range(10):
        answer = await client.post("/desk/sign-in", data={"account": "editor", "password": "wrong" * 4})
        assert answer.status_code == 401
        assert 'value="editor"' in answer.text
        assert "wrongwrong" not in answer.text
    answer = await client.post("/desk/sign-in", data={"account": "editor", "password": PASSWORD})
    assert answer.status_code == 429


@pytest.mark.parametrize(
    "there",
    [
        "https://evil.example/desk/",
        "//evil.example/desk/",
        "/\\evil.example",
        "/desk/../x",
        "javascript:1",
        "/api/v1/me",
    ],
)
async def test_nobody_is_sent_to_another_site_after_signing_in(client: httpx.AsyncClient, there: str) -> None:
    form = {"account": "editor", "password": PASSWORD, "next": there}
    answer = await client.post("/desk/sign-in", data=form)
    assert answer.headers["location"] == "/desk/cases"


async def test_pages_ask_who_is_not_signed_in_to_sign_in_and_bring_them_back(client: httpx.AsyncClient) -> None:
    case = await factory.case_in(client, CaseState.DRAFT)
    address = f"/desk/cases/{case['id']}"
    for headers in ({}, {"Cookie": f"{COOKIE}=nobody"}, {"Authorization": f"Bearer {token('editor')}"}):
        answer = await client.get(address, headers=headers)
        assert answer.status_code == 303
        asked = urlsplit(answer.headers["location"])
        assert (asked.path, parse_qs(asked.query)["next"]) == ("/desk/sign-in", [address])


async def test_signing_out_ends_the_session_itself(client: httpx.AsyncClient) -> None:
    answer = await client.post("/desk/sign-out", data=fields("editor"), headers=cookie("editor"))
    assert answer.status_code == 303
    assert (await client.get("/desk/cases", headers=cookie("editor"))).status_code == 303
    assert (await client.get("/api/v1/me", headers={"Authorization": f"Bearer {token('editor')}"})).status_code == 401


async def test_the_api_takes_no_cookie(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/me", headers=cookie("editor"))).status_code == 401


@pytest.mark.parametrize(
    ("csrf", "headers"),
    [
        ("", {}),
        ("0" * 64, {}),
        (auth.csrf_of(token("reviewer")), {}),
        (auth.csrf_of(token("editor")), {"Sec-Fetch-Site": "cross-site"}),
        (auth.csrf_of(token("editor")), {"Sec-Fetch-Site": "same-site"}),
        (auth.csrf_of(token("editor")), {"Origin": "https://evil.example"}),
        (auth.csrf_of(token("editor")), {"Origin": "null"}),
    ],
)
async def test_a_form_that_another_site_sends_changes_nothing(
    client: httpx.AsyncClient, csrf: str, headers: dict[str, str]
) -> None:
    case = await factory.case_in(client, CaseState.DRAFT)
    sent = {**texts(), "csrf": csrf, "version": str(case["version"])}
    answer = await client.post(f"/desk/cases/{case['id']}/texts", data=sent, headers=cookie("editor") | headers)
    assert answer.status_code == 403
    assert (await factory.read(client, case))["version"] == case["version"]


async def test_an_action_loaded_anew_is_the_page_of_the_case_and_changes_nothing(client: httpx.AsyncClient) -> None:
    case = await factory.case_in(client, CaseState.DRAFT)
    csrf = auth.csrf_of(token("editor"))
    address, picture = f"/desk/cases/{case['id']}", "pictures/1"
    for path in ("texts", "assessment", "scan", "actions/submit", picture, *(
        f"{picture}/{name}" for name in ("masks", "overrules", "cover", "remove")
    )):  # fmt: skip
        answer = await client.get(f"{address}/{path}?lang=en&csrf={csrf}", headers=cookie("editor"))
        assert (answer.status_code, answer.headers["location"]) == (303, f"{address}?lang=en"), path
    assert (await factory.read(client, case))["version"] == case["version"]


async def test_somebody_of_another_district_finds_no_case(client: httpx.AsyncClient, settings: Settings) -> None:
    await factory.give_role(settings, "inspector2", "editor", KUANGQU)
    case = await factory.case_in(client, CaseState.DRAFT)
    base = f"/desk/cases/{case['id']}"
    for path in (base, f"{base}/progress", f"{base}/pictures/1/finished"):
        assert (await client.get(path, headers=cookie("inspector2"))).status_code == 404, path
    for path, sent in ((f"{base}/texts", texts()), (f"{base}/actions/submit", {"action_id": case["id"]})):
        answer = await client.post(path, data=sent | fields("inspector2", case), headers=cookie("inspector2"))
        assert answer.status_code == 404, path
    assert case["id"] not in (await client.get("/desk/cases", headers=cookie("inspector2"))).text


async def test_a_reviewer_reads_and_decides_but_has_nothing_to_write_with(client: httpx.AsyncClient) -> None:
    case = await factory.case_in(client, CaseState.FIRST_REVIEW)
    page = await client.get(f"/desk/cases/{case['id']}", headers=cookie("reviewer"))
    assert "/actions/approve" in page.text
    assert "/actions/submit" not in page.text
    for field in ('name="chinese.found"', 'name="keep"', 'name="purpose"', 'name="photo"', "/masks", "/remove"):
        assert field not in page.text
    assert case["chinese"]["title"] in page.text


async def test_what_gives_somebody_away_is_marked_and_nothing_typed_is_lost(client: httpx.AsyncClient) -> None:
    case = await factory.case_in(client, CaseState.DRAFT)
    sent = texts(chinese_found="3号楼2单元楼梯堆物，王经理电话13900000001。") | fields("editor", case)
    answer = await client.post(f"/desk/cases/{case['id']}/texts", data=sent, headers=cookie("editor"))
    assert answer.status_code == 422
    assert re.findall(r"<mark[^>]*>([^<]*)</mark>", answer.text) == ["3号楼2单元", "王经理", "13900000001"]
    assert "3号楼2单元楼梯堆物，王经理电话13900000001。" in unescape(answer.text)
    assert "→ 有关人员" in answer.text


async def test_what_was_typed_survives_that_somebody_else_was_faster(client: httpx.AsyncClient) -> None:
    case = await factory.case_in(client, CaseState.DRAFT)
    answered(await factory.send_texts(client, case))
    sent = texts(chinese_lesson="我写的启示。") | fields("editor", case)
    answer = await client.post(f"/desk/cases/{case['id']}/texts", data=sent, headers=cookie("editor"))
    assert answer.status_code == 412
    assert "我写的启示。" in answer.text
    assert "别人刚刚改过这个案例" in answer.text
    newest = await factory.read(client, case)
    assert f'name="version" value="{newest["version"]}"' in answer.text


async def test_three_people_bring_a_case_to_the_public_with_forms_alone(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    made = await factory.photographed_hazard(client)
    case = answered(await factory.send_draft(client, made.hazard))
    base = f"/desk/cases/{case['id']}"

    async def post(path: str, by: str, **sent: str) -> httpx.Response:
        now = await factory.read(client, case, by=by)
        return await client.post(f"{base}/{path}", data=sent | fields(by, now), headers=cookie(by))

    for path, sent in (
        ("texts", texts()),
        ("assessment", case_examples.ASSESSMENT),
        ("pictures/1", {"photo": f"{made.before['id']} before"}),
        ("pictures/1/masks", {"shapes": '[{"kind":"rectangle","points":[[0.1,0.1],[0.3,0.3]],"subject":"face"}]'}),
        ("pictures/2", {"photo": f"{made.after['id']} after"}),
        ("pictures/2/masks", {"shapes": "", "none_needed": "yes"}),
    ):
        answer = await post(path, "editor", **sent)
        assert answer.status_code == 303, (path, answer.text)
    waiting = (await client.get(f"{base}/progress", headers=cookie("editor"))).json()
    assert waiting["waiting"] is True
    async with worker_of(settings) as worker:
        for name in factory.PICTURE_JOBS:
            await factory.work_off(settings, worker, name)
        await factory.work_off(settings, worker, "photo.render")
    assert (await client.get(f"{base}/progress", headers=cookie("editor"))).json()["waiting"] is False
    for which in ("original", "finished"):
        picture = await client.get(f"{base}/pictures/1/{which}", headers=cookie("editor"))
        assert picture.headers["content-type"] == "image/jpeg"
        assert picture.headers["cache-control"] == "private, no-store"
    same = {"action_id": "0195a7c1-4e2a-7b11-9d3c-5f0a8e6b7c21"}
    first = await post("actions/submit", "editor", **same)
    assert first.status_code == 303, first.text
    again = await post("actions/submit", "editor", **same)
    assert again.status_code == 303, "pressed twice, done once"
    own = await post("actions/approve", "editor", action_id=case["id"])
    assert own.status_code == 403
    for number, (action, by) in enumerate((("approve", "reviewer"), ("approve", "approver"), ("publish", "publisher"))):
        answer = await post(f"actions/{action}", by, action_id=f"0195a7c1-4e2a-7b11-9d3c-5f0a8e6b7c3{number}")
        assert answer.status_code == 303, answer.text
    public = await factory.read(client, case)
    assert (await client.get(public["address"])).status_code == 200
    without = await post("actions/suspend", "publisher", action_id="0195a7c1-4e2a-7b11-9d3c-5f0a8e6b7c40", reason=" ")
    assert without.status_code == 422
    suspended = await post(
        "actions/suspend", "publisher", action_id="0195a7c1-4e2a-7b11-9d3c-5f0a8e6b7c41", reason="有人提出异议。"
    )
    assert suspended.status_code == 303
    assert (await client.get(public["address"])).status_code == 410


@pytest.mark.parametrize("state", CaseState)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_every_state_of_a_case_has_its_page_in_both_languages(
    client: httpx.AsyncClient, state: CaseState, language: str
) -> None:
    case = await factory.case_in(client, state)
    for account in ("editor", "reviewer", "publisher", "auditor"):
        page = await client.get(f"/desk/cases/{case['id']}?lang={language}", headers=cookie(account))
        assert page.status_code == 200
        offered = set(re.findall(r"/actions/(\w+)", page.text))
        allowed = {offer["action"] for offer in (await factory.read(client, case, by=account))["actions"]}
        assert offered == allowed
        assert offered <= set(CaseAction)
