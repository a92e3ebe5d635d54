"""What goes with a job through the queue, so that what comes of a request can be followed from it: ids, no more."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from service.logs import following, noted, request_id
from service.telemetry import traces

_OURS = "clearway"
_TRACE = "otel"
"""Where pgqueuer keeps W3C Trace Context, too."""


def headers() -> dict[str, Any] | None:
    """Of the request or job that is being served; None when there is nothing to follow."""
    ours = {name: str(value) for name in ("upload_id",) if (value := noted(name)) is not None}
    if (current := request_id.get()) is not None:
        ours["request_id"] = current
    given = {_OURS: ours} if ours else {}
    if (traceparent := traces.traceparent()) is not None:
        given[_TRACE] = {"traceparent": traceparent}
    return given or None


@contextmanager
def taken_up(headers: Mapping[str, Any] | None, name: str, **noted: Any) -> Iterator[None]:
    """Runs a job as part of what caused it: its lines carry the same ids, its span is in the same trace."""
    ours = _section(headers, _OURS)
    current = ours.pop("request_id", None)
    parent = _section(headers, _TRACE).get("traceparent")
    attributes: dict[str, traces.Value] = {f"clearway.{key}": str(value) for key, value in (ours | noted).items()}
    with (
        following(None if current is None else str(current), **ours, **noted),
        traces.span(f"job {name}", attributes, kind="consumer", parent=parent),
    ):
        yield


def _section(headers: Mapping[str, Any] | None, name: str) -> dict[str, Any]:
    section = (headers or {}).get(name)
    return {key: value for key, value in section.items() if isinstance(value, str)} if isinstance(section, dict) else {}
