"""A whole service for one section of the bench: durable database, server, worker, and somebody who may upload."""

import base64
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from service.domain.identifiers import uuid7
from service.embedded_postgres import EmbeddedPostgres
from tests.api.phones import metadata
from tests.bench.load import Request, request_head
from tests.bench.photographs import Payload
from tests.bench.processes import cpu_seconds, tree
from tests.servers import Process, Server, create_inspector, run, service_environment, sign_in


@dataclass(frozen=True, slots=True)
class Costs:
    """Processor seconds so far, by who spent them."""

    web: float
    worker: float
    database: float

    def since(self, earlier: "Costs", photos: int) -> "Costs":
        """What one of `photos` photos cost since `earlier`, in seconds."""
        return Costs(
            (self.web - earlier.web) / photos,
            (self.worker - earlier.worker) / photos,
            (self.database - earlier.database) / photos,
        )


@dataclass(frozen=True, slots=True)
class Deployment:
    """A running service. `worker` is there only where thumbnails are part of what is measured."""

    server: Server
    worker: Process | None
    database_process: int
    database_url: str
    token: str

    @property
    def processes(self) -> list[int]:
        """Every process of ours: web, worker and what they started. PostgreSQL is counted apart."""
        return tree([self.server.pid, *([self.worker.pid] if self.worker else [])])

    def costs(self) -> Costs:
        return Costs(
            cpu_seconds([self.server.pid]),
            cpu_seconds([self.worker.pid]) if self.worker else 0.0,
            cpu_seconds([self.database_process]),
        )

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection to look at what has become of the photos."""
        return await asyncpg.connect(self.database_url)


@contextmanager
def deployed(folder: Path, *, with_worker: bool) -> Iterator[Deployment]:
    """Starts a service below `folder`, and removes both afterwards."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    running: list[Process] = []
    postgres = EmbeddedPostgres(folder / "postgres")
    try:
        url = postgres.start()
        assert postgres.process is not None
        environment = service_environment(url, folder / "store", log_level="warning")
        run(environment, "migrate")
        create_inspector(environment, "bench")
        server = Server(environment, folder)
        running.append(server)
        server.start()
        worker = None
        if with_worker:
            worker = Process(["worker"], environment, folder / "worker.log")
            running.append(worker)
            worker.start()
        yield Deployment(server, worker, postgres.process.pid, url, sign_in(server.url, "bench"))
    finally:
        for process in reversed(running):
            process.stop(10)
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def puts(deployment: Deployment, payloads: Sequence[Payload]) -> list[Request]:
    """One-shot uploads with the digest of their bytes, which the server has to check."""
    return [
        Request(
            request_head(
                "PUT",
                f"/api/v1/photos/{uuid7(datetime.now(UTC))}",
                payload,
                {
                    "Authorization": f"Bearer {deployment.token}",
                    "Content-Type": "image/jpeg",
                    "Content-Digest": f"sha-256=:{base64.b64encode(payload.sha256).decode()}:",
                },
            ),
            payload,
        )
        for payload in payloads
    ]


def creations(deployment: Deployment, payloads: Sequence[Payload]) -> list[Request]:
    """tus uploads that bring all their bytes with their creation, and promise their hash."""
    return [
        Request(
            request_head(
                "POST",
                "/api/v1/uploads",
                payload,
                {
                    "Authorization": f"Bearer {deployment.token}",
                    "Tus-Resumable": "1.0.0",
                    "Upload-Length": str(payload.size),
                    "Upload-Metadata": metadata(photo_id=str(uuid7(datetime.now(UTC))), sha256=payload.sha256.hex()),
                    "Content-Type": "application/offset+octet-stream",
                },
            ),
            payload,
        )
        for payload in payloads
    ]
