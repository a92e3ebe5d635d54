"""The public site as a browser, a chat program and a feed reader get it."""

import re
from datetime import datetime

import httpx
import msgspec
import pytest
from litestar import Litestar

from schemas.cases import CaseState
from service.app import build_app
from service.domain.hazards import CHINA_TIME
from service.settings import Settings
from tests import case_factory as factory
from tests.case_factory import worker_of
from tests.conftest import client_of
from tests.hazard_factory import Json, answered, refusal
from tests.people import ACCOUNTS, PASSWORD

BASE = "https://clearway.example"
ADDRESS = re.compile(r'(?:href|src|content|url|data-schema)="([^"]*)"')


async def publish(client: httpx.AsyncClient, count: int = 1) -> list[Json]:
    """Published cases, the oldest first."""
    return [await factory.case_in(client, CaseState.PUBLISHED) for _ in range(count)]


@pytest.mark.parametrize("path", ["/", "/cases", "/cases/2026-06-neverthere22", "/schema/reader"])
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_a_page_loads_nothing_from_elsewhere_and_runs_no_script(
    client: httpx.AsyncClient, path: str, lang: str
) -> None:
    page = await client.get(path, params={"lang": lang})
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert f'<html lang="{lang}">' in page.text
    assert page.headers["content-language"] == lang
    for address in ADDRESS.findall(page.text):
        assert not re.match(r"(https?:)?//", address) or address.startswith(BASE), address
    if path != "/schema/reader":
        assert "<script" not in page.text
        assert not re.search(r"\son\w+=|style=", page.text)


async def test_a_page_of_a_case_is_small_and_names_absolute_addresses_from_the_setting(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    async with worker_of(settings) as worker:
        _made, case = await factory.illustrated_case(client, settings, worker)
    case = await factory.advance(client, case, CaseState.PUBLISHED)
    page = await client.get(case["address"], headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    assert len(page.content) < 60_000
    assert "evil.example" not in page.text
    head = page.text.split("</head>")[0]
    assert f'<meta property="og:url" content="{BASE}{case["address"]}?lang=zh-CN">' in head
    assert '<meta property="og:title" content="商场疏散楼梯堆满纸箱，当日清空">' in head
    assert '<meta name="twitter:card" content="summary_large_image">' in head
    image = re.search(r'<meta property="og:image" content="([^"]+)">', head)
    assert image is not None
    card = await client.get(image[1].removeprefix(BASE))
    assert card.headers["content-type"] == "image/jpeg"
    for language in ("zh-CN", "en"):
        assert f'hreflang="{language}" href="{BASE}{case["address"]}?lang={language}"' in head


@pytest.mark.parametrize(
    ("query", "accept", "title"),
    [
        ("", "", "商场疏散楼梯堆满纸箱，当日清空"),
        ("", "en-US,en;q=0.9", "Cartons filled a mall&#39;s escape stair; cleared the same day"),
        ("?lang=zh-CN", "en", "商场疏散楼梯堆满纸箱，当日清空"),
        ("?lang=en", "zh-CN", "Cartons filled a mall&#39;s escape stair; cleared the same day"),
        ("?lang=fr", "fr", "商场疏散楼梯堆满纸箱，当日清空"),
    ],
)
async def test_the_address_chooses_the_language_and_else_the_browser(
    client: httpx.AsyncClient, query: str, accept: str, title: str
) -> None:
    (case,) = await publish(client)
    page = await client.get(f"{case['address']}{query}", headers={"Accept-Language": accept})
    assert f">{title}</h1>" in page.text
    assert page.headers["vary"] == "Accept-Language"


async def test_a_case_without_english_is_shown_in_chinese_and_says_so(client: httpx.AsyncClient) -> None:
    case = await factory.case_in(client, CaseState.DRAFT)
    case = answered(await factory.send_texts(client, case, factory.content() | {"english": None}))
    case = await factory.advance(client, case, CaseState.PUBLISHED)
    page = await client.get(f"{case['address']}?lang=en")
    assert '<h1 lang="zh-CN">' in page.text
    assert "available in Chinese only" in page.text
    assert '<dd lang="zh-CN">阳泉市</dd>' in page.text
    for shown in (page, await client.get("/cases?lang=en")):
        assert re.search(r'<span class="tag" lang="en">[A-Z][a-z ]+</span>', shown.text)
        assert '<span class="tag" lang="zh-CN">' not in shown.text


async def test_when_a_case_was_published_is_told_to_the_day_and_no_finer(client: httpx.AsyncClient) -> None:
    (case,) = await publish(client)
    day = datetime.fromisoformat(case["published_at"]).astimezone(CHINA_TIME).date()
    page = await client.get(case["address"])
    assert f'<meta property="article:published_time" content="{day}">' in page.text
    (item,) = (await client.get("/cases.json")).json()["items"]
    assert item["date_published"] == f"{day}T00:00:00+08:00"
    minute = case["published_at"][11:16]
    assert minute not in page.text


@pytest.mark.parametrize("path", ["/", "/cases", "/cases.json", "{case}", "/static/site.css"])
async def test_a_browser_that_has_the_page_gets_304_until_it_changes(client: httpx.AsyncClient, path: str) -> None:
    (case,) = await publish(client)
    path = path.format(case=case["address"])
    first = await client.get(path)
    tag = first.headers["etag"]
    assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
    for header in (tag, f'"other", W/{tag}', "*"):
        again = await client.get(path, headers={"If-None-Match": header})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await client.get(path, headers={"If-None-Match": '"other"'})).status_code == 200
    if path.startswith("/cases"):
        assert first.headers["cache-control"] == "no-cache"
        await publish(client)
        changed = await client.get("/cases", headers={"If-None-Match": tag})
        assert changed.status_code == 200


async def test_older_cases_are_a_page_further(client: httpx.AsyncClient) -> None:
    cases = await publish(client, 15)
    seen: list[str] = []
    path: str | None = "/cases?lang=en"
    while path is not None:
        page = (await client.get(path)).text
        seen += re.findall(r'<h2><a href="(/cases/[^"?]+)\?lang=en"', page)
        older = re.search(r'<a rel="next" href="([^"]+)"', page)
        path = None if older is None else older[1].replace("&amp;", "&")
    assert seen == [case["address"] for case in reversed(cases)]
    unknown = await client.get("/cases?after=2026-06-neverthere22")
    assert unknown.status_code == 404
    assert refusal(await client.get("/cases.json?after=2026-06-neverthere22")) == (404, "case.not_found")


@pytest.mark.parametrize("path", ["/", "/cases", "{case}", "/cases.json", "/cases/x", "/health/live", "/schema/reader"])
async def test_who_asks_for_the_head_gets_the_headers_of_the_whole(client: httpx.AsyncClient, path: str) -> None:
    (case,) = await publish(client)
    path = path.format(case=case["address"])
    whole, head = await client.get(path), await client.head(path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    differing = {"x-request-id"}
    assert {name: value for name, value in head.headers.items() if name not in differing} == {
        name: value for name, value in whole.headers.items() if name not in differing
    }
    assert (await client.head("/api/v1/cases")).status_code == 401


@pytest.mark.parametrize("path", ["/cases/x", "/cases/%00", "/cases/2026-06-neverthere22", "/cases/💥"])
async def test_what_never_was_is_a_page_that_says_so(client: httpx.AsyncClient, path: str) -> None:
    page = await client.get(path, headers={"Accept-Language": "en"})
    assert page.status_code == 404
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "There is no such page" in page.text


@pytest.mark.parametrize("path", ["/nowhere", "/schema/redoc", "/schema/swagger", "/schema/a/b", "//evil.example/x"])
async def test_an_address_mistyped_is_a_page_for_a_browser_and_a_problem_for_a_program(
    client: httpx.AsyncClient, path: str
) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "en"}
    page = await client.get(f"{BASE}{path}", headers=browser)
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is no such page" in page.text
    assert page.headers["vary"] == "Accept, Accept-Language"
    assert 'href="//' not in page.text
    program = await client.get(f"{BASE}{path}")
    assert program.headers["content-type"] == "application/problem+json"
    assert (program.status_code, program.json()["code"]) == (404, "request.not_found")
    api = await client.get("/api/v1/nowhere", headers=browser)
    assert api.json()["code"] == "request.not_found"


@pytest.mark.parametrize(
    "file", ["x.jpg", f"{'0' * 32}.jpg", f"{'0' * 32}-card.jpg", "0" * 32, "..%2Fcases.json", f"{'0' * 32}.png"]
)
async def test_a_picture_that_never_was_is_not_found(client: httpx.AsyncClient, file: str) -> None:
    answer = await client.get(f"/cases/pictures/{file}")
    assert answer.status_code == 404


async def test_a_picture_of_a_draft_is_not_public(client: httpx.AsyncClient, settings: Settings) -> None:
    async with worker_of(settings) as worker:
        await factory.illustrated_case(client, settings, worker)
    name = await factory.fetch_value(settings, "SELECT name FROM case_pictures LIMIT 1")
    assert refusal(await client.get(f"/cases/pictures/{name}.jpg")) == (404, "case.picture_not_found")


async def test_a_picture_is_asked_for_anew_each_time(client: httpx.AsyncClient, settings: Settings) -> None:
    async with worker_of(settings) as worker:
        _made, case = await factory.illustrated_case(client, settings, worker)
    await factory.advance(client, case, CaseState.PUBLISHED)
    name = await factory.fetch_value(settings, "SELECT name FROM case_pictures LIMIT 1")
    first = await client.get(f"/cases/pictures/{name}.jpg")
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["x-content-type-options"] == "nosniff"
    assert int(first.headers["content-length"]) == len(first.content)
    again = await client.get(f"/cases/pictures/{name}.jpg", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_the_feed_is_a_json_feed(client: httpx.AsyncClient) -> None:
    older, newer = await publish(client, 2)
    answer = await client.get("/cases.json?lang=en")
    assert answer.headers["content-type"].startswith("application/feed+json")
    feed = answer.json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == f"{BASE}/cases.json?lang=en"
    assert feed["home_page_url"] == f"{BASE}/cases?lang=en"
    assert [item["id"] for item in feed["items"]] == [f"{BASE}{case['address']}" for case in (newer, older)]
    for item in feed["items"]:
        assert item["language"] == "en"
        assert item["content_text"].startswith("What was found\nCartons")
        assert datetime.fromisoformat(item["date_published"]).tzinfo is not None
    chinese = (await client.get("/cases.json")).json()
    assert chinese["items"][0]["tags"][1:] == ["阳泉市", "其他场所"]


async def test_the_front_page_names_the_accounts_of_a_demonstration_and_never_a_password(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    plain = await client.get("/")
    assert not any(f"<code>{account}</code>" in plain.text for account in ACCOUNTS)
    demo = build_app(_in_demo(settings))
    async with demo.lifespan(), client_of(demo) as visitor:
        for lang in ("zh-CN", "en"):
            page = await visitor.get("/", params={"lang": lang})
            assert all(f"<code>{account}</code>" in page.text for account in ACCOUNTS)
            assert PASSWORD not in page.text


def _in_demo(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, demo=True)


async def test_every_address_on_the_front_page_answers(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    addresses = {address for address in ADDRESS.findall(page.text) if address.startswith("/")}
    assert {"/cases", "/schema/reader", "/cases.json", "/health/ready"} <= addresses
    for address in sorted(addresses):
        assert (await client.get(address.replace("&amp;", "&"))).status_code == 200, address


async def test_the_api_reader_has_its_script_and_shows_our_description(
    client: httpx.AsyncClient, app: Litestar
) -> None:
    page = await client.get("/schema/reader")
    for address in re.findall(r'(?:src|href|data-schema)="(/[^"]+)"', page.text):
        assert (await client.get(address)).status_code == 200, address
    assert (await client.get("/schema/reader/index.html")).status_code == 404
    assert (await client.get("/schema/reader/..%2F..%2F__init__.py")).status_code == 404
    assert (await client.get("/static/..%2Fpages.py")).status_code == 404
    paths = (await client.get("/schema/openapi.json")).json()["paths"]
    assert "/cases/{slug}" in paths
    assert "/api/v1/cases/{case_id}/actions/publish" in paths
