"""Where the store of a test is: in the test's folder, or with TEST_STORE_URL=s3://bucket in an object store.

The object store is reached by the same CLEARWAY_S3_* variables as a service reaches it; a test's folder `.../store`
stands for a prefix of its own in the bucket.
"""

import hashlib
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from service.settings import read_settings
from storage import ObjectStore, bucket_of, open_store

URL = os.environ.get("TEST_STORE_URL", "")
_S3 = {name: value for name, value in os.environ.items() if name.startswith("CLEARWAY_S3_")}


@dataclass(frozen=True, order=True, slots=True)
class Kept:
    """An object of a test's store."""

    key: str
    size: int


def settings_of(folder: Path) -> dict[str, str]:
    """The settings, by their lower-case names, of a service whose store is `folder` or what stands for it."""
    if not URL:
        return {"store_url": folder.as_uri()}
    own = hashlib.sha256(str(folder).encode()).hexdigest()[:24]
    named = {name.removeprefix("CLEARWAY_").lower(): value for name, value in _S3.items()}
    return {"store_url": f"{URL.rstrip('/')}/{own}", **named}


def open_at(folder: Path) -> ObjectStore:
    """The store at this folder, or at what stands for it."""
    settings = read_settings({f"CLEARWAY_{name.upper()}": value for name, value in settings_of(folder).items()})
    return open_store(settings.store_url, settings.s3())


def files_in(folder: Path, family: str = "") -> list[Kept]:
    """What the store below the test's folder holds, by key."""
    store = folder / "store"
    if not URL:
        files = (path for path in (store / family).rglob("*") if path.is_file())
        return sorted(Kept(path.relative_to(store).as_posix(), path.stat().st_size) for path in files)
    bucket, prefix = bucket_of(settings_of(store)["store_url"])
    pages = _client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/{family}")
    found = [item for page in pages for item in page.get("Contents", ())]
    objects = (Kept(item["Key"].removeprefix(f"{prefix}/"), item["Size"]) for item in found)
    # What a process writes to see what the store is like, and removes.
    return sorted(item for item in objects if not item.key.startswith("segments/probe/"))


def lose(folder: Path, item: Kept) -> None:
    """Has the object vanish, which the service itself would never let happen to an original."""
    if not URL:
        (folder / "store" / item.key).unlink()
        return
    bucket, prefix = bucket_of(settings_of(folder / "store")["store_url"])
    _client().delete_object(Bucket=bucket, Key=f"{prefix}/{item.key}")


def spoil(folder: Path, key: str, content: bytes) -> None:
    """Has other bytes under the key, which the service itself would never write there."""
    if not URL:
        path = folder / "store" / key
        path.chmod(0o600)
        path.write_bytes(content)
        return
    bucket, prefix = bucket_of(settings_of(folder / "store")["store_url"])
    _client().put_object(Bucket=bucket, Key=f"{prefix}/{key}", Body=content)


def only_a_folder(why: str) -> None:
    """Skips what can be shown with a local store alone."""
    if URL:
        pytest.skip(why)


@cache
def _client() -> Any:
    from storage.s3_client import make_client

    options = read_settings(_S3).s3()
    return make_client(options, options.endpoint)
