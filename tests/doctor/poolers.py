"""pgbouncer before a test's database."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from service.processes import tied
from tests.servers import START_SECONDS, free_port

PARAMETERS = "extra_float_digits,statement_timeout,idle_in_transaction_session_timeout"


def pgbouncer_program() -> str | None:
    """Where it is installed, None where it is not."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def pgbouncer(program: str, database_url: str, mode: str) -> Iterator[str]:
    """The address through a pooler of this mode."""
    url, port = urlsplit(database_url), free_port()
    folder = Path(tempfile.mkdtemp(prefix="clearway-pooler-"))
    try:
        folder.chmod(0o755)
        (folder / "users").write_text(f'"{url.username}" "{url.password}"\n')
        (folder / "pgbouncer.ini").write_text(
            f"[databases]\n* = host={url.hostname} port={url.port}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = plain\n"
            f"auth_file = {folder}/users\npool_mode = {mode}\nignore_startup_parameters = {PARAMETERS}\n"
        )
        # It refuses root.
        become = "user:65534:65534" if os.geteuid() == 0 else ""
        process = subprocess.Popen(
            tied([program, "-q", str(folder / "pgbouncer.ini")], signal.SIGKILL, become=become),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            deadline = time.monotonic() + START_SECONDS
            while not _listens(port):
                assert process.poll() is None, "pgbouncer does not start"
                assert time.monotonic() < deadline
                time.sleep(0.02)
            yield url._replace(netloc=f"{url.username}:{url.password}@127.0.0.1:{port}").geturl()
        finally:
            process.kill()
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _listens(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0
