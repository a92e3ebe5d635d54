"""What the desk's lists tell: how many wait where, what is suspended, and which hazards a case can be drafted from."""

import re

import httpx
import pytest

from schemas.cases import CaseAction, CaseState
from schemas.hazards import State
from tests import case_factory as factory
from tests import hazard_factory
from tests.api.test_desk import cookie, fields
from tests.hazard_factory import Json, answered
from tests.people import signed_in


async def page(client: httpx.AsyncClient, path: str, by: str = "editor", status: int = 200) -> str:
    answer = await client.get(path, headers=cookie(by))
    assert answer.status_code == status, answer.text
    return answer.text


async def suspended(client: httpx.AsyncClient, reason: str) -> Json:
    case = await factory.case_in(client, CaseState.PUBLISHED)
    body = factory.action_body(CaseAction.SUSPEND) | {"reason": reason}
    return answered(await factory.send_action(client, case, CaseAction.SUSPEND, body=body))


def counts(text: str) -> dict[str, int]:
    """The filters with the number that each carries, by what they ask for."""
    found = re.findall(r'<a href="/desk/cases(?:\?state=(\w+))?"[^>]*>[^<]*<b>(\d+)</b>', text)
    return {name: int(number) for name, number in found}


async def test_a_suspended_case_says_so_with_who_and_why_and_what_to_do_next(client: httpx.AsyncClient) -> None:
    case = await suspended(client, "有住户来电说认出了自家楼道。")
    for account, does in (("publisher", "恢复公开"), ("editor", "修订")):
        text = await page(client, f"/desk/cases/{case['id']}", account)
        held = re.search(r'class="held-now">(.*?)</div>', text, re.S)
        assert held is not None
        assert "暂停公开的原因：" in held[1]
        assert "有住户来电说认出了自家楼道。" in held[1]
        assert re.search(r"\S+ 于 \d{4}-\d\d-\d\d \d\d:\d\d 暂停公开", held[1])
        assert does in held[1]
        assert "上次退回" not in text
        assert "state-published" not in text
        assert re.findall(r'<li class="(\w+)"[^>]*><span>发布', text) == ["held"]
    assert "已暂停公开，正在等核实异议的结果。" in await page(client, f"/desk/cases/{case['id']}", "auditor")


async def test_the_reason_of_an_amendment_is_told_beside_that_of_the_suspension(client: httpx.AsyncClient) -> None:
    case = await suspended(client, "有人提出异议。")
    case = answered(await factory.send_action(client, case, CaseAction.AMEND))
    text = await page(client, f"/desk/cases/{case['id']}", "editor")
    assert re.search(r"暂停公开的原因：</b> <q>有人提出异议。</q>", text)
    assert re.search(r"修订的原因：</b> <q>标题太长。</q>", text)


async def test_what_was_suspended_waits_for_who_can_show_it_again(client: httpx.AsyncClient) -> None:
    case = await suspended(client, "有人提出异议。")
    waiting, _, others = (await page(client, "/desk/cases", "publisher")).partition('id="all"')
    assert case["id"] in waiting
    assert "核实异议" in waiting
    assert "state-suspended" in others
    assert "state-published" not in others
    assert case["id"] not in (await page(client, "/desk/cases", "reviewer")).partition('id="all"')[0]


async def test_every_filter_says_how_many_cases_it_shows(client: httpx.AsyncClient) -> None:
    for state in (CaseState.DRAFT, CaseState.DRAFT, CaseState.APPROVED, CaseState.PUBLISHED):
        await factory.case_in(client, state)
    held = await suspended(client, "有人提出异议。")
    told = counts(await page(client, "/desk/cases"))
    assert told == {"": 5, "draft": 2, "first_review": 0, "second_review": 0, "approved": 1, "published": 1,
                    "suspended": 1, "retracted": 0}  # fmt: skip
    for name, number in told.items():
        rows = (await page(client, f"/desk/cases?state={name}")).partition('id="all"')[2]
        assert len(re.findall(r'<li>\s*<a href="/desk/cases/', rows)) == number, name
    assert held["id"] in await page(client, "/desk/cases?state=suspended")
    listed = answered(await client.get("/api/v1/cases", headers=signed_in("editor")))
    assert {item["id"] for item in listed["items"] if item["suspended"]} == {held["id"]}


async def test_a_state_that_there_is_none_of_is_told(client: httpx.AsyncClient) -> None:
    case = await factory.case_in(client, CaseState.DRAFT)
    text = await page(client, "/desk/cases?state=<b>nonsense", status=400)
    assert "没有“&lt;b&gt;nonsense”这种状态" in text
    assert case["id"] in text


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_a_hazard_to_draft_from_is_found_by_number_district_and_kind(
    client: httpx.AsyncClient, language: str
) -> None:
    stairs = await hazard_factory.hazard_in(client, State.CLOSED)
    other = await hazard_factory.hazard_in(client, State.CLOSED)

    async def found(query: str) -> set[str]:
        text = await page(client, f"/desk/cases/new?lang={language}&{query}")
        return set(re.findall(r'name="hazard_id" value="([^"]+)"', text))

    both = {stairs["id"], other["id"]}
    assert await found("") == both
    assert await found(f"q={stairs['number']}") == {stairs["id"]}
    assert await found(f"area={stairs['organization']['code']}&category={stairs['category']['code']}") == both
    assert await found("category=Z99") == set()
    assert await found("area=140303") == set()
    answered(await factory.send_draft(client, stairs))
    assert await found("") == {other["id"]}


async def test_older_hazards_are_reached_though_all_newer_ones_have_cases(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.routes.desk.drafting.HAZARDS_SHOWN", 1)
    oldest = await hazard_factory.hazard_in(client, State.CLOSED)
    older = await hazard_factory.hazard_in(client, State.CLOSED)
    taken = await hazard_factory.hazard_in(client, State.CLOSED)
    answered(await factory.send_draft(client, taken))
    first = await page(client, "/desk/cases/new")
    assert re.findall(r'name="hazard_id" value="([^"]+)"', first) == [older["id"]]
    link = re.search(r'rel="next" href="([^"]+)"', first)
    assert link is not None
    second = await page(client, link[1].replace("&amp;", "&"))
    assert re.findall(r'name="hazard_id" value="([^"]+)"', second) == [oldest["id"]]


async def test_only_who_drafts_finds_the_page_to_draft_from(client: httpx.AsyncClient) -> None:
    hazard = await hazard_factory.hazard_in(client, State.CLOSED)
    assert 'href="/desk/cases/new"' in await page(client, "/desk/cases", "editor")
    assert 'href="/desk/cases/new"' not in await page(client, "/desk/cases", "reviewer")
    assert hazard["number"] not in await page(client, "/desk/cases/new", "reviewer", status=403)
    sent = fields("editor", hazard_id=hazard["id"])
    first = await client.post("/desk/cases", data=sent, headers=cookie("editor"))
    again = await client.post("/desk/cases", data=sent, headers=cookie("editor"))
    assert first.status_code == again.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    refused = await client.post("/desk/cases", data=fields("auditor") | sent, headers=cookie("auditor"))
    assert refused.status_code == 403
