"""The machine: room for what passes through, and processes that decode photos."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from importlib.resources import as_file, files

from service.doctor.findings import Finding, missing, ok, warning
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
    # Said, so that nobody looks for what is not needed: marks on pictures are drawn from strokes of our own, and no
    # part of this version recognizes anything.
    yield ok("machine.fonts")


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
