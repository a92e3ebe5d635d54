"""The worker process: takes jobs off pgqueuer's table and runs them, with back-off, to success or giving up."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import msgspec
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.errors import RetryRequested
from pgqueuer.executors import AbstractEntrypointExecutor, EntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.models import Context as JobContext
from pgqueuer.models import Job as QueuedJob
from pgqueuer.models import Schedule

from service import migrator
from service.clock import utc_now
from service.database import FULL, UNAVAILABLE, open_listener
from service.telemetry import carried
from service.workers import watching
from service.workers.jobs import EXPECTED, JOBS, SCHEDULE, Job, Payload
from service.workflows.context import WorkerContext

logger = logging.getLogger("clearway.worker")

MAX_TRIES = 5
FIRST_DELAY = timedelta(seconds=2)
"""Doubles with each try: 2, 4, 8, 16 seconds."""
RECONNECT_SECONDS = 2.0
POLL = timedelta(seconds=5)
"""How late a job may be found of which no notification told: one to be tried again, one of a dead worker."""
BATCH = 4

QUEUE_LOST: tuple[type[Exception], ...] = (*UNAVAILABLE, *FULL, RuntimeError)
"""pgqueuer says RuntimeError when its connection no longer listens."""


def is_news(record: logging.LogRecord) -> bool:
    """Whether a line of pgqueuer's is one: of a job that was given up it says again, with a trace, what we said."""
    return not (record.exc_info and isinstance(record.exc_info[1], EXPECTED))


logging.getLogger("pgqueuer").addFilter(is_news)


class RetryingExecutor(EntrypointExecutor):
    """Runs a job; after a failure asks for another try later, after the last one leaves the visible failed state."""

    def __init__(self, parameters: EntrypointExecutorParameters, job: Job, context: WorkerContext) -> None:
        super().__init__(parameters)
        self._job = job
        self._context = context

    async def execute(self, job: QueuedJob, context: JobContext) -> None:
        """`job.attempts` counts the tries before this one."""
        payload = msgspec.json.decode(job.payload or b"{}")
        ids = {name: str(payload[name]) for name in ("case_id", "photo_id") if name in payload}
        watching.began(job.entrypoint, job.created, utc_now(), job.attempts)
        with carried.taken_up(job.headers, job.entrypoint, **ids), watching.counted(job.entrypoint):
            await self._try(job, payload)

    async def _try(self, job: QueuedJob, payload: Payload) -> None:
        try:
            await self._job.run(self._context, payload)
        except Exception as error:
            # Any failure of a job is one to try again: the queue, not this process, decides when it is over.
            fields = {"job": job.entrypoint, "try": job.attempts + 1, "error": type(error).__name__}
            trace = None if isinstance(error, EXPECTED) else error
            if trace is None:
                fields["reason"] = str(error)
            if job.attempts + 1 < MAX_TRIES:
                logger.warning("job failed, will be tried again", extra={"fields": fields}, exc_info=trace)
                raise RetryRequested(delay=FIRST_DELAY * 2**job.attempts, reason=type(error).__name__) from error
            logger.log(
                logging.WARNING if trace is None else logging.ERROR,
                "job given up",
                extra={"fields": fields},
                exc_info=trace,
            )
            await self._give_up(job, payload)
            raise

    async def _give_up(self, job: QueuedJob, payload: Payload) -> None:
        try:
            await self._job.give_up(self._context, payload)
        except Exception as error:
            # Nobody would ever learn of the failure if the queue forgot it before it is visible.
            logger.exception("giving up failed, will be tried again", extra={"fields": {"job": job.entrypoint}})
            raise RetryRequested(delay=FIRST_DELAY * 2**MAX_TRIES, reason=type(error).__name__) from error


async def run(database_url: str, context: WorkerContext, stop: asyncio.Event) -> None:
    """Works until `stop` is set, across restarts of the database; then lets running jobs finish."""
    while not stop.is_set():
        try:
            connection = await open_listener(database_url)
        except UNAVAILABLE as error:
            logger.warning("database unavailable", extra={"fields": {"error": type(error).__name__}})
            await _pause(stop)
            continue
        try:
            if missing := await migrator.pending(connection):
                logger.error("database not migrated, run clearway migrate", extra={"fields": {"missing": missing}})
                await _pause(stop)
                continue
            await _work(PgQueuer(AsyncpgDriver(connection)), context, stop)
        except QUEUE_LOST as error:
            logger.warning("queue lost, connecting again", extra={"fields": {"error": type(error).__name__}})
            await _pause(stop)
        finally:
            with suppress(*UNAVAILABLE):
                await connection.close(timeout=2)


async def _work(queue: PgQueuer, context: WorkerContext, stop: asyncio.Event) -> None:
    watching.count_from_zero([*JOBS, *SCHEDULE])
    for name, job in JOBS.items():
        queue.entrypoint(name, on_failure="hold", executor_factory=_executor(job, context))(_unused)
    for name, (expression, function) in SCHEDULE.items():

        async def run_scheduled(due: Schedule, function: Callable[..., object] = function) -> None:
            with watching.scheduled(due.entrypoint):
                await function(context)  # type: ignore[misc]

        queue.schedule(name, expression)(run_scheduled)
    watcher = asyncio.create_task(_shut_down_on(stop, queue))
    try:
        await queue.run(
            batch_size=BATCH,
            max_concurrent_tasks=2 * BATCH,
            dequeue_timeout=POLL,
            shutdown_on_listener_failure=True,
        )
    finally:
        watcher.cancel()


def _executor(job: Job, context: WorkerContext) -> Callable[[EntrypointExecutorParameters], AbstractEntrypointExecutor]:
    return lambda parameters: RetryingExecutor(parameters, job, context)


async def _unused(_: QueuedJob) -> None:
    """pgqueuer wants a function by decorator; the executor runs the workflow itself."""


async def _shut_down_on(stop: asyncio.Event, queue: PgQueuer) -> None:
    await stop.wait()
    queue.shutdown.set()


async def _pause(stop: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(RECONNECT_SECONDS):
            await stop.wait()
    except TimeoutError:
        return


async def end_in_time(stop: asyncio.Event, seconds: float) -> None:
    """Ends the process when its jobs have not ended `seconds` after `stop`: they stay in the queue for another worker.

    Not by cancelling them: pgqueuer takes a job that was cancelled out of the queue.
    """
    await stop.wait()
    await asyncio.sleep(seconds)
    logger.error("jobs did not end in time, another worker will take them up")
    os._exit(1)


def stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM or SIGINT sets."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
