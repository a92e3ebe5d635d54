"""Photo bytes by key. ``open_store(url)`` picks the implementation; ``storage.base`` is the contract."""

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

__all__ = [
    "AlreadyStored",
    "DigestMismatch",
    "InvalidKey",
    "ObjectDamaged",
    "ObjectMissing",
    "ObjectStore",
    "Sealed",
    "Segment",
    "SegmentWriter",
    "StoreError",
    "StoreFull",
    "StoredObject",
    "Undeletable",
    "folder_of",
    "open_store",
]


def open_store(url: str) -> ObjectStore:
    """The store at ``file:///absolute/path``; a ``StoreError`` says what is wrong with any other address."""
    from storage.local import LocalStore

    return LocalStore(folder_of(url))


def folder_of(url: str) -> str:
    """The folder that the address of a local store names. Raises ``StoreError``."""
    parts = urlsplit(url)
    if parts.scheme != "file":
        raise StoreError(f"no store is known for the scheme {parts.scheme!r}; write file:///absolute/path")
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/") or parts.query or parts.fragment:
        raise StoreError("a local store's address is file:///absolute/path, with no host, query or fragment")
    return unquote(parts.path)
