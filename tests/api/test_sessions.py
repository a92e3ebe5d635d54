"""Signing in and out, and what keeps guessers out without ever keeping the desk out."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

import httpx
import msgspec
import pytest
from litestar.connection import ASGIConnection

from service.app import build_app
from service.auth import client_address
from service.problems import Problem
from service.repositories import sessions
from service.settings import Settings
from service.workflows import accounts
from service.workflows.context import Context
from tests import people
from tests.conftest import client_of, running

HERE = "203.0.113.7"
ELSEWHERE = "198.51.100.9"


@pytest.fixture
async def proxied(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client whose requests come through a trusted proxy, so that X-Forwarded-For tells where from."""
    app = build_app(msgspec.structs.replace(settings, trusted_proxies="127.0.0.0/8"))
    async with running(app), client_of(app) as client:
        yield client


async def sign_in(
    client: httpx.AsyncClient, account: str = "desk", password: str = people.PASSWORD, *, address: str | None = None
) -> httpx.Response:
    headers = {} if address is None else {"X-Forwarded-For": address}
    return await client.post("/api/v1/sessions", json={"account": account, "password": password}, headers=headers)


async def fail(client: httpx.AsyncClient, times: int, account: str = "desk", *, address: str | None = None) -> None:
    for _ in range(times):
        answer = await sign_in(client, account, "a wrong guess", address=address)
        assert answer.status_code == 401


async def remember(context: Context, times: int, *, account: str, address: str, **age: float) -> None:
    """Failures as if they had happened some time ago."""
    at = datetime.now(UTC) - timedelta(**age)
    async with context.database.transaction() as connection:
        for _ in range(times):
            await sessions.record_attempt(
                connection, account=account, address=ip_address(address), now=at, succeeded=False
            )


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


# Limits


async def test_after_ten_wrong_guesses_from_one_address_even_the_right_password_waits(
    proxied: httpx.AsyncClient,
) -> None:
    await fail(proxied, 10, address=HERE)
    answer = await sign_in(proxied, address=HERE)
    assert (answer.status_code, answer.json()["code"]) == (429, "session.too_many_attempts")
    assert int(answer.headers["Retry-After"]) == answer.json()["retry_after"] > 0
    # Other people behind the same address, and the same person elsewhere, are not kept waiting.
    assert (await sign_in(proxied, "reviewer", address=HERE)).status_code == 201
    assert (await sign_in(proxied, address=ELSEWHERE)).status_code == 201


async def test_a_hundred_guesses_at_once_are_not_answered_more_often_than_ten_in_turn(
    proxied: httpx.AsyncClient,
) -> None:
    answers = await asyncio.gather(*(sign_in(proxied, password="a wrong guess", address=HERE) for _ in range(40)))
    told = [answer.status_code for answer in answers]
    assert told.count(401) == 10
    assert told.count(429) == 30


async def test_waiting_is_enough_and_guessing_on_does_not_prolong_it(
    proxied: httpx.AsyncClient, context: Context
) -> None:
    await remember(context, 10, account="desk", address=HERE, minutes=14)
    assert (await sign_in(proxied, address=HERE)).status_code == 429
    async with context.database.connection() as connection:
        await connection.execute("UPDATE sign_in_attempts SET at = at - interval '2 minutes'")
    assert (await sign_in(proxied, address=HERE)).status_code == 201


async def test_signing_in_wipes_the_wrong_guesses_made_before_it(proxied: httpx.AsyncClient) -> None:
    for _ in range(3):
        await fail(proxied, 9, address=HERE)
        assert (await sign_in(proxied, address=HERE)).status_code == 201


async def test_nobody_can_lock_the_desk_out_of_the_address_it_works_from(
    proxied: httpx.AsyncClient, context: Context
) -> None:
    assert (await sign_in(proxied, address=HERE)).status_code == 201
    await remember(context, 500, account="desk", address=ELSEWHERE, minutes=1)
    await remember(context, 60, account="somebody-else", address=HERE, minutes=1)
    assert (await sign_in(proxied, address=HERE)).status_code == 201


async def test_a_guess_spread_over_many_addresses_is_stopped_at_unfamiliar_ones(
    proxied: httpx.AsyncClient, context: Context
) -> None:
    for number in range(100):
        await remember(context, 1, account="desk", address=f"192.0.2.{number}", minutes=1)
    assert (await sign_in(proxied, address=ELSEWHERE)).status_code == 429
    assert (await sign_in(proxied, "reviewer", address=ELSEWHERE)).status_code == 201


async def test_one_password_tried_on_everybody_is_stopped_by_its_address(
    proxied: httpx.AsyncClient, context: Context
) -> None:
    for number in range(50):
        await remember(context, 1, account=f"guess-{number}", address=ELSEWHERE, minutes=1)
    assert (await sign_in(proxied, address=ELSEWHERE)).status_code == 429
    assert (await sign_in(proxied, address=HERE)).status_code == 201


async def test_a_network_of_billions_of_addresses_counts_as_one(proxied: httpx.AsyncClient) -> None:
    for number in range(10):
        await fail(proxied, 1, address=f"2001:db8:0:1::{number:x}")
    assert (await sign_in(proxied, address="2001:db8:0:1::ffff")).status_code == 429
    assert (await sign_in(proxied, address="2001:db8:0:2::1")).status_code == 201


async def test_an_address_that_a_client_claims_itself_is_not_believed(client: httpx.AsyncClient) -> None:
    for number in range(10):
        await fail(client, 1, address=f"192.0.2.{number}")
    assert (await sign_in(client, address="192.0.2.200")).status_code == 429


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["198.51.100.1, 203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["198.51.100.1", "203.0.113.7, 10.0.0.2"], "203.0.113.7"),
        ("10.0.0.1", ["198.51.100.1, 203.0.113.7 , 10.0.0.2, 10.0.0.3"], "203.0.113.7"),
        ("10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.7, unknown, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("::ffff:10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
        ("10.0.0.1", ["::ffff:203.0.113.7"], "203.0.113.7"),
        ("fd00::1", ["2001:db8::5"], "2001:db8::5"),
        ("", ["203.0.113.7"], "0.0.0.0"),  # noqa: S104
    ],
)
def test_a_forwarded_address_is_believed_only_as_far_as_trusted_proxies_wrote_it(
    peer: str, forwarded: list[str], address: str
) -> None:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    scope: Any = {"type": "http", "headers": headers, "client": (peer, 5000) if peer else None}
    trusted = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
    assert client_address(ASGIConnection(scope), trusted) == ip_address(address)


# Who am I


async def test_a_person_reads_what_their_roles_allow_and_where(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/me", headers=people.signed_in("auditor"))
    assert answer.json() == {
        "account": "auditor",
        "name": "auditor auditor",
        "memberships": [
            {
                "role": "auditor",
                "permissions": ["case:read", "hazard:read"],
                "organizations": ["140300", "140302", "140303"],
            }
        ],
    }
    answer = await client.get("/api/v1/me", headers=people.signed_in("inspector2"))
    assert answer.json()["memberships"][0]["organizations"] == ["140303"]


async def test_an_administrator_holds_a_role_that_shows_no_data(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/me", headers=people.signed_in("admin"))
    assert [item["permissions"] for item in answer.json()["memberships"]] == [[]]


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
        ("hazard:read", "hazard:report", "photo:upload")
    }
