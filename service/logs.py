"""Structured logs: one JSON object a line with the replica that wrote it and the request or job that it belongs to.

An upload is followed across replicas by its `upload_id`, which every line of its requests carries, and so do those of
the jobs that came of it; a request by its `request_id`, which the answer told.

No personal data and no tokens: what is logged is named field by field here; a URL is logged without its query, and
neither headers, bodies, accounts nor addresses are.
"""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import msgspec

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request being served, also sent as X-Request-Id; in a job that of the request that caused it."""

_noted: ContextVar[dict[str, Any] | None] = ContextVar("noted", default=None)


@contextmanager
def following(current: str | None, **noted: Any) -> Iterator[None]:
    """Every line that is written within belongs to this request, and says this and what is noted of it."""
    id_before, noted_before = request_id.set(current), _noted.set(noted)
    try:
        yield
    finally:
        request_id.reset(id_before)
        _noted.reset(noted_before)


def note(**fields: Any) -> None:
    """Has every further line of the request or job say this as well: ids, sizes, words of ours; nothing of a person."""
    if (noted := _noted.get()) is not None:
        noted.update(fields)


def noted(name: str) -> Any:
    """What was noted under this name, None when nothing was."""
    return (_noted.get() or {}).get(name)


ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

_encoder = msgspec.json.Encoder(enc_hook=str)


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON: at, level, logger, message, replica, process, request_id, what was noted of the
    request, and what `extra={"fields": ...}` named.
    """

    def __init__(self, replica: str | None = None) -> None:
        super().__init__()
        self._writer = {} if replica is None else {"replica": replica, "process": os.getpid()}

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **self._writer,
        }
        if (current := request_id.get()) is not None:
            line["request_id"] = current
        line.update(_noted.get() or {})
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return _encoder.encode(line).decode()

    def formatException(self, ei: ExceptionInfo) -> str:
        """The traceback without what the database quotes of the row that it refused."""
        text = super().formatException(ei)
        error = ei[1]
        while error is not None:
            detail = getattr(error, "detail", None)
            if hasattr(error, "sqlstate") and detail:
                text = text.replace(str(detail), "(not logged)")
            error = error.__cause__ or error.__context__
        return text


def configure_logging(level: str, replica: str | None = None) -> None:
    """Sends every log line of the process to standard error as JSON. `replica` names the machine or container."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(replica))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # Each request is logged once, by ourselves and without its query.
    logging.getLogger("uvicorn.access").disabled = True
    # They log every request to the object store with its signature when asked for debug.
    for name in ("boto3", "botocore", "urllib3"):
        logging.getLogger(name).setLevel(max(logging.INFO, root.level))
    # It logs every statement's parameters when asked for debug.
    logging.getLogger("pgqueuer").setLevel(max(logging.INFO, root.level))
