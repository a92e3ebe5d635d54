"""Lists, newest first, of what the person asking may see."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import msgspec
import pytest

from schemas.hazards import Action, HazardReport, State
from service.domain.permissions import Actor, Grant, Permission
from service.workflows import hazards
from service.workflows.context import Context
from tests.hazard_factory import Json, action_body, answered, hazard_in, refusal, report, send_action, send_report
from tests.people import CHENGQU, CITY, KUANGQU, account_id, organization_id, signed_in


async def listed(client: httpx.AsyncClient, by: str = "desk", **query: Any) -> Json:
    return answered(await client.get("/api/v1/hazards", params=query, headers=signed_in(by)))


async def numbers(client: httpx.AsyncClient, by: str = "desk", **query: Any) -> list[str]:
    return [item["number"] for item in (await listed(client, by, **query))["items"]]


async def walk(client: httpx.AsyncClient, by: str = "desk", **query: Any) -> list[list[str]]:
    """All pages, as lists of numbers."""
    pages: list[list[str]] = []
    cursor: dict[str, str] = {}
    while True:
        page = await listed(client, by, **query, **cursor)
        pages.append([item["number"] for item in page["items"]])
        if page["next_cursor"] is None:
            return pages
        cursor = {"cursor": page["next_cursor"]}


async def test_pages_follow_one_another_without_a_gap_or_a_double(client: httpx.AsyncClient) -> None:
    made = [answered(await send_report(client))["number"] for _ in range(7)]
    pages = await walk(client, limit=3)
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [number for page in pages for number in page] == made[::-1]
    assert await walk(client, limit=7) == [made[::-1]]
    assert await walk(client, limit=200) == [made[::-1]]


async def test_hazards_of_one_instant_are_paged_too(context: Context, client: httpx.AsyncClient) -> None:
    grant = Grant("inspector", frozenset({Permission.HAZARD_REPORT}), frozenset({organization_id(CHENGQU)}))
    actor = Actor(account_id("inspector"), "inspector", "检查员A", (grant,))
    now = datetime.now(UTC)
    made = set()
    for _ in range(6):
        content = msgspec.convert(report(), HazardReport)
        told = await hazards.report(context, actor, hazard_id=uuid4(), report=content, now=now, language="en")
        made.add(msgspec.json.decode(told.body)["number"])
    pages = await walk(client, limit=2)
    assert [len(page) for page in pages] == [2, 2, 2]
    assert {number for page in pages for number in page} == made


async def test_what_arrives_while_one_reads_does_not_disturb_the_pages(client: httpx.AsyncClient) -> None:
    made = [answered(await send_report(client))["number"] for _ in range(4)]
    first = await listed(client, limit=2)
    await send_report(client)
    second = await listed(client, limit=2, cursor=first["next_cursor"])
    assert [item["number"] for item in first["items"] + second["items"]] == made[::-1]


async def test_filters_choose(client: httpx.AsyncClient) -> None:
    reported = (await hazard_in(client, State.REPORTED, category="B01"))["number"]
    assigned = (await hazard_in(client, State.ASSIGNED))["number"]
    closed = (await hazard_in(client, State.CLOSED))["number"]
    other = answered(await send_report(client, by="inspector2"))["number"]
    assert await numbers(client, state="assigned") == [assigned]
    assert await numbers(client, state=["closed", "assigned"]) == [closed, assigned]
    assert await numbers(client, category="B01") == [reported]
    assert await numbers(client, category="B01", state="closed") == []
    assert await numbers(client, "auditor", area=CITY) == [other, closed, assigned, reported]
    assert await numbers(client, "auditor", area=KUANGQU) == [other]
    assert await numbers(client, "auditor", area=CHENGQU, state="reported") == [reported]
    assert await numbers(client, "auditor", area="nowhere") == []


async def test_owner_and_reporter_are_filtered_alike(client: httpx.AsyncClient) -> None:
    mine = (await hazard_in(client, State.ASSIGNED, category="C01"))["number"]
    assert await numbers(client, "owner") == [mine]
    assert await numbers(client, "owner", state="assigned", category="C01", area=CITY) == [mine]
    for nothing in ({"state": "closed"}, {"category": "A01"}, {"area": KUANGQU}):
        assert await numbers(client, "owner", **nothing) == []
        assert await numbers(client, "inspector", **nothing) == []
    assert await numbers(client, "owner2") == []


async def test_an_owners_list_shows_only_their_own_and_each_once(client: httpx.AsyncClient) -> None:
    given = []
    for owner in ("owner", "owner2", "owner"):
        hazard = await hazard_in(client, State.REGISTERED)
        body = action_body(Action.ASSIGN, owner=owner)
        given.append(answered(await send_action(client, hazard, Action.ASSIGN, body=body))["number"])
    assert await walk(client, "owner", limit=1) == [[given[2]], [given[0]]]
    # An inspector both reported them and reads the district: still once each.
    assert [len(page) for page in await walk(client, "inspector", limit=2)] == [2, 1]


async def test_a_line_tells_what_a_list_needs(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.ASSIGNED)
    line = (await listed(client))["items"][0]
    assert line == {name: hazard[name] for name in line}
    assert {"id", "number", "state", "version", "overdue", "owner", "position"} <= line.keys()


async def test_overdue_is_computed_when_asked(client: httpx.AsyncClient, database_url: str) -> None:
    hazard = await hazard_in(client, State.ASSIGNED)
    assert (await listed(client))["items"][0]["overdue"] is False
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE hazards SET due_at = $1", datetime.now(UTC) - timedelta(seconds=1))
    await connection.close()
    line = (await listed(client))["items"][0]
    assert (line["overdue"], line["version"]) == (True, hazard["version"])


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"limit": 0}, (400, "request.invalid")),
        ({"limit": 201}, (400, "request.invalid")),
        ({"limit": "many"}, (400, "request.invalid")),
        ({"state": "lost"}, (400, "request.invalid")),
        ({"cursor": "x" * 65}, (400, "request.invalid")),
        ({"cursor": ""}, (400, "page.cursor_invalid")),
        ({"cursor": "hello"}, (400, "page.cursor_invalid")),
        ({"cursor": "隐患"}, (400, "page.cursor_invalid")),
        ({"cursor": urlsafe_b64encode(b"\x7f" + b"\xff" * 23).decode()}, (400, "page.cursor_invalid")),
        ({"cursor": urlsafe_b64encode(b"\x80" + b"\x00" * 23).decode()}, (400, "page.cursor_invalid")),
    ],
)
async def test_a_query_that_does_not_fit_is_told(
    client: httpx.AsyncClient, query: dict[str, Any], told: tuple[int, str]
) -> None:
    assert refusal(await client.get("/api/v1/hazards", params=query, headers=signed_in("desk"))) == told
