"""What the commands share: what they need before they begin, and how they end."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from service.settings import Settings, SettingsError
from storage import StoreError, folder_of


@contextmanager
def reaching_the_database() -> Iterator[None]:
    """Ends the command with a sentence when the database is away."""
    try:
        yield
    except OSError as error:
        stop(f"the database cannot be reached: {error}", 1)


def stop(message: str, status: int) -> NoReturn:
    """Ends the command with a sentence."""
    print(f"clearway: {message}", file=sys.stderr)
    raise SystemExit(status)


def needs_database(settings: Settings) -> None:
    """SettingsError without an address of a database."""
    if not settings.database_url:
        raise SettingsError("CLEARWAY_DATABASE_URL is missing")
    if not settings.database_url.startswith(("postgresql://", "postgres://")):
        raise SettingsError("CLEARWAY_DATABASE_URL: write postgresql://user:password@host:port/name")


def needs_store(settings: Settings) -> None:
    """SettingsError without the addresses of a database and a store."""
    needs_database(settings)
    if not settings.store_url:
        raise SettingsError("CLEARWAY_STORE_URL is missing")
    try:
        folder_of(settings.store_url)
    except StoreError as error:
        raise SettingsError(f"CLEARWAY_STORE_URL: {error}") from error
