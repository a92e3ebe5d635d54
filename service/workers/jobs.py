"""Which workflow runs for which job, and what the world sees when its last try has failed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from service.clock import utc_now
from service.repositories import jobs
from service.workflows import accounts, case_pictures, hazard_lists, notifications, renditions, uploads
from service.workflows.context import WorkerContext

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """`run` may be called again after it was killed at any line; `give_up` leaves a visible failed state."""

    run: Callable[[WorkerContext, Payload], Awaitable[None]]
    give_up: Callable[[WorkerContext, Payload], Awaitable[None]]


async def _render_photo(context: WorkerContext, payload: Payload) -> None:
    await renditions.render(context, UUID(payload["photo_id"]))


async def _give_up_photo(context: WorkerContext, payload: Payload) -> None:
    await renditions.give_up(context, UUID(payload["photo_id"]))


async def _bake_picture(context: WorkerContext, payload: Payload) -> None:
    await case_pictures.bake(context, UUID(payload["case_id"]), payload["number"], payload["version"])


async def _give_up_picture(context: WorkerContext, payload: Payload) -> None:
    await case_pictures.give_up(context, UUID(payload["case_id"]), payload["number"], payload["version"])


async def _discard_picture(context: WorkerContext, payload: Payload) -> None:
    await case_pictures.discard(context, payload["name"])


async def _leave_picture(_context: WorkerContext, _payload: Payload) -> None:
    """Nothing shows the picture any more and the job stays among the failed ones: there is nothing else to say."""


EXPECTED = (renditions.RenditionFailed, case_pictures.BakingFailed)
"""Failures that a stranger's file can cause: nothing of ours is wrong, and a trace would say nothing."""

JOBS: dict[str, Job] = {
    "case.bake_picture": Job(_bake_picture, _give_up_picture),
    "case.discard_picture": Job(_discard_picture, _leave_picture),
    "photo.render": Job(_render_photo, _give_up_photo),
}


HISTORY_KEPT = timedelta(days=7)
"""How long the queue remembers jobs that are done."""


async def sweep(context: WorkerContext) -> None:
    """Removes what expired: unfinished uploads, orphan segments, ended sessions, old sign-in attempts, old jobs."""
    now = utc_now()
    await uploads.sweep(context, now=now)
    await accounts.sweep_sessions(context, now)
    async with context.database.connection() as connection:
        await jobs.prune_history(connection, before=now - HISTORY_KEPT)


async def escalate(context: WorkerContext) -> None:
    """Tells people what is due soon, late and still late."""
    await notifications.escalate(context, utc_now())


SCHEDULE: dict[str, tuple[str, Callable[[WorkerContext], Awaitable[None]]]] = {
    "escalate": ("*/5 * * * *", escalate),
    "fold_tallies": ("* * * * *", hazard_lists.fold_tallies),
    "sweep": ("*/10 * * * *", sweep),
}
"""Name -> (cron expression, function). pgqueuer runs each once, however many workers there are."""
