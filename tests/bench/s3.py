"""Line 7: what an object store costs beside a folder, and how much of the store's own rate reaches the phones."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from uuid import uuid4

from tests.bench.deployment import Deployment, creations, deployed, puts
from tests.bench.load import Request, run_load
from tests.bench.photographs import Payload, payloads
from tests.bench.processes import cpu_seconds
from tests.bench.report import Figure, Report
from tests.s3_servers import S3Server, ceph_is_installed, ceph_server
from tests.servers import Server, service_environment

ROUNDS = 9
PHOTOS = 32
CLIENTS = 16
CPU_GOAL = 2.5
RATE_GOAL = 0.70
WIRE_GOAL = 1.02
WAYS = {"PUT": puts, "tus creation-with-upload": creations}


def measure_s3(folder: Path, photographs: list[Path], report: Report) -> None:
    """Adds the figures of line 7: two web processes over one database, one with a folder, one with Ceph's gateway."""
    if not ceph_is_installed():
        report.note("line 7 needs Ceph: apt-get install radosgw ceph-mon ceph-osd")
        return
    with deployed(folder / "s3", with_worker=False) as local, ExitStack() as stack:
        ceph = stack.enter_context(ceph_server(folder / "ceph"))
        bucket = ceph.make_bucket()
        plain = service_environment(local.database_url, folder / "s3/store", log_level="warning")
        stored = started(Server(plain | ceph.environment(bucket), folder / "s3"), stack)
        wire = stack.enter_context(counted(ceph))
        watched = plain | ceph.environment(bucket) | {"CLEARWAY_S3_ENDPOINT": f"http://127.0.0.1:{wire.port}"}
        (folder / "watched").mkdir()
        _report_wire(started(Server(watched, folder / "watched"), stack), wire, local, photographs, report)
        servers = {"folder": local.server, "Ceph": stored}
        cpu: dict[tuple[str, str], list[float]] = {}
        rates: dict[str, list[float]] = {}
        for way in WAYS.values():
            for server in servers.values():
                run_load(server.port, way(local, payloads(photographs, CLIENTS)), CLIENTS)
        for _ in range(ROUNDS):
            rates.setdefault("boto3", []).append(_bare(ceph, bucket, payloads(photographs, PHOTOS)))
            for name, way in WAYS.items():
                for where, server in servers.items():
                    spent, rate = _measured(server, way(local, payloads(photographs, PHOTOS)))
                    cpu.setdefault((name, where), []).append(spent)
                    if where == "Ceph":
                        rates.setdefault(name, []).append(rate)
    for name in WAYS:
        ours, theirs = cpu[name, "Ceph"], cpu[name, "folder"]
        report.add(
            Figure(
                f"7 {name} into Ceph: server CPU a photo, into a folder beside",
                median(ours) * 1000, "ms", median(theirs) * 1000, CPU_GOAL, paired_ratio=_paired(ours, theirs),
            )
        )  # fmt: skip
        report.add(
            Figure(
                f"7 {name} into Ceph: rate at {CLIENTS} clients, boto3's from {CLIENTS} threads beside",
                median(rates[name]), "photos/s", median(rates["boto3"]), RATE_GOAL, better="higher",
                paired_ratio=_paired(rates[name], rates["boto3"]),
            )
        )  # fmt: skip


def started(server: Server, until: ExitStack) -> Server:
    """A running server, which ends with the stack."""
    server.start()
    until.callback(server.stop)
    return server


def _measured(server: Server, load: list[Request]) -> tuple[float, float]:
    """CPU seconds a photo, and photos a second."""
    before = cpu_seconds([server.pid])
    outcome = run_load(server.port, load, CLIENTS)
    return (cpu_seconds([server.pid]) - before) / len(load), outcome.rate


def _bare(ceph: S3Server, bucket: str, photos: list[Payload]) -> float:
    """Photos a second that boto3 puts into the same bucket, when nobody hashes, records or receives them."""
    name = bucket.removeprefix("s3://").partition("/")[0]
    client = ceph.client()

    def send(photo: Payload) -> None:
        content = photo.head + photo.file.read_bytes()[photo.offset :]
        client.put_object(Bucket=name, Key=f"bench/{uuid4().hex}", Body=content)

    with ThreadPoolExecutor(CLIENTS) as threads:
        list(threads.map(send, photos[:CLIENTS]))  # opens the connections
        began = time.perf_counter()
        list(threads.map(send, photos))
        return len(photos) / (time.perf_counter() - began)


def _paired(values: list[float], limits: list[float]) -> float:
    """The median of the rounds' ratios: within a round both had the same machine."""
    return median(value / limit for value, limit in zip(values, limits, strict=True))


def _report_wire(server: Server, wire: "Wire", deployment: Deployment, photographs: list[Path], report: Report) -> None:
    run_load(server.port, puts(deployment, payloads(photographs, 2)), 1)
    for name, way in WAYS.items():
        before = wire.sent
        load = payloads(photographs, 4)
        run_load(server.port, way(deployment, load), 1)
        size = sum(photo.size for photo in load)
        sent = wire.sent - before
        report.add(
            Figure(f"7 {name}: bytes to the store, the photos' own beside", sent / 1e6, "MB", size / 1e6, WIRE_GOAL)
        )


class Wire:
    """A TCP forwarder that counts what goes up."""

    def __init__(self, target: int) -> None:
        self.sent = 0
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def serve(self) -> None:
        """Forwards until `close`."""
        while True:
            try:
                phone, _ = self._listener.accept()
            except OSError:
                return
            store = socket.create_connection(("127.0.0.1", self._target))
            for source, target, count in ((phone, store, self._count), (store, phone, lambda _: None)):
                threading.Thread(target=_forward, args=(source, target, count), daemon=True).start()

    def close(self) -> None:
        """No more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _count(self, length: int) -> None:
        self.sent += length


def _forward(source: socket.socket, target: socket.socket, count: Callable[[int], None]) -> None:
    try:
        while piece := source.recv(1 << 18):
            count(len(piece))
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        target.close()


@contextmanager
def counted(ceph: S3Server) -> Iterator[Wire]:
    """A wire to the gateway, whose bytes are counted."""
    wire = Wire(int(ceph.endpoint.rpartition(":")[2]))
    threading.Thread(target=wire.serve, daemon=True).start()
    try:
        yield wire
    finally:
        wire.close()
