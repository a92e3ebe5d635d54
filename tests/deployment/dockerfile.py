"""The Dockerfile carried out without a container engine: its own words, on root folders that debootstrap makes.

It knows the few instructions that our Dockerfile uses and refuses all others, so that nothing is skipped unseen. What
an engine adds beyond them (layers, its network, its seccomp profile, limits) is not there.
"""

import fnmatch
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEBIAN = {"debian:bookworm-slim": "bookworm"}


@dataclass(slots=True)
class Stage:
    """One `FROM` and what follows it."""

    base: str
    name: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def last(self, instruction: str) -> str:
        """What the last instruction of a kind says."""
        return [text for name, text in self.instructions if name == instruction][-1]

    @property
    def environment(self) -> dict[str, str]:
        """What ENV sets."""
        pairs = [pair for name, text in self.instructions if name == "ENV" for pair in text.split()]
        return dict(pair.split("=", 1) for pair in pairs)


def read(path: Path = ROOT / "Dockerfile") -> list[Stage]:
    """The stages of a Dockerfile."""
    text = re.sub(r"^#.*\n", "", path.read_text("utf-8"), flags=re.MULTILINE)
    stages: list[Stage] = []
    for line in text.replace("\\\n", " ").splitlines():
        name, _, said = line.strip().partition(" ")
        if name == "FROM":
            base, _, called = said.partition(" AS ")
            stages.append(Stage(base, called.strip()))
        elif name:
            stages[-1].instructions.append((name, " ".join(said.split())))
    return stages


def debootstrap(suite: str, root: Path) -> None:
    """What `debian:SUITE-slim` begins with: the packages that every Debian has, and apt."""
    subprocess.run(
        ["debootstrap", "--variant=minbase", suite, str(root)],
        check=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
    )


def build(stage: Stage, built: dict[str, Path], base: Path, root: Path) -> None:
    """Carries out the instructions of a stage in `root`; `built`: the stages before it, `base`: a fresh Debian."""
    assert stage.base in DEBIAN, stage.base
    # Not copytree, which would read a device to its end; /dev/full has none.
    subprocess.run(["cp", "-a", f"{base}/.", str(root)], check=True)
    for name, text in stage.instructions:
        match name:
            case "COPY":
                _copy(text.split(), built, root)
            case "RUN":
                _run(json.loads(text), root)
            case "ARG" | "ENV" | "USER" | "WORKDIR" | "EXPOSE" | "STOPSIGNAL" | "HEALTHCHECK" | "ENTRYPOINT" | "CMD":
                pass  # said for running, or not given
            case _:
                raise AssertionError(f"{name} is not known here")


def copy_root(source: Path, into: Path) -> None:
    """A folder with its owners, links and device nodes. Not shutil's copy, which would read /dev/zero to its end."""
    into.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "--archive", f"{source}/.", str(into)], check=True, capture_output=True)


def _copy(words: list[str], built: dict[str, Path], root: Path) -> None:
    *sources, into = [word for word in words if not word.startswith("--from=")]
    from_stage = [word.removeprefix("--from=") for word in words if word.startswith("--from=")]
    for source in sources:
        target = root / into.lstrip("/")
        if from_stage:
            copy_root(built[from_stage[0]] / source.lstrip("/"), target)
        elif source == ".":
            copy_sent(target)
        else:
            target = target / Path(source).name if into.endswith("/") else target
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, target)


def copy_sent(into: Path) -> None:
    """The sources as an engine is given them."""
    for path in sent():
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, into / path)


def sent() -> Iterator[str]:
    """The files that .dockerignore lets through."""
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert rules[0] == "*", "everything is left out that is not named"
    named = {rule[1:] for rule in rules if rule[0] == "!"}
    refused = [rule.removeprefix("**/") for rule in rules[1:] if rule[0] != "!"]
    for top in sorted(named):
        assert (ROOT / top).exists(), f".dockerignore names {top}, which is not there"
        for path in [ROOT / top, *sorted((ROOT / top).rglob("*"))]:
            parts = path.relative_to(ROOT).parts
            if path.is_file() and not any(fnmatch.fnmatch(part, rule) for part in parts for rule in refused):
                yield "/".join(parts)


def _run(command: list[str], root: Path) -> None:
    """RUN, with the network and the registries of this machine, as an engine would lend them for building."""
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
    lent = {"/etc/resolv.conf": "etc/resolv.conf", "/etc/hosts": "etc/hosts"}
    if certificates := os.environ.get("PIP_CERT"):
        lent[certificates] = "run/certificates"
        environment["PIP_CERT"] = "/run/certificates"
    if index := os.environ.get("PIP_INDEX_URL"):
        environment["PIP_INDEX_URL"] = index
    steps = []
    for source, place in lent.items():
        (root / place).touch()
        steps.append(f"mount --bind {source} {root}/{place}")
    steps += [f"mount -t proc proc {root}/proc", f'exec env -i "$@" chroot {root} {" ".join(command)}']
    done = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", "\n".join(steps), "sh"]
        + [f"{name}={value}" for name, value in environment.items()],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    (root / "run/certificates").unlink(missing_ok=True)
    assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-4000:]}"
