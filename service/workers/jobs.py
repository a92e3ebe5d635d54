"""Which workflow runs for which job, and what the world sees when its last try has failed."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from service.clock import utc_now
from service.repositories import awaited_photos, clocks, jobs
from service.workflows import (
    accounts,
    case_examinations,
    case_pictures,
    cdn,
    hazard_lists,
    notifications,
    renditions,
    stranded,
    uploads,
)
from service.workflows.context import WorkerContext

logger = logging.getLogger("clearway.worker")

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


async def _examine_picture(context: WorkerContext, payload: Payload) -> None:
    await case_examinations.examine(context, UUID(payload["case_id"]), payload["number"], UUID(payload["photo_id"]))


async def _give_up_examining(context: WorkerContext, payload: Payload) -> None:
    await case_examinations.give_up_examining(
        context, UUID(payload["case_id"]), payload["number"], UUID(payload["photo_id"])
    )


async def _check_picture(context: WorkerContext, payload: Payload) -> None:
    await case_examinations.check(context, UUID(payload["case_id"]), payload["number"], payload["version"])


async def _give_up_checking(context: WorkerContext, payload: Payload) -> None:
    await case_examinations.give_up_checking(context, UUID(payload["case_id"]), payload["number"], payload["version"])


async def _purge(context: WorkerContext, payload: Payload) -> None:
    await cdn.purge(context, payload["slug"], payload["pictures"])


async def _leave_picture(_context: WorkerContext, _payload: Payload) -> None:
    """Nothing shows the picture any more and the job stays among the failed ones: there is nothing else to say."""


EXPECTED = (
    renditions.RenditionFailed,
    case_pictures.BakingFailed,
    case_examinations.ExaminationFailed,
    cdn.PurgeFailed,
)
"""Failures that a stranger's file can cause: nothing of ours is wrong, and a trace would say nothing."""

JOBS: dict[str, Job] = {
    "case.bake_picture": Job(_bake_picture, _give_up_picture),
    "case.check_picture": Job(_check_picture, _give_up_checking),
    "case.discard_picture": Job(_discard_picture, _leave_picture),
    "case.examine_picture": Job(_examine_picture, _give_up_examining),
    "case.purge": Job(_purge, _leave_picture),
    "photo.render": Job(_render_photo, _give_up_photo),
}


HISTORY_KEPT = timedelta(days=7)
"""How long the queue remembers jobs that are done."""


CLOCKS_APART = timedelta(minutes=1)
"""How far this machine's clock and the database's may be from one another."""


async def _agreed_now(context: WorkerContext) -> datetime | None:
    """This instant; None, and a line in the log, when the database's clock says otherwise.

    One of the two has jumped. What is deleted or told by a wrong clock cannot be taken back; an hour later is no harm.
    """
    async with context.database.connection() as connection:
        theirs, ours = await clocks.now(connection), utc_now()
    if abs(ours - theirs) <= CLOCKS_APART:
        return ours
    fields = {"here": ours.isoformat(), "database": theirs.isoformat()}
    logger.error("clocks disagree, nothing is swept or escalated until they agree", extra={"fields": fields})
    return None


async def sweep(context: WorkerContext) -> None:
    """Removes what expired: unfinished uploads, orphan segments, ended sessions, old sign-in attempts, old jobs.

    Work that has lost its job gets a new one.
    """
    now = await _agreed_now(context)
    if now is None:
        return
    await uploads.sweep(context, now=now)
    await accounts.sweep_sessions(context, now)
    await stranded.take_up(context)
    async with context.database.connection() as connection:
        await awaited_photos.forget_arrived(connection)
        await jobs.prune_history(connection, before=now - HISTORY_KEPT)


async def escalate(context: WorkerContext) -> None:
    """Tells people what is due soon, late and still late."""
    now = await _agreed_now(context)
    if now is not None:
        await notifications.escalate(context, now)


SCHEDULE: dict[str, tuple[str, Callable[[WorkerContext], Awaitable[None]]]] = {
    "escalate": ("*/5 * * * *", escalate),
    "fold_tallies": ("* * * * *", hazard_lists.fold_tallies),
    "sweep": ("*/10 * * * *", sweep),
}
"""Name -> (cron expression, function). pgqueuer runs each once, however many workers there are."""
