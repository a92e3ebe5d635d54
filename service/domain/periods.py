"""Days, weeks and months on the clock of China, and the instant as of which figures are told."""

from datetime import UTC, date, datetime, time, timedelta

from schemas.statistics import Cut
from service.domain.hazards import CHINA_TIME, EARLIEST, LATEST
from service.problems import Problem


def china_day(instant: datetime) -> date:
    """The day on the clock of China."""
    return instant.astimezone(CHINA_TIME).date()


def period_key(day: date, by: Cut) -> str:
    """The month `2026-06`, or else the ISO week `2026-W23` from Monday to Sunday, in which a day lies."""
    if by == "month":
        return f"{day.year:04d}-{day.month:02d}"
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def cutoff_at(cutoff: datetime | None, now: datetime) -> datetime:
    """The instant as of which to count, now by default. 422 `statistics.cutoff_future`: what is to come may change."""
    if cutoff is None:
        return now
    if cutoff.tzinfo is None:
        raise Problem("request.invalid", errors=[{"message": "an instant needs an offset", "key": "cutoff"}])
    if cutoff > now:
        raise Problem("statistics.cutoff_future", cutoff=cutoff.isoformat())
    return max(cutoff, EARLIEST).astimezone(UTC)


def period(first: date | None, last: date | None, cutoff: datetime) -> tuple[date, date]:
    """First and last day, both included: by default the year so far. 422 `statistics.period_empty`.

    Of days before and after all that a hazard can have, none are left.
    """
    last = china_day(cutoff) if last is None else min(last, china_day(LATEST))
    first = max(date(last.year, 1, 1) if first is None else first, china_day(EARLIEST))
    if first > last:
        raise Problem("statistics.period_empty")
    return first, last


def months_so_far(year: int, month: int) -> tuple[date, date]:
    """From the first of January to the last day of the month."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, 1, 1), following - timedelta(days=1)


def start_of_day(day: date) -> datetime:
    """The first instant of a day in China, in UTC."""
    return datetime.combine(day, time.min, CHINA_TIME).astimezone(UTC)


def overdue_days(due_at: datetime | None, ended_at: datetime) -> int:
    """Days by which `ended_at` is late: those between the two days in China, at least one when it is late at all."""
    if due_at is None or ended_at <= due_at:
        return 0
    return max(1, (china_day(ended_at) - china_day(due_at)).days)
