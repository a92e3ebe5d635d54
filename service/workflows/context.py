"""What a workflow needs besides its arguments."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from service.database import Database
from service.imaging.detection.findings import Examined
from service.imaging.results import Undecodable
from service.imaging.sandbox import Sandbox
from service.workflows.common_terms import CommonTerms
from service.workflows.flights import Flights
from service.workflows.hash_turns import HashTurns
from service.workflows.public_version import PublicVersion
from service.workflows.takeovers import Takeovers
from storage.base import ObjectStore


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds taken from the settings, as plain values."""

    upload_max_bytes: int
    upload_expires: timedelta
    disk_floor_bytes: int
    session_idle: timedelta
    session_absolute: timedelta
    on_the_spot: timedelta
    """How long an owner has for what is to be fixed at once, when the inspector does not wait for it."""
    signed_address: timedelta | None
    """Life of an address at the store to which downloads are redirected; None: they pass through the service."""


@dataclass(frozen=True, slots=True)
class Context:
    """The house's parts, built once by the application or the worker."""

    database: Database
    store: ObjectStore
    limits: Limits
    flights: Flights
    hash_turns: HashTurns
    common_terms: CommonTerms
    takeovers: Takeovers
    public_version: PublicVersion


@dataclass(frozen=True, slots=True)
class Cdn:
    """What is told to forget a public page: the address and token for that, and the base of our own addresses."""

    purge_url: str
    token: str
    base_url: str


class Examines(Protocol):
    """What looks at pictures for faces, plates, texts and codes."""

    async def examine(
        self, path: Path, progress: Callable[[int, int], Awaitable[None]] | None = None
    ) -> Examined | Undecodable:
        """All that is found in the picture; `progress` is told step and number of steps."""


@dataclass(frozen=True, slots=True)
class WorkerContext(Context):
    """What a job needs besides: the subprocesses that decode photos, and those that look at them, if there are any."""

    sandbox: Sandbox
    examiner: Examines | None = None
    cdn: Cdn | None = None
