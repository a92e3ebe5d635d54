"""One page of figures for the processes of one `clearway serve --workers N`.

A scrape reaches whichever process takes the connection, so each must answer for all. They count in small files of a
shared folder, which `prometheus_client` provides for and `PROMETHEUS_MULTIPROC_DIR` names. The library calls a file by
the process that writes it, and files of processes that died would pile up. Here each process takes the lowest number
that no living one holds, by a lock that the kernel drops with the process: whoever replaces a dead process goes on with
its counts, so they neither pile up nor fall back.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Final

from prometheus_client import values

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"


def folder() -> str | None:
    """Where this process counts together with others; None when it counts for itself."""
    return os.environ.get(FOLDER) or None


def join() -> bool:
    """Has every figure made from now on kept in the shared folder, if there is one; says whether there is."""
    shared = folder()
    if shared is None:
        return False
    number = _lowest_free(Path(shared))
    values.ValueClass = values.MultiProcessValue(lambda: number)  # type: ignore[no-untyped-call]
    return True


def _lowest_free(shared: Path) -> int:
    for number in count():
        # Never closed: the lock is the process's for as long as it lives.
        descriptor = os.open(shared / f"{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        return number
    raise AssertionError("counting does not end")


@contextmanager
def shared_folder() -> Iterator[None]:
    """Has the processes that are started meanwhile count together; removes what they counted in."""
    with tempfile.TemporaryDirectory(prefix="clearway-figures-") as name:
        os.environ[FOLDER] = name
        try:
            yield
        finally:
            del os.environ[FOLDER]
