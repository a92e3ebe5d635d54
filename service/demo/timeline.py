"""When things happened in the demo world, counted back from the day on which it was first built."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from service.domain.hazards import CHINA_TIME


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of day, so many days before the world was built; negative days lie ahead."""

    days_ago: int
    clock: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Turns moments into instants, and names into identifiers, the same ones at every start of this demo."""

    built_at: datetime

    def at(self, moment: Moment) -> datetime:
        """The instant of a moment, by the clock of China."""
        day = self.built_at.astimezone(CHINA_TIME).date() - timedelta(days=moment.days_ago)
        return datetime.combine(day, time.fromisoformat(moment.clock), CHINA_TIME)

    def identifier(self, name: str, moment: Moment) -> UUID:
        """A version 7 UUID (RFC 9562, 5.7) for that moment whose other bits come from the name instead of chance.

        A phone keeps the id it made and sends it again; the demo has only the name to keep.
        """
        milliseconds = int(self.at(moment).timestamp() * 1000)
        digest = hashlib.sha256(f"clearway demo {name}".encode()).digest()
        value = milliseconds << 80 | int.from_bytes(digest[:10])
        value = value & ~(0xF << 76) | 0x7 << 76
        value = value & ~(0x3 << 62) | 0x2 << 62
        return UUID(int=value)
