"""A store that tells how long its operations take and which of them fail; pieces of a body pass it untouched."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final, cast

from storage.base import (
    AlreadyStored,
    DigestMismatch,
    InvalidKey,
    ObjectMissing,
    ObjectStore,
    Sealed,
    Segment,
    SegmentWriter,
    StoredObject,
    StoreError,
    Undeletable,
)

Watch = Callable[[str], AbstractContextManager[Callable[[str], None]]]
"""Opened for the name of an operation, for as long as it runs; what it gives is told the name of an error."""

ORDINARY: Final = (AlreadyStored, DigestMismatch, InvalidKey, ObjectMissing, Undeletable)
"""Answers, not failures: the store works."""


@contextmanager
def _watched(watch: Watch, operation: str) -> Iterator[None]:
    with watch(operation) as failed:
        try:
            yield
        except ORDINARY:
            raise
        except (StoreError, OSError) as error:
            failed(type(error).__name__)
            raise


class ObservedWriter:
    """``SegmentWriter`` whose commit and seal are watched."""

    def __init__(self, writer: SegmentWriter, watch: Watch) -> None:
        self._writer = writer
        self._watch = watch
        # The writer's own: a body has hundreds of pieces a second.
        self.write = writer.write

    @property
    def size(self) -> int:
        """See ``SegmentWriter.size``."""
        return self._writer.size

    @property
    def head(self) -> bytes:
        """See ``SegmentWriter.head``."""
        return self._writer.head

    async def commit(self, *, expected: Mapping[str, bytes] | None = None) -> Segment:
        """See ``SegmentWriter.commit``."""
        with _watched(self._watch, "commit"):
            return await self._writer.commit(expected=expected)

    async def seal(self, name: Callable[[bytes], str], *, expected: Mapping[str, bytes] | None = None) -> Sealed:
        """See ``SegmentWriter.seal``."""
        with _watched(self._watch, "seal"):
            return await self._writer.seal(name, expected=expected)

    async def discard(self) -> None:
        """See ``SegmentWriter.discard``."""
        await self._writer.discard()


class ObservedStore:
    """``ObjectStore`` around another one."""

    def __init__(self, store: ObjectStore, watch: Watch) -> None:
        self._store = store
        self._watch = watch

    def begin_segment(self, key: str, *, also: Sequence[str] = ()) -> ObservedWriter:
        """See ``ObjectStore.begin_segment``."""
        return ObservedWriter(self._store.begin_segment(key, also=also), self._watch)

    async def seal(
        self,
        segments: Sequence[Segment],
        name: Callable[[bytes], str],
        *,
        expected: Mapping[str, bytes] | None = None,
    ) -> Sealed:
        """See ``ObjectStore.seal``."""
        with _watched(self._watch, "seal_segments"):
            return await self._store.seal(segments, name, expected=expected)

    async def discard_segments(self, keys: Iterable[str]) -> None:
        """See ``ObjectStore.discard_segments``."""
        with _watched(self._watch, "discard_segments"):
            await self._store.discard_segments(keys)

    async def put(self, key: str, data: bytes) -> bool:
        """See ``ObjectStore.put``."""
        with _watched(self._watch, "put"):
            return await self._store.put(key, data)

    async def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """See ``ObjectStore.read``. Watched until the first piece: the rest waits for whoever takes it."""
        async with aclosing(cast(AsyncGenerator[bytes, None], self._store.read(key, start, end))) as pieces:
            with _watched(self._watch, "read"):
                piece = await anext(pieces, None)
            if piece is not None:
                yield piece
            async for piece in pieces:
                yield piece

    async def stat(self, key: str) -> StoredObject:
        """See ``ObjectStore.stat``."""
        with _watched(self._watch, "stat"):
            return await self._store.stat(key)

    def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """See ``ObjectStore.list``. Not watched: it takes as long as there are objects."""
        return self._store.list(prefix)

    async def delete(self, key: str) -> None:
        """See ``ObjectStore.delete``."""
        with _watched(self._watch, "delete"):
            await self._store.delete(key)

    @asynccontextmanager
    async def local_file(self, key: str) -> AsyncIterator[Path]:
        """See ``ObjectStore.local_file``."""
        async with AsyncExitStack() as stack:
            with _watched(self._watch, "local_file"):
                path = await stack.enter_async_context(self._store.local_file(key))
            yield path

    async def presigned(self, key: str, *, seconds: int, headers: Mapping[str, str] | None = None) -> str | None:
        """See ``ObjectStore.presigned``. Not watched: it asks nobody."""
        return await self._store.presigned(key, seconds=seconds, headers=headers)

    async def free_bytes(self) -> int | None:
        """See ``ObjectStore.free_bytes``. Not watched: each upload asks, and it takes no time."""
        return await self._store.free_bytes()

    async def check(self) -> None:
        """See ``ObjectStore.check``."""
        with _watched(self._watch, "check"):
            await self._store.check()

    async def close(self) -> None:
        """See ``ObjectStore.close``."""
        await self._store.close()
