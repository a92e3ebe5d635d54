"""The processes that decode pictures: bounded, replaceable, and never a danger to the service."""

import asyncio
import contextlib
import io
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.imaging.masking import mask
from service.imaging.renditions import render
from service.imaging.results import Masked, Rendered, Undecodable
from service.imaging.sandbox import Sandbox, SandboxError
from service.imaging.sandbox_wire import Limits
from tests import samples

FACE = [(0.4, 0.3), (0.6, 0.3), (0.6, 0.5), (0.4, 0.5)]
ROOT = Path(__file__).parents[2]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(1) as sandbox:
        yield sandbox


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo"
    path.write_bytes(samples.phone_photo())
    return path


@contextlib.asynccontextmanager
async def held_up(path: Path, sandbox: Sandbox) -> AsyncIterator["asyncio.Task[Rendered | Undecodable]"]:
    """A task whose process waits for a photo that does not come: `path` is a pipe which nobody writes to."""
    os.mkfifo(path)
    task = asyncio.create_task(sandbox.render(path))
    writer = await asyncio.to_thread(os.open, path, os.O_WRONLY)  # returns when the process has opened it too
    try:
        yield task
    finally:
        os.close(writer)


def status_of(process_id: int) -> dict[str, str]:
    lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    return {name: value.strip() for name, value in (line.split(":", 1) for line in lines)}


def limits_of(process_id: int) -> dict[str, list[str]]:
    """Soft and hard limit by name."""
    lines = Path(f"/proc/{process_id}/limits").read_text().splitlines()
    return {line[:26].strip(): line[26:68].split() for line in lines}


def environment_of(process_id: int) -> bytes:
    return Path(f"/proc/{process_id}/environ").read_bytes()


def is_there(process_id: int) -> bool:
    return Path(f"/proc/{process_id}").exists()


def has_ended(pidfd: int) -> bool:
    """Whether the process ends within ten seconds."""
    return bool(select.select([pidfd], [], [], 10)[0])


async def test_a_photo_is_rendered_and_masked_as_it_would_be_without_a_sandbox(sandbox: Sandbox, photo: Path) -> None:
    assert await sandbox.render(photo) == render(io.BytesIO(samples.phone_photo()))
    assert await sandbox.mask(photo, [FACE]) == mask(io.BytesIO(samples.phone_photo()), [FACE])


@pytest.mark.parametrize("media_type", samples.accepted_photos())
async def test_every_accepted_type_is_decoded_within_the_limits(
    sandbox: Sandbox, tmp_path: Path, media_type: str
) -> None:
    path = tmp_path / "photo"
    path.write_bytes(samples.accepted_photos()[media_type])
    assert isinstance(await sandbox.render(path), Rendered)
    assert isinstance(await sandbox.mask(path, [FACE]), Masked)


async def test_the_time_keeps_the_offset_of_the_place(sandbox: Sandbox, photo: Path) -> None:
    outcome = await sandbox.render(photo)
    assert outcome.facts is not None
    assert outcome.facts.taken_at is not None
    assert outcome.facts.taken_at.isoformat() == "2026-03-18T09:41:07+08:00"


async def test_odd_files_are_values_and_cost_little_memory(sandbox: Sandbox, tmp_path: Path) -> None:
    shown = set()
    for name, content in samples.odd_files().items():
        path = tmp_path / name
        path.write_bytes(content)
        outcome = await sandbox.render(path)
        if isinstance(outcome, Rendered):
            shown.add(name)
    assert shown == {"heic_named.jpg", "polyglot.jpg", "zero_denominators.jpg", "offsets_past_the_end.jpg"}
    (process_id,) = sandbox.process_ids
    assert int(status_of(process_id)["VmHWM"].removesuffix("kB")) < 64 * 1024


async def test_a_process_is_used_again_and_replaced_after_its_share(photo: Path) -> None:
    async with Sandbox(1, limits=Limits(tasks=2)) as sandbox:
        await sandbox.render(photo)
        first = sandbox.process_ids
        await sandbox.render(photo)
        assert sandbox.process_ids == []
        await sandbox.render(photo)
        assert sandbox.process_ids != first


async def test_a_process_that_keeps_too_much_memory_is_replaced(photo: Path) -> None:
    async with Sandbox(1, limits=Limits(resident_bytes=1)) as sandbox:
        assert isinstance(await sandbox.render(photo), Rendered)
        assert sandbox.process_ids == []


async def test_there_are_never_more_processes_than_allowed(photo: Path) -> None:
    async with Sandbox(2) as sandbox:
        outcomes = await asyncio.gather(*(sandbox.render(photo) for _ in range(10)))
        assert all(isinstance(outcome, Rendered) for outcome in outcomes)
        assert len(sandbox.process_ids) == 2


async def test_a_photo_whose_process_is_killed_gets_a_second_try(sandbox: Sandbox, photo: Path, tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    async with held_up(path, sandbox) as task:
        os.replace(photo, path)
        (process_id,) = sandbox.process_ids
        os.kill(process_id, signal.SIGKILL)
        assert isinstance(await task, Rendered)
    assert sandbox.process_ids != [process_id]


async def test_a_photo_that_kills_twice_is_given_up_and_the_next_one_is_rendered(
    sandbox: Sandbox, photo: Path, tmp_path: Path
) -> None:
    path = tmp_path / "pipe"
    async with held_up(path, sandbox) as task:
        (first,) = sandbox.process_ids
        pidfd = os.pidfd_open(first)
        os.kill(first, signal.SIGKILL)
        assert has_ended(pidfd)
        os.close(pidfd)
        writer = await asyncio.to_thread(os.open, path, os.O_WRONLY)
        (second,) = sandbox.process_ids
        os.kill(second, signal.SIGSEGV)
        outcome = await task
        os.close(writer)
    assert isinstance(outcome, Undecodable)
    assert (outcome.reason, outcome.detail) == ("resource_limit", "the process ended twice, with -9 and -11")
    assert isinstance(await sandbox.render(photo), Rendered)


async def test_a_photo_that_takes_too_long_is_given_up(photo: Path, tmp_path: Path) -> None:
    async with Sandbox(1, seconds=0.3) as sandbox:
        async with held_up(tmp_path / "pipe", sandbox) as task:
            outcome = await task
        assert outcome == Undecodable(reason="resource_limit", detail="more than 0.3 s")
        assert sandbox.process_ids == []
        assert isinstance(await sandbox.render(photo), Rendered)


async def test_a_photo_that_takes_too_much_cpu_is_given_up_at_once(sandbox: Sandbox, tmp_path: Path) -> None:
    async with held_up(tmp_path / "pipe", sandbox) as task:
        (process_id,) = sandbox.process_ids
        assert limits_of(process_id)["Max cpu time"][0] == str(Limits().cpu_seconds + 1)
        os.kill(process_id, signal.SIGXCPU)  # what the kernel sends at the limit
        outcome = await task
    assert outcome == Undecodable(reason="resource_limit", detail="more than 30 s of CPU")


async def test_a_photo_that_would_take_too_much_memory_is_refused_before_it_is_decoded(
    photo: Path, tmp_path: Path
) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(samples.huge_png(side=10_000))
    async with Sandbox(1, limits=Limits(memory_bytes=256 * 1024 * 1024)) as sandbox:
        outcome = await sandbox.render(path)
        assert isinstance(outcome, Undecodable)
        assert outcome.reason == "too_many_pixels"
        assert outcome.facts is not None
        assert outcome.facts.width == 10_000
        processes = sandbox.process_ids
        assert isinstance(await sandbox.render(photo), Rendered)
        assert sandbox.process_ids == processes


async def test_a_large_transparent_picture_is_refused_and_an_opaque_one_decoded(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(samples.huge_png(side=10_900, transparent=True))
    outcome = await sandbox.render(path)
    assert isinstance(outcome, Undecodable)
    assert outcome.reason == "too_many_pixels"
    path.write_bytes(samples.huge_png(side=10_900))
    outcome = await sandbox.render(path)
    assert isinstance(outcome, Undecodable)
    assert outcome.reason in ("damaged", "truncated")  # it was decoded as far as it goes


async def test_giving_up_a_task_ends_its_process(sandbox: Sandbox, photo: Path, tmp_path: Path) -> None:
    async with held_up(tmp_path / "pipe", sandbox) as task:
        pidfd = os.pidfd_open(sandbox.process_ids[0])
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert has_ended(pidfd)
    os.close(pidfd)
    assert isinstance(await sandbox.render(photo), Rendered)


async def test_a_process_killed_at_rest_is_not_noticed(sandbox: Sandbox, photo: Path) -> None:
    await sandbox.render(photo)
    (process_id,) = sandbox.process_ids
    os.kill(process_id, signal.SIGKILL)
    assert isinstance(await sandbox.render(photo), Rendered)


async def test_a_file_that_is_not_there_is_not_the_photos_fault(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await sandbox.render(tmp_path / "nothing")
    assert len(sandbox.process_ids) == 1


async def test_what_is_no_polygon_is_refused_before_any_process_sees_it(sandbox: Sandbox, photo: Path) -> None:
    with pytest.raises(ValueError, match="polygon"):
        await sandbox.mask(photo, [[(0.0, 0.0)]])
    assert sandbox.process_ids == []


async def test_when_no_process_can_start_it_is_nobodys_photo(
    sandbox: Sandbox, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(SandboxError):
        await sandbox.render(photo)


async def test_a_process_knows_no_secrets_and_cannot_write_or_gain_anything(
    sandbox: Sandbox, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLEARWAY_DATABASE_URL", "postgresql://secret")
    await sandbox.render(photo)
    (process_id,) = sandbox.process_ids
    assert b"secret" not in environment_of(process_id)
    assert status_of(process_id)["NoNewPrivs"] == "1"
    limits = limits_of(process_id)
    assert limits["Max file size"] == limits["Max core file size"] == ["0", "0"]
    assert limits["Max address space"] == [str(Limits().memory_bytes)] * 2
    assert os.readlink(f"/proc/{process_id}/cwd") == "/"


async def test_a_ctrl_c_in_the_terminal_does_not_reach_a_process(sandbox: Sandbox, photo: Path) -> None:
    await sandbox.render(photo)
    assert os.getpgid(sandbox.process_ids[0]) != os.getpgid(0)


async def test_leaving_ends_every_process(photo: Path) -> None:
    async with Sandbox(2) as sandbox:
        await asyncio.gather(sandbox.render(photo), sandbox.render(photo))
        process_ids = sandbox.process_ids
    assert len(process_ids) == 2
    assert not any(map(is_there, process_ids))


def test_no_process_outlives_a_worker_that_is_killed(tmp_path: Path) -> None:
    program = """
import asyncio, pathlib, sys
from service.imaging.sandbox import Sandbox

async def main():
    sandbox = Sandbox(1)
    task = asyncio.create_task(sandbox.render(pathlib.Path(sys.argv[1])))
    while not sandbox.process_ids:
        await asyncio.sleep(0.01)
    print(*sandbox.process_ids, flush=True)
    await task

asyncio.run(main())
"""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as worker:
        assert worker.stdout is not None
        pidfd = os.pidfd_open(int(worker.stdout.readline()))
        writer = os.open(path, os.O_WRONLY)  # the process is busy: the end of its input would not end it
        worker.kill()
        assert has_ended(pidfd)
        os.close(writer)
        os.close(pidfd)


def test_the_worker_itself_loads_no_image_library() -> None:
    program = "import sys, service.imaging.sandbox; print({'PIL', 'piexif', 'pillow_heif'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "set()"
