"""What writers of every store do alike: chunks are collected on the loop and handed to threads in batches."""

import asyncio
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from storage.base import HEAD_BYTES, DigestMismatch, StoreError

BATCH_BYTES: Final = 768 * 1024
"""Handed to a thread at once. The next batch is received meanwhile, so a writer holds at most two."""
BATCH_CHUNKS: Final = 256
"""Bounds the list when a phone sends a few bytes at a time."""

T = TypeVar("T")


class BatchingWriter(ABC):
    """The half of a ``SegmentWriter`` that lives on the loop. A batch is taken by the threads before the next one is.

    A request that is cancelled leaves the call that it was waiting for running, as `_running`.
    """

    def __init__(self, also: Sequence[str]) -> None:
        self.size = 0
        self.head = b""
        self._digests = {name: hashlib.new(name, usedforsecurity=False) for name in ("sha256", *also)}
        self._collected: list[bytes] = []
        self._collected_bytes = 0
        self._running: asyncio.Future[Any] | None = None
        self._usable = True
        self._returned = False

    @abstractmethod
    def _begin(self, batch: list[bytes]) -> asyncio.Future[None]:
        """Has a thread keep a batch and empty the list."""

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
            self._running = self._begin(self._take_collected())

    async def _conclude(
        self, expected: Mapping[str, bytes] | None, finish: Callable[[list[bytes], dict[str, bytes]], asyncio.Future[T]]
    ) -> T:
        """Has a thread keep the last batch, check what was promised (`_check`) and make all of it durable."""
        self._must_be_usable()
        promised = dict(expected or {})
        if not promised.keys() <= self._digests.keys():
            raise ValueError("a digest is expected that begin_segment was not asked to compute")
        await self._running_batch()
        self._usable = False
        self._running = running = finish(self._take_collected(), promised)
        result = await asyncio.shield(running)
        self._returned = True
        return result

    def _check(self, promised: Mapping[str, bytes]) -> None:
        for algorithm, digest in promised.items():
            if self._digests[algorithm].digest() != digest:
                raise DigestMismatch(algorithm)

    def _must_be_usable(self) -> None:
        if not self._usable:
            raise StoreError("this upload was ended or has failed before")

    def _take_collected(self) -> list[bytes]:
        collected, self._collected, self._collected_bytes = self._collected, [], 0
        return collected

    async def _running_batch(self) -> None:
        if self._running is None:
            return
        try:
            await asyncio.shield(self._running)
        except BaseException:
            self._usable = False
            raise
        self._running = None
