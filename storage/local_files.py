"""Bytes in and out of files, and the operating system's errors in the store's words. Everything here blocks."""

import ctypes
import errno
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import FileIO
from typing import Final

from storage.base import InvalidKey, ObjectDamaged, ObjectMissing, Segment, StoreError, StoreFull

COPY_BYTES: Final = 256 * 1024
NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

_NOT_A_KEY: Final = frozenset({errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP})
_SYNC_FILE_RANGE_WRITE: Final = 2


def _start_writing_out() -> Callable[[int, int, int], object]:
    """``sync_file_range`` where the C library has it: bytes travel to the disk while more are received."""
    try:
        function = ctypes.CDLL(None).sync_file_range
    except (OSError, AttributeError):
        return lambda descriptor, offset, length: None
    function.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    return lambda descriptor, offset, length: function(descriptor, offset, length, _SYNC_FILE_RANGE_WRITE)


start_writing_out: Final = _start_writing_out()


@contextmanager
def store_errors() -> Iterator[None]:
    """Tell the operating system's errors in the contract's words."""
    try:
        yield
    except FileNotFoundError as error:
        raise ObjectMissing("no object has this key") from error
    except OSError as error:
        if error.errno in NO_ROOM:
            raise StoreFull(f"no room left: {error.strerror}") from error
        if error.errno in _NOT_A_KEY:
            raise InvalidKey("the key is another key's folder, or lies below another key") from error
        raise StoreError(f"the file system answers: {error.strerror}") from error


def write_all(file: FileIO, pieces: Sequence[bytes | memoryview]) -> int:
    """Append every piece without joining them; the number of bytes written. OSError when there is no room."""
    total = sum(map(len, pieces))
    written = os.writev(file.fileno(), pieces)
    while written < total:
        # A disk that fills up takes a part first and refuses only the next call.
        rest, skip = [], written
        for piece in pieces:
            if skip < len(piece):
                rest.append(memoryview(piece)[skip:])
            skip = max(0, skip - len(piece))
        written += os.writev(file.fileno(), rest)
    return total


def digest_of(file: FileIO) -> bytes:
    """The SHA-256 of the rest of a file, read in bounded pieces."""
    running, buffer = hashlib.sha256(), memoryview(bytearray(COPY_BYTES))
    while length := file.readinto(buffer):
        running.update(buffer[:length])
    return running.digest()


def copy_verified(piece: FileIO, segment: Segment, target: FileIO, update: Callable[[memoryview], object]) -> None:
    """Append a segment to ``target`` and pass it to ``update`` if it holds what was acknowledged."""
    own, size, buffer = hashlib.sha256(), 0, memoryview(bytearray(COPY_BYTES))
    while length := piece.readinto(buffer):
        part = buffer[:length]
        own.update(part)
        update(part)
        size += write_all(target, [part])
    if size != segment.size or own.digest() != segment.sha256:
        raise ObjectDamaged("a segment does not hold what was acknowledged")
