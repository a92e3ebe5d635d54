"""Three replicas behind a bad network, killed at random and started again: every photo is stored once, and whole.

Each request may reach another replica than the one before, an answer may be lost, a dead connection may stay open at a
replica that nobody talks to any more, and a replica may vanish in the middle of anything.
"""

import asyncio
import hashlib
import os
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from tests import stores
from tests.api.cutting_proxy import CuttingProxy
from tests.api.phones import Phone, offset_of, photo_of_size
from tests.api.photo_client import digest_of
from tests.api.stored import unstored
from tests.conftest import PROVING
from tests.people import token
from tests.servers import Server, service_environment

REPLICAS = 3
UPLOADS = 1000 if PROVING else 100
PHONES = 8
BYTES_BETWEEN_KILLS = 2_500_000
KILLS = UPLOADS // 25
PATIENCE_SECONDS = 600 if PROVING else 120


@dataclass
class Sending:
    """One photo on its way, and the two numbers between which the truth lies."""

    photo_id: UUID
    photo: bytes
    location: str | None = None
    told: int = 0
    sent: int = 0
    digest: str | None = None

    def believe(self, answer: httpx.Response) -> int:
        """The offset of an answer, which is never less than another replica has told before."""
        offset = offset_of(answer)
        assert self.told <= offset, f"told {self.told} of {self.photo_id}, and now a replica knows of {offset} only"
        assert offset <= self.sent, f"{offset} of {self.photo_id} claimed, and only {self.sent} were ever sent"
        self.told = offset
        if offset == len(self.photo):
            self.digest = answer.headers["Repr-Digest"]
        return offset


@dataclass
class Trouble:
    """What went wrong on the way, and how many bytes were sent."""

    seen: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    more_sent: asyncio.Event = field(default_factory=asyncio.Event)

    def count(self, size: int) -> None:
        self.sent += size
        self.more_sent.set()

    async def flow(self, size: int) -> None:
        """Waits until `size` more bytes are on their way."""
        target = self.sent + size
        while self.sent < target:
            self.more_sent.clear()
            await self.more_sent.wait()


@pytest.fixture
async def replicas(database_url: str, tmp_path: Path) -> AsyncIterator[list[Server]]:
    """Three services over one database and one store."""
    environment = service_environment(database_url, tmp_path / "store", database_connections=4, log_level="warning")
    servers = []
    for number in range(REPLICAS):
        (folder := tmp_path / f"replica-{number}").mkdir()
        servers.append(Server(environment, folder))
    try:
        for server in servers:
            server.launch()
        for server in servers:
            await answering(server)
        yield servers
    finally:
        for server in servers:
            server.stop()


async def answering(server: Server) -> None:
    async with asyncio.timeout(60):
        while not server.answers():
            assert not server.has_ended, server.log
            await asyncio.sleep(0.05)


async def keep_killing(replicas: list[Server], trouble: Trouble, chance: random.Random) -> None:
    """Kills replicas, one or a second while the first is still away, until cancelled."""
    async with asyncio.TaskGroup() as restarts:
        away: set[Server] = set()

        async def restart(server: Server) -> None:
            server.launch()
            await answering(server)
            away.discard(server)

        while True:
            await trouble.flow(chance.randrange(1, 2 * BYTES_BETWEEN_KILLS))
            # The moment within a request is random too: hashing, flushing, committing or answering.
            await asyncio.sleep(chance.uniform(0, 0.02))
            if len(there := [server for server in replicas if server not in away]) > 1:
                victim = chance.choice(there)
                away.add(victim)
                victim.kill_nine()
                trouble.seen["kills"] += 1
                restarts.create_task(restart(victim))


async def send(phone: Phone, sending: Sending, chance: random.Random, trouble: Trouble) -> None:
    """Creates or continues an upload, in pieces of random size, until it is a photo or the connection is cut."""
    photo = sending.photo
    if sending.location is None:
        first = photo[: chance.choice([0, chance.randrange(1, len(photo)), len(photo)])]
        # The answer may be lost: the next attempt is another upload of the same photo, and starts from nothing.
        sending.told, sending.sent = 0, len(first)
        answer = await phone.create(sending.photo_id, photo, first)
        assert answer.status_code == 201, (answer.status_code, answer.text)
        sending.location = answer.headers["Location"]
        offset = sending.believe(answer)
    else:
        offset = sending.believe(await phone.head(sending.location))
    while offset < len(photo):
        piece = photo[offset : offset + chance.randrange(1, len(photo))]
        sending.sent = max(sending.sent, offset + len(piece))
        answer = await phone.patch(sending.location, offset, piece)
        if answer.status_code == 409:
            # Bytes of a dead connection were confirmed meanwhile, which is what they were sent for.
            trouble.seen["conflicts"] += 1
            answer = await phone.head(sending.location)
        offset = sending.believe(answer)


async def keep_sending(phone: Phone, begun: list[Sending], chance: random.Random, trouble: Trouble) -> None:
    """Sends photo after photo until there have been enough of them, and enough kills."""
    while len(begun) < UPLOADS or trouble.seen["kills"] < KILLS:
        sending = Sending(uuid4(), photo_of_size(chance.randrange(2_000, 300_000), chance))
        begun.append(sending)
        while sending.digest is None:
            try:
                await send(phone, sending, chance, trouble)
            except httpx.TransportError:
                trouble.seen["interruptions"] += 1
                await asyncio.sleep(0.02)


@pytest.mark.prove(minutes=2)
async def test_uploads_over_three_replicas_that_are_killed_at_random_are_all_stored_once(
    replicas: list[Server], database_url: str, tmp_path: Path
) -> None:
    chance = random.Random(int(os.environ.get("CLEARWAY_SEED", "4")))
    trouble, begun = Trouble(), list[Sending]()
    ports = [server.port for server in replicas]
    async with CuttingProxy(*ports, seed=chance.randrange(2**32), reach_bytes=200_000, kindness=42) as proxy:
        url = f"http://127.0.0.1:{proxy.port}"
        async with (
            Phone(url, token("inspector"), trouble.count, keeps_connections=False) as phone,
            asyncio.timeout(PATIENCE_SECONDS),
        ):
            killing = asyncio.create_task(keep_killing(replicas, trouble, chance))
            async with asyncio.TaskGroup() as group:
                for number in range(PHONES):
                    group.create_task(keep_sending(phone, begun, random.Random(number), trouble))
            killing.cancel()
            [ended] = await asyncio.gather(killing, return_exceptions=True)
            assert isinstance(ended, asyncio.CancelledError), ended
        assert len(proxy.seen) == 6, f"not every kind of cut has happened: {proxy.seen}"
    print(f"{len(begun)} uploads, {trouble.sent / 1e6:.0f} MB, {dict(trouble.seen)}, connections {dict(proxy.seen)}")
    await assert_stored_once(begun, replicas, database_url, tmp_path / "store")


async def assert_stored_once(done: list[Sending], replicas: list[Server], database_url: str, store: Path) -> None:
    """Every acknowledged photo is in the record and in the store once, and there is nothing else."""
    assert len(done) >= UPLOADS
    hashes = {sending.photo_id: hashlib.sha256(sending.photo).hexdigest() for sending in done}
    assert {sending.digest for sending in done} == {digest_of(sending.photo) for sending in done}
    connection = await asyncpg.connect(database_url)
    photos = await connection.fetch("SELECT id, encode(sha256, 'hex') AS sha256 FROM photos")
    received = await connection.fetch("SELECT subject_id FROM events WHERE kind = 'photo.received'")
    jobs = await connection.fetchval("SELECT count(*) FROM pgqueuer")
    # Of a photo whose first answer was lost there may be another upload, begun and left: what it was told is kept too.
    assert await unstored(connection, store, set()) == []
    await connection.close()
    assert sorted((photo["id"], photo["sha256"]) for photo in photos) == sorted(hashes.items())
    assert sorted(event["subject_id"] for event in received) == sorted(hashes)
    assert jobs == len(done)
    originals = [Path(item.key).name for item in stores.files_in(store.parent, "originals/")]
    assert sorted(originals) == sorted(hashes.values())
    living = [server for server in replicas if server.answers()]
    assert living
    for number, sending in enumerate(done[:20]):
        async with Phone(living[number % len(living)].url, token("inspector")) as phone:
            assert (await phone.get(f"/api/v1/photos/{sending.photo_id}/original")).content == sending.photo
