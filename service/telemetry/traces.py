"""Spans for OpenTelemetry, sent to a collector when there is one; else nothing is imported and next to nothing done.

A span carries route templates, operations and ids of requests and uploads; never an account, an address, a query or the
message of an error. Its context goes with a job through the queue and stays with an unfinished upload, so that one
upload is one trace, whichever replicas and workers had to do with it.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Thread
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Link, Tracer
    from opentelemetry.trace import Span as RecordedSpan

Kind = Literal["consumer", "internal", "server"]
Value = str | int | float | bool

EXPORT_SECONDS: Final = 3.0
"""How long a collector may take; what it does not take is dropped, and nothing waits for it."""


class Span:
    """What one does with a span while it lasts. This one is nobody's: nobody collects."""

    def rename(self, name: str) -> None:
        """Another name, now that it is known."""

    def note(self, attributes: dict[str, Value]) -> None:
        """Says more."""

    def fail(self, reason: str) -> None:
        """It did not end well. The reason is a code or the name of an error."""


_NOTHING: Final = nullcontext(Span())


class _Recorded(Span):
    def __init__(self, span: "RecordedSpan") -> None:
        self._span = span

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def note(self, attributes: dict[str, Value]) -> None:
        self._span.set_attributes(attributes)

    def fail(self, reason: str) -> None:
        from opentelemetry.trace import Status, StatusCode

        self._span.set_status(Status(StatusCode.ERROR, reason))


class Tracing:
    """Sends spans to `url` (OTLP over HTTP, such as http://collector:4318/v1/traces) from a thread of its own."""

    def __init__(self, url: str, *, service: str, version: str, replica: str, share: float) -> None:
        """`share` of all traces is recorded, 0 to 1; whoever takes part in one decides as the one before did."""
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

        resource = Resource.create(
            {"service.name": service, "service.version": version, "service.instance.id": replica}
        )
        self._provider = TracerProvider(
            resource=resource, sampler=ParentBased(TraceIdRatioBased(share)), shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url, timeout=EXPORT_SECONDS)))
        self._tracer: Tracer = self._provider.get_tracer("clearway", version)

    @contextmanager
    def span(
        self, name: str, attributes: dict[str, Value], kind: Kind, parent: str | None, linked: bool
    ) -> Iterator[Span]:
        """See the function `span`."""
        from opentelemetry.trace import SpanKind

        context = _context_of(parent)
        with self._tracer.start_as_current_span(
            name,
            context=context,
            kind=SpanKind[kind.upper()],
            attributes=attributes,
            links=_links_to_current(context) if linked and context is not None else None,
            # Messages of errors may quote what a person wrote.
            record_exception=False,
            set_status_on_exception=False,
        ) as started:
            recorded = _Recorded(started)
            try:
                yield recorded
            except Exception as error:
                # What a client is refused is no failure of ours.
                if getattr(error, "status", 500) >= 500:
                    recorded.fail(type(error).__name__)
                raise

    def shut_down(self) -> None:
        """Sends what waits, if the collector takes it in time."""
        # It would wait for a collector that is away for half a minute.
        ending = Thread(target=self._provider.shutdown, daemon=True)
        ending.start()
        ending.join(EXPORT_SECONDS)


def _context_of(traceparent: str | None) -> "Context | None":
    if traceparent is None:
        return None
    from opentelemetry.trace import get_current_span
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    context = TraceContextTextMapPropagator().extract({"traceparent": traceparent})
    return context if get_current_span(context).get_span_context().is_valid else None


def _links_to_current(parent: "Context") -> "list[Link]":
    from opentelemetry.trace import Link, get_current_span

    current = get_current_span().get_span_context()
    is_elsewhere = current.trace_id != get_current_span(parent).get_span_context().trace_id
    return [Link(current)] if current.is_valid and is_elsewhere else []


_tracing: Tracing | None = None


def begin(tracing: Tracing) -> None:
    """From now on spans of this process are sent."""
    global _tracing
    _tracing = tracing


def end() -> None:
    """Sends what waits; from now on nothing is."""
    global _tracing
    if _tracing is not None:
        _tracing.shut_down()
        _tracing = None


def span(
    name: str,
    attributes: dict[str, Value] | None = None,
    *,
    kind: Kind = "internal",
    parent: str | None = None,
    linked: bool = False,
) -> AbstractContextManager[Span]:
    """A span for as long as the block runs, below the current one or below `parent`, a W3C traceparent.

    `linked` leaves a link to the span that would have been the parent otherwise.
    """
    if _tracing is None:
        return _NOTHING
    return _tracing.span(name, attributes or {}, kind, parent, linked)


def traceparent() -> str | None:
    """The current span as W3C Trace Context writes it: what another process needs to go on with the trace."""
    if _tracing is None:
        return None
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get("traceparent")


def trace_id() -> str | None:
    """The id of the current trace, in hex."""
    current = traceparent()
    return None if current is None else current.split("-")[1]
