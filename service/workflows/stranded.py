"""Gives work that has lost its job a new one."""

import logging

from service.repositories import jobs, stranded
from service.workflows import case_pictures
from service.workflows.context import WorkerContext

logger = logging.getLogger("clearway.worker")


async def take_up(context: WorkerContext) -> None:
    """Queues again what waits without a job: renditions of photos, and pictures of cases to examine, bake or check."""
    async with context.database.transaction() as connection:
        photos, pictures = await stranded.photos(connection), await stranded.pictures(connection)
        for photo_id in photos:
            key = f"photo.render:{photo_id}"
            await jobs.enqueue(connection, "photo.render", {"photo_id": str(photo_id)}, dedupe_key=key)
        for job, case_id, number, version, photo_id in pictures:
            await case_pictures.queue(
                connection, job, case_id=case_id, number=number, version=version, photo_id=photo_id
            )
    if photos or pictures:
        fields = {"photos": len(photos), "pictures": len(pictures)}
        logger.warning("work without a job, queued again", extra={"fields": fields})
