"""Workers that are to die at a chosen step, forked from one process that has everything imported.

`python -m tests.faults.nursery` reads one `Fate` a line and answers with the `Death` of the worker that had it. A step
is the beginning or the end of a statement, a transaction or a write into the store that a job makes; which steps a job
has is found out by letting it run to its end.
"""

import asyncio
import contextvars
import functools
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import msgspec
import uvloop
from pgqueuer.queries import Queries

from service.app import open_worker_context
from service.processes import die_with_parent
from service.settings import read_settings
from service.workers import jobs, worker
from storage.local import LocalStore
from storage.s3 import S3Store

LIMIT_SECONDS = 90
"""A schedule that is missed once is looked at again after a minute."""
STATEMENTS = ("execute", "executemany", "fetch", "fetchrow", "fetchval")
STORE_WRITES = ("put", "delete", "discard_segments", "seal")
QUIET_SECONDS = 0.1
"""What ends a worker that nobody kills: its job is done, and the queue knows."""

_victim: contextvars.ContextVar[bool] = contextvars.ContextVar("victim", default=False)
_is_inside: contextvars.ContextVar[bool] = contextvars.ContextVar("inside", default=False)


class Fate(msgspec.Struct):
    """A worker's settings, the job or schedule whose steps count, and the step at which it dies (None: never)."""

    environment: dict[str, str]
    job: str
    step: int | None = None


class Death(msgspec.Struct):
    """How a worker ended: the signal that killed it or 0, and the steps that it came to, the last one at the end."""

    signal: int
    steps: list[str]


class Steps:
    """Counts the steps of the job and ends the process at the fatal one."""

    def __init__(self, fate: Fate, answers: int) -> None:
        self._fatal = fate.step
        self._count = 0
        self._answers = answers

    def reach(self, name: str) -> None:
        """Tells the parent, and dies if this is the step."""
        os.write(self._answers, f"{name}\n".encode())
        self._count += 1
        if self._count - 1 == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, function: Callable[..., Awaitable[Any]], name: str) -> Callable[..., Awaitable[Any]]:
        """The function with a step before and a step after it, while it works for the job."""

        @functools.wraps(function)
        async def stepping(*arguments: Any, **named: Any) -> Any:
            # Of calls within calls only the outermost counts.
            if not _victim.get() or _is_inside.get():
                return await function(*arguments, **named)
            what = f"{name} {text_of(arguments)}"
            self.reach(f"before {what}")
            token = _is_inside.set(True)
            try:
                result = await function(*arguments, **named)
            finally:
                _is_inside.reset(token)
            self.reach(f"after {what}")
            return result

        return stepping


def text_of(arguments: tuple[Any, ...]) -> str:
    """The beginning of a statement, or the family of a key."""
    texts = [argument for argument in arguments if isinstance(argument, str)]
    return " ".join(texts[0].partition("/")[0].split())[:60] if texts else ""


def instrument(steps: Steps, fate: Fate, done: asyncio.Event) -> None:
    """Puts steps around everything that the job does to the database and the store."""
    for name in STATEMENTS:
        setattr(asyncpg.Connection, name, steps.around(getattr(asyncpg.Connection, name), name))
    for store in (LocalStore, S3Store):
        for name in STORE_WRITES:
            setattr(store, name, steps.around(getattr(store, name), name))

    def chosen(function: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        async def run(*arguments: Any) -> None:
            token = _victim.set(True)
            try:
                steps.reach("job taken")
                await function(*arguments)
                steps.reach("job done")
            finally:
                _victim.reset(token)
                if fate.job in jobs.SCHEDULE:
                    done.set()

        return run

    if fate.job in jobs.JOBS:
        job = jobs.JOBS[fate.job]
        jobs.JOBS[fate.job] = jobs.Job(chosen(job.run), job.give_up)
    else:
        expression, function = jobs.SCHEDULE[fate.job]
        jobs.SCHEDULE[fate.job] = (expression, chosen(function))
    told = Queries.log_jobs

    async def log_jobs(self: Queries, job_status: Any) -> None:
        ours = any(job.entrypoint == fate.job for job, *_ in job_status)
        if ours:
            steps.reach("before the queue knows")
        await told(self, job_status)
        if ours:
            steps.reach("after the queue knows")
            done.set()

    Queries.log_jobs = log_jobs  # type: ignore[method-assign]


async def work(fate: Fate, steps: Steps) -> None:
    settings = read_settings(fate.environment)
    stop, done = asyncio.Event(), asyncio.Event()
    instrument(steps, fate, done)
    async with open_worker_context(settings) as context, asyncio.timeout(LIMIT_SECONDS):
        working = asyncio.create_task(worker.run(settings.database_url, context, stop))
        await done.wait()
        await asyncio.sleep(QUIET_SECONDS)
        stop.set()
        await working


def raise_worker(fate: Fate) -> Death:
    """Forks a worker and waits for its end."""
    steps, answers = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            die_with_parent(signal.SIGKILL, parent)
            os.close(steps)
            uvloop.run(work(fate, Steps(fate, answers)))
            status = 0
        finally:
            os._exit(status)
    os.close(answers)
    with os.fdopen(steps) as lines:
        reached = lines.read().splitlines()
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        reached.append("failed")
    return Death(os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, reached)


def main() -> None:
    for line in sys.stdin.buffer:
        death = raise_worker(msgspec.json.decode(line, type=Fate))
        sys.stdout.buffer.write(msgspec.json.encode(death) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
