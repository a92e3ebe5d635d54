"""Signing in and out, how long a session lasts, and what a person reads of themselves."""

import hashlib
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import httpx
import msgspec
import pytest

from service.app import build_app
from service.problems import Problem
from service.settings import Settings
from service.workflows import accounts
from service.workflows.context import Context
from tests import people
from tests.api.signing_in import remember, sign_in
from tests.conftest import running

HERE = "203.0.113.7"
ELSEWHERE = "198.51.100.9"


async def me(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})


async def age_session(context: Context, token: str, column: str, **by: float) -> None:
    async with context.database.connection() as connection:
        done = await connection.execute(
            f"UPDATE sessions SET {column} = {column} - $2::interval WHERE token_sha256 = $1",  # noqa: S608
            accounts.token_digest(token),
            timedelta(**by),
        )
    assert done == "UPDATE 1"


async def test_a_person_signs_in_and_is_known_until_they_sign_out(client: httpx.AsyncClient) -> None:
    answer = await sign_in(client)
    assert answer.status_code == 201
    session = answer.json()
    assert (session["account"], session["idle_seconds"]) == ("desk", 43200)
    assert timedelta(days=6) < datetime.fromisoformat(session["expires_at"]) - datetime.now(UTC) < timedelta(days=8)
    assert (await me(client, session["token"])).json()["account"] == "desk"

    bearer = {"Authorization": f"Bearer {session['token']}"}
    assert (await client.delete("/api/v1/sessions/current", headers=bearer)).status_code == 204
    answer = await me(client, session["token"])
    assert (answer.status_code, answer.json()["code"]) == (401, "session.required")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_signing_out_ends_one_session_and_not_the_persons_others(client: httpx.AsyncClient) -> None:
    phone, desk = [(await sign_in(client)).json()["token"] for _ in range(2)]
    await client.delete("/api/v1/sessions/current", headers={"Authorization": f"Bearer {phone}"})
    assert (await me(client, phone)).status_code == 401
    assert (await me(client, desk)).status_code == 200


async def test_an_account_may_be_typed_with_capitals_and_spaces(client: httpx.AsyncClient) -> None:
    assert (await sign_in(client, "  Desk ")).status_code == 201


async def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(client: httpx.AsyncClient) -> None:
    wrong = await sign_in(client, "desk", "a wrong guess")
    unknown = await sign_in(client, "nobody-of-that-name", "a wrong guess")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["code"] == "session.credentials_wrong"
    assert sorted(wrong.headers) == sorted(unknown.headers)


async def test_a_disabled_account_gets_the_same_answer_and_its_sessions_end(
    client: httpx.AsyncClient, context: Context
) -> None:
    token = (await sign_in(client)).json()["token"]
    await accounts.disable_account(context, account="desk", now=datetime.now(UTC))
    assert (await me(client, token)).status_code == 401
    answer = await sign_in(client)
    assert (answer.status_code, answer.json()["code"]) == (401, "session.credentials_wrong")


async def test_a_new_password_ends_every_session_and_replaces_the_old_one(
    client: httpx.AsyncClient, context: Context
) -> None:
    token = (await sign_in(client)).json()["token"]
    await accounts.set_password(context, account="desk", password="another long password", now=datetime.now(UTC))
    assert (await me(client, token)).status_code == 401
    assert (await sign_in(client)).status_code == 401
    assert (await sign_in(client, password="another long password")).status_code == 201


async def test_a_sign_in_that_does_not_fit_is_told_so_and_nothing_of_it_is_repeated(client: httpx.AsyncClient) -> None:
    bodies: list[Any] = [
        {"account": "desk"},
        {"account": "desk", "password": ""},
        {"account": "", "password": "x"},
        {"account": "d" * 65, "password": "x"},
        {"account": "desk", "password": "x" * 1025},
        {"account": "desk", "password": "x", "remember_me": True},
        {"account": ["desk"], "password": "x"},
        {"account": "de\0sk", "password": "x"},
        [],
    ]
    for body in bodies:
        answer = await client.post("/api/v1/sessions", json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid"), body
        assert "desk" not in answer.text
    for text in (b"", b"{", b'{"account": "\xff"}'):
        answer = await client.post("/api/v1/sessions", content=text, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid"), text


async def test_a_password_may_hold_any_characters(client: httpx.AsyncClient, context: Context) -> None:
    password = "消防通道要畅通 \0 \U0001f6aa '\" \\"
    await accounts.set_password(context, account="desk", password=password, now=datetime.now(UTC))
    assert (await sign_in(client, password=password)).status_code == 201


@pytest.mark.parametrize("column", ["last_seen_at", "expires_at"])
async def test_a_session_ends_when_it_is_left_idle_and_in_any_case_after_a_week(
    client: httpx.AsyncClient, context: Context, column: str
) -> None:
    token = (await sign_in(client)).json()["token"]
    allowed = timedelta(hours=12) if column == "last_seen_at" else timedelta(days=7)
    await age_session(context, token, column, seconds=allowed.total_seconds() - 30)
    assert (await me(client, token)).status_code == 200
    # Being used just now keeps an idle session alive, and never one whose time is over.
    await age_session(context, token, column, seconds=31 if column == "expires_at" else allowed.total_seconds() + 1)
    assert (await me(client, token)).status_code == 401


async def test_a_session_in_steady_use_outlives_the_idle_limit_however_short_it_is(settings: Settings) -> None:
    app = build_app(msgspec.structs.replace(settings, session_idle_seconds=60))
    async with running(app):
        context: Context = app.state.context
        now = datetime.now(UTC)
        session = await accounts.sign_in(
            context, account="desk", password=people.PASSWORD, address=ip_address(HERE), now=now
        )
        for _ in range(20):
            now += timedelta(seconds=20)
            assert (await accounts.actor_of(context, session.token, now)).account == "desk"
        with pytest.raises(Problem, match=r"session\.required"):
            await accounts.actor_of(context, session.token, now + timedelta(seconds=61))


async def test_whoever_shows_no_token_of_a_session_is_asked_to_sign_in(client: httpx.AsyncClient) -> None:
    for header in ("", "Bearer", "Bearer ", "Basic ZGVzazp4", "Bearer not-a-token", "token-of-desk"):
        answer = await client.get("/api/v1/me", headers={"Authorization": header} if header else {})
        assert (answer.status_code, answer.json()["code"]) == (401, "session.required"), header


async def test_a_copy_of_the_database_signs_nobody_in(client: httpx.AsyncClient, context: Context) -> None:
    token = (await sign_in(client)).json()["token"]
    async with context.database.connection() as connection:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for [table] in tables:
            rows = await connection.fetch(f'SELECT row_to_json(t)::text FROM "{table}" t')  # noqa: S608
            text = "\n".join(row for [row] in rows)
            assert token not in text, table
            assert people.PASSWORD not in text, table
        kept = await connection.fetchval(
            "SELECT count(*) FROM sessions WHERE token_sha256 = $1", hashlib.sha256(token.encode()).digest()
        )
    assert len(tables) > 10
    assert kept == 1


async def test_ended_sessions_and_old_tries_are_swept_and_living_ones_stay(
    client: httpx.AsyncClient, context: Context
) -> None:
    living, idle = [(await sign_in(client)).json()["token"] for _ in range(2)]
    await age_session(context, idle, "last_seen_at", hours=13)
    await remember(context, 3, account="desk", address=HERE, days=31)
    assert await accounts.sweep_sessions(context, datetime.now(UTC)) == 1
    assert (await me(client, living)).status_code == 200
    async with context.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM sign_in_attempts WHERE NOT succeeded") == 0


# Who am I


async def test_a_person_reads_what_their_roles_allow_and_where(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/me", headers=people.signed_in("auditor"))
    assert answer.json() == {
        "account": "auditor",
        "name": "auditor auditor",
        "memberships": [
            {
                "role": "auditor",
                "permissions": [
                    "case:read",
                    "hazard:read",
                    "notice:read",
                    "place:read",
                    "statistics:read",
                    "visit:read",
                ],
                "organizations": ["140300", "140302", "140303"],
            }
        ],
    }
    answer = await client.get("/api/v1/me", headers=people.signed_in("inspector2"))
    assert answer.json()["memberships"][0]["organizations"] == ["140303"]


async def test_an_administrator_holds_a_role_that_shows_places_and_no_hazards(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/me", headers=people.signed_in("admin"))
    assert [item["permissions"] for item in answer.json()["memberships"]] == [["place:manage", "place:read"]]


async def test_a_person_with_several_roles_has_each_where_it_was_given(
    client: httpx.AsyncClient, context: Context
) -> None:
    await accounts.create_account(
        context,
        account="both",
        name="二职",
        password=people.PASSWORD,
        memberships=[("inspector", "140303"), ("desk", "140302"), ("desk", "140303")],
        now=datetime.now(UTC),
    )
    token = (await sign_in(client, "both")).json()["token"]
    memberships = (await me(client, token)).json()["memberships"]
    assert sorted((item["role"], item["organizations"]) for item in memberships) == [
        ("desk", ["140302"]),
        ("desk", ["140303"]),
        ("inspector", ["140303"]),
    ]
    assert {tuple(item["permissions"]) for item in memberships if item["role"] == "inspector"} == {
        (
            "hazard:file",
            "hazard:read",
            "hazard:report",
            "hazard:serve",
            "hazard:urge",
            "notice:read",
            "photo:upload",
            "place:read",
            "visit:read",
            "visit:record",
        )
    }
