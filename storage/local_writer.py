"""One upload's bytes on their way into a file of the local store."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import ParamSpec, TypeVar

from storage.base import AlreadyStored, Sealed, Segment, StoreError, sealed_key
from storage.batching import BatchingWriter
from storage.local_files import start_writing_out, store_errors, write_all
from storage.local_folder import Folder, NewFile
from storage.threads import Threads

P = ParamSpec("P")
T = TypeVar("T")


class LocalSegmentWriter(BatchingWriter):
    """``SegmentWriter`` on a file without a name. Chunks are collected on the loop, written and hashed in a thread."""

    def __init__(self, folder: Folder, threads: Threads, key: str, also: Sequence[str]) -> None:
        super().__init__(also)
        self._folder = folder
        self._threads = threads
        self._key = key
        # What follows belongs to the threads, under the lock: a cancelled request may leave a batch running while
        # the discard of the same writer starts in another thread.
        self._lock = Lock()
        self._file: NewFile | None = None
        self._written = 0
        self._ended = False
        self._segment_visible = False

    def _begin(self, batch: list[bytes]) -> asyncio.Future[None]:
        return self._submit(self._append, batch)

    async def commit(self, *, expected: Mapping[str, bytes] | None = None) -> Segment:
        """See ``SegmentWriter.commit``."""
        return await self._conclude(expected, self._finishing(self._publish_segment))

    async def seal(self, name: Callable[[bytes], str], *, expected: Mapping[str, bytes] | None = None) -> Sealed:
        """See ``SegmentWriter.seal``."""
        return await self._conclude(expected, self._finishing(lambda file: self._publish_original(file, name)))

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

    def _submit(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> asyncio.Future[T]:
        def work() -> T:
            with self._lock, store_errors():
                return function(*arguments, **named)

        return self._threads.call(work)

    def _finishing(
        self, publish: Callable[[NewFile], T]
    ) -> Callable[[list[bytes], dict[str, bytes]], asyncio.Future[T]]:
        return lambda batch, promised: self._submit(self._make_durable, batch, promised, publish)

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
            self._check(promised)
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
