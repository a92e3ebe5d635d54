"""A folder whose files are whole or absent, and survive a power cut.

A new file has no name while it is written (``O_TMPFILE``), so a killed process leaves nothing to clean. It gets its
name by a hard link, which fails instead of overwriting, and only after its bytes are on the disk; the folder is
synced after that, because the name is data of the folder.
"""

import errno
import os
import secrets
import stat
import time
from collections.abc import Generator
from contextlib import suppress
from datetime import UTC, datetime
from io import FileIO
from typing import Final

from storage.base import HEAD_BYTES, AlreadyStored, StoredObject, StoreError, StoreFull
from storage.local_files import NO_ROOM, digest_of, store_errors

UNFINISHED: Final = ".unfinished"
ABANDONED_AFTER_SECONDS: Final = 24 * 3600
REMEMBERED_FOLDERS: Final = 10_000
FOLDER_RACES: Final = 5

_NO_UNNAMED_FILES: Final = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT})


class NewFile(FileIO):
    """A file being written. Closing it before it was published leaves nothing behind."""

    temporary_name: str | None = None
    folder: "Folder"

    @property
    def source(self) -> str:
        """What a hard link can be made from."""
        return self.temporary_name or f"/proc/self/fd/{self.fileno()}"

    def close(self) -> None:
        if not self.closed and self.temporary_name is not None:
            with suppress(OSError):
                os.unlink(self.temporary_name, dir_fd=self.folder.descriptor)
        super().close()


class Folder:
    """The store's root. Keys are paths relative to it. Every method blocks and raises OSError, save where told."""

    def __init__(self, root: str) -> None:
        """Make the root when it is missing (mode 0700) and see that files can be made and linked in it."""
        with store_errors():
            self._make_root(root)
            self.root = root
            self.descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            self._unnamed_files = hasattr(os, "O_TMPFILE") and os.path.isdir("/proc/self/fd")
            self._synced_folders: set[str] = set()
            self._remove_abandoned()
            # A full disk must not keep the store from being read.
            with suppress(StoreFull), store_errors():
                self._see_that_links_work()

    @staticmethod
    def _make_root(root: str) -> None:
        if not os.path.isdir(root):
            parent = os.path.dirname(root)
            os.makedirs(parent, exist_ok=True)
            with suppress(FileExistsError):
                os.mkdir(root, 0o700)
            _sync_folder(parent)

    def _remove_abandoned(self) -> None:
        """Files of killed processes, on a file system without unnamed files. Young ones may belong to a neighbor."""
        with suppress(FileExistsError):
            os.mkdir(UNFINISHED, 0o700, dir_fd=self.descriptor)
        oldest = time.time() - ABANDONED_AFTER_SECONDS
        with os.scandir(os.path.join(self.root, UNFINISHED)) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    if entry.stat(follow_symlinks=False).st_mtime < oldest:
                        os.unlink(entry.path)

    def _see_that_links_work(self) -> None:
        name = f"{UNFINISHED}/{secrets.token_hex(8)}"
        with self.create() as file:
            try:
                self._link(file.source, name)
            except OSError as error:
                if error.errno in NO_ROOM:
                    raise
                if not self._unnamed_files:
                    raise StoreError(f"{self.root} lies on a file system without hard links") from error
                self._unnamed_files = False
                return self._see_that_links_work()
        os.unlink(name, dir_fd=self.descriptor)
        return None

    def create(self) -> NewFile:
        """A new empty file, invisible under any key. It is readable by its owner only, and written by nobody else."""
        if self._unnamed_files:
            try:
                return self._open_new(".", os.O_TMPFILE, None)
            except OSError as error:
                if error.errno not in _NO_UNNAMED_FILES:
                    raise
                self._unnamed_files = False
        name = f"{UNFINISHED}/{secrets.token_hex(16)}"
        return self._open_new(name, os.O_CREAT | os.O_EXCL, name)

    def _open_new(self, path: str, how: int, temporary_name: str | None) -> NewFile:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | how, 0o400, dir_fd=self.descriptor)
        file = NewFile(descriptor, "r+b")
        file.folder = self
        file.temporary_name = temporary_name
        return file

    def publish(self, source: str, key: str) -> bool:
        """Give a file whose bytes are already synced the name ``key``, durably. False when the name is taken."""
        for attempt in range(FOLDER_RACES):
            try:
                self._ensure(parent_of(key))
                self._link(source, key)
                break
            except FileExistsError:
                # Whoever took the name may not have come as far as syncing it.
                self.sync_parent(key)
                return False
            except FileNotFoundError:
                # A neighbor removed the folder while it was empty; or the source is gone, which trying again shows.
                self._synced_folders.clear()
                if attempt == FOLDER_RACES - 1:
                    raise
        self.sync_parent(key)
        return True

    def _link(self, source: str, name: str) -> None:
        # Both descriptors are given because Python otherwise links the /proc entry, not the file it stands for.
        os.link(source, name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor, follow_symlinks=True)

    def _ensure(self, path: str) -> None:
        """Make a folder and those above it, each name synced once by this process (another may have just made it)."""
        if path in self._synced_folders:
            return
        if parent := parent_of(path):
            self._ensure(parent)
        with suppress(FileExistsError):
            os.mkdir(path, 0o700, dir_fd=self.descriptor)
        self.sync_parent(path)
        if len(self._synced_folders) >= REMEMBERED_FOLDERS:
            self._synced_folders.clear()
        self._synced_folders.add(path)

    def sync_parent(self, path: str) -> None:
        """Make the names in the folder of ``path`` durable."""
        _sync_folder(parent_of(path) or ".", self.descriptor)

    def open(self, key: str) -> FileIO:
        """An object, for reading."""
        descriptor = os.open(key, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW, dir_fd=self.descriptor)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise FileNotFoundError(errno.ENOENT, "not a file")
        return FileIO(descriptor, "rb")

    def remove(self, key: str) -> None:
        """Remove a name; one that is gone is no error."""
        with suppress(FileNotFoundError):
            os.unlink(key, dir_fd=self.descriptor)

    def prune(self, key: str) -> None:
        """Remove the folder of ``key`` when it is empty and not a family's."""
        if parent_of(folder := parent_of(key)):
            # Also when it is not empty: another replica may remove it later, and a third make it anew.
            self._synced_folders.discard(folder)
            with suppress(OSError):
                os.rmdir(folder, dir_fd=self.descriptor)

    def sync_removal(self, key: str) -> None:
        """Make a removal durable, of the folder too."""
        with suppress(FileNotFoundError):
            return self.sync_parent(key)
        return self.sync_parent(parent_of(key))

    def describe(self, key: str) -> StoredObject:
        """Size and time of an object."""
        found = os.stat(key, dir_fd=self.descriptor, follow_symlinks=False)
        if not stat.S_ISREG(found.st_mode):
            raise FileNotFoundError(errno.ENOENT, "not a file")
        return StoredObject(key, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def confirm(self, key: str, size: int, sha256: bytes) -> bytes:
        """The head of the object if it holds exactly this content, else ``AlreadyStored``."""
        with self.open(key) as file:
            if os.fstat(file.fileno()).st_size != size or digest_of(file) != sha256:
                raise AlreadyStored("other content is stored under this key")
            return os.pread(file.fileno(), HEAD_BYTES, 0)

    def walk(self, prefix: str) -> Generator[StoredObject, None, None]:
        """Objects whose key starts with ``prefix``; folders are read one entry at a time."""
        waiting = [parent_of(prefix)]
        while waiting:
            folder = waiting.pop()
            try:
                entries = os.scandir(os.path.join(self.root, folder))
            except FileNotFoundError:
                continue
            with entries:
                for entry in entries:
                    key = f"{folder}/{entry.name}"
                    if not key.startswith(prefix):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(key)
                        continue
                    with suppress(FileNotFoundError):
                        yield self.describe(key)

    def free_bytes(self) -> int:
        """Bytes an ordinary process may still write."""
        found = os.fstatvfs(self.descriptor)
        return found.f_bavail * found.f_frsize

    def check(self) -> None:
        """StoreError when the folder is gone, replaced, read-only or not ours to write."""
        with store_errors():
            there, held = os.stat(self.root), os.fstat(self.descriptor)
            if (there.st_dev, there.st_ino) != (held.st_dev, held.st_ino):
                raise StoreError("the store's folder was replaced")
            if os.fstatvfs(self.descriptor).f_flag & os.ST_RDONLY:
                raise StoreError("the store's file system is read-only")
            if not os.access(".", os.R_OK | os.W_OK | os.X_OK, dir_fd=self.descriptor):
                raise StoreError("the store's folder may not be written")

    def close(self) -> None:
        """Let go of the root."""
        os.close(self.descriptor)


def _sync_folder(path: str, within: int | None = None) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=within)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def parent_of(path: str) -> str:
    """The folder of a relative path, empty for the root."""
    return path.rpartition("/")[0]
