"""Two tus clients that are not ours upload through a network that cuts connections: nothing is lost or doubled."""

import asyncio
import hashlib
import json
import os
import random
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed
from tusclient.uploader.uploader import Uploader

from tests.api.cutting_proxy import CuttingProxy
from tests.api.phones import photo_of_size
from tests.conftest import PROVING, missing
from tests.node_clients import CLIENTS, install
from tests.people import signed_in, token
from tests.servers import Server

UPLOADS = 200 if PROVING else 20
TOKEN = token("inspector")
AT_ONCE = 4
ATTEMPTS = 200
PATIENCE_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo on the phone's card, and how large its requests are."""

    photo_id: str
    path: Path
    sha256: str
    chunk_size: int


@pytest.fixture(scope="session")
def node() -> Path:
    """A Node.js whose tus-js-client is installed as locked. Missing it fails in CI and skips elsewhere."""
    try:
        return install()
    except (ImportError, OSError, subprocess.SubprocessError) as reason:
        missing(f"tus-js-client ({reason})")
        raise


def take_pictures(folder: Path, count: int, chance: random.Random) -> list[Picture]:
    folder.mkdir()
    pictures: list[Picture] = []
    for _ in range(count):
        content = photo_of_size(chance.randrange(1_000, 600_000), chance)
        picture = Picture(
            photo_id=str(uuid4()),
            path=folder / f"{len(pictures):03}.jpg",
            sha256=hashlib.sha256(content).hexdigest(),
            chunk_size=chance.choice([30_000, 100_000, 1_000_000]),
        )
        picture.path.write_bytes(content)
        pictures.append(picture)
    return pictures


def upload_with_tuspy(endpoint: str, token: str, picture: Picture, chance: random.Random) -> None:
    """tuspy retries a PATCH by itself; creating again after a lost answer is the caller's part."""
    client = TusClient(endpoint, headers={"Authorization": f"Bearer {token}"})
    promise = {"photo_id": picture.photo_id, "sha256": picture.sha256, "filename": picture.path.name}
    checksum = chance.random() < 0.5
    address: str | None = None
    with picture.path.open("rb") as stream:
        for _ in range(ATTEMPTS):
            uploader: Uploader | None = None
            try:
                # A new one each time, as after the phone's battery ran out: it knows the address and nothing else.
                uploader = client.uploader(
                    file_stream=stream,
                    chunk_size=picture.chunk_size,
                    url=address,
                    metadata=promise,
                    retries=3,
                    retry_delay=0.02,
                    upload_checksum=checksum,
                )
                uploader.upload()
            except (TypeError, ValueError):
                # An answer that was cut inside its headers is taken for a whole one whose Upload-Offset is none.
                address = whole_address(uploader)
            except (TusCommunicationError, TusUploadFailed) as failure:
                address = whole_address(uploader) or address
                # Other answers of the kind 4xx would not go away by trying again.
                status = failure.status_code or 0
                if address is not None and 400 <= status < 500 and status not in (409, 423):
                    raise
            else:
                return
    raise AssertionError(f"{picture.path.name} did not arrive in {ATTEMPTS} attempts")


def whole_address(uploader: Uploader | None) -> str | None:
    """The upload's address, unless the answer that brought it was cut in the middle of it."""
    address: str | None = getattr(uploader, "url", None)
    return address if address and re.search(r"/api/v1/uploads/[0-9a-f-]{36}$", address) else None


async def upload_with_tus_js(node: Path, endpoint: str, token: str, pictures: list[Picture]) -> list[dict[str, Any]]:
    plan = {
        "endpoint": endpoint,
        "token": token,
        "concurrency": AT_ONCE,
        "uploads": [
            {
                "path": str(picture.path),
                "photo_id": picture.photo_id,
                "sha256": picture.sha256,
                "chunk_size": picture.chunk_size,
                "with_creation": number % 2 == 0,
            }
            for number, picture in enumerate(pictures)
        ],
    }
    process = await asyncio.create_subprocess_exec(
        node,
        CLIENTS / "upload.mjs",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, problems = await process.communicate(json.dumps(plan).encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, problems.decode()
    return [json.loads(line) for line in output.splitlines()]


async def assert_all_arrived_once(server: Server, database_url: str, pictures: list[Picture]) -> None:
    async with httpx.AsyncClient(base_url=server.url, headers=signed_in("inspector")) as client:
        for picture in pictures:
            original = await client.get(f"/api/v1/photos/{picture.photo_id}/original")
            assert hashlib.sha256(original.content).hexdigest() == picture.sha256
            receipt = await client.get(f"/api/v1/photos/{picture.photo_id}/receipt")
            assert receipt.json()["sha256"] == picture.sha256
    connection = await asyncpg.connect(database_url)
    photos = await connection.fetch("SELECT id, encode(sha256, 'hex') AS sha256 FROM photos")
    events = await connection.fetchval("SELECT count(*) FROM events WHERE kind = 'photo.received'")
    await connection.close()
    assert {(str(photo["id"]), photo["sha256"]) for photo in photos} == {(p.photo_id, p.sha256) for p in pictures}
    assert events == len(pictures)


@pytest.mark.prove
async def test_uploads_over_a_cut_network_all_arrive_once(
    running_server: Server, database_url: str, node: Path, tmp_path: Path
) -> None:
    chance = random.Random(int(os.environ.get("CLEARWAY_SEED", "1")))
    pictures = take_pictures(tmp_path / "card", UPLOADS, chance)
    for_tuspy, for_tus_js = pictures[::2], pictures[1::2]
    turn = asyncio.Semaphore(AT_ONCE)

    async def send_with_tuspy(picture: Picture) -> None:
        async with turn:
            await asyncio.to_thread(upload_with_tuspy, endpoint, TOKEN, picture, random.Random(picture.photo_id))

    async with CuttingProxy(running_server.port, seed=chance.randrange(2**32), reach_bytes=200_000) as proxy:
        endpoint = f"http://127.0.0.1:{proxy.port}/api/v1/uploads"
        async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
            from_tus_js = group.create_task(upload_with_tus_js(node, endpoint, TOKEN, for_tus_js))
            for picture in for_tuspy:
                group.create_task(send_with_tuspy(picture))
        assert proxy.cuts >= UPLOADS, "the network was too kind to prove anything"
        # Whether the rarest kinds happen among so few connections as a tenth needs is chance.
        common = {"spared", "cut_request", "cut_answer", "swallowed_answer"}
        kinds = common | {"cut_at_a_moment", "vanished"} if PROVING else common
        assert proxy.seen.keys() >= kinds, f"not every kind of cut has happened: {proxy.seen}"
    assert [result["error"] for result in from_tus_js.result()] == [None] * len(for_tus_js)
    await assert_all_arrived_once(running_server, database_url, pictures)
