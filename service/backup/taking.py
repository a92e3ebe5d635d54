"""Making a backup."""

import asyncio
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from service.backup import postgres_tools, snapshot
from service.backup.copying import Copier, Outcome
from service.backup.pool import Pool
from service.backup.progress import Progress
from service.backup.snapshot import HashedFile, NamedObject, Snapshot
from service.database import Connection, Database
from service.problems import Problem
from service.repositories import backups
from service.repositories.backups import Facts, Named
from storage import ObjectStore
from storage.local_files import NO_ROOM

_WANTED: Final = "wanted.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """`copy` False: the objects are only looked for in the store. `keep` is how many snapshots stay."""

    copy: bool = True
    renditions: bool = True
    keep: int = 14
    tools: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What is backed up: a database by its pool and its address, a store, and whether that is files of this machine."""

    database: Database
    database_url: str
    store: ObjectStore
    store_is_local: bool


@dataclass(slots=True)
class _Found:
    """What the store holds of what the database names, as far as it is known."""

    objects: int = 0
    bytes: int = 0
    missing: list[str] = field(default_factory=list)
    renditions_missing: list[str] = field(default_factory=list)
    cases: list[Outcome] = field(default_factory=list)


async def take(
    place: Place, folder: Path, wishes: Wishes, progress: Progress, *, version: str, now: datetime
) -> Snapshot:
    """Makes a snapshot of the database in `folder` and brings the copies of objects there up to date.

    What the store has lost or damaged is named in the snapshot, which then is not complete; all else is kept. Problems:
    `backup.busy`, `backup.folder_unusable`, `backup.no_room`, `backup.tools_missing`, `backup.tool_failed`.
    """
    with _disk_problems(folder), _locked(folder):
        name = _free_name(folder, now)
        pool = Pool(folder)
        pool.prepare()
        unfinished = snapshot.begin(folder, name)
        taking = _Taking(place, wishes, pool, unfinished, progress)
        try:
            facts, tools = await taking.gather()
            taken = Snapshot(
                name=name,
                clearway=version,
                taken_at=now,
                server_version=facts.server_version,
                tool_major=tools.major,
                migration=facts.migration,
                last_event_id=facts.last_event_id,
                objects_copied=wishes.copy,
                with_renditions=wishes.renditions,
                withdrawn=await taking.settle_cases(),
                objects=taking.found.objects,
                bytes=taking.found.bytes,
                missing=sorted(taking.found.missing),
                renditions_missing=sorted(taking.found.renditions_missing),
                published_cases=taking.published,
            )
            snapshot.finish(folder, unfinished, taken, await asyncio.to_thread(taking.close))
        except BaseException:
            taking.abandon()
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
        if wishes.copy:
            _remove_withdrawn(pool, {outcome.wanted.key for outcome in taking.found.cases})
        snapshot.forget_oldest(folder, wishes.keep)
        return taken


class _Taking:
    """One backup on its way into the folder `unfinished`."""

    def __init__(self, place: Place, wishes: Wishes, pool: Pool, unfinished: Path, progress: Progress) -> None:
        self.found = _Found()
        self.published = 0
        self._place = place
        self._wishes = wishes
        self._pool = pool
        self._unfinished = unfinished
        self._progress = progress
        self._list = HashedFile(unfinished / snapshot.OBJECTS)
        self._sums: dict[str, str] = {}

    async def gather(self) -> tuple[Facts, postgres_tools.Tools]:
        """Dump and copies, at the same time; what is copied is what the dump's own moment names."""
        try:
            async with asyncio.TaskGroup() as group, self._place.database.snapshot() as connection:
                snapshot_id = await backups.export_snapshot(connection)
                facts = await backups.facts(connection)
                tools = postgres_tools.find(
                    "pg_dump", facts.server_version // 10000, with_tls=facts.is_encrypted, folder=self._wishes.tools
                )
                url, target = self._place.database_url, self._unfinished / snapshot.DUMP
                dump = group.create_task(postgres_tools.dump(tools, url, target, snapshot_id=snapshot_id))
                objects, size = await self._write_wanted(connection)
                await self._write_published(connection)
                self._progress.begin("copying" if self._wishes.copy else "checking", objects, size)
                group.create_task(self._bring())
                # The moment need not last longer: a long one keeps the database from cleaning up.
                await dump
        except BaseExceptionGroup as several:
            raise _first_of(several) from several
        self._progress.end()
        self._sums[snapshot.DUMP] = await asyncio.to_thread(self._seal_dump)
        return facts, tools

    async def _write_wanted(self, connection: Connection) -> tuple[int, int]:
        """Writes down what must be there; how many objects that are, and how many bytes as far as it is known."""
        file = HashedFile(self._unfinished / _WANTED)
        objects = size = 0
        try:
            async for item in backups.objects(connection):
                wanted = _wanted(item)
                if self._wishes.renditions or not wanted.can_be_made_again:
                    file.write(snapshot.line_of(wanted))
                    objects += 1
                    size += wanted.size or 0
        finally:
            file.close()
        return objects, size

    async def _write_published(self, connection: Connection) -> None:
        cases = await backups.published(connection)
        self.published = len(cases)
        text = "".join(f"{slug}\t{title}\n" for slug, title in cases)
        self._sums[snapshot.PUBLISHED] = snapshot.write_file(self._unfinished / snapshot.PUBLISHED, text.encode())

    async def _bring(self) -> None:
        copier = Copier(self._place.store, self._place.store_is_local, self._pool, self._progress)
        wanted = snapshot.lines_of(self._unfinished / _WANTED)
        async for outcome in copier.bring(wanted) if self._wishes.copy else copier.check(wanted):
            if outcome.wanted.is_public:
                self.found.cases.append(outcome)
            else:
                self._note(outcome)

    def _note(self, outcome: Outcome) -> None:
        if outcome.held is not None:
            self.found.objects += 1
            self.found.bytes += outcome.held.size or 0
            self._list.write(snapshot.line_of(outcome.held))
        elif outcome.wanted.can_be_made_again:
            self.found.renditions_missing.append(outcome.wanted.key)
        else:
            self.found.missing.append(outcome.wanted.key)

    async def settle_cases(self) -> list[str]:
        """Notes the pictures of cases that are still shown. Returns the others': retracted or changed meanwhile."""
        async with self._place.database.connection() as connection:
            shown = await backups.pictures_shown(connection)
        withdrawn = [item for item in self.found.cases if picture_name(item.wanted.key) not in shown]
        for outcome in withdrawn:
            self._pool.remove(outcome.wanted.key)
            self.found.cases.remove(outcome)
        for outcome in self.found.cases:
            self._note(outcome)
        return sorted(outcome.wanted.key for outcome in withdrawn)

    def close(self) -> dict[str, str]:
        """Makes everything durable; the hashes of the files."""
        self._pool.sync()
        (self._unfinished / _WANTED).unlink()
        return self._sums | {snapshot.OBJECTS: self._list.close()}

    def abandon(self) -> None:
        """Lets go of what is open."""
        self._list.abandon()

    def _seal_dump(self) -> str:
        path = self._unfinished / snapshot.DUMP
        path.chmod(0o600)
        return snapshot.sha256_of(path)


def _wanted(item: Named) -> NamedObject:
    if item.sha256 is not None:
        return NamedObject(item.key, item.size, item.sha256.hex())
    # A rendition's key ends in its own hash.
    return NamedObject(item.key, None, item.key.rpartition("/")[2].partition(".")[0])


def picture_name(key: str) -> str:
    """The name by which the database knows a case's picture and all its files."""
    return key.removeprefix("cases/").partition("-")[0]


def _first_of(several: BaseExceptionGroup) -> BaseException:
    first = several.exceptions[0]
    return _first_of(first) if isinstance(first, BaseExceptionGroup) else first


def _free_name(folder: Path, now: datetime) -> str:
    name, taken, number = snapshot.name_at(now), snapshot.names(folder), 1
    while (free := name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    return free


def _remove_withdrawn(pool: Pool, shown: set[str]) -> None:
    """Removes the pictures that no case shows any more: a retraction reaches the backups with the next one."""
    for key in pool.keys_of_cases():
        if key not in shown:
            pool.remove(key)
    pool.sync()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise Problem("backup.busy", folder=str(folder)) from error
    finally:
        os.close(lock)


@contextmanager
def _disk_problems(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise Problem("backup.no_room", folder=str(folder)) from error
        if error.filename is not None and Path(str(error.filename)).is_relative_to(folder):
            raise Problem("backup.folder_unusable", folder=str(folder), reason=error.strerror or "") from error
        raise
