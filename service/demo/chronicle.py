"""What happened in the demo world, one thing after another."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that somebody did at that instant."""

    at: datetime
    take: Callable[[], Awaitable[None]]


async def play(deeds: Iterable[Deed]) -> None:
    """Takes all deeds in the order in which they happened: a notice lists hazards of several stories."""
    for deed in sorted(deeds, key=lambda deed: deed.at):
        await deed.take()
