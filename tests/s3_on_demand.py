"""One S3 server of each kind a run, started when the first test of any worker asks for it.

The process that outlives all workers starts them, as it does the database; the workers ask it over a socket.
"""

import json
import socket
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any

from tests.s3_servers import S3Server, ceph_server, rclone_server

KINDS = {"rclone": rclone_server, "ceph": ceph_server}
SOCKET = "s3.socket"


class S3OnDemand:
    """Answers a kind's name with the server's values. Each server has a thread that starts it and lives as long."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._over = Event()
        self._started: dict[str, Future[dict[str, Any]]] = {}
        self._threads: list[Thread] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / SOCKET))
        self._listener.listen(32)
        self._begin(self._serve)

    def _begin(self, work: Callable[..., None], *arguments: Any) -> None:
        self._threads.append(Thread(target=work, args=arguments, name="s3-servers", daemon=True))
        self._threads[-1].start()

    def _serve(self) -> None:
        with self._listener:
            while True:
                connection, _ = self._listener.accept()
                kind = connection.recv(16).decode()
                if kind == "stop":
                    connection.close()
                    return
                self.start(kind).add_done_callback(partial(_answer, connection))

    def start(self, kind: str) -> "Future[dict[str, Any]]":
        """Starts the server unless it is; does not wait. Ceph's takes a quarter minute."""
        if kind not in self._started:
            self._started[kind] = Future()
            self._begin(self._live, kind, self._started[kind])
        return self._started[kind]

    def _live(self, kind: str, started: "Future[dict[str, Any]]") -> None:
        with ExitStack() as running:
            try:
                server = running.enter_context(KINDS[kind](self._folder / kind))
            except Exception as error:
                started.set_result({"error": str(error)})
            else:
                started.set_result(server.as_values())
                self._over.wait()

    def stop(self) -> None:
        """Ends the servers."""
        self._over.set()
        _asked(self._folder, "stop")
        for thread in self._threads:
            thread.join()


def _answer(connection: socket.socket, started: "Future[dict[str, Any]]") -> None:
    with connection:
        connection.sendall(json.dumps(started.result()).encode())


def running_server(folder: Path, kind: str) -> S3Server:
    """The run's server of this kind. `folder` is the one that `S3OnDemand` was given."""
    values = json.loads(_asked(folder, kind))
    if "error" in values:
        raise RuntimeError(f"the {kind} server did not start: {values['error']}")
    return S3Server(**values)


def _asked(folder: Path, question: str) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(folder / SOCKET))
        connection.sendall(question.encode())
        answer = b""
        while piece := connection.recv(4096):
            answer += piece
        return answer
