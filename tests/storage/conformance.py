"""What every store must do, first part: what the suite needs, and bytes on their way in.

A store's test module subclasses the suites of `conformance`, `conformance_originals`, `conformance_objects` and
`crashes`, and gives them the fixture `store_url`, and `s3_options` where they are needed.
"""

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import pytest

from storage import S3Options, open_store
from storage.base import (
    AlreadyStored,
    DigestMismatch,
    InvalidKey,
    ObjectMissing,
    ObjectStore,
    Sealed,
    Segment,
    StoreError,
)

MEGABYTE = 1024 * 1024


def bytes_of(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


def original_key(sha256: bytes) -> str:
    return f"originals/{sha256.hex()[:2]}/{sha256.hex()}"


def segment_key() -> str:
    return f"segments/{uuid4()}/{uuid4().hex}"


async def content(store: ObjectStore, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([piece async for piece in store.read(key, start, end)])


async def keys(store: ObjectStore, prefix: str) -> list[str]:
    return sorted([found.key async for found in store.list(prefix)])


async def everything(store: ObjectStore) -> list[str]:
    return [key for family in ("cases/", "originals/", "renditions/", "segments/") for key in await keys(store, family)]


async def segment_of(store: ObjectStore, data: bytes, key: str | None = None) -> Segment:
    writer = store.begin_segment(key or segment_key())
    for start in range(0, len(data), 64 * 1024):
        await writer.write(data[start : start + 64 * 1024])
    return await writer.commit()


async def sealed_of(store: ObjectStore, data: bytes, name: Callable[[bytes], str] = original_key) -> Sealed:
    return await store.seal([await segment_of(store, data)], name)


class StoreSuite:
    """The store under test."""

    @pytest.fixture
    def s3_options(self) -> S3Options | None:
        """How a store of S3 is reached; None of any other."""
        return None

    @pytest.fixture
    async def store(self, store_url: str, s3_options: S3Options | None) -> AsyncIterator[ObjectStore]:
        store = open_store(store_url, s3_options)
        yield store
        await store.close()


class WritingSegments(StoreSuite):
    """Bytes of one request on their way in."""

    @pytest.mark.parametrize("size", [1, 63, 64, 65, 64 * 1024, 3 * MEGABYTE + 17])
    async def test_a_committed_segment_holds_the_bytes_it_was_given(self, store: ObjectStore, size: int) -> None:
        data, key = bytes_of(size), segment_key()
        segment = await segment_of(store, data, key)
        assert segment == Segment(key, size, hashlib.sha256(data).digest())
        assert await content(store, key) == data

    async def test_a_phone_that_sends_a_few_bytes_at_a_time_loses_none(self, store: ObjectStore) -> None:
        data = bytes_of(5000)
        writer = store.begin_segment(segment_key())
        for start in range(0, len(data), 3):
            await writer.write(data[start : start + 3])
            assert writer.head == data[: start + 3][:64]
            assert writer.size == len(data[: start + 3])
        assert await content(store, (await writer.commit()).key) == data

    async def test_an_empty_segment_is_a_segment(self, store: ObjectStore) -> None:
        segment = await segment_of(store, b"")
        assert (segment.size, segment.sha256) == (0, hashlib.sha256().digest())
        assert await content(store, segment.key) == b""

    async def test_nothing_is_visible_before_the_commit(self, store: ObjectStore) -> None:
        writer = store.begin_segment(key := segment_key())
        await writer.write(bytes_of(2 * MEGABYTE))
        assert await everything(store) == []
        with pytest.raises(ObjectMissing):
            await store.stat(key)
        await writer.discard()

    async def test_what_is_discarded_leaves_nothing(self, store: ObjectStore) -> None:
        writer = store.begin_segment(segment_key())
        await writer.write(bytes_of(2 * MEGABYTE))
        await writer.discard()
        await writer.discard()
        assert await everything(store) == []
        with pytest.raises(StoreError):
            await writer.write(b"more")
        with pytest.raises(StoreError):
            await writer.commit()

    async def test_discarding_after_the_commit_changes_nothing(self, store: ObjectStore) -> None:
        writer = store.begin_segment(key := segment_key())
        await writer.write(b"kept")
        await writer.commit()
        await writer.discard()
        assert await content(store, key) == b"kept"

    async def test_a_key_holds_one_segment_only(self, store: ObjectStore) -> None:
        segment = await segment_of(store, b"first")
        with pytest.raises(AlreadyStored):
            await segment_of(store, b"second", segment.key)
        assert await content(store, segment.key) == b"first"

    async def test_a_kept_promise_of_any_algorithm_commits(self, store: ObjectStore) -> None:
        data = bytes_of(MEGABYTE)
        writer = store.begin_segment(segment_key(), also=("sha1", "sha512"))
        await writer.write(data)
        expected = {name: hashlib.new(name, data).digest() for name in ("sha1", "sha256", "sha512")}
        assert (await writer.commit(expected=expected)).size == len(data)

    @pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
    async def test_a_broken_promise_keeps_nothing(self, store: ObjectStore, algorithm: str) -> None:
        writer = store.begin_segment(segment_key(), also=("sha1",))
        await writer.write(bytes_of(MEGABYTE))
        with pytest.raises(DigestMismatch) as mismatch:
            await writer.commit(expected={algorithm: hashlib.new(algorithm, b"else").digest()})
        assert mismatch.value.algorithm == algorithm
        await writer.discard()
        assert await everything(store) == []

    async def test_a_promise_nobody_asked_to_compute_is_a_mistake_of_the_caller(self, store: ObjectStore) -> None:
        writer = store.begin_segment(segment_key())
        with pytest.raises(ValueError, match="not asked"):
            await writer.commit(expected={"sha1": b"?"})
        await writer.discard()

    @pytest.mark.parametrize("begun", [True, False])
    @pytest.mark.parametrize("size", [10, 3 * MEGABYTE])
    async def test_a_cancelled_commit_that_is_discarded_leaves_nothing(
        self, store: ObjectStore, size: int, begun: bool
    ) -> None:
        writer = store.begin_segment(segment_key())
        await writer.write(bytes_of(size))
        commit = asyncio.ensure_future(writer.commit())
        if begun:
            await asyncio.sleep(0)
        commit.cancel()
        with pytest.raises(asyncio.CancelledError):
            await commit
        await writer.discard()
        assert await everything(store) == []

    @pytest.mark.parametrize(
        "key", ["segments", "segments/", "originals/a", "/segments/a", "segments/../a", "segments/.a", "segments/A"]
    )
    async def test_a_segment_has_a_key_among_the_segments(self, store: ObjectStore, key: str) -> None:
        with pytest.raises(InvalidKey):
            store.begin_segment(key)
