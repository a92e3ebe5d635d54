"""Published cases are found by kind, district and month, by people, feed readers and search engines."""

import xml.etree.ElementTree as ElementTree
from datetime import datetime
from html import unescape

import httpx
import pytest

from schemas.cases import CaseAction, CaseState
from service.settings import Settings
from tests import case_factory as factory
from tests.case_factory import worker_of
from tests.hazard_factory import Json, answered, refusal

BASE = "https://clearway.example"
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


async def published(client: httpx.AsyncClient, settings: Settings, **changes: str) -> Json:
    """A published case with some of its public columns changed."""
    case = await factory.case_in(client, CaseState.PUBLISHED)
    for column, value in changes.items():
        cast = "::date" if column == "month" else ""
        await factory.execute(
            settings,
            f"UPDATE public_cases SET {column} = $2::text{cast} WHERE case_id = $1",  # noqa: S608
            case["id"],
            value,
        )
    return case


async def listed(client: httpx.AsyncClient, query: str) -> list[str]:
    """The addresses in the feed for this query, which are those of the page."""
    items = (await client.get(f"/cases.json?{query}")).json()["items"]
    found = [item["url"].removeprefix(BASE).partition("?")[0] for item in items]
    page = (await client.get(f"/cases?{query}")).text
    assert all(f'href="{address}"' in page for address in found)
    atom = await client.get(f"/cases.atom?{query}")
    assert [entry.findtext(f"{ATOM}id") for entry in ElementTree.fromstring(atom.content).iter(f"{ATOM}entry")] == [
        BASE + address for address in found
    ]
    return found


async def test_a_list_is_limited_by_kind_district_and_month(client: httpx.AsyncClient, settings: Settings) -> None:
    one = await published(client, settings, category_code="A04", area_code="140302", month="2026-05-01")
    two = await published(client, settings, category_code="B01", area_code="140302", month="2026-06-01")
    three = await published(client, settings, category_code="B01", area_code="140303", month="2026-06-01")
    assert await listed(client, "category=B01") == [three["address"], two["address"]]
    assert await listed(client, "area=140302") == [two["address"], one["address"]]
    assert await listed(client, "month=2026-05") == [one["address"]]
    assert await listed(client, "category=B01&area=140302&month=2026-06") == [two["address"]]
    assert await listed(client, "category=&area=&month=") == [three["address"], two["address"], one["address"]]
    for nothing in ("category=Z99", "area=nowhere", "month=2020-01"):
        assert await listed(client, nothing) == []
    page = (await client.get("/cases?category=B01")).text
    assert '<option value="B01" selected>' in page
    assert '<meta name="robots" content="noindex">' in page
    assert '<meta name="robots"' not in (await client.get("/cases")).text


@pytest.mark.parametrize("month", ["2026-13", "xxx", "%00"])
async def test_a_month_that_there_is_not_is_told(client: httpx.AsyncClient, month: str) -> None:
    for lang, words in (("zh-CN", "没有这样的月份"), ("en", "There is no such month")):
        page = await client.get(f"/cases?month={month}&lang={lang}")
        assert (page.status_code, words in page.text) == (400, True)
    for feed in ("json", "atom"):
        assert refusal(await client.get(f"/cases.{feed}?month={month}")) == (400, "request.invalid")


async def test_an_objection_is_about_the_case_that_it_was_opened_from(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    case = await published(client, settings)
    slug = case["address"].rpartition("/")[2]
    page = (await client.get(f"{case['address']}?lang=en")).text
    assert page.count(f'href="/cases/objections?lang=en&amp;case={slug}"') == 2
    about = (await client.get(f"/cases/objections?lang=en&case={slug}")).text
    assert case["english"]["title"] in unescape(about)
    assert f"<code>{slug}</code>" in about
    assert f'href="/cases/{slug}?lang=en"' in about
    assert f'href="/cases/objections?case={slug}&amp;lang=zh-CN"' in about, "the other language is about it, too"
    assert "answered within 15 working days" in about
    answered(await factory.send_action(client, case, CaseAction.SUSPEND))
    held = (await client.get(f"/cases/objections?case={slug}")).text
    assert "这个案例已暂停公开，正在核实。" in held
    assert case["chinese"]["title"] not in held
    unknown = (await client.get("/cases/objections?case=<b>nothing")).text
    assert "nothing" not in unknown


async def test_older_cases_of_a_filtered_list_keep_the_filter(client: httpx.AsyncClient, settings: Settings) -> None:
    for _ in range(14):
        await published(client, settings, category_code="B01")
    await published(client, settings, category_code="A04")
    page = (await client.get("/cases?category=B01")).text
    [older] = [part for part in page.split('"') if part.startswith("/cases?after=")]
    assert "category=B01" in older
    assert (await client.get(older.replace("&amp;", "&"))).text.count('<article class="card') == 1


async def test_the_atom_feed_has_what_rfc_4287_demands(client: httpx.AsyncClient, settings: Settings) -> None:
    empty = ElementTree.fromstring((await client.get("/cases.atom")).content)
    assert empty.tag == f"{ATOM}feed"
    case = await published(client, settings)
    amended = await published(client, settings)
    await factory.execute(
        settings, "UPDATE public_cases SET amended_at = now() + interval '3 days' WHERE case_id = $1", amended["id"]
    )
    answer = await client.get("/cases.atom?lang=en")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.content)
    # RFC 4287, 4.1.1 and 4.1.2: "MUST contain exactly one" of these.
    for element in ("id", "title", "updated"):
        for holder in (feed, *feed.iter(f"{ATOM}entry")):
            [found] = holder.findall(f"{ATOM}{element}")
            assert found.text
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links["self"] == f"{BASE}/cases.atom?lang=en"
    entries = list(feed.iter(f"{ATOM}entry"))
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == [BASE + amended["address"], BASE + case["address"]]
    moments = [datetime.fromisoformat(entry.findtext(f"{ATOM}updated") or "") for entry in entries]
    assert all(moment.tzinfo for moment in moments)
    assert moments[0] > moments[1]
    assert feed.findtext(f"{ATOM}updated") == entries[0].findtext(f"{ATOM}updated")
    assert (
        await client.get("/cases.atom?lang=en", headers={"If-None-Match": answer.headers["etag"]})
    ).status_code == 304


async def test_search_engines_are_told_of_live_cases_only(client: httpx.AsyncClient, settings: Settings) -> None:
    live = await published(client, settings)
    hidden = await published(client, settings)
    answered(await factory.send_action(client, hidden, CaseAction.SUSPEND, by="publisher"))
    sitemap = ElementTree.fromstring((await client.get("/sitemap.xml")).content)
    addresses = [entry.text for entry in sitemap.iter(f"{SITEMAP}loc")]
    assert addresses == [f"{BASE}/cases", BASE + live["address"]]
    robots = (await client.get("/robots.txt")).text
    assert f"Sitemap: {BASE}/sitemap.xml" in robots
    assert "Disallow: /desk" in robots


async def test_an_amended_case_says_when_and_a_suspended_one_that_it_is_looked_into(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    case = await published(client, settings)
    assert "修订于" not in (await client.get(case["address"])).text
    await factory.execute(settings, "UPDATE public_cases SET amended_at = '2026-07-01T20:00Z'")
    assert "修订于 2026年7月2日" in (await client.get(case["address"])).text
    item = (await client.get("/cases.json")).json()["items"][0]
    assert item["date_modified"] == "2026-07-02T00:00:00+08:00"
    answered(await factory.send_action(client, case, CaseAction.SUSPEND))
    page = await client.get(case["address"])
    assert (page.status_code, "这个案例正在核实" in page.text) == (410, True)


@pytest.mark.parametrize("path", ["/", "/cases", "/cases/objections", "/cases/2026-06-neverthere22"])
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_every_public_page_says_where_to_object(client: httpx.AsyncClient, path: str, lang: str) -> None:
    page = (await client.get(f"{path}?lang={lang}")).text
    assert f"/cases/objections?lang={lang}" in page
    assert ("如果您认为" if lang == "zh-CN" else "You need not say who you are") in (
        await client.get(f"/cases/objections?lang={lang}")
    ).text


async def test_page_and_pictures_of_a_case_can_be_purged_by_one_tag(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    async with worker_of(settings) as worker:
        _made, case = await factory.illustrated_case(client, settings, worker)
    case = await factory.advance(client, case, CaseState.PUBLISHED)
    [item] = (await client.get("/cases.json")).json()["items"]
    slug = case["address"].rpartition("/")[2]
    about = f"{BASE}/cases/objections?case={slug}"
    for address in (item["url"], item["image"], item["banner_image"], about):
        answer = await client.get(address.removeprefix(BASE))
        assert answer.headers["cache-tag"] == f"case-{slug}"
        assert answer.headers["surrogate-key"] == f"case-{slug}"
    page = (await client.get(case["address"])).text
    assert page.count("-480.webp 480w") == 2
    assert len(page.encode()) < 60_000


@pytest.mark.parametrize("path", ["", "?lang=en", ".json", ".atom", "case"])
async def test_an_answer_that_was_kept_is_the_answer_that_was_made(
    client: httpx.AsyncClient, settings: Settings, path: str
) -> None:
    case = await published(client, settings)
    address = case["address"] if path == "case" else f"/cases{path}"

    def without_its_own(answer: httpx.Response) -> list[tuple[str, str]]:
        return sorted((name.lower(), value) for name, value in answer.headers.items() if name != "x-request-id")

    made, kept = await client.get(address), await client.get(address)
    assert kept.content == made.content
    assert without_its_own(kept) == without_its_own(made)
    for headers in ({"If-None-Match": made.headers["etag"]}, {"If-None-Match": f'W/"x", {made.headers["etag"]}'}):
        answer = await client.get(address, headers=headers)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == made.headers["etag"]
        assert answer.headers["cache-control"] == "no-cache"
    head = await client.head(address)
    assert (head.status_code, head.content) == (200, b"")
    english = await client.get(address, headers={"Accept-Language": "en"})
    if path != "?lang=en":
        assert english.content != made.content
    await factory.execute(settings, "UPDATE public_cases SET category_chinese = '改名了', category_english = 'Renamed'")
    changed = await client.get(address)
    assert changed.headers["etag"] != made.headers["etag"]
    assert "改名了" in changed.text or "Renamed" in changed.text
