"""The calendar that a phone keeps: the published years, and what the bureau entered since."""

from datetime import date

import asyncpg
import httpx
import pytest

from schemas.calendars import CalendarDay
from service.problems import Problem
from service.repositories import calendars as entered
from service.workflows import calendars
from tests.hazard_factory import answered, refusal
from tests.people import signed_in

ME = signed_in("inspector")
DAY_OFF = CalendarDay(day=date(2027, 1, 1), working=False, name="元旦")
MADE_UP = CalendarDay(day=date(2027, 1, 3), working=True, name="元旦")


async def test_a_published_year_is_known_with_its_holidays_and_made_up_days(client: httpx.AsyncClient) -> None:
    body = answered(await client.get("/api/v1/calendar?year=2026", headers=ME))
    assert (body["year"], body["known"]) == (2026, True)
    worked = [day["day"] for day in body["days"] if day["working"]]
    assert worked == ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]
    assert {"day": "2026-02-17", "working": False, "name": "春节"} in body["days"]
    assert [day["day"] for day in body["days"]] == sorted(day["day"] for day in body["days"])


async def test_an_unpublished_year_is_not_known_until_it_is_entered(
    client: httpx.AsyncClient, database_url: str
) -> None:
    path = "/api/v1/calendar?year=2027"
    assert answered(await client.get(path, headers=ME)) == {"year": 2027, "known": False, "days": []}
    connection = await asyncpg.connect(database_url)
    try:
        with pytest.raises(Problem, match=r"calendar\.year_unknown"):
            (await calendars.load(connection)).working(date(2027, 1, 1))
        async with connection.transaction():
            await entered.replace_year(connection, 2027, [CalendarDay(day=date(2027, 5, 1), working=False, name=None)])
            await entered.replace_year(connection, 2027, [DAY_OFF, MADE_UP])
        calendar = await calendars.load(connection)
        assert [calendar.working(date(2027, 1, day)) for day in range(1, 5)] == [False, False, True, True]
        # Entered days of a published year win, and the others stay.
        worked = CalendarDay(day=date(2026, 10, 7), working=True, name="国庆节")
        await entered.replace_year(connection, 2026, [worked])
        calendar = await calendars.load(connection)
        assert [calendar.working(date(2026, 10, day)) for day in (6, 7, 8)] == [False, True, True]
        with pytest.raises(asyncpg.CheckViolationError):
            await entered.replace_year(connection, 2028, [DAY_OFF])
    finally:
        await connection.close()
    body = answered(await client.get(path, headers=ME))
    assert body["known"]
    assert body["days"] == [
        {"day": "2027-01-01", "working": False, "name": "元旦"},
        {"day": "2027-01-03", "working": True, "name": "元旦"},
    ]


async def test_a_year_that_is_taken_back_is_unknown_again(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await entered.replace_year(connection, 2027, [DAY_OFF])
        await entered.forget_year(connection, 2027)
        assert 2027 not in (await calendars.load(connection)).years
    finally:
        await connection.close()


async def test_a_copy_that_is_still_right_is_not_sent_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/api/v1/calendar?year=2026", headers=ME)
    assert first.headers["cache-control"] == "private, no-cache"
    again = await client.get("/api/v1/calendar?year=2026", headers=ME | {"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = await client.get("/api/v1/calendar?year=2025", headers=ME | {"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200


async def test_without_a_year_it_is_this_one(client: httpx.AsyncClient) -> None:
    assert answered(await client.get("/api/v1/calendar", headers=ME))["year"] >= 2026


@pytest.mark.parametrize("year", ["x", "1", "100000", "-1"])
async def test_a_year_that_is_none_is_refused(client: httpx.AsyncClient, year: str) -> None:
    assert refusal(await client.get(f"/api/v1/calendar?year={year}", headers=ME)) == (400, "request.invalid")


async def test_strangers_read_nothing(client: httpx.AsyncClient) -> None:
    assert refusal(await client.get("/api/v1/calendar?year=2026")) == (401, "session.required")
