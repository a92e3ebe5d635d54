"""Clocks of processes that can be made to jump, each by itself."""

import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from tests.conftest import missing

SOURCE = Path(__file__).with_name("clock.c")


class Clock:
    """The time of day of the processes that are started with `environment`."""

    def __init__(self, folder: Path, name: str, library: Path) -> None:
        self._file = folder / f"{name}.jump"
        self.environment = {"LD_PRELOAD": str(library), "CLOCK_JUMP": str(self._file)}
        self.jump(timedelta())

    def jump(self, away: timedelta) -> None:
        """The clock is wrong by this much from now on, in processes that run already, too."""
        mode = "r+b" if self._file.exists() else "w+b"
        with self._file.open(mode) as file:
            file.write(struct.pack("q", int(away.total_seconds())))

    @contextmanager
    def inherited(self) -> Iterator[None]:
        """What is started meanwhile has this clock, whoever starts it."""
        before = {name: os.environ.get(name) for name in self.environment}
        os.environ.update(self.environment)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


def make_library(folder: Path) -> Path:
    """The wrong clock, compiled."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        missing("a C compiler")
    library = folder / "clock.so"
    command = [str(compiler), "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True, capture_output=True)
    return library
