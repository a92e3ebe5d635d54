"""Replicas over one database and one store: whoever of them is asked, the answer is the same."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from time import monotonic
from uuid import uuid4

import asyncpg
import httpx
import msgspec
import pytest
from litestar import Litestar

from schemas.hazards import Action, State
from service import channel
from service.app import build_app
from service.database import open_listener
from service.repositories import replicas as repository
from service.settings import Settings
from service.workflows import intake, takeovers
from service.workflows.context import Context
from tests.api import photo_client
from tests.api.photo_client import digest_of, rows
from tests.api.signing_in import sign_in
from tests.api.tus_client import HALF, PHOTO, Tus, checksum, sha256, wire
from tests.conftest import client_of, running
from tests.hazard_factory import action_body, answered, hazard_in, read, refusal, report, send_action, send_report
from tests.workers.at_work import until

COUNT = 2


@dataclass(frozen=True, slots=True)
class Replica:
    """One of the web processes, in process, and clients at its door."""

    app: Litestar
    client: httpx.AsyncClient

    @property
    def context(self) -> Context:
        context: Context = self.app.state.context
        return context

    @property
    def tus(self) -> Tus:
        return Tus(self.client)


@pytest.fixture
async def replicas(settings: Settings) -> AsyncIterator[list[Replica]]:
    """Replicas that hear one another."""
    settings = msgspec.structs.replace(settings, database_connections=4, trusted_proxies="127.0.0.0/8")
    async with AsyncExitStack() as stack:
        found = []
        for _ in range(COUNT):
            app = await stack.enter_async_context(running(build_app(settings)))
            found.append(Replica(app, await stack.enter_async_context(client_of(app))))
            await found[-1].context.takeovers.until_heard()
        yield found


def key_of(content: bytes) -> str:
    return intake.original_key(hashlib.sha256(content).digest())


# Uploads


async def test_an_upload_goes_on_at_whichever_replica_the_phone_reaches(replicas: list[Replica]) -> None:
    photo_id = uuid4()
    location = await replicas[0].tus.begin(photo_id=str(photo_id), sha256=sha256(PHOTO))
    for number, start in enumerate(range(0, len(PHOTO), 1000)):
        at = replicas[number % COUNT].tus
        answer = await at.patch(location, start, PHOTO[start : start + 1000])
        assert answer.status_code == 204
        for other in replicas:
            assert await other.tus.offset(location) == min(start + 1000, len(PHOTO))
    told = [(await replica.tus.head(location)).headers["Repr-Digest"] for replica in replicas]
    assert told == [digest_of(PHOTO)] * COUNT
    assert [await replica.tus.original(photo_id) for replica in replicas] == [PHOTO] * COUNT
    assert [kept.key async for kept in replicas[0].context.store.list("originals/")] == [key_of(PHOTO)]


@pytest.mark.parametrize("with_checksum", [False, True])
async def test_a_phone_that_comes_back_by_another_replica_learns_what_its_dead_connection_brought(
    replicas: list[Replica], monkeypatch: pytest.MonkeyPatch, with_checksum: bool
) -> None:
    # Nothing but the question of the other replica ends the wait of the dead connection.
    monkeypatch.setattr(intake, "SILENCE_SECONDS", 3600.0)
    monkeypatch.setattr(intake, "PATIENCE_SECONDS", 3600.0)
    monkeypatch.setattr(takeovers, "ANSWER_SECONDS", 3600.0)
    here, there = replicas[0], replicas[1]
    location = await here.tus.begin()
    dead = wire(here.app, location, 0, HALF, **(checksum(PHOTO[:HALF]) if with_checksum else {}))
    waiting = asyncio.create_task(dead.run())
    dead.feed(PHOTO[:1000])
    await dead.was_taken()
    async with asyncio.timeout(10):
        offset = await there.tus.offset(location)
        assert offset == (0 if with_checksum else 1000)
        assert (await there.tus.patch(location, offset, PHOTO[offset:])).headers["Repr-Digest"] == digest_of(PHOTO)
        await waiting


async def test_a_stranger_at_another_replica_does_not_end_a_running_request(replicas: list[Replica]) -> None:
    here, there = replicas[0], replicas[1]
    location = await here.tus.begin()
    going_on = wire(here.app, location, 0, len(PHOTO))
    arriving = asyncio.create_task(going_on.run())
    going_on.feed(PHOTO[:1000])
    await going_on.was_taken()
    assert (await there.tus.another("owner").head(location)).status_code == 404
    going_on.feed(PHOTO[1000:], more=False)
    assert await arriving == 204


async def test_a_replica_that_hangs_keeps_no_phone_waiting_for_long(
    replicas: list[Replica], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(takeovers, "ANSWER_SECONDS", 0.3)
    location = await replicas[0].tus.begin()
    # It is counted among those who listen, and never says anything.
    hanging = await open_listener(database_url, repository.LISTENER)
    began = monotonic()
    assert await replicas[1].tus.offset(location) == 0
    assert 0.3 <= monotonic() - began < 3
    await hanging.close()
    began = monotonic()
    assert await replicas[1].tus.offset(location) == 0
    assert monotonic() - began < 0.3


async def test_a_lost_channel_hinders_nobody_and_is_opened_again(replicas: list[Replica]) -> None:
    location = await replicas[0].tus.begin()
    await replicas[0].tus.patch(location, 0, PHOTO[:1000])
    async with replicas[0].context.database.connection() as connection:
        ended = await connection.fetch(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND application_name = $1""",
            repository.LISTENER,
        )
    assert len(ended) == COUNT
    for replica in replicas:
        assert await replica.tus.offset(location) == 1000
    channels = [replica.context.takeovers._channel for replica in replicas]

    async def are_lost() -> bool:
        return not any(channel.is_open for channel in channels if channel)

    await until(are_lost)
    async with asyncio.timeout(10):
        for replica in replicas:
            await replica.context.takeovers.until_heard()
    for replica in replicas:
        assert await replica.tus.offset(location) == 1000


async def test_one_photo_sent_to_all_replicas_at_once_is_stored_once_with_one_receipt(replicas: list[Replica]) -> None:
    photo_id = uuid4()
    locations = [await replica.tus.begin(photo_id=str(photo_id)) for replica in replicas]
    answers = await asyncio.gather(
        *(photo_client.put(replica.client, PHOTO, photo_id=photo_id) for replica in replicas for _ in range(5)),
        *(replica.tus.patch(at, 0, PHOTO) for replica, at in zip(replicas, locations, strict=True)),
    )
    assert {answer.status_code for answer in answers} <= {200, 201, 204}
    assert [answer.status_code for answer in answers].count(201) <= 1
    receipts = [(await photo_client.get(one.client, photo_id, "/receipt")).json() for one in replicas]
    assert receipts == [receipts[0]] * COUNT
    assert {answer.json()["received_at"] for answer in answers if answer.content} == {receipts[0]["received_at"]}
    assert [await rows(replicas[0].context, table) for table in ("photos", "events", "pgqueuer")] == [1, 1, 1]
    assert [kept.key async for kept in replicas[0].context.store.list("originals/")] == [key_of(PHOTO)]


# Sessions, limits, repeated requests


async def test_a_session_begun_at_one_replica_counts_at_all_and_ends_at_all(replicas: list[Replica]) -> None:
    token = (await sign_in(replicas[0].client)).json()["token"]
    bearer = {"Authorization": f"Bearer {token}"}

    async def seen() -> list[int]:
        return [(await replica.client.get("/api/v1/me", headers=bearer)).status_code for replica in replicas]

    assert await seen() == [200] * COUNT
    assert (await replicas[1].client.delete("/api/v1/sessions/current", headers=bearer)).status_code == 204
    assert await seen() == [401] * COUNT


async def test_wrong_guesses_are_counted_together_wherever_they_are_made(replicas: list[Replica]) -> None:
    for number in range(10):
        answer = await sign_in(replicas[number % COUNT].client, password="a wrong guess", address="203.0.113.7")
        assert answer.status_code == 401
    for replica in replicas:
        assert (await sign_in(replica.client, address="203.0.113.7")).status_code == 429
        assert (await sign_in(replica.client, address="198.51.100.9")).status_code == 201


async def test_guesses_at_all_replicas_at_once_are_not_answered_more_often_than_ten_in_turn(
    replicas: list[Replica],
) -> None:
    tries = [sign_in(one.client, password="a wrong guess", address="203.0.113.7") for one in replicas for _ in range(8)]
    told = [answer.status_code for answer in await asyncio.gather(*tries)]
    assert 1 <= told.count(401) <= 10
    assert told.count(401) + told.count(429) == len(told)


async def test_a_report_sent_to_all_replicas_at_once_is_one_hazard_and_one_answer(replicas: list[Replica]) -> None:
    hazard_id, body = uuid4(), report()
    answers = await asyncio.gather(*(send_report(one.client, body, hazard_id=hazard_id) for one in replicas * 3))
    assert {answer.status_code for answer in answers} <= {200, 201}
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["ETag"] for answer in answers}) == 1
    assert await rows(replicas[0].context, "hazards") == 1


async def test_of_a_step_taken_at_all_replicas_at_once_one_counts(replicas: list[Replica]) -> None:
    hazard = await hazard_in(replicas[0].client, State.REPORTED)
    answers = await asyncio.gather(*(send_action(one.client, hazard, Action.REGISTER) for one in replicas * 2))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * (2 * COUNT - 1)
    assert {refusal(answer)[1] for answer in answers if answer.status_code == 412} == {"hazard.version_stale"}
    states = [(await read(replica.client, hazard))["state"] for replica in replicas]
    assert states == ["registered"] * COUNT
    # The same action again, whose answer was lost, is answered again by a replica that never took it.
    hazard = await read(replicas[0].client, hazard)
    body = action_body(Action.ASSIGN)
    first = answered(await send_action(replicas[0].client, hazard, Action.ASSIGN, body=body))
    assert answered(await send_action(replicas[1].client, hazard, Action.ASSIGN, body=body)) == first


async def test_a_channel_leaves_a_server_that_has_become_a_standby(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []

    async def open_and_count(url: str, name: str) -> asyncpg.Connection:
        opened.append(name)
        return await open_listener(url, name)

    monkeypatch.setattr(channel, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(channel, "RECONNECT_SECONDS", 0.01)
    monkeypatch.setattr(channel, "open_listener", open_and_count)
    heard = asyncio.Queue[str]()
    async with channel.Channel(database_url, {"news": heard.put_nowait}) as listening:
        await listening.wait_until_open()
        monkeypatch.setattr(channel, "takes_writes", lambda connection: len(opened) > 1)
        async with asyncio.timeout(10):
            while len(opened) < 2 or not listening.is_open:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        connection = await asyncpg.connect(database_url)
        await connection.execute("NOTIFY news, 'good'")
        async with asyncio.timeout(10):
            assert await heard.get() == "good"
        await connection.close()
