"""The review page of a case: what the gate found and what is done about it, what the public would see, what is left."""

import re
from collections.abc import Mapping
from html import unescape

import httpx
import pytest

from schemas.cases import CaseAction, CaseState, TextFinding
from service.imaging.detection.findings import Found
from service.routes.desk import case_forms
from service.settings import Settings
from tests import case_factory as factory
from tests.api.test_desk import cookie, fields, texts
from tests.case_factory import worker_of
from tests.hazard_factory import Json, answered
from tests.scripted_examiner import FACE, PLATE, SHOP, ScriptedExaminer


async def checked(client: httpx.AsyncClient, settings: Settings, *found: Found) -> Json:
    """A draft with a masked picture in which the gate still found these."""
    made = await factory.photographed_hazard(client)
    case = await factory.written_case(client, made.hazard)
    case = answered(await factory.send_picture(client, case, 1, made.before, "before"))
    case = answered(await factory.send_masks(client, case, 1))
    await work(settings, *found)
    return await factory.read(client, case)


async def work(settings: Settings, *found: Found) -> None:
    async with worker_of(settings) as parts:
        await factory.work_off(settings, parts, "photo.render")
        worker = factory.with_examiner(parts, ScriptedExaminer(in_finished=list(found)))
        for name in factory.PICTURE_JOBS:
            await factory.work_off(settings, worker, name)


async def post(client: httpx.AsyncClient, case: Json, path: str, sent: Mapping[str, str | list[str]]) -> httpx.Response:
    body = {**fields("editor", case), **sent}
    return await client.post(f"/desk/cases/{case['id']}/pictures/1/{path}", data=body, headers=cookie("editor"))


async def shown(client: httpx.AsyncClient, case: Json, by: str = "editor") -> str:
    answer = await client.get(f"/desk/cases/{case['id']}", headers=cookie(by))
    assert answer.status_code == 200
    return answer.text


async def test_what_is_left_is_counted_without_what_has_passed(client: httpx.AsyncClient, settings: Settings) -> None:
    case = await checked(client, settings, FACE, PLATE)
    assert "还有 2 处待处理。" in await shown(client, case)
    sent = {"finding_id": "face-1", "reason": "海报上的卡通脸。"}
    assert (await post(client, case, "overrules", sent)).status_code == 303
    page = await shown(client, case)
    assert "还有 1 处待处理。 1 处已说明理由放行。" in page
    case = await factory.read(client, case)
    assert (await post(client, case, "overrules", sent | {"finding_id": "plate-1"})).status_code == 303
    page = await shown(client, case)
    assert "还有" not in page.partition('data-look="gate"')[2].partition("</p>")[0]
    assert "2 处已说明理由放行。" in page


async def test_one_reason_lets_several_findings_pass_at_once_or_none(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    case = await checked(client, settings, FACE, PLATE, SHOP)
    sent: dict[str, str | list[str]] = {"finding_id": ["face-1", "plate-1"], "reason": ""}
    refused = await post(client, case, "overrules", sent)
    assert refused.status_code == 422
    assert re.findall(r'name="finding_id" value="([^"]+)" checked', refused.text) == ["face-1", "plate-1"]
    unknown = await post(client, case, "overrules", {"finding_id": ["face-1", "face-9"], "reason": "误报。"})
    assert unknown.status_code == 409
    nothing = await post(client, case, "overrules", {"reason": "误报。"})
    assert nothing.status_code == 409
    assert "请先勾选要放行的地方" in nothing.text
    assert (await factory.read(client, case))["version"] == case["version"]
    assert (await post(client, case, "overrules", sent | {"reason": "两处都是海报。"})).status_code == 303
    assert (await shown(client, case, "reviewer")).count("<q>两处都是海报。</q>") == 1 + 1, (
        "told once, and in the history"
    )
    [picture] = (await factory.read(client, case))["pictures"]
    assert {item["finding"]["id"]: (item["overrule"] or {}).get("reason") for item in picture["gate"]["findings"]} == {
        "face-1": "两处都是海报。",
        "plate-1": "两处都是海报。",
    } | {item["finding"]["id"]: None for item in picture["gate"]["findings"] if item["finding"]["subject"] == "text"}


async def test_what_the_gate_found_is_masked_with_one_press_and_the_picture_is_made_again(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    case = await checked(client, settings, FACE, PLATE)
    before = case["pictures"][0]
    assert 'name="cover" value="plate-1"' in await shown(client, case)
    assert (await post(client, case, "cover", {"cover": "plate-1"})).status_code == 303
    [picture] = (await factory.read(client, case))["pictures"]
    assert picture["state"] == "pending"
    *kept, new = picture["masks"]
    assert kept == before["masks"]
    (left, top), (right, bottom) = new["points"]
    xs, ys = zip(*PLATE.corners, strict=True)
    assert left < min(xs) < max(xs) < right
    assert top < min(ys) < max(ys) < bottom
    assert (new["subject"], new["proposal"]) == ("plate", None)
    await work(settings)
    assert (await factory.read(client, case))["pictures"][0]["gate"]["findings"] == []
    case = await factory.read(client, case)
    gone = await post(client, case, "cover", {"cover": "plate-1"})
    assert gone.status_code == 409


async def test_each_thing_that_is_in_the_way_leads_to_where_it_is_mended(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    case = await checked(client, settings, FACE)
    await factory.execute(settings, "DELETE FROM case_assessments")
    await factory.execute(settings, "UPDATE case_texts SET lesson = ''")
    page = await shown(client, case)
    blockers = page.partition('class="blockers"')[2].partition("</div>")[0]
    places = re.findall(r'<li><a href="#([\w-]+)"', blockers)
    assert len(places) == blockers.count("<li>")
    assert set(places) == {"gate-1", "texts", "assessment"}
    for place in places:
        assert f'id="{place}"' in page


async def test_nobody_is_shown_what_a_detector_is_called(client: httpx.AsyncClient, settings: Settings) -> None:
    case = await checked(client, settings, FACE)
    page = await shown(client, case)
    assert FACE.source not in page
    assert "自动识别，把握 97%" in page


def article(page: str) -> str:
    """What the public reads of a page, without where its pictures lie and on which day it was published."""
    found = re.search(r"<article.*</article>", page, re.S)
    assert found is not None
    text = re.sub(r"<source[^>]*>\s*| (?:sizes|srcset)=\"[^\"]*\"", "", found[0])
    text = re.sub(r"src=\"[^\"]*/([0-9a-f]{32})\.jpg\"", r'src="\1"', text)
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_what_the_public_will_see_is_what_it_gets(
    client: httpx.AsyncClient, settings: Settings, language: str
) -> None:
    async with worker_of(settings) as worker:
        _made, case = await factory.illustrated_case(client, settings, worker)
    address = f"/desk/cases/{case['id']}/preview"
    assert f'src="{address}?lang={language}"' in await shown(client, case, "reviewer")
    preview = await client.get(f"{address}?lang={language}", headers=cookie("reviewer"))
    assert "frame-ancestors 'self'" in preview.headers["content-security-policy"]
    assert preview.headers["cache-control"] == "no-store"
    pictures = re.findall(r'src="(/desk/[^"]+\.jpg)"', preview.text)
    assert len(pictures) == 2
    for picture in pictures:
        answer = await client.get(picture, headers=cookie("reviewer"))
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
        assert (await client.get(picture)).status_code == 303, "for who is signed in"
    case = await factory.advance(client, case, CaseState.PUBLISHED)
    public = await client.get(f"{case['address']}?lang={language}")
    assert article(preview.text) == article(public.text)
    answered(await factory.send_action(client, case, CaseAction.RETRACT))
    assert (await client.get(address, headers=cookie("reviewer"))).status_code == 410


async def test_who_chooses_english_sees_beforehand_that_there_is_none(client: httpx.AsyncClient) -> None:
    case = await factory.case_in(client, CaseState.DRAFT)
    case = answered(await factory.send_texts(client, case, factory.content() | {"english": None}))
    preview = await client.get(f"/desk/cases/{case['id']}/preview?lang=en", headers=cookie("editor"))
    assert "This case is available in Chinese only." in preview.text
    assert case["chinese"]["title"] in preview.text


@pytest.mark.parametrize(
    "path", ["/desk/nowhere", "/desk/cases/none", "/desk/cases/0195a7c1-4e2a-7b11-9d3c-5f0a8e6b7c21"]
)
async def test_an_address_that_leads_nowhere_is_told_to_who_is_signed_in_as_to_them(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path, headers=cookie("editor") | {"Accept": "text/html"})
    assert answer.status_code == 404
    assert 'action="/desk/sign-out"' in answer.text


async def test_taking_a_picture_out_is_asked_about_without_a_script(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    case = await checked(client, settings)
    page = await shown(client, case)
    asked = re.search(r'<details class="removing">(.*?)</details>', page, re.S)
    assert asked is not None
    assert "照片仍留在隐患记录里" in asked[1]
    assert page.count("/pictures/1/remove") == asked[1].count("/pictures/1/remove") == 1


async def test_neighboring_findings_with_one_suggestion_become_one(client: httpx.AsyncClient) -> None:
    case = await factory.case_in(client, CaseState.DRAFT)
    sent = texts(chinese_found="幸福路12号 和平街3号楼道堆物。") | fields("editor", case)
    answer = await client.post(f"/desk/cases/{case['id']}/texts", data=sent, headers=cookie("editor"))
    assert answer.status_code == 422
    chosen = re.findall(r'name="apply" value="([^"]+)" data-instead="某路段"', answer.text)
    assert len(chosen) == 1
    answer = await client.post(
        f"/desk/cases/{case['id']}/texts", data=sent | {"apply": chosen[0]}, headers=cookie("editor")
    )
    told = re.search(r'name="chinese.found"[^>]*>([^<]*)</textarea>', answer.text)
    assert told is not None
    assert unescape(told[1]).count("某路段") == 1


def test_what_stands_there_already_is_not_said_twice() -> None:
    finding = TextFinding(field="chinese.found", start=3, end=8, kind="address", suggestion="某路段")
    values = {"chinese.found": "某路段和平街3号堆物。"}
    assert case_forms.generalized(values, [finding], "chinese.found:3:8")["chinese.found"] == "某路段堆物。"
