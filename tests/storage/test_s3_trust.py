"""Which S3 stores are trusted with originals, and what makes each kind keep what is written once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import pytest
from botocore.exceptions import ClientError

from storage import S3Options, open_store
from storage.base import AlreadyStored, StoreError
from storage.s3 import S3Store
from tests.faults.faulty_proxy import FaultyProxy, refusal
from tests.s3_servers import S3Server
from tests.storage.conformance import (
    bytes_of,
    content,
    everything,
    original_key,
    sealed_of,
    segment_key,
    segment_of,
)


@asynccontextmanager
async def opened(url: str, options: S3Options) -> AsyncIterator[S3Store]:
    store = open_store(url, options)
    assert isinstance(store, S3Store)
    try:
        yield store
    finally:
        await store.close()


class VendorProxy(FaultyProxy):
    """Makes Ceph's gateway a store that knows a header of its own instead of conditional writes, as Aliyun's does."""

    async def _ask(self, head: bytes, body: bytes, *, is_whole: bool) -> bytes:
        assert b"If-None-Match" not in head
        if b"x-oss-forbid-overwrite: true" in head:
            head = head[:-2] + b"If-None-Match: *\r\n\r\n"
        answer = await super()._ask(head, body, is_whole=is_whole)
        return refusal(409, "FileAlreadyExists") if answer.startswith(b"HTTP/1.1 412") else answer


class TestProbes:
    """A store is asked before it is trusted."""

    async def test_a_store_that_keeps_its_promises_is_found_so(self, ceph: S3Server, ceph_bucket: str) -> None:
        async with opened(ceph_bucket, ceph.options()) as store:
            found = await store.probe()
            assert (found.reachable, found.writable, found.refuses_second_write, found.ranges) == (True,) * 4
            assert found.clock_seconds is not None
            assert abs(found.clock_seconds) < 5
            assert found.is_safe
            assert [item async for item in store.list("segments/probe/")] == []

    async def test_a_store_that_lets_keys_be_overwritten_gets_nothing(
        self, rclone: S3Server, rclone_bucket: str
    ) -> None:
        url = f"{rclone_bucket}/{uuid4()}"
        async with opened(url, rclone.options(write_once="conditional")) as store:
            found = await store.probe()
            assert found.writable
            assert found.refuses_second_write is False
            assert not found.is_safe
            with pytest.raises(StoreError, match="overwritten"):
                await store.check()
            with pytest.raises(StoreError, match="overwritten"):
                await store.put("cases/a", b"picture")
            writer = store.begin_segment(segment_key())
            await writer.write(b"photo")
            with pytest.raises(StoreError, match="overwritten"):
                await writer.seal(original_key)
            await writer.discard()
            assert await everything(store) == []

    async def test_a_header_that_the_store_does_not_know_is_found_out(self, ceph: S3Server, ceph_bucket: str) -> None:
        async with opened(ceph_bucket, ceph.options(write_once="forbid_overwrite")) as store:
            assert (await store.probe()).refuses_second_write is False

    async def test_a_wrong_secret_is_told_and_not_shown(self, ceph: S3Server, ceph_bucket: str) -> None:
        async with opened(ceph_bucket, ceph.options(secret_key="another secret")) as store:
            found = await store.probe()
            assert (found.reachable, found.writable) == (True, False)
            assert found.trouble
            assert "another secret" not in found.trouble
            with pytest.raises(StoreError):
                await store.check()

    @pytest.mark.parametrize("server", ["rclone", "ceph"])
    async def test_a_bucket_that_is_not_there_is_told(self, server: str, request: pytest.FixtureRequest) -> None:
        options = request.getfixturevalue(server).options()
        async with opened(f"s3://nobody-made-{uuid4().hex}", options) as store:
            assert not (await store.probe()).is_safe
            with pytest.raises(StoreError):
                await store.check()
            with pytest.raises(StoreError):
                await segment_of(store, b"photo")

    async def test_a_store_that_was_away_is_asked_again(self, rclone: S3Server, rclone_bucket: str) -> None:
        async with FaultyProxy(rclone.endpoint) as proxy:
            port = proxy.endpoint
        async with opened(f"{rclone_bucket}/{uuid4()}", rclone.options(endpoint=port, attempts=1)) as store:
            found = await store.probe()
            assert (found.reachable, found.is_safe) == (False, False)
            with pytest.raises(StoreError):
                await store.put("cases/a", b"picture")
        async with FaultyProxy(rclone.endpoint) as proxy:
            url, options = f"{rclone_bucket}/{uuid4()}", rclone.options(endpoint=proxy.endpoint, attempts=1)
            async with opened(url, options) as store:
                assert await store.put("cases/a", b"picture")


class TestWritingOnce:
    """Two writers of one key, whoever they are."""

    async def test_of_two_processes_that_write_one_key_exactly_one_stores(
        self, ceph: S3Server, ceph_bucket: str
    ) -> None:
        url = f"{ceph_bucket}/{uuid4()}"
        async with opened(url, ceph.options()) as one, opened(url, ceph.options()) as other:
            for number in range(10):
                key = f"renditions/{number}"
                puts = [store.put(key, bytes_of(20_000, seed)) for seed, store in enumerate([one, other] * 4)]
                answers = await asyncio.gather(*puts, return_exceptions=True)
                stored = [seed for seed, answer in enumerate(answers) if answer is True]
                assert len(stored) == 1
                assert sum(isinstance(answer, AlreadyStored) for answer in answers) == 7
                assert await content(one, key) == bytes_of(20_000, stored[0])

    async def test_a_vendors_own_header_keeps_what_is_written(self, ceph: S3Server, ceph_bucket: str) -> None:
        async with VendorProxy(ceph.endpoint) as proxy:
            options = ceph.options(endpoint=proxy.endpoint, write_once="forbid_overwrite")
            async with opened(f"{ceph_bucket}/{uuid4()}", options) as store:
                assert (await store.probe()).is_safe
                assert await store.put("cases/a", b"picture")
                assert not await store.put("cases/a", b"picture")
                with pytest.raises(AlreadyStored):
                    await store.put("cases/a", b"another")
                first = await sealed_of(store, b"photo")
                assert await sealed_of(store, b"photo") == first
                with pytest.raises(AlreadyStored):
                    await sealed_of(store, b"another", lambda _: first.key)
                assert await content(store, first.key) == b"photo"

    async def test_what_others_put_into_the_bucket_is_not_listed(self, rclone: S3Server, rclone_bucket: str) -> None:
        prefix = str(uuid4())
        async with opened(f"{rclone_bucket}/{prefix}", rclone.options()) as store:
            await store.put("segments/ours", b"x")
            bucket = rclone_bucket.removeprefix("s3://")
            for name in [f"{prefix}/segments/NOT ours", f"{prefix}-other/segments/theirs", "segments/theirs"]:
                await asyncio.to_thread(rclone.client().put_object, Bucket=bucket, Key=name, Body=b"x")
            assert await everything(store) == ["segments/ours"]


class TestObjectLock:
    """The store itself keeps originals from being deleted, by whoever has the keys."""

    async def test_an_original_is_locked_and_nothing_else(self, ceph: S3Server) -> None:
        url = ceph.make_bucket(object_lock=True)
        # Ceph 16 ignores conditions in versioned buckets, which object lock needs; every version is kept and locked.
        options = ceph.options(object_lock_days=1, write_once="single_writer")
        async with opened(url, options) as store:
            found = await store.probe()
            assert (found.locks, found.is_safe) == (True, True)
            sealed = await sealed_of(store, b"photo")
            await store.put("cases/a", b"picture")

            def delete(key: str) -> None:
                bucket, client = url.removeprefix("s3://"), ceph.client()
                version = client.head_object(Bucket=bucket, Key=key)["VersionId"]
                client.delete_object(Bucket=bucket, Key=key, VersionId=version)

            with pytest.raises(ClientError, match="AccessDenied"):
                await asyncio.to_thread(delete, sealed.key)
            await asyncio.to_thread(delete, "cases/a")
            assert await content(store, sealed.key) == b"photo"

    async def test_a_bucket_without_locks_is_refused_when_locks_are_asked_for(
        self, ceph: S3Server, ceph_bucket: str
    ) -> None:
        async with opened(ceph_bucket, ceph.options(object_lock_days=1)) as store:
            found = await store.probe()
            assert (found.locks, found.is_safe) == (False, False)


class TestPresignedAddresses:
    """Downloads that do not pass through the service."""

    @pytest.mark.parametrize("server", ["rclone", "ceph"])
    async def test_whoever_has_the_address_gets_the_bytes(self, server: str, request: pytest.FixtureRequest) -> None:
        s3: S3Server = request.getfixturevalue(server)
        bucket: str = request.getfixturevalue(f"{server}_bucket")
        async with opened(f"{bucket}/{uuid4()}", s3.options()) as store, httpx.AsyncClient() as browser:
            await store.put("renditions/a", bytes_of(5000))
            address = await store.presigned("renditions/a", seconds=60)
            answer = await browser.get(address)
            assert (answer.status_code, answer.content) == (200, bytes_of(5000))
            assert (await browser.get(address, headers={"Range": "bytes=10-19"})).content == bytes_of(5000)[10:20]
            assert (await browser.get(address.replace("renditions/a", "renditions/b"))).status_code in (403, 404)

    async def test_an_address_says_what_the_bytes_are_and_ends(self, ceph: S3Server, ceph_bucket: str) -> None:
        async with opened(f"{ceph_bucket}/{uuid4()}", ceph.options()) as store, httpx.AsyncClient() as browser:
            await store.put("renditions/a", b"picture")
            headers = {"Content-Type": "image/jpeg", "Content-Disposition": "inline", "Cache-Control": "private"}
            address = await store.presigned("renditions/a", seconds=60, headers=headers)
            answer = await browser.get(address)
            assert {name: answer.headers[name] for name in headers} == headers
            with pytest.raises(ValueError, match="X-Else"):
                await store.presigned("renditions/a", seconds=60, headers={"X-Else": "?"})
            for wrong in (address[:-1] + ("0" if address[-1] != "0" else "1"), address.split("?")[0]):
                assert (await browser.get(wrong)).status_code == 403

    async def test_an_address_is_the_one_that_browsers_reach(self, rclone: S3Server, rclone_bucket: str) -> None:
        options = rclone.options(public_endpoint="https://photos.example")
        async with opened(rclone_bucket, options) as store:
            bucket = rclone_bucket.removeprefix("s3://")
            address = await store.presigned("renditions/a", seconds=60)
            assert address.startswith(f"https://photos.example/{bucket}/renditions/a?")
