"""From a store into the copies of a backup: what is missing there, each object checked against what its row says."""

import asyncio
import errno
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from service.backup.batches import in_batches, in_thread
from service.backup.pool import Arrival, Pool
from service.backup.progress import Progress
from service.backup.snapshot import NamedObject
from service.problems import Problem
from storage import ObjectMissing, ObjectStore
from storage.local_files import NO_ROOM

LOCAL_WORKERS: Final = 2
"""While one waits for the disk the other copies."""
REMOTE_WORKERS: Final = 8


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one object. `held` says its true size and hash; None when the store does not hold it."""

    wanted: NamedObject
    held: NamedObject | None


@dataclass(frozen=True, slots=True)
class Copier:
    """`store_is_local`: its objects are files of this machine, and are copied without passing the event loop."""

    store: ObjectStore
    store_is_local: bool
    pool: Pool
    progress: Progress

    async def bring(self, wanted: Iterable[NamedObject]) -> AsyncIterator[Outcome]:
        """Copies what the pool lacks; yields an outcome for every object, in no promised order.

        422 `backup.no_room`. StoreError when the store is away.
        """
        workers = LOCAL_WORKERS if self.store_is_local else REMOTE_WORKERS
        async for batch in in_batches(wanted, workers, self._bring_batch):
            for outcome in batch:
                yield outcome

    async def check(self, wanted: Iterable[NamedObject]) -> AsyncIterator[Outcome]:
        """Asks the store whether it holds every object, by its size. Copies nothing."""
        async for batch in in_batches(wanted, REMOTE_WORKERS, self._check_batch):
            for outcome in batch:
                yield outcome

    async def _bring_batch(self, batch: Sequence[NamedObject]) -> list[Outcome]:
        sizes = await asyncio.to_thread(lambda: [self.pool.size(item.key) for item in batch])
        outcomes: list[Outcome] = []
        arrivals: list[tuple[str, Arrival]] = []
        try:
            for item, size in zip(batch, sizes, strict=True):
                if size is not None and size == (item.size or size):
                    held: NamedObject | None = NamedObject(item.key, size, item.sha256)
                else:
                    held = await self._fetch(item, arrivals)
                outcomes.append(Outcome(item, held))
                self.progress.advance(1, 0 if held is None else held.size or 0)
            await in_thread(lambda: self.pool.keep(arrivals))
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            raise Problem("backup.no_room", folder=str(self.pool.root)) from error
        finally:
            for _, arrival in arrivals:
                arrival.file.close()
        return outcomes

    async def _fetch(self, item: NamedObject, arrivals: list[tuple[str, Arrival]]) -> NamedObject | None:
        """A copy that waits for the disk and its name, None when the store does not hold what the row says."""
        arrival = self.pool.begin()
        try:
            await (self._receive if self.store_is_local else self._stream)(item, arrival)
            if arrival.sha256 == item.sha256 and arrival.size == (item.size or arrival.size):
                arrivals.append((item.key, arrival))
                return NamedObject(item.key, arrival.size, item.sha256)
        except (ObjectMissing, FileNotFoundError):
            pass
        except OSError as error:
            # A disk that cannot read this one: all others are worth keeping the more.
            if error.errno != errno.EIO:
                arrival.discard()
                raise
        except BaseException:
            arrival.discard()
            raise
        arrival.discard()
        return None

    async def _receive(self, item: NamedObject, arrival: Arrival) -> None:
        async with self.store.local_file(item.key) as path:
            await in_thread(lambda: arrival.receive(path))

    async def _stream(self, item: NamedObject, arrival: Arrival) -> None:
        async for piece in self.store.read(item.key):
            await in_thread(partial(arrival.write, piece))

    async def _check_batch(self, batch: Sequence[NamedObject]) -> list[Outcome]:
        outcomes = []
        for item in batch:
            held = None
            try:
                size = (await self.store.stat(item.key)).size
                if size == (item.size or size):
                    held = NamedObject(item.key, size, item.sha256)
            except ObjectMissing:
                held = None
            outcomes.append(Outcome(item, held))
            self.progress.advance(1, 0 if held is None else held.size or 0)
        return outcomes
