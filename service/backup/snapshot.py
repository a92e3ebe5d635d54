"""What is written about one backup, and how it is found and read again."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Final

import msgspec

from service.problems import Problem

FORMAT: Final = 1
DUMP: Final = "database.dump"
OBJECTS: Final = "objects.jsonl"
PUBLISHED: Final = "published.txt"
SNAPSHOT: Final = "snapshot.json"
SUMS: Final = "SHA256SUMS"
UNFINISHED: Final = ".unfinished-"
_BLOCK: Final = 1024 * 1024


class NamedObject(msgspec.Struct, frozen=True):
    """A line of `objects.jsonl`: an object and what it holds. `size` in bytes, `sha256` in hex.

    While a backup is being made `size` may be unknown: of a rendition the database keeps only the key.
    """

    key: str
    size: int | None
    sha256: str

    @property
    def can_be_made_again(self) -> bool:
        """Whether a worker makes it anew from an original."""
        return self.key.startswith("renditions/")

    @property
    def is_public(self) -> bool:
        """Whether it is a picture of a published case, which a retraction takes away."""
        return self.key.startswith("cases/")


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One backup. `missing` and `renditions_missing` are keys that the database names and the store does not hold."""

    format: int = FORMAT
    name: str
    clearway: str
    taken_at: datetime
    server_version: int
    tool_major: int
    migration: int
    last_event_id: int
    objects_copied: bool
    with_renditions: bool
    objects: int
    bytes: int
    missing: list[str]
    renditions_missing: list[str]
    withdrawn: list[str]
    published_cases: int

    @property
    def is_complete(self) -> bool:
        """Whether everything that cannot be made again was there."""
        return not self.missing


class HashedFile:
    """A new file, readable by its owner only, that knows the hash of what was written into it."""

    def __init__(self, path: Path) -> None:
        self._file = FileIO(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
        self._digest = hashlib.sha256()
        self._waiting = bytearray()

    def write(self, data: bytes) -> None:
        """Append."""
        self._waiting += data
        if len(self._waiting) >= _BLOCK:
            self._flush()

    def _flush(self) -> None:
        self._digest.update(self._waiting)
        rest = memoryview(self._waiting)
        while rest:
            rest = rest[os.write(self._file.fileno(), rest) :]
        del rest
        self._waiting.clear()

    def close(self) -> str:
        """Make it durable; returns its SHA-256 in hex."""
        with self._file:
            self._flush()
            os.fsync(self._file.fileno())
        return self._digest.hexdigest()

    def abandon(self) -> None:
        """Close it as it is."""
        self._file.close()


def write_file(path: Path, data: bytes) -> str:
    """A small file, durable; returns its SHA-256 in hex."""
    file = HashedFile(path)
    file.write(data)
    return file.close()


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def folder_of_snapshots(folder: Path) -> Path:
    """Where the snapshots of a backup folder lie."""
    return folder / "snapshots"


def name_at(moment: datetime) -> str:
    """The name of a backup that is taken at this moment; sorted by name they are sorted by time."""
    return moment.astimezone(UTC).strftime("%Y%m%dt%H%M%Sz")


def names(folder: Path) -> list[str]:
    """The finished snapshots, oldest first. 404 `backup.not_found` where there is no backup folder."""
    try:
        return sorted(
            entry.name
            for entry in folder_of_snapshots(folder).iterdir()
            if entry.is_dir() and not entry.name.startswith(".")
        )
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise Problem("backup.folder_unusable", folder=str(folder), reason=error.strerror or "") from error


def begin(folder: Path, name: str) -> Path:
    """The folder of a snapshot in the making; what earlier ones left is removed."""
    parent = folder_of_snapshots(folder)
    parent.mkdir(mode=0o700, exist_ok=True)
    for entry in parent.iterdir():
        if entry.name.startswith(UNFINISHED):
            shutil.rmtree(entry, ignore_errors=True)
    unfinished = parent / f"{UNFINISHED}{name}"
    unfinished.mkdir(mode=0o700)
    return unfinished


def finish(folder: Path, unfinished: Path, snapshot: Snapshot, sums: dict[str, str]) -> None:
    """Writes what is left and gives the snapshot its name. `sums`: the hashes of its other files."""
    sums[SNAPSHOT] = write_file(unfinished / SNAPSHOT, msgspec.json.format(msgspec.json.encode(snapshot)) + b"\n")
    write_file(unfinished / SUMS, "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode())
    sync_folder(unfinished)
    unfinished.rename(folder_of_snapshots(folder) / snapshot.name)
    sync_folder(folder_of_snapshots(folder))
    sync_folder(folder)


def forget_oldest(folder: Path, keep: int) -> None:
    """Removes all but the newest `keep` snapshots; the newest one that is complete stays in any case."""
    known = names(folder)
    parent = folder_of_snapshots(folder)
    whole = [name for name in known if _is_complete(parent / name)]
    for name in known[:-keep]:
        if name != (whole or [""])[-1]:
            # Renamed first, so that there is never half of one.
            (parent / name).rename(parent / f"{UNFINISHED}{name}")
            shutil.rmtree(parent / f"{UNFINISHED}{name}", ignore_errors=True)


def _is_complete(place: Path) -> bool:
    try:
        return msgspec.json.decode((place / SNAPSHOT).read_bytes(), type=Snapshot).is_complete
    except (OSError, msgspec.MsgspecError):
        return False


def read(folder: Path, name: str | None) -> tuple[Snapshot, Path]:
    """The named snapshot, or the newest, and its folder; every file of it is as it was written.

    404 `backup.not_found`, 422 `backup.damaged` and `backup.format_unknown`.
    """
    known = names(folder)
    if not known or (name is not None and name not in known):
        raise Problem("backup.not_found", folder=str(folder), snapshot=name or "")
    place = folder_of_snapshots(folder) / (name or known[-1])
    damaged = _damaged_files(place)
    if damaged:
        raise Problem("backup.damaged", folder=str(place), damaged=len(damaged), first=damaged[0])
    try:
        snapshot = msgspec.json.decode((place / SNAPSHOT).read_bytes(), type=Snapshot)
    except msgspec.ValidationError as error:
        raise Problem("backup.format_unknown", folder=str(place), reason=str(error)) from error
    if snapshot.format != FORMAT:
        raise Problem("backup.format_unknown", folder=str(place), reason=f"format {snapshot.format}")
    return snapshot, place


def _damaged_files(place: Path) -> list[str]:
    try:
        lines = (place / SUMS).read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return [SUMS]
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    if sums.keys() != {DUMP, OBJECTS, PUBLISHED, SNAPSHOT}:
        return [SUMS]
    return [name for name, digest in sums.items() if not _holds(place / name, digest)]


def _holds(path: Path, digest: str) -> bool:
    try:
        return sha256_of(path) == digest
    except OSError:
        return False


def lines_of(path: Path) -> Iterator[NamedObject]:
    """The objects of a list, one at a time."""
    decoder = msgspec.json.Decoder(NamedObject)
    with path.open("rb") as file:
        for line in file:
            yield decoder.decode(line)


def line_of(item: NamedObject) -> bytes:
    """One line of such a list."""
    return msgspec.json.encode(item) + b"\n"
