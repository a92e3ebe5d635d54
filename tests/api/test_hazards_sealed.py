"""Where a resident stood who informed: its owner learns it from no list, map, box or neighbor."""

from datetime import UTC, datetime

import httpx
import pytest

from schemas.hazards import Action
from tests.hazard_factory import Json, action_body, answered, read, report, send_action, send_report
from tests.people import CITY, also_holds, signed_in

HERE = {"lat": 37.8611, "lon": 113.5811, "datum": "wgs84", "source": "gps"}
BESIDE = {**HERE, "lat": 37.8612}
AROUND = "113.5810,37.8610,113.5812,37.8613"
SEALS: list[Json] = [{"source": "resident"}, {"on_behalf_of": {"name": "李奶奶"}}]


async def assigned(client: httpx.AsyncClient, **changes: object) -> Json:
    """A verified hazard that `owner` answers for."""
    hazard = answered(
        await send_report(client, report(**{"position": HERE, "captured_at": datetime.now(UTC).isoformat(), **changes}))
    )
    body = action_body(Action.REGISTER, verification="到现场核实，楼梯确有堆物")
    hazard = answered(await send_action(client, hazard, Action.REGISTER, body=body))
    return answered(await send_action(client, hazard, Action.ASSIGN))


async def get(client: httpx.AsyncClient, path: str, by: str, accept: str = "application/json") -> Json:
    return answered(await client.get(f"/api/v1/hazards{path}", headers={**signed_in(by), "Accept": accept}))


async def places_told(client: httpx.AsyncClient, hazard: Json, by: str) -> dict[str, bool]:
    """By which ways this person learns where the hazard is."""
    listed = {item["id"]: item for item in (await get(client, "", by))["items"]}
    features = (await get(client, "", by, "application/geo+json"))["features"]
    question = {"category": hazard["category"]["code"], "position": HERE}
    asked = answered(await client.post("/api/v1/hazards/nearby", json=question, headers=signed_in(by)))
    return {
        "itself": (await read(client, hazard, by=by))["position"] is not None,
        "list": listed[hazard["id"]]["position"] is not None,
        "features": any(one["id"] == hazard["id"] and one["geometry"] is not None for one in features),
        "box": hazard["id"] in [item["id"] for item in (await get(client, f"?bbox={AROUND}", by))["items"]],
        "counts": (await get(client, f"/counts?bbox={AROUND}", by))["total"] > 0,
        "map": (await get(client, f"/grid?zoom=20&bbox={AROUND}", by))["cells"] != [],
        "filtered map": (await get(client, f"/grid?zoom=20&bbox={AROUND}&category=A04", by))["cells"] != [],
        "nearby": hazard["id"] in [item["id"] for item in asked["items"]],
    }


@pytest.mark.parametrize("seal", SEALS)
async def test_an_owner_is_told_nowhere_and_the_desk_everywhere(client: httpx.AsyncClient, seal: Json) -> None:
    hazard = await assigned(client, **seal)
    assert not any((told := await places_told(client, hazard, "owner")).values()), told
    assert all((told := await places_told(client, hazard, "desk")).values()), told


async def test_an_owner_who_reads_the_whole_city_is_not_told_either(
    client: httpx.AsyncClient, database_url: str
) -> None:
    await also_holds(database_url, "owner", "desk", CITY)
    hazard = await assigned(client, **SEALS[0])
    assert not any((told := await places_told(client, hazard, "owner")).values()), told


async def test_what_is_not_sealed_an_owner_finds_on_the_map(client: httpx.AsyncClient) -> None:
    hazard = await assigned(client)
    assert all((told := await places_told(client, hazard, "owner")).values()), told


async def test_neighbors_give_away_neither_place_nor_distance(client: httpx.AsyncClient) -> None:
    hazard = await assigned(client, **SEALS[0])
    beside = await assigned(client, position=BESIDE)
    for one in (hazard, beside):
        assert (await get(client, f"/{one['id']}/nearby", "owner"))["items"] == []
        assert len((await get(client, f"/{one['id']}/nearby", "desk"))["items"]) == 1


async def test_the_numbers_under_which_others_keep_the_report_are_not_the_owners(client: httpx.AsyncClient) -> None:
    kept = {"external_case_no": "12345-99", "grid_code": "WG-07", "external_codes": {"hotline": "K-77"}}
    hazard = await assigned(client, source="resident", **kept)
    assert {name: (await read(client, hazard, by="desk"))[name] for name in kept} == kept
    assert {name: (await read(client, hazard, by="owner"))[name] for name in kept} == dict.fromkeys(kept)
    answer = await client.get(f"/api/v1/hazards/{hazard['id']}/events", headers=signed_in("owner"))
    assert "K-77" not in answer.text
