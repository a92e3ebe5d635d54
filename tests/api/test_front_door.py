"""What every call shares: methods for gateways, links that never act, ids that find a request in the log."""

from uuid import uuid4

import httpx
import msgspec
import pytest

from schemas.hazards import State
from service.app import build_app
from service.settings import Settings
from tests import samples
from tests.api.photo_client import digest_of
from tests.conftest import client_of, running
from tests.hazard_factory import hazard_in
from tests.people import PASSWORD, signed_in

NOBODYS = "0195a7c1-4e2a-7b11-9d3c-5f0a8e6b7c21"
PHOTO = samples.phone_photo(size=(320, 240))


async def test_every_call_works_as_post_for_gateways_that_know_no_other_method(client: httpx.AsyncClient) -> None:
    photo_id = uuid4()
    headers = signed_in("inspector") | {"Content-Digest": digest_of(PHOTO), "X-HTTP-Method-Override": "put"}
    answer = await client.post(f"/api/v1/photos/{photo_id}", content=PHOTO, headers=headers)
    assert answer.status_code == 201
    answer = await client.post(
        f"/api/v1/photos/{photo_id}", headers=signed_in("inspector") | {"X-HTTP-Method-Override": "GET"}
    )
    assert answer.json()["id"] == str(photo_id)


async def test_a_link_that_is_only_fetched_never_acts(client: httpx.AsyncClient) -> None:
    headers = signed_in("inspector") | {"X-HTTP-Method-Override": "DELETE"}
    assert (await client.get("/api/v1/sessions/current", headers=headers)).status_code == 405
    assert (await client.get("/api/v1/me", headers=signed_in("inspector"))).status_code == 200


async def test_every_answer_carries_an_id_that_finds_it_in_the_log(client: httpx.AsyncClient) -> None:
    refused = await client.get("/api/v1/me")
    assert len(refused.headers["X-Request-Id"]) == 32
    # A stranger's own would let them write into the log of another request.
    chosen = await client.get("/health/live", headers={"X-Request-Id": "gateway-000042"})
    assert len(chosen.headers["X-Request-Id"]) == 32


async def test_a_trusted_proxy_names_its_requests_if_the_name_looks_like_one(settings: Settings) -> None:
    app = build_app(msgspec.structs.replace(settings, trusted_proxies="127.0.0.0/8"))
    async with running(app), client_of(app) as client:
        followed = await client.get("/health/live", headers={"X-Request-Id": "gateway-000042"})
        assert followed.headers["X-Request-Id"] == "gateway-000042"
        for forged in ("a b\tc", "short", "x" * 65):
            answer = await client.get("/health/live", headers={"X-Request-Id": forged})
            assert answer.headers["X-Request-Id"] != forged


async def test_nothing_of_the_api_is_kept_on_the_way(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.REPORTED)
    photo_id = uuid4()
    sent = signed_in("inspector") | {"Content-Digest": digest_of(PHOTO)}
    answers = [
        await client.post("/api/v1/sessions", json={"account": "inspector", "password": PASSWORD}),
        await client.put(f"/api/v1/photos/{photo_id}", content=PHOTO, headers=sent),
        await client.get("/api/v1/nowhere"),
    ]
    for path in ("me", "hazards", f"hazards/{hazard['id']}/events", f"photos/{photo_id}", f"photos/{photo_id}/receipt"):
        answers.append(await client.get(f"/api/v1/{path}", headers=signed_in("inspector")))
    for answer in answers:
        assert answer.headers.get_list("cache-control") == ["no-store"], answer.url
    tagged = await client.get(f"/api/v1/hazards/{hazard['id']}", headers=signed_in("inspector"))
    assert tagged.headers.get_list("cache-control") == ["private, no-cache"]


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/v1/uploads", "OPTIONS, POST"),
        (f"/api/v1/uploads/{NOBODYS}", "DELETE, HEAD, OPTIONS, PATCH"),
        (f"/api/v1/photos/{NOBODYS}", "GET, HEAD, OPTIONS, PUT"),
        (f"/api/v1/hazards/{NOBODYS}", "GET, HEAD, OPTIONS, PUT"),
        ("/api/v1/cases", "GET, HEAD, OPTIONS, POST"),
        ("/cases", "GET, HEAD, OPTIONS"),
    ],
)
async def test_who_asks_what_an_address_can_do_is_told_every_method(
    client: httpx.AsyncClient, path: str, methods: str
) -> None:
    answer = await client.options(path)
    assert (answer.status_code, answer.headers.get_list("allow")) == (204, [methods])


async def test_an_upload_tells_what_the_service_can_do_as_the_service_does(client: httpx.AsyncClient) -> None:
    service, upload = await client.options("/api/v1/uploads"), await client.options(f"/api/v1/uploads/{uuid4()}")
    told = [name for name in service.headers if name.startswith("tus-")]
    assert len(told) == 5
    assert [upload.headers[name] for name in told] == [service.headers[name] for name in told]
