"""Detectors in subprocesses: a picture that breaks a decoder or a model breaks one of them at worst."""

from pathlib import Path
from typing import Final

from service.imaging.detection.findings import Examined
from service.imaging.process_pool import ProcessPool, Progress, absolute
from service.imaging.results import Undecodable
from service.imaging.sandbox_wire import ExamineTask, Limits

LIMITS: Final = Limits(
    # Models are mapped and threads reserve: address space says little of a process with onnxruntime.
    memory_bytes=6 * 1024**3,
    data_bytes=1536 * 1024**2,
    cpu_seconds=60,
    tasks=200,
    resident_bytes=600 * 1024**2,
)


class Examiner(ProcessPool):
    """Processes that look for faces, plates, codes and texts; each has its models loaded, about 300 MB."""

    def __init__(self, processes: int = 2, *, seconds: float = 180.0, limits: Limits = LIMITS) -> None:
        super().__init__("service.imaging.detection.process", processes, seconds=seconds, limits=limits)

    async def examine(self, path: Path, progress: Progress | None = None) -> Examined | Undecodable:
        """All that is found in the picture at `path`, in fractions of its upright width and height.

        Raises OSError when the file cannot be read and SandboxError when no process can be started.
        """
        outcome = await self.do(ExamineTask(absolute(path)), progress)
        assert isinstance(outcome, Examined | Undecodable)
        return outcome
