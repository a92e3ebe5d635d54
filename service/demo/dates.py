"""Deadlines of the demo where no calendar tells them: then the desk sets a date, as the domain asks, with a reason."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from service.domain.deadlines import day_of, end_of

DATED: Final = frozenset({"assign", "record_service"})
"""Actions whose deadline the catalogue tells if the body does not."""
DAYS_WITHOUT_CALENDAR: Final = 9
"""Calendar days, about as long as seven working days."""
REASON: Final = "该年度工作日历尚未公布，由受理员按自然日确定期限。"
ANOTHER_DATE: Final = frozenset({"calendar.year_unknown", "action.content_differs", "notice.content_differs"})
"""No calendar tells the deadline, or none did when this was first told: then it was told with a date."""


def with_and_without(fields: dict[str, Any], action: StrEnum | None, at: datetime) -> Iterator[dict[str, Any]]:
    """The body as the story tells it, and after it the same with a date and a reason if the story sets none."""
    yield fields
    if (action is None or action in DATED) and fields.get("due_at") is None:
        due = end_of(day_of(at) + timedelta(days=DAYS_WITHOUT_CALENDAR))
        yield {**fields, "due_at": due, "due_reason": REASON}
