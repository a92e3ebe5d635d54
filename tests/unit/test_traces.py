"""Traces when nobody collects them, when the collector is away, and what goes with a job."""

import subprocess
import sys
import time

import pytest

from service.logs import following, note, request_id
from service.telemetry import carried, traces
from tests.otlp_collector import collecting

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def _ended() -> object:
    yield
    traces.end()


def tracing(url: str) -> traces.Tracing:
    return traces.Tracing(url, service="clearway-test", version="1", replica="here", share=1.0)


def test_who_does_not_collect_traces_carries_nothing_of_them() -> None:
    script = """import sys, service.app, service.server
from service.telemetry import traces
with traces.span("x", {"a": 1}, parent="nonsense") as span:
    span.note({"b": 2}); span.rename("y"); span.fail("z")
assert traces.traceparent() is None
print([name for name in sys.modules if name.startswith("opentelemetry")])"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.usefixtures("_ended")
def test_a_collector_that_is_away_holds_nobody_up() -> None:
    traces.begin(tracing("http://127.0.0.1:9/v1/traces"))
    began = time.monotonic()
    for _ in range(500):
        with traces.span("work"):
            pass
    assert time.monotonic() - began < 2
    traces.end()
    assert time.monotonic() - began < 2 + traces.EXPORT_SECONDS + 1


@pytest.mark.usefixtures("_ended")
def test_a_trace_goes_on_where_it_is_taken_up_and_fails_only_for_what_is_our_fault() -> None:
    class Refused(Exception):
        status = 409

    with collecting() as collector:
        traces.begin(tracing(collector.url))
        with traces.span("outer", parent=PARENT):
            assert traces.trace_id() == PARENT.split("-")[1]
            with pytest.raises(Refused), traces.span("refused"):
                raise Refused
            with pytest.raises(OSError, match="13900000001"), traces.span("broken"):
                raise OSError("of 13900000001")
        with traces.span("alone", parent="00-00000000000000000000000000000000-b7ad6b7169203331-01"):
            pass
        traces.end()
        spans = {span.name: span for span in collector.spans}
        bodies = collector.bodies
    assert spans["outer"].parent == PARENT.split("-")[2]
    assert {spans[name].trace for name in ("outer", "refused", "broken")} == {PARENT.split("-")[1]}
    assert {name for name, span in spans.items() if span.failed} == {"broken"}
    assert spans["alone"].parent == ""
    assert b"13900000001" not in bodies


def test_a_job_takes_along_the_ids_by_which_it_is_followed_and_nothing_else() -> None:
    assert carried.headers() is None
    with following("request-1"):
        note(upload_id="upload-1", photo_id="photo-1", offset=5)
        headers = carried.headers()
    assert headers == {"clearway": {"request_id": "request-1", "upload_id": "upload-1"}}
    with carried.taken_up(headers, "photo.render", photo_id="photo-1"):
        assert request_id.get() == "request-1"
        assert carried.headers() == headers
    assert request_id.get() is None


@pytest.mark.parametrize("headers", [None, {}, {"clearway": 5, "otel": []}, {"clearway": {"request_id": 5}}])
def test_a_job_of_another_version_runs_without_them(headers: dict[str, object] | None) -> None:
    with carried.taken_up(headers, "photo.render"):
        assert request_id.get() is None
