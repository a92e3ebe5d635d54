"""Line 5: what it costs to find hazards among many, against a route that runs the same SQL for anybody.

The service and the bare route beside it answer in turns, at both sizes of the record within each round, so that what
disturbs the machine disturbs all alike.
"""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests import people
from tests.bench.bare_routes import BareRoutes, bare_routes
from tests.bench.load import Request, question, run_load
from tests.bench.processes import cpu_seconds
from tests.bench.questions import Question, bare_forms, lists, maps, months
from tests.bench.report import Figure, Report
from tests.bench.seeded_record import SeededRecord, seeded_record
from tests.servers import Server, service_environment

FEW, MANY = 100_000, 1_000_000
ROUNDS = 7
CLIENTS = 4
TURN_SECONDS = 0.2
GOAL = 0.6
GROWTH_GOAL = 1.25
MAP_MILLISECONDS, MONTHLY_MILLISECONDS = 60.0, 2000.0


@dataclass(frozen=True, slots=True)
class Subject:
    """A service on a seeded record, and the bare routes on the same."""

    record: SeededRecord
    server: Server
    bare: BareRoutes


@dataclass
class Sample:
    """What one of them did in each round: requests a second, and CPU seconds a request, PostgreSQL's included."""

    rate: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def measure_finding(folder: Path, report: Report) -> None:
    """Adds all figures of line 5."""
    with ExitStack() as stack:
        few, many = (stack.enter_context(_subject(folder / str(hazards), hazards)) for hazards in (FEW, MANY))
        for number, asked in enumerate(lists(many.record.until)):
            _report_list(number, asked, few, many, report)
        for asked in maps():
            _report_time(f"5 map of a {asked.name}", asked, many, MAP_MILLISECONDS, 31, report)
        for asked in months(many.record.until):
            _report_time(f"5 monthly table, {asked.name}", asked, many, MONTHLY_MILLISECONDS, 7, report)


@contextmanager
def _subject(folder: Path, hazards: int) -> Iterator[Subject]:
    folder.mkdir(parents=True)
    with seeded_record(folder, hazards) as record, serving(folder, record) as subject:
        yield subject


@contextmanager
def serving(folder: Path, record: SeededRecord) -> Iterator[Subject]:
    """Both ways of answering, until the block ends."""
    server = Server(service_environment(record.url, folder / "store", log_level="warning"), folder)
    server.start()
    try:
        forms = asyncio.run(bare_forms(record, lists(record.until), folder / "store"))
        with bare_routes(folder, record.url, forms) as bare:
            yield Subject(record, server, bare)
    finally:
        server.stop(10)


def _report_list(number: int, asked: Question, few: Subject, many: Subject, report: Report) -> None:
    samples = _measure(number, asked, [few, many])
    for subject in (few, many):
        real, bare = samples[subject.record.hazards, True], samples[subject.record.hazards, False]
        name = f"5 {asked.name}: "
        size = f"{subject.record.hazards:,}"
        report.add(
            Figure(
                f"{name}rate at {size}, bare route's beside",
                median(real.rate),
                "answers/s",
                median(bare.rate),
                GOAL,
                better="higher",
                paired_ratio=_paired(real.rate, bare.rate),
            )
        )
        report.add(
            Figure(
                f"{name}CPU at {size}, bare route's beside",
                median(real.cpu) * 1000,
                "ms",
                median(bare.cpu) * 1000,
                1 / GOAL,
                paired_ratio=_paired(real.cpu, bare.cpu),
            )
        )
    small, large = samples[FEW, True], samples[MANY, True]
    goal = GROWTH_GOAL if asked.finds_as_many else None
    seconds, before = [1 / rate for rate in large.rate], [1 / rate for rate in small.rate]
    for kind, values, limits in (("time", seconds, before), ("CPU", large.cpu, small.cpu)):
        report.add(
            Figure(
                f"5 {asked.name}: {kind} at {MANY:,}, at {FEW:,} beside",
                median(values) * 1000,
                "ms",
                median(limits) * 1000,
                goal,
                paired_ratio=_paired(values, limits),
            )
        )


def _measure(number: int, asked: Question, subjects: list[Subject]) -> dict[tuple[int, bool], Sample]:
    """What the service (True) and the bare route (False) did on each record."""
    real = question(asked.path, people.signed_in(asked.account))
    bare = question(f"/{number}", {})
    turns = [
        (subject, is_real, subject.server.port if is_real else subject.bare.port, real if is_real else bare)
        for subject in subjects
        for is_real in (True, False)
    ]
    counts = {}
    for subject, is_real, port, request in turns:
        # The first answers open connections and prepare statements; the next ones tell how many fit into a turn.
        run_load(port, [request] * 12 * CLIENTS, CLIENTS)
        rate = run_load(port, [request] * 4 * CLIENTS, CLIENTS).rate
        counts[subject.record.hazards, is_real] = max(2 * CLIENTS, int(rate * TURN_SECONDS))
    samples = {key: Sample() for key in counts}
    for _ in range(ROUNDS):
        for subject, is_real, port, request in turns:
            key = (subject.record.hazards, is_real)
            _take_turn(subject, is_real, port, [request] * counts[key], samples[key])
    return samples


def _take_turn(subject: Subject, is_real: bool, port: int, load: list[Request], sample: Sample) -> None:
    processes = [subject.server.pid if is_real else subject.bare.process, subject.record.process]
    before = cpu_seconds(processes)
    sample.rate.append(run_load(port, load, CLIENTS).rate)
    sample.cpu.append((cpu_seconds(processes) - before) / len(load))


def _report_time(name: str, asked: Question, subject: Subject, goal: float, rounds: int, report: Report) -> None:
    """One person asks once and again: the middle of the times of whole answers."""
    load = [question(asked.path, people.signed_in(asked.account))]
    port = subject.server.port
    run_load(port, load, 1)
    times = [run_load(port, load, 1).seconds * 1000 for _ in range(rounds)]
    report.add(Figure(f"{name} at {subject.record.hazards:,}, whole answer", median(times), "ms", goal, 1.0))


def _paired(values: list[float], limits: list[float]) -> float:
    """The median of the rounds' ratios: within a round both had the same machine."""
    return median(value / limit for value, limit in zip(values, limits, strict=True))
