"""Between us and an S3 store: what crosses the wire, what happens when it breaks, and what is held meanwhile."""

import asyncio
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from storage import open_store
from storage.base import AlreadyStored, ObjectStore, StoreError
from storage.s3 import S3Store
from storage.s3_files import ABANDONED_AFTER_SECONDS, PREFIX
from tests.faults.faulty_proxy import SLOW_SECONDS, Fault, FaultyProxy
from tests.s3_servers import S3Server
from tests.storage.conformance import (
    MEGABYTE,
    bytes_of,
    content,
    everything,
    original_key,
    sealed_of,
    segment_key,
    segment_of,
)


class CountingProxy(FaultyProxy):
    """Also knows which requests there were, and how many bytes their bodies had."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(endpoint)
        self.requests: Counter[str] = Counter()
        self.body_bytes = 0

    async def _ask(self, head: bytes, body: bytes, *, is_whole: bool) -> bytes:
        self.requests[head.split(b" ", 1)[0].decode()] += 1
        self.body_bytes += len(body)
        return await super()._ask(head, body, is_whole=is_whole)


Wire = tuple[CountingProxy, S3Store]
on_ceph = pytest.mark.parametrize("wire", ["ceph"], indirect=True)
on_both = pytest.mark.parametrize("wire", ["rclone", "ceph"], indirect=True)


@pytest.fixture
async def wire(request: pytest.FixtureRequest) -> AsyncIterator[Wire]:
    """A proxy before a server, rclone's if none is named, and a store that goes through it and has been trusted."""
    name: str = getattr(request, "param", "rclone")
    server: S3Server = request.getfixturevalue(name)
    bucket: str = request.getfixturevalue(f"{name}_bucket")
    async with CountingProxy(server.endpoint) as proxy:
        options = server.options(endpoint=proxy.endpoint, read_timeout_seconds=1, memory_bytes=4 * MEGABYTE)
        store = open_store(f"{bucket}/{uuid4()}", options)
        assert isinstance(store, S3Store)
        await store.check()
        proxy.requests.clear()
        proxy.body_bytes = 0
        yield proxy, store
        await store.close()


async def whole(store: ObjectStore, data: bytes) -> str:
    """The key of an original that arrived in one piece."""
    writer = store.begin_segment(segment_key())
    try:
        for start in range(0, len(data), 64 * 1024):
            await writer.write(data[start : start + 64 * 1024])
        return (await writer.seal(original_key)).key
    finally:
        await writer.discard()


def files_of(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class TestCrossings:
    """How often bytes cross the wire."""

    @on_ceph
    async def test_a_photo_that_arrives_whole_crosses_once(self, wire: Wire) -> None:
        proxy, store = wire
        await whole(store, bytes_of(4 * MEGABYTE))
        assert proxy.requests["PUT"] == 1
        assert proxy.requests["GET"] == 0
        assert proxy.body_bytes == 4 * MEGABYTE

    @on_ceph
    async def test_a_long_object_is_read_in_windows(self, wire: Wire) -> None:
        proxy, store = wire
        await store.put("cases/a", bytes_of(5 * MEGABYTE))
        proxy.requests.clear()
        assert await content(store, "cases/a") == bytes_of(5 * MEGABYTE)
        assert proxy.requests == {"GET": 3}

    async def test_reading_a_part_asks_for_that_part(self, wire: Wire) -> None:
        proxy, store = wire
        await store.put("cases/a", bytes_of(5 * MEGABYTE))
        proxy.requests.clear()
        assert await content(store, "cases/a", 3_000_000, 3_000_010) == bytes_of(5 * MEGABYTE)[3_000_000:3_000_010]
        assert proxy.requests == {"GET": 1}


class TestBreaking:
    """What a store does that answers badly, or not at all."""

    @on_both
    @pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.HALF_REQUEST, Fault.ERROR, Fault.AWAY])
    async def test_a_write_that_broke_once_is_done_once(self, wire: Wire, fault: Fault) -> None:
        proxy, store = wire
        tries = 0

        def first_put(method: str, path: str) -> bool:
            nonlocal tries
            tries += method == "PUT"
            return method == "PUT" and tries == 1

        proxy.break_down(fault, first_put)
        data = bytes_of(300_000)
        segment = await segment_of(store, data)
        assert tries == 2
        assert await content(store, segment.key) == data
        assert (await store.seal([segment], original_key)).sha256 == hashlib.sha256(data).digest()

    @pytest.mark.parametrize("fault", [Fault.ERROR, Fault.SLOW_DOWN, Fault.AWAY, Fault.HALF_REQUEST])
    async def test_a_store_that_stays_broken_is_told_and_nothing_was_acknowledged(
        self, wire: Wire, fault: Fault
    ) -> None:
        proxy, store = wire
        proxy.break_down(fault)
        with pytest.raises(StoreError):
            await whole(store, b"photo")
        with pytest.raises(StoreError):
            await store.put("cases/a", b"picture")
        with pytest.raises(StoreError):
            await content(store, "cases/a")
        with pytest.raises(StoreError):
            await store.check()
        proxy.mend()
        await store.check()
        assert await everything(store) == []
        await whole(store, b"photo")

    async def test_an_answer_that_breaks_off_is_asked_for_again_from_there(self, wire: Wire) -> None:
        proxy, store = wire
        data = bytes_of(3 * MEGABYTE)
        await store.put("cases/a", data)
        gets = 0

        def every_other_get(method: str, path: str) -> bool:
            nonlocal gets
            gets += method == "GET"
            return method == "GET" and gets % 2 == 1

        proxy.break_down(Fault.HALF_ANSWER, every_other_get)
        assert await content(store, "cases/a") == data
        async with store.local_file("cases/a") as path:
            assert await asyncio.to_thread(path.read_bytes) == data
        assert proxy.seen[Fault.HALF_ANSWER] >= 3

    async def test_answers_that_always_break_off_are_an_error_and_never_half_an_object(self, wire: Wire) -> None:
        proxy, store = wire
        await store.put("cases/a", bytes_of(300))
        proxy.break_down(Fault.HALF_ANSWER)
        with pytest.raises(StoreError):
            await content(store, "cases/a")
        with pytest.raises(StoreError):
            await everything(store)

    async def test_a_slow_store_keeps_nobody_else_waiting(self, wire: Wire) -> None:
        proxy, store = wire
        proxy.break_down(Fault.SLOW)
        started = time.monotonic()
        slow = asyncio.gather(*[whole(store, bytes_of(200_000, seed)) for seed in range(8)])
        longest, last = 0.0, started
        while not slow.done():
            await asyncio.sleep(0.01)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        assert len(set(await slow)) == 8
        assert last - started >= SLOW_SECONDS
        assert longest < SLOW_SECONDS

    async def test_a_silent_store_is_given_up(self, wire: Wire) -> None:
        proxy, store = wire
        proxy.break_down(Fault.SILENT)
        answers = await asyncio.gather(*[store.check() for _ in range(40)], return_exceptions=True)
        assert {type(answer) for answer in answers} == {StoreError}
        # However many ask, it is asked once, and tried three times.
        assert proxy.seen[Fault.SILENT] == 3

    @on_ceph
    async def test_other_content_under_a_segments_key_is_never_taken_for_ours(self, wire: Wire) -> None:
        proxy, store = wire
        segment = await segment_of(store, b"first")
        tries = 0

        def first_put(method: str, path: str) -> bool:
            nonlocal tries
            tries += method == "PUT"
            return method == "PUT" and tries == 1

        proxy.break_down(Fault.LOST_ANSWER, first_put)
        with pytest.raises(AlreadyStored):
            await segment_of(store, b"second", segment.key)
        assert await content(store, segment.key) == b"first"


class TestHolding:
    """Memory and temporary files."""

    async def test_uploads_beyond_the_shared_memory_wait_in_files_and_are_the_same(self, wire: Wire) -> None:
        _, store = wire
        photos = [bytes_of(MEGABYTE + seed, seed) for seed in range(16)]
        keys = await asyncio.gather(*[whole(store, photo) for photo in photos])
        for key, photo in zip(keys, photos, strict=True):
            assert await content(store, key) == photo
        assert store._memory._left == 4 * MEGABYTE

    async def test_sixteen_stalled_uploads_hold_no_more_memory_than_was_set(self, wire: Wire) -> None:
        _, store = wire
        writers = [store.begin_segment(segment_key()) for _ in range(16)]
        for _ in range(2):
            for writer in writers:
                for _ in range(24):
                    await writer.write(bytes(64 * 1024))
        assert sum(len(piece) for writer in writers for piece in writer._spool._pieces) <= 4 * MEGABYTE
        await asyncio.gather(*[writer.discard() for writer in writers])
        assert store._memory._left == 4 * MEGABYTE

    async def test_segments_far_below_and_above_any_part_size_become_one_original(self, wire: Wire) -> None:
        _, store = wire
        parts = [bytes_of(size, size) for size in (1, 100_000, 9 * MEGABYTE, 3)]
        segments = [await segment_of(store, part) for part in parts]
        sealed = await store.seal(segments, original_key)
        assert await content(store, sealed.key) == b"".join(parts)

    async def test_a_copy_on_this_machine_is_gone_with_its_context(
        self, wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        proxy, store = wire
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        await store.put("cases/a", bytes_of(100_000))
        async with store.local_file("cases/a") as path:
            assert path.parent == tmp_path
        assert files_of(tmp_path) == []

        async def look() -> None:
            async with store.local_file("cases/a"):
                pass

        proxy.break_down(Fault.SLOW)
        looking = asyncio.ensure_future(look())
        await proxy.has_hit(Fault.SLOW, 1)
        looking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await looking
        async with asyncio.timeout(5):
            while files_of(tmp_path):  # noqa: ASYNC110
                await asyncio.sleep(0.01)


async def test_copies_of_killed_processes_are_removed(
    rclone: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in (f"{PREFIX}old", f"{PREFIX}young", "somebody-elses"):
        (tmp_path / name).write_bytes(b"picture")
    for name in (f"{PREFIX}old", "somebody-elses"):
        os.utime(tmp_path / name, (0, time.time() - ABANDONED_AFTER_SECONDS - 60))
    await open_store("s3://bucket", rclone.options()).close()
    assert files_of(tmp_path) == [f"{PREFIX}young", "somebody-elses"]


def test_a_store_in_a_folder_loads_nothing_of_s3(tmp_path: Path) -> None:
    program = (
        "import sys, storage; storage.open_store(sys.argv[1]); "
        "sys.exit(any(name.startswith(('boto', 'storage.s3_client')) for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path.as_uri()], check=True)


@pytest.mark.parametrize("url", ["s3://", "s3:///prefix", "s3://UPPER", "s3://a", "s3://bucket/a b", "s3://bucket?x=1"])
def test_an_address_that_is_no_bucket_is_told(url: str, rclone: S3Server) -> None:
    with pytest.raises(StoreError, match="s3://bucket/prefix"):
        open_store(url, rclone.options())


async def test_a_photo_sealed_twice_at_once_through_two_stores_is_one(ceph: S3Server, ceph_bucket: str) -> None:
    url = f"{ceph_bucket}/{uuid4()}"
    stores = [open_store(url, ceph.options()) for _ in range(2)]
    data = bytes_of(MEGABYTE)
    sealed = await asyncio.gather(*[sealed_of(store, data) for store in stores * 3])
    assert len(set(sealed)) == 1
    assert await content(stores[0], sealed[0].key) == data
    for store in stores:
        await store.close()
