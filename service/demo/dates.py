"""Deadlines of the demo where no calendar tells them: then the desk sets a date, as the domain asks, with a reason."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final

from service.domain.deadlines import day_of, end_of
from service.problems import Problem

DATED: Final = frozenset({"assign", "record_service"})
"""Actions whose deadline the catalogue tells if the body does not."""
DAYS_WITHOUT_CALENDAR: Final = 9
"""Calendar days, about as long as seven working days."""
REASON: Final = "该年度工作日历尚未公布，由受理员按自然日确定期限。"
ANOTHER_DATE: Final = frozenset({"calendar.year_unknown", "action.content_differs", "notice.content_differs"})
"""No calendar tells the deadline, or none did when this was first told: then it was told with a date."""


async def take(act: Callable[[dict[str, Any]], Awaitable[Any]], fields: dict[str, Any], at: datetime) -> None:
    """Acts with a body that may leave its deadline to the catalogue, and where that cannot tell it, with a date."""
    try:
        await act(fields)
    except Problem as problem:
        if problem.code not in ANOTHER_DATE or fields.get("due_at") is not None:
            raise
        due = end_of(day_of(at) + timedelta(days=DAYS_WITHOUT_CALENDAR))
        await act({**fields, "due_at": due, "due_reason": REASON})
