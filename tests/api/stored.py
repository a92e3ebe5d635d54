"""Whether the store holds what the database says."""

import hashlib
from pathlib import Path

import asyncpg

from tests import stores


async def unstored(connection: asyncpg.Connection, store_folder: Path, checked: set[str]) -> list[str]:
    """What the database says is stored and the store does not hold, byte for byte. Looks at each object once."""
    store = stores.open_at(store_folder)
    missing = []
    segments = await connection.fetch(
        """SELECT s.object_key, s.size, s.sha256 FROM upload_segments s JOIN uploads u ON u.id = s.upload_id
           WHERE u.state = 'open'"""
    )
    photos = await connection.fetch("SELECT object_key, size, sha256 FROM photos")
    for row in [*segments, *photos]:
        if row["object_key"] in checked:
            continue
        checked.add(row["object_key"])
        content = b"".join([piece async for piece in store.read(row["object_key"])])
        if len(content) != row["size"] or hashlib.sha256(content).digest() != row["sha256"]:
            missing.append(row["object_key"])
    unaccounted = await connection.fetch(
        """SELECT id FROM uploads u WHERE state = 'open'
           AND confirmed_offset <> (SELECT coalesce(sum(size), 0) FROM upload_segments s WHERE s.upload_id = u.id)"""
    )
    await store.close()
    return missing + [str(row["id"]) for row in unaccounted]
