"""One upload over two replicas and a worker, as an operator sees it: log lines, a trace, figures."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import pytest

from tests import samples
from tests.api.figures import BEARER, TOKEN, Figures
from tests.api.photo_client import digest_of
from tests.api.tus_client import BYTES, VERSION, metadata
from tests.conftest import TEMPLATE, database_at
from tests.otlp_collector import Collector, collecting
from tests.people import ACCOUNTS, signed_in, token
from tests.servers import Process, Server, free_port, service_environment

PHOTO = samples.phone_photo(11, size=(640, 480))
PATCH = "PATCH /api/v1/uploads/{upload_id}"
LIMIT_SECONDS = 60.0


@dataclass
class Deployment:
    """`one` has two processes, `two` a single one; both stand behind a proxy that names requests."""

    one: Server
    two: Server
    worker: Process
    worker_url: str
    collector: Collector
    logs: list[Path]
    photo_id: str = field(default_factory=lambda: str(uuid4()))
    upload_id: str = ""

    def send(self, server: Server, method: str, path: str, request_id: str, **more: object) -> httpx.Response:
        """A request of the phone's by way of the proxy."""
        sent = signed_in("inspector") | VERSION | {"X-Request-ID": request_id} | more.pop("headers", {})  # type: ignore[operator]
        answer = httpx.request(method, f"{server.url}{path}", headers=sent, timeout=30, **more)  # type: ignore[arg-type]
        assert answer.headers["X-Request-Id"] == request_id
        return answer

    def lines(self) -> list[dict[str, object]]:
        """What all of them wrote."""
        return [json.loads(line) for log in self.logs for line in log.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def watched(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The upload has been made, in three pieces over both replicas, and the worker is done with it."""
    folder = tmp_path_factory.mktemp("watched")
    name = f"watched_{uuid4().hex}"
    asyncio.run(_execute(server_url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
    with collecting() as collector:
        environment = service_environment(
            database_at(server_url, name),
            folder / "store",
            disk_floor_bytes=0,
            metrics_token=TOKEN,
            traces_url=collector.url,
            trusted_proxies="127.0.0.1/32",
            imaging_processes=1,
        )
        environment["OTEL_BSP_SCHEDULE_DELAY"] = "250"
        port = free_port()
        for part in ("one", "two", "jobs"):
            (folder / part).mkdir()
        jobs = {"CLEARWAY_REPLICA": "jobs", "CLEARWAY_WORKER_PORT": str(port)}
        deployment = Deployment(
            one=Server(environment | {"CLEARWAY_REPLICA": "one"}, folder / "one", "--workers", "2"),
            two=Server(environment | {"CLEARWAY_REPLICA": "two"}, folder / "two"),
            worker=Process(["worker"], environment | jobs, folder / "jobs" / "worker.log"),
            worker_url=f"http://127.0.0.1:{port}",
            collector=collector,
            logs=[folder / "one" / "serve.log", folder / "two" / "serve.log", folder / "jobs" / "worker.log"],
        )
        running: list[Process] = [deployment.worker, deployment.one, deployment.two]
        try:
            for process in running:
                process.start()
            _upload(deployment)
            yield deployment
        finally:
            for process in running:
                process.stop()
            asyncio.run(_execute(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _upload(deployment: Deployment) -> None:
    third = len(PHOTO) // 3
    begun = deployment.send(
        deployment.one,
        "POST",
        "/api/v1/uploads",
        "proxy-0001",
        headers={"Upload-Length": str(len(PHOTO)), **metadata(photo_id=deployment.photo_id, filename="家门口.jpg")},
    )
    assert begun.status_code == 201
    location = begun.headers["Location"]
    deployment.upload_id = location.rsplit("/", 1)[1]
    for number, server in enumerate((deployment.two, deployment.one, deployment.two)):
        start, end = number * third, len(PHOTO) if number == 2 else (number + 1) * third
        answer = deployment.send(
            server,
            "PATCH",
            location,
            f"proxy-000{number + 2}",
            headers=BYTES | {"Upload-Offset": str(start)},
            content=PHOTO[start:end],
        )
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(end))
    _until(lambda: httpx.get(_photo(deployment), headers=signed_in("inspector")).json()["rendition_state"] == "ready")


def _photo(deployment: Deployment) -> str:
    return f"{deployment.two.url}/api/v1/photos/{deployment.photo_id}"


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_its_lines_are_found_by_one_id_on_every_machine(watched: Deployment) -> None:
    _until(lambda: any(line["message"] == "job done" for line in watched.lines()))
    lines = [line for line in watched.lines() if line.get("upload_id") == watched.upload_id]
    requests = [line for line in lines if line["message"] == "request"]
    told = sorted((line["request_id"], line["replica"], line["method"], line["status"]) for line in requests)
    assert told == [
        ("proxy-0001", "one", "POST", 201),
        ("proxy-0002", "two", "PATCH", 204),
        ("proxy-0003", "one", "PATCH", 204),
        ("proxy-0004", "two", "PATCH", 204),
    ]
    by_request = {line["request_id"]: line for line in requests}
    assert by_request["proxy-0004"]["offset"] == len(PHOTO)
    assert all(line["photo_id"] == watched.photo_id for line in lines)
    [job] = [line for line in lines if line["message"] == "job done"]
    # What came of the last piece says so.
    assert (job["replica"], job["job"], job["request_id"]) == ("jobs", "photo.render", "proxy-0004")


def test_it_is_one_trace_from_the_first_request_to_the_thumbnail(watched: Deployment) -> None:
    spans = watched.collector.until(
        lambda spans: (
            {"job photo.render", "POST /api/v1/uploads"} <= {span.name for span in spans}
            and sum(span.name == PATCH for span in spans) == 3
        )
    )
    [first] = [span for span in spans if span.name == "POST /api/v1/uploads"]
    ours = [span for span in spans if span.trace == first.trace]
    assert first.parent == ""
    appends = [span for span in ours if span.name == "upload.append"]
    assert [span.replica for span in appends if span.parent == first.id].count("two") == 2
    assert {span.attributes["clearway.upload_id"] for span in appends} == {watched.upload_id}
    # Each leads to the request in which it came, which began before anybody knew of which upload it was.
    patches = {span.trace for span in spans if span.name == PATCH}
    assert {link for span in appends for link in span.links} == patches
    [job] = [span for span in ours if span.name == "job photo.render"]
    assert (job.service, job.replica) == ("clearway-worker", "jobs")
    last = max(appends, key=lambda span: int(span.attributes["clearway.offset"]))
    [recorded] = [span for span in ours if span.id == job.parent]
    assert (recorded.name, recorded.parent) == ("database", last.id)
    ids = {span.id for span in ours}
    assert all(span.parent in ids for span in ours if span is not first), "a span hangs in the air"
    below = {span.name for span in ours if span.parent == last.id}
    assert {"database", "store.commit", "store.seal_segments", "store.discard_segments"} <= below
    assert {"database", "store.local_file", "store.put"} <= {span.name for span in ours if span.parent == job.id}
    assert not any(span.failed for span in ours)


def test_neither_lines_nor_spans_name_a_person_or_a_secret(watched: Deployment) -> None:
    refused = httpx.post(
        f"{watched.two.url}/api/v1/sessions", json={"account": "13900000001", "password": "guess-12345678"}
    )
    assert refused.status_code == 401
    httpx.get(f"{_photo(watched)}/original?phone=13900000001", headers=signed_in("inspector"))
    watched.collector.until(lambda spans: "POST /api/v1/sessions" in {span.name for span in spans})
    written = "\n".join(log.read_text("utf-8") for log in watched.logs).encode() + watched.collector.bodies
    secrets = [token("inspector"), TOKEN, "guess-12345678", "13900000001", "家门口", "python-httpx"]
    for secret in [*secrets, *(f'"{account}"' for account in ACCOUNTS)]:
        assert secret.encode() not in written, secret


def test_the_worker_tells_what_it_has_done_to_who_has_the_token(watched: Deployment) -> None:
    assert httpx.get(f"{watched.worker_url}/health/live").json() == {"status": "live"}
    assert httpx.get(f"{watched.worker_url}/metrics").status_code == 401
    assert httpx.get(f"{watched.worker_url}/metrics", headers={"Authorization": "Bearer no"}).status_code == 401
    assert httpx.post(f"{watched.worker_url}/metrics", headers=BEARER).status_code == 405
    assert httpx.get(f"{watched.worker_url}/elsewhere", headers=BEARER).status_code == 404
    figures = _scrape(watched.worker_url)
    assert figures("jobs_total", job="photo.render", outcome="done") == 1
    assert figures.has("jobs_total", job="photo.render", outcome="given_up")
    assert figures("job_seconds_count", job="photo.render") == 1
    assert figures("job_wait_seconds_count", job="photo.render") == 1
    assert figures("store_operation_seconds_count", operation="put") == 2
    assert figures.has("schedule_late_seconds", schedule="sweep")


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _scrape(url: str) -> Figures:
    answer = httpx.get(f"{url}/metrics", headers=BEARER, timeout=30)
    assert answer.status_code == 200
    return Figures(answer.text)


def test_whichever_process_is_asked_tells_the_figures_of_all_and_none_is_lost_with_one(watched: Deployment) -> None:
    before = _scrape(watched.one.url)
    assert before("intake_bytes_total", way="tus") == len(PHOTO) // 3
    assert before("http_requests_total", method="POST", route="/api/v1/uploads", status="201") == 1
    assert before("http_requests_in_progress") == 1
    for number in range(12):
        content = samples.phone_photo(20 + number, size=(64, 48))
        sent = signed_in("inspector") | {"Content-Digest": digest_of(content)}
        assert httpx.put(f"{watched.one.url}/api/v1/photos/{uuid4()}", content=content, headers=sent).status_code == 201
    told = {_scrape(watched.one.url)("photos_received_total", way="one_shot") for _ in range(6)}
    assert told == {12}
    processes = _children(watched.one.pid)
    assert len(processes) == 2
    os.kill(processes[0], signal.SIGKILL)
    _until(lambda: len(_children(watched.one.pid)) == 2 and processes[0] not in _children(watched.one.pid))
    for _ in range(6):
        after = _scrape(watched.one.url)
        assert after("photos_received_total", way="one_shot") == 12
        assert after("http_requests_in_progress") == 1
    assert after("database_connections_limit", pool="main") in (16, 32)
