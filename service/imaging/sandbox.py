"""Pictures decoded in subprocesses: `Sandbox.render` or `Sandbox.mask`."""

from collections.abc import Sequence
from pathlib import Path

from service.imaging.polygons import Polygon, check_polygons
from service.imaging.process_pool import ProcessPool, SandboxError, absolute
from service.imaging.results import Masked, Rendered, Undecodable
from service.imaging.sandbox_wire import Limits, MaskTask, RenderTask

__all__ = ["Sandbox", "SandboxError"]


class Sandbox(ProcessPool):
    """Processes that make renditions and masked pictures; `seconds` bounds each picture by the clock on the wall."""

    def __init__(self, processes: int = 2, *, seconds: float = 60.0, limits: Limits | None = None) -> None:
        super().__init__("service.imaging.sandbox_process", processes, seconds=seconds, limits=limits or Limits())

    async def render(self, path: Path) -> Rendered | Undecodable:
        """Make renditions of the photo at `path` and read its EXIF.

        Raises OSError when the file cannot be read and SandboxError when no process can be started.
        """
        outcome = await self.do(RenderTask(absolute(path)))
        assert isinstance(outcome, Rendered | Undecodable)
        return outcome

    async def mask(self, path: Path, polygons: Sequence[Polygon]) -> Masked | Undecodable:
        """Paint over the polygons; see `service.imaging.masking.mask` for what they mean and what is returned.

        Raises ValueError for a polygon that is none, else as `render` does.
        """
        check_polygons(polygons)
        outcome = await self.do(MaskTask(absolute(path), [list(polygon) for polygon in polygons]))
        assert isinstance(outcome, Masked | Undecodable)
        return outcome
