"""The disk under the originals fills up: the phone is told, nothing is lost, and there being room again is enough."""

import hashlib
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from tests import stores
from tests.api.phones import Phone, offset_of, photo_of_size
from tests.conftest import missing
from tests.people import token
from tests.servers import Server, mounting, service_environment

MEGABYTE = 1024 * 1024
DISK_MEGABYTES = 24
FLOOR_BYTES = 2 * MEGABYTE


@dataclass
class SmallDisk:
    """A server whose store is a small disk, and that disk as seen from outside its namespace."""

    server: Server
    folder: Path

    @property
    def ballast(self) -> Path:
        return self.folder / "ballast"

    def leave_free(self, size: int) -> None:
        """Fills the disk until `size` bytes are free."""
        self.ballast.unlink(missing_ok=True)
        state = os.statvfs(self.folder)
        with self.ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, state.f_bavail * state.f_frsize - size)

    def make_room(self) -> None:
        self.ballast.unlink()


@pytest.fixture
def small_disk(database_url: str, tmp_path: Path) -> Iterator[SmallDisk]:
    stores.only_a_folder("an object store's disks are its own")
    folder = tmp_path / "disk"
    folder.mkdir()
    wrapper = mounting(folder, DISK_MEGABYTES)
    if not wrapper:
        missing("permission to make a mount namespace")
    environment = service_environment(database_url, folder / "store", disk_floor_bytes=FLOOR_BYTES)
    server = Server(environment, tmp_path, wrapper=wrapper)
    server.start()
    yield SmallDisk(server, Path(f"/proc/{server.pid}/root") / folder.relative_to("/"))
    server.stop()


async def test_a_disk_that_fills_up_refuses_without_losing_what_was_acknowledged(small_disk: SmallDisk) -> None:
    chance = random.Random(3)
    earlier, photo = photo_of_size(MEGABYTE, chance), photo_of_size(8 * MEGABYTE, chance)
    earlier_id, photo_id = uuid4(), uuid4()
    async with Phone(small_disk.server.url, token("inspector")) as phone:
        assert (await phone.create(earlier_id, earlier, earlier)).status_code == 201
        location = (await phone.create(photo_id, photo, photo[:MEGABYTE])).headers["Location"]

        small_disk.leave_free(FLOOR_BYTES + 3 * MEGABYTE)
        refused = await phone.patch(location, MEGABYTE, photo[MEGABYTE:])
        assert refused.status_code == 507
        assert refused.json()["code"] == "storage.full"
        assert offset_of(await phone.head(location)) == MEGABYTE

        # There is room for the last piece, and not for the whole beside its pieces.
        small_disk.leave_free(FLOOR_BYTES + 7 * MEGABYTE)
        refused = await phone.patch(location, MEGABYTE, photo[MEGABYTE:])
        assert refused.status_code == 507
        assert offset_of(await phone.head(location)) == MEGABYTE
        kept = await phone.get(f"/api/v1/photos/{earlier_id}/original")
        assert hashlib.sha256(kept.content).digest() == hashlib.sha256(earlier).digest()

        small_disk.make_room()
        assert offset_of(await phone.patch(location, MEGABYTE, photo[MEGABYTE:])) == len(photo)
        original = await phone.get(f"/api/v1/photos/{photo_id}/original")
        assert hashlib.sha256(original.content).digest() == hashlib.sha256(photo).digest()


async def test_below_the_floor_the_server_says_so_before_a_phone_sends(small_disk: SmallDisk) -> None:
    chance = random.Random(4)
    photo, photo_id = photo_of_size(MEGABYTE, chance), uuid4()
    async with Phone(small_disk.server.url, token("inspector")) as phone:
        location = (await phone.create(photo_id, photo, photo[:1000])).headers["Location"]
        assert (await phone.get("/health/ready")).status_code == 200

        small_disk.leave_free(FLOOR_BYTES - 4096)
        assert (await phone.get("/health/ready")).status_code == 503
        assert (await phone.get("/health/live")).status_code == 200
        assert (await phone.create(uuid4(), photo)).status_code == 507
        assert (await phone.patch(location, 1000, photo[1000:])).status_code == 507
        assert offset_of(await phone.head(location)) == 1000

        small_disk.make_room()
        assert (await phone.get("/health/ready")).status_code == 200
        assert offset_of(await phone.patch(location, 1000, photo[1000:])) == len(photo)
