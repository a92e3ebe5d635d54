"""Services to be backed up, places to restore into, and what tells whether they hold the same."""

import asyncio
import hashlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg

from service import cli
from service.processes import tied
from service.settings import read_settings

NOT_RESTORED = {"sessions", "uploads", "upload_segments"}
TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Place:
    """A database, and a store in a folder unless the environment names another."""

    database_url: str
    store: Path
    environment: dict[str, str] = field(default_factory=dict)

    def settings(self) -> dict[str, str]:
        """The environment of a command on this place; English, whatever the machine speaks."""
        ours = {"CLEARWAY_DATABASE_URL": self.database_url, "CLEARWAY_STORE_URL": self.store.as_uri()}
        others = {name: value for name, value in os.environ.items() if not name.startswith("CLEARWAY_")}
        return others | {"LC_ALL": "C.UTF-8"} | ours | self.environment

    async def run(self, *command: str) -> tuple[int, str]:
        """Runs a `clearway` command in a thread of this process: its status, and all that it printed."""
        return await asyncio.to_thread(self._run, command)

    def _run(self, command: Sequence[str]) -> tuple[int, str]:
        told = io.StringIO()
        mask = os.umask(0o022)
        try:
            with redirect_stdout(told), redirect_stderr(told):
                arguments = cli._parser().parse_args(command)
                if arguments.language is None:
                    arguments.language = "en"
                ours = {name: value for name, value in self.settings().items() if name.startswith("CLEARWAY_")}
                status: int = arguments.run(arguments, read_settings(ours))
        except SystemExit as ending:
            status = int(ending.code or 0)
        finally:
            os.umask(mask)
        return status, told.getvalue()

    def run_process(self, *command: str) -> tuple[int, str]:
        """Runs it as an operator does, in a process of its own."""
        process = self.start(*command)
        printed, _ = process.communicate(timeout=TIMEOUT_SECONDS)
        return process.returncode, printed

    def start(self, *command: str) -> "subprocess.Popen[str]":
        """Begins a `clearway` command."""
        return subprocess.Popen(
            tied([sys.executable, "-m", "service.cli", *command], signal.SIGKILL),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.settings(),
        )

    def objects(self) -> dict[str, str]:
        """Key and SHA-256 of everything in a local store."""
        return {
            path.relative_to(self.store).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.store.rglob("*")
            if path.is_file()
        }


async def rows_of(database_url: str) -> dict[str, tuple[int, str | None]]:
    """How many rows each table has, and a hash over all of them."""
    connection = await asyncpg.connect(database_url)
    try:
        tables = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        )
        found: dict[str, tuple[int, str | None]] = {}
        for (table,) in tables:
            row = await connection.fetchrow(
                f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"  # noqa: S608
            )
            assert row is not None
            found[table] = (row[0], row[1])
        return found
    finally:
        await connection.close()


async def fetch(database_url: str, query: str, *values: object) -> list[Any]:
    """Looks into a database."""
    connection = await asyncpg.connect(database_url)
    try:
        return [tuple(row) for row in await connection.fetch(query, *values)]
    finally:
        await connection.close()


async def tables_in(database_url: str) -> int:
    """How many tables there are."""
    [(count,)] = await fetch(database_url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
    return int(count)


def snapshots(folder: Path) -> list[str]:
    """The finished snapshots of a backup folder."""
    return sorted(path.name for path in (folder / "snapshots").glob("[!.]*"))
