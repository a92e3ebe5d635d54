"""A cleared hazard becomes a case that everybody may read, and stops being one."""

import hashlib
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from schemas.cases import CaseAction, CaseState
from service.settings import Settings
from service.workflows import case_pictures
from tests import case_factory as factory
from tests import samples, stores
from tests.case_factory import worker_of
from tests.hazard_factory import answered, refusal
from tests.inspection import assert_only_pixels, is_close, pixels
from tests.people import signed_in

MASKED = (24, 24, 24)


async def test_a_closed_hazard_becomes_a_published_case_and_is_gone_after_its_retraction(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    async with worker_of(settings) as worker:
        _made, case = await factory.illustrated_case(client, settings, worker)
    assert [picture["state"] for picture in case["pictures"]] == ["ready", "ready"]

    case = await factory.advance(client, case, CaseState.APPROVED)
    assert (await client.get("/cases.json")).json()["items"] == []
    case = answered(await factory.send_action(client, case, CaseAction.PUBLISH))

    page = await client.get(case["address"])
    assert page.status_code == 200
    assert "商场疏散楼梯堆满纸箱，当日清空" in page.text
    listed = await client.get("/cases")
    assert case["address"] in listed.text
    feed = (await client.get("/cases.json")).json()
    assert [item["url"] for item in feed["items"]] == [f"https://clearway.example{case['address']}"]
    picture_address = feed["items"][0]["image"].removeprefix("https://clearway.example")
    picture = await client.get(picture_address)
    assert picture.headers["content-type"] == "image/jpeg"
    card = await client.get(feed["items"][0]["banner_image"].removeprefix("https://clearway.example"))
    assert pixels(card.content).size == (1200, 630)

    tags = {address: (await client.get(address)).headers["etag"] for address in (case["address"], picture_address)}
    answered(await factory.send_action(client, case, CaseAction.RETRACT))
    for address, tag in tags.items():
        for headers in ({}, {"If-None-Match": tag}, {"If-None-Match": "*"}):
            gone = await client.get(address, headers=headers)
            assert gone.status_code == 410, (address, headers)
            assert gone.headers["cache-control"] in ("no-cache", "no-store")
    assert (await client.get("/cases.json")).json()["items"] == []
    assert case["address"] not in (await client.get("/cases")).text


async def test_the_pictures_of_a_retracted_case_leave_the_store(client: httpx.AsyncClient, settings: Settings) -> None:
    async with worker_of(settings) as worker:
        _made, case = await factory.illustrated_case(client, settings, worker)
        case = await factory.advance(client, case, CaseState.RETRACTED)
        assert [entry async for entry in worker.store.list("cases/")]
        await factory.work_off(settings, worker, "case.discard_picture")
        assert [entry async for entry in worker.store.list("cases/")] == []
    preview = await client.get(f"/api/v1/cases/{case['id']}/pictures/1/preview", headers=signed_in("auditor"))
    assert refusal(preview) == (410, "case.gone")


async def test_what_is_published_gives_nothing_away(client: httpx.AsyncClient, settings: Settings) -> None:
    async with worker_of(settings) as worker:
        made, case = await factory.illustrated_case(client, settings, worker)
    case = await factory.advance(client, case, CaseState.PUBLISHED)
    feed = await client.get("/cases.json")
    pictures = [name.split('"')[0] for name in (await client.get(case["address"])).text.split('<img src="')[1:]]
    assert len(pictures) == 2
    answers = [await client.get(path) for path in (case["address"], "/cases", "/cases.json", "/", *pictures)]
    answers += [await client.get(f"{case['address']}?lang=en"), await client.get(f"{case['address']}x")]
    answers += [await client.get(path.replace(".jpg", "-card.jpg")) for path in pictures]
    secrets = _secrets(made.hazard, case, made.before, made.after)
    for answer in answers:
        raw = answer.content + repr(answer.headers.raw).encode()
        for secret in secrets:
            assert secret.encode() not in raw, (str(answer.url), secret)
    for path in pictures:
        assert_only_pixels((await client.get(path)).content)
        assert_only_pixels((await client.get(path.replace(".jpg", "-card.jpg"))).content)
    assert feed.status_code == 200


def _secrets(hazard: dict[str, Any], case: dict[str, Any], *photos: dict[str, Any]) -> list[str]:
    """Everything by which a public text could be led back: ids, numbers, hashes, places, words, EXIF of the photos."""
    position = hazard["position"]
    names = ["Test Phone", "2026:03:18", "GPSLatitude", "Exif", "http://ns.adobe.com", "ICC_PROFILE"]
    return [
        *names,
        hazard["id"], hazard["id"].replace("-", ""), hazard["number"],
        case["id"], case["id"].replace("-", ""), case["organization_id"],
        *(photo["id"] for photo in photos), *(photo["sha256"] for photo in photos),
        hazard["description"], hazard["place"],
        f"{position['lat']:.3f}", f"{position['lon']:.3f}",
        "inspector inspector", "owner owner", "editor editor", "reviewer reviewer",
    ]  # fmt: skip


async def test_masks_are_opaque_on_the_upright_picture(client: httpx.AsyncClient, settings: Settings) -> None:
    made = await factory.photographed_hazard(client)
    case = answered(await factory.send_draft(client, made.hazard))
    case = answered(await factory.send_picture(client, case, 1, made.before, "before"))
    corner = {"masks": [{"kind": "rectangle", "points": [[0.0, 0.0], [0.12, 0.12]]}]}
    case = answered(await factory.send_masks(client, case, 1, corner))
    async with worker_of(settings) as worker:
        await factory.work_off(settings, worker, "case.bake_picture")
    answer = await client.get(f"/api/v1/cases/{case['id']}/pictures/1/preview", headers=signed_in("reviewer"))
    image = pixels(answer.content)
    width, height = image.size
    # The photo was stored lying on its side (orientation 6): top left is that of the picture held upright.
    assert is_close(image.getpixel((width // 20, height // 20)), MASKED)  # type: ignore[arg-type]
    assert is_close(image.getpixel((width - width // 20, height // 20)), (30, 170, 30), 40)  # type: ignore[arg-type]
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["etag"].strip('"') == hashlib.sha256(answer.content).hexdigest()


async def test_baking_twice_or_late_changes_nothing(client: httpx.AsyncClient, settings: Settings) -> None:
    made = await factory.photographed_hazard(client)
    case = answered(await factory.send_draft(client, made.hazard))
    case = answered(await factory.send_picture(client, case, 1, made.before, "before"))
    case = answered(await factory.send_masks(client, case, 1))
    case = answered(await factory.send_masks(client, case, 1, {"masks": [], "none_needed": True}))
    async with worker_of(settings) as worker:
        payloads = await factory.work_off(settings, worker, "case.bake_picture")
        assert [payload["version"] for payload in payloads] == [2, 3]
        once = {entry.key: entry.size async for entry in worker.store.list("cases/")}
        assert len({key[:38] for key in once}) == 1, "the replaced version left nothing"
        for payload in payloads:
            await case_pictures.bake(worker, UUID(payload["case_id"]), 1, payload["version"])
        assert {entry.key: entry.size async for entry in worker.store.list("cases/")} == once
    assert (await factory.read(client, case))["pictures"][0]["state"] == "ready"


async def test_a_picture_that_cannot_be_decoded_fails_visibly_and_blocks_the_review(
    client: httpx.AsyncClient, settings: Settings, tmp_path: Path
) -> None:
    made = await factory.photographed_hazard(client)
    case = answered(await factory.send_draft(client, made.hazard))
    case = answered(await factory.send_texts(client, case))
    case = answered(await factory.send_picture(client, case, 1, made.before, "before"))
    case = answered(await factory.send_masks(client, case, 1))
    assert refusal(await factory.send_action(client, case, CaseAction.SUBMIT)) == (409, "case.pictures_not_ready")
    async with worker_of(settings) as worker:
        async with worker.database.connection() as connection:
            key = await connection.fetchval("SELECT object_key FROM photos WHERE id = $1", UUID(made.before["id"]))
        stores.spoil(tmp_path, key, samples.huge_jpeg())
        await factory.work_off(settings, worker, "case.bake_picture")
    case = await factory.read(client, case)
    assert (case["pictures"][0]["state"], case["pictures"][0]["problem"]) == ("failed", "too_many_pixels")
    answer = await factory.send_action(client, case, CaseAction.SUBMIT)
    assert answer.json()["pictures"] == [{"number": 1, "state": "failed"}]


async def test_the_draft_takes_over_what_may_be_public_and_nothing_that_a_person_wrote(
    client: httpx.AsyncClient,
) -> None:
    made = await factory.photographed_hazard(client)
    case = answered(await factory.send_draft(client, made.hazard))
    assert (case["state"], case["area"], case["version"]) == ("draft", "城区", 1)
    assert case["month"] == made.hazard["received_at"][:7]
    assert case["chinese"]["title"] == case["category"] == made.hazard["category"]["name"]
    assert "《中华人民共和国消防法》第二十八条" in case["chinese"]["legal_basis"]
    assert [case["chinese"][field] for field in ("found", "handled", "lesson")] == ["", "", ""]


@pytest.mark.parametrize("state", [CaseState.FIRST_REVIEW, CaseState.SECOND_REVIEW, CaseState.APPROVED])
async def test_a_case_sent_back_is_reviewed_anew(client: httpx.AsyncClient, state: CaseState) -> None:
    case = await factory.case_in(client, state)
    case = answered(await factory.send_action(client, case, CaseAction.SEND_BACK))
    assert (case["state"], case["first_reviewer"], case["second_reviewer"]) == ("draft", None, None)
    assert case["reason"] == "标题太长。"
    case = answered(await factory.send_texts(client, case))
    case = await factory.advance(client, case, CaseState.PUBLISHED)
    history = await client.get(f"/api/v1/cases/{case['id']}/events", headers=signed_in("auditor"))
    kinds = [event["kind"] for event in answered(history)["items"]]
    assert kinds.count("case.sent_back") == 1
    assert kinds[-5:] == ["case.text_changed", "case.submitted", "case.approved", "case.approved", "case.published"]


async def test_a_hazard_gets_another_case_only_after_the_first_was_retracted(client: httpx.AsyncClient) -> None:
    case = await factory.case_in(client, CaseState.PUBLISHED)
    hazard = {"id": case["hazard_id"]}
    again = await factory.send_draft(client, hazard)
    assert refusal(again) == (409, "case.exists")
    assert again.json()["case_id"] == case["id"]
    answered(await factory.send_action(client, case, CaseAction.RETRACT))
    other = answered(await factory.send_draft(client, hazard))
    assert other["id"] != case["id"]
    newest = answered(
        await client.get("/api/v1/cases", params={"hazard_id": hazard["id"]}, headers=signed_in("editor"))
    )
    assert [item["id"] for item in newest["items"]] == [other["id"], case["id"]]
