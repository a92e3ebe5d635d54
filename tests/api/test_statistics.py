"""Figures, the upward monthly table and the ledger at the front door."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from uuid import uuid4

import asyncpg
import httpx
import pytest

from schemas.hazards import Action, State
from schemas.statistics import Cut
from tests.hazard_factory import (
    Json,
    action_body,
    answered,
    description,
    hazard_in,
    refusal,
    report,
    send_action,
    send_report,
)
from tests.people import ACCOUNTS, CHENGQU, CITY, KUANGQU, account_id, organization_id, signed_in

CHINA = timedelta(hours=8)
THIS_MONTH = (datetime.now(UTC) + CHINA).strftime("%Y-%m")
CALLS = ("/api/v1/statistics", "/api/v1/statistics/monthly?year=2026&month=6", "/api/v1/ledger")


async def told(client: httpx.AsyncClient, reader: str = "auditor", call: str = "statistics", **query: Any) -> Json:
    headers = {**signed_in(reader), "Accept-Language": "en"}
    return answered(await client.get(f"/api/v1/{call}", params=query, headers=headers))


async def monthly(client: httpx.AsyncClient, reader: str = "auditor", **query: Any) -> Json:
    now = datetime.now(UTC) + CHINA
    return await told(client, reader, "statistics/monthly", year=now.year, month=now.month, **query)


async def test_an_action_is_in_the_figures_at_once(client: httpx.AsyncClient) -> None:
    await hazard_in(client, State.REPORTED)
    await hazard_in(client, State.CLOSED)
    failed = await hazard_in(client, State.PENDING_REVIEW)
    answered(await send_action(client, failed, Action.FAIL))
    await hazard_in(client, State.INVALID)
    total = (await told(client))["total"]
    assert (total["found"], total["fixed"], total["fix_rate"]) == (3, 1, 1 / 3)
    assert (total["reviewed_rounds"], total["reworked_rounds"], total["first_pass_rate"]) == (2, 1, 0.5)
    # Nothing is due yet, so there is no rate.
    assert (total["due"], total["on_time_rate"]) == (0, None)


async def test_a_fix_on_the_spot_is_found_and_fixed(client: httpx.AsyncClient) -> None:
    fix = {"measures": "当场搬走", "photos": [{"id": str(uuid4()), "sha256": "ab" * 32}]}
    answered(await send_report(client, report(fixed_on_the_spot=fix)))
    total = (await told(client))["total"]
    assert [total[name] for name in ("found", "fixed", "fixed_on_the_spot", "due", "on_time_rate")] == [1, 1, 1, 1, 1.0]


async def test_what_is_closed_after_the_cutoff_was_open_at_it(client: httpx.AsyncClient) -> None:
    waiting = await hazard_in(client, State.PENDING_REVIEW)
    cutoff = datetime.now(UTC).isoformat()
    before = await told(client, cutoff=cutoff)
    answered(await send_action(client, waiting, Action.PASS, body=action_body(Action.PASS, mode="on_site")))
    assert await told(client, cutoff=cutoff) == before
    assert (before["total"]["fixed"], (await told(client))["total"]["fixed"]) == (0, 1)


@pytest.mark.parametrize("by", get_args(Cut))
async def test_every_cut_names_its_rows_and_adds_up(client: httpx.AsyncClient, by: Cut) -> None:
    await hazard_in(client, State.ASSIGNED, category="A04")
    await hazard_in(client, State.REPORTED, category="B01", source="resident")
    answered(await send_report(client, by="inspector2"))
    answer = await told(client, by=by)
    rows = {row["key"]: (row["name"], row["figures"]["found"]) for row in answer["rows"]}
    assert sum(found for _, found in rows.values()) == answer["total"]["found"] == 3
    year, number, _ = (datetime.now(UTC) + CHINA).isocalendar()
    week = f"{year}-W{number:02d}"
    assert (
        rows
        == {
            "area": {CITY: ("阳泉市", 0), CHENGQU: ("城区", 2), KUANGQU: ("矿区", 1)},
            "unit": {"owner owner": ("owner owner", 1), None: ("Unknown unit", 2)},
            "category": {"A04": ("Stair occupied", 2), "B01": ("Fire lane occupied", 1)},
            "source": {"inspection": ("Inspection", 2), "resident": ("Report by residents", 1)},
            "level": {"general": ("General", 3)},
            "month": {THIS_MONTH: (THIS_MONTH, 3)},
            "week": {week: (week, 3)},
        }[by]
    )


async def test_names_come_in_the_language_asked_for(client: httpx.AsyncClient) -> None:
    await hazard_in(client, State.REPORTED)
    headers = {**signed_in("auditor"), "Accept-Language": "zh-CN"}
    for by, name in (("source", "检查"), ("level", "一般隐患"), ("unit", "未知单位"), ("category", "疏散楼梯占用")):
        answer = answered(await client.get("/api/v1/statistics", params={"by": by}, headers=headers))
        assert [row["name"] for row in answer["rows"]] == [name]


@pytest.mark.parametrize("call", CALLS)
async def test_figures_are_for_desks_reviewers_approvers_and_auditors(client: httpx.AsyncClient, call: str) -> None:
    for account, (role, _) in ACCOUNTS.items():
        answer = await client.get(call, headers=signed_in(account))
        if role in ("desk", "reviewer", "approver", "auditor"):
            assert answer.status_code == 200, account
        else:
            assert refusal(answer) == (403, "permission.denied"), account
    assert refusal(await client.get(call)) == (401, "session.required")


async def test_a_desk_counts_its_own_district_and_nothing_else(client: httpx.AsyncClient) -> None:
    await hazard_in(client, State.REPORTED)
    answered(await send_report(client, by="inspector2"))
    answered(await send_report(client, by="inspector2"))
    for by, code, found in (("desk", CHENGQU, 1), ("desk2", KUANGQU, 2)):
        answer = await told(client, by)
        assert [(row["key"], row["figures"]["found"]) for row in answer["rows"]] == [(code, found)]
        assert answer["total"]["found"] == found
        assert [row["area"]["code"] for row in (await monthly(client, by))["rows"]] == [code]
        assert {line["area"]["code"] for line in (await told(client, by, "ledger"))["items"]} == {code}
    for page in ("statistics", "ledger"):
        for area in (KUANGQU, "nowhere"):
            refused = await client.get(f"/api/v1/{page}", params={"area": area}, headers=signed_in("desk"))
            assert refusal(refused) == (403, "permission.denied")
    assert (await told(client, "auditor", area=KUANGQU))["total"]["found"] == 2


async def test_the_monthly_table_is_cumulative_and_counts_places_visited(
    client: httpx.AsyncClient, database_url: str
) -> None:
    await hazard_in(client, State.CLOSED)
    major = await hazard_in(client, State.PENDING_CLOSE)
    answered(await send_action(client, major, Action.SUPERVISE))
    await _visit(database_url, "演示商厦", "演示商厦", "演示市场")
    table = await monthly(client)
    [city, here, there] = table["rows"]
    assert [row["area"]["code"] for row in table["rows"]] == [CITY, CHENGQU, KUANGQU]
    told = here["figures"]
    assert (told["premises_visited"], told["general_found"], told["general_fixed"]) == (2, 1, 1)
    assert (told["major_found"], told["major_fixed"], told["major_fix_rate"]) == (1, 0, 0.0)
    assert (told["planned"], told["planned_with_five"], told["supervised"]) == (1, 1, 1)
    assert told["funds_wan"] > 0
    assert table["total"] == told
    assert {city["figures"]["general_fix_rate"], there["figures"]["major_fix_rate"]} == {None}
    long_ago = answered(
        await client.get("/api/v1/statistics/monthly", params={"year": 2020, "month": 1}, headers=signed_in("desk"))
    )
    assert (long_ago["cutoff"], long_ago["total"]["general_found"]) == ("2020-01-31T15:59:59.999999Z", 0)


async def _visit(database_url: str, *places: str) -> None:
    connection = await asyncpg.connect(database_url)
    now = datetime.now(UTC)
    await connection.executemany(
        """INSERT INTO visits (id, organization_id, jurisdiction, result, place, recorded_by, started_at, ended_at,
               device_time, offline, received_at)
           VALUES ($1, $2, 'reporter', 'clear', $3, $4, $5, $5, $5, false, $5)""",
        [(uuid4(), organization_id(CHENGQU), place, account_id("inspector"), now) for place in places],
    )
    await connection.close()


async def test_a_line_of_the_ledger_tells_the_whole_story(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.CLOSED)
    [line] = (await told(client, "desk", "ledger"))["items"]
    assert {name: line[name] for name in ("hazard_id", "number", "state", "round", "extensions", "overdue_days")} == {
        "hazard_id": hazard["id"], "number": hazard["number"], "state": "closed", "round": 1, "extensions": 0,
        "overdue_days": 0,
    }  # fmt: skip
    assert line["inspectors"] == ["inspector inspector"]
    assert (line["source_label"], line["level_label"]) == ("Inspection", "General")
    assert (line["area"]["code"], line["category"]["code"], line["unit"]) == (CHENGQU, "A04", "owner owner")
    assert line["basis"] == ["XF28", "XF60(3)"]
    assert line["responsible_person"] == "owner owner"
    assert (line["review_outcome"], line["reviewer"]) == ("passed", "reviewer reviewer")
    assert (line["fixed_on_the_spot"], line["supervised"]) == (False, False)
    assert line["closed_at"] == hazard["closed_at"]
    assert line["closed_by"] == "reviewer reviewer"
    assert line["measures"]


async def test_pages_of_the_ledger_follow_one_another_and_filters_choose(client: httpx.AsyncClient) -> None:
    made = [answered(await send_report(client, report(category=code)))["number"] for code in ("A04", "B01", "A04")]
    first = await told(client, "desk", "ledger", limit=2)
    rest = await told(client, "desk", "ledger", limit=2, cursor=first["next_cursor"])
    assert [line["number"] for line in first["items"] + rest["items"]] == made[::-1]
    assert rest["next_cursor"] is None
    assert [line["number"] for line in (await told(client, "desk", "ledger", category="B01"))["items"]] == [made[1]]
    for query in (
        {"level": "major"},
        {"source": "resident"},
        {"until": "2020-01-01"},
        {"from": "2199-01-01", "until": "2199-01-01"},
    ):
        assert (await told(client, "desk", "ledger", **query))["items"] == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"cutoff": "2199-01-01T00:00:00Z"}, (422, "statistics.cutoff_future")),
        ({"from": "2026-06-02", "until": "2026-06-01"}, (422, "statistics.period_empty")),
        ({"until": "0001-01-01"}, (422, "statistics.period_empty")),
        ({"cutoff": "2026-06-01T00:00:00"}, (400, "request.invalid")),
        ({"cutoff": "yesterday"}, (400, "request.invalid")),
        ({"from": "June"}, (400, "request.invalid")),
        ({"by": "color"}, (400, "request.invalid")),
    ],
)
async def test_a_question_that_cannot_be_answered_is_refused(
    client: httpx.AsyncClient, query: dict[str, str], code: tuple[int, str]
) -> None:
    assert refusal(await client.get("/api/v1/statistics", params=query, headers=signed_in("desk"))) == code


async def test_the_ends_of_time_are_no_trouble(client: httpx.AsyncClient) -> None:
    await hazard_in(client, State.REPORTED)
    ends = {"from": "0001-01-01", "until": "9999-12-31"}
    assert (await told(client, "desk", **ends))["total"]["found"] == 1
    assert len((await told(client, "desk", "ledger", **ends))["items"]) == 1
    assert (await told(client, "desk", cutoff="0001-01-01T00:00:00+14:00", **ends))["total"]["found"] == 0


async def test_the_monthly_table_of_no_month_is_refused(client: httpx.AsyncClient) -> None:
    for query in ({"year": 2026}, {"year": 2026, "month": 13}, {"year": 1999, "month": 1}):
        answer = await client.get("/api/v1/statistics/monthly", params=query, headers=signed_in("desk"))
        assert refusal(answer) == (400, "request.invalid")


def test_the_description_shows_an_answer() -> None:
    for call in ("/api/v1/statistics", "/api/v1/statistics/monthly"):
        answer = description()["paths"][call]["get"]["responses"]["200"]["content"]["application/json"]
        assert answer["examples"]["example"]["value"]["total"]
