"""One upload's bytes on their way into a file of the local store."""

import asyncio
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Final, ParamSpec, TypeVar

from storage.base import HEAD_BYTES, AlreadyStored, DigestMismatch, Sealed, Segment, StoreError, sealed_key
from storage.local_files import start_writing_out, store_errors, write_all
from storage.local_folder import Folder, NewFile
from storage.threads import Threads

BATCH_BYTES: Final = 768 * 1024
"""Handed to a thread at once. The next batch is received meanwhile, so a writer holds at most two."""
BATCH_CHUNKS: Final = 256
"""Bounds the list when a phone sends a few bytes at a time."""

P = ParamSpec("P")
T = TypeVar("T")


class LocalSegmentWriter:
    """``SegmentWriter`` on a file without a name. Chunks are collected on the loop, written and hashed in a thread."""

    def __init__(self, folder: Folder, threads: Threads, key: str, also: Sequence[str]) -> None:
        self.size = 0
        self.head = b""
        self._folder = folder
        self._threads = threads
        self._key = key
        self._digests = {name: hashlib.new(name, usedforsecurity=False) for name in ("sha256", *also)}
        self._collected: list[bytes] = []
        self._collected_bytes = 0
        self._running: asyncio.Future[None] | None = None
        self._usable = True
        self._returned = False
        # What follows belongs to the threads, under the lock: a cancelled request may leave a batch running while
        # the discard of the same writer starts in another thread.
        self._lock = Lock()
        self._file: NewFile | None = None
        self._written = 0
        self._ended = False
        self._segment_visible = False

    async def write(self, chunk: bytes) -> None:
        """See ``SegmentWriter.write``."""
        self._must_be_usable()
        if self.size < HEAD_BYTES:
            self.head += bytes(chunk[: HEAD_BYTES - self.size])
        self.size += len(chunk)
        self._collected.append(chunk)
        self._collected_bytes += len(chunk)
        if self._collected_bytes >= BATCH_BYTES or len(self._collected) >= BATCH_CHUNKS:
            await self._running_batch()
            self._running = self._submit(self._append, self._take_collected())

    async def commit(self, *, expected: Mapping[str, bytes] | None = None) -> Segment:
        """See ``SegmentWriter.commit``."""
        return await self._conclude(self._publish_segment, expected)

    async def seal(self, name: Callable[[bytes], str], *, expected: Mapping[str, bytes] | None = None) -> Sealed:
        """See ``SegmentWriter.seal``."""
        return await self._conclude(lambda file: self._publish_original(file, name), expected)

    async def discard(self) -> None:
        """See ``SegmentWriter.discard``."""
        if self._returned:
            return
        self._usable = False
        self._collected.clear()
        if self._running is not None:
            # Its error was told already, or nobody is left to hear it.
            self._running.add_done_callback(lambda batch: batch.cancelled() or batch.exception())
        await self._submit(self._abandon)

    def _must_be_usable(self) -> None:
        if not self._usable:
            raise StoreError("this upload was ended or has failed before")

    def _take_collected(self) -> list[bytes]:
        collected, self._collected, self._collected_bytes = self._collected, [], 0
        return collected

    def _submit(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> asyncio.Future[T]:
        def work() -> T:
            with self._lock, store_errors():
                return function(*arguments, **named)

        return self._threads.call(work)

    async def _running_batch(self) -> None:
        if self._running is None:
            return
        try:
            await self._running
        except BaseException:
            self._usable = False
            raise
        self._running = None

    async def _conclude(self, publish: Callable[[NewFile], T], expected: Mapping[str, bytes] | None) -> T:
        self._must_be_usable()
        promised = dict(expected or {})
        if not promised.keys() <= self._digests.keys():
            raise ValueError("a digest is expected that begin_segment was not asked to compute")
        await self._running_batch()
        self._usable = False
        result = await self._submit(self._make_durable, self._take_collected(), promised, publish)
        self._returned = True
        return result

    def _append(self, batch: list[bytes]) -> None:
        if self._ended:
            return
        try:
            if self._file is None:
                self._file = self._folder.create()
            length = write_all(self._file, batch)
            start_writing_out(self._file.fileno(), self._written, length)
        except BaseException:
            self._drop()
            raise
        self._written += length
        for digest in self._digests.values():
            for chunk in batch:
                digest.update(chunk)
        # Let go before the loop hears of it: otherwise a third batch is held for a moment.
        batch.clear()

    def _make_durable(self, batch: list[bytes], promised: dict[str, bytes], publish: Callable[[NewFile], T]) -> T:
        self._append(batch)
        if self._ended or self._file is None:
            raise StoreError("this upload was discarded")
        try:
            for algorithm, digest in promised.items():
                if self._digests[algorithm].digest() != digest:
                    raise DigestMismatch(algorithm)
            os.fdatasync(self._file.fileno())
            return publish(self._file)
        finally:
            self._drop()

    def _publish_segment(self, file: NewFile) -> Segment:
        if not self._folder.publish(file.source, self._key):
            raise AlreadyStored("this segment key was used before")
        self._segment_visible = True
        return Segment(self._key, self._written, self._digests["sha256"].digest())

    def _publish_original(self, file: NewFile, name: Callable[[bytes], str]) -> Sealed:
        digest = self._digests["sha256"].digest()
        key = sealed_key(name, digest)
        if not self._folder.publish(file.source, key):
            self._folder.confirm(key, self._written, digest)
        return Sealed(key, self._written, digest, self.head)

    def _abandon(self) -> None:
        self._drop()
        if self._segment_visible:
            self._segment_visible = False
            self._folder.remove(self._key)

    def _drop(self) -> None:
        self._ended = True
        if self._file is not None:
            self._file.close()
            self._file = None
