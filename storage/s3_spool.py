"""Bytes that wait until their hash is known, because the hash is a part of the key they are stored under.

They wait in memory while there is room for those of all uploads together, else in a file without a name in the
folder for temporary files (``TMPDIR``). Everything here blocks.
"""

import os
import tempfile
from bisect import bisect_right
from collections.abc import Callable
from io import FileIO
from threading import Lock
from typing import Final

from storage.base import HEAD_BYTES, StoreError, StoreFull
from storage.local_files import NO_ROOM, write_all

FILE_PIECE_BYTES: Final = 256 * 1024


class Memory:
    """The room that all uploads of a process share."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._lock = Lock()

    def take(self, size: int) -> bool:
        """Whether there was room."""
        with self._lock:
            if size > self._left:
                return False
            self._left -= size
            return True

    def give_back(self, size: int) -> None:
        """What was taken is free again."""
        with self._lock:
            self._left += size


class Body:
    """Bytes as botocore wants a request's body: readable, and from the start again for another try.

    ``read`` answers with a piece as it lies there, of whatever size: the size that is asked for is 16 KiB, and sending
    4 MB in such pieces costs more than everything else about them.
    """

    def __init__(self, size: int, piece_at: Callable[[int], bytes | memoryview]) -> None:
        self._size = size
        self._piece_at = piece_at
        self._position = 0

    def __len__(self) -> int:
        return self._size

    def read(self, _size: int = -1) -> bytes | memoryview:
        """The next piece, nothing at the end."""
        if self._position >= self._size:
            return b""
        piece = self._piece_at(self._position)
        self._position += len(piece)
        return piece

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of a file."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        """As of a file."""
        return self._position


def body_of(data: bytes) -> Body:
    """Bytes that are there already."""
    return Body(len(data), lambda position: memoryview(data)[position:])


class Spool:
    """Bytes in the order they came; ``head`` is the first 64. For one thread at a time; ``close`` frees everything."""

    def __init__(self, memory: Memory) -> None:
        self.size = 0
        self.head = b""
        self._memory = memory
        self._pieces: list[bytes] = []
        self._starts: list[int] = []
        self._file: FileIO | None = None
        self._closed = False

    def append(self, piece: bytes) -> None:
        """Keep the next bytes. ``StoreFull`` when neither memory nor the disk has room."""
        if self._closed:
            raise StoreError("this upload was discarded")
        if not piece:
            return
        if self._file is None and self._memory.take(len(piece)):
            self._pieces.append(piece)
            self._starts.append(self.size)
        else:
            self._write(piece)
        if self.size < HEAD_BYTES:
            self.head += piece[: HEAD_BYTES - self.size]
        self.size += len(piece)

    def _write(self, piece: bytes) -> None:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0, prefix="clearway-upload-")  # noqa: SIM115
                for kept in self._pieces:
                    write_all(self._file, [kept])
                self._forget_pieces()
            write_all(self._file, [piece])
        except OSError as error:
            kind = StoreFull if error.errno in NO_ROOM else StoreError
            raise kind(f"the folder for temporary files answers: {error.strerror}") from error

    def _forget_pieces(self) -> None:
        self._memory.give_back(sum(map(len, self._pieces)))
        self._pieces.clear()
        self._starts.clear()

    def body(self) -> Body:
        """The bytes from the first, for a request. May be asked for again."""
        return Body(self.size, self._piece_at)

    def _piece_at(self, position: int) -> bytes | memoryview:
        if self._file is not None:
            return os.pread(self._file.fileno(), FILE_PIECE_BYTES, position)
        index = bisect_right(self._starts, position) - 1
        return memoryview(self._pieces[index])[position - self._starts[index] :]

    def close(self) -> None:
        """Let go of everything. Safe to call twice."""
        self._closed = True
        self._forget_pieces()
        if self._file is not None:
            self._file.close()
            self._file = None
