"""Where a page of a list ended, as text that a client hands back unread."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from struct import Struct
from struct import error as StructError
from typing import Final
from uuid import UUID

from service.problems import Problem

Place = tuple[datetime, UUID]
"""The last line that was shown, by the time and the id that order the list."""

NEWEST: Final[Place] = (datetime(9999, 12, 31, tzinfo=UTC), UUID(int=(1 << 128) - 1))
"""Before everything there can be."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_PACKED: Final = Struct(">q16s")


def cursor_of(at: datetime, subject_id: UUID) -> str:
    """The place as text."""
    return urlsafe_b64encode(_PACKED.pack((at - _EPOCH) // _MICROSECOND, subject_id.bytes)).decode()


def place_of(cursor: str | None) -> Place:
    """The place that a cursor names, the newest for none; 400 `page.cursor_invalid` for text that is none of ours."""
    if cursor is None:
        return NEWEST
    try:
        microseconds, subject_id = _PACKED.unpack(urlsafe_b64decode(cursor.encode("ascii")))
        return _EPOCH + microseconds * _MICROSECOND, UUID(bytes=subject_id)
    except (ValueError, OverflowError, StructError) as error:
        raise Problem("page.cursor_invalid") from error
