"""What may be the same thing, and what was wrong at the place before."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from schemas.hazards import State
from service.routes import hazard_examples
from tests.hazard_factory import Json, answered, hazard_in, refusal, report, send_report
from tests.hazard_seed import seed
from tests.people import KUANGQU, signed_in
from tests.seeded_history import RARE_CHECKPOINT, RARE_PREMISES

HERE = {"lat": 37.86, "lon": 113.58, "datum": "wgs84", "source": "gps"}
METER = 1 / 111_195
"""Of latitude, in degrees."""


def north(meters: float) -> Json:
    return {**HERE, "lat": HERE["lat"] + meters * METER}  # type: ignore[operator]


async def nearby(client: httpx.AsyncClient, hazard: Json, by: str = "desk") -> list[Any]:
    told = answered(await client.get(f"/api/v1/hazards/{hazard['id']}/nearby", headers=signed_in(by)))
    return [(item["id"], item["distance_m"]) for item in told["items"]]


async def test_the_same_thing_nearby_is_offered_nearest_first(client: httpx.AsyncClient) -> None:
    this = await hazard_in(client, State.REPORTED, position=HERE)
    far = await hazard_in(client, State.ASSIGNED, position=north(49))
    near = await hazard_in(client, State.CLOSED, position=north(-12))
    await hazard_in(client, State.REPORTED, position=north(51))
    await hazard_in(client, State.REPORTED, position=HERE, category="B01")
    await hazard_in(client, State.REPORTED, position=None)
    assert await nearby(client, this) == [
        (near["id"], pytest.approx(12, abs=0.2)),
        (far["id"], pytest.approx(49, abs=0.2)),
    ]


async def test_thirty_days_are_near_and_what_was_untrue_is_not(client: httpx.AsyncClient, database_url: str) -> None:
    this = await hazard_in(client, State.REPORTED, position=HERE)
    others = [await hazard_in(client, State.REGISTERED, position=north(5 + n)) for n in range(4)]
    connection = await asyncpg.connect(database_url)
    for other, apart in zip(others, (-29.9, -30.1, 29.9, 30.1), strict=True):
        await connection.execute(
            "UPDATE hazards SET captured_at = captured_at + $2 WHERE id = $1", UUID(other["id"]), timedelta(days=apart)
        )
    assert [found for found, _ in await nearby(client, this)] == [others[0]["id"], others[2]["id"]]
    await connection.execute("UPDATE hazards SET state = 'invalid' WHERE id = $1", UUID(others[0]["id"]))
    await connection.close()
    assert [found for found, _ in await nearby(client, this)] == [others[2]["id"]]


async def test_nobody_is_shown_what_they_may_not_see(client: httpx.AsyncClient) -> None:
    this = await hazard_in(client, State.ASSIGNED, position=HERE)
    await hazard_in(client, State.REPORTED, position=north(3))
    elsewhere = answered(await send_report(client, report(position=north(4)), by="inspector2"))
    assert len(await nearby(client, this)) == 1
    assert len(await nearby(client, this, "auditor")) == 2
    assert await nearby(client, this, "owner") == []
    for path in ("nearby", "earlier"):
        answer = await client.get(f"/api/v1/hazards/{elsewhere['id']}/{path}", headers=signed_in("desk"))
        assert refusal(answer) == (404, "hazard.not_found")


async def test_a_phone_asks_before_it_reports(client: httpx.AsyncClient) -> None:
    example = hazard_examples.NEARBY
    known = await hazard_in(client, State.REPORTED, captured_at=datetime.now(UTC).isoformat())
    answer = await client.post("/api/v1/hazards/nearby", json=example, headers=signed_in("inspector"))
    assert [(item["id"], item["distance_m"]) for item in answered(answer)["items"]] == [(known["id"], 0.0)]
    other = {**example, "category": "B01"}
    answer = await client.post("/api/v1/hazards/nearby", json=other, headers=signed_in("inspector"))
    assert answered(answer)["items"] == []
    answer = await client.post("/api/v1/hazards/nearby", json={}, headers=signed_in("inspector"))
    assert refusal(answer) == (400, "request.invalid")


async def test_what_was_closed_before_at_the_place_is_told(client: httpx.AsyncClient, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await seed(connection, 1000)
    rows = [dict(row) for row in await connection.fetch("SELECT * FROM hazards")]
    rounds = await connection.fetch("SELECT hazard_id, closed_at FROM hazard_rounds WHERE closed_at IS NOT NULL")
    await connection.close()
    closings: dict[UUID, list[datetime]] = {}
    for turn in rounds:
        closings.setdefault(turn["hazard_id"], []).append(turn["closed_at"])
    this = max((row for row in rows if row["premises_id"] == RARE_PREMISES), key=lambda row: row["received_at"])
    expected = {
        str(row["id"]): "checkpoint" if row["checkpoint_id"] == RARE_CHECKPOINT else "premises"
        for row in rows
        if row["id"] != this["id"]
        and row["premises_id"] == RARE_PREMISES
        and any(at < this["received_at"] for at in closings.get(row["id"], []))
    }
    found: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        told = answered(
            await client.get(
                f"/api/v1/hazards/{this['id']}/earlier", params={"limit": 20, **cursor}, headers=signed_in("desk")
            )
        )
        found += told["items"]
        if told["next_cursor"] is None:
            break
        cursor = {"cursor": told["next_cursor"]}
    assert {item["id"]: item["same"] for item in found} == expected
    assert len(found) == len(expected) > 20
    assert [item["received_at"] for item in found] == sorted((item["received_at"] for item in found), reverse=True)


@pytest.mark.parametrize("by", ["premises", "checkpoint"])
async def test_places_where_hazards_come_again_are_counted(
    client: httpx.AsyncClient, database_url: str, by: str
) -> None:
    connection = await asyncpg.connect(database_url)
    await seed(connection, 1000)
    rows = [dict(row) for row in await connection.fetch("SELECT * FROM hazards")]
    closed = dict(
        await connection.fetch(
            "SELECT hazard_id, min(closed_at) FROM hazard_rounds WHERE closed_at IS NOT NULL GROUP BY hazard_id"
        )
    )
    await connection.close()
    since = datetime.now(UTC) - timedelta(days=400)
    again: dict[str, int] = {}
    for row in rows:
        place = row[f"{by}_id"]
        if place is None or row["received_at"] < since or row["state"] in ("invalid", "duplicate"):
            continue
        if any(
            other[f"{by}_id"] == place and other["id"] in closed and closed[other["id"]] < row["received_at"]
            for other in rows
        ):
            again[str(place)] = again.get(str(place), 0) + 1
    answer = await client.get(
        "/api/v1/repeat-offenders",
        params={"by": by, "from": since.isoformat(), "at_least": 3, "limit": 200},
        headers=signed_in("auditor"),
    )
    told = {item["id"]: item["again"] for item in answered(answer)["items"]}
    assert told == {place: count for place, count in again.items() if count >= 3}
    assert list(told.values()) == sorted(told.values(), reverse=True)
    assert len(told) > 3
    place = answer.json()["items"][0]
    assert place["organization"]["code"]
    assert place["premises_name"]
    only = await client.get(
        "/api/v1/repeat-offenders", params={"area": KUANGQU, "by": by}, headers=signed_in("auditor")
    )
    assert {item["organization"]["code"] for item in answered(only)["items"]} <= {KUANGQU}


async def test_places_are_for_who_reads_hazards(client: httpx.AsyncClient) -> None:
    for person in ("owner", "admin"):
        assert refusal(await client.get("/api/v1/repeat-offenders", headers=signed_in(person))) == (
            403,
            "permission.denied",
        )
