"""What every store must do: small objects, reading, listing and removing."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.base import AlreadyStored, InvalidKey, ObjectMissing, ObjectStore, Undeletable
from tests.storage.conformance import MEGABYTE, StoreSuite, bytes_of, content, keys, sealed_of


class Keeping(StoreSuite):
    """Small objects, reading, listing and removing."""

    MORE_THAN_A_PAGE = 1203

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
        if not await keys(store, "cases/"):
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
        names = [f"renditions/{number:04}" for number in range(self.MORE_THAN_A_PAGE)]
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
