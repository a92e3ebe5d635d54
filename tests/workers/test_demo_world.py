"""The demo world, built through a running server and worker as `clearway demo` does."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from schemas.hazards import State
from service.app import open_context
from service.demo import world
from service.demo.accounts import CHENGQU, DISTRICTS, FIRST
from service.demo.hazard_stories import STORIES, story_id
from service.demo.stories import shots_of
from service.demo.timeline import Timeline
from service.migrator import migrate
from service.settings import read_settings
from service.workflows.context import Context
from tests.servers import PASSWORD, Process, Server, service_environment, sign_in

Json = dict[str, Any]
NOW = datetime.now(UTC)
FIRST_START = NOW - timedelta(hours=30)
EVERYTHING = (
    "hazards",
    "photos",
    "cases",
    "events",
    "organizations",
    "accounts",
    "premises",
    "checkpoints",
    "visits",
    "notices",
    "attachments",
)
CENTERS = {
    "140302": (113.5801, 37.8604),
    "140303": (113.5526, 37.8695),
    "140311": (113.5802, 37.9405),
    "140321": (113.6247, 37.7998),
    "140322": (113.4053, 38.0853),
    "GXQ": (113.60, 37.86),
}
"""Longitude and latitude in WGS-84."""
OTHER_PASSWORD = "another password for the demo"


class Killed(Exception):
    """What a test does to a build in the middle."""


@dataclass(slots=True)
class Demo:
    """A server and a worker on an empty database, and the lines that the builds printed."""

    environment: dict[str, str]
    server: Server
    lines: list[str]

    @asynccontextmanager
    async def context(self) -> AsyncIterator[Context]:
        async with open_context(read_settings(self.environment)) as context:
            yield context

    async def build(self, *, password: str = PASSWORD, now: datetime = NOW, killed_at: int = 0) -> None:
        """Builds the world; `killed_at` ends the build at that line of progress."""
        started = len(self.lines)

        def report(line: str) -> None:
            self.lines.append(line)
            if killed_at and len(self.lines) - started >= killed_at:
                raise Killed

        async with self.context() as context:
            await world.build(context, self.server.url, password, report, now)

    async def try_password(self, password: str) -> int:
        """The status that the first person gets for it."""
        async with httpx.AsyncClient(base_url=self.server.url, timeout=30) as client:
            attempt = {"account": FIRST, "password": password}
            return (await client.post("/api/v1/sessions", json=attempt)).status_code

    async def rows(self, statement: str) -> list[Json]:
        connection = await asyncpg.connect(self.environment["CLEARWAY_DATABASE_URL"])
        try:
            return [dict(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    async def everything(self) -> dict[str, list[Json]]:
        """All that a second build must not add to."""
        return {
            table: await self.rows(f"SELECT * FROM {table} ORDER BY id")  # noqa: S608  names of our own
            for table in EVERYTHING
        }


@pytest.fixture
async def migrated_url(empty_database_url: str) -> str:
    """A database with tables and nobody in it."""
    await migrate(empty_database_url)
    return empty_database_url


@pytest.fixture
def demo(migrated_url: str, tmp_path: Path) -> Iterator[Demo]:
    """A server and a worker, both running."""
    environment = service_environment(migrated_url, tmp_path / "store", disk_floor_bytes=0)
    server = Server(environment, tmp_path)
    worker = Process(["worker"], environment, tmp_path / "worker.log")
    server.start()
    worker.start()
    try:
        yield Demo(environment, server, [])
    finally:
        worker.stop()
        server.stop()


async def test_an_interrupted_demo_is_completed_by_the_next_start_and_left_alone_by_the_one_after(demo: Demo) -> None:
    with pytest.raises(Killed):
        await demo.build(now=FIRST_START, killed_at=9)
    interrupted = {photo["id"] for photo in await demo.rows("SELECT id FROM photos")}
    assert interrupted
    # Somebody typed wrong passwords in between, so that nobody signs in from here for a while.
    for _ in range(11):
        await demo.try_password("a wrong guess")
    await demo.build(now=NOW, password=OTHER_PASSWORD)
    assert interrupted < {photo["id"] for photo in await demo.rows("SELECT id FROM photos")}
    await check_hazards(demo)
    await check_cases(demo)
    headers = {"Authorization": f"Bearer {sign_in(demo.server.url, 'auditor', OTHER_PASSWORD)}"}
    async with httpx.AsyncClient(base_url=demo.server.url, headers=headers, timeout=30) as client:
        await check_scenes(demo, client)
        await check_photos(demo, client)
        await check_papers(client)
        await check_figures(client)
    assert await demo.try_password(OTHER_PASSWORD) == 429
    before, lines = await demo.everything(), len(demo.lines)
    await demo.build(now=NOW, password=OTHER_PASSWORD)
    assert demo.lines[lines:] == []
    assert await demo.everything() == before
    await check_districts(demo)


async def check_hazards(demo: Demo) -> None:
    """Every state in one district, and the cases of trouble that the bureau wants to see."""
    rows = await demo.rows(
        "SELECT h.*, o.code FROM hazards h JOIN organizations o ON o.id = h.organization_id ORDER BY h.number"
    )
    near = [hazard for hazard in rows if hazard["code"] == CHENGQU]
    assert len(near) >= 12
    assert {hazard["state"] for hazard in near} == {state.value for state in State}
    assert {hazard["code"] for hazard in rows} == set(DISTRICTS)
    assert len(rows) == len(STORIES)
    assert all(hazard["demo"] for hazard in rows)
    assert any(hazard["state"] in ("assigned", "rectifying") and hazard["due_at"] < NOW for hazard in near)
    assert any(hazard["state"] == "rectifying" and hazard["attempt"] == 2 for hazard in near)
    assert any(hazard["round"] == 2 for hazard in near)
    assert any(hazard["shelved_at"] for hazard in near)
    assert {hazard["jurisdiction"] for hazard in rows} == {"area", "checkpoint", "premises"}
    assert [hazard["received_at"] for hazard in near] == sorted(hazard["received_at"] for hazard in near)
    # Nobody has acted tomorrow, and everything is told as of the first start.
    assert all(event["at"] <= FIRST_START for event in await demo.rows("SELECT at FROM events WHERE demo"))


SCENES = {
    "mall east stair": ("A04", "closed", "general", "南大街演示商厦"),
    "farmers' market lane": ("B01", "transferred", "general", "德胜街演示农贸市场"),
    "food street billboard": ("E02", "rectifying", "general", "义井西街演示餐饮街"),
    "heating plant exit": ("H03", "pending_review", "general", "矿区演示换热站"),
    "gas station passage": ("H01", "closed", "major", "郊区演示液化气站"),
    "coach station sign": ("C03", "rectifying", "general", "平定演示客运站"),
    "county dormitory bicycles": ("F01", "closed", "general", "盂县演示职工宿舍"),
    "workshop exit": ("A03", "rectifying", "major", "高新区演示厂房"),
    "bus hall exit": ("A03", "pending_close", "major", "示例公交公司调度楼"),
    "untrue claim": ("A02", "invalid", "general", "示例供水公司营业厅"),
    "food street lane again": ("B01", "duplicate", "general", "义井西街演示餐饮街"),
    "cinema self-check": ("A01", "closed", "general", "泉中路演示影院"),
    "school corridor hydrant": ("G01", "registered", "general", "南庄路演示培训学校"),
}


async def check_scenes(demo: Demo, client: httpx.AsyncClient) -> None:
    """The places that the domain names, each at its point of the loop."""
    [made] = await demo.rows(f"SELECT created_at FROM accounts WHERE account = '{FIRST}'")  # noqa: S608  our own name
    timeline = Timeline(made["created_at"])
    told = {}
    for name, (category, state, level, premises) in SCENES.items():
        hazard = told[name] = (await client.get(f"/api/v1/hazards/{story_id(timeline, name)}")).json()
        assert (hazard["category"]["code"], hazard["state"], hazard["level"]) == (category, state, level), name
        assert hazard["premises"] == premises
    assert told["mall east stair"]["rounds"][0]["fixed_on_the_spot"]
    assert told["farmers' market lane"]["ending"]["receipts"]
    assert told["gas station passage"]["arrangements"]["funds_yuan"] == 18000
    assert told["workshop exit"]["supervision"]["authority"] == "city"
    assert told["coach station sign"]["rounds"][0]["extensions"][0]["granted"] is None
    assert told["untrue claim"]["ending"]["reason"] == "untrue"
    assert told["cinema self-check"]["source"] == "self_check"
    assert told["school corridor hydrant"]["holder"] == "street_office"
    bars = (await client.get(f"/api/v1/hazards/{story_id(timeline, 'dormitory window bars')}")).json()
    assert bars["due_at"] > bars["rounds"][0]["original_due_at"]
    original = (await client.get(f"/api/v1/hazards/{story_id(timeline, 'food street fire lane')}")).json()
    assert [duplicate["number"] for duplicate in original["duplicates"]] == [told["food street lane again"]["number"]]


async def check_papers(client: httpx.AsyncClient) -> None:
    """Visits, most of them clear; orders served with the proof that arrived, one after a refusal; a sheet."""
    visits = (await client.get("/api/v1/visits", params={"limit": 100})).json()["items"]
    results = Counter(visit["result"] for visit in visits)
    assert results["clear"] > results["hazards_found"] >= 5
    assert all((visit["hazards_found"] > 0) == (visit["result"] == "hazards_found") for visit in visits)
    notices = (await client.get("/api/v1/notices", params={"limit": 100})).json()["items"]
    assert Counter(notice["kind"] for notice in notices) == {"order": 3, "information": 1}
    assert sum(notice["refused_at"] is not None for notice in notices) == 1
    for notice in notices:
        whole = (await client.get(f"/api/v1/notices/{notice['id']}")).json()
        assert bool(whole["attachments"]) == (notice["kind"] == "order")
        assert all(paper["arrived"] for paper in whole["attachments"])


async def check_figures(client: httpx.AsyncClient) -> None:
    """Whichever way the demo's hazards are cut, the same numbers."""
    period = {"from": str((FIRST_START - timedelta(days=70)).date()), "until": str(FIRST_START.date())}
    totals = []
    for by in ("area", "unit", "category", "source", "level", "month", "week"):
        answer = (await client.get("/api/v1/statistics", params={"by": by, **period})).json()
        totals.append(answer["total"])
        for figure in ("found", "fixed", "due", "overdue", "shelved", "transferred", "self_check_found", "funds_yuan"):
            assert sum(row["figures"][figure] for row in answer["rows"]) == answer["total"][figure], (by, figure)
    assert all(total == totals[0] for total in totals)
    assert totals[0]["fixed_on_the_spot"] == totals[0]["shelved"] == totals[0]["transferred"] == 1
    assert (totals[0]["major_found"], totals[0]["major_fixed"], totals[0]["supervised"]) == (3, 1, 1)


async def check_districts(demo: Demo) -> None:
    """A desk sees its own district's hazards and no other's, and what is found at its center comes to it."""
    officer = {"Authorization": f"Bearer {sign_in(demo.server.url, 'officer', OTHER_PASSWORD)}"}
    async with httpx.AsyncClient(base_url=demo.server.url, timeout=30) as client:
        for code, end in DISTRICTS.items():
            desk = {"Authorization": f"Bearer {sign_in(demo.server.url, f'desk{end}', OTHER_PASSWORD)}"}
            seen = (await client.get("/api/v1/hazards", params={"limit": 200}, headers=desk)).json()["items"]
            assert {hazard["organization"]["code"] for hazard in seen} == {code}
            longitude, latitude = CENTERS[code]
            visit = {
                "result": "clear",
                "place": "地图上该县区的中心",
                "started_at": NOW.isoformat(),
                "ended_at": NOW.isoformat(),
                "device_time": NOW.isoformat(),
                "position": {"lat": latitude, "lon": longitude, "datum": "wgs84", "source": "manual"},
            }
            made = await client.put(f"/api/v1/visits/{uuid4()}", json=visit, headers=officer)
            assert made.status_code == 201, made.text
            assert made.json()["organization"]["code"] == code


async def check_cases(demo: Demo) -> None:
    """Two are public, in both languages, with their pictures; one waits for its first review."""
    states = Counter(case["state"] for case in await demo.rows("SELECT state FROM cases"))
    assert states == {"published": 2, "first_review": 1}
    async with httpx.AsyncClient(base_url=demo.server.url) as client:
        assert len((await client.get("/cases.json")).json()["items"]) == 2
        for language, title in (("zh-CN", "宾馆安全出口被铁链锁闭"), ("en", "Hotel safety exit chained shut")):
            assert title in (await client.get("/cases", params={"lang": language})).text


async def check_photos(demo: Demo, client: httpx.AsyncClient) -> None:
    """All arrived under their promised hashes, some by tus."""
    sent = sum(len(shots_of(story)) for story in STORIES)
    assert len(await demo.rows("SELECT id FROM photos")) == sent
    assert sum(" kB by tus" in line for line in demo.lines) >= 6
    listed = (await client.get("/api/v1/hazards", params={"limit": 200})).json()["items"]
    hazards = [(await client.get(f"/api/v1/hazards/{hazard['id']}")).json() for hazard in listed]
    assert sum(len(hazard["photos"]) for hazard in hazards) == sent
    assert all(photo["arrived"] for hazard in hazards for photo in hazard["photos"])
