"""What a person is told through the front door: theirs alone, or whoever's right it is where the hazard lies."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from schemas.hazards import Action, State
from tests.hazard_factory import action_body, answered, hazard_in, refusal, send_action
from tests.people import ACCOUNTS, CHENGQU, organization_id, signed_in

Json = dict[str, Any]


async def told(client: httpx.AsyncClient, by: str, *, unread: bool = False, language: str = "en") -> list[Json]:
    """Everything that this person was told, newest first."""
    headers = signed_in(by) | {"Accept-Language": language}
    address = f"/api/v1/notifications?unread={str(unread).lower()}&limit=200"
    items: list[Json] = answered(await client.get(address, headers=headers))["items"]
    return items


async def kinds(client: httpx.AsyncClient, by: str, hazard: Json, **more: Any) -> list[str]:
    items = await told(client, by, **more)
    return [item["kind"].removeprefix("hazard.") for item in items if item["subject_id"] == hazard["id"]]


async def read(client: httpx.AsyncClient, notification: Json, by: str) -> httpx.Response:
    headers = signed_in(by) | {"Accept-Language": "en"}
    return await client.post(f"/api/v1/notifications/{notification['id']}/actions/read", headers=headers)


async def test_the_straight_way_tells_each_of_what_waits_for_them(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.CLOSED)
    assert await kinds(client, "desk", hazard) == ["reported"]
    assert await kinds(client, "owner", hazard) == ["closed", "assigned"]
    assert await kinds(client, "reviewer", hazard) == ["submitted"]
    assert await kinds(client, "inspector", hazard) == ["closed"]
    # Approvers of the city hold the reviewers' right everywhere below.
    assert await kinds(client, "approver", hazard) == ["submitted"]
    for nobody in ("owner2", "desk2", "inspector2", "editor", "publisher", "auditor", "admin"):
        assert await told(client, nobody) == [], nobody


async def test_what_is_handed_back_goes_to_the_desk_and_what_failed_to_the_owner(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.PENDING_REVIEW)
    hazard = answered(await send_action(client, hazard, Action.FAIL))
    assert (await kinds(client, "owner", hazard))[0] == "failed"
    assert (await told(client, "owner"))[0]["text"] == "The review did not pass: fix it again (attempt 2)"
    assert (await told(client, "owner", language="zh-CN"))[0]["text"] == "复查未通过，请重改（第2次）"
    answered(await send_action(client, hazard, Action.HAND_BACK))
    assert (await kinds(client, "desk", hazard))[0] == "handed_back"


async def test_a_refused_or_repeated_action_tells_nobody_anything_more(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.REGISTERED)
    body = action_body(Action.ASSIGN)
    for _ in range(3):
        answered(await send_action(client, hazard, Action.ASSIGN, body=body))
    assert not (await send_action(client, hazard, Action.ASSIGN)).is_success
    assert await kinds(client, "owner", hazard) == ["assigned"]


async def test_what_is_told_has_no_names_and_no_places(client: httpx.AsyncClient, database_url: str) -> None:
    hazard = await hazard_in(client, State.CLOSED)
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch("SELECT row_to_json(n)::text AS told FROM notifications n")
    finally:
        await connection.close()
    assert len(rows) >= 5
    texts = [row["told"] for row in rows]
    for person in ACCOUNTS:
        for language in ("en", "zh-CN"):
            texts += [item["text"] for item in await told(client, person, language=language)]
    secrets = [hazard[name] for name in ("number", "description", "place", "premises")]
    secrets += [f"{role} {account}" for account, (role, _) in ACCOUNTS.items()]
    for text in texts:
        assert not any(secret in text for secret in secrets if secret), text


async def test_what_was_read_stays_read_and_a_desk_reads_for_all_of_it(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.ASSIGNED)
    [assigned] = await told(client, "owner")
    assert (assigned["to"], assigned["read_at"]) == ("account", None)
    first = answered(await read(client, assigned, "owner"))
    assert first["read_at"] is not None
    assert answered(await read(client, assigned, "owner")) == first
    assert await told(client, "owner", unread=True) == []
    assert await told(client, "owner") == [first]
    [reported] = await told(client, "desk", unread=True)
    assert (reported["to"], reported["subject_id"]) == ("organization", hazard["id"])
    answered(await read(client, reported, "desk"))
    assert await told(client, "desk", unread=True) == []


@pytest.mark.parametrize("by", ["owner2", "desk2", "inspector", "reviewer", "approver", "admin"])
async def test_nobody_reads_what_is_not_addressed_to_them(client: httpx.AsyncClient, by: str) -> None:
    await hazard_in(client, State.ASSIGNED)
    for person in ("owner", "desk"):
        [notification] = await told(client, person)
        assert refusal(await read(client, notification, by)) == (404, "notification.not_found")
        [still_unread] = await told(client, person, unread=True)
        assert still_unread["read_at"] is None


async def test_one_that_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    assert refusal(await read(client, {"id": str(uuid4())}, "desk")) == (404, "notification.not_found")


async def test_a_right_that_is_taken_away_takes_its_notifications_along(
    client: httpx.AsyncClient, database_url: str
) -> None:
    await hazard_in(client, State.REPORTED)
    [reported] = await told(client, "desk")
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("DELETE FROM memberships WHERE role = 'desk'")
    finally:
        await connection.close()
    assert await told(client, "desk") == []
    assert refusal(await read(client, reported, "desk")) == (404, "notification.not_found")


async def test_pages_show_everything_once_newest_first(client: httpx.AsyncClient, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        # Several at one instant: the id breaks the tie.
        await connection.executemany(
            """INSERT INTO notifications (id, kind, subject, subject_id, organization_id, permission, dedupe_key,
                   created_at)
               VALUES ($1, 'hazard.reported', 'hazard', $1, $2, 'hazard:assign', $3, $4)""",
            [
                (uuid4(), organization_id(CHENGQU), str(number), datetime(2026, 6, 5, number // 4, tzinfo=UTC))
                for number in range(23)
            ],
        )
    finally:
        await connection.close()
    seen: list[Json] = []
    cursor: str | None = ""
    while cursor is not None:
        address = "/api/v1/notifications?limit=5" + (f"&cursor={cursor}" if cursor else "")
        page = answered(await client.get(address, headers=signed_in("desk") | {"Accept-Language": "en"}))
        seen += page["items"]
        cursor = page["next_cursor"]
        assert len(page["items"]) == 5 or cursor is None
    assert len({item["id"] for item in seen}) == len(seen) == 23
    assert [item["created_at"] for item in seen] == sorted((item["created_at"] for item in seen), reverse=True)
    assert seen == await told(client, "desk")


async def test_what_does_not_fit_is_refused(client: httpx.AsyncClient) -> None:
    for address, expected in (
        ("?cursor=nonsense", (400, "page.cursor_invalid")),
        ("?limit=0", (400, "request.invalid")),
        ("?limit=201", (400, "request.invalid")),
        ("?unread=perhaps", (400, "request.invalid")),
    ):
        assert refusal(await client.get(f"/api/v1/notifications{address}", headers=signed_in("desk"))) == expected
    assert refusal(await client.get("/api/v1/notifications")) == (401, "session.required")
