"""Line 10: what a page of the public site costs, against a bare route that returns the same bytes.

Both are served by the same server and framework and answer in turns, so that what disturbs the machine disturbs both
alike. PostgreSQL's CPU counts: the service asks it before each use of what it has rendered.

`python -m tests.bench.public FOLDER PORT` is the bare route: the files of the folder at `/0`, `/1` ...
"""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import httpx
import uvicorn
from litestar import Litestar, Response, get
from litestar.params import FromPath

from schemas.cases import CaseState
from service.embedded_postgres import EmbeddedPostgres
from service.migrator import migrate
from service.processes import tied
from service.settings import read_settings
from tests import case_factory, people
from tests.bench.load import question, run_load
from tests.bench.processes import cpu_seconds
from tests.bench.report import Figure, Report
from tests.servers import START_SECONDS, Server, free_port, service_environment

ROUNDS = 11
CLIENTS = 8
TURN_SECONDS = 0.5
GOAL = 0.7
PUBLISHED = 12


def measure_public(folder: Path, report: Report) -> None:
    """Adds the figures of line 10."""
    folder.mkdir()
    postgres = EmbeddedPostgres(folder / "postgres", durable=False)
    try:
        url = postgres.start()
        asyncio.run(_prepare(url))
        server = Server(service_environment(url, folder / "store", log_level="warning", disk_floor_bytes=0), folder)
        server.start()
        try:
            address = asyncio.run(_publish(server.url, service_environment(url, folder / "store")))
            assert postgres.process is not None
            _compare(folder, server, postgres.process.pid, address, report)
        finally:
            server.stop(10)
    finally:
        postgres.stop()


async def _prepare(url: str) -> None:
    await migrate(url)
    await people.move_in(url)


async def _publish(url: str, environment: dict[str, str]) -> str:
    """The address of the last of a dozen cases, which has pictures."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        for _ in range(PUBLISHED - 1):
            await case_factory.case_in(client, CaseState.PUBLISHED)
        settings = read_settings(environment)
        async with case_factory.worker_of(settings) as worker:
            _made, case = await case_factory.illustrated_case(client, settings, worker)
        case = await case_factory.advance(client, case, CaseState.PUBLISHED)
        address: str = case["address"]
        return address


def _compare(folder: Path, server: Server, database: int, address: str, report: Report) -> None:
    paths = {"a case": address, "the list": "/cases", "the Atom feed": "/cases.atom"}
    for number, path in enumerate(paths.values()):
        (folder / str(number)).write_bytes(httpx.get(server.url + path).content)
    report.add(Figure("10 a case's page without pictures", (folder / "0").stat().st_size / 1000, "kB", 60, 1.0))
    with _bare_route(folder) as (bare, process):
        for number, (name, path) in enumerate(paths.items()):
            turns = [(server.port, path, [server.pid, database]), (bare, f"/{number}", [process])]
            counts = []
            for port, asked, _processes in turns:
                run_load(port, [question(asked, {})] * 40 * CLIENTS, CLIENTS)
                rate = run_load(port, [question(asked, {})] * 20 * CLIENTS, CLIENTS).rate
                counts.append(max(8 * CLIENTS, int(rate * TURN_SECONDS)))
            rates: list[list[float]] = [[], []]
            costs: list[list[float]] = [[], []]
            for _ in range(ROUNDS):
                for which, (port, asked, processes) in enumerate(turns):
                    before = cpu_seconds(processes)
                    rates[which].append(run_load(port, [question(asked, {})] * counts[which], CLIENTS).rate)
                    costs[which].append((cpu_seconds(processes) - before) / counts[which])
            ratio = median(ours / theirs for ours, theirs in zip(*rates, strict=True))
            report.add(
                Figure(
                    f"10 {name}: rate, a bare route's with the same bytes", median(rates[0]), "answers/s",
                    median(rates[1]), GOAL, better="higher", paired_ratio=ratio,
                )
            )  # fmt: skip
            ratio = median(ours / theirs for ours, theirs in zip(*costs, strict=True))
            report.add(
                Figure(
                    f"10 {name}: CPU with PostgreSQL's, the bare route's", median(costs[0]) * 1000, "ms",
                    median(costs[1]) * 1000, None, paired_ratio=ratio,
                )
            )  # fmt: skip


@contextmanager
def _bare_route(folder: Path) -> Iterator[tuple[int, int]]:
    """Port and process of a route that returns the files."""
    port = free_port()
    command = tied([sys.executable, "-m", "tests.bench.public", str(folder), str(port)], signal.SIGKILL)
    with (folder / "bare.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            until = time.monotonic() + START_SECONDS
            while True:
                try:
                    httpx.get(f"http://127.0.0.1:{port}/0")
                    break
                except httpx.TransportError:
                    if time.monotonic() > until or process.poll() is not None:
                        raise
                    time.sleep(0.05)
            yield port, process.pid
        finally:
            process.terminate()


def _serve(folder: Path, port: int) -> None:
    bodies = {file.name: file.read_bytes() for file in folder.iterdir() if file.name.isdigit()}

    @get("/{name:str}")
    async def show(name: FromPath[str]) -> Response[bytes]:
        return Response(bodies[name], media_type="text/html", headers={"Cache-Control": "no-cache"})

    uvicorn.run(Litestar([show], openapi_config=None), port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
