"""Any number of workers on one database: every job is done once, and what is scheduled runs once when it is due."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from service.app import open_worker_context
from service.repositories import jobs as queue
from service.settings import Settings
from service.workers import jobs, worker
from service.workers.jobs import Job
from service.workflows.context import WorkerContext
from tests.conftest import PROVING
from tests.workers.at_work import LIMIT_SECONDS, Queue, until

WORKERS = 4
ROUNDS = 40 if PROVING else 4
ENQUEUED = 2000 if PROVING else 200
YEARLY = "0 0 1 1 *"
"""Due when the test says so, and at no other time of its life."""


@asynccontextmanager
async def at_once(settings: Settings, context: WorkerContext) -> AsyncIterator[None]:
    """Workers that start at the same moment."""
    stop = asyncio.Event()
    working = [asyncio.create_task(worker.run(settings.database_url, context, stop)) for _ in range(WORKERS)]
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(LIMIT_SECONDS):
            await asyncio.gather(*working)


@pytest.mark.prove
async def test_what_is_due_while_many_workers_look_is_run_by_one_of_them(
    settings: Settings, jobs_in: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: Counter[str] = Counter()

    async def sweep(_: WorkerContext) -> None:
        ran["sweep"] += 1

    async def escalate(_: WorkerContext) -> None:
        ran["escalate"] += 1

    monkeypatch.setattr(worker, "SCHEDULE", {"sweep": (YEARLY, sweep), "escalate": (YEARLY, escalate)})
    schedules = jobs_in.connection

    async def scheduled() -> bool:
        return bool(await schedules.fetchval("SELECT count(*) = 2 FROM pgqueuer_schedules WHERE status = 'queued'"))

    async def done() -> bool:
        return bool(await schedules.fetchval("SELECT bool_and(next_run > now()) FROM pgqueuer_schedules"))

    async with open_worker_context(settings) as context:
        async with at_once(settings, context):
            await until(scheduled)
        assert not ran
        for number in range(1, ROUNDS + 1):
            await schedules.execute("UPDATE pgqueuer_schedules SET next_run = now()")
            async with at_once(settings, context):
                await until(done)
            assert ran == {"sweep": number, "escalate": number}


@pytest.mark.prove
async def test_every_job_is_done_once_however_many_workers_there_are(
    settings: Settings, jobs_in: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: Counter[int] = Counter()

    async def count(_: WorkerContext, payload: dict[str, Any]) -> None:
        ran[payload["number"]] += 1
        await asyncio.sleep(0)

    async def give_up(_: WorkerContext, payload: dict[str, Any]) -> None:
        raise AssertionError(payload)

    monkeypatch.setattr(worker, "SCHEDULE", {})
    monkeypatch.setitem(jobs.JOBS, "photo.render", Job(count, give_up))
    async with open_worker_context(settings) as context, at_once(settings, context):
        for number in range(ENQUEUED):
            await queue.enqueue(jobs_in.connection, "photo.render", {"number": number}, dedupe_key=str(number))
        await jobs_in.until_is_empty()
    assert ran == dict.fromkeys(range(ENQUEUED), 1)
