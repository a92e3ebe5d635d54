"""A published case is amended at its address, suspended after an objection, and gone after its retraction."""

import httpx

from schemas.cases import CaseAction, CaseState
from service.settings import Settings
from tests import case_factory as factory
from tests.case_factory import worker_of
from tests.hazard_factory import Json, answered, refusal
from tests.people import signed_in


async def shown_pictures(client: httpx.AsyncClient) -> list[str]:
    """The addresses of the pictures in the feed."""
    items = (await client.get("/cases.json")).json()["items"]
    return [item["image"].removeprefix("https://clearway.example") for item in items if "image" in item]


async def everything_public(client: httpx.AsyncClient, case: Json) -> str:
    """All that the public can read of cases."""
    answers = [await client.get(path) for path in ("/cases", "/cases.json", case["address"])]
    return "".join(answer.text for answer in answers)


async def test_an_amendment_keeps_the_address_and_the_old_edition_until_it_is_published(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    async with worker_of(settings) as worker:
        _made, case = await factory.illustrated_case(client, settings, worker)
        case = await factory.advance(client, case, CaseState.PUBLISHED)
        address, published_at = case["address"], case["published_at"]
        [old_picture] = await shown_pictures(client)
        assert refusal(await factory.send_texts(client, case)) == (409, "case.not_a_draft")

        case = answered(await factory.send_action(client, case, CaseAction.AMEND))
        assert (case["state"], case["public"], case["address"]) == ("draft", True, address)
        case = answered(await factory.send_texts(client, case, factory.content(title="楼梯堆物，半小时清空")))
        case = answered(await factory.send_masks(client, case, 2))
        for name in factory.PICTURE_JOBS:
            await factory.work_off(settings, worker, name)
        await factory.work_off(settings, worker, "case.discard_picture")
        assert "商场疏散楼梯堆满纸箱，当日清空" in (await client.get(address)).text
        assert "半小时" not in await everything_public(client, case)
        assert (await client.get(old_picture)).status_code == 200, "it is still shown"

        case = await factory.advance(client, await factory.read(client, case), CaseState.PUBLISHED)
        assert (case["address"], case["published_at"]) == (address, published_at)
        assert case["amended_at"] is not None
        assert "楼梯堆物，半小时清空" in (await client.get(address)).text
        [new_picture] = await shown_pictures(client)
        assert new_picture != old_picture
        assert (await client.get(new_picture)).status_code == 200
        assert (await client.get(old_picture)).status_code == 410
        await factory.work_off(settings, worker, "case.discard_picture")
        names = {entry.key.split("/")[1][:32] async for entry in worker.store.list("cases/")}
        assert old_picture.split("/")[-1][:32] not in names
        assert len(names) == 2


async def test_an_objection_suspends_a_case_in_one_action_and_it_can_come_back(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    async with worker_of(settings) as worker:
        _made, case = await factory.illustrated_case(client, settings, worker)
    case = await factory.advance(client, case, CaseState.PUBLISHED)
    [picture] = await shown_pictures(client)
    without_reason = await client.post(
        f"/api/v1/cases/{case['id']}/actions/suspend",
        json=factory.action_body(CaseAction.SUBMIT),
        headers={**signed_in("publisher"), "If-Match": f'"{case["version"]}"'},
    )
    assert refusal(without_reason) == (422, "case.reason_required")
    tag = (await client.get(case["address"])).headers["etag"]
    case = answered(await factory.send_action(client, case, CaseAction.SUSPEND))
    assert case["public"] is False
    for path in (case["address"], picture, picture.replace(".jpg", "-480.webp"), picture.replace(".jpg", "-card.jpg")):
        for headers in ({}, {"If-None-Match": tag}, {"If-None-Match": "*"}):
            assert (await client.get(path, headers=headers)).status_code == 410, path
    assert (await client.get("/cases.json")).json()["items"] == []
    assert case["chinese"]["title"] not in (await client.get("/cases")).text
    again = await factory.send_action(client, case, CaseAction.SUSPEND, by="publisher")
    assert refusal(again) == (409, "case.action_not_allowed_now")
    case = answered(await factory.send_action(client, case, CaseAction.RESUME, by="publisher"))
    assert case["chinese"]["title"] in (await client.get(case["address"])).text
    assert (await client.get(picture)).status_code == 200


async def test_a_case_can_be_suspended_and_retracted_while_it_is_amended(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    async with worker_of(settings) as worker:
        _made, case = await factory.illustrated_case(client, settings, worker)
        case = await factory.advance(client, case, CaseState.PUBLISHED)
        [picture] = await shown_pictures(client)
        case = answered(await factory.send_action(client, case, CaseAction.AMEND))
        case = answered(await factory.send_action(client, case, CaseAction.SUSPEND, by="publisher"))
        assert (case["state"], case["public"]) == ("draft", False)
        address = case["address"]
        case = answered(await factory.send_action(client, case, CaseAction.RETRACT, by="publisher"))
        assert case["state"] == "retracted"
        for path in (address, picture):
            assert (await client.get(path)).status_code == 410
        await factory.work_off(settings, worker, "case.discard_picture")
        assert [entry async for entry in worker.store.list("cases/")] == []


async def test_a_new_edition_of_a_suspended_case_stays_suspended_until_it_is_resumed(client: httpx.AsyncClient) -> None:
    case = await factory.case_in(client, CaseState.PUBLISHED)
    case = answered(await factory.send_action(client, case, CaseAction.SUSPEND))
    case = answered(await factory.send_action(client, case, CaseAction.AMEND))
    case = answered(await factory.send_texts(client, case, factory.content(title="消防车通道被占用（更正）")))
    case = await factory.advance(client, case, CaseState.PUBLISHED)
    assert (case["state"], case["public"]) == ("published", False)
    assert case["suspended_at"] is not None
    assert (await client.get(case["address"])).status_code == 410
    assert (await client.get("/cases.json")).json()["items"] == []
    case = answered(await factory.send_action(client, case, CaseAction.RESUME, by="publisher"))
    assert (case["public"], case["suspended_at"]) == (True, None)
    assert "消防车通道被占用（更正）" in (await client.get(case["address"])).text


async def test_every_size_of_a_picture_is_there_as_jpeg_and_webp(client: httpx.AsyncClient, settings: Settings) -> None:
    async with worker_of(settings) as worker:
        _made, case = await factory.illustrated_case(client, settings, worker)
    await factory.advance(client, case, CaseState.PUBLISHED)
    [picture] = await shown_pictures(client)
    name = picture.removesuffix(".jpg")
    width = case["pictures"][1]["width"]
    for path, kind in (
        (f"{name}-480.jpg", "jpeg"), (f"{name}-480.webp", "webp"), (f"{name}-{width}.jpg", "jpeg"),
        (f"{name}-{width}.webp", "webp"), (f"{name}-card.jpg", "jpeg"),
    ):  # fmt: skip
        answer = await client.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["content-type"] == f"image/{kind}"
        assert b"Exif" not in answer.content
    for path in (f"{name}-481.jpg", f"{name}.webp", f"{name}-card.webp", f"{name}-0480.jpg", f"{name}-.jpg"):
        assert (await client.get(path)).status_code == 404, path
