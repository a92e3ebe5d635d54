"""A process that stores without end and says what was acknowledged, until it is killed.

`python -m ... URL SEED OPTIONS`, the options of an S3 store as JSON, else null.
"""

import asyncio
import hashlib
import random
import sys

import msgspec

from storage import S3Options, open_store
from storage.base import ObjectStore, Segment


class Told(msgspec.Struct):
    """One line of the writer: what the store had just acknowledged."""

    step: str
    segments: list[Segment] = []
    key: str = ""


def name_of(family: str, data: bytes, seed: int) -> str:
    """A key that carries its content's hash, so that whoever finds it can check it."""
    return f"{family}/{seed}/{hashlib.sha256(data).hexdigest()}"


def original_key(sha256: bytes) -> str:
    return f"originals/{sha256.hex()}"


def tell(told: Told) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    sys.stdout.buffer.flush()


async def write(store: ObjectStore, seed: int) -> None:
    chance = random.Random(seed)
    while True:
        parts = [chance.randbytes(chance.randrange(1, 900_000)) for _ in range(chance.randrange(1, 4))]
        if len(parts) == 1 and chance.random() < 0.5:
            await write_whole(store, parts[0], seed)
        else:
            await write_in_parts(store, parts, seed)
        small = parts[0][:5000]
        await store.put(name_of("renditions", small, seed), small)
        tell(Told("put", key=name_of("renditions", small, seed)))


async def write_whole(store: ObjectStore, data: bytes, seed: int) -> None:
    writer = store.begin_segment(name_of("segments", data, seed))
    await writer.write(data)
    tell(Told("sealed", key=(await writer.seal(original_key)).key))


async def write_in_parts(store: ObjectStore, parts: list[bytes], seed: int) -> None:
    segments: list[Segment] = []
    for part in parts:
        writer = store.begin_segment(name_of("segments", part, seed))
        await writer.write(part)
        segments.append(await writer.commit())
        tell(Told("committed", segments=segments))
    sealed = await store.seal(segments, original_key)
    tell(Told("sealed", key=sealed.key, segments=segments))
    await store.discard_segments([segment.key for segment in segments])
    tell(Told("discarded"))


async def main(store_url: str, seed: str, s3_options: str) -> None:
    await write(open_store(store_url, msgspec.json.decode(s3_options, type=S3Options | None)), int(seed))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
