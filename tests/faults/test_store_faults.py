"""The object store is away, slow, overloaded or breaks off: phones are told to come back, and nothing is lost."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from storage import open_store
from tests.conftest import PROVING
from tests.faults import figures
from tests.faults.clusters import Cluster
from tests.faults.faulty_proxy import Fault, FaultyProxy
from tests.faults.senders import Senders, acknowledged, nothing_is_lost, recovery_seconds, refused
from tests.people import signed_in
from tests.s3_servers import S3Server
from tests.servers import Server, service_environment

READ_TIMEOUT_SECONDS = 1.5
OVERCOME = {Fault.SLOW, Fault.HALF_ANSWER, Fault.LOST_ANSWER}
"""A phone may not even notice these: the store has done what it was asked, which the next try finds."""


@dataclass
class Shop:
    """A service whose store lies behind the proxy."""

    server: Server
    proxy: FaultyProxy
    s3: S3Server
    bucket: str


@pytest.fixture(params=["rclone", "ceph"] if PROVING else ["rclone"])
def s3(request: pytest.FixtureRequest) -> S3Server:
    server: S3Server = request.getfixturevalue(request.param)
    return server


@pytest.fixture
async def shop(cluster: Cluster, s3: S3Server, tmp_path: Path) -> AsyncIterator[Shop]:
    bucket = s3.make_bucket()
    async with FaultyProxy(s3.endpoint) as proxy:
        environment = service_environment(
            str(cluster.url),
            tmp_path,
            disk_floor_bytes=0,
            s3_read_timeout_seconds=READ_TIMEOUT_SECONDS,
            s3_connect_timeout_seconds=1,
        ) | replace(s3, endpoint=proxy.endpoint).environment(bucket)
        server = Server(environment, tmp_path)
        server.start()
        yield Shop(server, proxy, s3, bucket)
        await asyncio.to_thread(server.stop)


BRIEFLY = (Fault.AWAY, Fault.ERROR, Fault.HALF_REQUEST, Fault.LOST_ANSWER)


@pytest.mark.prove
async def test_phones_come_back_until_the_store_is_well_again(shop: Shop) -> None:
    kept: set[bytes] = set()
    for fault in Fault if PROVING else BRIEFLY:
        async with Senders(shop.server.url).sending() as told:
            await acknowledged(told, 2)
            shop.proxy.break_down(fault)
            await shop.proxy.has_hit(fault, 6)
            if fault not in OVERCOME:
                await refused(told, "503 storage.unavailable")
            shop.proxy.mend()
            back = time.monotonic()
            await acknowledged(told, 4)
        figures.note(f"store: {fault}", recovery_seconds=recovery_seconds(told, back), told=told)
        assert set(told.refusals) <= {"503 storage.unavailable"}
        await nothing_is_lost(shop.server.url, told)
        kept |= set(told.kept.values())
    assert await originals(shop) == {digest.hex() for digest in kept}


async def originals(shop: Shop) -> set[str]:
    """The hashes of what the store holds: a write that was tried again has left nothing beside it."""
    store = open_store(shop.bucket, shop.s3.options())
    found = {found.key.rpartition("/")[2] async for found in store.list("originals/")}
    await store.close()
    return found


async def test_a_silent_store_holds_up_nobody_who_does_not_need_it(shop: Shop) -> None:
    async with httpx.AsyncClient(base_url=shop.server.url, headers=signed_in("inspector"), timeout=30) as client:
        async with Senders(shop.server.url).sending(8) as told:
            await acknowledged(told, 8)
            shop.proxy.break_down(Fault.SILENT)
            await shop.proxy.has_hit(Fault.SILENT, 8)
            begun = time.monotonic()
            assert (await client.get("/api/v1/notifications")).status_code == 200
            assert (await client.get("/health/live")).status_code == 200
            assert time.monotonic() - begun < READ_TIMEOUT_SECONDS
            ready = await client.get("/health/ready")
            assert (ready.status_code, ready.json()["checks"]["store"]) == (503, "unavailable")
            assert ready.json()["checks"]["database"] == "ok"
            shop.proxy.mend()
        assert (await client.get("/health/ready")).status_code == 200


async def test_a_photo_is_read_whole_or_not_at_all(shop: Shop) -> None:
    async with Senders(shop.server.url).sending(1, size=900_000) as told:
        await acknowledged(told, 1)
    photo_id, digest = next(iter(told.kept.items()))
    address = f"/api/v1/photos/{photo_id}/original"
    async with httpx.AsyncClient(base_url=shop.server.url, headers=signed_in("inspector"), timeout=30) as client:
        for fault in (Fault.AWAY, Fault.ERROR, Fault.HALF_ANSWER):
            shop.proxy.break_down(fault, lambda method, path: method == "GET")
            try:
                answer = await client.get(address)
            except httpx.RemoteProtocolError:
                # It had begun, and what is missing of its Content-Length tells the reader.
                assert fault is Fault.HALF_ANSWER
            else:
                assert (answer.status_code, answer.json()["code"]) == (503, "storage.unavailable")
                assert int(answer.headers["Retry-After"]) > 0
            shop.proxy.mend()
            assert hashlib.sha256((await client.get(address)).content).digest() == digest
