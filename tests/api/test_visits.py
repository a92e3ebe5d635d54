"""Visits: most are clear, a phone may send them twice, and their hazards come before or after them."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from service.workflows.context import Context
from tests.api.photo_client import rows
from tests.hazard_factory import Json, answered, refusal, report, send_report
from tests.paper_factory import read_visit, send_visit, visit
from tests.people import ACCOUNTS, CHENGQU, CITY, KUANGQU, signed_in

READERS = {"approver", "auditor", "desk", "inspector", "reviewer"}
RECORDERS = {"desk", "inspector"}
"""Roles that read and that record visits, written down a second time on purpose."""


def flags(known: Json) -> list[str]:
    return [flag["code"] for flag in known["flags"]]


async def listed(client: httpx.AsyncClient, *, by: str = "desk", **wanted: Any) -> list[str]:
    page = answered(await client.get("/api/v1/visits", params=wanted, headers=signed_in(by)))
    return [line["id"] for line in page["items"]]


# Recording


async def test_no_problem_is_a_record_too_and_needs_no_photo(client: httpx.AsyncClient) -> None:
    known = answered(await send_visit(client, visit(second_officer="desk", second_certificate="晋C-0002")))
    assert (known["result"], known["result_label"]) == ("clear", "没问题")
    assert known["organization"]["code"] == CHENGQU
    assert [known["recorded_by"]["account"], known["second_officer"]["account"]] == ["inspector", "desk"]
    assert [known["certificate"], known["second_certificate"]] == ["晋C-0001", "晋C-0002"]
    assert abs(known["position"]["lat"] - 37.8573) < 1e-4
    assert known["given_position"]["datum"] == "gcj02"
    assert (known["hazards"], known["flags"]) == ([], [])
    assert await read_visit(client, known["id"]) == known


async def test_a_visit_sent_twice_gets_the_same_answer(client: httpx.AsyncClient, context: Context) -> None:
    visit_id, body = uuid4(), visit()
    first, second = [await send_visit(client, body, visit_id=visit_id) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second.headers["Idempotent-Replayed"] == "true"
    assert [await rows(context, table) for table in ("visits", "events")] == [1, 1]


async def test_a_visit_sent_fifty_times_at_once_is_one_visit(client: httpx.AsyncClient, context: Context) -> None:
    visit_id, body = uuid4(), visit()
    answers = await asyncio.gather(*(send_visit(client, body, visit_id=visit_id) for _ in range(50)))
    assert {(answer.status_code, answer.content) for answer in answers} == {(201, answers[0].content)}
    assert [await rows(context, table) for table in ("visits", "events")] == [1, 1]


async def test_other_content_under_the_same_id_is_refused(client: httpx.AsyncClient) -> None:
    visit_id, body = uuid4(), visit()
    answered(await send_visit(client, body, visit_id=visit_id))
    for other, by in ((body | {"remarks": "其实有杂物"}, "inspector"), (body, "desk")):
        answer = await send_visit(client, other, by=by, visit_id=visit_id)
        assert refusal(answer) == (409, "visit.content_differs")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"second_officer": "nobody"}, "visit.second_officer_unsuitable"),
        ({"second_officer": "inspector"}, "visit.second_officer_unsuitable"),
        ({"second_officer": "owner"}, "visit.second_officer_unsuitable"),
        ({"second_officer": "desk", "second_certificate": "晋C-0001"}, "visit.certificates_equal"),
        ({"second_certificate": "晋C-0002"}, "visit.certificate_without_officer"),
        ({"started_at": "1969-12-31T23:59:59Z"}, "visit.time_out_of_range"),
        ({"premises_id": "019e95e6-7a00-7c3a-9d6e-0d8f5b1c2a01"}, "hazard.premises_unknown"),
        ({"checkpoint": "v1.made.up.token"}, "checkpoint.token_invalid"),
        ({"organization": "999999"}, "hazard.organization_unknown"),
    ],
)
async def test_what_does_not_fit_is_refused_with_its_reason(
    client: httpx.AsyncClient, context: Context, changes: Json, code: str
) -> None:
    assert refusal(await send_visit(client, visit(**changes))) == (422, code)
    assert await rows(context, "visits") == 0


async def test_what_a_reader_should_know_is_a_flag_and_never_a_refusal(client: httpx.AsyncClient) -> None:
    now = datetime.now(UTC)
    alone = answered(await send_visit(client, visit(result="hazards_found")))
    assert flags(alone) == ["one_officer", "hazards_missing"]
    odd = visit(
        second_officer="desk",
        started_at=now.isoformat(),
        ended_at=(now - timedelta(minutes=5)).isoformat(),
        device_time=(now + timedelta(hours=2)).isoformat(),
    )
    known = answered(await send_visit(client, odd))
    assert flags(known) == ["times_reversed", "device_clock_differs"]
    assert 119 < known["flags"][1]["difference"] < 121


# A visit and its hazards


async def test_hazards_may_come_before_the_visit(client: httpx.AsyncClient) -> None:
    visit_id = str(uuid4())
    hazard = answered(await send_report(client, report(visit_id=visit_id)))
    known = answered(await send_visit(client, visit(result="hazards_found", second_officer="desk"), visit_id=visit_id))
    assert [one["number"] for one in known["hazards"]] == [hazard["number"]]
    assert (known["hazards_found"], known["flags"]) == (1, [])


async def test_hazards_may_come_after_the_visit(client: httpx.AsyncClient) -> None:
    body = visit(result="hazards_found", second_officer="desk")
    known = answered(await send_visit(client, body))
    assert flags(known) == ["hazards_missing"]
    found = [answered(await send_report(client, report(visit_id=known["id"]), by=by)) for by in ("inspector", "desk")]
    shown = await read_visit(client, known["id"])
    assert [one["id"] for one in shown["hazards"]] == [hazard["id"] for hazard in found]
    assert (shown["hazards_found"], shown["flags"], shown["hazards"][0]["state_label"]) == (2, [], "待受理")


async def test_a_clear_visit_with_hazards_says_so(client: httpx.AsyncClient) -> None:
    known = answered(await send_visit(client, visit(second_officer="desk")))
    answered(await send_report(client, report(visit_id=known["id"])))
    assert flags(await read_visit(client, known["id"])) == ["clear_with_hazards"]


async def test_somebody_elses_hazard_does_not_become_the_visits_by_naming_it(client: httpx.AsyncClient) -> None:
    known = answered(await send_visit(client, visit(second_officer="desk")))
    answered(await send_report(client, report(visit_id=known["id"]), by="inspector2"))
    shown = await read_visit(client, known["id"])
    assert (shown["hazards"], shown["hazards_found"], shown["flags"]) == ([], 0, [])


# Reading


async def test_every_person_records_and_reads_what_their_role_says(client: httpx.AsyncClient) -> None:
    known = answered(await send_visit(client, visit()))
    for account, (role, organization) in ACCOUNTS.items():
        is_reader = role in READERS and organization in (CITY, CHENGQU)
        answer = await client.get(f"/api/v1/visits/{known['id']}", headers=signed_in(account))
        if is_reader:
            assert answer.status_code == 200, account
        else:
            assert refusal(answer) == (404, "visit.not_found"), account
        assert (await listed(client, by=account) == [known["id"]]) == is_reader, account
    for account, (role, organization) in ACCOUNTS.items():
        answer = await send_visit(client, visit(position=None), by=account)
        if role in RECORDERS:
            assert answered(answer)["organization"]["code"] == organization
        else:
            assert refusal(answer) == (403, "permission.denied"), account


async def test_nobody_gets_nothing(client: httpx.AsyncClient) -> None:
    known = answered(await send_visit(client, visit()))
    for method, address, body in (
        ("PUT", f"/api/v1/visits/{uuid4()}", visit()),
        ("GET", "/api/v1/visits", None),
        ("GET", f"/api/v1/visits/{known['id']}", None),
    ):
        assert refusal(await client.request(method, address, json=body)) == (401, "session.required")


async def test_a_second_officer_reads_the_visit_and_its_hazards(client: httpx.AsyncClient) -> None:
    body = visit(organization=KUANGQU, second_officer="desk2", position=None)
    known = answered(await send_visit(client, body, by="inspector2"))
    assert (await read_visit(client, known["id"], by="desk2"))["id"] == known["id"]
    answer = await client.get(f"/api/v1/visits/{known['id']}", headers=signed_in("desk"))
    assert refusal(answer) == (404, "visit.not_found")


async def test_a_visit_to_another_districts_premises_goes_there_and_stays_its_officers(
    client: httpx.AsyncClient, context: Context
) -> None:
    premises_id = uuid4()
    async with context.database.connection() as connection:
        await connection.execute(
            """INSERT INTO premises (id, code, organization_id, name)
               SELECT $1, 'abroad', id, '矿区演示换热站' FROM organizations WHERE code = '140303'""",
            premises_id,
        )
    known = answered(await send_visit(client, visit(premises_id=str(premises_id), second_officer="desk")))
    assert (known["organization"]["code"], known["jurisdiction"]) == (KUANGQU, "premises")
    for account in ("inspector", "desk", "desk2"):
        assert await listed(client, by=account, premises=str(premises_id)) == [known["id"]], account
        assert await read_visit(client, known["id"], by=account) == known, account
    answer = await client.get(f"/api/v1/visits/{known['id']}", headers=signed_in("reviewer"))
    assert refusal(answer) == (404, "visit.not_found")


async def test_a_list_has_the_visits_that_are_asked_for(client: httpx.AsyncClient) -> None:
    day = datetime(2026, 6, 5, 1, tzinfo=UTC)

    def at(hours: int, **changes: Any) -> Json:
        return visit(started_at=(day + timedelta(hours=hours)).isoformat(), position=None, **changes)

    one = answered(await send_visit(client, at(0)))["id"]
    two = answered(await send_visit(client, at(2, result="hazards_found", second_officer="desk")))["id"]
    far = answered(await send_visit(client, at(1), by="inspector2"))["id"]
    assert await listed(client, by="auditor") == [two, far, one]
    assert await listed(client, by="auditor", area=KUANGQU) == [far]
    assert await listed(client, by="auditor", area="000000") == []
    assert await listed(client, officer="desk") == [two]
    assert await listed(client, officer="nobody") == []
    assert await listed(client, result="clear") == [one]
    assert await listed(client, premises=str(uuid4())) == []
    assert await listed(client, **{"from": (day + timedelta(hours=1)).isoformat()}) == [two]
    assert await listed(client, until=(day + timedelta(hours=2)).isoformat()) == [one]
    edge = "0001-01-01T00:00:00+08:00"
    assert await listed(client, **{"from": edge}) == [two, one]
    assert await listed(client, until=edge) == []
    for bound in (
        {"from": "2026-06-05T09:00:00"},
        {"until": "yesterday"},
        {"result": "fine"},
    ):
        answer = await client.get("/api/v1/visits", params=bound, headers=signed_in("desk"))
        assert refusal(answer) == (400, "request.invalid"), bound


async def test_pages_of_visits_follow_one_another_without_gap_or_repeat(client: httpx.AsyncClient) -> None:
    started_at = datetime.now(UTC).isoformat()
    sent = {answered(await send_visit(client, visit(started_at=started_at)))["id"] for _ in range(5)}
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = answered(await client.get("/api/v1/visits", params={"limit": 2, **cursor}, headers=signed_in("desk")))
        seen += [line["id"] for line in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert len(seen) == 5
    assert set(seen) == sent
    answer = await client.get("/api/v1/visits", params={"cursor": "nowhere"}, headers=signed_in("desk"))
    assert refusal(answer) == (400, "page.cursor_invalid")
