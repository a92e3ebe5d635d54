"""A little collector of OpenTelemetry traces: OTLP over HTTP, as a real one would be sent them."""

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

LIMIT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Received:
    """A span as it was sent."""

    service: str
    replica: str
    name: str
    trace: str
    id: str
    parent: str
    failed: bool
    attributes: dict[str, str]
    links: frozenset[str]
    """Traces that it points to."""


class Collector:
    """What was received so far."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1/traces"
        self.spans: list[Received] = []
        self.bodies = b""

    def until(self, holds: Callable[[list[Received]], bool]) -> list[Received]:
        """The spans once they hold what is expected: they come in batches, some seconds late."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while not holds(self.spans):
            assert time.monotonic() < deadline, sorted({span.name for span in self.spans})
            time.sleep(0.05)
        return list(self.spans)

    def take(self, body: bytes) -> None:
        self.bodies += body
        message = ExportTraceServiceRequest.FromString(body)
        for of_resource in message.resource_spans:
            told = {pair.key: pair.value.string_value for pair in of_resource.resource.attributes}
            for of_scope in of_resource.scope_spans:
                for span in of_scope.spans:
                    self.spans.append(
                        Received(
                            service=told["service.name"],
                            replica=told["service.instance.id"],
                            name=span.name,
                            trace=span.trace_id.hex(),
                            id=span.span_id.hex(),
                            parent=span.parent_span_id.hex(),
                            failed=span.status.code == span.status.STATUS_CODE_ERROR,
                            attributes={
                                pair.key: pair.value.string_value or str(pair.value.int_value)
                                for pair in span.attributes
                            },
                            links=frozenset(link.trace_id.hex() for link in span.links),
                        )
                    )


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            assert self.path == "/v1/traces"
            assert self.headers["Content-Type"] == "application/x-protobuf"
            collector.take(body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector = Collector(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
