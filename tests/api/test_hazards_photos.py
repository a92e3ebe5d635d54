"""Photos of a hazard: named first and sent later, or the other way round, and never a way to see somebody else's."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from litestar import Litestar

from schemas.hazards import Action, State
from tests.api.photo_client import digest_of, picture, put, sees_photo, send_photo
from tests.api.tus_client import Tus
from tests.api.tus_client import told as tus_told
from tests.api.wire import Wire
from tests.hazard_factory import (
    action_body,
    answered,
    hazard_in,
    photo,
    read,
    refusal,
    report,
    send_action,
    send_report,
)
from tests.people import signed_in


async def test_text_first_and_the_photo_after(client: httpx.AsyncClient) -> None:
    named, content = picture(1)
    hazard = answered(await send_report(client, report(photos=[named])))
    assert (hazard["photos"][0]["arrived"], hazard["photos"][0]["original"]) == (False, None)
    await send_photo(client, named, content, by="inspector")
    shown = (await read(client, hazard))["photos"][0]
    assert (shown["arrived"], shown["role"], shown["rendition_state"]) == (True, "before", "pending")
    assert shown["original"] == f"/api/v1/photos/{named['id']}/original"
    assert await sees_photo(client, named, by="reviewer")


async def test_the_photo_first_and_the_text_after(client: httpx.AsyncClient) -> None:
    named, content = picture(2)
    await send_photo(client, named, content, by="inspector")
    assert not await sees_photo(client, named, by="reviewer")
    hazard = answered(await send_report(client, report(photos=[named | {"sha256": named["sha256"].upper()}])))
    assert hazard["photos"][0]["arrived"] is True
    assert await sees_photo(client, named, by="reviewer")
    assert not await sees_photo(client, named, by="desk2")


async def test_other_bytes_than_the_promised_ones_never_arrive(client: httpx.AsyncClient) -> None:
    named, _ = picture(3)
    hazard = answered(await send_report(client, report(photos=[named])))
    await send_photo(client, named, picture(4)[1], by="inspector")
    assert (await read(client, hazard))["photos"][0]["arrived"] is False
    assert not await sees_photo(client, named, by="reviewer")


async def test_knowing_id_and_hash_of_a_photo_grants_nothing(client: httpx.AsyncClient) -> None:
    secret, content = picture(5)
    await send_photo(client, secret, content, by="inspector")
    answered(await send_report(client, report(photos=[secret])))
    thief = answered(await send_report(client, report(photos=[secret]), by="inspector2"))
    unknown = answered(await send_report(client, report(photos=[photo()]), by="inspector2"))
    assert thief["photos"][0] | {"id": 0, "sha256": 0} == unknown["photos"][0] | {"id": 0, "sha256": 0}
    for account in ("inspector2", "desk2"):
        assert not await sees_photo(client, secret, by=account)
        assert (await read(client, thief, by=account))["photos"][0]["arrived"] is False


async def test_naming_a_photo_after_somebody_else_and_before_it_is_sent_grants_nothing_either(
    client: httpx.AsyncClient,
) -> None:
    secret, content = picture(6)
    answered(await send_report(client, report(photos=[secret])))
    trap = answered(await send_report(client, report(photos=[secret]), by="inspector2"))
    await send_photo(client, secret, content, by="inspector")
    assert (await read(client, trap, by="inspector2"))["photos"][0]["arrived"] is False
    assert not await sees_photo(client, secret, by="inspector2")


async def test_nobody_else_takes_the_id_of_a_photo_that_an_inspector_has_yet_to_send(client: httpx.AsyncClient) -> None:
    named, content = picture(12)
    hazard = await hazard_in(client, State.ASSIGNED, photos=[named])
    assert (await read(client, hazard, by="owner"))["photos"][0]["arrived"] is False
    other = await hazard_in(client, State.ASSIGNED)
    # Who names it after the inspector takes nothing from them.
    answered(await send_action(client, other, Action.SUBMIT, body=action_body(Action.SUBMIT, photos=[named])))
    for bytes_sent in (content, picture(13)[1]):
        answer = await put(client, bytes_sent, photo_id=UUID(named["id"]), by="owner")
        assert refusal(answer) == (409, "photo.id_in_use")
    await send_photo(client, named, content, by="inspector")
    assert (await read(client, hazard, by="owner"))["photos"][0]["arrived"] is True


async def test_nor_by_an_upload_in_pieces(client: httpx.AsyncClient) -> None:
    named, content = picture(14)
    hazard = answered(await send_report(client, report(photos=[named])))
    squatter, rightful = Tus(client, "owner"), Tus(client, "inspector")
    location = await squatter.begin(content, photo_id=named["id"])
    assert tus_told(await squatter.patch(location, 0, content)) == (409, "photo.id_in_use")
    assert (await squatter.head(location)).status_code == 410
    location = await rightful.begin(content, photo_id=named["id"])
    assert (await rightful.patch(location, 0, content)).status_code == 204
    assert (await read(client, hazard))["photos"][0]["arrived"] is True


async def test_an_id_that_is_named_while_somebody_else_sends_under_it_is_lost_to_them(
    client: httpx.AsyncClient, app: Litestar
) -> None:
    named, content = picture(15)
    sent = signed_in("owner") | {"Content-Digest": digest_of(content), "Content-Length": str(len(content))}
    squatting = Wire(app, "PUT", f"/api/v1/photos/{named['id']}", sent)
    squatting.feed(content[:1000])
    running = asyncio.create_task(squatting.run())
    await squatting.was_taken()
    hazard = answered(await send_report(client, report(photos=[named])))
    squatting.feed(content[1000:], more=False)
    assert await running == 409
    assert squatting.json()["code"] == "photo.id_in_use"
    await send_photo(client, named, content, by="inspector")
    assert (await read(client, hazard))["photos"][0]["arrived"] is True


async def test_whoever_names_and_whoever_sends_at_the_same_moment_one_of_them_has_the_id(
    client: httpx.AsyncClient,
) -> None:
    for seed in range(16, 22):
        named, content = picture(seed)
        hazard, squat = await asyncio.gather(
            send_report(client, report(photos=[named])),
            put(client, picture(seed + 20)[1], photo_id=UUID(named["id"]), by="owner"),
        )
        assert answered(hazard)["photos"][0]["arrived"] is False
        rightful = await put(client, content, photo_id=UUID(named["id"]), by="inspector")
        assert sorted((squat.status_code, rightful.status_code)) == [201, 409]


async def test_a_colleagues_photo_that_one_may_see_can_be_named(client: httpx.AsyncClient) -> None:
    named, content = picture(7)
    await send_photo(client, named, content, by="inspector")
    answered(await send_report(client, report(photos=[named])))
    second = answered(await send_report(client, report(photos=[named]), by="desk"))
    assert second["photos"][0]["arrived"] is True


async def test_an_owner_sees_the_inspectors_photos_and_their_own_but_no_other_owners(client: httpx.AsyncClient) -> None:
    before, before_bytes = picture(8)
    fix, fix_bytes = picture(9)
    await send_photo(client, before, before_bytes, by="inspector")
    hazard = await hazard_in(client, State.ASSIGNED, photos=[before])
    assert await sees_photo(client, before, by="owner")
    body = action_body(Action.SUBMIT, photos=[fix])
    hazard = answered(await send_action(client, hazard, Action.SUBMIT, body=body))
    await send_photo(client, fix, fix_bytes, by="owner")
    assert [item["role"] for item in (await read(client, hazard, by="owner"))["photos"]] == ["before", "after"]
    assert await sees_photo(client, fix, by="reviewer")

    hazard = answered(await send_action(client, hazard, Action.FAIL))
    hazard = answered(await send_action(client, hazard, Action.HAND_BACK))
    assert not await sees_photo(client, before, by="owner")
    assert await sees_photo(client, fix, by="owner")
    body = action_body(Action.ASSIGN, owner="owner2")
    hazard = answered(await send_action(client, hazard, Action.ASSIGN, body=body))
    assert [item["role"] for item in (await read(client, hazard, by="owner2"))["photos"]] == ["before"]
    assert await sees_photo(client, before, by="owner2")
    assert not await sees_photo(client, fix, by="owner2")


async def test_a_review_by_picture_waits_for_a_picture_of_this_attempt(client: httpx.AsyncClient) -> None:
    fix, content = picture(10)
    hazard = await hazard_in(client, State.ASSIGNED)
    body = action_body(Action.SUBMIT, photos=[fix])
    hazard = answered(await send_action(client, hazard, Action.SUBMIT, body=body))
    look = action_body(Action.PASS, mode="by_picture")
    assert refusal(await send_action(client, hazard, Action.PASS, body=look)) == (409, "hazard.photos_not_arrived")
    await send_photo(client, fix, content, by="owner")
    hazard = answered(await send_action(client, hazard, Action.FAIL))
    hazard = answered(await send_action(client, hazard, Action.SUBMIT))
    # The picture of the first attempt is here, that of the second is not.
    assert refusal(await send_action(client, hazard, Action.PASS, body=look)) == (409, "hazard.photos_not_arrived")
    hazard = answered(await send_action(client, hazard, Action.FAIL))
    body = action_body(Action.SUBMIT, photos=[fix])
    hazard = answered(await send_action(client, hazard, Action.SUBMIT, body=body))
    assert answered(await send_action(client, hazard, Action.PASS, body=look))["state"] == "closed"


@pytest.mark.parametrize(
    ("facts", "flags"),
    [
        ({"latitude": 37.8573, "longitude": 113.5804, "taken_at": "2026-06-05T09:30:00+08:00"}, []),
        ({"latitude": 37.859, "longitude": 113.5804}, []),
        ({"latitude": 37.8673, "longitude": 113.5804}, [("photo_position_differs", 1112.0, "meters")]),
        ({"latitude": 37.8673, "longitude": 113.5804, "accuracy": 1000}, []),
        ({"taken_at": "2026-06-05T09:59:00+08:00"}, []),
        ({"taken_at": "2026-06-04T09:30:00+08:00"}, [("photo_time_differs", -1440.0, "minutes")]),
        ({}, []),
    ],
)
async def test_a_photo_that_disagrees_is_flagged_for_the_reviewer(
    client: httpx.AsyncClient, database_url: str, facts: dict[str, Any], flags: list[tuple[str, float, str]]
) -> None:
    named, content = picture(11)
    await send_photo(client, named, content, by="inspector")
    hazard = await hazard_in(client, State.ASSIGNED, photos=[named], offline=True)
    connection = await asyncpg.connect(database_url)
    await connection.execute("UPDATE photos SET facts = jsonb_strip_nulls($1)", json.dumps(facts))
    await connection.close()
    told = [flag for flag in (await read(client, hazard, by="reviewer"))["flags"] if flag["photo_id"] is not None]
    assert [(flag["code"], flag["difference"], flag["unit"]) for flag in told] == flags
    assert all(flag["photo_id"] == named["id"] for flag in told)
    assert (await read(client, hazard, by="owner"))["flags"] == []


async def test_a_fix_whose_photos_have_not_arrived_is_flagged(client: httpx.AsyncClient) -> None:
    named, content = picture(12)
    hazard = await hazard_in(client, State.ASSIGNED)
    body = action_body(Action.SUBMIT, photos=[named])
    hazard = answered(await send_action(client, hazard, Action.SUBMIT, body=body))

    async def flagged() -> list[Any]:
        told = (await read(client, hazard, by="reviewer"))["flags"]
        return [flag["difference"] for flag in told if flag["code"] == "fix_photos_not_arrived"]

    assert await flagged() == [None]
    await send_photo(client, named, content, by="owner")
    assert await flagged() == []


async def test_a_phone_with_a_wrong_clock_is_flagged_and_believed(client: httpx.AsyncClient) -> None:
    ahead = "2099-01-01T00:00:00+08:00"
    hazard = answered(await send_report(client, report(device_time=ahead, offline=True)))
    assert [(flag["code"], flag["unit"]) for flag in hazard["flags"]] == [("device_clock_differs", "minutes")]
    assert hazard["flags"][0]["difference"] > 0
    assert hazard["device_time"] == "2098-12-31T16:00:00Z"
    waited = answered(await send_report(client, report(offline=True)))
    assert waited["flags"] == []


async def test_a_photo_of_nobody_is_not_shown_by_a_made_up_name(client: httpx.AsyncClient) -> None:
    assert not await sees_photo(client, {"id": str(uuid4())}, by="desk")
