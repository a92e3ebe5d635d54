"""`clearway demo`: database, web, worker and the demo world on one machine, gone together when it ends."""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from service import migrator
from service.demo import guard
from service.demo.supervisor import Program, supervise
from service.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from service.i18n import Language, translate
from service.processes import die_with_parent
from service.settings import Settings
from service.workflows.accounts import MIN_PASSWORD_CHARACTERS
from storage import StoreError

SHUTDOWN_SECONDS = 5
"""Shorter than the supervisor's grace: whoever ends a demo does not wait for a request that has stalled."""


class CannotStart(Exception):
    """Something in the way of the demo; the text says what, for whoever typed the command."""


def run(*, data: Path, port: int, parent: int | None, settings: Settings, language: Language) -> int:
    """Serves the demo on 127.0.0.1:`port`, with an embedded database in `data` where the settings name none.

    Returns the exit status. Raises CannotStart.
    """
    if parent is not None:
        die_with_parent(signal.SIGTERM, parent)
    try:
        data.mkdir(parents=True, exist_ok=True)
        password = _password(data / "demo-password")
    except OSError as error:
        raise CannotStart(f"{error.filename}: {error.strerror}; choose a folder: make demo DATA=.clearway") from error
    if len(password) < MIN_PASSWORD_CHARACTERS:
        raise CannotStart(f"CLEARWAY_DEMO_PASSWORD needs {MIN_PASSWORD_CHARACTERS} characters or more")
    _check_port(port)
    try:
        if settings.database_url:
            print(f"using the database {guard.without_secrets(settings.database_url)} ...", flush=True)
            return _serve(settings, language, port, password, {})
        print("starting the embedded database ...", flush=True)
        with EmbeddedPostgres(data / "postgres") as postgres:
            settings = replace(settings, database_url=postgres.start())
            return _serve(
                settings, language, port, password, {"database": postgres.process} if postgres.process else {}
            )
    except (EmbeddedPostgresError, migrator.MigrationError) as error:
        raise CannotStart(str(error)) from error


def _serve(
    settings: Settings, language: Language, port: int, password: str, bystanders: Mapping[str, subprocess.Popen[bytes]]
) -> int:
    if settings.store_url.startswith("s3:"):
        print(f"using the object store {settings.store_url} ...", flush=True)
    asyncio.run(_check_parts(settings, language))
    environment = {
        "CLEARWAY_DATABASE_URL": settings.database_url,
        "CLEARWAY_STORE_URL": settings.store_url,
        "CLEARWAY_HOST": "127.0.0.1",
        "CLEARWAY_PORT": str(port),
        "CLEARWAY_PUBLIC_BASE_URL": os.environ.get("CLEARWAY_PUBLIC_BASE_URL", f"http://127.0.0.1:{port}"),
        "CLEARWAY_DEMO": "true",
        "CLEARWAY_OBJECTION_CONTACT": os.environ.get("CLEARWAY_OBJECTION_CONTACT", "示例热线（演示，无人接听）"),
        "CLEARWAY_SHUTDOWN_SECONDS": str(SHUTDOWN_SECONDS),
        "CLEARWAY_LOG_LEVEL": os.environ.get("CLEARWAY_LOG_LEVEL", "warning"),
        "CLEARWAY_DEMO_PASSWORD": password,
    }
    command = [sys.executable, "-m", "service.cli"]
    return supervise(
        [
            Program("web", [*command, "serve"], environment),
            Program("worker", [*command, "worker"], environment),
            Program("demo world", [sys.executable, "-m", "service.demo.build"], environment, one_shot=True),
        ],
        bystanders=bystanders,
    )


async def _check_parts(settings: Settings, language: Language) -> None:
    """Brings the schema up to date, and lets nothing start that could not serve or would mix with real people."""
    where = guard.without_secrets(settings.database_url)
    try:
        async with guard.parts(settings) as (database, store):
            if not await guard.has_room(database):
                raise CannotStart(translate("commands.demo.database_in_use", language))
            await migrator.migrate(settings.database_url)
            if refusal := await guard.refusal_of(store, language):
                raise CannotStart(f"{settings.store_url}: {refusal}")
            if not await guard.has_photos(database, store):
                raise CannotStart(translate("commands.demo.photos_elsewhere", language))
    except StoreError as error:
        raise CannotStart(f"{settings.store_url}: {error}") from error
    except OSError as error:
        raise CannotStart(f"the database {where} cannot be reached: {error}") from error


def _check_port(port: int) -> None:
    choose = "choose another: make demo PORT=8001"
    if not 1 <= port <= 65535:
        raise CannotStart(f"there is no port {port}; {choose}")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as error:
            raise CannotStart(f"port {port} is not for everybody; {choose}") from error
        except OSError as error:
            raise CannotStart(f"port {port} is in use; {choose}") from error


def _password(path: Path) -> str:
    """The password of the demo accounts: given, else made once and kept so that the next start prints the same."""
    if given := os.environ.get("CLEARWAY_DEMO_PASSWORD"):
        return given
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        password = secrets.token_urlsafe(12)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(password + "\n")
        return password
