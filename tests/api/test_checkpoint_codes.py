"""The codes at exits: printed, scanned, replaced, withdrawn, and by whom."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.hazard_factory import Json, answered, refusal
from tests.people import ACCOUNTS, CHENGQU, CITY, KUANGQU, account_id, signed_in
from tests.place_factory import connected, open_premises, post_checkpoint

MANAGES = {"admin", "desk"}
READS_PLACES = {"admin", "approver", "auditor", "desk", "inspector", "owner", "reviewer"}
ACTIONS = ("reissue", "revoke")


async def posted(database_url: str, organization: str = CHENGQU, **values: Any) -> str:
    async with connected(database_url) as connection:
        place = await open_premises(connection, organization, contact="13900000001", owner_id=account_id("owner"))
        return str((await post_checkpoint(connection, place, **values)).id)


async def ask_code(client: httpx.AsyncClient, checkpoint: str, by: str = "desk") -> httpx.Response:
    return await client.post(f"/api/v1/checkpoints/{checkpoint}/token", headers=signed_in(by))


async def code(client: httpx.AsyncClient, checkpoint: str, by: str = "desk") -> str:
    token: str = answered(await ask_code(client, checkpoint, by))["token"]
    return token


async def scan(client: httpx.AsyncClient, token: str, by: str = "inspector") -> httpx.Response:
    return await client.post("/api/v1/checkpoints/scan", json={"token": token}, headers=signed_in(by))


async def take(
    client: httpx.AsyncClient,
    checkpoint: str,
    action: str,
    *,
    version: int | None = 1,
    by: str = "desk",
    action_id: UUID | None = None,
) -> httpx.Response:
    headers = signed_in(by) | ({} if version is None else {"If-Match": f'"{version}"'})
    return await client.post(
        f"/api/v1/checkpoints/{checkpoint}/actions/{action}",
        json={"action_id": str(action_id or uuid4())},
        headers=headers,
    )


async def happened(database_url: str, checkpoint: str) -> list[Json]:
    async with connected(database_url) as connection:
        rows = await connection.fetch(
            "SELECT kind, body, actor_id FROM events WHERE subject = 'checkpoint' AND subject_id = $1 ORDER BY id",
            UUID(checkpoint),
        )
        return [dict(row) for row in rows]


async def test_a_printed_code_tells_where_it_hangs(client: httpx.AsyncClient, database_url: str) -> None:
    checkpoint = await posted(database_url, building="主楼", floor="2F", place="楼梯口")
    told = answered(await ask_code(client, checkpoint))
    assert told["address"] == f"https://clearway.example/scan#{told['token']}"
    assert told["token_version"] == 1
    scanned = answered(await scan(client, told["token"]))
    assert scanned["token"] == "valid"
    assert (scanned["checkpoint"]["id"], scanned["checkpoint"]["floor"]) == (checkpoint, "2F")
    assert scanned["premises"]["organization"] == {"code": CHENGQU, "name": "城区"}
    assert "token" not in scanned["checkpoint"]
    assert await happened(database_url, checkpoint) == []


async def test_a_new_code_supersedes_the_old_one(client: httpx.AsyncClient, database_url: str) -> None:
    checkpoint = await posted(database_url)
    old = await code(client, checkpoint)
    answer = await take(client, checkpoint, "reissue")
    assert answer.headers["etag"] == '"2"'
    assert answered(answer)["token_version"] == 2
    new = await code(client, checkpoint)
    assert answered(await scan(client, old))["token"] == "superseded"
    assert answered(await scan(client, new))["token"] == "valid"
    assert await happened(database_url, checkpoint) == [
        {"kind": "checkpoint.reissued", "body": {"token_version": 2}, "actor_id": account_id("desk")}
    ]


async def test_a_withdrawn_code_is_told_and_not_printed_until_a_new_one_is_made(
    client: httpx.AsyncClient, database_url: str
) -> None:
    checkpoint = await posted(database_url)
    token = await code(client, checkpoint)
    assert answered(await take(client, checkpoint, "revoke"))["revoked"] is True
    assert answered(await scan(client, token))["token"] == "revoked"
    assert refusal(await ask_code(client, checkpoint)) == (409, "checkpoint.revoked")
    assert refusal(await take(client, checkpoint, "revoke")) == (409, "checkpoint.revoked")
    assert answered(await take(client, checkpoint, "reissue"))["revoked"] is False
    assert answered(await scan(client, token))["token"] == "superseded"
    assert answered(await scan(client, await code(client, checkpoint)))["token"] == "valid"
    assert [event["kind"] for event in await happened(database_url, checkpoint)] == [
        "checkpoint.revoked", "checkpoint.reissued",
    ]  # fmt: skip


async def test_a_forged_code_is_refused(client: httpx.AsyncClient, database_url: str) -> None:
    checkpoint = await posted(database_url)
    token = await code(client, checkpoint)
    raised = token.replace(".1.", ".2.")
    other = await code(client, await posted(database_url))
    swapped = ".".join((*token.split(".")[:3], other.split(".")[3]))
    for forged in (raised, swapped, token[:-1], token + "A", token.swapcase(), "hello", "隐患", "\x00", "v1...."):
        assert refusal(await scan(client, forged)) == (422, "checkpoint.token_invalid"), forged
    for misfit in ({"token": ""}, {"token": "x" * 201}, {"token": 1}, {}, {"token": token, "more": 1}):
        answer = await client.post("/api/v1/checkpoints/scan", json=misfit, headers=signed_in("inspector"))
        assert refusal(answer) == (400, "request.invalid")


async def test_a_code_works_in_a_district_one_only_visits(client: httpx.AsyncClient, database_url: str) -> None:
    token = await code(client, await posted(database_url, KUANGQU), by="desk2")
    told = answered(await scan(client, token, by="inspector"))["premises"]
    assert told["organization"]["code"] == KUANGQU
    assert (told["owner"], told["contact"]) == (None, None)


async def test_every_person_scans_prints_replaces_and_withdraws(client: httpx.AsyncClient, database_url: str) -> None:
    checkpoint = await posted(database_url)
    token = await code(client, checkpoint)
    for account, (role, at) in ACCOUNTS.items():
        covers = at in (CITY, CHENGQU)
        told = (200, None) if role in READS_PLACES else (403, "permission.denied")
        assert outcome(await scan(client, token, by=account)) == told, account
        for action in ("token", *ACTIONS):
            mine = await posted(database_url)
            if role not in READS_PLACES or not covers:
                told = (404, "checkpoint.not_found")
            else:
                told = (200, None) if role in MANAGES else (403, "permission.denied")
            answer = (
                await ask_code(client, mine, account)
                if action == "token"
                else await take(client, mine, action, by=account)
            )
            assert outcome(answer) == told, (account, action)
            assert bool(await happened(database_url, mine)) == (told[0] == 200 and action != "token")


def outcome(answer: httpx.Response) -> tuple[int, str | None]:
    return (200, None) if answer.status_code == 200 else refusal(answer)


async def test_nobody_gets_nothing(client: httpx.AsyncClient, database_url: str) -> None:
    checkpoint = await posted(database_url)
    for address, body in (
        ("scan", {"token": "x"}),
        (f"{checkpoint}/token", None),
        *((f"{checkpoint}/actions/{action}", {"action_id": str(uuid4())}) for action in ACTIONS),
    ):
        answer = await client.post(f"/api/v1/checkpoints/{address}", json=body)
        assert refusal(answer) == (401, "session.required")


async def test_a_checkpoint_that_never_was_looks_like_one_of_another_district(
    client: httpx.AsyncClient, database_url: str
) -> None:
    there = await posted(database_url)
    bodies = set()
    for checkpoint in (there, str(uuid4())):
        for answer in (
            await ask_code(client, checkpoint, "desk2"),
            await take(client, checkpoint, "reissue", by="desk2"),
            await take(client, checkpoint, "revoke", by="desk2", version=None),
        ):
            assert refusal(answer) == (404, "checkpoint.not_found")
            bodies.add(answer.content)
    assert len(bodies) == 1


@pytest.mark.parametrize("action", ACTIONS)
async def test_an_action_names_the_version_it_saw(client: httpx.AsyncClient, database_url: str, action: str) -> None:
    checkpoint = await posted(database_url)
    assert refusal(await take(client, checkpoint, action, version=None)) == (428, "checkpoint.version_required")
    assert refusal(await take(client, checkpoint, action, version=2)) == (412, "checkpoint.version_stale")
    assert await happened(database_url, checkpoint) == []


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_repeated_action_is_taken_once(client: httpx.AsyncClient, database_url: str, action: str) -> None:
    checkpoint, action_id = await posted(database_url), uuid4()
    first = await take(client, checkpoint, action, action_id=action_id)
    again = await take(client, checkpoint, action, action_id=action_id)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert len(await happened(database_url, checkpoint)) == 1
    other = "revoke" if action == "reissue" else "reissue"
    assert refusal(await take(client, checkpoint, other, action_id=action_id)) == (409, "action.content_differs")


async def test_ten_desks_replace_one_code_and_one_does(client: httpx.AsyncClient, database_url: str) -> None:
    checkpoint = await posted(database_url)
    answers = await asyncio.gather(*(take(client, checkpoint, "reissue") for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200, *[412] * 9]
    assert len(await happened(database_url, checkpoint)) == 1
