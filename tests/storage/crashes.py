"""What every store must survive: a real process killed with -9 anywhere in its work."""

import asyncio
import hashlib
import os
import random
import sys

import msgspec
import pytest

from storage import S3Options
from storage.base import ObjectStore, Segment
from tests.storage.conformance import StoreSuite, content, everything
from tests.storage.crash_writer import Told, original_key

PROVING = os.environ.get("CLEARWAY_PROVE") == "1"


class Crashing(StoreSuite):
    """Kills a writer, then looks at what is left."""

    KILLS = 200 if PROVING else 20

    @pytest.mark.prove
    async def test_a_killed_writer_leaves_everything_it_told_and_nothing_half_written(
        self, store: ObjectStore, store_url: str, s3_options: S3Options | None
    ) -> None:
        chance = random.Random(7)
        whole: set[str] = set()
        for seed in range(self.KILLS):
            lines = await killed_writer(store_url, s3_options, seed, chance)
            told = [msgspec.json.decode(line, type=Told) for line in lines]
            whole = await only_whole_objects(store, whole)
            assert {line.key for line in told if line.key} <= whole
            await seal_what_was_left(store, told[-1])

    @pytest.mark.prove
    async def test_the_segments_of_a_killed_writer_can_still_be_swept(
        self, store: ObjectStore, store_url: str, s3_options: S3Options | None
    ) -> None:
        await killed_writer(store_url, s3_options, 1, random.Random(1))
        # A gateway that had the whole of a segment may still be storing it when its writer is long dead.
        async with asyncio.timeout(10):
            while left := [found.key async for found in store.list("segments/")]:
                await store.discard_segments(left)
                await asyncio.sleep(0.5)


async def killed_writer(store_url: str, s3_options: S3Options | None, seed: int, chance: random.Random) -> list[bytes]:
    """Every complete line that a writer said before it was killed at a moment of chance."""
    writer = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.storage.crash_writer", store_url, str(seed)),
        msgspec.json.encode(s3_options).decode(),
        stdout=asyncio.subprocess.PIPE,
    )
    assert writer.stdout is not None
    lines = [await writer.stdout.readline() for _ in range(chance.randrange(1, 6))]
    # The moment within a step is random too: hashing, syncing, linking or answering.
    await asyncio.sleep(chance.uniform(0, 0.015))
    writer.kill()
    lines += (await writer.stdout.read()).splitlines(keepends=True)
    await writer.wait()
    return [line for line in lines if line.endswith(b"\n")]


async def only_whole_objects(store: ObjectStore, seen: set[str]) -> set[str]:
    """Every key there is; each one's content has the hash that its name says. Looks at each original once."""
    found = set(await everything(store))
    for key in found - seen:
        assert hashlib.sha256(await content(store, key)).hexdigest() == key.rpartition("/")[2], key
    return found


async def seal_what_was_left(store: ObjectStore, last: Told) -> None:
    """What the next process does with an upload that was under way: seal it, again if it was sealed before."""
    if last.step not in ("committed", "sealed") or not last.segments:
        return
    left: list[Segment] = []
    for segment in last.segments:
        if segment.key in await everything(store):
            left.append(segment)
    if len(left) < len(last.segments):
        # Told as sealed and killed while discarding: the original is what counts, and it was checked above.
        assert last.step == "sealed"
        return
    parts = [await content(store, segment.key) for segment in left]
    assert [hashlib.sha256(part).digest() for part in parts] == [segment.sha256 for segment in left]
    sealed = await store.seal(left, original_key)
    assert sealed.sha256 == hashlib.sha256(b"".join(parts)).digest()
    assert await content(store, sealed.key) == b"".join(parts)
    await store.discard_segments([segment.key for segment in left])
