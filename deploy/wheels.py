"""What a wheel says about itself, and which wheels another one needs to run."""

import hashlib
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from pathlib import Path


class WheelError(Exception):
    """A wheel is not one, or needs what is not there."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """One file. `name` is the normalized name of the package."""

    path: Path
    name: str
    version: str
    sha256: str
    metadata: Message = field(compare=False, repr=False)
    materials: tuple[str, ...] = ()
    """Bills of materials that the wheel carries itself (PEP 770), for what is compiled into it."""


def read_wheel(path: Path) -> Wheel:
    """The wheel in a file. WheelError when it has no description of itself."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        descriptions = [name for name in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)]
        if len(descriptions) != 1:
            raise WheelError(f"{path.name} has no METADATA")
        metadata = BytesParser().parsebytes(archive.read(descriptions[0]))
    materials = tuple(sorted(name for name in names if "/sboms/" in name and name.endswith(".json")))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Wheel(path, normalized(metadata["Name"]), metadata["Version"], sha256, metadata, materials)


def normalized(name: str) -> str:
    """PEP 503: "The name should be lowercased with all runs of the characters ., -, or _ replaced with a single -"."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(wheel: Wheel, extras: Iterable[str], python: str) -> list[tuple[str, frozenset[str]]]:
    """The packages, with their extras, that a wheel needs on Linux on amd64."""
    from packaging.requirements import Requirement

    server = {
        "implementation_name": "cpython",
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{python}.2",
        "python_version": python,
        "sys_platform": "linux",
    }
    found = []
    for text in wheel.metadata.get_all("Requires-Dist", []):
        requirement = Requirement(text)
        conditions = [server | {"extra": extra} for extra in ("", *extras)]
        if requirement.marker is None or any(requirement.marker.evaluate(condition) for condition in conditions):
            found.append((normalized(requirement.name), frozenset(requirement.extras)))
    return sorted(found, key=lambda entry: (entry[0], sorted(entry[1])))


def needed_by(own: Wheel, given: Sequence[Wheel], python: str) -> list[Wheel]:
    """The wheels that `own` needs when it runs, by name. WheelError when the lock lacks one."""
    known = {wheel.name: wheel for wheel in given}
    seen: set[tuple[str, frozenset[str]]] = set()
    ahead = [(own, frozenset[str]())]
    while ahead:
        wheel, extras = ahead.pop()
        for name, wanted in requirements(wheel, extras, python):
            if name not in known:
                raise WheelError(f"{wheel.name} needs {name}, which the lock does not have")
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                ahead.append((known[name], wanted))
    return [known[name] for name in sorted({name for name, _ in seen})]
