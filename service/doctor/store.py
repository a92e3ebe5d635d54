"""The store: whether it keeps what is written once, gives parts of it back, tells our time, and has room."""

import hashlib
import secrets
from collections.abc import AsyncIterator

from service.doctor.findings import Finding, missing, ok, warning
from service.settings import Settings
from service.store_words import refusal_of
from storage import ObjectStore, StoreError, open_store

MOST_CLOCK_SECONDS = 60.0


async def look(settings: Settings) -> AsyncIterator[Finding]:
    """Writes an object of a few bytes and removes it again."""
    if settings.store_url.startswith("s3:"):
        async for finding in _look_at_bucket(settings):
            yield finding
        return
    try:
        store = open_store(settings.store_url)
    except StoreError as error:
        yield missing("store.unusable", reason=str(error))
        return
    try:
        await store.check()
        yield await _keeps(store)
        free = await store.free_bytes()
        if free is not None:
            judge = missing if free < settings.disk_floor_bytes else ok
            name = "store.no_room" if free < settings.disk_floor_bytes else "store.room"
            yield judge(name, free=free // 1_000_000, floor=settings.disk_floor_bytes // 1_000_000)
    except StoreError as error:
        yield missing("store.unusable", reason=str(error))
    finally:
        await store.close()


async def _keeps(store: ObjectStore) -> Finding:
    content = secrets.token_bytes(64)
    key = f"segments/probe/{hashlib.sha256(content).hexdigest()}"
    try:
        first = await store.put(key, content)
        try:
            second = await store.put(key, content[::-1])
        except StoreError:
            second = False
        part = b"".join([piece async for piece in store.read(key, 3, 17)])
    finally:
        await store.delete(key)
    if not first or second or part != content[3:17]:
        return missing("store.overwrites")
    return ok("store.keeps")


async def _look_at_bucket(settings: Settings) -> AsyncIterator[Finding]:
    from storage.s3 import S3Store

    store = open_store(settings.store_url, settings.s3())
    assert isinstance(store, S3Store)
    try:
        findings = await store.probe()
    finally:
        await store.close()
    if findings.refusal:
        yield missing("store.refused", words=lambda language: refusal_of(findings, language))
        return
    if findings.refuses_second_write is None:
        yield warning("store.single_writer")
    else:
        yield ok("store.keeps")
    apart = findings.clock_seconds
    if apart is None:
        yield warning("store.clock_untold")
    elif abs(apart) > MOST_CLOCK_SECONDS:
        yield warning("store.clock_off", seconds=round(apart))
    else:
        yield ok("store.clock", seconds=round(abs(apart), 1))
    if findings.locks:
        yield ok("store.locks", days=settings.s3_object_lock_days)
