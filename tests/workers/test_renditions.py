"""From a photo that has arrived to pictures that can be shown, by a real worker, whatever happens to it on the way."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from PIL import Image

from service.app import open_worker_context
from service.settings import Settings
from service.workers import jobs
from service.workflows import renditions
from tests import people, samples
from tests.stores import files_in
from tests.workers.at_work import Failing, Queue, get, send, state_of, working


async def test_a_photo_gets_upright_pictures_without_metadata_and_says_what_it_knows(
    client: httpx.AsyncClient, settings: Settings, jobs_in: Queue
) -> None:
    async with working(settings):
        photo_id = await send(client)
        await jobs_in.until_is_empty()
    photo = (await get(client, photo_id)).json()
    assert (photo["rendition_state"], photo["rendition_problem"]) == ("ready", None)
    assert photo["facts"]["orientation"] == 6
    assert photo["facts"]["taken_at"] == "2026-03-18T09:41:07+08:00"
    assert (photo["facts"]["latitude"], photo["facts"]["longitude"]) == pytest.approx(samples.YANGQUAN, abs=1e-6)
    for name, size in (("preview", (1200, 900)), ("thumbnail", (320, 240))):
        answer = await client.get(photo[name], headers=people.signed_in("inspector"))
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        with Image.open(io.BytesIO(answer.content)) as picture:
            assert picture.size == size
            assert not picture.getexif()
            assert sorted(picture.info) == ["jfif", "jfif_density", "jfif_unit", "jfif_version"]


async def test_a_photo_that_cannot_be_shown_is_kept_and_says_why(
    client: httpx.AsyncClient, settings: Settings, jobs_in: Queue
) -> None:
    odd = samples.odd_files()
    async with working(settings):
        photos = {name: await send(client, odd[name]) for name in ("huge.png", "huge.jpg", "header_only.jpg")}
        await jobs_in.until_is_empty()
    assert await state_of(client, photos["huge.png"]) == ("undecodable", "too_many_pixels")
    assert await state_of(client, photos["huge.jpg"]) == ("undecodable", "too_many_pixels")
    assert (await state_of(client, photos["header_only.jpg"]))[0] == "undecodable"
    for name, photo_id in photos.items():
        assert (await get(client, photo_id, "/original")).content == odd[name]
        refusal = await get(client, photo_id, "/preview")
        assert refusal.status_code == 409
        assert refusal.json()["rendition_state"] == "undecodable"
        assert refusal.json()["because"] == (await get(client, photo_id)).json()["rendition_problem"]


async def test_a_job_done_twice_changes_nothing(client: httpx.AsyncClient, settings: Settings, tmp_path: Path) -> None:
    ready, undecodable = await send(client), await send(client, samples.huge_png())
    async with open_worker_context(settings) as context:
        for photo_id in (ready, undecodable):
            await renditions.render(context, photo_id)
        before = [(await get(client, photo_id)).json() for photo_id in (ready, undecodable)]
        kept = sorted(files_in(tmp_path))
        never: Any = Failing(AssertionError("decoded again"), 1)
        no_second_look = replace(context, sandbox=never)
        for photo_id in (ready, undecodable):
            await renditions.render(no_second_look, photo_id)
            await renditions.give_up(context, photo_id) if photo_id == ready else None
    assert [(await get(client, photo_id)).json() for photo_id in (ready, undecodable)] == before
    assert sorted(files_in(tmp_path)) == kept


async def test_a_job_of_a_photo_that_is_not_there_is_done(settings: Settings) -> None:
    async with open_worker_context(settings) as context:
        await jobs.JOBS["photo.render"].run(context, {"photo_id": str(uuid4())})
