"""Every figure that a process counts by itself. What the database knows is measured when somebody asks: `measurements`.

Names follow Prometheus: a unit at the end, `_total` on what only grows. Labels have few values: route templates, job
names, codes of the catalogue, never an id, an account or an address.
"""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.process_collector import ProcessCollector

from service.telemetry import sharing

IS_SHARED: Final = sharing.join()
# A series more for each, that text format 0.0.4 has no use for.
disable_created_metrics()  # type: ignore[no-untyped-call]

REGISTRY: Final = CollectorRegistry()

_REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_PART_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_JOB_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900)
_WAIT_SECONDS = (0.01, 0.05, 0.25, 1, 5, 15, 60, 300, 900, 3600)

REQUESTS: Final = Counter(
    "clearway_http_requests_total",
    "Requests answered; status none is a client that went away unanswered",
    ["method", "route", "status"],
    registry=REGISTRY,
)
REQUEST_SECONDS: Final = Histogram(
    "clearway_http_request_seconds",
    "From the head of a request to the end of its answer, with the time its sender took",
    ["method", "route"],
    buckets=_REQUEST_SECONDS,
    registry=REGISTRY,
)
REQUESTS_IN_PROGRESS: Final = Gauge(
    "clearway_http_requests_in_progress",
    "Requests being answered now",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
PROBLEMS: Final = Counter(
    "clearway_problems_total", "Answers that refused something, by their code", ["code"], registry=REGISTRY
)

INTAKE_BYTES: Final = Counter(
    "clearway_intake_bytes_total",
    "Bytes that were acknowledged: durable, and in the record",
    ["way"],
    registry=REGISTRY,
)
PHOTOS_RECEIVED: Final = Counter(
    "clearway_photos_received_total", "Photos that came into the record, each counted once", ["way"], registry=REGISTRY
)
UPLOADS: Final = Counter("clearway_uploads_total", "What became of resumable uploads", ["outcome"], registry=REGISTRY)

STORE_SECONDS: Final = Histogram(
    "clearway_store_operation_seconds",
    "How long the store took; of a read, until its first bytes",
    ["operation"],
    buckets=_PART_SECONDS,
    registry=REGISTRY,
)
STORE_FAILURES: Final = Counter(
    "clearway_store_failures_total",
    "What the store could not do, through no fault of whoever asked",
    ["operation", "error"],
    registry=REGISTRY,
)

DATABASE_WAIT_SECONDS: Final = Histogram(
    "clearway_database_wait_seconds",
    "How long a request or job waited for a connection",
    ["pool"],
    buckets=_PART_SECONDS,
    registry=REGISTRY,
)
DATABASE_USE_SECONDS: Final = Histogram(
    "clearway_database_use_seconds",
    "How long it then kept the connection: its statements, or its transaction",
    ["pool"],
    buckets=_PART_SECONDS,
    registry=REGISTRY,
)
DATABASE_FAILURES: Final = Counter(
    "clearway_database_failures_total",
    "Connections not had or lost, statements that ran out of time",
    ["error"],
    registry=REGISTRY,
)
DATABASE_CONNECTIONS_IN_USE: Final = Gauge(
    "clearway_database_connections_in_use",
    "Connections that requests or jobs hold now",
    ["pool"],
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
DATABASE_CONNECTIONS_LIMIT: Final = Gauge(
    "clearway_database_connections_limit",
    "Connections that they may hold",
    ["pool"],
    registry=REGISTRY,
    multiprocess_mode="livesum",
)

JOBS: Final = Counter(
    "clearway_jobs_total",
    "Runs of jobs and of what is scheduled: done, retried (failed, to be tried again), given_up",
    ["job", "outcome"],
    registry=REGISTRY,
)
JOB_SECONDS: Final = Histogram(
    "clearway_job_seconds", "How long a run took", ["job"], buckets=_JOB_SECONDS, registry=REGISTRY
)
JOB_WAIT_SECONDS: Final = Histogram(
    "clearway_job_wait_seconds",
    "From the moment a job was queued to its first run",
    ["job"],
    buckets=_WAIT_SECONDS,
    registry=REGISTRY,
)

WAYS: Final = ("one_shot", "paper", "tus")
POOLS: Final = ("main", "searching")
UPLOAD_OUTCOMES: Final = ("created", "expired", "finished", "rejected", "terminated")
JOB_OUTCOMES: Final = ("done", "given_up", "retried")

# What is counted from zero shows its first event as a rise.
for _way in WAYS:
    INTAKE_BYTES.labels(_way)
for _way in ("one_shot", "tus"):
    PHOTOS_RECEIVED.labels(_way)
for _outcome in UPLOAD_OUTCOMES:
    UPLOADS.labels(_outcome)
# Once is enough to wake somebody.
for _operation in ("put", "seal", "seal_segments"):
    STORE_FAILURES.labels(_operation, "ObjectDamaged")
# Whoever goes on with the counts of a dead process holds nothing of what that one held.
REQUESTS_IN_PROGRESS.set(0)
for _pool in POOLS:
    DATABASE_CONNECTIONS_IN_USE.labels(_pool).set(0)

if not IS_SHARED:
    ProcessCollector(registry=REGISTRY)
