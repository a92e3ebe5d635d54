"""A store in a folder of this machine. Needs a file system with hard links; several processes may share the folder."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from itertools import islice
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from storage.base import (
    HEAD_BYTES,
    ObjectDamaged,
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
from storage.local_files import copy_verified, store_errors, write_all
from storage.local_folder import Folder, parent_of
from storage.local_writer import LocalSegmentWriter
from storage.threads import Threads

THREADS: Final = 4
READ_BYTES: Final = 512 * 1024
LISTED_AT_ONCE: Final = 500

Name = Callable[[bytes], str]
P = ParamSpec("P")
T = TypeVar("T")


class LocalStore:
    """``ObjectStore`` on a folder: a key is a path below it. Files are 0400, folders 0700."""

    def __init__(self, root: str) -> None:
        """``root`` is an absolute path; it is made when it is missing. StoreError when the folder cannot serve."""
        self._folder = Folder(os.path.abspath(root))
        self._threads = Threads(THREADS, "store")

    async def _run(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        def work() -> T:
            with store_errors():
                return function(*arguments, **named)

        return await self._threads.call(work)

    def begin_segment(self, key: str, *, also: Sequence[str] = ()) -> LocalSegmentWriter:
        """See ``ObjectStore.begin_segment``."""
        return LocalSegmentWriter(self._folder, self._threads, checked_segment_key(key), also)

    async def seal(
        self,
        segments: Sequence[Segment],
        name: Callable[[bytes], str],
        *,
        expected: Mapping[str, bytes] | None = None,
    ) -> Sealed:
        """See ``ObjectStore.seal``. One segment is hard-linked, several are copied."""
        promised = checked_promise(segments, expected)
        seal = self._seal_one if len(segments) == 1 else self._seal_several
        return await self._run(seal, segments, name, promised)

    def _seal_one(self, segments: Sequence[Segment], name: Name, promised: bytes | None) -> Sealed:
        [segment] = segments
        key = promise_kept(name, segment.sha256, promised)
        try:
            with self._folder.open(segment.key) as file:
                if os.fstat(file.fileno()).st_size != segment.size:
                    raise ObjectDamaged("a segment is not as long as it was acknowledged")
                published = self._folder.publish(segment.key, key)
                head = os.pread(file.fileno(), HEAD_BYTES, 0)
        except FileNotFoundError:
            # Finished before and its segment discarded: then the result is there, else the object is missing.
            published = False
        if not published:
            head = self._folder.confirm(key, segment.size, segment.sha256)
        return Sealed(key, segment.size, segment.sha256, head)

    def _seal_several(self, segments: Sequence[Segment], name: Name, promised: bytes | None) -> Sealed:
        whole = hashlib.sha256()
        with self._folder.create() as file:
            for segment in segments:
                with self._folder.open(segment.key) as piece:
                    copy_verified(piece, segment, file, whole.update)
            size, digest = sum(segment.size for segment in segments), whole.digest()
            key = promise_kept(name, digest, promised)
            os.fdatasync(file.fileno())
            head = os.pread(file.fileno(), HEAD_BYTES, 0)
            if not self._folder.publish(file.source, key):
                self._folder.confirm(key, size, digest)
            return Sealed(key, size, digest, head)

    async def discard_segments(self, keys: Iterable[str]) -> None:
        """See ``ObjectStore.discard_segments``. Not synced: a name that a power cut brings back is swept later."""
        if names := [checked_segment_key(key) for key in keys]:
            await self._run(self._discard_segments, names)

    def _discard_segments(self, names: Sequence[str]) -> None:
        for name in names:
            self._folder.remove(name)
        for one_in_folder in {parent_of(name): name for name in names}.values():
            self._folder.prune(one_in_folder)

    async def put(self, key: str, data: bytes) -> bool:
        """See ``ObjectStore.put``."""
        return await self._run(self._put, checked_key(key), data)

    def _put(self, key: str, data: bytes) -> bool:
        with self._folder.create() as file:
            write_all(file, [data])
            os.fdatasync(file.fileno())
            if self._folder.publish(file.source, key):
                return True
        self._folder.confirm(key, len(data), hashlib.sha256(data).digest())
        return False

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """See ``ObjectStore.read``. Pieces are at most 512 KiB."""
        if start < 0 or (end is not None and end < 0):
            raise ValueError("a range has no negative bounds")
        file = await self._run(self._folder.open, checked_key(key))
        with file:
            while end is None or start < end:
                length = READ_BYTES if end is None else min(READ_BYTES, end - start)
                piece = await self._run(os.pread, file.fileno(), length, start)
                if not piece:
                    return
                start += len(piece)
                yield piece

    async def stat(self, key: str) -> StoredObject:
        """See ``ObjectStore.stat``."""
        return await self._run(self._folder.describe, checked_key(key))

    async def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """See ``ObjectStore.list``."""
        with closing(self._folder.walk(checked_prefix(prefix))) as objects:
            while page := await self._run(lambda: [*islice(objects, LISTED_AT_ONCE)]):
                for found in page:
                    yield found

    async def delete(self, key: str) -> None:
        """See ``ObjectStore.delete``. Durable: what was retracted does not come back after a power cut."""
        await self._run(self._delete, checked_deletable(key))

    def _delete(self, key: str) -> None:
        self._folder.remove(key)
        self._folder.prune(key)
        self._folder.sync_removal(key)

    @asynccontextmanager
    async def local_file(self, key: str) -> AsyncIterator[Path]:
        """See ``ObjectStore.local_file``: the object's own file."""
        await self.stat(key)
        yield Path(self._folder.root, key)

    async def presigned(self, key: str, *, seconds: int, headers: Mapping[str, str] | None = None) -> None:
        """See ``ObjectStore.presigned``: a folder has no address of its own."""

    async def free_bytes(self) -> int:
        """See ``ObjectStore.free_bytes``."""
        return await self._run(self._folder.free_bytes)

    async def check(self) -> None:
        """See ``ObjectStore.check``."""
        await self._run(self._folder.check)

    async def close(self) -> None:
        """See ``ObjectStore.close``."""
        await asyncio.to_thread(self._threads.close)
        self._folder.close()
