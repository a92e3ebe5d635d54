"""Jobs that fail, workers that die, stop or lose their database, the queue they share and what runs on schedule."""

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest

from service.app import open_worker_context
from service.imaging.results import Undecodable
from service.imaging.sandbox import Sandbox
from service.repositories import jobs as queue
from service.settings import Settings
from service.workers import jobs, worker
from service.workflows.context import WorkerContext
from storage.base import StoreError
from tests import people, samples, servers
from tests.workers.at_work import (
    LIMIT_SECONDS,
    PHOTO,
    Failing,
    Queue,
    get,
    is_ready,
    photos_locked,
    send,
    state_of,
    until,
    working,
)

# Failures


@pytest.mark.usefixtures("brisk")
async def test_a_passing_failure_is_tried_again_until_the_picture_is_there(
    client: httpx.AsyncClient, settings: Settings, jobs_in: Queue, tmp_path: Path
) -> None:
    photo_id = await send(client)
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(PHOTO)
    async with Sandbox(1) as real:
        sandbox = Failing(StoreError("away"), worker.MAX_TRIES - 1, await real.render(photo))
    async with working(settings, sandbox=sandbox):
        await jobs_in.until_is_empty()
    assert sandbox.calls == worker.MAX_TRIES
    assert await state_of(client, photo_id) == ("ready", None)


@pytest.mark.usefixtures("brisk")
@pytest.mark.parametrize(
    "failure",
    [StoreError("away"), OSError("no process"), Undecodable(reason="resource_limit", detail="more than 60 s")],
)
async def test_a_lasting_failure_ends_where_everybody_sees_it(
    client: httpx.AsyncClient,
    settings: Settings,
    jobs_in: Queue,
    failure: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    photo_id = await send(client)
    is_value = isinstance(failure, Undecodable)
    sandbox = Failing(failure, 0, failure) if is_value else Failing(failure, 1000)
    async with working(settings, sandbox=sandbox):
        await jobs_in.until_status("failed")
    assert sandbox.calls == worker.MAX_TRIES
    assert await state_of(client, photo_id) == ("failed", "attempts_exhausted")
    assert (await get(client, photo_id, "/original")).content == PHOTO
    refusal = await get(client, photo_id, "/thumbnail")
    assert (refusal.status_code, refusal.json()["rendition_state"]) == (409, "failed")
    # A stranger's file is no fault of ours: its failures are told, without a trace.
    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(told) >= worker.MAX_TRIES
    assert any(record.exc_info for record in told) is not is_value


async def test_each_try_waits_twice_as_long_as_the_one_before(
    client: httpx.AsyncClient, settings: Settings, jobs_in: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "POLL", timedelta(milliseconds=100))
    await send(client)
    waits = []
    sandbox = Failing(StoreError("away"), 1000)
    async with working(settings, sandbox=sandbox):
        for attempts in (1, 2):

            async def was_tried(attempts: int = attempts) -> bool:
                return bool(await jobs_in.connection.fetchval("SELECT attempts = $1 FROM pgqueuer", attempts))

            await until(was_tried)
            waits.append(await jobs_in.connection.fetchval("SELECT execute_after - updated FROM pgqueuer"))
            await jobs_in.connection.execute("UPDATE pgqueuer SET execute_after = now()")
    assert waits == [timedelta(seconds=2), timedelta(seconds=4)]


@pytest.mark.usefixtures("brisk")
async def test_a_failure_that_cannot_even_be_told_is_told_later(
    client: httpx.AsyncClient, settings: Settings, jobs_in: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo_id = await send(client)
    tell, calls = jobs.JOBS["photo.render"].give_up, 0

    async def fails_once(context: WorkerContext, payload: dict[str, Any]) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise OSError("the database is away")
        await tell(context, payload)

    monkeypatch.setitem(jobs.JOBS, "photo.render", replace(jobs.JOBS["photo.render"], give_up=fails_once))
    async with working(settings, sandbox=Failing(StoreError("away"), 1000)):
        await jobs_in.until_status("failed")
    assert calls == 2
    assert await state_of(client, photo_id) == ("failed", "attempts_exhausted")


# Workers that die, stop or lose their database


async def test_the_job_of_a_killed_worker_is_taken_up_by_the_next(
    client: httpx.AsyncClient, settings: Settings, jobs_in: Queue, tmp_path: Path
) -> None:
    photo_id = await send(client)
    environment = servers.service_environment(settings.database_url, tmp_path / "store")
    victim = servers.Process(["worker"], environment, tmp_path / "worker.log")
    async with photos_locked(settings.database_url):
        victim.start()
        try:
            await jobs_in.until_status("picked")
        finally:
            victim.kill_nine()
    # It beat until just now, so nobody knows yet that it is dead.
    async with working(settings):
        other = await send(client, samples.png_photo())
        await until(lambda: is_ready(client, other))
        assert (await state_of(client, photo_id)) == ("pending", None)
        await jobs_in.connection.execute("UPDATE pgqueuer SET heartbeat = heartbeat - interval '31 seconds'")
        await jobs_in.until_is_empty()
    assert await state_of(client, photo_id) == ("ready", None)


async def test_a_worker_that_is_told_to_stop_finishes_what_it_has_begun(
    client: httpx.AsyncClient, settings: Settings, jobs_in: Queue
) -> None:
    photo_id = await send(client)
    async with working(settings) as stop, photos_locked(settings.database_url):
        await jobs_in.until_status("picked")
        stop.set()
    assert await jobs_in.is_empty()
    assert await state_of(client, photo_id) == ("ready", None)


async def test_a_job_that_does_not_end_in_time_stays_for_another_worker(
    client: httpx.AsyncClient, settings: Settings, jobs_in: Queue, tmp_path: Path
) -> None:
    photo_id = await send(client)
    environment = servers.service_environment(settings.database_url, tmp_path / "store", shutdown_seconds=0)
    stuck = servers.Process(["worker"], environment, tmp_path / "worker.log")
    async with photos_locked(settings.database_url):
        stuck.start()
        try:
            await jobs_in.until_status("picked")
        finally:
            # Less gently only after a time in which this test fails.
            await asyncio.to_thread(stuck.stop, LIMIT_SECONDS)
    assert "another worker will take them up" in stuck.log
    assert not await jobs_in.is_empty()
    assert await state_of(client, photo_id) == ("pending", None)


@pytest.mark.usefixtures("brisk")
async def test_a_worker_outlives_a_restart_of_the_database(
    client: httpx.AsyncClient, settings: Settings, jobs_in: Queue
) -> None:
    async with working(settings):
        for content in (PHOTO, samples.png_photo()):
            photo_id = await send(client, content)
            await jobs_in.until_is_empty()
            assert await is_ready(client, photo_id)
            ended = await jobs_in.connection.fetch(
                """SELECT pg_terminate_backend(pid), application_name FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()"""
            )
            assert {row["application_name"] for row in ended} >= {"clearway worker", "clearway"}


# The queue's table


async def test_a_job_that_we_insert_is_like_one_that_pgqueuer_inserts(settings: Settings, jobs_in: Queue) -> None:
    from pgqueuer.db import AsyncpgDriver
    from pgqueuer.queries import Queries

    payload = {"photo_id": str(uuid4())}
    connection = jobs_in.connection
    theirs = Queries(AsyncpgDriver(connection))
    await theirs.enqueue("photo.render", msgspec.json.encode(payload), dedupe_key="theirs")
    await queue.enqueue(connection, "photo.render", payload, dedupe_key="ours")
    rows = [dict(row) for row in await connection.fetch("SELECT * FROM pgqueuer ORDER BY id")]
    moments = {"created", "updated", "heartbeat"}
    for row in rows:
        assert row.pop("execute_after") <= row["created"]
        assert {abs(datetime.now(UTC) - row.pop(name)) < timedelta(minutes=1) for name in moments} == {True}
        # They write a JSON null where nothing is said.
        del row["id"], row["headers"]
        assert row.pop("dedupe_key") in ("ours", "theirs")
    assert rows[0] == rows[1]


async def test_a_job_wakes_the_workers_when_its_transaction_commits_and_waits_there_once(jobs_in: Queue) -> None:
    connection, woken = jobs_in.connection, asyncio.Event()
    await connection.add_listener("ch_pgqueuer", lambda *_: woken.set())
    for _ in range(3):
        async with connection.transaction():
            await queue.enqueue(connection, "photo.render", {"photo_id": "1"}, dedupe_key="one")
            await queue.enqueue(connection, "photo.render", {"photo_id": "2"}, dedupe_key="two")
    assert await connection.fetchval("SELECT count(*) FROM pgqueuer") == 2
    async with asyncio.timeout(LIMIT_SECONDS):
        await woken.wait()
    undone = connection.transaction()
    await undone.start()
    await queue.enqueue(connection, "photo.render", {"photo_id": "3"}, dedupe_key="three")
    await undone.rollback()
    assert await connection.fetchval("SELECT count(*) FROM pgqueuer") == 2


# The schedule


async def test_what_expired_is_swept_on_schedule(client: httpx.AsyncClient, settings: Settings, jobs_in: Queue) -> None:
    headers = people.signed_in("inspector") | {"Tus-Resumable": "1.0.0", "Upload-Length": "10"}
    assert (await client.post("/api/v1/uploads", headers=headers)).status_code == 201
    connection = jobs_in.connection

    async def scheduled() -> bool:
        return bool(await connection.fetchval("SELECT count(*) = $1 FROM pgqueuer_schedules", len(jobs.SCHEDULE)))

    async def swept() -> bool:
        return bool(await connection.fetchval("SELECT count(*) = 0 FROM uploads"))

    async with working(settings):
        await until(scheduled)
    assert not await swept()
    await connection.execute("UPDATE uploads SET expires_at = now()")
    await connection.execute("UPDATE pgqueuer_schedules SET next_run = now()")
    async with working(settings):
        await until(swept)


async def test_the_queues_own_history_is_pruned(client: httpx.AsyncClient, settings: Settings, jobs_in: Queue) -> None:
    connection = jobs_in.connection
    await connection.execute(
        """INSERT INTO pgqueuer_log (created, job_id, status, priority, entrypoint)
           SELECT now() - age, 1, 'successful', 0, 'photo.render'
           FROM unnest(ARRAY[interval '6 days', interval '8 days', interval '1 year']) age"""
    )
    await connection.execute(
        """INSERT INTO pgqueuer_statistics (created, count, status, priority, entrypoint)
           SELECT now() - age, 1, 'successful', 0, 'photo.render'
           FROM unnest(ARRAY[interval '6 days', interval '8 days', interval '1 year']) age"""
    )
    async with open_worker_context(settings) as context:
        await jobs.sweep(context)
    for table in ("pgqueuer_log", "pgqueuer_statistics"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 1, table  # noqa: S608


async def test_a_worker_before_the_migrations_says_what_to_run(
    settings: Settings, empty_database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with working(msgspec.structs.replace(settings, database_url=empty_database_url)):

        async def is_told() -> bool:
            return "run clearway migrate" in caplog.text

        await until(is_told)
    assert "queue lost" not in caplog.text
