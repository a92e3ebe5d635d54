"""Structured logs: one JSON object a line with the id of the request it belongs to.

No personal data and no tokens: what is logged is named field by field here; a URL is logged without its query, and
neither headers, bodies, accounts nor addresses are.
"""

import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import msgspec

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request being served, also sent as X-Request-Id."""

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

_encoder = msgspec.json.Encoder(enc_hook=str)


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON: at, level, logger, message, request_id and what `extra={"fields": ...}` named."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (current := request_id.get()) is not None:
            line["request_id"] = current
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


def configure_logging(level: str) -> None:
    """Sends every log line of the process to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    # Each request is logged once, by ourselves and without its query.
    logging.getLogger("uvicorn.access").disabled = True
    # It logs every statement's parameters when asked for debug.
    logging.getLogger("pgqueuer").setLevel(max(logging.INFO, root.level))
