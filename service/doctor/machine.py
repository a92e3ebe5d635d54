"""The machine: room for what passes through, and processes that decode photos."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from importlib.resources import as_file, files

from service.doctor.findings import Finding, missing, ok, warning
from service.imaging.detection.examiner import Examiner
from service.imaging.detection.findings import Examined
from service.imaging.detection.parts import DETECTORS, missing_parts
from service.imaging.sandbox import Sandbox, SandboxError
from service.settings import Settings

TEMPORARY_BYTES = 256_000_000
"""A few of the largest photos at once."""


async def look(settings: Settings) -> AsyncIterator[Finding]:
    """Writes a temporary file and decodes a small picture."""
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"clearway")
        free = shutil.disk_usage(tempfile.gettempdir()).free
        judge = ok if free >= TEMPORARY_BYTES else warning
        yield judge("machine.temporary" if judge is ok else "machine.temporary_small", free=free // 1_000_000)
    except OSError as error:
        yield missing("machine.temporary_unwritable", reason=error.strerror or str(error))
    yield await _decodes(settings)
    # Said, so that nobody looks for what is not needed: marks on pictures are drawn from strokes of our own.
    yield ok("machine.fonts")
    yield await _detects(settings)


async def _decodes(settings: Settings) -> Finding:
    with as_file(files("service.doctor") / "sample.jpg") as path:
        async with Sandbox(1) as sandbox:
            try:
                rendered = await sandbox.render(path)
            except SandboxError as error:
                return missing("machine.sandbox", reason=str(error))
    if not hasattr(rendered, "preview"):
        return missing("machine.sandbox", reason="sample.jpg")
    return ok("machine.decodes", processes=settings.imaging_processes)


async def _detects(settings: Settings) -> Finding:
    if settings.vision == "off":
        return ok("machine.detectors_off")
    if parts := missing_parts():
        judge = missing if settings.vision == "required" else warning
        return judge("machine.detectors_missing", parts=", ".join(parts))
    with as_file(files("service.doctor") / "sample.jpg") as path:
        async with Examiner(1) as examiner:
            try:
                outcome = await examiner.examine(path)
            except SandboxError as error:
                return missing("machine.detectors_broken", reason=str(error))
    if not isinstance(outcome, Examined):
        return missing("machine.detectors_broken", reason=outcome.detail)
    return ok("machine.detects", detectors=", ".join(DETECTORS), processes=settings.vision_processes)
