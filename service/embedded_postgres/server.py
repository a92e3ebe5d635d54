"""Starting and stopping the server."""

import contextlib
import fcntl
import os
import secrets
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from service.embedded_postgres.lodging import SHELTER, EmbeddedPostgresError, find_lodging, give
from service.processes import tied

_LOG_SIZE = 10 * 1024 * 1024
_PAUSE = 0.02

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "jit": "off",
    # No replicas and one small machine: less log to write, fewer processes to run.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "io_method": "sync",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    # Without the DETAIL lines, which quote values.
    "log_error_verbosity": "terse",
}
_THROWAWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class _Server:
    """What a server writes about itself into postmaster.pid."""

    pid: int
    port: int
    status: str


class EmbeddedPostgres:
    """One PostgreSQL server whose cluster, password and log lie in the folder `data`, which is ours alone.

    `durable=False` trades the data for speed: a crash of the machine may destroy it. For tests, as are `options`, more
    settings of the server, and a `port` that it keeps when it is started again; 0 takes a free one each time.
    """

    def __init__(
        self,
        data: Path,
        *,
        durable: bool = True,
        shelter: Path = SHELTER,
        port: int = 0,
        options: Mapping[str, str] | None = None,
    ) -> None:
        self.data = data.resolve()
        self.home = self.data
        """Where the files really are: `data`, or a folder in `shelter`. Known after `start()`."""
        self.url: str | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self._durable = durable
        self._port = port
        self._more_options = dict(options or {})
        self._shelter = shelter.resolve()
        self._binaries = Path()
        self._identity = ""

    def start(self) -> str:
        """Make the cluster if there is none, start the server, and return its URL once it accepts connections.

        Does nothing while the server runs. Waits for a server that an earlier process left ending. Call it from the
        main thread: the kernel ends the server with the thread that started it. Raises EmbeddedPostgresError.
        """
        if threading.current_thread() is not threading.main_thread():
            raise EmbeddedPostgresError("start the embedded database from the main thread: it ends with its thread")
        if self.url is not None and self.process is not None and self.process.poll() is None:
            return self.url
        try:
            self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            lodging = find_lodging(self.data, self._shelter)
            self.home, self._binaries, self._identity = lodging.home, lodging.binaries, lodging.identity
            with self._locked() as lock:
                self._forget_dead_server()
                self._rotate_log()
                if not self._cluster.exists():
                    self._initialize(lock)
                give(self._cluster, lodging.owner)
                return self._launch(lock)
        except PermissionError as error:
            text = f"{error.strerror}: {error.filename} (has another user started the database in {self.data} before?)"
            raise EmbeddedPostgresError(text) from error

    def stop(self, limit: float = 30.0) -> None:
        """Stop the server, waiting up to `limit` seconds for what it still has to write; then less gently."""
        process, self.process, self.url = self.process, None, None
        if process is None:
            return
        for request, patience in ((signal.SIGINT, limit), (signal.SIGQUIT, 10.0), (signal.SIGKILL, None)):
            process.send_signal(request)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)
                return

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self.home / "log"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        """Hold the lock that every process of a server inherits, so that getting it proves that none is left."""
        lock = os.open(self.home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._wait_for_lock(lock)
            yield lock
        finally:
            os.close(lock)

    def _wait_for_lock(self, lock: int, ready_patience: float = 3.0, patience: float = 60.0) -> None:
        begun = ready_since = time.monotonic()
        while True:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            # One that is ending says so at once; one that stays ready serves somebody else.
            server = self._server()
            now = time.monotonic()
            if server is None or server.status != "ready":
                ready_since = now
            if now - ready_since > ready_patience or now - begun > patience:
                number = f" (process {server.pid})" if server else ""
                raise EmbeddedPostgresError(f"another process{number} is using the database in {self.home}")
            time.sleep(_PAUSE)

    def _server(self) -> _Server | None:
        """Read what a server, running or not, wrote about itself."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
            return _Server(int(lines[0]), int(lines[3]), lines[7].strip())
        except (FileNotFoundError, IndexError, ValueError):
            return None

    def _forget_dead_server(self) -> None:
        """Remove the notice of a server which is gone and whose process id now belongs to something else.

        PostgreSQL would take that process for the server and refuse to start: common after a container's restart.
        """
        server = self._server()
        if server is None:
            return
        try:
            elsewhere = Path(f"/proc/{server.pid}/cwd").resolve(strict=True) != self._cluster
        except PermissionError:
            elsewhere = True
        except FileNotFoundError:
            return
        if not elsewhere:
            raise EmbeddedPostgresError(f"process {server.pid}, not started by us, serves the database in {self.home}")
        (self._cluster / "postmaster.pid").unlink()

    def _rotate_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > _LOG_SIZE:
            self.log.replace(self.log.with_suffix(".old"))

    def _initialize(self, lock: int) -> None:
        """Make the cluster beside its place and rename it, so that one that was cut short is never taken for whole."""
        unfinished = self.home / "cluster.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        password = self.home / "password"
        _write_secret(password, secrets.token_urlsafe(24))
        owner = self.home.stat()
        os.chown(password, owner.st_uid, owner.st_gid)
        # The data is worth a flush from its first minute, unless nobody will miss it.
        flush = [] if self._durable else ["--no-sync"]
        locale = ["-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        access = ["-U", "clearway", "-A", "scram-sha-256", f"--pwfile={password}"]
        self._run(lock, ["initdb", "-D", str(unfinished), *flush, *locale, *access])
        single = ["postgres", "--single", "-D", str(unfinished), "-c", "exit_on_error=on"]
        self._run(lock, [*single, *self._options(), "postgres"], b"CREATE DATABASE clearway\n")
        unfinished.rename(self._cluster)
        _flush_folder(self.home)

    def _run(self, lock: int, command: Sequence[str], text: bytes = b"") -> None:
        with self.log.open("ab") as log:
            begun = log.tell()
            done = subprocess.run(
                self._tied(command, signal.SIGKILL),
                input=text, stdout=log, stderr=log, env=_environment(),
                pass_fds=(lock,), start_new_session=True, check=False,
            )  # fmt: skip
        if done.returncode != 0:
            raise EmbeddedPostgresError(f"{command[0]} failed with {done.returncode}: {self._logged_since(begun)}")

    def _launch(self, lock: int) -> str:
        try:
            password = (self.home / "password").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            text = f"{self.home / 'password'} is missing: put it back, or remove the folder to begin with an empty one"
            raise EmbeddedPostgresError(text) from None
        with socket.socket() as reservation, self.log.open("ab") as log:
            # Bound but not listening, the port stays ours until the server, which also sets this option, listens on it.
            reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            reservation.bind(("127.0.0.1", self._port))
            port: int = reservation.getsockname()[1]
            begun = log.tell()
            command = ["postgres", "-D", str(self._cluster), "-p", str(port), *self._options()]
            self.process = subprocess.Popen(
                self._tied(command, signal.SIGQUIT),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=_environment(),
                pass_fds=(lock,), start_new_session=True,
            )  # fmt: skip
            try:
                self._wait_until_ready(self.process, port, begun)
            except BaseException:
                self.stop(limit=5.0)
                raise
        self.url = f"postgresql://clearway:{password}@127.0.0.1:{port}/clearway"
        return self.url

    def _wait_until_ready(self, process: subprocess.Popen[bytes], port: int, begun: int, limit: float = 300.0) -> None:
        """Wait until the server says that it accepts connections; recovery after a crash may take it a while."""
        deadline = time.monotonic() + limit
        while self._server() != _Server(process.pid, port, "ready"):
            if process.poll() is not None:
                raise EmbeddedPostgresError(f"postgres ended with {process.returncode}: {self._logged_since(begun)}")
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(f"postgres is not ready after {limit:.0f} s, see {self.log}")
            time.sleep(_PAUSE)

    def _options(self) -> list[str]:
        settings = (_SETTINGS if self._durable else _SETTINGS | _THROWAWAY_SETTINGS) | self._more_options
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _tied(self, command: Sequence[str], death_signal: int) -> list[str]:
        program = str(self._binaries / "bin" / command[0])
        return tied([program, *command[1:]], death_signal, become=self._identity)

    def _logged_since(self, offset: int) -> str:
        lines = self.log.read_bytes()[offset:].decode(errors="replace").strip().splitlines()
        return "\n".join([*lines[-12:], f"(more in {self.log})"])


def _environment() -> dict[str, str]:
    """Our environment without what would steer PostgreSQL from outside (PGDATA, PGOPTIONS...)."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}


def _write_secret(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
