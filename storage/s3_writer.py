"""One upload's bytes on their way into an S3 store: hashed as they come, sent once when their hash is known."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from storage.base import AlreadyStored, Sealed, Segment, sealed_key
from storage.batching import BatchingWriter
from storage.s3_bucket import Outcome
from storage.s3_proven import ProvenBucket
from storage.s3_spool import Spool
from storage.threads import Threads

T = TypeVar("T")


class S3SegmentWriter(BatchingWriter):
    """``SegmentWriter`` on a spool. One thread at a time works for it: each call is awaited before the next is made.

    A request that is cancelled leaves its call running; ``discard`` waits for that.
    """

    def __init__(
        self, bucket: ProvenBucket, spool: Spool, hashing: Threads, network: Threads, key: str, also: Sequence[str]
    ) -> None:
        super().__init__(also)
        self._bucket = bucket
        self._spool = spool
        self._hashing = hashing
        self._network = network
        self._key = key
        self._discarding: asyncio.Task[None] | None = None
        self._segment_visible = False

    def _begin(self, batch: list[bytes]) -> asyncio.Future[None]:
        return self._hashing.call(lambda: self._keep(batch))

    async def commit(self, *, expected: Mapping[str, bytes] | None = None) -> Segment:
        """See ``SegmentWriter.commit``."""
        return await self._conclude(expected, self._finishing(self._store_segment))

    async def seal(self, name: Callable[[bytes], str], *, expected: Mapping[str, bytes] | None = None) -> Sealed:
        """See ``SegmentWriter.seal``. The bytes cross the wire once, to their final key."""
        return await self._conclude(expected, self._finishing(lambda: self._store_original(name)))

    async def discard(self) -> None:
        """See ``SegmentWriter.discard``."""
        if self._returned:
            return
        self._usable = False
        if self._discarding is None:
            self._discarding = asyncio.ensure_future(self._discard())
        await asyncio.shield(self._discarding)

    async def _discard(self) -> None:
        self._collected.clear()
        if self._running is not None:
            await asyncio.wait((self._running,))
            # Its error was told already, or nobody is left to hear it.
            self._running.exception()
        self._spool.close()
        if self._segment_visible:
            await self._network.call(lambda: self._bucket.remove(self._key))

    def _finishing(self, store: Callable[[], T]) -> Callable[[list[bytes], dict[str, bytes]], asyncio.Future[T]]:
        return lambda batch, promised: self._network.call(lambda: self._finish(batch, promised, store))

    def _keep(self, batch: list[bytes]) -> None:
        """Joined, because every piece costs a call of its own each time that it is hashed, written or sent."""
        piece = b"".join(batch)
        # Let go before the loop hears of it: otherwise a third batch is held for a moment.
        batch.clear()
        for digest in self._digests.values():
            digest.update(piece)
        self._spool.append(piece)

    def _finish(self, batch: list[bytes], promised: dict[str, bytes], store: Callable[[], T]) -> T:
        try:
            self._keep(batch)
            self._check(promised)
            return store()
        finally:
            self._spool.close()

    def _store_segment(self) -> Segment:
        digest = self._digests["sha256"].digest()
        # Nobody else has this key: content that is the same may only be ours, of a try whose answer was lost.
        if self._bucket.store_once(self._key, self._spool.body(), digest) is Outcome.THERE:
            raise AlreadyStored("this segment key was used before")
        self._segment_visible = True
        return Segment(self._key, self.size, digest)

    def _store_original(self, name: Callable[[bytes], str]) -> Sealed:
        digest = self._digests["sha256"].digest()
        key = sealed_key(name, digest)
        self._bucket.store_once(key, self._spool.body(), digest)
        return Sealed(key, self.size, digest, self.head)
