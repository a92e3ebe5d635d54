"""One photo in one request: accepted once, answered the same ever after, and shown to nobody it is not for."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import msgspec
import pytest
from litestar import Litestar

from schemas.photos import MediaType
from service.app import build_app
from service.settings import Settings
from service.workflows import intake
from service.workflows.context import Context
from tests import samples
from tests.api.photo_client import digest_of, get, put, rows, told
from tests.api.wire import Wire
from tests.conftest import client_of, running
from tests.people import signed_in
from tests.stores import files_in, only_a_folder

PHOTO = samples.phone_photo(size=(320, 240))
OTHER = samples.phone_photo(seed=1, size=(320, 240))
MEGABYTE = 1024 * 1024


def wire(app: Litestar, content: bytes = PHOTO, /, **headers: str) -> Wire:
    sent = signed_in("inspector") | {"Content-Length": str(len(content)), "Content-Digest": digest_of(content)}
    return Wire(app, "PUT", f"/api/v1/photos/{uuid4()}", sent | headers)


# The receipt


async def test_a_photo_gets_a_receipt_for_exactly_its_bytes(client: httpx.AsyncClient) -> None:
    photo_id = uuid4()
    answer = await put(client, PHOTO, photo_id=photo_id)
    assert answer.status_code == 201
    receipt = answer.json()
    assert receipt.pop("received_at").endswith(("Z", "+00:00"))
    assert receipt == {
        "photo_id": str(photo_id),
        "sha256": hashlib.sha256(PHOTO).hexdigest(),
        "size": len(PHOTO),
        "media_type": "image/jpeg",
    }
    assert (await get(client, photo_id, "/original")).content == PHOTO


async def test_a_photo_sent_twice_gets_the_same_receipt_and_is_kept_once(
    client: httpx.AsyncClient, context: Context
) -> None:
    photo_id = uuid4()
    first, second = [await put(client, PHOTO, photo_id=photo_id) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json() == (await get(client, photo_id, "/receipt")).json()
    assert [await rows(context, table) for table in ("photos", "events", "pgqueuer")] == [1, 1, 1]


async def test_a_photo_sent_fifty_times_at_once_is_one_photo_with_one_receipt(
    client: httpx.AsyncClient, context: Context, tmp_path: Path
) -> None:
    photo_id = uuid4()
    answers = await asyncio.gather(*(put(client, PHOTO, photo_id=photo_id) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    assert len({answer.text for answer in answers}) == 1
    assert [await rows(context, table) for table in ("photos", "events", "pgqueuer")] == [1, 1, 1]
    assert len(files_in(tmp_path)) == 1


async def test_other_content_under_the_same_id_is_refused_and_the_first_photo_stays(client: httpx.AsyncClient) -> None:
    photo_id = uuid4()
    await put(client, PHOTO, photo_id=photo_id)
    assert told(await put(client, OTHER, photo_id=photo_id)) == (409, "photo.id_in_use")
    assert (await get(client, photo_id, "/original")).content == PHOTO


async def test_somebody_elses_id_is_refused_in_the_same_words_as_ones_own(client: httpx.AsyncClient) -> None:
    photo_id = uuid4()
    await put(client, PHOTO, photo_id=photo_id)
    mine = await put(client, OTHER, photo_id=photo_id)
    theirs = await put(client, OTHER, photo_id=photo_id, by="inspector2")
    the_same_bytes = await put(client, PHOTO, photo_id=photo_id, by="inspector2")
    assert mine.status_code == 409
    assert mine.json() == theirs.json() == the_same_bytes.json()
    assert (await get(client, photo_id, by="inspector2")).status_code == 404


async def test_two_people_may_send_the_same_bytes_and_each_has_a_photo(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    mine, theirs = uuid4(), uuid4()
    assert (await put(client, PHOTO, photo_id=mine)).status_code == 201
    assert (await put(client, PHOTO, photo_id=theirs, by="inspector2")).status_code == 201
    assert len(files_in(tmp_path, "originals")) == 1
    assert (await get(client, theirs, by="inspector2")).status_code == 200
    assert (await get(client, mine, by="inspector2")).status_code == 404


# What the bytes must be


async def test_every_accepted_kind_of_photo_is_named_by_its_bytes(client: httpx.AsyncClient) -> None:
    for media_type, content in samples.accepted_photos().items():
        answer = await put(client, content, Content_Type="image/x-something-else")
        assert (answer.status_code, answer.json()["media_type"]) == (201, media_type)


async def test_every_odd_file_gets_a_clear_answer(client: httpx.AsyncClient, tmp_path: Path) -> None:
    refused = {
        "empty.jpg": (422, "photo.empty"),
        **dict.fromkeys(
            ("noise.jpg", "vector.svg", "page.html", "page_before_photo.jpg", "animation.gif", "document.pdf"),
            (415, "photo.type_not_accepted"),
        ),
    }
    for name, content in samples.odd_files().items():
        answer = await put(client, content)
        if name in refused:
            assert told(answer) == refused[name], name
        else:
            assert answer.status_code == 201, name
            assert answer.json()["media_type"] == (
                "image/heic" if name.startswith("heic") else "image/png" if name.endswith("png") else "image/jpeg"
            )
    refusal = (await put(client, samples.odd_files()["document.pdf"])).json()
    assert refusal["accepted"] == [media_type.value for media_type in MediaType]
    kept = samples.odd_files().keys() - refused.keys()
    assert len(files_in(tmp_path)) == len(kept)


async def test_a_digest_is_required_must_be_one_and_must_be_right(client: httpx.AsyncClient, tmp_path: Path) -> None:
    answer = await client.put(f"/api/v1/photos/{uuid4()}", content=PHOTO, headers=signed_in("inspector"))
    assert told(answer) == (400, "photo.digest_required")
    for malformed in (
        "sha-256=",
        "sha-256=abc",
        "sha-256=:AAAA:",
        "md5=:1B2M2Y8AsgTpgAmY7PhCfg==:",
        "?",
        "sha-256=:*:",
    ):
        assert told(await put(client, PHOTO, digest=malformed)) == (400, "photo.digest_invalid"), malformed
    wrong = digest_of(OTHER)
    for digest in (wrong, digest_of(OTHER, "sha-512"), f"{digest_of(PHOTO)}, {digest_of(OTHER, 'sha-512')}"):
        assert told(await put(client, PHOTO, digest=digest)) == (422, "photo.digest_mismatch"), digest
    assert files_in(tmp_path) == []


async def test_a_digest_may_be_sha512_or_both_or_beside_one_we_do_not_know(client: httpx.AsyncClient) -> None:
    both = f"{digest_of(PHOTO)}, {digest_of(PHOTO, 'sha-512')}"
    for digest in (digest_of(PHOTO, "sha-512"), both, f"md5=:1B2M2Y8AsgTpgAmY7PhCfg==:,{digest_of(PHOTO)}"):
        assert (await put(client, PHOTO, digest=digest)).status_code == 201, digest


# Limits


async def test_a_photo_that_says_it_is_too_large_is_refused_before_a_byte_is_read(app: Litestar) -> None:
    request = wire(app, **{"Content-Length": str(51 * MEGABYTE)})
    assert await request.run() == 413
    assert not request.was_read
    body = request.json()
    assert (body["code"], body["limit_bytes"]) == ("photo.too_large", 50 * MEGABYTE)
    assert str(50 * MEGABYTE) in body["detail"]


async def test_a_photo_that_turns_out_too_large_is_refused_and_leaves_nothing(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    async def photo() -> AsyncIterator[bytes]:
        yield PHOTO.ljust(MEGABYTE, b"\0")
        for _ in range(50):
            yield bytes(MEGABYTE)

    answer = await put(client, photo(), digest=digest_of(b""))
    assert told(answer) == (413, "photo.too_large")
    assert answer.json()["limit_bytes"] == 50 * MEGABYTE
    assert files_in(tmp_path) == []


async def test_a_photo_of_exactly_the_limit_is_accepted(settings: Settings) -> None:
    app = build_app(msgspec.structs.replace(settings, upload_max_bytes=64 * 1024))
    async with running(app), client_of(app) as client:
        assert (await put(client, PHOTO.ljust(64 * 1024, b"\0"))).status_code == 201
        answer = await put(client, PHOTO.ljust(64 * 1024 + 1, b"\0"))
        assert told(answer) == (413, "photo.too_large")


async def test_a_nearly_full_store_says_so_before_it_is_sent_to(settings: Settings) -> None:
    only_a_folder("an object store does not tell how much room it has")
    app = build_app(msgspec.structs.replace(settings, disk_floor_bytes=1 << 62))
    async with running(app):
        request = wire(app, **{"Accept-Language": "en"})
        assert await request.run() == 507
        assert not request.was_read
        assert "keep it on the phone" in request.json()["detail"]


async def test_a_photo_that_was_cut_off_leaves_nothing(app: Litestar, context: Context, tmp_path: Path) -> None:
    request = wire(app)
    request.feed(PHOTO[:500])
    request.hang_up()
    assert await request.run() == 400
    assert request.json()["code"] == "photo.incomplete"
    assert files_in(tmp_path) == []
    assert await rows(context, "photos") == 0


async def test_a_phone_that_stops_in_the_middle_is_not_waited_for_without_end(
    app: Litestar, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "PATIENCE_SECONDS", 0.05)
    request = wire(app)
    request.feed(PHOTO[:500])
    assert await request.run() == 408
    assert request.json()["code"] == "request.timeout"
    assert files_in(tmp_path) == []


# Who may send and see


async def test_only_who_may_send_photos_can(client: httpx.AsyncClient, tmp_path: Path) -> None:
    for account in ("inspector", "owner", "desk", "reviewer", "inspector2"):
        assert (await put(client, PHOTO, by=account)).status_code == 201, account
    for account in ("approver", "editor", "publisher", "auditor", "admin"):
        assert told(await put(client, OTHER, by=account)) == (403, "permission.denied"), account
    answer = await client.put(f"/api/v1/photos/{uuid4()}", content=OTHER, headers={"Content-Digest": digest_of(OTHER)})
    assert told(answer) == (401, "session.required")
    assert len(files_in(tmp_path)) == 1


async def test_a_refusal_speaks_the_readers_language(client: httpx.AsyncClient) -> None:
    for asked, language, title in (
        ("", "zh-CN", "照片是空的"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN", "照片是空的"),
        ("en-GB,en;q=0.9", "en", "The photo is empty"),
        ("fr", "zh-CN", "照片是空的"),
    ):
        answer = await put(client, b"", Accept_Language=asked)
        assert (answer.headers["Content-Language"], answer.json()["title"]) == (language, title)
