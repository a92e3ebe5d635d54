"""A phone reports what it found, as often as it must until it hears the answer."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from schemas.hazards import HazardReport
from service.domain.permissions import Actor, Grant, Permission
from service.problems import Problem
from service.workflows import hazards
from service.workflows.context import Context
from tests.hazard_factory import answered, photo, read, refusal, report, send_report
from tests.people import CHENGQU, CITY, KUANGQU, account_id, organization_id, signed_in
from tests.servers import Server


async def test_a_report_becomes_a_hazard_that_its_district_can_read(client: httpx.AsyncClient) -> None:
    response = await send_report(client, report(premises="演示商厦"))
    told = answered(response)
    assert (response.status_code, response.headers["etag"]) == (201, '"1"')
    assert "idempotent-replayed" not in response.headers
    assert (told["state"], told["version"], told["round"], told["attempt"]) == ("reported", 1, 1, 1)
    assert told["organization"] == {"code": CHENGQU, "name": "城区"}
    assert told["category"] == {"code": "A04", "name": "疏散楼梯占用"}
    assert (told["priority"], told["owner"], told["overdue"]) == ("P1", None, False)
    assert told["reported_by"]["account"] == "inspector"
    assert told["photos"][0]["arrived"] is False
    assert await read(client, told, by="inspector") == told


async def test_the_same_report_twice_gets_the_same_answer_byte_for_byte(client: httpx.AsyncClient) -> None:
    hazard_id, body = uuid4(), report()
    first = await send_report(client, body, hazard_id=hazard_id)
    # The same content however it is written: a phone's retry may order and space its JSON anew.
    shuffled = msgspec.json.format(msgspec.json.encode(dict(reversed(body.items()))), indent=2)
    second = await client.put(
        f"/api/v1/hazards/{hazard_id}",
        content=shuffled,
        headers={**signed_in("inspector"), "Content-Type": "application/json", "Accept-Language": "en"},
    )
    assert (second.status_code, second.content, second.headers["etag"]) == (201, first.content, first.headers["etag"])
    assert second.headers["idempotent-replayed"] == "true"


async def test_the_first_answer_is_repeated_even_after_the_hazard_has_moved_on(client: httpx.AsyncClient) -> None:
    hazard_id, body = uuid4(), report()
    first = await send_report(client, body, hazard_id=hazard_id)
    moved = await client.post(
        f"/api/v1/hazards/{hazard_id}/actions/register",
        json={"action_id": str(uuid4())},
        headers={**signed_in("desk"), "If-Match": '"1"'},
    )
    assert moved.status_code == 200
    assert (await send_report(client, body, hazard_id=hazard_id)).content == first.content


@pytest.mark.parametrize(
    "change",
    [
        {"description": "另一处"},
        {"category": "A01"},
        {"place": "别处"},
        {"captured_at": "2026-06-05T09:30:01+08:00"},
        {"offline": True},
        {"position": None},
        {"photos": [photo()]},
        {"floor": None},
    ],
)
async def test_other_content_under_the_same_id_is_refused(client: httpx.AsyncClient, change: dict[str, Any]) -> None:
    body = report()
    told = answered(await send_report(client, body))
    changed = {name: value for name, value in (body | change).items() if value is not None}
    again = await send_report(client, changed, hazard_id=told["id"])
    assert refusal(again) == (409, "hazard.content_differs")
    assert await read(client, told, by="inspector") == told


async def test_somebody_elses_id_gives_nothing_away(client: httpx.AsyncClient) -> None:
    body = report()
    told = answered(await send_report(client, body))
    for account in ("inspector2", "desk"):
        assert refusal(await send_report(client, body, hazard_id=told["id"], by=account)) == (
            409,
            "hazard.content_differs",
        )


async def test_fifty_at_once_are_one_hazard(running_server: Server) -> None:
    hazard_id, body, headers = uuid4(), report(), signed_in("inspector")
    async with httpx.AsyncClient(base_url=running_server.url, timeout=60) as client:
        answers = await asyncio.gather(
            *(client.put(f"/api/v1/hazards/{hazard_id}", json=body, headers=headers) for _ in range(50))
        )
        listed = answered(await client.get("/api/v1/hazards", headers=headers))
        history = answered(await client.get(f"/api/v1/hazards/{hazard_id}/events", headers=headers))
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert [item["id"] for item in listed["items"]] == [str(hazard_id)]
    assert [event["kind"] for event in history["items"]] == ["hazard.reported"]


async def test_different_contents_at_once_under_one_id_leave_one_winner(client: httpx.AsyncClient) -> None:
    hazard_id = uuid4()
    answers = await asyncio.gather(
        *(send_report(client, report(description=f"第{n}种说法"), hazard_id=hazard_id) for n in range(12))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11


async def test_numbers_count_up_by_district_and_year(context: Context) -> None:
    async def number(organization: str, now: datetime) -> str:
        told = await hazards.report(
            context,
            inspector_of(organization),
            hazard_id=uuid4(),
            report=msgspec.convert(report(), HazardReport),
            now=now,
            language="en",
        )
        return str(msgspec.json.decode(told.body)["number"])

    before, after = datetime(2026, 12, 31, 15, 59, tzinfo=UTC), datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    assert await number(CHENGQU, before) == "140302-2026-000001"
    assert await number(CHENGQU, before) == "140302-2026-000002"
    assert await number(KUANGQU, before) == "140303-2026-000001"
    assert await number(CHENGQU, after) == "140302-2027-000001"
    assert await number(CHENGQU, before) == "140302-2026-000003"


async def test_a_refused_report_may_leave_a_gap_but_never_a_double(client: httpx.AsyncClient) -> None:
    told = [answered(await send_report(client))["number"]]
    assert (await send_report(client, report(category="Q77"))).status_code == 422
    told += [answered(await send_report(client))["number"] for _ in range(3)]
    assert told == sorted(set(told))


def inspector_of(*organizations: str) -> Actor:
    grant = Grant(
        "inspector",
        frozenset({Permission.HAZARD_REPORT, Permission.HAZARD_READ}),
        frozenset(map(organization_id, organizations)),
    )
    return Actor(account_id("inspector"), "inspector", "检查员A", (grant,))


async def test_who_reports_in_several_districts_must_name_one(context: Context) -> None:
    actor = inspector_of(CITY, CHENGQU, KUANGQU)

    async def organization(**changes: Any) -> str:
        told = await hazards.report(
            context,
            actor,
            hazard_id=uuid4(),
            report=msgspec.convert(report(**changes), HazardReport),
            now=datetime.now(UTC),
            language="en",
        )
        return str(msgspec.json.decode(told.body)["organization"]["code"])

    with pytest.raises(Problem, match=r"hazard\.organization_required"):
        await organization()
    assert await organization(organization=KUANGQU) == KUANGQU


async def test_nobody_reports_in_somebody_elses_district(client: httpx.AsyncClient) -> None:
    assert refusal(await send_report(client, report(organization=KUANGQU))) == (403, "permission.denied")
    assert refusal(await send_report(client, report(organization="999999"))) == (422, "hazard.organization_unknown")
    assert answered(await send_report(client, report(organization=CHENGQU)))["organization"]["code"] == CHENGQU


@pytest.mark.parametrize(
    ("datum", "lon", "lat"),
    [
        ("wgs84", 113.5804, 37.8573),
        ("cgcs2000", 113.5804, 37.8573),
        ("gcj02", 113.586802, 37.857803),
        ("bd09", 113.593411, 37.863484),
    ],
)
async def test_a_position_is_kept_as_given_and_converted(
    client: httpx.AsyncClient, datum: str, lon: float, lat: float
) -> None:
    given = {"lat": lat, "lon": lon, "datum": datum, "source": "network", "accuracy_m": 30.5}
    told = answered(await send_report(client, report(position=given)))
    assert told["given_position"] == {**given, "fixed_at": None}
    assert told["position"] == pytest.approx({"lat": 37.8573, "lon": 113.5804}, abs=5e-6)


async def test_a_phone_without_a_position_reports_all_the_same(client: httpx.AsyncClient) -> None:
    told = answered(await send_report(client, report(position=None)))
    assert (told["position"], told["given_position"]) == (None, None)


async def test_a_second_inspector_is_a_colleague(client: httpx.AsyncClient) -> None:
    told = answered(await send_report(client, report(second_inspector="desk")))
    assert told["second_inspector"]["account"] == "desk"
    for account in ("inspector", "inspector2", "owner", "nobody"):
        answer = await send_report(client, report(second_inspector=account))
        assert refusal(answer) == (422, "hazard.second_inspector_unsuitable")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"category": "Q77"}, (422, "hazard.category_unknown")),
        ({"category": "stairs"}, (400, "request.invalid")),
        ({"description": " \n\t"}, (400, "request.invalid")),
        ({"description": "堆" * 2001}, (400, "request.invalid")),
        ({"description": "堆\u0000放"}, (400, "request.invalid")),
        ({"place": None}, (400, "request.invalid")),
        ({"category": "A04\n"}, (400, "request.invalid")),
        ({"organization": "140302\n"}, (400, "request.invalid")),
        ({"photos": [photo(sha256="ab" * 32 + "\n")]}, (400, "request.invalid")),
        ({"captured_at": 1}, (400, "request.invalid")),
        ({"offline": "true"}, (400, "request.invalid")),
        ({"position": {"lat": "37.8", "lon": 113.5, "datum": "wgs84", "source": "gps"}}, (400, "request.invalid")),
        ({"photos": []}, (400, "request.invalid")),
        ({"photos": [photo() for _ in range(21)]}, (400, "request.invalid")),
        ({"photos": [photo(id="019e95e6-7a00-7c3a-9d6e-0d8f5b1c2a01")] * 2}, (422, "hazard.photo_named_twice")),
        ({"photos": [photo(sha256="abc")]}, (400, "request.invalid")),
        ({"captured_at": "2026-06-05T09:30:00"}, (400, "request.invalid")),
        ({"device_time": "0001-01-01T00:00:00+08:00"}, (422, "hazard.time_out_of_range")),
        ({"position": {"lat": 91, "lon": 113, "datum": "wgs84", "source": "gps"}}, (400, "request.invalid")),
        ({"position": {"lat": 37, "lon": 181, "datum": "wgs84", "source": "gps"}}, (400, "request.invalid")),
        ({"position": {"lat": 37, "lon": 113, "datum": "mars", "source": "gps"}}, (400, "request.invalid")),
        ({"position": {"lat": 37, "lon": 113, "source": "gps"}}, (400, "request.invalid")),
        ({"ofline": True}, (400, "request.invalid")),
    ],
)
async def test_what_does_not_fit_is_told_clearly(
    client: httpx.AsyncClient, change: dict[str, Any], told: tuple[int, str]
) -> None:
    assert refusal(await send_report(client, report(**change))) == told


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"category": "\xff"}',
        b'{"category": "\\ud800"}',
        b'{"category": 1e999}',
        b"[" * 5000,
    ],
)
async def test_what_is_no_report_at_all_is_told_clearly(client: httpx.AsyncClient, content: bytes) -> None:
    answer = await client.put(
        f"/api/v1/hazards/{uuid4()}",
        content=content,
        headers={**signed_in("inspector"), "Content-Type": "application/json"},
    )
    assert refusal(answer) == (400, "request.invalid")


async def test_any_kind_of_uuid_is_an_id(client: httpx.AsyncClient) -> None:
    for hazard_id in ("019e95e6-7a00-7c3a-9d6e-0d8f5b1c2a01", "6fa459ea-ee8a-3ca4-894e-db77e160355e"):
        assert answered(await send_report(client, hazard_id=hazard_id))["id"] == hazard_id
    assert (await send_report(client, hazard_id="not-a-uuid")).status_code == 404


async def test_a_gateway_that_lets_only_post_through_is_no_obstacle(client: httpx.AsyncClient) -> None:
    hazard_id = uuid4()
    answer = await client.post(
        f"/api/v1/hazards/{hazard_id}",
        json=report(),
        headers={**signed_in("inspector"), "X-HTTP-Method-Override": "PUT"},
    )
    assert answered(answer)["id"] == str(hazard_id)
