"""What every store must do. A store's test module subclasses the classes here and gives the fixture `store_url`."""

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import NoReturn
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage import open_store
from storage.base import (
    AlreadyStored,
    DigestMismatch,
    InvalidKey,
    ObjectDamaged,
    ObjectMissing,
    ObjectStore,
    Sealed,
    Segment,
    StoreError,
    Undeletable,
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
    async def store(self, store_url: str) -> AsyncIterator[ObjectStore]:
        store = open_store(store_url)
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


class Sealing(StoreSuite):
    """Segments become an original."""

    @pytest.mark.parametrize("sizes", [[100], [5 * MEGABYTE], [1, 2, 3], [MEGABYTE, 1, 2 * MEGABYTE + 5]])
    async def test_an_original_is_its_segments_in_order(self, store: ObjectStore, sizes: list[int]) -> None:
        parts = [bytes_of(size, number) for number, size in enumerate(sizes)]
        segments = [await segment_of(store, part) for part in parts]
        whole = b"".join(parts)
        sealed = await store.seal(segments, original_key)
        digest = hashlib.sha256(whole).digest()
        assert sealed == Sealed(original_key(digest), len(whole), digest, whole[:64])
        assert await content(store, sealed.key) == whole

    @pytest.mark.parametrize("pieces", [1, 3])
    async def test_sealing_leaves_the_segments_until_they_are_discarded(self, store: ObjectStore, pieces: int) -> None:
        segments = [await segment_of(store, bytes_of(1000, seed)) for seed in range(pieces)]
        sealed = await store.seal(segments, original_key)
        assert await keys(store, "segments/") == sorted(segment.key for segment in segments)
        await store.discard_segments([segment.key for segment in segments])
        await store.discard_segments([segment.key for segment in segments])
        assert await everything(store) == [sealed.key]
        assert (await store.stat(sealed.key)).size == sealed.size

    @pytest.mark.parametrize("pieces", [1, 3])
    async def test_sealing_again_after_a_crash_gives_the_same(self, store: ObjectStore, pieces: int) -> None:
        segments = [await segment_of(store, bytes_of(1000, seed)) for seed in range(pieces)]
        first = await store.seal(segments, original_key)
        assert await store.seal(segments, original_key) == first

    async def test_a_single_segment_already_discarded_gives_the_same(self, store: ObjectStore) -> None:
        segment = await segment_of(store, bytes_of(1000))
        first = await store.seal([segment], original_key)
        await store.discard_segments([segment.key])
        assert await store.seal([segment], original_key) == first

    @pytest.mark.parametrize("pieces", [1, 3])
    async def test_a_lost_segment_is_told_and_nothing_is_stored(self, store: ObjectStore, pieces: int) -> None:
        segments = [await segment_of(store, bytes_of(1000, seed)) for seed in range(pieces)]
        await store.discard_segments([segments[-1].key])
        with pytest.raises(ObjectMissing):
            await store.seal(segments, original_key)
        assert await keys(store, "originals/") == []

    @pytest.mark.parametrize("wrong", ["size", "hash"])
    async def test_a_segment_that_is_not_what_was_acknowledged_is_told(self, store: ObjectStore, wrong: str) -> None:
        good, bad = await segment_of(store, bytes_of(1000, 1)), await segment_of(store, bytes_of(1000, 2))
        remembered = Segment(bad.key, bad.size + (wrong == "size"), good.sha256 if wrong == "hash" else bad.sha256)
        with pytest.raises(ObjectDamaged):
            await store.seal([good, remembered], original_key)
        if wrong == "size":
            with pytest.raises(ObjectDamaged):
                await store.seal([remembered], original_key)
        assert await keys(store, "originals/") == []

    async def test_two_phones_with_the_same_photo_share_one_original(self, store: ObjectStore) -> None:
        data = bytes_of(3 * MEGABYTE)
        sealed = await asyncio.gather(*[sealed_of(store, data) for _ in range(8)])
        assert len(set(sealed)) == 1
        assert await keys(store, "originals/") == [sealed[0].key]
        assert await content(store, sealed[0].key) == data

    @pytest.mark.parametrize("pieces", [1, 2])
    async def test_an_original_is_never_overwritten(self, store: ObjectStore, pieces: int) -> None:
        kept = await sealed_of(store, b"the first photo", lambda _: "originals/one")
        segments = [await segment_of(store, b"another photo") for _ in range(pieces)]
        with pytest.raises(AlreadyStored):
            await store.seal(segments, lambda _: "originals/one")
        assert await content(store, kept.key) == b"the first photo"
        assert len(await keys(store, "segments/")) == 1 + pieces

    @pytest.mark.parametrize("pieces", [1, 2])
    async def test_a_refusal_while_naming_stores_nothing(self, store: ObjectStore, pieces: int) -> None:
        class RefusedError(Exception):
            pass

        def refuse(_: bytes) -> NoReturn:
            raise RefusedError

        segments = [await segment_of(store, bytes_of(100, seed)) for seed in range(pieces)]
        with pytest.raises(RefusedError):
            await store.seal(segments, refuse)
        writer = store.begin_segment(segment_key())
        await writer.write(b"photo")
        with pytest.raises(RefusedError):
            await writer.seal(refuse)
        await writer.discard()
        assert await everything(store) == sorted(segment.key for segment in segments)

    @pytest.mark.parametrize("pieces", [1, 2])
    async def test_a_broken_promise_of_the_whole_stores_nothing(self, store: ObjectStore, pieces: int) -> None:
        parts = [bytes_of(100, seed) for seed in range(pieces)]
        segments = [await segment_of(store, part) for part in parts]
        with pytest.raises(DigestMismatch):
            await store.seal(segments, original_key, expected={"sha256": bytes(32)})
        assert await keys(store, "originals/") == []
        promised = hashlib.sha256(b"".join(parts)).digest()
        assert (await store.seal(segments, original_key, expected={"sha256": promised})).sha256 == promised

    @pytest.mark.parametrize("key", ["renditions/a", "originals", "originals/../a", "originals/a b"])
    async def test_an_original_has_a_key_among_the_originals(self, store: ObjectStore, key: str) -> None:
        segment = await segment_of(store, b"photo")
        with pytest.raises(InvalidKey):
            await store.seal([segment], lambda _: key)

    @pytest.mark.parametrize("size", [0, 1, 64, 4 * MEGABYTE + 1])
    async def test_a_photo_that_arrives_whole_becomes_an_original_in_one_step(
        self, store: ObjectStore, size: int
    ) -> None:
        data = bytes_of(size)
        digest = hashlib.sha256(data).digest()
        for _ in range(2):
            writer = store.begin_segment(segment_key(), also=("sha512",))
            for start in range(0, size, 300_000):
                await writer.write(data[start : start + 300_000])
            expected = {"sha256": digest, "sha512": hashlib.sha512(data).digest()}
            sealed = await writer.seal(original_key, expected=expected)
            await writer.discard()
            assert sealed == Sealed(original_key(digest), size, digest, data[:64])
        assert await everything(store) == [sealed.key]
        assert await content(store, sealed.key) == data

    async def test_a_whole_photo_never_replaces_another(self, store: ObjectStore) -> None:
        await sealed_of(store, b"the first photo", lambda _: "originals/one")
        writer = store.begin_segment(segment_key())
        await writer.write(b"another photo")
        with pytest.raises(AlreadyStored):
            await writer.seal(lambda _: "originals/one")
        await writer.discard()
        assert await content(store, "originals/one") == b"the first photo"


class Keeping(StoreSuite):
    """Small objects, reading, listing and removing."""

    async def test_the_same_object_put_twice_is_stored_once(self, store: ObjectStore) -> None:
        assert await store.put("renditions/a/1600", b"picture")
        assert not await store.put("renditions/a/1600", b"picture")
        with pytest.raises(AlreadyStored):
            await store.put("renditions/a/1600", b"another")
        assert await content(store, "renditions/a/1600") == b"picture"

    async def test_of_fifty_who_put_the_same_object_at_once_one_stores_it(self, store: ObjectStore) -> None:
        stored = await asyncio.gather(*[store.put("renditions/a", bytes_of(10_000)) for _ in range(50)])
        assert stored.count(True) == 1

    async def test_of_fifty_who_put_different_objects_at_once_one_stores_it(self, store: ObjectStore) -> None:
        objects = [bytes_of(10_000, seed) for seed in range(50)]
        puts = [store.put("renditions/a", data) for data in objects]
        answers = await asyncio.gather(*puts, return_exceptions=True)
        assert sorted(map(str, map(type, answers))) == sorted([str(bool), *[str(AlreadyStored)] * 49])
        assert await content(store, "renditions/a") == objects[answers.index(True)]

    @given(data=st.data())
    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    async def test_any_range_reads_what_a_slice_would(self, store: ObjectStore, data: st.DataObject) -> None:
        size = 1_300_000
        whole = bytes_of(size)
        await store.put("cases/picture", whole)
        near = st.integers(0, size + 10) | st.sampled_from([0, 1, size - 1, size, size + 1, 512 * 1024])
        start, end = data.draw(near), data.draw(near | st.none())
        assert await content(store, "cases/picture", start, end) == whole[start:end]

    async def test_a_range_has_no_negative_bounds(self, store: ObjectStore) -> None:
        await store.put("cases/picture", b"picture")
        for start, end in [(-1, None), (0, -1)]:
            with pytest.raises(ValueError, match="negative"):
                await content(store, "cases/picture", start, end)

    async def test_a_long_object_is_read_in_pieces_of_bounded_size(self, store: ObjectStore) -> None:
        await store.put("cases/picture", bytes_of(3 * MEGABYTE))
        assert max([len(piece) async for piece in store.read("cases/picture")]) <= MEGABYTE

    async def test_reading_may_stop_in_the_middle(self, store: ObjectStore) -> None:
        await store.put("cases/picture", bytes_of(3 * MEGABYTE))
        pieces = store.read("cases/picture")
        first = await anext(pieces)
        await pieces.aclose()  # type: ignore[attr-defined]
        assert bytes_of(3 * MEGABYTE).startswith(first)

    async def test_what_is_not_there_is_missing(self, store: ObjectStore) -> None:
        await store.put("renditions/a/b", b"picture")
        for key in ["renditions/a", "renditions/b", "originals/a", "cases/a/b/c"]:
            with pytest.raises(ObjectMissing):
                await store.stat(key)
            with pytest.raises(ObjectMissing):
                await content(store, key)
            with pytest.raises(ObjectMissing):
                async with store.local_file(key):
                    pass

    async def test_stat_and_list_tell_size_and_time(self, store: ObjectStore) -> None:
        before = datetime.now(UTC) - timedelta(seconds=2)
        await store.put("renditions/a", bytes_of(1234))
        found = await store.stat("renditions/a")
        assert found.size == 1234
        assert before <= found.modified_at <= datetime.now(UTC) + timedelta(seconds=2)
        assert [listed async for listed in store.list("renditions/")] == [found]

    async def test_listing_takes_every_key_with_the_prefix_and_no_other(self, store: ObjectStore) -> None:
        names = [f"renditions/{folder}/{name}" for folder in ("a", "ab", "b") for name in ("1", "12", "2")]
        for name in [*names, "cases/a", "renditions/a.txt"]:
            await store.put(name, b"x")
        assert await keys(store, "renditions/") == sorted([*names, "renditions/a.txt"])
        assert await keys(store, "renditions/a/1") == ["renditions/a/1", "renditions/a/12"]
        assert await keys(store, "renditions/a") == sorted([*names[:6], "renditions/a.txt"])
        assert await keys(store, "renditions/c") == []
        for prefix in ["", "renditions", "/", "renditions/../", "other/"]:
            with pytest.raises(InvalidKey):
                await keys(store, prefix)

    async def test_listing_reaches_past_one_page(self, store: ObjectStore) -> None:
        names = [f"renditions/{number:04}" for number in range(1203)]
        for start in range(0, len(names), 100):
            await asyncio.gather(*[store.put(name, b"x") for name in names[start : start + 100]])
        assert await keys(store, "renditions/") == names

    async def test_what_is_deleted_is_gone_and_may_be_made_again(self, store: ObjectStore) -> None:
        for key in ["renditions/a/b", "cases/slug/1.jpg", "segments/a/b"]:
            assert await store.put(key, b"picture")
            await store.delete(key)
            await store.delete(key)
            with pytest.raises(ObjectMissing):
                await store.stat(key)
            assert await store.put(key, b"another")

    async def test_an_original_is_never_deleted(self, store: ObjectStore) -> None:
        sealed = await sealed_of(store, b"photo")
        with pytest.raises(Undeletable):
            await store.delete(sealed.key)
        with pytest.raises(InvalidKey):
            await store.discard_segments([sealed.key])
        assert await content(store, sealed.key) == b"photo"

    async def test_a_local_file_holds_the_object(self, store: ObjectStore) -> None:
        await store.put("cases/picture", bytes_of(70_000))
        async with store.local_file("cases/picture") as path:
            assert await asyncio.to_thread(path.read_bytes) == bytes_of(70_000)

    async def test_a_store_in_order_says_so(self, store: ObjectStore) -> None:
        await store.check()
        free = await store.free_bytes()
        assert free is None or free > 0

    @given(key=st.text(max_size=40) | st.from_regex(r"(originals|cases)/[a-z0-9./ _-]{0,20}"))
    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    async def test_no_text_is_a_key_that_leads_out_of_the_store(self, store: ObjectStore, key: str) -> None:
        try:
            await store.stat(key)
        except InvalidKey:
            return
        except ObjectMissing:
            family, *names = key.split("/")
            assert family in ("originals", "segments", "renditions", "cases")
            assert names
            assert all(name and name[0].isalnum() and name.isascii() and name == name.lower() for name in names)
