"""Signed and stamped papers: kept as they came, never opened, and shown to nobody they are not for."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import httpx
import msgspec
import pytest
from litestar import Litestar

from schemas.attachments import PaperType
from service.app import build_app
from service.settings import Settings
from service.workflows.context import Context
from tests import samples
from tests.api.photo_client import digest_of, rows
from tests.api.wire import Wire
from tests.conftest import client_of, running
from tests.hazard_factory import Json, answered, refusal
from tests.paper_factory import paper, pdf, read_visit, reads_paper, send_paper, send_visit, visit
from tests.people import ACCOUNTS, CHENGQU, CITY, signed_in
from tests.stores import files_in, only_a_folder

MEGABYTE = 1024 * 1024


def wire(app: Litestar, content: bytes, /, **headers: str) -> Wire:
    sent = signed_in("inspector") | {"Content-Length": str(len(content)), "Content-Digest": digest_of(content)}
    return Wire(app, "PUT", f"/api/v1/attachments/{uuid4()}", sent | headers)


# The answer


async def test_a_paper_sent_twice_gets_the_same_answer_and_is_kept_once(
    client: httpx.AsyncClient, context: Context, tmp_path: Path
) -> None:
    named = paper(pdf())
    first, second = [await send_paper(client, pdf(), named=named) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.json() | {"received_at": ""} == {
        "id": named["id"],
        "sha256": hashlib.sha256(pdf()).hexdigest(),
        "size": len(pdf()),
        "media_type": "application/pdf",
        "received_at": "",
        "content": f"/api/v1/attachments/{named['id']}/content",
    }
    assert len(files_in(tmp_path)) == 1
    # Nothing is ever decoded: no job waits for it.
    assert [await rows(context, table) for table in ("attachments", "events", "pgqueuer")] == [1, 1, 0]


async def test_a_paper_sent_fifty_times_at_once_is_one_paper(client: httpx.AsyncClient, context: Context) -> None:
    named = paper(pdf())
    answers = await asyncio.gather(*(send_paper(client, pdf(), named=named) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    assert len({answer.text for answer in answers}) == 1
    assert [await rows(context, table) for table in ("attachments", "events")] == [1, 1]


async def test_a_paper_is_always_a_download_that_nothing_can_run(client: httpx.AsyncClient) -> None:
    content = b"%PDF-1.7\n<html><script>alert(document.cookie)</script></html>"
    named = paper(content)
    answered(await send_paper(client, content, named=named))
    answer = await client.get(f"/api/v1/attachments/{named['id']}/content", headers=signed_in("inspector"))
    assert answer.content == content
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{named["id"]}.pdf"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Repr-Digest"] == digest_of(content)


# What the bytes must be


async def test_pdf_and_photos_of_papers_are_told_by_their_bytes(client: httpx.AsyncClient) -> None:
    accepted = {
        PaperType.PDF: pdf(),
        PaperType.JPEG: samples.phone_photo(size=(320, 240)),
        PaperType.PNG: samples.png_photo(),
        PaperType.HEIC: samples.heic_photo(),
    }
    for media_type, content in accepted.items():
        body = answered(await send_paper(client, content))
        assert body["media_type"] == media_type
        fetched = await client.get(body["content"], headers=signed_in("inspector"))
        assert fetched.headers["Content-Type"] == media_type
        assert fetched.headers["Content-Disposition"].endswith(f'.{media_type.extension}"')


async def test_every_hostile_file_is_refused_and_nothing_of_it_is_kept(
    client: httpx.AsyncClient, tmp_path: Path
) -> None:
    hostile = {
        "a page before the paper": b"<html><script>1</script></html>" + pdf(),
        "a blank before the paper": b" " + pdf(),
        "a word document": b"PK\x03\x04" + bytes(60),
        "an old word document": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(60),
        "a program": b"MZ" + bytes(60),
        "a vector picture": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        "a script": b"%!PS-Adobe-3.0",
        "almost a paper": b"%PDF",
        "a photo kind that no printer makes": samples.webp_photo(),
    }
    for what, content in hostile.items():
        answer = await send_paper(client, content)
        assert refusal(answer) == (415, "attachment.type_not_accepted"), what
        assert answer.json()["accepted"] == [media_type.value for media_type in PaperType]
    assert refusal(await send_paper(client, b"")) == (422, "attachment.empty")
    assert files_in(tmp_path) == []


async def test_a_digest_is_required_must_be_one_and_must_be_right(client: httpx.AsyncClient, tmp_path: Path) -> None:
    bare = await client.put(f"/api/v1/attachments/{uuid4()}", content=pdf(), headers=signed_in("inspector"))
    assert refusal(bare) == (400, "attachment.digest_required")
    assert refusal(await send_paper(client, pdf(), digest="sha-256=:AAAA:")) == (400, "attachment.digest_invalid")
    for wrong in (digest_of(pdf(1)), digest_of(pdf(1), "sha-512")):
        assert refusal(await send_paper(client, pdf(), digest=wrong)) == (422, "attachment.digest_mismatch")
    assert files_in(tmp_path) == []
    assert (await send_paper(client, pdf(), digest=digest_of(pdf(), "sha-512"))).status_code == 201


# Limits


async def test_a_paper_that_is_too_large_is_refused_before_and_while_it_is_read(
    app: Litestar, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    request = wire(app, pdf(), **{"Content-Length": str(51 * MEGABYTE)})
    assert await request.run() == 413
    assert not request.was_read

    async def pieces() -> AsyncIterator[bytes]:
        yield pdf().ljust(MEGABYTE, b"\0")
        for _ in range(50):
            yield bytes(MEGABYTE)

    headers = signed_in("inspector") | {"Content-Digest": digest_of(b"")}
    answer = await client.put(f"/api/v1/attachments/{uuid4()}", content=pieces(), headers=headers)
    assert refusal(answer) == (413, "attachment.too_large")
    assert files_in(tmp_path) == []


async def test_a_paper_that_was_cut_off_leaves_nothing(app: Litestar, tmp_path: Path) -> None:
    request = wire(app, pdf())
    request.feed(pdf()[:20])
    request.hang_up()
    assert await request.run() == 400
    assert request.json()["code"] == "attachment.incomplete"
    assert files_in(tmp_path) == []


async def test_a_nearly_full_store_says_so(settings: Settings) -> None:
    only_a_folder("an object store does not tell how much room it has")
    app = build_app(msgspec.structs.replace(settings, disk_floor_bytes=1 << 62))
    async with running(app), client_of(app) as client:
        assert refusal(await send_paper(client, pdf())) == (507, "storage.full")


# Whose it is


async def test_a_taken_id_is_refused_in_the_same_words_to_everybody(client: httpx.AsyncClient) -> None:
    named = paper(pdf())
    answered(await send_paper(client, pdf(), named=named))
    refusals = [
        await send_paper(client, pdf(1), named=named),
        await send_paper(client, pdf(1), named=named, by="inspector2"),
        await send_paper(client, pdf(), named=named, by="inspector2"),
    ]
    assert {refusal(answer) for answer in refusals} == {(409, "attachment.id_in_use")}
    assert len({answer.text for answer in refusals}) == 1
    assert not await reads_paper(client, named, by="inspector2")


async def test_only_who_may_send_photos_sends_papers(client: httpx.AsyncClient) -> None:
    for account in ACCOUNTS:
        answer = await send_paper(client, pdf(), by=account)
        if ACCOUNTS[account][0] in ("inspector", "owner", "desk", "reviewer"):
            assert answer.status_code == 201, account
        else:
            assert refusal(answer) == (403, "permission.denied"), account
    answer = await client.put(f"/api/v1/attachments/{uuid4()}", content=pdf())
    assert refusal(answer) == (401, "session.required")


async def test_text_first_and_the_paper_after_or_the_other_way_round(client: httpx.AsyncClient) -> None:
    early, late = paper(pdf(1)), paper(pdf(2))
    answered(await send_paper(client, pdf(1), named=early))
    assert not await reads_paper(client, early, by="desk")
    known = answered(await send_visit(client, visit(attachments=[early, late])))
    assert [named["arrived"] for named in known["attachments"]] == [True, False]
    assert known["attachments"][1]["content"] is None
    answered(await send_paper(client, pdf(2), named=late))
    shown = (await read_visit(client, known["id"]))["attachments"]
    assert [named["arrived"] for named in shown] == [True, True]
    for account, (role, organization) in ACCOUNTS.items():
        reads_visits = role in ("inspector", "desk", "reviewer", "approver", "auditor")
        is_reader = reads_visits and organization in (CITY, CHENGQU)
        assert await reads_paper(client, late, by=account) == is_reader, account


async def test_other_bytes_than_the_promised_ones_never_arrive(client: httpx.AsyncClient) -> None:
    named = paper(pdf(1))
    known = answered(await send_visit(client, visit(attachments=[named])))
    answered(await send_paper(client, pdf(2), named=named))
    assert (await read_visit(client, known["id"]))["attachments"][0]["arrived"] is False
    assert not await reads_paper(client, named, by="desk")


@pytest.mark.parametrize("is_sent_first", [True, False])
async def test_knowing_id_and_hash_of_a_paper_grants_nothing(client: httpx.AsyncClient, is_sent_first: bool) -> None:
    secret = paper(pdf())

    async def send() -> None:
        answered(await send_paper(client, pdf(), named=secret))

    if is_sent_first:
        await send()
    answered(await send_visit(client, visit(attachments=[secret])))
    thief = answered(await send_visit(client, visit(attachments=[secret]), by="inspector2"))
    if not is_sent_first:
        await send()
    unknown = answered(await send_visit(client, visit(attachments=[paper(pdf(9))]), by="inspector2"))

    def nameless(known: Json) -> Json:
        named: Json = known["attachments"][0]
        return named | {"id": 0, "sha256": 0}

    assert nameless(thief) == nameless(unknown)
    for account in ("inspector2", "desk2"):
        assert (await read_visit(client, thief["id"], by=account))["attachments"][0]["arrived"] is False
        assert not await reads_paper(client, secret, by=account)


async def test_nobody_else_takes_the_id_of_a_paper_that_is_yet_to_be_sent(client: httpx.AsyncClient) -> None:
    named = paper(pdf())
    answered(await send_visit(client, visit(attachments=[named])))
    answered(await send_visit(client, visit(attachments=[named]), by="inspector2"))
    for content in (pdf(), pdf(1)):
        answer = await send_paper(client, content, named=named, by="inspector2")
        assert refusal(answer) == (409, "attachment.id_in_use")
    assert (await send_paper(client, pdf(), named=named)).status_code == 201


async def test_a_paper_is_named_once_in_one_form(client: httpx.AsyncClient) -> None:
    named = paper(pdf())
    answer = await send_visit(client, visit(attachments=[named, named]))
    assert refusal(answer) == (422, "attachment.named_twice")
    assert answer.json()["attachment_id"] == named["id"]
