"""The demo world, built through a running server and worker as `clearway demo` does."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from schemas.hazards import State
from service.app import open_context
from service.demo import world
from service.demo.accounts import CHENGQU, FIRST, KUANGQU
from service.demo.hazard_stories import STORIES
from service.demo.stories import shots_of
from service.migrator import migrate
from service.settings import read_settings
from service.workflows.context import Context
from tests.servers import PASSWORD, Process, Server, service_environment, sign_in

Json = dict[str, Any]
NOW = datetime.now(UTC)
FIRST_START = NOW - timedelta(hours=30)
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
            for table in ("hazards", "photos", "cases", "events", "organizations", "accounts")
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
    await check_photos(demo)
    assert await demo.try_password(OTHER_PASSWORD) == 429
    before, lines = await demo.everything(), len(demo.lines)
    await demo.build(now=NOW, password=OTHER_PASSWORD)
    assert demo.lines[lines:] == []
    assert await demo.everything() == before


async def check_hazards(demo: Demo) -> None:
    """Every state, and the cases of trouble that the bureau wants to see: late, failed, come back."""
    hazards = await demo.rows(
        "SELECT h.*, o.code FROM hazards h JOIN organizations o ON o.id = h.organization_id ORDER BY h.number"
    )
    near = [hazard for hazard in hazards if hazard["code"] == CHENGQU]
    assert len(near) >= 10
    assert {hazard["state"] for hazard in near} == {state.value for state in State}
    assert Counter(hazard["code"] for hazard in hazards)[KUANGQU] == 3
    assert len(hazards) == len(STORIES)
    assert all(hazard["demo"] for hazard in hazards)
    assert any(hazard["state"] in ("assigned", "rectifying") and hazard["due_at"] < NOW for hazard in near)
    assert any(hazard["state"] == "rectifying" and hazard["attempt"] == 2 for hazard in near)
    assert any(hazard["round"] == 2 for hazard in near)
    assert [hazard["received_at"] for hazard in near] == sorted(hazard["received_at"] for hazard in near)
    # Nobody has acted tomorrow, and everything is told as of the first start.
    assert all(event["at"] <= FIRST_START for event in await demo.rows("SELECT at FROM events WHERE demo"))


async def check_cases(demo: Demo) -> None:
    """Two are public, in both languages, with their pictures; one waits for its first review."""
    states = Counter(case["state"] for case in await demo.rows("SELECT state FROM cases"))
    assert states == {"published": 2, "first_review": 1}
    async with httpx.AsyncClient(base_url=demo.server.url) as client:
        assert len((await client.get("/cases.json")).json()["items"]) == 2
        for language, title in (("zh-CN", "宾馆安全出口被铁链锁闭"), ("en", "Hotel safety exit chained shut")):
            assert title in (await client.get("/cases", params={"lang": language})).text


async def check_photos(demo: Demo) -> None:
    """All arrived under their promised hashes, some by tus."""
    sent = sum(len(shots_of(story)) for story in STORIES)
    assert len(await demo.rows("SELECT id FROM photos")) == sent
    assert sum(" kB by tus" in line for line in demo.lines) >= 6
    headers = {"Authorization": f"Bearer {sign_in(demo.server.url, 'auditor', OTHER_PASSWORD)}"}
    async with httpx.AsyncClient(base_url=demo.server.url, headers=headers, timeout=30) as client:
        listed = (await client.get("/api/v1/hazards", params={"limit": 200})).json()["items"]
        hazards = [(await client.get(f"/api/v1/hazards/{hazard['id']}")).json() for hazard in listed]
    assert sum(len(hazard["photos"]) for hazard in hazards) == sent
    assert all(photo["arrived"] for hazard in hazards for photo in hazard["photos"])
