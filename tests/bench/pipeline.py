"""Line 3: from the upload to the thumbnails on two cores, against what the two steps cost by themselves."""

import asyncio
import time
from pathlib import Path
from statistics import median

from tests.bench.deployment import Costs, Deployment, deployed, puts
from tests.bench.load import Request, run_load
from tests.bench.photographs import payloads
from tests.bench.report import Figure, Report

CORES = 2
CLIENTS = 16
PHOTOS = 96
ROUNDS = 3
GOAL = 0.8
PATIENCE_SECONDS = 60


def measure_pipeline(
    folder: Path, photographs: list[Path], accept_seconds: float, rendition_seconds: float, report: Report
) -> None:
    """Adds the figure of line 3 and what the time went into."""
    rates: list[float] = []
    costs: list[Costs] = []
    with deployed(folder / "pipeline", with_worker=True) as deployment:
        # Starts the decoding processes.
        _upload_and_wait(deployment, puts(deployment, payloads(photographs, 4)))
        for _ in range(ROUNDS):
            load = puts(deployment, payloads(photographs, PHOTOS))
            before = deployment.costs()
            rates.append(PHOTOS / _upload_and_wait(deployment, load))
            costs.append(deployment.costs().since(before, PHOTOS))
    bound = CORES / (accept_seconds + rendition_seconds)
    name = f"3 upload to thumbnails at {CLIENTS} clients, bound 2 / (accept + rendition)"
    report.add(Figure(name, median(rates), "photos/s", bound, GOAL, better="higher"))
    web, worker, database = (
        median(getattr(cost, part) for cost in costs) * 1000 for part in ("web", "worker", "database")
    )
    idle = CORES * 1000 / median(rates) - web - worker - database
    report.note(
        f"of {CORES * 1000 / median(rates):.0f} ms of processor a photo: web {web:.1f}, worker {worker:.1f}, "
        f"PostgreSQL {database:.1f}, load and idle {idle:.1f}"
    )


def _upload_and_wait(deployment: Deployment, load: list[Request]) -> float:
    """Seconds from the first byte sent to the last photo rendered."""
    started = time.perf_counter()
    run_load(deployment.server.port, load, CLIENTS)
    asyncio.run(wait_until_rendered(deployment))
    return time.perf_counter() - started


async def wait_until_rendered(deployment: Deployment) -> None:
    """Returns when no photo waits for its renditions any more. Every one must have got them."""
    connection = await deployment.connect()
    async with asyncio.timeout(PATIENCE_SECONDS):
        # Another process renders, and tells the database only.
        while await connection.fetchval("SELECT count(*) FROM photos WHERE rendition_state = 'pending'"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    unrendered = await connection.fetchval("SELECT count(*) FROM photos WHERE rendition_state <> 'ready'")
    await connection.close()
    if unrendered:
        raise RuntimeError(f"{unrendered} photos have no renditions")
