"""Several web processes on one port: one that dies is replaced, all end together, and nothing is left behind."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.database.process_table import is_running, wait_until

PROJECT = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(PROJECT)}
COUNT = 2

# Tells its process id to whoever connects, and notes the signal that it was asked to stop with.
PROGRAM = """
import os, signal, socket, sys
from pathlib import Path

folder, kind = Path(sys.argv[1]), sys.argv[2]

def stop(number, frame):
    (folder / f"{os.getpid()}.stopped").write_text(str(number))
    if kind != "stubborn":
        os._exit(0)

signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
# Not before it can be asked to stop: whoever reads this does so at once.
(folder / f"{os.getpid()}.started").touch()
if kind == "hopeless":
    sys.exit(3)
if kind == "crashing":
    sys.exit(1)
listener = socket.socket(fileno=int(sys.argv[3]))
listener.listen()
while True:
    connection, _ = listener.accept()
    connection.sendall(str(os.getpid()).encode())
    connection.close()
"""

PARENT = f"""
import sys
from service import web_processes
from service.logs import configure_logging

configure_logging("info")
folder, kind, grace, settled = sys.argv[1:]
sockets = web_processes.bind("127.0.0.1", 0)
print(sockets[0].getsockname()[1], flush=True)
command = [sys.executable, "-c", {PROGRAM!r}, folder, kind]
sys.exit(web_processes.run(command, sockets, count={COUNT}, grace=float(grace), settled_seconds=float(settled)))
"""


@dataclass(frozen=True, slots=True)
class Family:
    """The process that was started, and the port on which its children answer."""

    parent: "subprocess.Popen[str]"
    port: int
    folder: Path

    def answering(self) -> int:
        """The id of the process that takes a connection; it waits while nobody listens any more."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            return int(connection.recv(100))

    def started(self) -> set[int]:
        return {int(note.stem) for note in self.folder.glob("*.started")}

    def all_started(self) -> set[int]:
        wait_until(lambda: len(self.started()) >= COUNT)
        self.answering()
        return self.started()

    def is_refused(self) -> bool:
        with socket.socket() as trial:
            return trial.connect_ex(("127.0.0.1", self.port)) != 0


@contextlib.contextmanager
def family(folder: Path, kind: str = "serving", grace: float = 20.0, settled: float = 0.0) -> Iterator[Family]:
    """Processes in a group of their own, as a shell starts them."""
    command = [sys.executable, "-c", PARENT, str(folder), kind, str(grace), str(settled)]
    with subprocess.Popen(
        command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as parent:
        try:
            assert parent.stdout is not None
            yield Family(parent, int(parent.stdout.readline()), folder)
        finally:
            parent.kill()


def killed(child: int) -> None:
    """Returns when it is dead: what it had accepted is lost with it, and nobody else's."""
    os.kill(child, signal.SIGKILL)
    wait_until(lambda: not is_running(child))


def test_one_that_is_killed_is_replaced_and_nobody_is_refused_meanwhile(tmp_path: Path) -> None:
    with family(tmp_path) as serving:
        first = serving.all_started()
        for _ in range(5):
            before = serving.started()
            killed(victim := serving.answering())
            while serving.started() == before:
                assert serving.answering() != victim
        # Also when none is left.
        for child in first | serving.started():
            if is_running(child):
                killed(child)
        assert serving.answering() not in first


@pytest.mark.parametrize("request_to_stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_stop_ends_all_in_the_same_way(tmp_path: Path, request_to_stop: signal.Signals) -> None:
    with family(tmp_path) as serving:
        children = serving.all_started()
        # A terminal's Ctrl-C goes to the whole group; the children must not get it beside what the parent says.
        os.killpg(serving.parent.pid, request_to_stop)
        assert serving.parent.wait(10) == 0
        assert {(tmp_path / f"{child}.stopped").read_text() for child in children} == {str(int(signal.SIGTERM))}
        assert not any(map(is_running, children))
        assert serving.is_refused()


def test_one_that_does_not_end_in_time_is_killed(tmp_path: Path) -> None:
    with family(tmp_path, "stubborn", grace=0.3) as serving:
        children = serving.all_started()
        serving.parent.terminate()
        assert serving.parent.wait(10) == 1
        assert not any(map(is_running, children))


def test_an_impatient_second_ctrl_c_kills_and_a_second_sigterm_does_not(tmp_path: Path) -> None:
    with family(tmp_path, "stubborn", grace=60) as serving:
        children = serving.all_started()
        for child in children:
            serving.parent.send_signal(signal.SIGTERM)
            wait_until((tmp_path / f"{child}.stopped").exists)
        assert all(map(is_running, children))
        serving.parent.send_signal(signal.SIGINT)
        assert serving.parent.wait(10) == 1
        assert not any(map(is_running, children))


def test_killing_the_parent_leaves_nothing(tmp_path: Path) -> None:
    with family(tmp_path, "stubborn") as serving:
        children = serving.all_started()
        serving.parent.kill()
        wait_until(lambda: not any(map(is_running, children)))
        wait_until(serving.is_refused)


def test_what_cannot_begin_to_serve_ends_all_with_its_status(tmp_path: Path) -> None:
    with family(tmp_path, "hopeless", settled=60) as serving:
        assert serving.parent.wait(10) == 3
        assert not any(map(is_running, serving.started()))


def test_one_that_crashes_as_it_starts_is_started_more_and_more_rarely(tmp_path: Path) -> None:
    with family(tmp_path, "crashing", settled=60) as serving:
        assert serving.parent.stderr is not None
        delays: list[float] = []
        for line in serving.parent.stderr:
            delays += [told] if (told := json.loads(line).get("again_in_seconds")) is not None else []
            if len(delays) == 2 * COUNT:
                break
        assert sorted(delays) == [1.0] * COUNT + [2.0] * COUNT
        assert len(serving.started()) == 2 * COUNT
        # It can be stopped while it waits.
        serving.parent.terminate()
        assert serving.parent.wait(10) == 0


def test_a_taken_port_is_told() -> None:
    from service import web_processes

    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        web_processes.bind("127.0.0.1", taken.getsockname()[1])
