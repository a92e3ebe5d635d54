"""Builds and runs sink.c, the physical limit of receiving a photo."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("sink.c")


class SinkError(Exception):
    """The sink cannot be built or started here; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Sink:
    """A running sink."""

    port: int
    process: int
    bodies: Path

    def forget(self) -> None:
        """Removes what it has received so far, so that a long run does not fill the disk."""
        for body in self.bodies.iterdir():
            body.unlink()


@contextmanager
def running_sink(folder: Path) -> Iterator[Sink]:
    """Compiles the sink into `folder` and runs it there until the block ends."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise SinkError("make bench measures against a program in C and finds no compiler here (Debian: gcc libc6-dev)")
    program = folder / "sink"
    built = subprocess.run(
        [compiler, "-O2", "-o", str(program), str(SOURCE), "-lpthread", "-ldl"], capture_output=True, text=True
    )
    if built.returncode:
        raise SinkError(f"the sink does not compile:\n{built.stderr}")
    bodies = folder / "sink-bodies"
    bodies.mkdir(exist_ok=True)
    with subprocess.Popen([program, str(bodies)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            if not port:
                raise SinkError("the sink did not start")
            yield Sink(int(port), process.pid, bodies)
        finally:
            process.kill()
            shutil.rmtree(bodies, ignore_errors=True)
