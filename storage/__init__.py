"""Photo bytes by key. ``open_store(url)`` picks the implementation; ``storage.base`` is the contract."""

import re
from urllib.parse import unquote, urlsplit

from storage.base import (
    AlreadyStored,
    DigestMismatch,
    InvalidKey,
    ObjectDamaged,
    ObjectMissing,
    ObjectStore,
    Sealed,
    Segment,
    SegmentWriter,
    StoredObject,
    StoreError,
    StoreFull,
    Undeletable,
)
from storage.s3_options import S3Options

__all__ = [
    "AlreadyStored",
    "DigestMismatch",
    "InvalidKey",
    "ObjectDamaged",
    "ObjectMissing",
    "ObjectStore",
    "S3Options",
    "Sealed",
    "Segment",
    "SegmentWriter",
    "StoreError",
    "StoreFull",
    "StoredObject",
    "Undeletable",
    "bucket_of",
    "folder_of",
    "open_store",
]

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_FOLDERS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*", re.ASCII)


def open_store(url: str, options: S3Options | None = None) -> ObjectStore:
    """The store at ``file:///absolute/path`` or ``s3://bucket/prefix``. Talks to nobody yet.

    ``options`` say how an S3 store is reached. A ``StoreError`` says what is wrong with any other address.
    """
    if urlsplit(url).scheme == "s3":
        # 24 MB a process, for those who need it.
        from storage.s3 import S3Store

        return S3Store(*bucket_of(url), options or S3Options())
    from storage.local import LocalStore

    return LocalStore(folder_of(url))


def bucket_of(url: str) -> tuple[str, str]:
    """Bucket and prefix, which may be empty, that the address of an S3 store names. Raises ``StoreError``."""
    parts = urlsplit(url)
    prefix = unquote(parts.path).strip("/")
    if parts.scheme != "s3" or not _BUCKET.fullmatch(parts.netloc) or parts.query or parts.fragment:
        raise StoreError("an S3 store's address is s3://bucket or s3://bucket/prefix")
    if prefix and not _FOLDERS.fullmatch(prefix):
        raise StoreError("in s3://bucket/prefix the prefix is made of letters, digits and . _ - with / between names")
    return parts.netloc, prefix


def folder_of(url: str) -> str:
    """The folder that the address of a local store names. Raises ``StoreError``."""
    parts = urlsplit(url)
    if parts.scheme != "file":
        raise StoreError(
            f"no store is known for the scheme {parts.scheme!r}; write file:///absolute/path or s3://bucket"
        )
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/") or parts.query or parts.fragment:
        raise StoreError("a local store's address is file:///absolute/path, with no host, query or fragment")
    return unquote(parts.path)
