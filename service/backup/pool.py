"""The copies of objects in a backup folder: files by key, each written once. Everything here blocks.

A copy gets its name only after its bytes are on the disk, so one that is there is whole, whatever ended the backup that
made it, and the next backup need not make it again. Copies are synced in batches: one wait of the disk for many.
"""

import contextlib
import hashlib
import os
import secrets
import shutil
from collections.abc import Sequence
from io import FileIO
from pathlib import Path
from typing import Final

from storage.base import checked_key
from storage.local_files import start_writing_out

BLOCK: Final = 256 * 1024
"""Stays in the processor's cache between being read, hashed and written."""
_WRITE_OUT: Final = 1024 * 1024


class Arrival:
    """A copy without a name as yet. `size` in bytes and `sha256` in hex are of what was written so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = FileIO(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb")
        self.size = 0
        self._written_out = 0
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Of everything written."""
        return self._digest.hexdigest()

    def write(self, piece: bytes | memoryview) -> None:
        """Append. OSError when there is no room."""
        self._digest.update(piece)
        rest = memoryview(piece)
        while rest:
            written = self.file.write(rest) or 0
            rest = rest[written:]
            self.size += written
        if self.size - self._written_out >= _WRITE_OUT:
            start_writing_out(self.file.fileno(), self._written_out, self.size - self._written_out)
            self._written_out = self.size

    def receive(self, source: Path) -> None:
        """Append a file of this machine. OSError when it cannot be read or there is no room."""
        buffer = memoryview(bytearray(BLOCK))
        with FileIO(os.open(source, os.O_RDONLY | os.O_CLOEXEC), "rb") as file:
            while length := file.readinto(buffer):
                self.write(buffer[:length])

    def discard(self) -> None:
        """Leave nothing of it."""
        self.file.close()
        with contextlib.suppress(OSError):
            self.path.unlink()


class Pool:
    """The folder `objects` of a backup folder."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "objects"
        self._incoming = self.root / ".incoming"
        self._unsynced: set[Path] = set()

    def prepare(self) -> None:
        """Make the folder; what a killed backup left unfinished is removed."""
        self.root.mkdir(mode=0o700, exist_ok=True)
        shutil.rmtree(self._incoming, ignore_errors=True)
        self._incoming.mkdir(mode=0o700, exist_ok=True)

    def path(self, key: str) -> Path:
        """Where the copy of this object lies or would lie."""
        return self.root / checked_key(key)

    def size(self, key: str) -> int | None:
        """Size of the copy, None when there is none."""
        try:
            return self.path(key).stat().st_size
        except FileNotFoundError:
            return None

    def begin(self) -> Arrival:
        """A new copy."""
        return Arrival(self._incoming / secrets.token_hex(8))

    def keep(self, arrivals: Sequence[tuple[str, Arrival]]) -> None:
        """Make copies durable and give them their keys' names; a damaged one of the same name is replaced."""
        for _, arrival in arrivals:
            os.fdatasync(arrival.file.fileno())
        for key, arrival in arrivals:
            path = self.path(key)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            arrival.path.rename(path)
            arrival.file.close()
            self._unsynced |= {path.parent, path.parent.parent, self.root}

    def sync(self) -> None:
        """Make the names of all copies durable."""
        for folder in self._unsynced:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        self._unsynced.clear()

    def remove(self, key: str) -> None:
        """Remove a copy; one that is gone is no error."""
        path = self.path(key)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
            self._unsynced.add(path.parent)

    def set_aside(self, key: str) -> None:
        """Move a damaged copy out of the way, into `objects/.damaged/`, so that the next backup makes it again.

        A picture of a case is removed: what is set aside would outlive the case's retraction.
        """
        if key.startswith("cases/"):
            return self.remove(key)
        target = self.root / ".damaged" / checked_key(key)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            self.path(key).rename(target)
        return None

    def keys_of_cases(self) -> list[str]:
        """The pictures of cases that lie here."""
        folder = self.root / "cases"
        return [f"cases/{entry.name}" for entry in folder.iterdir()] if folder.is_dir() else []
