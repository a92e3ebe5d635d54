"""Line 1: what a durable accept costs, against a program that does nothing else than receive, hash and flush."""

from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.bench.deployment import Deployment, creations, deployed, puts
from tests.bench.load import Request, request_head, run_load
from tests.bench.photographs import payloads
from tests.bench.processes import cpu_seconds
from tests.bench.report import Figure, Report
from tests.bench.sink import Sink, running_sink

ROUNDS = 11
PHOTOS = {1: 16, 16: 32}
"""Photos a round, by the number of clients. Many short rounds, so that what disturbs the machine disturbs all alike."""
CPU_GOAL = 2.0
RATE_GOAL = 0.45


@dataclass
class Sample:
    """What one subject did in each round: CPU seconds a photo, the database's too, and photos a second."""

    cpu: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)


def measure_accept(folder: Path, photographs: list[Path], report: Report) -> float:
    """Adds the figures of line 1 and returns the CPU seconds of one PUT at 16 clients."""
    samples: dict[tuple[str, int], Sample] = {}
    with deployed(folder / "accept", with_worker=False) as deployment, running_sink(folder) as sink:
        # The first requests import, prepare statements and open connections.
        run_load(deployment.server.port, puts(deployment, payloads(photographs, 16)), 16)
        run_load(deployment.server.port, creations(deployment, payloads(photographs, 16)), 16)
        for _ in range(ROUNDS):
            for clients, count in PHOTOS.items():
                _measure_sink(sink, photographs, clients, count, samples)
                for name, requests in (("PUT", puts), ("tus creation-with-upload", creations)):
                    load = requests(deployment, payloads(photographs, count))
                    _measure_server(deployment, name, load, clients, samples)
    for name in ("PUT", "tus creation-with-upload"):
        for clients in PHOTOS:
            _report_costs(name, clients, samples[name, clients], samples["sink", clients], report)
        report.add(
            Figure(
                f"1 {name}: rate at 16 clients, sink's beside",
                median(samples[name, 16].rate),
                "photos/s",
                median(samples["sink", 16].rate),
                RATE_GOAL,
                better="higher",
                paired_ratio=_paired(samples[name, 16].rate, samples["sink", 16].rate),
            )
        )
    return median(samples["PUT", 16].cpu)


def _measure_sink(
    sink: Sink, photographs: list[Path], clients: int, count: int, samples: dict[tuple[str, int], Sample]
) -> None:
    load = [Request(request_head("PUT", "/", payload, {}), payload) for payload in payloads(photographs, count)]
    before = cpu_seconds([sink.process])
    outcome = run_load(sink.port, load, clients)
    sample = samples.setdefault(("sink", clients), Sample())
    sample.cpu.append((cpu_seconds([sink.process]) - before) / count)
    sample.rate.append(outcome.rate)
    sink.forget()


def _measure_server(
    deployment: Deployment, name: str, load: list[Request], clients: int, samples: dict[tuple[str, int], Sample]
) -> None:
    before = deployment.costs()
    outcome = run_load(deployment.server.port, load, clients)
    costs = deployment.costs().since(before, len(load))
    sample = samples.setdefault((name, clients), Sample())
    sample.cpu.append(costs.web)
    sample.database.append(costs.database)
    sample.rate.append(outcome.rate)


def _report_costs(name: str, clients: int, server: Sample, sink: Sample, report: Report) -> None:
    plural = "client" if clients == 1 else "clients"
    value, limit = median(server.cpu) * 1000, median(sink.cpu) * 1000
    ratio = _paired(server.cpu, sink.cpu)
    name_of_figure = f"1 {name}: server CPU a photo, {clients} {plural}"
    report.add(Figure(name_of_figure, value, "ms", limit, CPU_GOAL, paired_ratio=ratio))
    report.add(Figure(f"1 {name}: PostgreSQL CPU beside it", median(server.database) * 1000, "ms"))


def _paired(values: list[float], limits: list[float]) -> float:
    """The median of the rounds' ratios: within a round both had the same machine."""
    return median(value / limit for value, limit in zip(values, limits, strict=True))
