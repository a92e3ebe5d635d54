"""What an owner sees of a report that was merged into theirs: the inspector's picture, never a resident's."""

from typing import Any

import httpx
import pytest

from schemas.hazards import Action, State
from tests.api.photo_client import picture, sees_photo, send_photo
from tests.hazard_factory import (
    Json,
    action_body,
    answered,
    hazard_in,
    read,
    refusal,
    report,
    send_action,
    send_report,
)
from tests.people import CITY, KUANGQU, also_holds, signed_in
from tests.place_factory import connected, open_premises


async def merged(client: httpx.AsyncClient, original: Json, seed: int, **changes: Any) -> tuple[Json, Json]:
    """A report with a photo that arrived, merged into another one; the photo as it is named, and the report."""
    named, content = picture(seed)
    await send_photo(client, named, content, by="inspector")
    duplicate = answered(await send_report(client, report(photos=[named], **changes)))
    body = action_body(Action.MERGE, original_id=original["id"])
    return named, answered(await send_action(client, duplicate, Action.MERGE, body=body))


async def metadata_status(client: httpx.AsyncClient, named: Json, *, by: str) -> int:
    return (await client.get(f"/api/v1/photos/{named['id']}", headers=signed_in(by))).status_code


async def test_the_owner_sees_the_inspectors_photo_of_the_duplicate_and_nobody_elses(
    client: httpx.AsyncClient,
) -> None:
    original = await hazard_in(client, State.ASSIGNED)
    inspectors, _ = await merged(client, original, 1)
    residents, _ = await merged(client, original, 2, source="resident", on_behalf_of={"name": "王大爷"})
    shown = (await read(client, original, by="owner"))["duplicates"]
    assert [[photo["id"] for photo in item["photos"]] for item in shown] == [[inspectors["id"]]]
    assert [item["reported_by"] for item in shown] == [None]
    assert await sees_photo(client, inspectors, by="owner")
    assert not await sees_photo(client, residents, by="owner")
    assert [await metadata_status(client, named, by="owner") for named in (inspectors, residents)] == [200, 404]
    for rendition in ("preview", "thumbnail"):
        answer = await client.get(f"/api/v1/photos/{residents['id']}/{rendition}", headers=signed_in("owner"))
        assert refusal(answer) == (404, "photo.not_found")
    for account in ("desk", "reviewer"):
        shown = (await read(client, original, by=account))["duplicates"]
        assert [len(item["photos"]) for item in shown] == [1, 1]
        assert await sees_photo(client, residents, by=account)


async def test_the_owner_of_another_hazard_sees_neither(client: httpx.AsyncClient) -> None:
    original = await hazard_in(client, State.ASSIGNED)
    inspectors, duplicate = await merged(client, original, 3)
    assert not await sees_photo(client, inspectors, by="owner2")
    answer = await client.get(f"/api/v1/hazards/{duplicate['id']}", headers=signed_in("owner"))
    assert refusal(answer) == (404, "hazard.not_found")


async def test_by_way_of_two_merges_it_is_the_same(client: httpx.AsyncClient) -> None:
    original = await hazard_in(client, State.ASSIGNED)
    between = answered(await send_report(client))
    inspectors, first = await merged(client, between, 4)
    residents, second = await merged(client, between, 5, source="resident")
    body = action_body(Action.MERGE, original_id=original["id"])
    answered(await send_action(client, between, Action.MERGE, body=body))
    shown = (await read(client, original, by="owner"))["duplicates"]
    photos = {item["id"]: [photo["id"] for photo in item["photos"]] for item in shown}
    assert (photos[first["id"]], second["id"] in photos) == ([inspectors["id"]], False)
    assert await sees_photo(client, inspectors, by="owner")
    assert not await sees_photo(client, residents, by="owner")


async def test_whoever_follows_the_original_from_another_district_sees_what_the_duplicate_brought(
    client: httpx.AsyncClient, database_url: str
) -> None:
    async with connected(database_url) as connection:
        place = await open_premises(connection, KUANGQU)
    original = answered(await send_report(client, report(premises_id=str(place.id))))
    between = answered(await send_report(client, by="inspector2"))
    named, content = picture(8)
    await send_photo(client, named, content, by="inspector2")
    duplicate = answered(await send_report(client, report(photos=[named]), by="inspector2"))
    for hazard, target in ((duplicate, between), (between, original)):
        body = action_body(Action.MERGE, original_id=target["id"])
        answered(await send_action(client, hazard, Action.MERGE, by="desk2", body=body))
    shown = (await read(client, original, by="inspector"))["duplicates"]
    assert named["id"] in [photo["id"] for item in shown for photo in item["photos"] if photo["arrived"]]
    assert await sees_photo(client, named, by="inspector")
    assert not await sees_photo(client, named, by="desk")


async def test_a_merge_across_districts_shows_the_photos_where_the_original_lies(
    client: httpx.AsyncClient, database_url: str
) -> None:
    await also_holds(database_url, "editor", "desk", CITY)
    original = answered(await send_report(client, by="inspector2"))
    named, content = picture(9)
    await send_photo(client, named, content, by="inspector")
    duplicate = answered(await send_report(client, report(photos=[named])))
    assert not await sees_photo(client, named, by="desk2")
    body = action_body(Action.MERGE, original_id=original["id"])
    answered(await send_action(client, duplicate, Action.MERGE, by="editor", body=body))
    assert (await read(client, original, by="desk2"))["duplicates"][0]["photos"][0]["arrived"]
    assert await sees_photo(client, named, by="desk2")
    assert await sees_photo(client, named, by="desk")


async def test_whoever_hands_the_hazard_back_sees_the_duplicates_photos_no_more(client: httpx.AsyncClient) -> None:
    original = await hazard_in(client, State.ASSIGNED)
    inspectors, _ = await merged(client, original, 6)
    assert await sees_photo(client, inspectors, by="owner")
    original = answered(await send_action(client, original, Action.HAND_BACK))
    assert not await sees_photo(client, inspectors, by="owner")
    body = action_body(Action.ASSIGN, owner="owner2")
    answered(await send_action(client, original, Action.ASSIGN, body=body))
    assert await sees_photo(client, inspectors, by="owner2")


@pytest.mark.parametrize("source", ["inspection", "self_check", "resident", "transferred"])
async def test_the_photo_of_ones_own_hazard_is_hidden_only_where_it_would_tell_who_informed(
    client: httpx.AsyncClient, source: str
) -> None:
    named, content = picture(7)
    await send_photo(client, named, content, by="inspector")
    hazard = answered(await send_report(client, report(photos=[named], source=source)))
    verified = {"verification": "现场核实属实"} if source == "resident" else {}
    hazard = answered(await send_action(client, hazard, Action.REGISTER, body=action_body(Action.REGISTER, **verified)))
    hazard = answered(await send_action(client, hazard, Action.ASSIGN))
    is_shown = source != "resident"
    assert bool((await read(client, hazard, by="owner"))["photos"]) is is_shown
    assert await sees_photo(client, named, by="owner") is is_shown
    assert await sees_photo(client, named, by="reviewer")


@pytest.mark.parametrize("sealed", [{"source": "resident"}, {"on_behalf_of": {"name": "王大爷"}}])
async def test_an_owner_is_not_told_that_somebody_informed_of_the_same(
    client: httpx.AsyncClient, sealed: dict[str, Any]
) -> None:
    original = await hazard_in(client, State.ASSIGNED)
    named, duplicate = await merged(client, original, 10, **sealed)
    assert (await read(client, original, by="owner"))["duplicates"] == []
    assert not await sees_photo(client, named, by="owner")
    assert [item["id"] for item in (await read(client, original, by="reviewer"))["duplicates"]] == [duplicate["id"]]
