"""The page of figures that Prometheus reads: what the processes counted, and what the database knows.

What the database knows is the same at every replica, so a query takes the `max` of it, never the `sum`. It is measured
when somebody asks, at most once in `FRESH_SECONDS` in each process, by statements whose cost is bounded.
"""

import asyncio
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from service.database import UNAVAILABLE, UNMIGRATED
from service.repositories import backlog
from service.repositories.backlog import Awaited, JobBacklog, Unfinished, Unrendered
from service.telemetry import metrics, sharing
from service.workflows import health
from service.workflows.context import Context
from service.workflows.health import Readiness
from storage.base import StoreError

logger = logging.getLogger("clearway.measurements")

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
FRESH_SECONDS: Final = 10.0
MEASURE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Measured:
    """What the database and the store said at one moment."""

    readiness: Readiness
    free_bytes: int | None
    backlog: "Backlog | None"
    """None when the database could not say."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is not done yet."""

    jobs: list[JobBacklog]
    lateness: dict[str, float]
    unfinished: Unfinished
    awaited: Awaited
    unrendered: Unrendered


class Measurements:
    """Of one process. Several who ask at once are told the same."""

    def __init__(self, context: Context, version: str) -> None:
        self._context = context
        self._version = version
        self._measured: Measured | None = None
        self._until = 0.0
        self._turn = asyncio.Lock()
        self._jobs_seen: set[str] = set()

    async def page(self) -> bytes:
        """The text of Prometheus' exposition format 0.0.4. Never fails for a part that is away: it says so."""
        async with self._turn:
            if self._measured is None or monotonic() >= self._until:
                self._measured = await measure(self._context)
                self._until = monotonic() + FRESH_SECONDS
            measured = self._measured
        told = CollectorRegistry()
        told.register(_Told(self._families(measured)))
        return _counted() + generate_latest(told)

    def _families(self, measured: Measured) -> list[Metric]:
        jobs = measured.backlog.jobs if measured.backlog else []
        # Who has once had a backlog shows none as zero, and not as nothing at all.
        self._jobs_seen |= {job.job for job in jobs}
        idle = [JobBacklog(job, 0, 0, 0, 0.0) for job in self._jobs_seen - {job.job for job in jobs}]
        return [
            *_of_parts(measured, self._version),
            *(_of_backlog(measured.backlog, [*jobs, *idle]) if measured.backlog else ()),
        ]


async def measure(context: Context) -> Measured:
    """Asks database and store, all within some seconds."""
    readiness = await health.check(context)
    free = None
    try:
        async with asyncio.timeout(MEASURE_SECONDS):
            free = await context.store.free_bytes()
    except (StoreError, OSError, TimeoutError):
        pass
    return Measured(readiness, free, await _backlog(context) if readiness.checks["database"] == "ok" else None)


async def _backlog(context: Context) -> Backlog | None:
    try:
        async with asyncio.timeout(MEASURE_SECONDS), context.database.connection() as connection:
            return Backlog(
                jobs=await backlog.jobs(connection),
                lateness=await backlog.lateness(connection),
                unfinished=await backlog.unfinished(connection),
                awaited=await backlog.awaited(connection),
                unrendered=await backlog.unrendered(connection),
            )
    except (*UNAVAILABLE, *UNMIGRATED) as error:
        logger.warning("backlog not measured", extra={"fields": {"error": type(error).__name__}})
        return None


def _counted() -> bytes:
    if not metrics.IS_SHARED:
        return generate_latest(metrics.REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, sharing.folder())  # type: ignore[no-untyped-call]
    return generate_latest(registry)


class _Told:
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _gauge(name: str, meaning: str, values: dict[str, float], label: str) -> Metric:
    family = GaugeMetricFamily(f"clearway_{name}", meaning, labels=[label])
    for value_of, value in values.items():
        family.add_metric([value_of], value)
    return family


def _one(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"clearway_{name}", meaning, value=value)


def _of_parts(measured: Measured, version: str) -> Iterator[Metric]:
    yield _gauge("build_info", "1; the version is its label", {version: 1}, "version")
    well = {part: float(state == "ok") for part, state in measured.readiness.checks.items()}
    yield _gauge("part_ready", "1 when this part is as intake needs it, as in /health/ready", well, "part")
    yield _one("backlog_measured", "1 when the figures of the database below were had", measured.backlog is not None)
    if measured.free_bytes is not None:
        yield _one("store_free_bytes", "Bytes that the store can still take", measured.free_bytes)


def _of_backlog(known: Backlog, jobs: list[JobBacklog]) -> Iterator[Metric]:
    for name, meaning, value in (
        ("queue_jobs", "Jobs that wait to be run or tried again", "queued"),
        ("queue_running_jobs", "Jobs that a worker has taken", "running"),
        ("queue_failed_jobs", "Jobs that were given up and are kept for an operator", "failed"),
        ("queue_oldest_seconds", "Age of the oldest job that waits", "oldest_seconds"),
    ):
        yield _gauge(name, meaning, {job.job: getattr(job, value) for job in jobs}, "job")
    yield _gauge("schedule_late_seconds", "By how much the next run is overdue", known.lateness, "schedule")

    uploads, awaited, unrendered = known.unfinished, known.awaited, known.unrendered
    yield _one("uploads_unfinished", "Resumable uploads that are open", uploads.uploads)
    yield _one("uploads_oldest_seconds", "Age of the oldest of them", uploads.oldest_seconds)
    yield _one("unsealed_bytes", "Not safe yet: acknowledged bytes of photos that are not whole", uploads.bytes)
    ages = {age: getattr(awaited, age) for age in ("under_hour", "under_day", "under_week", "over_week")}
    yield _gauge("photos_awaited", "Not safe yet: photos named by hazards and not here, by time since", ages, "age")
    yield _one("photos_awaited_oldest_seconds", "How long ago the first of them was named", awaited.oldest_seconds)
    states = {state: getattr(unrendered, state) for state in ("pending", "failed")}
    yield _gauge("photos_unrendered", "Photos without a thumbnail", states, "state")
    yield _one("photos_unrendered_oldest_seconds", "Age of the oldest pending", unrendered.oldest_pending_seconds)
