"""A store in a bucket of an S3 server: AWS, Ceph, MinIO, rclone and what else speaks the protocol.

Everything blocking runs in a bounded number of threads, each with at most one connection. An object is stored by one
conditional PUT of bytes whose hash is known (`s3_bucket` says why not otherwise), so what is received waits in memory
or in a temporary file first (`s3_spool`).
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Final, TypeVar

from storage.base import (
    ObjectDamaged,
    ObjectMissing,
    Sealed,
    Segment,
    StoredObject,
    checked_deletable,
    checked_key,
    checked_prefix,
    checked_promise,
    checked_segment_key,
    promise_kept,
)
from storage.s3_bucket import Outcome
from storage.s3_files import download, new_path, remove_abandoned
from storage.s3_findings import Findings
from storage.s3_options import S3Options
from storage.s3_proven import ProvenBucket
from storage.s3_spool import Memory, Spool, body_of
from storage.s3_writer import S3SegmentWriter
from storage.threads import Threads

HASHING_THREADS: Final = 4
WINDOW_BYTES: Final = 2 * 1024 * 1024
"""Asked for at once. A reader that takes its time holds this much memory, and no connection."""

Name = Callable[[bytes], str]
T = TypeVar("T")


class S3Store:
    """``ObjectStore`` in a bucket: a key is an object's name below the prefix.

    Nothing is written before a probe has shown that the bucket keeps what is written once. Until then writes and
    ``check`` raise ``StoreError``; reading works.
    """

    def __init__(self, bucket: str, prefix: str, options: S3Options) -> None:
        """Talks to nobody yet."""
        remove_abandoned()
        self._bucket = ProvenBucket(bucket, prefix, options)
        self._memory = Memory(options.memory_bytes)
        self._network = Threads(options.connections, "s3")
        self._hashing = Threads(HASHING_THREADS, "s3-hash")
        self._checking: asyncio.Future[None] | None = None

    async def probe(self) -> Findings:
        """What the store is like, asked anew: it writes an object, tries to overwrite it, removes it."""
        return await self._network.call(self._bucket.probe)

    def begin_segment(self, key: str, *, also: Sequence[str] = ()) -> S3SegmentWriter:
        """See ``ObjectStore.begin_segment``."""
        spool = Spool(self._memory)
        return S3SegmentWriter(self._bucket, spool, self._hashing, self._network, checked_segment_key(key), also)

    async def seal(
        self,
        segments: Sequence[Segment],
        name: Callable[[bytes], str],
        *,
        expected: Mapping[str, bytes] | None = None,
    ) -> Sealed:
        """See ``ObjectStore.seal``. The segments are read, verified, and stored as one object."""
        promised = checked_promise(segments, expected)
        return await self._network.call(lambda: self._seal(segments, name, promised))

    def _seal(self, segments: Sequence[Segment], name: Name, promised: bytes | None) -> Sealed:
        with closing(Spool(self._memory)) as spool:
            try:
                digest = self._gather(segments, spool)
            except ObjectMissing:
                if len(segments) > 1:
                    raise
                # Finished before and its segment discarded: then the result is there, else the object is missing.
                [segment] = segments
                key = promise_kept(name, segment.sha256, promised)
                head = self._bucket.confirm(key, segment.size, segment.sha256)
                return Sealed(key, segment.size, segment.sha256, head)
            key = promise_kept(name, digest, promised)
            self._bucket.store_once(key, spool.body(), digest)
            return Sealed(key, spool.size, digest, spool.head)

    def _gather(self, segments: Sequence[Segment], spool: Spool) -> bytes:
        """Every segment's bytes into ``spool``; the SHA-256 of the whole."""
        whole = hashlib.sha256()
        for segment in segments:
            own, before = hashlib.sha256(), spool.size
            for piece in self._bucket.reader(segment.key, 0, segment.size + 1).pieces():
                own.update(piece)
                if len(segments) > 1:
                    whole.update(piece)
                spool.append(piece)
            if spool.size - before != segment.size or own.digest() != segment.sha256:
                raise ObjectDamaged("a segment does not hold what was acknowledged")
        return whole.digest() if len(segments) > 1 else segments[0].sha256

    async def discard_segments(self, keys: Iterable[str]) -> None:
        """See ``ObjectStore.discard_segments``. One request each: vendors disagree about deleting many at once."""
        await self._every([self._removal(checked_segment_key(key)) for key in keys])

    def _removal(self, key: str) -> Callable[[], None]:
        return lambda: self._bucket.remove(key)

    async def _every(self, calls: Sequence[Callable[[], None]]) -> None:
        """All of them, so that one that fails keeps no other from its work; then the first error, if any."""
        outcomes = await asyncio.gather(*map(self._network.call, calls), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def put(self, key: str, data: bytes) -> bool:
        """See ``ObjectStore.put``."""
        checked_key(key)
        return await self._network.call(lambda: self._put(key, data))

    def _put(self, key: str, data: bytes) -> bool:
        return self._bucket.store_once(key, body_of(data), hashlib.sha256(data).digest()) is Outcome.STORED

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """See ``ObjectStore.read``. Pieces are at most 512 KiB."""
        if start < 0 or (end is not None and end < 0):
            raise ValueError("a range has no negative bounds")
        reader = self._bucket.reader(checked_key(key), start, end)
        if reader.is_over:
            await self.stat(key)
        while not reader.is_over:
            for piece in await self._network.call(lambda: [*reader.pieces(WINDOW_BYTES)]):
                yield piece

    async def stat(self, key: str) -> StoredObject:
        """See ``ObjectStore.stat``."""
        checked_key(key)
        return await self._network.call(lambda: self._bucket.describe(key))

    async def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """See ``ObjectStore.list``."""
        pages = self._bucket.pages(checked_prefix(prefix))
        while (page := await self._network.call(lambda: next(pages, None))) is not None:
            for found in page:
                yield found

    async def delete(self, key: str) -> None:
        """See ``ObjectStore.delete``."""
        await self._network.call(self._removal(checked_deletable(key)))

    @asynccontextmanager
    async def local_file(self, key: str) -> AsyncIterator[Path]:
        """See ``ObjectStore.local_file``: a copy, removed when the context closes."""
        reader, path = self._bucket.reader(checked_key(key)), new_path()
        copying = self._network.call(lambda: download(reader, path))
        try:
            await asyncio.shield(copying)
            yield path
        finally:
            # Whoever is cancelled leaves a thread that still writes.
            removal = asyncio.ensure_future(_removed(path, copying))
            await asyncio.shield(removal)

    async def presigned(self, key: str, *, seconds: int, headers: Mapping[str, str] | None = None) -> str:
        """See ``ObjectStore.presigned``."""
        checked_key(key)
        return await self._network.call(lambda: self._bucket.presigned(key, seconds, headers or {}))

    async def free_bytes(self) -> None:
        """See ``ObjectStore.free_bytes``: nobody knows; a store that is full says so when it is written to."""

    async def check(self) -> None:
        """See ``ObjectStore.check``. One question at a time, however many ask."""
        if self._checking is None or self._checking.done():
            self._checking = self._network.call(self._bucket.check)
            # Those who asked may have lost patience.
            self._checking.add_done_callback(lambda done: done.exception())
        await asyncio.shield(self._checking)

    async def close(self) -> None:
        """See ``ObjectStore.close``."""
        await asyncio.to_thread(self._network.close)
        await asyncio.to_thread(self._hashing.close)
        self._bucket.close()


async def _removed(path: Path, copying: asyncio.Future[None]) -> None:
    """Remove a copy once nobody writes it any more."""
    await asyncio.wait((copying,))
    copying.exception()
    await asyncio.to_thread(path.unlink, missing_ok=True)
