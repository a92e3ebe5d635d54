"""The demo's programs start together and leave nothing behind: real processes, really killed."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.database.process_table import is_running, wait_until

PROJECT = Path(__file__).parents[2]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(PROJECT)}

# Each program notes its process id, and the signal that it was asked to stop with.
PROGRAM = """
import os, signal, subprocess, sys
from pathlib import Path

note = Path(sys.argv[1])

def write(suffix, number):
    note.with_suffix(".new").write_text(str(number))
    note.with_suffix(".new").rename(note.with_suffix(suffix))

def stop(number, frame):
    write(".stopped", number)
    if sys.argv[2] != "stubborn":
        sys.exit(0)

signal.signal(signal.SIGINT, stop)
signal.signal(signal.SIGTERM, stop)
if sys.argv[2] == "parent":
    child = subprocess.Popen(["sleep", "60"])
    write(".child", child.pid)
write(".started", os.getpid())
if sys.argv[2] == "failing":
    sys.exit(3)
if sys.argv[2] == "short":
    sys.exit(0)
while True:
    signal.pause()
"""

SUPERVISOR = f"""
import subprocess, sys
from service.demo.supervisor import Program, supervise

PROGRAM = {PROGRAM!r}
folder, grace, kinds = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
bystanders = {{"database": subprocess.Popen(["sleep", "0.3"])}} if "bystander" in kinds else None
programs = [
    Program(kind, [sys.executable, "-c", PROGRAM, f"{{folder}}/{{kind}}", kind], one_shot=kind in ("short", "failing"))
    for kind in kinds if kind != "bystander"
]
sys.exit(supervise(programs, grace=grace, bystanders=bystanders))
"""


@contextlib.contextmanager
def supervised(folder: Path, *kinds: str, grace: float = 10.0) -> Iterator["subprocess.Popen[str]"]:
    """A supervisor in a process group of its own, as a shell starts it."""
    command = [sys.executable, "-c", SUPERVISOR, str(folder), str(grace), *kinds]
    with subprocess.Popen(
        command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as supervisor:
        try:
            yield supervisor
        finally:
            supervisor.kill()


def noted(folder: Path, kind: str, what: str = "started") -> int:
    """Wait for what a program notes, and return it."""
    note = folder / f"{kind}.{what}"
    wait_until(note.exists)
    return int(note.read_text())


@pytest.mark.parametrize("request_to_stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_all_programs_are_asked_to_stop_in_the_same_way(tmp_path: Path, request_to_stop: signal.Signals) -> None:
    with supervised(tmp_path, "web", "worker") as supervisor:
        programs = [noted(tmp_path, "web"), noted(tmp_path, "worker")]
        # A terminal's Ctrl-C goes to the whole group; the programs must not get it beside what the supervisor says.
        os.killpg(supervisor.pid, request_to_stop)
        assert supervisor.wait(10) == 0
        assert [noted(tmp_path, kind, "stopped") for kind in ("web", "worker")] == [signal.SIGTERM] * 2
        assert not any(map(is_running, programs))


def test_a_program_that_will_not_stop_is_killed(tmp_path: Path) -> None:
    with supervised(tmp_path, "web", "stubborn", grace=0.5) as supervisor:
        programs = [noted(tmp_path, "web"), noted(tmp_path, "stubborn")]
        supervisor.terminate()
        assert supervisor.wait(10) == 1
        assert noted(tmp_path, "stubborn", "stopped") == signal.SIGTERM
        assert not any(map(is_running, programs))


def test_a_second_ctrl_c_does_not_wait_any_longer(tmp_path: Path) -> None:
    with supervised(tmp_path, "stubborn", grace=600.0) as supervisor:
        program = noted(tmp_path, "stubborn")
        supervisor.send_signal(signal.SIGINT)
        noted(tmp_path, "stubborn", "stopped")
        supervisor.send_signal(signal.SIGINT)
        assert supervisor.wait(10) == 1
        assert not is_running(program)


def test_the_unexpected_end_of_one_program_ends_the_others(tmp_path: Path) -> None:
    with supervised(tmp_path, "web", "worker") as supervisor:
        web, worker = noted(tmp_path, "web"), noted(tmp_path, "worker")
        os.kill(worker, signal.SIGKILL)
        _, said = supervisor.communicate(timeout=10)
        assert supervisor.returncode == 1
        assert "worker ended unexpectedly (killed by SIGKILL)" in said
        assert noted(tmp_path, "web", "stopped") == signal.SIGTERM
        assert not is_running(web)


def test_the_end_of_a_database_which_belongs_to_the_caller_ends_the_programs(tmp_path: Path) -> None:
    with supervised(tmp_path, "web", "bystander") as supervisor:
        _, said = supervisor.communicate(timeout=10)
        assert supervisor.returncode == 1
        assert "database ended unexpectedly (status 0)" in said


def test_a_one_shot_program_may_end_well_but_not_badly(tmp_path: Path) -> None:
    with supervised(tmp_path, "web", "short") as supervisor:
        short, web = noted(tmp_path, "short"), noted(tmp_path, "web")
        wait_until(lambda: not Path(f"/proc/{short}").exists())  # collected, so the supervisor has judged it
        assert is_running(web)
        supervisor.terminate()
        assert supervisor.wait(10) == 0
    with supervised(tmp_path, "web", "failing") as supervisor:
        _, said = supervisor.communicate(timeout=10)
        assert supervisor.returncode == 1
        assert "failing ended unexpectedly (status 3)" in said


def test_what_a_program_started_and_left_behind_is_ended_too(tmp_path: Path) -> None:
    with supervised(tmp_path, "parent") as supervisor:
        left_behind = noted(tmp_path, "parent", "child")
        noted(tmp_path, "parent")
        supervisor.terminate()
        assert supervisor.wait(10) == 0
        wait_until(lambda: not is_running(left_behind))


def test_killing_the_supervisor_ends_the_programs(tmp_path: Path) -> None:
    with supervised(tmp_path, "web", "stubborn") as supervisor:
        programs = [noted(tmp_path, "web"), noted(tmp_path, "stubborn")]
        supervisor.kill()
        wait_until(lambda: not any(map(is_running, programs)))


@pytest.mark.skipif(not shutil.which("make") and not os.environ.get("CI"), reason="make is not installed")
def test_killing_make_ends_the_demo_too(tmp_path: Path) -> None:
    (tmp_path / "demo.py").write_text(
        "import signal, sys\n"
        "from service.processes import die_with_parent\n"
        "die_with_parent(signal.SIGTERM, parent=int(sys.argv[1]))\n"
        f"sys.argv = ['', {str(tmp_path)!r}, '10', 'web']\n"
        f"exec({SUPERVISOR!r})\n"
    )
    (tmp_path / "Makefile").write_text(f"demo:\n\t@exec {sys.executable} demo.py $(shell echo $$PPID)\n")
    with subprocess.Popen(["make", "-C", str(tmp_path), "demo"], env=ENVIRONMENT) as make:
        web = noted(tmp_path, "web")
        make.kill()
    assert noted(tmp_path, "web", "stopped") == signal.SIGTERM
    wait_until(lambda: not is_running(web))


def test_a_program_whose_parent_has_already_ended_does_not_begin() -> None:
    program = (
        f"from service.processes import die_with_parent\ndie_with_parent(9, parent={os.getppid()})\nprint('begun')"
    )
    done = subprocess.run([sys.executable, "-c", program], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "has ended" in done.stderr
