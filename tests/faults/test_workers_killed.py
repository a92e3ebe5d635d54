"""A worker is killed with -9 at each step of each job: the next one brings it to its end, whole and once."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import asyncpg
import httpx
import msgspec
import pytest

from schemas.cases import CaseAction, CaseState
from schemas.hazards import State
from service.processes import tied
from service.settings import Settings
from service.workers import jobs
from service.workflows.case_pictures import LABELS, object_key
from storage import open_store
from tests import case_factory, hazard_factory, people, samples
from tests.api.phones import TUS
from tests.conftest import PROVING
from tests.faults import figures
from tests.faults.nursery import LIMIT_SECONDS, Death, Fate
from tests.servers import service_environment
from tests.workers.at_work import Queue, get, send, state_of, until, working

ONE_OF = 1 if PROVING else 10
"""How many steps are passed over for each one at which a worker dies."""


class Nursery:
    """Where the workers come from that are to die."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            tied([sys.executable, "-m", "tests.faults.nursery"], signal.SIGKILL),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def end(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    async def raise_worker(self, fate: Fate) -> Death:
        """How the worker ended. The loop goes on meanwhile."""
        return await asyncio.to_thread(self._raise_worker, fate)

    def _raise_worker(self, fate: Fate) -> Death:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(fate) + b"\n")
        self._process.stdin.flush()
        return msgspec.json.decode(self._process.stdout.readline(), type=Death)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.end()


@pytest.fixture
async def queue(database_url: str) -> AsyncIterator[Queue]:
    connection = await asyncpg.connect(database_url)
    yield Queue(connection)
    await connection.close()


class Scene(Protocol):
    """A job to be done, again and again."""

    async def make_work(self) -> None:
        """Puts new work before the worker."""

    async def is_whole(self) -> None:
        """Fails unless the work is done, once."""


async def kill_at_each_step(nursery: Nursery, queue: Queue, settings: Settings, job: str, scene: Scene) -> list[str]:
    """Lets the job run to its end once, then kills a worker at every step it had. The steps."""
    environment = service_environment(settings.database_url, Path(settings.store_url.removeprefix("file://")))
    fate = Fate(environment | {"CLEARWAY_IMAGING_PROCESSES": "1", "CLEARWAY_DISK_FLOOR_BYTES": "0"}, job)
    await scene.make_work()
    death = await nursery.raise_worker(fate)
    assert (death.signal, death.steps[-1:]) != (0, ["failed"]), death
    await scene.is_whole()
    steps = death.steps
    chosen = range(len(steps)) if PROVING else range(len(job) % ONE_OF % len(steps), len(steps), ONE_OF)
    for step in chosen:
        await scene.make_work()
        death = await nursery.raise_worker(msgspec.structs.replace(fate, step=step))
        assert (death.signal, death.steps) == (signal.SIGKILL, steps[: step + 1])
        await finish(queue, settings, job)
        await scene.is_whole()
    return steps


async def finish(queue: Queue, settings: Settings, job: str) -> None:
    """Another worker, half a minute later: by then it is known that the first one is dead."""
    await until(lambda: is_buried(queue))
    stale = "SET heartbeat = now() - interval '31 seconds' WHERE status = 'picked'"
    await queue.connection.execute(f"UPDATE pgqueuer {stale}")
    await queue.connection.execute(f"UPDATE pgqueuer_schedules {stale}")
    runs = await runs_of(queue, job)
    if job in jobs.SCHEDULE:
        await be_due(queue, job)
    async with working(settings):
        await queue.until_is_empty()
        if job in jobs.SCHEDULE:
            async with asyncio.timeout(LIMIT_SECONDS):
                while await runs_of(queue, job) == runs:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)


async def is_buried(queue: Queue) -> bool:
    """The database has noticed: what the dead worker had just asked for was still carried out."""
    listening = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1"
    return bool(await queue.connection.fetchval(listening, "clearway worker") == 0)


async def runs_of(queue: Queue, job: str) -> Any:
    return await queue.connection.fetchval(
        "SELECT last_run FROM pgqueuer_schedules WHERE entrypoint = $1 AND status = 'queued'", job
    )


async def be_due(queue: Queue, job: str) -> None:
    """The schedule is due now and no other is."""
    await queue.connection.execute(
        """UPDATE pgqueuer_schedules
           SET next_run = CASE WHEN entrypoint = $1 THEN now() ELSE now() + interval '1 hour' END""",
        job,
    )


class Rendering:
    """photo.render"""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._seed = 0

    async def make_work(self) -> None:
        self._seed += 1
        self._photo = samples.phone_photo(self._seed)
        self._id = await send(self._client, self._photo)

    async def is_whole(self) -> None:
        assert await state_of(self._client, self._id) == ("ready", None)
        assert (await get(self._client, self._id, "/original")).content == self._photo
        for which in ("/preview", "/thumbnail"):
            assert (await get(self._client, self._id, which)).status_code == 200


class Baking:
    """case.bake_picture, and case.discard_picture for the picture that was there before"""

    def __init__(self, client: httpx.AsyncClient, settings: Settings) -> None:
        self._client, self._settings = client, settings
        self._case: hazard_factory.Json | None = None

    async def make_work(self) -> None:
        if self._case is None:
            async with case_factory.worker_of(self._settings) as worker:
                _, self._case = await case_factory.illustrated_case(self._client, self._settings, worker)
                await case_factory.work_off(self._settings, worker, "case.discard_picture", "photo.render")
        self._case = hazard_factory.answered(await case_factory.send_masks(self._client, self._case, 1))

    async def is_whole(self) -> None:
        assert self._case is not None
        case = await case_factory.read(self._client, self._case)
        assert [picture["state"] for picture in case["pictures"]] == ["ready", "ready"]
        store = open_store(self._settings.store_url)
        kept = {found.key async for found in store.list("cases/")}
        await store.close()
        # Two pictures with all their files, and none of the many that were replaced.
        names = await case_factory.fetch_value(self._settings, "SELECT array_agg(name) FROM case_pictures")
        assert isinstance(names, list)
        assert kept == {object_key(name, label) for name in names for label in LABELS}


class Looking(Baking):
    """case.examine_picture at the photo or case.check_picture at what was baked, where no detectors are installed"""

    def __init__(self, client: httpx.AsyncClient, settings: Settings, look: str) -> None:
        super().__init__(client, settings)
        self._look = look

    async def make_work(self) -> None:
        await super().make_work()
        assert self._case is not None
        async with case_factory.worker_of(self._settings) as worker:
            if self._look == "detection":
                photo = {"id": self._case["pictures"][0]["photo_id"]}
                answer = await case_factory.send_picture(self._client, self._case, 1, photo, "before")
                self._case = hazard_factory.answered(answer)
            await case_factory.work_off(self._settings, worker, "case.bake_picture", "case.discard_picture")

    async def is_whole(self) -> None:
        assert self._case is not None
        case = await case_factory.read(self._client, self._case)
        assert case["pictures"][0][self._look]["state"] == "unavailable"


class Purging:
    """case.purge"""

    def __init__(self, client: httpx.AsyncClient, queue: Queue) -> None:
        self._client, self._queue = client, queue
        self._case: hazard_factory.Json | None = None

    async def make_work(self) -> None:
        if self._case is None:
            self._case = await case_factory.case_in(self._client, CaseState.PUBLISHED)
        case = await case_factory.read(self._client, self._case)
        action = CaseAction.SUSPEND if case["public"] else CaseAction.RESUME
        hazard_factory.answered(await case_factory.send_action(self._client, case, action, by="publisher"))

    async def is_whole(self) -> None:
        waiting = "SELECT count(*) FROM pgqueuer WHERE entrypoint = 'case.purge'"
        assert await self._queue.connection.fetchval(waiting) == 0


class Counting:
    """fold_tallies"""

    def __init__(self, client: httpx.AsyncClient, queue: Queue) -> None:
        self._client, self._queue = client, queue

    async def make_work(self) -> None:
        hazard_factory.answered(await hazard_factory.send_report(self._client, hazard_factory.report()))
        await be_due(self._queue, "fold_tallies")

    async def is_whole(self) -> None:
        connection = self._queue.connection
        assert await connection.fetchval("SELECT count(*) FROM hazard_tally_changes") == 0
        answer = await self._client.get("/api/v1/hazards/counts", headers=people.signed_in("auditor"))
        assert hazard_factory.answered(answer)["total"] == await connection.fetchval("SELECT count(*) FROM hazards")


class Sweeping:
    """sweep"""

    def __init__(self, client: httpx.AsyncClient, settings: Settings, queue: Queue) -> None:
        self._client, self._settings, self._queue = client, settings, queue
        self._left: set[str] = set()

    async def make_work(self) -> None:
        photo = samples.phone_photo(uuid4().int % 10_000)
        self._id = await send(self._client, photo)
        headers = people.signed_in("inspector") | TUS | {"Upload-Length": str(len(photo))}
        headers["Content-Type"] = "application/offset+octet-stream"
        for _ in range(2):
            answer = await self._client.post("/api/v1/uploads", content=photo[:1000], headers=headers)
            assert answer.headers["Upload-Offset"] == "1000"
        await self._queue.connection.execute("UPDATE uploads SET expires_at = now() - interval '1 minute'")
        await be_due(self._queue, "sweep")

    async def is_whole(self) -> None:
        """A segment may outlive the row that named it: it goes with the first sweep when it is old enough."""
        assert await self._queue.connection.fetchval("SELECT count(*) FROM uploads") == 0
        store = open_store(self._settings.store_url)
        left = {found.key async for found in store.list("segments/")}
        assert not self._left & left
        self._left = left
        for key in left:
            async with store.local_file(key) as path:
                os.utime(path, (0, 0))
        await store.close()
        assert (await get(self._client, self._id, "/original")).status_code == 200


class Escalating:
    """escalate"""

    def __init__(self, client: httpx.AsyncClient, queue: Queue) -> None:
        self._client, self._queue = client, queue

    async def make_work(self) -> None:
        connection = self._queue.connection
        self._hazard = hazard = await hazard_factory.hazard_in(self._client, State.ASSIGNED)
        await connection.execute(
            "UPDATE hazard_rounds SET due_at = $2, assigned_at = $3 WHERE hazard_id = $1",
            hazard["id"],
            datetime.now(UTC) - timedelta(hours=2),
            datetime.now(UTC) - timedelta(days=3),
        )
        await connection.execute(
            "UPDATE hazards SET due_at = $2 WHERE id = $1", hazard["id"], datetime.now(UTC) - timedelta(hours=2)
        )
        await be_due(self._queue, "escalate")

    async def is_whole(self) -> None:
        told = await self._queue.connection.fetch(
            """SELECT kind, coalesce(account_id::text, permission) FROM notifications
               WHERE subject_id = $1 AND kind = 'hazard.rectification_overdue'""",
            self._hazard["id"],
        )
        assert len(told) == len(set(map(tuple, told))) == 2


@pytest.mark.prove
@pytest.mark.usefixtures("brisk")
@pytest.mark.parametrize("job", [*jobs.JOBS, *jobs.SCHEDULE])
async def test_a_worker_may_die_at_any_step(
    nursery: Nursery, queue: Queue, settings: Settings, client: httpx.AsyncClient, job: str
) -> None:
    scenes: dict[str, Scene] = {
        "case.bake_picture": Baking(client, settings),
        "case.check_picture": Looking(client, settings, "gate"),
        "case.discard_picture": Baking(client, settings),
        "case.examine_picture": Looking(client, settings, "detection"),
        "case.purge": Purging(client, queue),
        "photo.render": Rendering(client),
        "escalate": Escalating(client, queue),
        "fold_tallies": Counting(client, queue),
        "sweep": Sweeping(client, settings, queue),
    }
    if job in jobs.SCHEDULE:
        # The schedules are there once a worker has been.
        async with working(settings):

            async def scheduled() -> bool:
                return bool(await runs_are_planned(queue))

            await until(scheduled)
    steps = await kill_at_each_step(nursery, queue, settings, job, scenes[job])
    figures.note(f"worker killed, {job}, {len(steps)} steps")
    assert len(steps) >= 4


async def runs_are_planned(queue: Queue) -> bool:
    count = await queue.connection.fetchval("SELECT count(*) FROM pgqueuer_schedules")
    return bool(count == len(jobs.SCHEDULE))
