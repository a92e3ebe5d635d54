"""The server's clock. Read by routes, jobs and commands; workflows receive its value."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)
