"""A server without internet: what `make bundle` makes is installed, upgraded, rolled back, and refused when damaged."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deploy import bundle
from deploy.wheels import normalized
from service.app import VERSION
from service.processes import tied
from tests.conftest import PROVING, missing
from tests.deployment.dockerfile import copy_sent
from tests.servers import START_SECONDS, free_port, service_environment

NEXT = f"{VERSION}.post1"
TIMEOUT_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Machine:
    """A server: where versions lie, and the file of its settings."""

    versions: Path
    settings: Path

    def run(self, script: Path, command: str, *more: str, wrapper: tuple[str, ...] = ()) -> tuple[int, str]:
        """Runs a script of the bundle as its operator; status and all that it printed."""
        done = subprocess.run(
            [*wrapper, "sh", str(script), command, str(self.versions), *more],
            env=operators_environment(), capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def upgrade(self, unpacked: Path) -> tuple[int, str]:
        return self.run(unpacked / "install.sh", "upgrade", str(self.settings))

    @property
    def current(self) -> str | None:
        link = self.versions / "current"
        return link.readlink().name if link.is_symlink() else None

    def version_served(self) -> str:
        """What the current version says that it is, at its front door."""
        lines = dict(line.split("=", 1) for line in self.settings.read_text().splitlines())
        address = f"http://127.0.0.1:{lines['CLEARWAY_PORT']}"
        process = subprocess.Popen(
            tied([str(self.versions / "current/bin/clearway"), "serve"], signal.SIGKILL),
            env=operators_environment() | lines, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            deadline = time.monotonic() + START_SECONDS
            while True:
                try:
                    assert httpx.get(f"{address}/health/ready").status_code == 200
                    return str(httpx.get(f"{address}/schema/openapi.json").json()["info"]["version"])
                except httpx.TransportError:
                    assert process.poll() is None, process.communicate()[1]
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
        finally:
            process.terminate()
            process.communicate(timeout=START_SECONDS)


def operators_environment() -> dict[str, str]:
    """A shell without anything of this project's, whose pip would find no registry."""
    return {
        "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PIP_INDEX_URL": "http://127.0.0.1:1/", "PYTHON": sys.executable,
    }  # fmt: skip


def tree_of(version: str, into: Path) -> Path:
    """The sources as they would be at another version."""
    copy_sent(into)
    for name in ("pyproject.toml", "service/app.py"):
        (into / name).write_text((into / name).read_text().replace(f'"{VERSION}"', f'"{version}"', 1))
    return into


def unpack(made: Path, into: Path) -> Path:
    """The folder that a bundle unpacks to."""
    with tarfile.open(made) as tar:
        tar.extractall(into, filter="data")
    return into / made.name.removesuffix(".tar.gz")


def assert_is_described(unpacked: Path) -> None:
    """Every file has its hash, and the bill of materials names the wheels that are there and no others."""
    lines = (unpacked / "SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    files = {path.relative_to(unpacked).as_posix(): path for path in unpacked.rglob("*") if path.is_file()}
    assert sums.keys() == files.keys() - {"SHA256SUMS"}
    assert all(hashlib.sha256(files[name].read_bytes()).hexdigest() == digest for name, digest in sums.items())
    bill = json.loads((unpacked / "sbom.cdx.json").read_text())
    assert bill["bomFormat"] == "CycloneDX"
    named = {(part["name"], part["version"]) for part in [*bill["components"], bill["metadata"]["component"]]}
    wheels = {tuple(path.name.split("-")[:2]) for path in (unpacked / "wheels").iterdir()}
    assert {(normalized(name), version) for name, version in wheels} <= {(normalized(n), v) for n, v in named}
    locked = {line.split(" ")[0] for line in (unpacked / "requirements.txt").read_text().splitlines()}
    assert len(locked) == len(wheels)
    assert not {name for name, _ in wheels} & {"hatchling", "pytest"}, "nothing that only building or testing needs"


@pytest.fixture
def wheels() -> Path:
    """The locked wheels. `make bundle` has fetched them; tests reach no network."""
    if sys.version_info[:2] != (3, 11):
        missing("Python 3.11, for which the bundle is")
    if not bundle.is_whole(bundle.WHEELS):
        missing("the locked wheels, which `make bundle` fetches,")
    return bundle.WHEELS


@pytest.fixture
def machine(empty_database_url: str, tmp_path: Path) -> Machine:
    """A server on which nothing of ours is."""
    values = service_environment(empty_database_url, tmp_path / "store", port=free_port(), host="127.0.0.1")
    (tmp_path / "clearway.env").write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    return Machine(tmp_path / "opt", tmp_path / "clearway.env")


@pytest.mark.prove(minutes=2)
@pytest.mark.skipif(not PROVING, reason="a minute long, and there is no tenth of an installation")
def test_a_server_without_internet_is_installed_upgraded_and_rolled_back(
    machine: Machine, wheels: Path, tmp_path: Path
) -> None:
    made = bundle.make(tmp_path / "made", wheels=wheels)
    again = bundle.make(tmp_path / "again", wheels=wheels)
    assert again.read_bytes() == made.read_bytes(), "the same sources and the same lock give the same bytes"
    first = unpack(made, tmp_path)
    assert_is_described(first)

    damaged = tmp_path / "damaged"
    shutil.copytree(first, damaged, copy_function=os.link)
    victim = max((damaged / "wheels").iterdir(), key=lambda path: path.stat().st_size)
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.unlink()
    victim.write_bytes(content)
    status, printed = machine.upgrade(damaged)
    assert (status, "the bundle is damaged" in printed, machine.current) == (1, True, None), printed

    no_network = ("unshare", "--net") if os.geteuid() == 0 else ()
    status, printed = machine.run(first / "install.sh", "install", wrapper=no_network)
    assert (status, machine.current) == (0, VERSION), printed
    status, printed = machine.upgrade(first)
    assert status == 0, printed
    assert machine.version_served() == VERSION

    second = unpack(bundle.make(tmp_path / "made", wheels=wheels, root=tree_of(NEXT, tmp_path / "tree")), tmp_path)
    assert kill_while_installing(machine, second)
    assert (machine.current, machine.version_served()) == (VERSION, VERSION)
    status, printed = machine.upgrade(second)
    assert (status, machine.current) == (0, NEXT), printed
    assert machine.version_served() == NEXT

    script = machine.versions / "current/bin/clearway-versions"
    status, printed = machine.run(script, "rollback", str(machine.settings))
    assert (status, machine.current) == (0, VERSION), printed
    assert machine.version_served() == VERSION
    status, printed = machine.run(script, "remove", NEXT)
    assert (status, machine.run(script, "list")) == (0, (0, f"{VERSION} current\n")), printed


def kill_while_installing(machine: Machine, unpacked: Path) -> bool:
    """Ends an upgrade while packages are being written; whether it was still at it."""
    process = subprocess.Popen(
        ["sh", str(unpacked / "install.sh"), "upgrade", str(machine.versions), str(machine.settings)],
        env=operators_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    packages = machine.versions / "versions" / NEXT / "lib/python3.11/site-packages"
    while process.poll() is None and not (packages.is_dir() and len(list(packages.iterdir())) > 3):
        time.sleep(0.01)
    was_running = process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return was_running
