"""What the commands share: what they need before they begin, in whose language, and how they end."""

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, NoReturn

from service.i18n import Language, translate
from service.settings import Settings, SettingsError
from storage import StoreError, bucket_of, folder_of

_ENDPOINT: Final = re.compile(
    r"(?:https?://(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?)?", re.ASCII
)


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
    needs_store_address(settings)


def needs_store_address(settings: Settings) -> None:
    """SettingsError without the right address of a store, in the language of whoever typed the command."""
    if (mistake := _mistake_of_store(settings)) is not None:
        raise SettingsError(translate(f"commands.store.{mistake}", language_of(os.environ)))


def language_of(environment: Mapping[str, str]) -> Language:
    """Of a terminal, by the first of POSIX's variables that is set; English where none says Chinese."""
    names = (environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh-CN" if next(filter(None, names), "").lower().startswith("zh") else "en"


def _mistake_of_store(settings: Settings) -> str | None:
    """The name of what is wrong with the store's address and what belongs to it. No value is repeated."""
    scheme = settings.store_url.partition(":")[0]
    if not settings.store_url:
        return "missing"
    if scheme not in ("file", "s3"):
        return "scheme_unknown"
    try:
        (folder_of if scheme == "file" else bucket_of)(settings.store_url)
    except (StoreError, ValueError):
        return "folder_wrong" if scheme == "file" else "bucket_wrong"
    if scheme == "file":
        return "redirect_impossible" if settings.downloads == "redirect" else None
    if not _ENDPOINT.fullmatch(settings.s3_endpoint):
        return "endpoint_wrong"
    if not _ENDPOINT.fullmatch(settings.s3_public_endpoint):
        return "public_endpoint_wrong"
    return "keys_halved" if bool(settings.s3_access_key) != bool(settings.s3_secret_key) else None
