"""A worker at work, and what the test sees of it: the queue, and photos through the front door."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import msgspec

from service.app import open_worker_context
from service.settings import Settings
from service.workers import worker
from tests import people, samples
from tests.api.photo_client import digest_of

PHOTO = samples.phone_photo(orientation=6)
LIMIT_SECONDS = 30.0


class Queue:
    """The test's view of the job queue."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection

    async def until_is_empty(self) -> None:
        await until(self.is_empty)

    async def is_empty(self) -> bool:
        return not await self.connection.fetchval("SELECT count(*) FROM pgqueuer")

    async def until_status(self, status: str) -> None:
        async def holds() -> bool:
            return bool(await self.connection.fetchval("SELECT count(*) FROM pgqueuer WHERE status::text = $1", status))

        await until(holds)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Asks until it holds: a job that is taken or tried again notifies nobody."""
    async with asyncio.timeout(LIMIT_SECONDS):
        while not await holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@asynccontextmanager
async def working(settings: Settings, **instead: Any) -> AsyncIterator[asyncio.Event]:
    """A worker at work; `instead` replaces parts of its context. The event stops it."""
    stop = asyncio.Event()
    async with open_worker_context(msgspec.structs.replace(settings, imaging_processes=1)) as context:
        task = asyncio.create_task(worker.run(settings.database_url, replace(context, **instead), stop))
        try:
            yield stop
        finally:
            stop.set()
            async with asyncio.timeout(LIMIT_SECONDS):
                await task


async def send(client: httpx.AsyncClient, content: bytes = PHOTO) -> UUID:
    photo_id = uuid4()
    headers = people.signed_in("inspector") | {"Content-Digest": digest_of(content)}
    answer = await client.put(f"/api/v1/photos/{photo_id}", content=content, headers=headers)
    while answer.status_code == 503:
        # A connection that the database has just ended: every phone sends again then.
        answer = await client.put(f"/api/v1/photos/{photo_id}", content=content, headers=headers)
    assert answer.status_code == 201
    return photo_id


async def get(client: httpx.AsyncClient, photo_id: UUID, what: str = "") -> httpx.Response:
    return await client.get(f"/api/v1/photos/{photo_id}{what}", headers=people.signed_in("inspector"))


async def state_of(client: httpx.AsyncClient, photo_id: UUID) -> tuple[str, str | None]:
    photo = (await get(client, photo_id)).json()
    return photo["rendition_state"], photo["rendition_problem"]


class Failing:
    """A part that fails a number of times and then does what the real one does, if there is one."""

    def __init__(self, error: Exception, times: int, real: Any = None) -> None:
        self._error, self._times, self._real = error, times, real
        self.calls = 0

    async def render(self, path: Path) -> Any:
        self.calls += 1
        if self.calls <= self._times:
            raise self._error
        return self._real


@asynccontextmanager
async def photos_locked(database_url: str) -> AsyncIterator[None]:
    """Whoever wants to read photos waits, as long as this is open: a job that was taken cannot go on."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE photos IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


async def is_ready(client: httpx.AsyncClient, photo_id: UUID) -> bool:
    return (await state_of(client, photo_id))[0] == "ready"
