"""Debian's own PostgreSQL, as a server that somebody else runs: one whose address is all that we are given.

Its account for us is no superuser and may make databases, which is what an operator would grant.
"""

import asyncio
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from service.processes import tied
from tests.servers import free_port

INSTALLED = Path("/usr/lib/postgresql")
START_SECONDS = 60.0
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "jit": "off",
}


class DebianPostgresError(Exception):
    """The server did not start; the text ends with its log."""


def debian_postgres_programs(version: int = 15) -> Path | None:
    """The folder of this version's programs, None where it is not installed."""
    programs = INSTALLED / str(version) / "bin"
    return programs if (programs / "initdb").exists() else None


@contextmanager
def debian_postgres(programs: Path, *, certificate: tuple[Path, Path] | None = None) -> Iterator[str]:
    """The address of a server in a folder that is removed afterwards. Call it from a thread that lives as long.

    With a `certificate` and its key it speaks TLS to who wants it.
    """
    # PostgreSQL refuses root, and the account that the package made must reach its data.
    owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    become = f"user:{owner.pw_uid}:{owner.pw_gid}" if owner else ""
    folder = Path(tempfile.mkdtemp(prefix="clearway-postgresql-"))
    try:
        (folder / "password").write_text(password := secrets.token_urlsafe(12))
        files = [folder, folder / "password"]
        wanted = dict(SETTINGS)
        if certificate is not None:
            for source, name in zip(certificate, ("server.crt", "server.key"), strict=True):
                files.append(Path(shutil.copy(source, folder / name)))
                files[-1].chmod(0o600)
            wanted |= {"ssl": "on", "ssl_cert_file": str(files[-2]), "ssl_key_file": str(files[-1])}
        if owner:
            for path in files:
                os.chown(path, owner.pw_uid, owner.pw_gid)
        data, port = folder / "data", free_port()
        initdb = [str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "scram-sha-256"]
        options = [f"--pwfile={folder / 'password'}", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(
            tied([*initdb, *options], signal.SIGKILL, become=become), check=True, capture_output=True, cwd="/"
        )
        settings = [part for name, value in wanted.items() for part in ("-c", f"{name}={value}")]
        command = [str(programs / "postgres"), "-D", str(data), "-p", str(port), *settings]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                tied(command, signal.SIGQUIT, become=become), stdout=log, stderr=log, cwd="/", start_new_session=True
            )
        try:
            asyncio.run(_make_account(f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres", password, process))
            yield f"postgresql://clearway:{password}@127.0.0.1:{port}/clearway"
        except DebianPostgresError as error:
            raise DebianPostgresError(f"{error}:\n{(folder / 'log').read_text()[-2000:]}") from error
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _make_account(url: str, password: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            connection = await asyncpg.connect(url)
            break
        except (OSError, asyncpg.PostgresError) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise DebianPostgresError("PostgreSQL does not answer") from error
            await asyncio.sleep(0.05)
    try:
        await connection.execute(f"CREATE ROLE clearway LOGIN CREATEDB PASSWORD '{password}'")
        await connection.execute("CREATE DATABASE clearway OWNER clearway")
        # What only tests want: to drop a database that autovacuum is in, and to seed one without its triggers.
        await connection.execute("GRANT pg_signal_backend TO clearway")
        await connection.execute("GRANT SET ON PARAMETER session_replication_role TO clearway")
    finally:
        await connection.close()
