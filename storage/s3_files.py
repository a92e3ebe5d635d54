"""Objects of an S3 store as files of this machine, in the folder for temporary files. Everything here blocks."""

import os
import secrets
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from storage.base import StoreError, StoreFull
from storage.local_files import NO_ROOM, write_all
from storage.s3_reader import Reader

PREFIX: Final = "clearway-object-"
ABANDONED_AFTER_SECONDS: Final = 24 * 3600


def new_path() -> Path:
    """A name that nobody has."""
    return Path(tempfile.gettempdir(), f"{PREFIX}{secrets.token_hex(12)}")


def download(reader: Reader, path: Path) -> None:
    """Write everything into a new file, which only we may read."""
    pieces = reader.pieces()
    try:
        with open(path, "xb", buffering=0, opener=_private) as file:
            for piece in pieces:
                write_all(file, [piece])
    except OSError as error:
        kind = StoreFull if error.errno in NO_ROOM else StoreError
        raise kind(f"the folder for temporary files answers: {error.strerror}") from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o400)


def remove_abandoned() -> None:
    """Remove our files of processes that were killed. Young ones may be in use."""
    oldest = time.time() - ABANDONED_AFTER_SECONDS
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            with suppress(OSError):
                if entry.name.startswith(PREFIX) and entry.stat(follow_symlinks=False).st_mtime < oldest:
                    os.unlink(entry.path)
