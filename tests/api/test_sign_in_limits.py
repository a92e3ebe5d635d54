"""What keeps guessers out without ever keeping the desk out."""

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_address, ip_network
from typing import Any

import httpx
import msgspec
import pytest
from litestar.connection import ASGIConnection

from service.app import build_app
from service.auth import client_address
from service.settings import Settings
from service.workflows.context import Context
from tests.api.signing_in import remember, sign_in
from tests.conftest import client_of, running

HERE = "203.0.113.7"
ELSEWHERE = "198.51.100.9"


@pytest.fixture
async def proxied(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client whose requests come through a trusted proxy, so that X-Forwarded-For tells where from."""
    app = build_app(msgspec.structs.replace(settings, trusted_proxies="127.0.0.0/8"))
    async with running(app), client_of(app) as client:
        yield client


async def fail(client: httpx.AsyncClient, times: int, account: str = "desk", *, address: str | None = None) -> None:
    for _ in range(times):
        answer = await sign_in(client, account, "a wrong guess", address=address)
        assert answer.status_code == 401


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
    assert 1 <= told.count(401) <= 10
    assert told.count(401) + told.count(429) == 40
    assert any(answer.headers.get("Retry-After") == "2" for answer in answers)
    await fail(proxied, 10 - told.count(401), address=HERE)
    assert (await sign_in(proxied, address=HERE)).status_code == 429


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
