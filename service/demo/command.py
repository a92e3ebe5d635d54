"""`clearway demo`: database, web, worker and the demo world on one machine, gone together when it ends."""

import asyncio
import os
import secrets
import signal
import socket
import sys
from pathlib import Path

from service import migrator
from service.demo.supervisor import Program, supervise
from service.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from service.processes import die_with_parent
from service.workflows.accounts import MIN_PASSWORD_CHARACTERS

SHUTDOWN_SECONDS = 5
"""Shorter than the supervisor's grace: whoever ends a demo does not wait for a request that has stalled."""


class CannotStart(Exception):
    """Something in the way of the demo; the text says what, for whoever typed the command."""


def run(*, data: Path, port: int, parent: int | None) -> int:
    """Serves the demo on 127.0.0.1:`port` with everything it keeps in `data`. Returns the exit status.

    Raises CannotStart.
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
    print("starting the embedded database ...", flush=True)
    try:
        return _serve(data, port, password)
    except (EmbeddedPostgresError, migrator.MigrationError) as error:
        raise CannotStart(str(error)) from error


def _serve(data: Path, port: int, password: str) -> int:
    with EmbeddedPostgres(data / "postgres") as postgres:
        url = postgres.start()
        asyncio.run(migrator.migrate(url))
        environment = {
            "CLEARWAY_DATABASE_URL": url,
            "CLEARWAY_STORE_URL": (data / "store").as_uri(),
            "CLEARWAY_HOST": "127.0.0.1",
            "CLEARWAY_PORT": str(port),
            "CLEARWAY_PUBLIC_BASE_URL": os.environ.get("CLEARWAY_PUBLIC_BASE_URL", f"http://127.0.0.1:{port}"),
            "CLEARWAY_DEMO": "true",
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
            bystanders={"database": postgres.process} if postgres.process else {},
        )


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
