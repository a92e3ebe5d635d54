"""Line 4: how much memory the service takes at its busiest, and how little of it depends on what is sent."""

import asyncio
from pathlib import Path

from tests.bench.deployment import Deployment, creations, deployed, puts
from tests.bench.load import Request, run_load
from tests.bench.photographs import enlarged, payloads
from tests.bench.pipeline import wait_until_rendered
from tests.bench.processes import PeakSampler, peak, proportional_set_size, reset_peak, tree
from tests.bench.report import Figure, Report

MEGABYTE = 1024 * 1024
LARGEST_PHOTO = 50 * MEGABYTE - 20
"""Leaves room for the comment that makes a payload unlike others."""
PEAK_LIMIT_MEGABYTES = 350
LARGE_LIMIT_MEGABYTES = 16
GROWTH_GOAL = 1.15
SAMPLE_SECONDS = 0.03
PHOTOS = {4: 32, 16: 64}


def measure_memory(folder: Path, photographs: list[Path], report: Report) -> None:
    """Adds the figures of line 4."""
    large = enlarged(photographs[0], folder / "large.jpg", LARGEST_PHOTO)
    with deployed(folder / "memory", with_worker=True) as deployment:
        # Imports what the first request imports, and starts the decoding processes.
        _peak_of_all(deployment, puts(deployment, payloads(photographs, 2)), 1)
        idle = proportional_set_size(deployment.processes)
        growth = {
            "PUT": _growth_of_web(deployment, puts(deployment, payloads([large], 1))),
            "tus creation-with-upload": _growth_of_web(deployment, creations(deployment, payloads([large], 1))),
        }
        asyncio.run(wait_until_rendered(deployment))
        peaks = {
            clients: _peak_of_all(deployment, puts(deployment, payloads(photographs, count)), clients)
            for clients, count in PHOTOS.items()
        }
    report.add(Figure("4 sum of PSS, idle after two photos", idle / MEGABYTE, "MB"))
    report.add(
        Figure("4 peak sum of PSS at 16 uploads with thumbnails", peaks[16] / MEGABYTE, "MB", PEAK_LIMIT_MEGABYTES, 1.0)
    )
    report.add(
        Figure("4 that peak, the one at 4 uploads beside", peaks[16] / MEGABYTE, "MB", peaks[4] / MEGABYTE, GROWTH_GOAL)
    )
    for name, added in growth.items():
        report.add(
            Figure(f"4 {name} of 50 MB: added to the web process", added / MEGABYTE, "MB", LARGE_LIMIT_MEGABYTES, 1.0)
        )


def _peak_of_all(deployment: Deployment, load: list[Request], clients: int) -> int:
    with PeakSampler(lambda: proportional_set_size(deployment.processes), SAMPLE_SECONDS) as sampler:
        run_load(deployment.server.port, load, clients)
        asyncio.run(wait_until_rendered(deployment))
    return sampler.highest


def _growth_of_web(deployment: Deployment, load: list[Request]) -> int:
    """By how much the peak resident size during one upload exceeds the size before it, over all web processes."""
    web = tree([deployment.server.pid])
    before = {process: reset_peak(process) for process in web}
    run_load(deployment.server.port, load, 1)
    return sum(peak(process) - size for process, size in before.items())
