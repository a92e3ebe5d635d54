"""A service with a few photos, and an empty place."""

import hashlib
import random
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from service.clock import utc_now
from service.repositories import photos
from service.workflows.intake import original_key
from storage import open_store
from tests.backup.places import Place
from tests.people import account_id


async def add_photos(place: Place, count: int, size: int, seed: int = 1) -> dict[str, bytes]:
    """Photos in store and record, as far as a backup cares; key -> bytes. Renditions of some of them."""
    store, chance = open_store(place.store.as_uri()), random.Random(seed)
    connection = await asyncpg.connect(place.database_url)
    added: dict[str, bytes] = {}
    try:
        async with connection.transaction():
            for number in range(count):
                data = chance.randbytes(size + number)
                writer = store.begin_segment(f"segments/seed/{uuid4().hex}")
                await writer.write(data)
                sealed = await writer.seal(original_key)
                added[sealed.key] = data
                await photos.insert(
                    connection, photo_id=uuid4(), uploaded_by=account_id("inspector"), sha256=sealed.sha256,
                    size=sealed.size, media_type="image/jpeg", object_key=sealed.key, filename=None, now=utc_now(),
                )  # fmt: skip
    finally:
        await connection.close()
        await store.close()
    return added


async def add_rendition(place: Place, photo_key: str) -> str:
    """A preview that serves as thumbnail too; its key."""
    data = b"rendition of " + photo_key.encode()
    name = hashlib.sha256(data).hexdigest()
    key = f"renditions/{name[:2]}/{name}.jpg"
    store = open_store(place.store.as_uri())
    connection = await asyncpg.connect(place.database_url)
    try:
        await store.put(key, data)
        photo_id: UUID = await connection.fetchval("SELECT id FROM photos WHERE object_key = $1", photo_key)
        await photos.renditions_ready(connection, photo_id, preview_key=key, thumbnail_key=key, facts=None)
    finally:
        await connection.close()
        await store.close()
    return key


@pytest.fixture
async def small(database_url: str, tmp_path: Path) -> Place:
    """A service with twelve small photos."""
    place = Place(database_url, tmp_path / "store")
    await add_photos(place, 12, 5000)
    return place


@pytest.fixture
async def empty(empty_database_url: str, tmp_path: Path) -> Place:
    """A place in which nothing is."""
    return Place(empty_database_url, tmp_path / "other-store")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the backup goes."""
    return tmp_path / "backup"
