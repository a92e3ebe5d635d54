"""Whether a backup is still what was written: every file and every copy is read and hashed again."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from service.backup import snapshot
from service.backup.batches import in_batches
from service.backup.pool import Pool
from service.backup.progress import Progress
from service.backup.snapshot import NamedObject, Snapshot
from service.problems import Problem

WORKERS: Final = 2


@dataclass(slots=True)
class Verified:
    """`damaged` are the keys of copies that are gone or changed; `withdrawn` those that a later backup removed, because
    their cases had been retracted or changed by then.
    """

    snapshot: Snapshot
    damaged: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)

    def require_whole(self, folder: Path) -> None:
        """422 `backup.damaged` when a copy is."""
        if self.damaged:
            raise Problem("backup.damaged", folder=str(folder), damaged=len(self.damaged), first=self.damaged[0])


async def verify(folder: Path, name: str | None, progress: Progress, *, sizes_only: bool = False) -> Verified:
    """Reads a snapshot and all that it names. Problems: `backup.not_found`, `backup.damaged` (of the snapshot's own
    files), `backup.format_unknown`. `sizes_only` looks at the copies' sizes and reads none.
    """
    found, place = await asyncio.to_thread(snapshot.read, folder, name)
    verified = Verified(found)
    if not found.objects_copied:
        return verified
    pool = Pool(folder)
    is_newest = found.name == snapshot.names(folder)[-1]

    def look(batch: Sequence[NamedObject]) -> list[NamedObject]:
        wrong = []
        for item in batch:
            if not (pool.size(item.key) == item.size and (sizes_only or _holds(pool.path(item.key), item.sha256))):
                wrong.append(item)
            progress.advance(1, item.size or 0)
        return wrong

    async def work(batch: Sequence[NamedObject]) -> list[NamedObject]:
        return await asyncio.to_thread(look, batch)

    progress.begin("verifying", found.objects, found.bytes)
    async for wrong in in_batches(snapshot.lines_of(place / snapshot.OBJECTS), WORKERS, work):
        for item in wrong:
            is_withdrawn = item.is_public and not is_newest and pool.size(item.key) is None
            (verified.withdrawn if is_withdrawn else verified.damaged).append(item.key)
    progress.end()
    return verified


def _holds(path: Path, sha256: str) -> bool:
    try:
        return snapshot.sha256_of(path) == sha256
    except OSError:
        return False
