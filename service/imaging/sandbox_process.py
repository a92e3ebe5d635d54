"""The process that decodes pictures: `python -m service.imaging.sandbox_process PARENT LIMITS`.

It reads tasks from its standard input and writes answers to its standard output until the input ends. A picture that
is made to break a decoder breaks this process at worst, which holds no secrets, owns no connection, and can neither
gain privileges nor write a file.
"""

import contextlib
import ctypes
import fcntl
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

import msgspec

from service.imaging.masking import mask
from service.imaging.renditions import render
from service.imaging.results import Undecodable
from service.imaging.sandbox_wire import (
    LENGTH_BYTES,
    READY,
    Limits,
    MaskTask,
    Outcome,
    RenderTask,
    Reply,
    Step,
    Task,
    Unreadable,
    frame,
)
from service.processes import die_with_parent

_PR_SET_NO_NEW_PRIVS = 38
_F_SETPIPE_SZ = 1031
_PIPE_BYTES = 1024 * 1024
_OPEN_FILES = 64
_NICENESS = 5
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


Do = Callable[[Any, Limits, Callable[[int, int], None]], Outcome]


def main() -> None:
    """Take on the limits, say that we are ready, and work."""
    serve(RenderTask | MaskTask, lambda _limits: _do)


def serve(tasks: Any, prepare: Callable[[Limits], Do]) -> None:
    """Confine the process, then do tasks of these kinds until the input ends or the process has earned its rest.

    What `prepare` returns does one task; it is told the limits and whom to tell of its steps.
    """
    parent, limits = int(sys.argv[1]), msgspec.json.decode(sys.argv[2], type=Limits)
    requests, replies = _take_pipes()
    do = prepare(limits)
    _confine(parent, limits)
    _send(replies, READY)
    decoder = msgspec.msgpack.Decoder(tasks)
    for number in range(1, limits.tasks + 1):
        length = requests.read(LENGTH_BYTES)
        if len(length) < LENGTH_BYTES:
            return
        task = decoder.decode(requests.read(int.from_bytes(length)))
        _renew_cpu_limit(limits.cpu_seconds)
        outcome = _outcome(do, task, limits, replies)
        was_exhausted = isinstance(outcome, Undecodable) and outcome.reason == "resource_limit"
        retiring = number == limits.tasks or was_exhausted or _resident_bytes() > limits.resident_bytes
        _send(replies, frame(Reply(outcome, retiring)))
        if retiring:
            return


def _outcome(do: Do, task: Task, limits: Limits, replies: BinaryIO) -> Outcome | Unreadable:
    def tell(number: int, of: int) -> None:
        _send(replies, frame(Reply(Step(number, of), retiring=False)))

    try:
        return do(task, limits, tell)
    except OSError as error:
        return Unreadable(error.errno or 0, error.strerror or type(error).__name__)


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the two pipes for ourselves: what a library prints must not end up among the answers, nor in the log."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with contextlib.suppress(OSError):  # an answer that fits the pipe needs no waiting for its reader
        fcntl.fcntl(replies.fileno(), _F_SETPIPE_SZ, _PIPE_BYTES)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    return requests, replies


def _send(replies: BinaryIO, message: bytes) -> None:
    replies.write(message)
    replies.flush()


def _confine(parent: int, limits: Limits) -> None:
    die_with_parent(signal.SIGKILL, parent)
    _refuse_new_privileges()
    os.chdir("/")
    os.nice(_NICENESS)  # renditions can wait, uploads cannot
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_DATA, (limits.data_bytes, limits.data_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    os.dup2(0, 2)  # until here our own troubles were worth telling


def leave_the_network() -> bool:
    """Go where there is no network, not even the loopback; False where the machine refuses that."""
    libc = ctypes.CDLL(None, use_errno=True)
    return any(libc.unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET))


def _refuse_new_privileges() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, *map(ctypes.c_ulong, (1, 0, 0, 0))) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_NO_NEW_PRIVS)")


def _renew_cpu_limit(seconds: int) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime)
    resource.setrlimit(resource.RLIMIT_CPU, (used + 1 + seconds, resource.RLIM_INFINITY))


def _do(task: RenderTask | MaskTask, limits: Limits, _tell: Callable[[int, int], None]) -> Outcome:
    pixels, memory = limits.pixels, limits.picture_bytes
    with open(task.path, "rb") as file:
        if isinstance(task, MaskTask):
            return mask(file, task.polygons, pixel_limit=pixels, memory_bytes=memory)
        return render(file, pixel_limit=pixels, memory_bytes=memory)


def _resident_bytes() -> int:
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


if __name__ == "__main__":
    main()
