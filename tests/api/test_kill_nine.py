"""The server is killed at random moments while photos arrive. It never takes back what it told a phone."""

import asyncio
import hashlib
import os
import random
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from tests.api.phones import Phone, offset_of, photo_of_size
from tests.api.stored import unstored
from tests.conftest import PROVING
from tests.people import token
from tests.servers import Server

KILLS = 100 if PROVING else 10
PHONES = 4


@dataclass
class Traffic:
    """Counts bytes on their way, so that the next kill falls after a random number of them."""

    sent: int = 0
    target: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    def count(self, size: int) -> None:
        self.sent += size
        if self.sent >= self.target:
            self.reached.set()

    async def flow(self, size: int) -> None:
        """Waits until `size` more bytes are on their way."""
        self.target = self.sent + size
        self.reached.clear()
        await self.reached.wait()


@dataclass
class Sending:
    """One photo being sent, and the two numbers between which the truth lies."""

    photo_id: UUID
    photo: bytes
    told: int = 0
    sent: int = 0
    location: str | None = None
    interruptions: int = 0

    def believe(self, offset: int) -> int:
        assert self.told <= offset, f"told {self.told} of {self.photo_id}, and now the server knows of {offset} only"
        assert offset <= self.sent, f"{offset} of {self.photo_id} claimed, and only {self.sent} were ever sent"
        self.told = offset
        return offset


async def keep_sending(
    phone: Phone, chance: random.Random, up: asyncio.Event, done: asyncio.Event, sendings: list[Sending]
) -> None:
    """Sends photo after photo until it is told to stop, and finishes the last one."""
    while not done.is_set():
        sending = Sending(uuid4(), photo_of_size(chance.randrange(2_000, 600_000), chance))
        sendings.append(sending)
        while sending.told < len(sending.photo):
            await up.wait()
            try:
                await send(phone, sending, chance)
            except httpx.TransportError:
                sending.interruptions += 1


async def send(phone: Phone, sending: Sending, chance: random.Random) -> None:
    """Creates or continues an upload up to its end, in pieces of random size."""
    if sending.location is None:
        first = sending.photo[: chance.choice([0, chance.randrange(1, len(sending.photo)), len(sending.photo)])]
        # The answer may be lost: the next attempt is another upload of the same photo, and starts from nothing.
        sending.told, sending.sent = 0, len(first)
        answer = await phone.create(sending.photo_id, sending.photo, first)
        assert answer.status_code == 201, (answer.status_code, answer.text)
        sending.location = answer.headers["Location"]
        offset = sending.believe(int(answer.headers.get("Upload-Offset", 0)))
    else:
        offset = sending.believe(offset_of(await phone.head(sending.location)))
    while offset < len(sending.photo):
        piece = sending.photo[offset : offset + chance.randrange(1, len(sending.photo))]
        sending.sent = max(sending.sent, offset + len(piece))
        offset = sending.believe(offset_of(await phone.patch(sending.location, offset, piece)))


@pytest.mark.prove(minutes=2)
async def test_a_server_killed_at_random_moments_never_takes_back_an_offset(
    running_server: Server, database_url: str, tmp_path: Path
) -> None:
    chance = random.Random(int(os.environ.get("CLEARWAY_SEED", "2")))
    traffic, up, done = Traffic(), asyncio.Event(), asyncio.Event()
    sendings: list[Sending] = []
    checked: set[str] = set()
    connection = await asyncpg.connect(database_url)
    up.set()
    async with Phone(running_server.url, token("inspector"), traffic.count) as phone:
        async with asyncio.TaskGroup() as group:
            for number in range(PHONES):
                group.create_task(keep_sending(phone, random.Random(number), up, done, sendings))
            for _ in range(KILLS):
                await traffic.flow(chance.randrange(1, 1_500_000))
                # The moment within a request is random too: hashing, flushing, committing or answering.
                await asyncio.sleep(chance.uniform(0, 0.02))
                up.clear()
                running_server.kill_nine()
                assert await unstored(connection, tmp_path / "store", checked) == []
                running_server.start()
                up.set()
            done.set()
        assert sum(sending.interruptions for sending in sendings) >= KILLS
        for sending in sendings:
            original = await phone.get(f"/api/v1/photos/{sending.photo_id}/original")
            assert hashlib.sha256(original.content).digest() == hashlib.sha256(sending.photo).digest()
    counted = await connection.fetchval("SELECT count(*) FROM photos")
    await connection.close()
    assert counted == len(sendings)
