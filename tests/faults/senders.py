"""Phones that go on sending while something breaks, and what they were told meanwhile."""

import asyncio
import hashlib
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import httpx

from service.protocols import digest_fields
from tests.api.phones import Phone, offset_of, photo_of_size
from tests.people import token

PAUSE_SECONDS = 0.05
"""Between two tries of a phone here. A real one waits for as long as Retry-After says."""
REFUSALS = {503: {"server.not_ready", "storage.unavailable"}, 507: {"storage.full"}}
"""What a phone may be told that is not at fault, by stable code."""


@dataclass
class Told:
    """What the phones saw."""

    kept: dict[UUID, bytes] = field(default_factory=dict)
    """Photos that were acknowledged, and their hash."""
    refusals: Counter[str] = field(default_factory=Counter)
    """`503 server.not_ready` and so on, and `no answer` for connections that ended without one."""
    moments: list[float] = field(default_factory=list)
    """When each photo was acknowledged, on the monotonic clock."""

    def note(self, answer: httpx.Response) -> bool:
        """Whether the answer is one to send again after; anything but a proper refusal fails the test."""
        if answer.status_code < 400:
            return False
        assert answer.status_code in REFUSALS, (answer.status_code, answer.text)
        assert int(answer.headers["Retry-After"]) > 0
        code = answer.headers.get("content-type") and answer.content and answer.json()["code"]
        # The answer to HEAD has no body.
        assert not code or code in REFUSALS[answer.status_code], answer.text
        self.refusals[f"{answer.status_code} {code or ''}".strip()] += 1
        return True


@dataclass
class Senders:
    """Several phones at one server, half of them by tus, half in one request each."""

    url: str
    told: Told = field(default_factory=Told)
    patience_seconds: float = 40.0

    @asynccontextmanager
    async def sending(self, phones: int = 4, size: int = 60_000) -> AsyncIterator[Told]:
        """They send photo after photo as long as the block runs, and finish what they have begun."""
        done = asyncio.Event()
        async with asyncio.timeout(90), asyncio.TaskGroup() as group:
            for number in range(phones):
                group.create_task(self._keep_sending(number, size, done))
            try:
                yield self.told
            finally:
                done.set()

    async def _keep_sending(self, number: int, size: int, done: asyncio.Event) -> None:
        chance = random.Random(number)
        async with Phone(self.url, token("inspector")) as phone:
            while not done.is_set():
                photo, photo_id = photo_of_size(size, chance), uuid4()
                await (self.send(phone, photo_id, photo) if number % 2 else self.put(phone, photo_id, photo))

    async def put(self, phone: Phone, photo_id: UUID, photo: bytes) -> None:
        """In one request, again and again until it is acknowledged."""
        digest = hashlib.sha256(photo).digest()
        headers = {"Content-Digest": digest_fields.format_sha256(digest)}
        while True:
            try:
                answer = await phone.put(f"/api/v1/photos/{photo_id}", photo, headers)
                if not self.told.note(answer):
                    return self._keep(photo_id, photo)
            except httpx.TransportError:
                self.told.refusals["no answer"] += 1
            await asyncio.sleep(PAUSE_SECONDS)

    async def send(self, phone: Phone, photo_id: UUID, photo: bytes) -> None:
        """By tus: created once, then continued wherever the server stands."""
        location: str | None = None
        standing = 0
        while True:
            try:
                if location is None:
                    answer = await phone.create(photo_id, photo, photo[: len(photo) // 3])
                else:
                    answer = await phone.head(location)
                if not self.told.note(answer):
                    location = location or answer.headers["Location"]
                    offset = offset_of(answer)
                    assert offset >= standing, "an acknowledged offset was taken back"
                    standing = offset
                    answer = answer if offset == len(photo) else await phone.patch(location, offset, photo[offset:])
                    if not self.told.note(answer) and offset_of(answer) == len(photo):
                        return self._keep(photo_id, photo)
            except httpx.TransportError:
                self.told.refusals["no answer"] += 1
            await asyncio.sleep(PAUSE_SECONDS)

    def _keep(self, photo_id: UUID, photo: bytes) -> None:
        self.told.kept[photo_id] = hashlib.sha256(photo).digest()
        self.told.moments.append(time.monotonic())


async def acknowledged(told: Told, more: int, *, limit_seconds: float = 40.0) -> None:
    """Waits until `more` photos than now are acknowledged."""
    wanted = len(told.kept) + more
    async with asyncio.timeout(limit_seconds):
        while len(told.kept) < wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def refused(told: Told, code: str, *, limit_seconds: float = 40.0) -> None:
    """Waits until somebody was told so."""
    async with asyncio.timeout(limit_seconds):
        while not told.refusals[code]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def recovery_seconds(told: Told, since: float) -> float:
    """From `since` to the first photo that was acknowledged after it."""
    return min(moment for moment in told.moments if moment >= since) - since


async def nothing_is_lost(url: str, told: Told) -> None:
    """Every photo that was acknowledged is there, byte for byte."""
    assert told.kept
    async with Phone(url, token("inspector")) as phone:
        for photo_id, digest in told.kept.items():
            original = await phone.get(f"/api/v1/photos/{photo_id}/original")
            assert original.status_code == 200, (photo_id, original.text)
            assert hashlib.sha256(original.content).digest() == digest
