"""What every store must do: segments become an original, once, and for good."""

import asyncio
import hashlib
from typing import NoReturn

import pytest

from storage.base import (
    AlreadyStored,
    DigestMismatch,
    InvalidKey,
    ObjectDamaged,
    ObjectMissing,
    ObjectStore,
    Sealed,
    Segment,
)
from tests.storage.conformance import (
    MEGABYTE,
    StoreSuite,
    bytes_of,
    content,
    everything,
    keys,
    original_key,
    sealed_of,
    segment_key,
    segment_of,
)


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
