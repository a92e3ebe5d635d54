"""What is counted, timed and logged of every run of a job and of what is scheduled."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from time import perf_counter

from pgqueuer.errors import RetryRequested

from service.logs import following
from service.telemetry import metrics, traces

logger = logging.getLogger("clearway.worker")


def count_from_zero(jobs: Iterable[str]) -> None:
    """Has the first failure of a job show as a rise."""
    for job in jobs:
        for outcome in metrics.JOB_OUTCOMES:
            metrics.JOBS.labels(job, outcome)


def began(job: str, queued_at: datetime, now: datetime, tries_before: int) -> None:
    """Times how long a job waited to be run at all; what a retry waits is no delay of the queue's."""
    if tries_before == 0:
        metrics.JOB_WAIT_SECONDS.labels(job).observe(max(0.0, (now - queued_at).total_seconds()))


@contextmanager
def counted(job: str, failure: str = "given_up") -> Iterator[None]:
    """Counts one run by how it ends; `failure` is the outcome of an error that asks for no other try."""
    start = perf_counter()
    try:
        yield
    except Exception as error:
        _tell(job, "retried" if isinstance(error, RetryRequested) else failure, perf_counter() - start)
        raise
    seconds = perf_counter() - start
    _tell(job, "done", seconds)
    logger.info("job done", extra={"fields": {"job": job, "ms": round(seconds * 1000, 1)}})


def _tell(job: str, outcome: str, seconds: float) -> None:
    metrics.JOBS.labels(job, outcome).inc()
    metrics.JOB_SECONDS.labels(job).observe(seconds)


@contextmanager
def scheduled(name: str) -> Iterator[None]:
    """One run of what is scheduled: it comes again, whether it fails or not."""
    with following(None, job=name), traces.span(f"schedule {name}"), counted(name, failure="retried"):
        yield
