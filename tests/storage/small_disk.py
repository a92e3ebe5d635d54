"""Fills a disk of a few megabytes, mounted or bounded by the caller. `python -m tests.storage.small_disk FOLDER LIMIT`.

Exits with 0 when everything that was acknowledged is there and everything refused has left nothing.
"""

import asyncio
import hashlib
import resource
import sys

import pytest

from storage import open_store
from storage.base import ObjectStore, Segment, StoreFull
from tests.storage.conformance import bytes_of, content, everything, original_key, segment_of

MEGABYTE = 1024 * 1024


async def fill(store: ObjectStore, *, alone: bool) -> None:
    """``alone`` on the disk its free bytes are ours to count."""
    kept = await segment_of(store, bytes_of(MEGABYTE, 1))
    other = await segment_of(store, bytes_of(MEGABYTE, 2))
    before = await everything(store)
    free = await store.free_bytes() if alone else None

    with pytest.raises(StoreFull):
        await send_segment(store)
    with pytest.raises(StoreFull):
        await send_whole(store)
    with pytest.raises(StoreFull):
        await store.put("renditions/large", bytes_of(8 * MEGABYTE))
    with pytest.raises(StoreFull):
        await store.seal([kept, other] * 4, original_key)
    assert await everything(store) == before
    if alone:
        assert await store.free_bytes() == free

    await check_kept(store, kept, other)


async def send_segment(store: ObjectStore) -> None:
    writer = store.begin_segment("segments/large")
    try:
        for _ in range(8):
            await writer.write(bytes_of(MEGABYTE))
        await writer.commit()
    finally:
        await writer.discard()


async def send_whole(store: ObjectStore) -> None:
    writer = store.begin_segment("segments/large")
    try:
        for _ in range(8):
            await writer.write(bytes_of(MEGABYTE))
        await writer.seal(original_key)
    finally:
        await writer.discard()


async def check_kept(store: ObjectStore, kept: Segment, other: Segment) -> None:
    """One segment is linked, which needs no room; two are copied, and there is room for these."""
    assert await content(store, kept.key) == bytes_of(MEGABYTE, 1)
    await store.seal([kept], original_key)
    sealed = await store.seal([kept, other], original_key)
    assert sealed.sha256 == hashlib.sha256(bytes_of(MEGABYTE, 1) + bytes_of(MEGABYTE, 2)).digest()
    await store.check()


async def main(folder: str, file_limit: int) -> None:
    store = open_store(f"file://{folder}/store")
    if file_limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))
    await fill(store, alone=not file_limit)
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
