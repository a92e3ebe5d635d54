"""The store in a folder: it conforms, and keeps its own promises about disks and power cuts."""

import asyncio
import errno
import gc
import os
import stat
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from storage import ObjectStore, StoreError, open_store
from storage.base import InvalidKey, ObjectMissing, StoreFull
from storage.batching import BATCH_BYTES
from storage.local_folder import ABANDONED_AFTER_SECONDS, UNFINISHED
from tests.conftest import missing
from tests.servers import mounting
from tests.storage.conformance import (
    MEGABYTE,
    StoreSuite,
    WritingSegments,
    bytes_of,
    content,
    everything,
    original_key,
    segment_key,
    segment_of,
)
from tests.storage.conformance_objects import Keeping
from tests.storage.conformance_originals import Sealing
from tests.storage.crashes import Crashing


class LocalStoreUrl:
    """A store in a folder of the test's own."""

    @pytest.fixture
    def store_url(self, tmp_path: Path) -> str:
        return (tmp_path / "the store").as_uri()


class WithoutUnnamedFiles(LocalStoreUrl):
    """The same on a file system without O_TMPFILE."""

    @pytest.fixture(autouse=True)
    def _no_unnamed_files(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delattr(os, "O_TMPFILE")


class TestWritingSegments(LocalStoreUrl, WritingSegments):
    pass


class TestSealing(LocalStoreUrl, Sealing):
    pass


class TestKeeping(LocalStoreUrl, Keeping):
    pass


class TestCrashing(LocalStoreUrl, Crashing):
    pass


class TestWritingSegmentsWithoutUnnamedFiles(WithoutUnnamedFiles, WritingSegments):
    pass


class TestSealingWithoutUnnamedFiles(WithoutUnnamedFiles, Sealing):
    pass


class Journal:
    """What reached the disk and in which order, by inode."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
        self.steps: list[tuple[str, int]] = []
        self._root = root
        self._record(monkeypatch, "fdatasync", lambda descriptor: [("bytes", os.fstat(descriptor).st_ino)])
        self._record(monkeypatch, "fsync", lambda descriptor: [("folder", os.fstat(descriptor).st_ino)])
        self._record(monkeypatch, "link", self._linked)

    def _record(self, monkeypatch: pytest.MonkeyPatch, name: str, steps: Callable[..., list[tuple[str, int]]]) -> None:
        function = getattr(os, name)

        def recorded(*arguments: Any, **named: Any) -> Any:
            result = function(*arguments, **named)
            self.steps += steps(*arguments)
            return result

        monkeypatch.setattr(os, name, recorded)

    def _linked(self, _source: str, name: str) -> list[tuple[str, int]]:
        return [("name", (self._root / name).stat().st_ino)]

    def assert_survives_a_power_cut(self, key: str) -> None:
        """The bytes were synced before they got their name, the name before the answer, each folder above it too."""
        path = self._root / key
        named = self.steps.index(("name", path.stat().st_ino))
        assert ("bytes", path.stat().st_ino) in self.steps[:named]
        assert ("folder", path.parent.stat().st_ino) in self.steps[named:]
        for folder in list(path.relative_to(self._root).parents)[1:]:
            assert ("folder", (self._root / folder).stat().st_ino) in self.steps


class TestPowerCuts(StoreSuite, LocalStoreUrl):
    """No test can cut the power; these see that nothing is told before its syncs, in the order that counts."""

    @pytest.fixture
    def journal(self, monkeypatch: pytest.MonkeyPatch, store: ObjectStore, tmp_path: Path) -> Journal:
        return Journal(monkeypatch, tmp_path / "the store")

    async def test_a_segment_is_on_the_disk_when_its_commit_returns(self, store: ObjectStore, journal: Journal) -> None:
        journal.assert_survives_a_power_cut((await segment_of(store, bytes_of(2 * MEGABYTE))).key)

    @pytest.mark.parametrize("pieces", [1, 2])
    async def test_an_original_is_on_the_disk_when_sealing_returns(
        self, store: ObjectStore, journal: Journal, pieces: int
    ) -> None:
        segments = [await segment_of(store, bytes_of(1000, seed)) for seed in range(pieces)]
        sealed = await store.seal(segments, original_key)
        inode = (journal._root / sealed.key).stat().st_ino
        named = len(journal.steps) - journal.steps[::-1].index(("name", inode)) - 1
        assert ("bytes", inode) in journal.steps[:named]
        assert ("folder", (journal._root / sealed.key).parent.stat().st_ino) in journal.steps[named:]

    async def test_a_photo_sealed_in_one_step_is_on_the_disk(self, store: ObjectStore, journal: Journal) -> None:
        writer = store.begin_segment(segment_key())
        await writer.write(b"photo")
        journal.assert_survives_a_power_cut((await writer.seal(original_key)).key)

    async def test_a_small_object_is_on_the_disk_when_put_returns(self, store: ObjectStore, journal: Journal) -> None:
        await store.put("cases/slug/1.jpg", b"picture")
        journal.assert_survives_a_power_cut("cases/slug/1.jpg")

    async def test_whoever_finds_the_same_content_waits_for_its_name_to_be_durable(
        self, store: ObjectStore, journal: Journal
    ) -> None:
        await store.put("cases/a.jpg", b"picture")
        journal.steps.clear()
        assert not await store.put("cases/a.jpg", b"picture")
        assert ("folder", (journal._root / "cases").stat().st_ino) in journal.steps

    async def test_a_failed_sync_is_told_and_keeps_nothing(
        self, store: ObjectStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(_: int) -> None:
            raise OSError(errno.EIO, "the disk is broken")

        monkeypatch.setattr(os, "fdatasync", broken)
        with pytest.raises(StoreError, match="broken"):
            await segment_of(store, b"photo")
        with pytest.raises(StoreError, match="broken"):
            await store.put("cases/a.jpg", b"picture")
        assert await everything(store) == []


class TestFolder(StoreSuite, LocalStoreUrl):
    """Files, folders, memory."""

    async def test_nobody_else_may_read_the_photos(self, store: ObjectStore, tmp_path: Path) -> None:
        await store.put("cases/slug/1.jpg", b"picture")
        await store.seal([await segment_of(store, b"photo")], original_key)
        for path in (tmp_path / "the store").rglob("*"):
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o400), path
        assert stat.S_IMODE((tmp_path / "the store").stat().st_mode) == 0o700

    async def test_finished_uploads_leave_no_empty_folders(self, store: ObjectStore, tmp_path: Path) -> None:
        for _ in range(3):
            segment = await segment_of(store, b"photo", "segments/one-upload/piece")
            await store.discard_segments([segment.key])
            assert list((tmp_path / "the store" / "segments").iterdir()) == []

    async def test_a_neighbor_that_removes_the_empty_folder_does_no_harm(
        self, store: ObjectStore, store_url: str
    ) -> None:
        neighbor = open_store(store_url)
        for number in range(20):
            written, swept = await asyncio.gather(
                segment_of(store, b"photo", f"segments/one-upload/{number}"),
                neighbor.discard_segments(["segments/one-upload/none"]),
            )
            await neighbor.discard_segments([written.key])
            assert swept is None
        await neighbor.close()

    async def test_a_key_below_another_key_is_refused(self, store: ObjectStore) -> None:
        await store.put("cases/a", b"picture")
        with pytest.raises(InvalidKey):
            await store.put("cases/a/b", b"picture")
        await store.put("renditions/a/b", b"picture")
        with pytest.raises((InvalidKey, ObjectMissing)):
            await store.put("renditions/a", b"picture")

    @pytest.mark.parametrize("chunk", [b"x", bytes(64 * 1024), bytes(300_000)])
    async def test_a_writer_holds_a_bounded_part_of_a_long_upload(self, store: ObjectStore, chunk: bytes) -> None:
        writer = store.begin_segment(segment_key())
        await writer.write(bytes(1000))
        gc.collect()
        tracemalloc.start()
        try:
            for _ in range(min(20_000, 24 * MEGABYTE // len(chunk))):
                # A copy each, as the network gives.
                await writer.write(bytes(bytearray(chunk)))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            await writer.discard()
        assert peak < 2 * (BATCH_BYTES + len(chunk)) + 200_000

    async def test_a_store_whose_folder_was_replaced_is_not_ready(self, store: ObjectStore, tmp_path: Path) -> None:
        (tmp_path / "the store").rename(tmp_path / "elsewhere")
        with pytest.raises(StoreError):
            await store.check()
        (tmp_path / "the store").mkdir()
        with pytest.raises(StoreError, match="replaced"):
            await store.check()

    async def test_files_of_killed_writers_go_where_every_file_has_a_name(
        self, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delattr(os, "O_TMPFILE")
        unfinished = tmp_path / "the store" / UNFINISHED
        unfinished.mkdir(parents=True)
        old, young = unfinished / "old", unfinished / "young"
        for path in (old, young):
            path.write_bytes(b"half a photo")
        os.utime(old, (0, time.time() - ABANDONED_AFTER_SECONDS - 60))
        store = open_store(store_url)
        assert [path.name for path in unfinished.iterdir()] == ["young"]
        await store.close()

    async def test_a_file_system_without_links_is_refused_at_once(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refused(*_: object, **__: object) -> None:
            raise OSError(errno.EPERM, "no links here")

        monkeypatch.setattr(os, "link", refused)
        with pytest.raises(StoreError, match="hard links"):
            open_store(tmp_path.as_uri())
        gc.collect()


@pytest.mark.parametrize("url", ["s4://bucket", "/tmp/photos", "file://host/photos", "file:photos", "file:///a?b", ""])
def test_an_address_no_store_has_is_told(url: str) -> None:
    with pytest.raises(StoreError, match="file:///absolute/path"):
        open_store(url)


class TestFullDisks:
    """A disk that is full answers so, and loses nothing."""

    def test_a_full_disk_refuses_and_keeps_what_was_acknowledged(self, tmp_path: Path) -> None:
        wrapper = mounting(tmp_path, 6)
        if not wrapper:
            missing("a mount namespace")
        subprocess.run([*wrapper, sys.executable, "-m", "tests.storage.small_disk", str(tmp_path), "0"], check=True)

    def test_a_file_that_may_not_grow_is_a_full_disk(self, tmp_path: Path) -> None:
        limit = str(3 * MEGABYTE)
        subprocess.run([sys.executable, "-m", "tests.storage.small_disk", str(tmp_path), limit], check=True)

    @pytest.fixture
    def quota(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        def refused(*_: object) -> int:
            raise OSError(errno.EDQUOT, "quota")

        with monkeypatch.context() as patched:
            patched.setattr(os, "writev", refused)
            yield

    @pytest.mark.usefixtures("quota")
    async def test_a_quota_is_a_full_disk(self, tmp_path: Path) -> None:
        store = open_store(tmp_path.as_uri())
        with pytest.raises(StoreFull):
            await store.put("cases/a", b"picture")
        await store.close()

    async def test_a_disk_that_takes_a_part_of_a_write_gets_the_rest(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        writev = os.writev

        def short(descriptor: int, pieces: list[bytes]) -> int:
            return writev(descriptor, [bytes(memoryview(b"".join(pieces))[:70_001])])

        monkeypatch.setattr(os, "writev", short)
        store = open_store(tmp_path.as_uri())
        segment = await segment_of(store, bytes_of(MEGABYTE + 3))
        assert await content(store, segment.key) == bytes_of(MEGABYTE + 3)
        await store.close()
