"""The catalogue that phones keep, by day, with an entity tag."""

from datetime import date
from typing import Any

import httpx
import msgspec
import pytest

from service.repositories import categories
from tests.database.test_catalogue import of
from tests.hazard_factory import Json, answered, refusal
from tests.people import ACCOUNTS, signed_in
from tests.place_factory import connected

ADDRESS = "/api/v1/categories"


async def catalogue(client: httpx.AsyncClient, **query: Any) -> dict[str, Json]:
    answer = await client.get(ADDRESS, params=query, headers=signed_in("owner"))
    return {item["code"]: item for item in answered(answer)["items"]}


async def test_every_signed_in_person_reads_the_catalogue(client: httpx.AsyncClient) -> None:
    for account in ACCOUNTS:
        assert len(answered(await client.get(ADDRESS, headers=signed_in(account)))["items"]) == 34
    assert refusal(await client.get(ADDRESS)) == (401, "session.required")


async def test_a_category_is_told_with_its_edition_and_its_bases(client: httpx.AsyncClient) -> None:
    told = await catalogue(client)
    first = told["A01"]
    bases = first.pop("bases")
    assert first == {
        "code": "A01",
        "name_zh": "疏散通道占用堆物",
        "name_en": "Corridor occupied",
        "priority": "P1",
        "major_candidate": False,
        "basis": ["XF28", "XF60(3)", "AQ42", "AQ105", "61-31"],
        "days": 0,
        "deadline_unit": "on_the_spot",
        "valid_from": "2000-01-01",
        "valid_until": None,
    }
    assert [basis["key"] for basis in bases] == first["basis"]
    assert [basis["penalty_authority"] for basis in bases] == [
        "fire_rescue", "fire_rescue", "emergency_management", "emergency_management", "fire_rescue",
    ]  # fmt: skip
    assert bases[1]["title_zh"] == "《中华人民共和国消防法》第六十条第一款第（三）项"
    assert bases[1]["title_en"] == "Fire Protection Law, Article 60 (1) item 3"
    assert [code for code, item in told.items() if item["major_candidate"]] == [
        "A03", "A05", "A06", "C01", "C03", "C04", "C05", "D02", "J01",
    ]  # fmt: skip
    assert told["H01"]["deadline_unit"] == "working_days"
    assert told["Z99"]["bases"] == []


@pytest.mark.parametrize(
    ("day", "standard", "valid_from"),
    [
        ("2025-10-31", "GB 35181-2017", "2000-01-01"),
        ("2025-11-01", "GB 35181-2025", "2025-11-01"),
        ("2026-06-07", "GB 35181-2025", "2025-11-01"),
    ],
)
async def test_each_day_has_its_edition(client: httpx.AsyncClient, day: str, standard: str, valid_from: str) -> None:
    told = (await catalogue(client, on=day))["A06"]
    assert told["bases"][1]["title_zh"].endswith(standard)
    assert told["valid_from"] == valid_from


async def test_before_the_first_edition_there_is_nothing(client: httpx.AsyncClient) -> None:
    assert await catalogue(client, on="1999-12-31") == {}


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "2026-13-01"])
async def test_a_day_that_is_none_is_told(client: httpx.AsyncClient, day: str) -> None:
    answer = await client.get(ADDRESS, params={"on": day}, headers=signed_in("desk"))
    assert refusal(answer) == (400, "request.invalid")


async def test_a_phone_keeps_the_catalogue_and_asks_whether_it_has_changed(
    client: httpx.AsyncClient, database_url: str
) -> None:
    first = await client.get(ADDRESS, headers=signed_in("owner"))
    etag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    for held in (etag, f"W/{etag}", f'"old", {etag}', "*"):
        again = await client.get(ADDRESS, headers={**signed_in("desk"), "If-None-Match": held})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    other = await client.get(ADDRESS, headers={**signed_in("desk"), "If-None-Match": '"old"'})
    assert other.status_code == 200
    async with connected(database_url) as connection:
        known = await categories.by_edition(connection, "Z99", date(2000, 1, 1))
        assert known is not None
        assert await categories.upsert(connection, of(known, name_zh="其他隐患")) == "changed"
    changed = await client.get(ADDRESS, headers={**signed_in("desk"), "If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag
    assert msgspec.json.decode(changed.content)["items"][-1]["name_zh"] == "其他隐患"
