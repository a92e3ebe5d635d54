"""Originals, papers and renditions by a signed address of the object store, for those alone who may see them."""

import hashlib
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import pytest

from schemas.cases import CaseState
from service.app import build_app, open_worker_context
from service.logs import configure_logging
from service.settings import Settings, read_settings
from service.workflows import renditions
from tests import case_factory
from tests.api.photo_client import digest_of, get, put, told
from tests.conftest import client_of, running
from tests.paper_factory import paper, pdf, send_paper
from tests.people import signed_in
from tests.s3_servers import S3Server
from tests.samples import phone_photo

PHOTO = phone_photo(size=(320, 240))
LIFE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A service that redirects downloads, its client at the front door, and somebody without a session."""

    settings: Settings
    client: httpx.AsyncClient
    stranger: httpx.AsyncClient
    server: S3Server


@asynccontextmanager
async def redirecting(server: S3Server, database_url: str) -> AsyncIterator[Elsewhere]:
    environment = server.environment(f"{server.make_bucket()}/photos") | {
        "CLEARWAY_DATABASE_URL": database_url,
        "CLEARWAY_VISION": "off",
        "CLEARWAY_DOWNLOADS": "redirect",
        "CLEARWAY_DOWNLOAD_SECONDS": str(LIFE_SECONDS),
    }
    settings = read_settings(environment)
    async with (
        running(build_app(settings)) as app,
        client_of(app) as client,
        httpx.AsyncClient(trust_env=False) as stranger,
    ):
        yield Elsewhere(settings, client, stranger, server)


@pytest.fixture(params=["rclone", "ceph"])
async def elsewhere(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Elsewhere]:
    async with redirecting(request.getfixturevalue(request.param), database_url) as parts:
        yield parts


async def address_in(elsewhere: Elsewhere, answer: httpx.Response) -> str:
    """The signed address that an answer redirects to, kept by nobody on the way."""
    assert answer.status_code == 302, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.content == b""
    address = answer.headers["Location"]
    assert address.startswith(f"{elsewhere.server.endpoint}/")
    assert f"X-Amz-Expires={LIFE_SECONDS}&" in address
    assert elsewhere.server.secret_key not in address
    return address


async def test_whoever_may_see_a_photo_gets_it_from_the_store_without_a_session_there(elsewhere: Elsewhere) -> None:
    photo_id = uuid4()
    await put(elsewhere.client, PHOTO, photo_id=photo_id)
    address = await address_in(elsewhere, await get(elsewhere.client, photo_id, "/original"))
    answer = await elsewhere.stranger.get(address)
    assert (answer.status_code, answer.content) == (200, PHOTO)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{photo_id}.jpg"'
    part = await elsewhere.stranger.get(address, headers={"Range": "bytes=100-199"})
    assert part.content == PHOTO[100:200]


async def test_nobody_else_gets_an_address_and_an_address_opens_nothing_else(elsewhere: Elsewhere) -> None:
    photo_id, other_id = uuid4(), uuid4()
    await put(elsewhere.client, PHOTO, photo_id=photo_id)
    await put(elsewhere.client, other := phone_photo(7, size=(320, 240)), photo_id=other_id)
    refused = await get(elsewhere.client, photo_id, "/original", by="desk2")
    assert told(refused) == (404, "photo.not_found")
    assert "Location" not in refused.headers
    assert (await elsewhere.client.get(f"/api/v1/photos/{photo_id}/original")).status_code == 401
    address = await address_in(elsewhere, await get(elsewhere.client, photo_id, "/original"))
    path = urlsplit(address).path
    sought = hashlib.sha256(other).hexdigest()
    changed = address.replace(path, path.replace(hashlib.sha256(PHOTO).hexdigest(), sought))
    assert sought in changed
    for wrong in (changed, address.replace("attachment", "inline"), address.split("?")[0], address + "0"):
        assert (await elsewhere.stranger.get(wrong)).status_code in (400, 403), wrong
    assert (await elsewhere.stranger.delete(address)).status_code in (400, 403)
    assert (await elsewhere.stranger.get(address)).content == PHOTO


async def test_a_head_is_answered_here_because_an_address_is_signed_for_get(elsewhere: Elsewhere) -> None:
    photo_id = uuid4()
    await put(elsewhere.client, PHOTO, photo_id=photo_id)
    answer = await elsewhere.client.head(f"/api/v1/photos/{photo_id}/original", headers=signed_in("inspector"))
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(PHOTO))
    assert answer.headers["Repr-Digest"] == digest_of(PHOTO)


async def test_papers_and_renditions_leave_by_the_store_too(elsewhere: Elsewhere) -> None:
    photo_id, named = uuid4(), paper(pdf())
    await put(elsewhere.client, PHOTO, photo_id=photo_id)
    assert told(await get(elsewhere.client, photo_id, "/preview")) == (409, "photo.rendition_not_ready")
    async with open_worker_context(elsewhere.settings) as worker:
        await renditions.render(worker, photo_id)
    for part in ("/preview", "/thumbnail"):
        shown = await elsewhere.stranger.get(await address_in(elsewhere, await get(elsewhere.client, photo_id, part)))
        assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/jpeg")
        assert shown.content.startswith(b"\xff\xd8\xff")
    assert (await send_paper(elsewhere.client, pdf(), named=named)).status_code == 201
    answer = await elsewhere.client.get(f"/api/v1/attachments/{named['id']}/content", headers=signed_in("inspector"))
    sheet = await elsewhere.stranger.get(await address_in(elsewhere, answer))
    assert (sheet.content, sheet.headers["Content-Type"]) == (pdf(), "application/pdf")
    assert sheet.headers["Content-Disposition"].startswith("attachment; ")


async def test_public_pages_never_send_a_visitor_to_the_store(rclone: S3Server, database_url: str) -> None:
    async with redirecting(rclone, database_url) as elsewhere:
        async with case_factory.worker_of(elsewhere.settings) as worker:
            _, case = await case_factory.illustrated_case(elsewhere.client, elsewhere.settings, worker)
        shown = f"/api/v1/cases/{case['id']}/pictures/1/preview"
        assert (await elsewhere.client.get(shown, headers=signed_in("editor"))).status_code == 200
        case = await case_factory.advance(elsewhere.client, case, CaseState.PUBLISHED)
        page = await elsewhere.client.get(urlsplit(case["address"]).path)
        assert elsewhere.server.endpoint not in page.text
        assert "X-Amz" not in page.text
        pictures = set(re.findall(r'src="([^"]*/cases/pictures/[^"]*)"', page.text))
        assert pictures
        for picture in pictures:
            answer = await elsewhere.client.get(urlsplit(picture).path)
            assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")


async def test_nothing_that_opens_the_store_is_logged_or_told(
    rclone: S3Server, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure_logging("debug")
    try:
        async with redirecting(rclone, database_url) as elsewhere:
            photo_id: UUID = uuid4()
            await put(elsewhere.client, PHOTO, photo_id=photo_id)
            answer = await get(elsewhere.client, photo_id, "/original")
            signature = answer.headers["Location"].rpartition("X-Amz-Signature=")[2]
            health = (await elsewhere.client.get("/health/ready")).text
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    written = "".join(capsys.readouterr()) + health
    assert str(photo_id) in written
    for secret in (signature, rclone.secret_key, rclone.access_key, "Signature=", "Authorization"):
        assert secret not in written
