"""What every call shares: methods for gateways, links that never act, ids that find a request in the log."""

from uuid import uuid4

import httpx

from tests import samples
from tests.api.photo_client import digest_of
from tests.people import signed_in

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
    followed = await client.get("/health/live", headers={"X-Request-Id": "gateway-000042"})
    assert followed.headers["X-Request-Id"] == "gateway-000042"
    forged = await client.get("/health/live", headers={"X-Request-Id": "a b\tc"})
    assert forged.headers["X-Request-Id"] != "a b\tc"
