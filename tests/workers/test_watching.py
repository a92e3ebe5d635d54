"""What is counted of jobs that fail, come again or are given up, and of what is scheduled."""

import httpx
import pytest
from prometheus_client.exposition import generate_latest

from service.settings import Settings
from service.telemetry import metrics
from service.workers import worker
from service.workers.jobs import SCHEDULE
from storage.base import StoreError
from tests.api.figures import Figures
from tests.workers.at_work import Failing, Queue, send, until, working


def counted() -> Figures:
    """What this process counted so far."""
    return Figures(generate_latest(metrics.REGISTRY).decode())


@pytest.mark.usefixtures("brisk")
async def test_every_try_of_a_job_is_counted_by_how_it_ended(
    client: httpx.AsyncClient, settings: Settings, jobs_in: Queue
) -> None:
    before = counted()
    await send(client)
    async with working(settings, sandbox=Failing(StoreError("away"), 1000)):
        await jobs_in.until_status("failed")
    after = counted()
    outcomes = {
        outcome: after("jobs_total", job="photo.render", outcome=outcome)
        - before("jobs_total", job="photo.render", outcome=outcome)
        for outcome in metrics.JOB_OUTCOMES
    }
    assert outcomes == {"done": 0, "retried": worker.MAX_TRIES - 1, "given_up": 1}
    # What it waited for between its tries is no delay of the queue's.
    waits = "job_wait_seconds_count"
    assert after(waits, job="photo.render") - before(waits, job="photo.render") == 1


@pytest.mark.usefixtures("brisk")
async def test_what_is_scheduled_is_counted_too(
    client: httpx.AsyncClient, settings: Settings, jobs_in: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_: object) -> None:
        raise StoreError("away")

    runs = dict(SCHEDULE) | {"sweep": ("* * * * *", broken)}
    monkeypatch.setattr(worker, "SCHEDULE", runs)
    connection = jobs_in.connection

    async def are_planned() -> bool:
        return bool(await connection.fetchval("SELECT count(*) = $1 FROM pgqueuer_schedules", len(runs)))

    async with working(settings):
        await until(are_planned)
    await connection.execute("UPDATE pgqueuer_schedules SET next_run = now()")
    before = counted()

    async def both_ran() -> bool:
        now = counted()
        return all(
            now("jobs_total", job=job, outcome=outcome) > before("jobs_total", job=job, outcome=outcome)
            for job, outcome in (("sweep", "retried"), ("fold_tallies", "done"))
        )

    async with working(settings):
        await until(both_ran)
