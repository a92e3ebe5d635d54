"""`make bench`: the service beside the physical limits of what it does, in one run of a quarter of an hour.

Everything is a ratio to something measured in the same run, because machines differ and are rarely alone.
`BENCH_JSON` names a file for the figures. `BENCH_PARTS` chooses among `photos` (lines 1 to 4), `finding` (line 5),
`replicas` (line 6), `s3` (7), `backup` (8), `sizes` (9), `public` (10) and `detection` (11), `BENCH_LINES` (such as
`1,3`) among the lines themselves.
"""

import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.accept import measure_accept
from tests.bench.backup import measure_backup
from tests.bench.detection import measure_detection
from tests.bench.finding import measure_finding
from tests.bench.memory import measure_memory
from tests.bench.photographs import make_photographs
from tests.bench.pipeline import measure_pipeline
from tests.bench.processes import Disturbance
from tests.bench.public import measure_public
from tests.bench.renditions import measure_renditions
from tests.bench.replicas import measure_replicas
from tests.bench.report import Report
from tests.bench.s3 import measure_s3
from tests.bench.sink import SinkError
from tests.bench.sizes import measure_sizes

CACHE = Path(".clearway/bench")
QUIET_CORES = 0.1
PARTS = {
    "photos": {"1", "2", "3", "4"},
    "finding": {"5"},
    "replicas": {"6"},
    "s3": {"7"},
    "backup": {"8"},
    "sizes": {"9"},
    "public": {"10"},
    "detection": {"11"},
}
WITH_PHOTOS = {"1", "2", "3", "4", "6", "7", "9"}


def main() -> int:
    """Runs the chosen lines; line 3 needs 1 and 2. Status 1 when a part is missing; a short figure is no error."""
    parts = os.environ.get("BENCH_PARTS", ",".join(PARTS)).split(",")
    if unknown := set(parts) - PARTS.keys():
        print(f"make bench: BENCH_PARTS knows {', '.join(PARTS)}, not {', '.join(unknown)}", file=sys.stderr)
        return 1
    chosen = set().union(*(PARTS[part] for part in parts))
    lines = chosen & set(os.environ.get("BENCH_LINES", ",".join(chosen)).split(","))
    if "3" in lines:
        lines |= {"1", "2"}
    report, began = Report(), time.monotonic()
    print(f"Clearway bench: {os.cpu_count()} cores, Linux {platform.release()}, Python {platform.python_version()}")
    CACHE.mkdir(parents=True, exist_ok=True)
    photographs = make_photographs(CACHE.resolve()) if lines & WITH_PHOTOS else []
    try:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=CACHE) as name:
            measure(Path(name).resolve(), photographs, lines, report)
    except SinkError as error:
        print(f"make bench: {error}", file=sys.stderr)
        return 1
    finally:
        if path := os.environ.get("BENCH_JSON"):
            report.write_json(Path(path))
    short = [figure.name for figure in report.figures if figure.verdict == "short"]
    print(f"{len(short)} figures short, {time.monotonic() - began:.0f} s")
    return 0


def measure(folder: Path, photographs: list[Path], lines: set[str], report: Report) -> None:
    """The lines in order."""
    accept = rendition = 0.0
    if "1" in lines:
        with telling_disturbance(report):
            accept = measure_accept(folder, photographs, report)
    if "2" in lines:
        with telling_disturbance(report):
            rendition = measure_renditions(photographs, report)
    if "3" in lines:
        with telling_disturbance(report):
            measure_pipeline(folder, photographs, accept, rendition, report)
    if "4" in lines:
        with telling_disturbance(report):
            measure_memory(folder, photographs, report)
    if "5" in lines:
        with telling_disturbance(report):
            measure_finding(folder / "finding", report)
    if "6" in lines:
        with telling_disturbance(report):
            measure_replicas(folder, photographs, report)
    if "7" in lines:
        with telling_disturbance(report):
            measure_s3(folder, photographs, report)
    if "8" in lines:
        with telling_disturbance(report):
            measure_backup(folder / "backup", report)
    if "9" in lines:
        with telling_disturbance(report):
            measure_sizes(folder, photographs, report)
    if "10" in lines:
        with telling_disturbance(report):
            measure_public(folder / "public", report)
    if "11" in lines:
        with telling_disturbance(report):
            measure_detection(folder / "detection", report)


@contextmanager
def telling_disturbance(report: Report) -> Iterator[None]:
    """Says when the machine was so busy with other things that the figures of the block are doubtful."""
    with Disturbance() as disturbance:
        yield
    if disturbance.cores > QUIET_CORES:
        report.note(f"doubtful: others kept {disturbance.cores:.1f} of {os.cpu_count()} cores busy meanwhile")


if __name__ == "__main__":
    sys.exit(main())
