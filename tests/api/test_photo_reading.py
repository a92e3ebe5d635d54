"""Who may see a photo, and how it is handed out."""

import hashlib
from pathlib import Path
from uuid import uuid4

import httpx

from tests import hazard_factory, samples
from tests.api.photo_client import digest_of, get, put, told
from tests.people import signed_in
from tests.stores import files_in, lose

PHOTO = samples.phone_photo(size=(320, 240))


async def test_a_photo_is_its_uploaders_alone_until_a_hazard_shows_it(client: httpx.AsyncClient) -> None:
    photo_id, sha256 = uuid4(), hashlib.sha256(PHOTO).hexdigest()
    await put(client, PHOTO, photo_id=photo_id)
    parts = ("", "/original", "/preview", "/thumbnail", "/receipt")

    async def seen_by(account: str) -> set[int]:
        return {(await get(client, photo_id, part, by=account)).status_code for part in parts}

    # 409: the renditions are not made yet, which only who may see the photo learns.
    assert await seen_by("inspector") == {200, 409}
    for account in ("desk", "reviewer", "auditor", "admin", "owner", "inspector2", "desk2"):
        assert await seen_by(account) == {404}, account
    nobody = [await client.get(f"/api/v1/photos/{photo_id}{part}") for part in parts]
    assert {answer.status_code for answer in nobody} == {401}

    report = hazard_factory.report(photos=[{"id": str(photo_id), "sha256": sha256}])
    assert (await hazard_factory.send_report(client, report)).is_success
    for account in ("desk", "reviewer", "auditor"):
        assert await seen_by(account) == {200, 409}, account
    for account in ("admin", "owner", "inspector2", "desk2"):
        assert await seen_by(account) == {404}, account


async def test_a_photo_nobody_sent_reads_like_one_that_is_not_for_you(client: httpx.AsyncClient) -> None:
    photo_id = uuid4()
    await put(client, PHOTO, photo_id=photo_id)
    hidden, absent = await get(client, photo_id, by="desk2"), await get(client, uuid4(), by="desk2")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json() == absent.json()
    assert told(await client.get("/api/v1/photos/7", headers=signed_in("desk"))) == (404, "request.not_found")


async def test_a_photo_says_what_is_known_of_it(client: httpx.AsyncClient) -> None:
    photo_id = uuid4()
    receipt = (await put(client, PHOTO, photo_id=photo_id)).json()
    photo = (await get(client, photo_id)).json()
    assert {name: photo[name] for name in ("sha256", "size", "media_type", "received_at")} == {
        name: receipt[name] for name in ("sha256", "size", "media_type", "received_at")
    }
    assert (photo["rendition_state"], photo["preview"], photo["thumbnail"], photo["facts"]) == ("pending",) + (
        None,
    ) * 3
    pending = await get(client, photo_id, "/thumbnail")
    assert told(pending) == (409, "photo.rendition_not_ready")
    assert pending.json()["rendition_state"] == "pending"


async def test_an_original_is_handed_out_so_that_no_browser_runs_it(client: httpx.AsyncClient) -> None:
    polyglot, photo_id = samples.odd_files()["polyglot.jpg"], uuid4()
    await put(client, polyglot, photo_id=photo_id)
    answer = await get(client, photo_id, "/original")
    assert answer.content == polyglot
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{photo_id}.jpg"'
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Length"] == str(len(polyglot))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Repr-Digest"] == digest_of(polyglot)


async def test_an_original_that_the_store_cannot_give_is_an_error_and_not_half_a_photo(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    photo_id = uuid4()
    await put(client, PHOTO, photo_id=photo_id)
    [original] = files_in(tmp_path, "originals")
    lose(tmp_path, original)
    assert told(await get(client, photo_id, "/original")) == (503, "storage.unavailable")
