"""Bringing a backup into an empty place, or a database back beside a store that survived.

The order is that of the service: objects first, then the rows that name them, all rows in one transaction. A mark in
the store says that a restore of this backup has begun and not ended, so one that was killed goes on where it was.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from service import migrator
from service.backup import postgres_tools, snapshot
from service.backup.batches import in_batches
from service.backup.pool import Pool
from service.backup.progress import Progress
from service.backup.snapshot import NamedObject, Snapshot
from service.backup.taking import Place, picture_name
from service.backup.verifying import Verified, verify
from service.database import UNMIGRATED
from service.problems import Problem
from service.repositories import backups
from storage import AlreadyStored, DigestMismatch, ObjectMissing, ObjectStore, StoreFull

WORKERS: Final = 4
PIECE: Final = 512 * 1024
MARKS: Final = "segments/restore/"
FAMILIES: Final = ("originals/", "segments/", "renditions/", "cases/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """`store_survived`: the store holds objects already, and pictures that it lacks stay away. `accept_missing`: a
    backup that is not complete is better than none. `sizes_only`: copies are hashed only as they are brought in.
    """

    snapshot: str | None = None
    store_survived: bool = False
    accept_missing: bool = False
    sizes_only: bool = False
    tools: Path | None = None


@dataclass(slots=True)
class Restored:
    """What was brought back. `doubtful` are public cases whose pictures were withdrawn after the snapshot; `again` the
    photos whose renditions a worker has to make anew; `unmigrated` the migrations that the database still needs.
    """

    snapshot: Snapshot
    place: Path
    brought: int = 0
    doubtful: list[str] = field(default_factory=list)
    again: int = 0
    unmigrated: int = 0


async def restore(place: Place, folder: Path, choices: Choices, progress: Progress) -> Restored:
    """Restores the chosen snapshot, or the newest. Nothing is changed before everything is known to be right.

    Problems, all before the first change: `backup.not_found`, `backup.damaged`, `backup.format_unknown`,
    `backup.incomplete`, `backup.clearway_older`, `backup.server_older`, `backup.tools_missing`,
    `backup.database_not_empty`, `backup.store_not_empty`, `backup.store_lacks`. Later ones can be mended and the
    restore repeated: `backup.tool_failed`, `storage.full`.
    """
    verified = await verify(folder, choices.snapshot, progress, sizes_only=choices.sizes_only)
    verified.require_whole(folder)
    if verified.snapshot.missing and not choices.accept_missing:
        raise Problem("backup.incomplete", snapshot=verified.snapshot.name, missing=len(verified.snapshot.missing))
    if verified.snapshot.migration > len(migrator.packaged()):
        raise Problem("backup.clearway_older", clearway=verified.snapshot.clearway)
    restoring = _Restoring(place, folder, verified, choices, progress)
    tools = await restoring.see_that_it_can_be_done()
    await restoring.bring_objects()
    await restoring.bring_rows(tools)
    return await restoring.conclude()


class _Restoring:
    """One restore. `mark` is the key under which the store remembers it."""

    def __init__(self, place: Place, folder: Path, verified: Verified, choices: Choices, progress: Progress) -> None:
        self._database, self._url, self._store = place.database, place.database_url, place.store
        self._snapshot = verified.snapshot
        self._folder = snapshot.folder_of_snapshots(folder) / verified.snapshot.name
        self._pool = Pool(folder)
        self._choices = choices
        self._progress = progress
        self._withdrawn = {*verified.withdrawn, *verified.snapshot.withdrawn}
        self._leave = set(verified.withdrawn)
        sums = (self._folder / snapshot.SUMS).read_bytes()
        self._mark = f"{MARKS}{verified.snapshot.name}-{hashlib.sha256(sums).hexdigest()[:16]}"
        self._is_resumed = False
        self._has_rows = False
        self.restored = Restored(verified.snapshot, self._folder)

    async def see_that_it_can_be_done(self) -> postgres_tools.Tools:
        """Everything that can be known beforehand. The first change is the mark, at its end."""
        async with self._database.connection() as connection:
            server = await backups.server(connection)
            self._has_rows = not await backups.is_empty(connection)
        dumped_from = self._snapshot.server_version // 10000
        if server.version // 10000 < dumped_from:
            raise Problem("backup.server_older", server=server.version // 10000, major=dumped_from)
        tools = postgres_tools.find(
            "psql", self._snapshot.tool_major, with_tls=server.is_encrypted, folder=self._choices.tools
        )
        self._is_resumed = await _is_there(self._store, self._mark)
        if self._has_rows and not (self._is_resumed and await self._rows_are_these()):
            raise Problem("backup.database_not_empty")
        if not self._is_resumed and not self._choices.store_survived:
            for family in FAMILIES:
                async for found in self._store.list(family):
                    raise Problem("backup.store_not_empty", key=found.key)
        if not self._snapshot.objects_copied:
            await self._require_objects_in_store()
        await self._store.put(self._mark, b"A restore has begun and not ended.\n")
        return tools

    async def _rows_are_these(self) -> bool:
        try:
            async with self._database.connection() as connection:
                facts = await backups.facts(connection)
        except UNMIGRATED:
            return False
        return (facts.migration, facts.last_event_id) == (self._snapshot.migration, self._snapshot.last_event_id)

    async def _require_objects_in_store(self) -> None:
        """A backup without copies is one of the database; the objects must have survived where they are."""
        lacking: list[str] = []
        self._progress.begin("checking", self._snapshot.objects, self._snapshot.bytes)
        async for batch in in_batches(self._listed(), WORKERS, self._lacking):
            for item in batch:
                if item.is_public:
                    self._withdrawn.add(item.key)
                else:
                    lacking.append(item.key)
        self._progress.end()
        if lacking and not self._choices.accept_missing:
            raise Problem("backup.store_lacks", missing=len(lacking), first=min(lacking))

    async def _lacking(self, batch: Sequence[NamedObject]) -> list[NamedObject]:
        lacking = [item for item in batch if not await self._holds(item)]
        self._progress.advance(len(batch), sum(item.size or 0 for item in batch))
        return lacking

    def _listed(self) -> Iterator[NamedObject]:
        return snapshot.lines_of(self._folder / snapshot.OBJECTS)

    async def bring_objects(self) -> None:
        """Puts into the store what it lacks."""
        if not self._snapshot.objects_copied:
            return
        self._progress.begin("bringing", self._snapshot.objects, self._snapshot.bytes)
        async for brought in in_batches(self._listed(), WORKERS, self._bring_batch, 4):
            self.restored.brought += brought
        self._progress.end()

    async def _bring_batch(self, batch: Sequence[NamedObject]) -> int:
        brought = 0
        for item in batch:
            if item.key not in self._leave:
                brought += await self._bring(item)
            self._progress.advance(1, item.size or 0)
        return brought

    async def _bring(self, item: NamedObject) -> int:
        try:
            if (self._is_resumed or self._choices.store_survived) and await self._holds(item):
                return 0
            if item.is_public and self._choices.store_survived:
                # The store is the younger witness: what it has deleted was retracted.
                self._withdrawn.add(item.key)
                return 0
            await _bring_in(self._store, self._pool.path(item.key), item)
        except AlreadyStored as error:
            raise Problem("backup.store_differs", key=item.key) from error
        except (DigestMismatch, FileNotFoundError) as error:
            raise Problem("backup.damaged", folder=str(self._pool.root), damaged=1, first=item.key) from error
        except StoreFull as error:
            raise Problem("storage.full") from error
        return 1

    async def _holds(self, item: NamedObject) -> bool:
        try:
            if (await self._store.stat(item.key)).size != item.size:
                return False
        except ObjectMissing:
            return False
        if self._choices.sizes_only or not self._choices.store_survived:
            # What a restore of ours has put there is whole: a store shows nothing else.
            return True
        digest = hashlib.sha256()
        async for piece in self._store.read(item.key):
            digest.update(piece)
        return digest.hexdigest() == item.sha256

    async def bring_rows(self, tools: postgres_tools.Tools) -> None:
        """All rows, or none."""
        if self._has_rows:
            return
        self._progress.begin("rows")
        told = 0

        def tell(sent: int) -> None:
            nonlocal told
            self._progress.advance(0, sent - told)
            told = sent

        await postgres_tools.restore(tools, self._folder / snapshot.DUMP, self._url, tell)
        self._progress.end()

    async def conclude(self) -> Restored:
        """What the dump could not know; then the mark goes, and the place is a service again."""
        done = self.restored
        async with self._database.transaction() as connection:
            if not self._snapshot.with_renditions:
                done.again = await backups.render_all_again(connection)
            elif self._snapshot.renditions_missing:
                done.again = await backups.render_again(connection, self._snapshot.renditions_missing)
            names = [picture_name(key) for key in self._withdrawn]
            done.doubtful = await backups.slugs_of_pictures(connection, names)
            await backups.analyze(connection)
        done.unmigrated = len(migrator.packaged()) - self._snapshot.migration
        await self._store.delete(self._mark)
        return done


async def _is_there(store: ObjectStore, key: str) -> bool:
    try:
        await store.stat(key)
    except ObjectMissing:
        return False
    return True


async def _bring_in(store: ObjectStore, source: Path, item: NamedObject) -> None:
    if not item.key.startswith("originals/"):
        data = await asyncio.to_thread(source.read_bytes)
        if hashlib.sha256(data).hexdigest() != item.sha256:
            raise DigestMismatch("sha256")
        await store.put(item.key, data)
        return
    writer = store.begin_segment(f"{MARKS}{secrets.token_hex(16)}")
    try:
        with source.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, PIECE):
                await writer.write(piece)
        await writer.seal(lambda _: item.key, expected={"sha256": bytes.fromhex(item.sha256)})
    finally:
        await writer.discard()
