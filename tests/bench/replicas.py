"""Line 6: what another replica is worth, beside a second process in the one there is."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from tests.bench.deployment import Deployment, deployed, puts
from tests.bench.load import Request, run_load
from tests.bench.photographs import payloads
from tests.bench.processes import proportional_set_size, tree
from tests.bench.report import Figure, Report
from tests.servers import Server, service_environment

ROUNDS = 11
PHOTOS = 48
CLIENTS = 16
RATE_GOAL = 0.95
MEGABYTE = 1024 * 1024


def measure_replicas(folder: Path, photographs: list[Path], report: Report) -> None:
    """Adds the figures of line 6. Clients are dealt to the replicas evenly, as a proxy would; a proxy's own cost is
    not ours.
    """
    with deployed(folder / "replicas", with_worker=False) as first, ExitStack() as others:
        environment = service_environment(first.database_url, folder / "replicas/store", log_level="warning")
        second = started(Server(environment, folder / "replicas"), others)
        double = started(Server(environment, folder / "replicas", "--workers", "2"), others)
        ways: dict[str, Callable[[], float]] = {
            "one process": lambda: rate([first.server.port], first, photographs),
            "two processes": lambda: rate([double.port], first, photographs),
            "two replicas": lambda: rate([first.server.port, second.port], first, photographs),
        }
        for way in ways.values():
            way()  # The first requests import, prepare statements and open connections.
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                rates[name].append(way())
        memory = [proportional_set_size([process]) / MEGABYTE for process in tree([double.pid])]
    for name, goal in (("two processes", None), ("two replicas", RATE_GOAL)):
        beside = "one process" if name == "two processes" else "two processes"
        report.add(
            Figure(
                f"6 PUT: rate of {name} at {CLIENTS} clients, {beside} beside",
                median(rates[name]),
                "photos/s",
                median(rates[beside]),
                goal,
                better="higher",
                paired_ratio=median(one / other for one, other in zip(rates[name], rates[beside], strict=True)),
            )
        )
    report.add(Figure("6 PSS of what keeps two processes running", memory[0], "MB"))
    report.add(Figure("6 PSS of each of these, on average", sum(memory[1:]) / len(memory[1:]), "MB"))


def started(server: Server, until: ExitStack) -> Server:
    server.start()
    until.callback(server.stop)
    return server


def rate(ports: list[int], deployment: Deployment, photographs: list[Path]) -> float:
    """Photos a second, with as many clients and photos at each port."""
    loads = [puts(deployment, payloads(photographs, PHOTOS // len(ports))) for _ in ports]
    ends: list[float] = []

    def run(port: int, load: list[Request]) -> None:
        ends.append(run_load(port, load, CLIENTS // len(ports)).seconds)

    threads = [threading.Thread(target=run, args=pair) for pair in zip(ports, loads, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ends) == len(ports), "a replica did not answer"
    return PHOTOS / max(ends)
