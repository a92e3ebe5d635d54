"""`make bundle`: everything that a server without internet needs to run this version, in one file.

dist/clearway-VERSION-linux-amd64.tar.gz holds the wheels of the lock that Clearway needs when it runs, its own wheel,
a lock with the hash of each, SHA256SUMS, a bill of materials and the script that installs, upgrades and rolls back.
Needs nothing but Python with pip: what builds our wheel comes out of the same lock. The same sources and the same lock
give the same bytes, whatever the machine and the hour.
"""

import argparse
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from deploy import sbom
from deploy.wheels import Wheel, needed_by, read_wheel

ROOT: Final = Path(__file__).resolve().parents[1]
WHEELS: Final = ROOT / ".clearway/wheels"
"""Where fetched wheels are kept: the next bundle fetches only what has changed."""

PYTHON: Final = "3.11"
GLIBC: Final = 28
"""Wheels are taken for glibc 2.28 or older, so that the bundle also runs on distributions older than Debian 12."""

SINCE: Final = 1580601600
"""The time of every file, the same as in the wheels that hatchling makes; SOURCE_DATE_EPOCH sets another."""

COPIED: Final = {
    "deploy/versions.sh": "install.sh",
    "deploy/nginx.conf": "nginx.conf",
    "deploy/clearway.env": "clearway.env",
    "deploy/clearway-web.service": "systemd/clearway-web.service",
    "deploy/clearway-worker.service": "systemd/clearway-worker.service",
    "docs/deployment.md": "README.md",
    "docs/object-storage.md": "object-storage.md",
}
EXECUTABLE: Final = {"install.sh"}


class BundleError(Exception):
    """A wheel is missing or not what the lock says; the text is pip's."""


def main() -> None:
    """Writes the bundle and says what is in it."""
    parser = argparse.ArgumentParser(description="Make the bundle for servers without internet.")
    parser.add_argument("--into", type=Path, default=ROOT / "dist", help="folder of the bundle (default: dist)")
    parser.add_argument("--wheels", type=Path, help="take the locked wheels from this folder, not from the network")
    parser.add_argument("--fetch", action="store_true", help=f"only fetch the locked wheels into {WHEELS.name}")
    arguments = parser.parse_args()
    try:
        if arguments.wheels is None and not is_whole(WHEELS):
            print("fetching the locked wheels ...", flush=True)
            fetch(ROOT / "requirements.txt", WHEELS, None)
        if arguments.fetch:
            return
        print("making the bundle ...", flush=True)
        made = make(arguments.into, wheels=arguments.wheels or WHEELS)
    except BundleError as error:
        raise SystemExit(str(error)) from error
    print(f"{made}  {made.stat().st_size / 1e6:.1f} MB\nsha256 {hashlib.sha256(made.read_bytes()).hexdigest()}")


def is_whole(wheels: Path) -> bool:
    """Whether a folder has every wheel of the lock."""
    if not wheels.is_dir():
        return False
    with tempfile.TemporaryDirectory(prefix="clearway-bundle-") as work:
        try:
            fetch(ROOT / "requirements.txt", Path(work), wheels)
        except BundleError:
            return False
    return True


def make(into: Path, *, wheels: Path, root: Path = ROOT) -> Path:
    """Makes the bundle in the folder `into` and returns its path. `wheels`: a folder with every locked wheel."""
    version = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    name = f"clearway-{version}-linux-amd64"
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="clearway-bundle-") as work:
        given = Path(work, "given")
        fetch(root / "requirements.txt", given, wheels)
        own = build(root, given, Path(work))
        folder = Path(work, name)
        compose(folder, own, [read_wheel(path) for path in sorted(given.glob("*.whl"))], version, root)
        made = into / f"{name}.tar.gz"
        pack(folder, made)
    return made


def fetch(lock: Path, into: Path, wheels: Path | None) -> None:
    """Every wheel of the lock for amd64, whatever machine this is, from a folder or, without one, from the network.

    pip refuses a hash that the lock does not know.
    """
    platforms = [f"manylinux_2_{minor}_x86_64" for minor in range(GLIBC, 4, -1)]
    platforms += ["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"]
    for_server = ["--only-binary=:all:", "--implementation=cp", f"--python-version={PYTHON}"]
    for_server += [f"--abi={abi}" for abi in (f"cp{PYTHON.replace('.', '')}", "abi3", "none")]
    for_server += [f"--platform={platform}" for platform in platforms]
    source = [] if wheels is None else ["--no-index", f"--find-links={wheels}"]
    _pip("download", "--no-deps", "--require-hashes", *for_server, *source, f"--dest={into}", f"--requirement={lock}")


def build(root: Path, given: Path, work: Path) -> Wheel:
    """Our own wheel, made by what the lock names for making it."""
    tools, made = work / "tools", work / "own"
    _pip("install", "--no-index", f"--find-links={given}", f"--target={tools}", "hatchling", "editables")
    environment = os.environ | {"PYTHONPATH": str(tools), "SOURCE_DATE_EPOCH": str(_time()), "PYTHONSAFEPATH": ""}
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(made)]
    subprocess.run(command, cwd=root, env=environment, check=True, capture_output=True)
    sys.path.append(str(tools))  # its `packaging` reads the conditions of requirements
    return read_wheel(next(made.glob("*.whl")))


def compose(folder: Path, own: Wheel, given: Sequence[Wheel], version: str, root: Path) -> None:
    """Lays out the bundle in `folder`."""
    needed = needed_by(own, given, PYTHON)
    (folder / "wheels").mkdir(parents=True)
    for wheel in (own, *needed):
        shutil.copyfile(wheel.path, folder / "wheels" / wheel.path.name)
    lines = [f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}" for wheel in (own, *needed)]
    _write(folder / "requirements.txt", "\n".join(sorted(lines)) + "\n")
    _write(folder / "sbom.cdx.json", sbom.write(own, needed, PYTHON))
    _write(folder / "VERSION", f"{version}\n")
    for source, name in COPIED.items():
        _write(folder / name, (root / source).read_text("utf-8"))
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    _write(folder / "SHA256SUMS", "\n".join(sums) + "\n")


def pack(folder: Path, into: Path) -> None:
    """The folder as .tar.gz: nobody's files, of one time, in one order."""
    unfinished = into.with_name(f".{into.name}.unfinished")

    def bare(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        member.mtime = _time()
        plain = member.isdir() or Path(member.name).name in EXECUTABLE
        member.mode = 0o755 if plain else 0o644
        return member

    # Level 1: wheels are compressed already.
    with (
        unfinished.open("wb") as file,
        gzip.GzipFile("", "wb", 1, file, mtime=_time()) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        for path in [folder, *sorted(folder.rglob("*"))]:
            tar.add(path, path.relative_to(folder.parent).as_posix(), recursive=False, filter=bare)
    unfinished.replace(into)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def _time() -> int:
    return int(os.environ.get("SOURCE_DATE_EPOCH", SINCE))


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BundleError(f"pip {arguments[0]} failed:\n{done.stdout}{done.stderr}")


if __name__ == "__main__":
    main()
