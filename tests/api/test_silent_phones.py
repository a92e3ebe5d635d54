"""A phone in a basement: its connection is dead and nobody has told the server."""

import asyncio
import base64
import contextlib
import hashlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from tests.api.phones import Phone, offset_of, photo_of_size
from tests.people import token
from tests.servers import Server

TOKEN = token("inspector")


@asynccontextmanager
async def fallen_silent(
    server: Server, location: str, offset: int, length: int, sent: bytes, *headers: str
) -> AsyncIterator[asyncio.StreamWriter]:
    """A connection with a PATCH of `length` bytes that has brought only `sent`, and stays open in the block."""
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = [
        f"PATCH {location} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {TOKEN}",
        "Tus-Resumable: 1.0.0",
        "Content-Type: application/offset+octet-stream",
        f"Upload-Offset: {offset}",
        f"Content-Length: {length}",
        *headers,
    ]
    writer.write("\r\n".join([*head, "", ""]).encode() + sent)
    await writer.drain()
    try:
        yield writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def told_at_least(phone: Phone, location: str, wanted: int) -> int:
    """The offset, once the server has read `wanted` bytes: before, they are not there to be told of."""
    async with asyncio.timeout(2):
        while (told := offset_of(await phone.head(location))) < wanted:
            pass
    return told


async def test_a_reconnecting_phone_learns_at_once_what_its_dead_connection_brought(running_server: Server) -> None:
    photo, photo_id = photo_of_size(700_000, random.Random(5)), uuid4()
    async with Phone(running_server.url, TOKEN) as phone:
        location = (await phone.create(photo_id, photo)).headers["Location"]
        offset = 0
        for brought in (1, 100_000, 300_000):
            piece = photo[offset : offset + brought]
            async with fallen_silent(running_server, location, offset, len(photo) - offset, piece):
                offset += brought
                assert await told_at_least(phone, location, offset) == offset
        finished = await phone.patch(location, offset, photo[offset:])
        assert offset_of(finished) == len(photo)
        assert "Repr-Digest" in finished.headers
        original = await phone.get(f"/api/v1/photos/{photo_id}/original")
        assert hashlib.sha256(original.content).digest() == hashlib.sha256(photo).digest()


async def test_a_connection_that_wakes_up_after_another_has_continued_changes_nothing(running_server: Server) -> None:
    photo, photo_id = photo_of_size(400_000, random.Random(6)), uuid4()
    async with Phone(running_server.url, TOKEN) as phone:
        location = (await phone.create(photo_id, photo)).headers["Location"]
        async with fallen_silent(running_server, location, 0, len(photo), photo[:150_000]) as dead:
            offset = await told_at_least(phone, location, 150_000)
            assert offset_of(await phone.patch(location, offset, photo[offset:])) == len(photo)
            # It goes on as if nothing had happened, with bytes that are not the photo's.
            dead.write(bytes(len(photo) - 150_000))
            with contextlib.suppress(ConnectionError):
                await dead.drain()
            assert offset_of(await phone.head(location)) == len(photo)
        original = await phone.get(f"/api/v1/photos/{photo_id}/original")
        assert hashlib.sha256(original.content).digest() == hashlib.sha256(photo).digest()


async def test_bytes_that_came_before_a_connection_was_cut_count(running_server: Server) -> None:
    photo = photo_of_size(500_000, random.Random(8))
    async with Phone(running_server.url, TOKEN) as phone:
        location = (await phone.create(uuid4(), photo)).headers["Location"]
        async with fallen_silent(running_server, location, 0, len(photo), photo[:200_000]):
            pass
        # Otherwise a phone whose connections never live long would never get anywhere.
        assert await told_at_least(phone, location, 200_000) == 200_000


async def test_a_dead_connection_that_promised_a_checksum_counts_nothing_and_holds_nobody_up(
    running_server: Server,
) -> None:
    photo = photo_of_size(300_000, random.Random(9))
    checksum = f"Upload-Checksum: sha256 {base64.b64encode(hashlib.sha256(photo).digest()).decode()}"
    async with Phone(running_server.url, TOKEN) as phone:
        location = (await phone.create(uuid4(), photo)).headers["Location"]
        async with (
            fallen_silent(running_server, location, 0, len(photo), photo[:200_000], checksum),
            fallen_silent(running_server, location, 0, len(photo), photo[:100_000], checksum),
            asyncio.timeout(2),
        ):
            offset = offset_of(await phone.head(location))
            assert offset == 0
            # Where a dead connection's request is served late it takes the newcomer's place, and the phone goes on.
            while offset < len(photo):
                offset = offset_of(await phone.patch(location, offset, photo[offset:]))


async def test_a_phone_whose_last_answer_was_lost_may_ask_and_send_nothing_more(running_server: Server) -> None:
    """tuspy does so: it reads offset = length, and still sends a PATCH without a byte."""
    photo, photo_id = photo_of_size(50_000, random.Random(7)), uuid4()
    async with Phone(running_server.url, TOKEN) as phone:
        location = (await phone.create(photo_id, photo, photo)).headers["Location"]
        assert offset_of(await phone.head(location)) == len(photo)
        assert offset_of(await phone.patch(location, len(photo), b"")) == len(photo)
