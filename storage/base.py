"""What a store of photo bytes must do, whichever machine it keeps them on.

Four families of keys, told apart by their first folder:

``originals/``   finished uploads, write-once, never deleted by this program
``segments/``    durable pieces of uploads not yet finished
``renditions/``  pictures derived from originals; can be made again
``cases/``       masked pictures of published cases; deleted when a case is retracted

How an upload becomes an original so that a crash at any line is harmless:

1. ``begin_segment`` -> ``write`` ... -> ``commit``. Only now does the caller move the upload's offset in the database.
   A crash before that leaves at most a segment that no row names; the sweeper finds it with ``list("segments/")``.
2. ``seal`` stores the whole under its final key and leaves every segment in place.
   A crash after it repeats ``seal``: the segments are still there, the same content under the same key is success.
3. The caller commits the row that names the original. From here on nothing needs the segments.
4. ``discard_segments``. A crash before or inside it leaves segments of a finished upload for the sweeper.

A photo that arrives whole in one request takes ``SegmentWriter.seal`` instead of steps 1, 2 and 4.
"""

import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

HEAD_BYTES: Final = 64
MAX_KEY_CHARACTERS: Final = 512

_KEY = re.compile(r"(?:originals|segments|renditions|cases)(?:/[a-z0-9][a-z0-9._-]{0,199})+", re.ASCII)
_PREFIX = re.compile(
    r"(?:originals|segments|renditions|cases)/(?:[a-z0-9][a-z0-9._-]{0,199}/)*(?:[a-z0-9][a-z0-9._-]{0,199})?", re.ASCII
)


class StoreError(Exception):
    """The store could not do what was asked; nothing was acknowledged."""


class ObjectMissing(StoreError):
    """No object has this key."""


class StoreFull(StoreError):
    """No room left. What was acknowledged before is untouched, what was being written is gone."""


class AlreadyStored(StoreError):
    """Another content is stored under this key, and it stays."""


class ObjectDamaged(StoreError):
    """Stored bytes are not those that were acknowledged: size or hash differ."""


class DigestMismatch(StoreError):
    """The bytes received are not those the sender promised; nothing was kept. ``algorithm`` names what was broken."""

    def __init__(self, algorithm: str) -> None:
        super().__init__(f"the {algorithm} of the bytes received is not the promised one")
        self.algorithm = algorithm


class InvalidKey(StoreError):
    """The key is outside the four families, or a character, a length or a folder in it is not allowed."""


class Undeletable(StoreError):
    """The key belongs to an original; originals are never deleted."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A durable piece of an unfinished upload. The database keeps these three values in the order of the pieces."""

    key: str
    size: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """A finished original. ``head`` is its first 64 bytes (fewer when it is shorter), enough to name its type."""

    key: str
    size: int
    sha256: bytes
    head: bytes


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What ``stat`` and ``list`` tell about an object. ``modified_at`` is aware, in UTC."""

    key: str
    size: int
    modified_at: datetime


def checked_key(key: str) -> str:
    """The key itself when it is allowed, else ``InvalidKey``.

    Allowed: a family, then one or more names of ``a-z 0-9 . _ -`` that start with a letter or digit, split by ``/``;
    so no ``..``, no absolute path, no hidden file. No key may be the folder of another (``a`` and ``a/b``).
    """
    if len(key) > MAX_KEY_CHARACTERS or _KEY.fullmatch(key) is None:
        raise InvalidKey(f"not a key of this store: {key[:80]!r}")
    return key


def checked_prefix(prefix: str) -> str:
    """The prefix itself when it is a family with its slash, or the beginning of an allowed key, else ``InvalidKey``."""
    if len(prefix) > MAX_KEY_CHARACTERS or _PREFIX.fullmatch(prefix) is None:
        raise InvalidKey(f"not a prefix of this store: {prefix[:80]!r}")
    return prefix


def checked_deletable(key: str) -> str:
    """The key itself when objects of its family may be deleted, else ``Undeletable``."""
    if checked_key(key).startswith("originals/"):
        raise Undeletable("a finished original is never deleted")
    return key


def sealed_key(name: Callable[[bytes], str], sha256: bytes) -> str:
    """The key an original with this digest gets, else ``InvalidKey``."""
    if not checked_key(key := name(sha256)).startswith("originals/"):
        raise InvalidKey("an original's key is under originals/")
    return key


def checked_promise(segments: Sequence[Segment], expected: Mapping[str, bytes] | None) -> bytes | None:
    """The promised SHA-256 of the whole, if any. ``ValueError`` for what cannot be sealed or promised."""
    if not segments:
        raise ValueError("nothing to seal")
    if not {"sha256"}.issuperset(expected or {}):
        raise ValueError("only the sha256 of the whole is known when it is sealed")
    return expected["sha256"] if expected else None


def promise_kept(name: Callable[[bytes], str], sha256: bytes, promised: bytes | None) -> str:
    """The final key of a whole with this digest, or ``DigestMismatch``."""
    if promised is not None and promised != sha256:
        raise DigestMismatch("sha256")
    return sealed_key(name, sha256)


def checked_segment_key(key: str) -> str:
    """The key itself when it is one of a segment, else ``InvalidKey``."""
    if not checked_key(key).startswith("segments/"):
        raise InvalidKey("a segment's key is under segments/")
    return key


class SegmentWriter(Protocol):
    """One request body on its way into the store. For one task at a time; ends with commit, seal or discard.

    Memory stays bounded whatever the length: about 1 MiB each, or, of a network store, what all its writers share.
    Hashing and writing happen off the event loop. After an error only ``discard`` is allowed.
    """

    @property
    def size(self) -> int:
        """Bytes received so far."""

    @property
    def head(self) -> bytes:
        """The first 64 bytes received so far."""

    async def write(self, chunk: bytes) -> None:
        """Take the next bytes. An error such as ``StoreFull`` may be told by a later call than its chunk's."""

    async def commit(self, *, expected: Mapping[str, bytes] | None = None) -> Segment:
        """Make everything received durable under the segment's key; it survives a power cut once this returns.

        ``expected`` maps ``sha256`` or an algorithm named in ``also`` to the promised digest; a broken promise raises
        ``DigestMismatch`` and keeps nothing. ``AlreadyStored`` when the key is taken, ``StoreFull`` when there is no
        room. When the caller is cancelled meanwhile, the segment may stay for the sweeper unless discard is called.
        """

    async def seal(self, name: Callable[[bytes], str], *, expected: Mapping[str, bytes] | None = None) -> Sealed:
        """For an upload that is whole in this writer: what commit, ``ObjectStore.seal`` and discard do, in one step.

        The segment's key never becomes visible. ``name`` and ``expected`` as in ``ObjectStore.seal`` and ``commit``.
        """

    async def discard(self) -> None:
        """Leave nothing behind. Safe to call twice; does nothing after a commit or seal that returned."""


class ObjectStore(Protocol):
    """Objects by key. Every implementation passes the suites ``tests/storage/conformance*.py`` and ``crashes.py``.

    What each must guarantee, whatever it is built on:

    - An object is visible under its key only whole. Half a write, after a crash too, is invisible to read, stat
      and list. A kept object never changes.
    - ``commit``, ``seal`` and ``put`` return only when the bytes and the name survive a power cut (a store over the
      network: when it has confirmed the write).
    - Two writers of one key: exactly one stores, the other is told (``False``, success or ``AlreadyStored``).
      A local store hard-links, a network store makes a conditional write (``If-None-Match: *`` or its equivalent).
    - Digests are computed here from the bytes as they pass, never taken from the network store's word.
    """

    def begin_segment(self, key: str, *, also: Sequence[str] = ()) -> SegmentWriter:
        """A writer for a key under ``segments/`` that nobody used before (put a random id in it). Touches no disk yet.

        ``also`` names further digests to compute beside SHA-256, by their ``hashlib`` names: ``("sha1",)``.
        """

    async def seal(
        self,
        segments: Sequence[Segment],
        name: Callable[[bytes], str],
        *,
        expected: Mapping[str, bytes] | None = None,
    ) -> Sealed:
        """Store the segments, in order, as one object under ``name(sha256 of the whole)``, a key under ``originals/``.

        The segments stay; remove them with ``discard_segments`` after the database says the upload is finished.
        One segment is not read again by a local store, which links it; else segments are copied in bounded memory and
        each one's own hash is verified on the way (a network store's own copying may overwrite what is there). What
        ``name`` raises ends the sealing with nothing stored, so it is the place for a last refusal; it may run in
        another thread. ``expected`` may promise ``{"sha256": ...}``; a broken promise raises ``DigestMismatch`` with
        nothing stored.

        Write-once and repeatable: the same content already under the final key is success (and is made durable),
        other content there raises ``AlreadyStored``. A single segment that is gone is success too when its result
        is there; otherwise a segment that is gone raises ``ObjectMissing`` (somebody else finished or swept this
        upload: read its row again), one that does not hold what was acknowledged raises ``ObjectDamaged``.
        """

    async def discard_segments(self, keys: Iterable[str]) -> None:
        """Remove segments; those already gone are no error. Every key must be under ``segments/``."""

    async def put(self, key: str, data: bytes) -> bool:
        """Store a small object once, durably. True when this call stored it, False when the same content was there.

        ``AlreadyStored`` when other content is there.
        """

    def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from ``start`` up to, not including, ``end`` (None: the object's end), in pieces of bounded size.

        A range past the end yields what there is, possibly nothing; a negative bound is a ``ValueError``.
        ``ObjectMissing`` is raised when the iteration starts.
        """

    async def stat(self, key: str) -> StoredObject:
        """Size and time of an object, else ``ObjectMissing``."""

    def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """Every object whose key starts with ``prefix`` (``segments/``, ``originals/ab``), in no promised order.

        Objects stored or removed meanwhile may or may not appear; nothing unfinished ever does.
        """

    async def delete(self, key: str) -> None:
        """Remove a segment, rendition or case picture; one already gone is no error. ``Undeletable`` for originals."""

    def local_file(self, key: str) -> AbstractAsyncContextManager[Path]:
        """A file on this machine that holds the object while the context is open. Read it only. ``ObjectMissing``."""

    async def presigned(self, key: str, *, seconds: int, headers: Mapping[str, str] | None = None) -> str | None:
        """An address under which anybody may get the object for ``seconds``; None when the store has no such thing.

        ``headers`` are sent with the bytes: of ``Content-Type``, ``Content-Disposition`` and ``Cache-Control`` only.
        Says nothing about whether the object is there.
        """

    async def free_bytes(self) -> int | None:
        """Bytes that can still be stored, None when the store knows no limit."""

    async def check(self) -> None:
        """Raise ``StoreError`` when objects cannot be written or read now. Cheap: asked every few seconds."""

    async def close(self) -> None:
        """Finish what is running and give threads and connections back. Nothing else may be called afterwards."""
