"""The processes that look for faces and texts: bounded, replaceable, side by side, honest about what became of them."""

import asyncio
import io
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from service.imaging.detection.examiner import Examiner
from service.imaging.detection.findings import Examined
from service.imaging.detection.parts import missing_parts
from service.imaging.results import Undecodable
from tests.conftest import missing
from tests.vision.things import FACES, font, photograph
from tests.workers.test_sandbox import status_of

STEPS = 5
MOST_RESIDENT_BYTES = 1_200_000_000
MOST_CPU_SECONDS = 8.0
"""Six on a machine of its own; other tests share the cores and their caches here."""


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    if parts := missing_parts():
        missing(", ".join(parts))


@pytest.fixture
async def examiner() -> AsyncIterator[Examiner]:
    async with Examiner(2) as examiner:
        yield examiner


def picture(path: Path, size: tuple[int, int] = (640, 480)) -> Path:
    """A wall with a face, and a phone number on a notice."""
    image = Image.new("RGB", size, (150, 148, 140))
    image.paste(photograph("astronaut"), (20, 20))
    ImageDraw.Draw(image).text((270, 350), "电话 13900000001", font=font(40), fill=(20, 20, 20))
    image.save(path, "JPEG", quality=90)
    return path


async def test_a_face_and_a_phone_number_are_found_where_they_are(examiner: Examiner, tmp_path: Path) -> None:
    outcome = await examiner.examine(picture(tmp_path / "picture"))
    assert isinstance(outcome, Examined)
    assert outcome.size == (640, 480)
    (face,) = [found for found in outcome.found if found.subject == "face"]
    left, top, right, bottom = (20 + value for value in FACES["astronaut"])
    middle = ((left + right) / 1280, (top + bottom) / 960)
    assert face.corners[0][0] < middle[0] < face.corners[2][0]
    assert face.corners[0][1] < middle[1] < face.corners[2][1]
    assert any(found.text and "13900000001" in found.text.replace(" ", "") for found in outcome.found)


async def test_a_picture_that_lies_on_its_side_is_looked_at_upright(examiner: Examiner, tmp_path: Path) -> None:
    upright = picture(tmp_path / "upright")
    with Image.open(upright) as image:
        exif = Image.Exif()
        exif[0x0112] = 6  # turn clockwise to see it
        image.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned", "JPEG", exif=exif, quality=90)
    outcome = await examiner.examine(tmp_path / "turned")
    assert isinstance(outcome, Examined)
    assert outcome.size == (640, 480)
    (face,) = [found for found in outcome.found if found.subject == "face"]
    assert face.corners[0][0] < (20 + 116) / 640 < face.corners[2][0]


@pytest.mark.parametrize("size", [(5000, 1), (1, 5000), (3000, 20)])
async def test_a_strip_is_looked_at_like_any_other_picture(
    examiner: Examiner, tmp_path: Path, size: tuple[int, int]
) -> None:
    Image.effect_noise(size, 60).convert("RGB").save(tmp_path / "strip", "PNG")
    outcome = await examiner.examine(tmp_path / "strip")
    assert isinstance(outcome, Examined), outcome


async def test_each_step_is_told_while_it_is_taken(examiner: Examiner, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    async def tell(step: int, steps: int) -> None:
        told.append((step, steps))

    await examiner.examine(picture(tmp_path / "picture"), tell)
    assert told == [(step, STEPS) for step in range(1, STEPS + 1)]


async def test_two_pictures_are_looked_at_side_by_side(examiner: Examiner, tmp_path: Path) -> None:
    path = picture(tmp_path / "picture")
    begun = [asyncio.Event(), asyncio.Event()]

    def first_waits_for_second(mine: int) -> "asyncio.Task[Examined | Undecodable]":
        async def tell(_step: int, _steps: int) -> None:
            begun[mine].set()
            await begun[1 - mine].wait()  # for ever, if one had to end before the other begins

        return asyncio.create_task(examiner.examine(path, tell))

    async with asyncio.timeout(60):
        outcomes = await asyncio.gather(first_waits_for_second(0), first_waits_for_second(1))
    assert all(isinstance(outcome, Examined) for outcome in outcomes)
    assert len(examiner.process_ids) == 2


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0 and nothing more"])
async def test_a_damaged_file_is_a_value_and_the_process_stays(
    content: bytes, examiner: Examiner, tmp_path: Path
) -> None:
    (tmp_path / "damaged").write_bytes(content)
    outcome = await examiner.examine(tmp_path / "damaged")
    assert isinstance(outcome, Undecodable)
    assert len(examiner.process_ids) == 1


async def test_a_file_that_is_not_there_is_our_own_fault(examiner: Examiner, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await examiner.examine(tmp_path / "nothing")


async def test_a_process_that_is_killed_is_replaced_and_the_picture_looked_at(
    examiner: Examiner, tmp_path: Path
) -> None:
    killed: list[int] = []

    async def kill_once(_step: int, _steps: int) -> None:
        if not killed:
            killed.extend(examiner.process_ids)
            os.kill(killed[0], signal.SIGKILL)

    assert isinstance(await examiner.examine(picture(tmp_path / "picture"), kill_once), Examined)
    assert not {*killed} & {*examiner.process_ids}


async def test_a_picture_that_kills_every_process_is_a_value(examiner: Examiner, tmp_path: Path) -> None:
    async def kill(_step: int, _steps: int) -> None:
        for process_id in examiner.process_ids:
            os.kill(process_id, signal.SIGSEGV)

    outcome = await examiner.examine(picture(tmp_path / "picture"), kill)
    assert isinstance(outcome, Undecodable)
    assert outcome.reason == "resource_limit"


async def test_a_picture_that_takes_too_long_is_a_value(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "never")
    async with Examiner(1, seconds=8) as examiner:
        task = asyncio.create_task(examiner.examine(tmp_path / "never"))
        writer = await asyncio.to_thread(os.open, tmp_path / "never", os.O_WRONLY)
        try:
            outcome = await task
        finally:
            os.close(writer)
        assert isinstance(outcome, Undecodable)
        assert outcome.reason == "resource_limit"
        assert examiner.process_ids == []


async def test_twelve_megapixels_take_bounded_memory_and_time_without_network_or_privileges(tmp_path: Path) -> None:
    ground = photograph("gravel").resize((4000, 3000), Image.Resampling.BICUBIC)
    ground.paste(photograph("hopper"), (2000, 1200))
    buffer = io.BytesIO()
    ground.save(buffer, "JPEG", quality=90)
    (tmp_path / "large").write_bytes(buffer.getvalue())
    async with Examiner(1) as examiner:
        assert isinstance(await examiner.examine(picture(tmp_path / "picture")), Examined)
        (process_id,) = examiner.process_ids
        before = _cpu_seconds(process_id)
        outcome = await examiner.examine(tmp_path / "large")
        assert isinstance(outcome, Examined)
        assert any(found.subject == "face" for found in outcome.found)
        assert examiner.process_ids == [process_id]
        status = status_of(process_id)
        assert int(status["VmHWM"].split()[0]) * 1024 <= MOST_RESIDENT_BYTES
        assert _cpu_seconds(process_id) - before <= MOST_CPU_SECONDS
        assert status["NoNewPrivs"] == "1"
        # Where the machine allows it the process has a network of its own, in which nothing is.
        if os.readlink(f"/proc/{process_id}/ns/net") != os.readlink("/proc/self/ns/net"):
            assert _network_devices(process_id) == ["lo"]


def _cpu_seconds(process_id: int) -> float:
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _network_devices(process_id: int) -> list[str]:
    lines = Path(f"/proc/{process_id}/net/dev").read_text().splitlines()[2:]
    return [line.split(":")[0].strip() for line in lines]
