"""The steps of the Dockerfile, carried out on root folders by the script that an engine would run."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests import samples
from tests.api.photo_client import digest_of
from tests.conftest import PROVING, missing
from tests.deployment import dockerfile
from tests.people import move_in, signed_in
from tests.servers import START_SECONDS, free_port, service_environment

USER = 10001
BUILDING = ("gcc", "cc", "make", "pip", "pip3", "g++")


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Path]]:
    """The root folders of both stages, made as the Dockerfile says."""
    if not PROVING:
        pytest.skip("two Debians, and there is no tenth of them")
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        missing("root, and debootstrap")
    folder = tmp_path_factory.mktemp("image")
    try:
        base = folder / "base"
        dockerfile.debootstrap("bookworm", base)
        built: dict[str, Path] = {}
        made = []
        for number, stage in enumerate(dockerfile.read()):
            made.append(folder / f"stage{number}")
            made[-1].mkdir()
            dockerfile.build(stage, built, base, made[-1])
            built[stage.name] = made[-1]
        yield made
    finally:
        subprocess.run(["rm", "-rf", "--one-file-system", str(folder)], check=True)


@contextmanager
def running(root: Path, data: Path, *command: str, **environment: str) -> Iterator["subprocess.Popen[str]"]:
    """A command of the image: its user, its environment, a root that nobody can write to, /tmp and the data folder."""
    stage = dockerfile.read()[-1]
    steps = [
        f"mount --bind {root} {root}",
        f"mount -t tmpfs -o size=256m,mode=1777 tmpfs {root}/tmp",
        f"mount --bind {data} {root}/var/lib/clearway",
        f"mount --bind /dev {root}/dev",
        f"mount -t proc proc {root}/proc",
        f"mount -o remount,bind,ro {root}",
        f'exec chroot --userspec={stage.last("USER")} {root} env -i "$@"',
    ]
    values = stage.environment | {"CLEARWAY_HOST": "127.0.0.1"} | environment
    process = subprocess.Popen(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", "\n".join(steps), "sh"]
        + [f"{name}={value}" for name, value in values.items()]
        + list(command),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            # Who has changed its user no longer dies with its parent.
            for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
                os.kill(int(child), signal.SIGKILL)
            process.kill()
        process.communicate()


@pytest.mark.prove(minutes=3)
async def test_the_image_serves_as_nobody_special_from_a_root_that_cannot_be_written(
    roots: list[Path], empty_database_url: str, tmp_path: Path
) -> None:
    last, data, port = roots[-1], tmp_path / "data", free_port()
    places = [last / folder / name for folder in ("usr/bin", "usr/local/bin", "opt/clearway/current/bin")
              for name in BUILDING]  # fmt: skip
    assert [str(place) for place in places if place.exists()] == []
    privileged = [path for path in last.rglob("*") if path.is_file() and path.lstat().st_mode & 0o6000]
    assert privileged == [], "nobody in there needs to become anybody else"
    data.mkdir()
    os.chown(data, USER, USER)
    environment = service_environment(empty_database_url, data) | {
        "CLEARWAY_STORE_URL": "file:///var/lib/clearway/store", "CLEARWAY_PORT": str(port),
    }  # fmt: skip
    with running(last, data, "clearway", "migrate", **environment) as migration:
        printed, _ = migration.communicate(timeout=START_SECONDS)
        assert migration.returncode == 0, printed
    await move_in(empty_database_url)
    with running(last, data, "sh", "-c", "id -u; touch /opt/x || echo refused", **environment) as shell:
        printed, _ = shell.communicate(timeout=START_SECONDS)
        assert printed.split("\n")[0] == str(USER)
        assert "refused" in printed
    with running(last, data, "clearway", "serve", **environment) as server:
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", transport=httpx.AsyncHTTPTransport(retries=8)
        ) as client:
            answer = await client.get("/health/ready")
            assert (answer.status_code, server.poll()) == (200, None), answer.text
            health = dockerfile.read()[-1].last("HEALTHCHECK").split("CMD ", 1)[1]
            with running(last, data, *json.loads(health), **environment) as check:
                printed, _ = check.communicate(timeout=START_SECONDS)
                assert check.returncode == 0, printed
            photo = samples.phone_photo()
            headers = {"Content-Type": "image/jpeg", "Content-Digest": digest_of(photo)}
            address = f"/api/v1/photos/{uuid4()}"
            receipt = await client.put(address, content=photo, headers=signed_in("inspector") | headers)
            assert receipt.status_code == 201, receipt.text
    originals = [path for path in (data / "store").rglob("*") if path.is_file() and path.stat().st_size > 1000]
    assert [path.stat().st_uid for path in originals] == [USER]
