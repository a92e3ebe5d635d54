"""The demo's photos: drawn, sent through the front door, and known by their hash from then on."""

import asyncio
import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from schemas.hazards import PhotoReference
from service.demo import pictures
from service.demo.people import People
from service.demo.stories import Shot
from service.demo.timeline import Timeline
from service.domain.geodesy import Coordinate, to_wgs84
from service.repositories import photos
from service.workflows.context import Context

MODELS = {"inspector": "L5 Pro", "owner": "N2", "desk": "T1"}
OTHER_MODEL = "L4"
DRAWING_THREADS = 2
"""Pillow lets other threads run while it computes, so two draw and send at the same time."""
RESUMABLE_EVERY = 3
"""Every third photo goes by tus, the others in one request."""


class Album:
    """Photos by their shot. What has arrived at an earlier start is neither drawn nor sent again."""

    def __init__(self, context: Context, people: People, timeline: Timeline, report: Callable[[str], None]) -> None:
        self._context = context
        self._people = people
        self._timeline = timeline
        self._report = report
        self._threads = ThreadPoolExecutor(DRAWING_THREADS, thread_name_prefix="drawing")
        self._free = asyncio.Semaphore(DRAWING_THREADS)
        self._tasks: dict[str, asyncio.Task[str]] = {}
        self._sent = self._missing = 0

    async def begin(self, shots: Iterable[Shot]) -> None:
        """Starts drawing and sending all that is missing, in this order."""
        known = [(shot, await self._known_hash(shot)) for shot in shots]
        self._missing = sum(digest is None for _, digest in known)
        for shot, digest in known:
            self._tasks[shot.name] = asyncio.create_task(self._told(digest) if digest else self._make(shot))

    async def reference(self, shot: Shot) -> PhotoReference:
        """How a hazard names the photo, once it has been sent."""
        digest = await self._tasks[shot.name]
        photo_id = self._timeline.identifier(shot.name, shot.when)
        return PhotoReference(id=photo_id, sha256=digest, taken_at=self._timeline.at(shot.when))

    async def close(self) -> None:
        """Ends what is still running."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._threads.shutdown(cancel_futures=True)

    async def _known_hash(self, shot: Shot) -> str | None:
        async with self._context.database.connection() as connection:
            photo = await photos.by_id(connection, self._timeline.identifier(shot.name, shot.when))
        return None if photo is None else photo.sha256.hex()

    async def _told(self, digest: str) -> str:
        return digest

    async def _make(self, shot: Shot) -> str:
        async with self._free:
            data = await asyncio.get_running_loop().run_in_executor(self._threads, self._draw, shot)
            phone = await self._people.phone(shot.by)
            photo_id = self._timeline.identifier(shot.name, shot.when)
            self._sent += 1
            number, by_tus = self._sent, self._sent % RESUMABLE_EVERY == 0
            await asyncio.to_thread(phone.upload_photo if by_tus else phone.put_photo, photo_id, data)
            how = "by tus" if by_tus else "in one request"
            place = f"{shot.story.scene}, {shot.variant}"
            self._report(f"[{number:2d}/{self._missing}] {place}: {len(data) // 1024} kB {how}")
        return hashlib.sha256(data).hexdigest()

    def _draw(self, shot: Shot) -> bytes:
        story = shot.story
        place = to_wgs84(Coordinate(story.longitude, story.latitude), story.datum)
        # Where somebody stood differs a little from photo to photo; north is where the fix of this phone is off.
        return pictures.phone_photo(
            story.scene,
            shot.variant,
            story.seed,
            taken_at=self._timeline.at(shot.when),
            latitude=place.latitude + story.photo_north_degrees + 0.00003 * shot.number,
            longitude=place.longitude,
            heading=story.seed * 37.3 % 360,
            model=MODELS.get(shot.by, OTHER_MODEL),
        )
