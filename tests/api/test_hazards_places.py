"""A report lands on the desk of the district in which the place lies, and a copied code gives itself away."""

import httpx
import pytest

from schemas.hazards import Action, State
from service.domain.geodesy import Coordinate
from service.repositories import checkpoints
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
from tests.people import CHENGQU, KUANGQU, account_id, signed_in
from tests.place_factory import connected, draw_districts, open_premises, post_checkpoint, token_of

ELSEWHERE = {"lat": 50.0, "lon": 50.0, "datum": "wgs84", "source": "gps"}


def at(latitude: float, longitude: float, **changes: object) -> Json:
    return {"lat": latitude, "lon": longitude, "datum": "wgs84", "source": "gps"} | changes


async def whose(client: httpx.AsyncClient, **changes: object) -> tuple[str, str]:
    """The organization of a new hazard, and what told so."""
    told = answered(await send_report(client, report(**changes)))
    assert told["number"].startswith(f"{told['organization']['code']}-")
    return told["organization"]["code"], told["jurisdiction"]


async def codes_of(client: httpx.AsyncClient, hazard: Json, *, by: str = "reviewer") -> list[str]:
    codes = [flag["code"] for flag in (await read(client, hazard, by=by))["flags"]]
    return [code for code in codes if code.startswith("checkpoint")]


async def test_the_place_says_whose_it_is_from_the_surest_sign_to_the_least(
    client: httpx.AsyncClient, database_url: str
) -> None:
    async with connected(database_url) as connection:
        await draw_districts(connection)
        here, there = await open_premises(connection, CHENGQU), await open_premises(connection, KUANGQU)
        checkpoint = await post_checkpoint(connection, there)
        token = await token_of(connection, checkpoint.id)
    inside = {"position": at(10.5, 15.0)}
    assert await whose(client, position=None) == (CHENGQU, "reporter")
    assert await whose(client, position=ELSEWHERE) == (CHENGQU, "reporter")
    assert await whose(client, **inside) == (KUANGQU, "area")
    assert await whose(client, **inside, premises_id=str(here.id)) == (CHENGQU, "premises")
    assert await whose(client, position=at(10.5, 10.5), premises_id=str(here.id), checkpoint=token) == (
        KUANGQU,
        "checkpoint",
    )
    assert await whose(client, checkpoint=token, organization=CHENGQU) == (CHENGQU, "named")


async def test_the_desk_of_the_place_takes_it_in_and_the_reporter_still_follows_it(
    client: httpx.AsyncClient, database_url: str
) -> None:
    async with connected(database_url) as connection:
        await draw_districts(connection)
    hazard = answered(await send_report(client, report(position=at(10.5, 15.0))))
    answer = await client.get(f"/api/v1/hazards/{hazard['id']}", headers=signed_in("desk"))
    assert refusal(answer) == (404, "hazard.not_found")
    offered = [item["action"] for item in (await read(client, hazard, by="desk2"))["actions"]]
    assert "register" in offered
    followed = await read(client, hazard, by="inspector")
    assert [item["action"] for item in followed["actions"]] == ["fix_on_the_spot"]
    listed = answered(await client.get("/api/v1/hazards", headers=signed_in("inspector")))["items"]
    assert [item["id"] for item in listed] == [hazard["id"]]


async def test_what_was_scanned_is_shown_and_the_token_itself_nowhere(
    client: httpx.AsyncClient, database_url: str
) -> None:
    async with connected(database_url) as connection:
        place = await open_premises(connection)
        checkpoint = await post_checkpoint(connection, place)
        token = await token_of(connection, checkpoint.id)
    answer = await send_report(client, report(checkpoint=token))
    hazard = answered(answer)
    assert hazard["checkpoint"] == {"id": str(checkpoint.id), "token": "valid"}
    assert hazard["premises_id"] == str(place.id)
    history = await client.get(f"/api/v1/hazards/{hazard['id']}/events", headers=signed_in("desk"))
    assert token not in answer.text + history.text
    assert await codes_of(client, hazard) == []


async def test_a_report_sent_again_after_the_code_was_replaced_is_the_same_report(
    client: httpx.AsyncClient, database_url: str
) -> None:
    async with connected(database_url) as connection:
        checkpoint = await post_checkpoint(connection, await open_premises(connection))
        token = await token_of(connection, checkpoint.id)
        body = report(checkpoint=token)
        first = await send_report(client, body)
        await checkpoints.set_token(connection, checkpoint.id, version=2, revoked_at=None)
    again = await send_report(client, body, hazard_id=first.json()["id"])
    assert again.content == first.content
    assert (await read(client, first.json()))["checkpoint"]["token"] == "valid"


async def test_a_code_that_was_replaced_or_withdrawn_is_believed_and_flagged(
    client: httpx.AsyncClient, database_url: str
) -> None:
    async with connected(database_url) as connection:
        checkpoint = await post_checkpoint(connection, await open_premises(connection, KUANGQU))
        old = await token_of(connection, checkpoint.id)
        await checkpoints.set_token(connection, checkpoint.id, version=2, revoked_at=None)
        new = await token_of(connection, checkpoint.id)
        superseded = answered(await send_report(client, report(checkpoint=old), by="inspector2"))
        valid = answered(await send_report(client, report(checkpoint=new), by="inspector2"))
        await connection.execute("UPDATE checkpoints SET revoked_at = now() WHERE id = $1", checkpoint.id)
        revoked = answered(await send_report(client, report(checkpoint=new), by="inspector2"))
    told = [await codes_of(client, hazard, by="desk2") for hazard in (superseded, valid, revoked)]
    assert told == [["checkpoint_token_superseded"], [], ["checkpoint_token_revoked"]]
    assert {hazard["jurisdiction"] for hazard in (superseded, valid, revoked)} == {"checkpoint"}


@pytest.mark.parametrize(
    ("position", "flagged"),
    [
        (at(37.8573, 113.5804), False),
        (at(37.8588, 113.5804), False),  # 167 m
        (at(37.8600, 113.5804), True),  # 300 m
        (at(37.8600, 113.5804, accuracy_m=150), False),
        (None, False),
    ],
)
async def test_a_code_scanned_far_from_where_it_hangs_is_flagged(
    client: httpx.AsyncClient, database_url: str, position: Json | None, flagged: bool
) -> None:
    async with connected(database_url) as connection:
        place = await open_premises(connection)
        checkpoint = await post_checkpoint(connection, place, position=Coordinate(113.5804, 37.8573))
        token = await token_of(connection, checkpoint.id)
    hazard = answered(await send_report(client, report(checkpoint=token, position=position)))
    assert await codes_of(client, hazard) == (["checkpoint_far_away"] if flagged else [])
    if flagged:
        [flag] = [flag for flag in hazard["flags"] if flag["code"] == "checkpoint_far_away"]
        assert (flag["difference"], flag["unit"]) == (pytest.approx(300, abs=2), "meters")


async def test_a_made_up_code_or_place_is_refused(client: httpx.AsyncClient, database_url: str) -> None:
    async with connected(database_url) as connection:
        checkpoint = await post_checkpoint(connection, await open_premises(connection))
        token = await token_of(connection, checkpoint.id)
    for forged in (f"{token[:-1]}{'A' if token[-1] != 'A' else 'B'}", "v1.x.1.y", "https://clearway.example/" + token):
        assert refusal(await send_report(client, report(checkpoint=forged))) == (422, "checkpoint.token_invalid")
    nowhere = "019e95e6-7a00-7c3a-9d6e-0d8f5b1c2a99"
    assert refusal(await send_report(client, report(premises_id=nowhere))) == (422, "hazard.premises_unknown")


async def test_a_place_proposes_its_owner_to_those_who_assign_and_to_no_owner(
    client: httpx.AsyncClient, database_url: str
) -> None:
    async with connected(database_url) as connection:
        place = await open_premises(connection, owner_id=account_id("owner"))
        strange = await open_premises(connection, owner_id=account_id("reviewer"))
    hazard = await hazard_in(client, State.REGISTERED, premises_id=str(place.id))
    assert hazard["proposed_owner"]["account"] == "owner"
    # To be proposed is not to be assigned.
    assert hazard["owner"] is None
    assert (await client.get(f"/api/v1/hazards/{hazard['id']}", headers=signed_in("owner"))).status_code == 404
    body = action_body(Action.ASSIGN, owner="owner2")
    hazard = answered(await send_action(client, hazard, Action.ASSIGN, body=body))
    assert (await read(client, hazard, by="owner2"))["proposed_owner"] is None
    # Whoever may not put anything right there is proposed to nobody.
    hazard = answered(await send_report(client, report(premises_id=str(strange.id))))
    assert hazard["proposed_owner"] is None


async def test_both_officers_find_in_their_lists_what_they_reported_in_another_district(
    client: httpx.AsyncClient, database_url: str
) -> None:
    async with connected(database_url) as connection:
        await draw_districts(connection)
    elsewhere = {"lat": 11.0, "lon": 16.5, "datum": "wgs84", "source": "gps"}
    hazard = answered(await send_report(client, report(position=elsewhere, second_inspector="desk")))
    assert hazard["organization"]["code"] == KUANGQU
    for officer in ("inspector", "desk"):
        for query in ("", "?state=reported", "?q=楼梯", "?bbox=16,10,17,12"):
            page = answered(await client.get(f"/api/v1/hazards{query}", headers=signed_in(officer)))
            assert [line["id"] for line in page["items"]] == [hazard["id"]], (officer, query)
        counted = answered(await client.get("/api/v1/hazards/counts", headers=signed_in(officer)))
        assert sum(line["count"] for line in counted["states"]) == 1
