"""Restored into another kind of store and onto another PostgreSQL."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.migrator import migrate
from service.processes import tied
from storage import open_store
from tests import people
from tests.backup.conftest import add_photos
from tests.backup.places import Place, rows_of
from tests.conftest import missing
from tests.s3_servers import S3Server
from tests.servers import free_port

DEBIANS = Path("/usr/lib/postgresql/15/bin")


async def objects_at(place: Place, server: S3Server, url: str) -> dict[str, int]:
    store = open_store(url, server.options())
    try:
        return {
            item.key: item.size
            for family in ("originals/", "renditions/", "cases/", "segments/")
            async for item in store.list(family)
        }
    finally:
        await store.close()


async def test_from_a_folder_into_an_object_store_and_back(
    small: Place, empty: Place, folder: Path, tmp_path: Path, rclone: S3Server
) -> None:
    url = rclone.make_bucket()
    there = Place(empty.database_url, tmp_path / "unused", rclone.environment(url))
    assert (await small.run("backup", str(folder)))[0] == 0
    status, printed = await there.run("restore", str(folder))
    assert status == 0, printed
    sizes = {key: (small.store / key).stat().st_size for key in small.objects()}
    assert await objects_at(there, rclone, url) == sizes

    second = tmp_path / "second"
    status, printed = await there.run("backup", str(second))
    assert (status, "is complete: 12 objects" in printed) == (0, True), printed
    status, printed = await there.run("verify-backup", str(second))
    assert status == 0, printed
    assert (await there.run("backup", str(second), "--no-copy"))[0] == 0


@contextmanager
def debians_postgres(folder: Path) -> Iterator[str]:
    """Debian's PostgreSQL 15 on a new cluster; its address."""
    account = pwd.getpwnam("nobody")
    become = f"map:{account.pw_uid}:{account.pw_gid}" if os.geteuid() == 0 else ""
    folder.mkdir()
    cluster, port = folder / "cluster", free_port()
    (folder / "password").write_text("fifteen")
    access = ["-U", "clearway", "-A", "scram-sha-256", f"--pwfile={folder / 'password'}"]
    command = [str(DEBIANS / "initdb"), "-D", str(cluster), "--no-sync", "-E", "UTF8", "--locale=C.UTF-8", *access]
    subprocess.run(tied(command, signal.SIGKILL, become=become), check=True, capture_output=True)
    settings = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            tied([str(DEBIANS / "postgres"), "-D", str(cluster), *options], signal.SIGQUIT, become=become),
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 30
        while "ready to accept connections" not in (folder / "log").read_text():
            assert server.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield f"postgresql://clearway:fifteen@127.0.0.1:{port}/postgres"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)


@pytest.mark.prove
async def test_from_postgresql_15_to_18_and_back_to_15_but_not_from_18_to_15(
    database_url: str, empty: Place, folder: Path, tmp_path: Path
) -> None:
    if not (DEBIANS / "postgres").exists():
        missing("Debian's PostgreSQL 15")
    with debians_postgres(tmp_path / "fifteen") as url:
        await migrate(url)
        await people.move_in(url)
        old = Place(url, tmp_path / "old-store")
        await add_photos(old, 3, 4000)
        assert (await old.run("backup", str(folder)))[0] == 0
        status, printed = await empty.run("restore", str(folder))
        assert status == 0, printed
        rows = await rows_of(url)
        assert (await rows_of(empty.database_url))["photos"] == rows["photos"]
        assert (await rows_of(empty.database_url))["accounts"] == rows["accounts"]

        newer = tmp_path / "newer"
        assert (await empty.run("backup", str(newer)))[0] == 0
        fifteen = Place(f"{url.rpartition('/')[0]}/again", tmp_path / "again")
        createdb = [str(DEBIANS / "createdb"), f"--maintenance-db={url}", "again"]
        await asyncio.to_thread(subprocess.run, createdb, check=True, capture_output=True)
        status, printed = await fifteen.run("restore", str(newer))
        assert (status, "backup.server_older" in printed) == (1, True), printed
        status, printed = await fifteen.run("restore", str(folder))
        assert status == 0, printed
        assert (await rows_of(fifteen.database_url))["photos"] == rows["photos"]
    shutil.rmtree(tmp_path / "fifteen")
