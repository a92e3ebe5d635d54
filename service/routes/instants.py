"""Instants in the query of an address: RFC 3339 to the letter."""

from datetime import datetime
from typing import Any, Final

import msgspec

from schemas.hazards import Instant
from service.domain.hazards import EARLIEST, LATEST
from service.problems import Problem

INSTANT: Final[dict[str, Any]] = {"format": "date-time"}
"""`schema_extra` of a parameter that `instant` reads. Declared as text, because the framework takes a number for a
datetime, as seconds since 1970."""


def instant(name: str, text: str | None) -> datetime | None:
    """What the query parameter `name` says; 400 `request.invalid` for what is no instant with an offset."""
    try:
        said = None if text is None else msgspec.convert(text, Instant)
    except msgspec.ValidationError as error:
        raise Problem("request.invalid", errors=[{"message": str(error), "key": name, "source": "query"}]) from error
    # Nothing of ours is older or younger, and at the very ends of time a shift of the offset leaves the calendar.
    return None if said is None else min(max(said, EARLIEST), LATEST)
