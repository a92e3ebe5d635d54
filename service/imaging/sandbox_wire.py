"""What the pool and its processes say to each other: messages of MessagePack, each behind its length in four bytes."""

from typing import Final

import msgspec

from service.imaging.detection.findings import Examined
from service.imaging.results import Masked, Rendered, Undecodable

LENGTH_BYTES: Final = 4
READY: Final = b"\0"
"""A process sends this once, when it has taken the limits on itself."""
MAXIMUM_MESSAGE_BYTES: Final = 32 * 1024 * 1024
"""More than any answer has; a length beyond it means that the process no longer knows what it says."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one process may use. It takes them on itself before it looks at the first picture."""

    memory_bytes: int = 1024 * 1024 * 1024
    """Address space, the interpreter's own 150 MB included."""
    data_bytes: int = 1024 * 1024 * 1024
    """What it may write to: memory of its own, where libraries reserve far more address space than they use."""
    cpu_seconds: int = 30
    """For one picture."""
    tasks: int = 500
    """Pictures until the process is replaced by a fresh one."""
    resident_bytes: int = 96 * 1024 * 1024
    """What the process may keep after a picture; one that keeps more is replaced."""
    pixels: int = 120_000_000

    @property
    def picture_bytes(self) -> int:
        """Memory that one picture may take beside the process's own."""
        return max(0, self.memory_bytes - 150 * 1024 * 1024)


class RenderTask(msgspec.Struct, frozen=True, tag="render"):
    """Make renditions of the photo at `path`, which is absolute."""

    path: str


class MaskTask(msgspec.Struct, frozen=True, tag="mask"):
    """Paint over the polygons of the photo at `path`, which is absolute."""

    path: str
    polygons: list[list[tuple[float, float]]]


class ExamineTask(msgspec.Struct, frozen=True, tag="examine"):
    """Look for what gives people away in the picture at `path`, which is absolute."""

    path: str


class Step(msgspec.Struct, frozen=True, tag="step"):
    """The process goes on with step `number` of so many; an outcome follows."""

    number: int
    of: int


class Unreadable(msgspec.Struct, frozen=True, tag="unreadable"):
    """The file could not be read at all, which says nothing about the photo."""

    errno: int
    message: str


Task = RenderTask | MaskTask | ExamineTask
Outcome = Rendered | Masked | Examined | Undecodable


class Reply(msgspec.Struct, frozen=True):
    """What the process answers to a task."""

    outcome: Outcome | Unreadable | Step
    retiring: bool
    """The process ends after this and must be replaced."""


def frame(message: msgspec.Struct) -> bytes:
    """Return the message ready to be sent.

    Times go as text: MessagePack's own timestamps are all UTC and would lose the offset of the place.
    """
    body = msgspec.msgpack.encode(msgspec.to_builtins(message, builtin_types=(bytes,)))
    return len(body).to_bytes(LENGTH_BYTES) + body
