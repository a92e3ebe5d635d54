"""Work that has lost its job is taken up again, once."""

import httpx

from service.settings import Settings
from service.workers import jobs
from tests import case_factory as factory
from tests.case_factory import worker_of
from tests.hazard_factory import answered


async def test_photos_and_pictures_that_wait_without_a_job_get_one(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    made = await factory.photographed_hazard(client)
    case = await factory.written_case(client, made.hazard)
    case = answered(await factory.send_picture(client, case, 1, made.before, "before"))
    case = answered(await factory.send_masks(client, case, 1))
    every = ("photo.render", *factory.PICTURE_JOBS)
    async with worker_of(settings) as worker:
        for name in every:
            # The queue is emptied by hand before anything of it was done, step by step.
            await factory.execute(settings, "DELETE FROM pgqueuer WHERE entrypoint = $1", name)
            await jobs.sweep(worker)
            waiting = await factory.fetch_value(settings, "SELECT count(*) FROM pgqueuer WHERE entrypoint = $1", name)
            await jobs.sweep(worker)
            again = await factory.fetch_value(settings, "SELECT count(*) FROM pgqueuer WHERE entrypoint = $1", name)
            assert waiting == again == (2 if name == "photo.render" else 1), name
            await factory.work_off(settings, worker, name)
        await jobs.sweep(worker)
        assert [await factory.work_off(settings, worker, name) for name in every] == [[], [], [], []]
    [picture] = (await factory.read(client, case))["pictures"]
    assert (picture["state"], picture["gate"]["state"]) == ("ready", "unavailable")
