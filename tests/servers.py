"""The service as operators run it: real processes on loopback, for proofs that need to kill, fill or measure them."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import httpx

from service.processes import tied
from tests import stores

START_SECONDS = 30.0
PASSWORD = "correct horse battery staple"


class ServerError(Exception):
    """A process of the service did not start; the text ends with its log."""


class Process:
    """One `clearway` command as a child that ends when we do. It can be ended in every way and started again.

    Start it from the main thread: the kernel ends it with the thread that started it.
    """

    def __init__(
        self, command: Sequence[str], environment: dict[str, str], log: Path, *, wrapper: Sequence[str] = ()
    ) -> None:
        self._command = [*wrapper, sys.executable, "-m", "service.cli", *command]
        self._environment = _without_settings() | environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id; it is that of the program, whatever wraps it."""
        assert self._process is not None
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    @property
    def log(self) -> str:
        """The end of what it wrote."""
        return self._log.read_text(errors="replace")[-4000:]

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                tied(self._command, signal.SIGKILL),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )

    def kill_nine(self) -> None:
        """Ends it as a power cut would: at once, whatever it is doing."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self, limit_seconds: float = 30.0) -> None:
        """Ends it as an operator would, less gently when that takes too long."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(limit_seconds)
        except subprocess.TimeoutExpired:
            self.kill_nine()


class Server(Process):
    """`clearway serve` on a port that it keeps over restarts."""

    def __init__(
        self,
        environment: dict[str, str],
        folder: Path,
        *arguments: str,
        wrapper: Sequence[str] = (),
        port: int | None = None,
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        listen = {"CLEARWAY_HOST": "127.0.0.1", "CLEARWAY_PORT": str(self.port)}
        super().__init__(["serve", *arguments], environment | listen, folder / "serve.log", wrapper=wrapper)

    def start(self) -> None:
        """Returns once it answers."""
        self.launch()
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.has_ended or time.monotonic() > deadline:
                raise ServerError(f"clearway serve does not answer:\n{self.log}")
            time.sleep(0.02)

    def launch(self) -> None:
        """Starts it and waits for nothing."""
        super().start()

    def answers(self) -> bool:
        """Whether it accepts connections."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


def free_port() -> int:
    """A free port below the range of outgoing connections, so that none of them takes it during a restart."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def service_environment(database_url: str, store: Path, **others: object) -> dict[str, str]:
    """The environment of a service on this database and folder. `others` are settings by their lower-case names."""
    # Detectors take seconds a picture: who wants them says so.
    values = {"database_url": database_url, "vision": "off", **stores.settings_of(store), **others}
    return {f"CLEARWAY_{name.upper()}": str(value) for name, value in values.items()}


def create_inspector(environment: dict[str, str], account: str) -> None:
    """An organization and in it somebody who may send photos, made with the commands an operator uses."""
    secret = environment | {"CLEARWAY_PASSWORD": PASSWORD}
    run(secret, "create-organization", "140302", "城区")
    run(secret, "create-account", account, "检查员A", "--role", "inspector@140302")


def run(environment: dict[str, str], *command: str) -> str:
    """Runs a `clearway` command to its end and returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "service.cli", *command],
        env=_without_settings() | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode:
        raise ServerError(f"clearway {' '.join(command)} failed with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def sign_in(url: str, account: str, password: str = PASSWORD) -> str:
    """The token of a new session."""
    answer = httpx.post(f"{url}/api/v1/sessions", json={"account": account, "password": password})
    answer.raise_for_status()
    token: str = answer.json()["token"]
    return token


def mounting(folder: Path, megabytes: int) -> list[str]:
    """A wrapper that gives a process a small disk of its own at `folder`; empty where the kernel refuses.

    The disk is a tmpfs in a mount namespace of the process, so nothing is left behind. Others reach it through
    /proc/PID/root.
    """
    namespace = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    script = f'mount -t tmpfs -o size={megabytes}m,mode=0700 tmpfs "$0" && exec "$@"'
    wrapper = [*namespace, "sh", "-c", script, str(folder)]
    if shutil.which("unshare") is None or subprocess.run([*wrapper, "true"], capture_output=True).returncode:
        return []
    return wrapper


def _without_settings() -> dict[str, str]:
    """Our environment without a setting that a developer's shell may carry."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CLEARWAY_")}
