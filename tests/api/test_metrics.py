"""The figures by which the service is watched: each moves when its thing happens, and nobody else reads them."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import httpx
import msgspec
import pytest
import yaml  # type: ignore[import-untyped]
from litestar import Litestar

from schemas.hazards import State
from service.app import build_app
from service.settings import Settings
from service.workers import jobs
from service.workflows import measurements
from service.workflows.context import Context, WorkerContext
from tests import samples, stores
from tests.api.figures import BEARER, TOKEN, Figures, scrape
from tests.api.photo_client import digest_of, picture, put, send_photo
from tests.api.tus_client import HALF, PHOTO, Tus
from tests.conftest import client_of, running
from tests.hazard_factory import answered, hazard_in, report, send_report
from tests.people import signed_in

OPERATIONS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
ALERTS = OPERATIONS.with_name("alerts.yaml")
AGES = ("under_hour", "under_day", "under_week", "over_week")


@pytest.fixture
async def app(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Litestar]:
    """Whose figures somebody may read, measured anew each time."""
    monkeypatch.setattr(measurements, "FRESH_SECONDS", 0.0)
    async with running(build_app(msgspec.structs.replace(settings, metrics_token=TOKEN))) as app:
        yield app


# Who may read them


async def test_without_the_setting_nobody_reads_them(settings: Settings) -> None:
    async with running(build_app(settings)) as app, client_of(app) as client:
        for headers in ({}, BEARER, {"Authorization": "Bearer "}, signed_in("admin")):
            answer = await client.get("/metrics", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "metrics.token_required")


@pytest.mark.parametrize("authorization", [None, "Bearer", "Bearer wrong-token-of-a-stranger", TOKEN, f"Basic {TOKEN}"])
async def test_whoever_lacks_the_token_reads_nothing(client: httpx.AsyncClient, authorization: str | None) -> None:
    answer = await client.get("/metrics", headers={"Authorization": authorization} if authorization else {})
    assert (answer.status_code, answer.json()["code"]) == (401, "metrics.token_required")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "clearway_" not in answer.text


# What they are


async def test_the_page_is_what_prometheus_understands_and_names_nobody(client: httpx.AsyncClient) -> None:
    hazard = await hazard_in(client, State.REPORTED)
    photo_id = uuid4()
    await put(client, PHOTO, photo_id=photo_id)
    await client.get(f"/api/v1/photos/{photo_id}/original?token=secret", headers=signed_in("inspector"))
    await client.request("BREW", f"/api/v1/hazards/{hazard['id']}")
    await client.get("/wp-admin/setup.php")
    figures = await scrape(client)
    for name, family in figures.families.items():
        assert re.fullmatch(r"(clearway|process)_[a-z_]+", name), name
        assert family.documentation, name
        if family.type == "counter":
            assert {sample.name.rsplit("_", 1)[1] for sample in family.samples} <= {"total"}
    labels = figures.labels()
    for values in labels.values():
        for value in values:
            assert not re.search(r"[0-9a-f]{8}-|secret|wp-admin|127\.0|[\u4e00-\u9fff]", value), value
    assert "other" in labels["method"]
    assert "BREW" not in labels["method"]
    assert {"unmatched", "/api/v1/photos/{photo_id}/original"} <= labels["route"]


async def test_a_request_is_counted_by_route_and_status_and_timed(client: httpx.AsyncClient) -> None:
    before = await scrape(client)
    await client.get("/api/v1/me", headers=signed_in("desk"))
    await client.get("/api/v1/me")
    await client.head("/api/v1/me", headers=signed_in("desk"))
    after = await scrape(client)

    def more(name: str, **labels: str) -> float:
        return after(name, **labels) - before(name, **labels)

    assert more("http_requests_total", method="GET", route="/api/v1/me", status="200") == 1
    assert more("http_requests_total", method="GET", route="/api/v1/me", status="401") == 1
    assert more("http_requests_total", method="HEAD", route="/api/v1/me", status="200") == 1
    assert more("problems_total", code="session.required") == 1
    assert more("http_request_seconds_count", method="GET", route="/api/v1/me") == 2
    assert more("http_request_seconds_bucket", method="GET", route="/api/v1/me", le="+Inf") == 2
    # The one that asks.
    assert after("http_requests_in_progress") == 1


async def test_bytes_and_photos_are_counted_once_they_are_acknowledged(client: httpx.AsyncClient) -> None:
    before = await scrape(client)
    photo_id, one_shot = uuid4(), samples.phone_photo(7, size=(320, 240))
    for _ in range(2):
        await put(client, one_shot, photo_id=photo_id)
    await put(client, one_shot, digest=digest_of(b"something else"))
    phone = Tus(client)
    location = await phone.begin()
    await phone.patch(location, 0, PHOTO[:HALF])
    half = await scrape(client)
    await phone.patch(location, HALF, PHOTO[HALF:])
    await phone.terminate(await phone.begin())
    await phone.patch(await phone.begin(PHOTO, sha256="00" * 32), 0, PHOTO)
    after = await scrape(client)

    def more(name: str, than: Figures = before, at: Figures = after, **labels: str) -> float:
        return at(name, **labels) - than(name, **labels)

    assert more("intake_bytes_total", way="one_shot") == 2 * len(one_shot)
    assert more("photos_received_total", way="one_shot") == 1
    assert more("intake_bytes_total", at=half, way="tus") == HALF
    assert more("photos_received_total", at=half, way="tus") == 0
    assert more("intake_bytes_total", way="tus") == len(PHOTO)
    assert more("photos_received_total", way="tus") == 1
    outcomes = {name: more("uploads_total", outcome=name) for name in ("created", "finished", "rejected", "terminated")}
    assert outcomes == {"created": 3, "finished": 1, "rejected": 1, "terminated": 1}
    assert more("store_operation_seconds_count", operation="commit") == 2
    assert more("store_operation_seconds_count", operation="seal") >= 2
    assert more("store_operation_seconds_count", operation="seal_segments") == 1
    assert more("database_wait_seconds_count", pool="main") > 10
    assert more("database_use_seconds_count", pool="main") > 10
    assert after("database_connections_limit", pool="main") > 0


async def test_photos_that_are_not_safe_yet_are_told_until_they_are(client: httpx.AsyncClient) -> None:
    assert (await scrape(client))("unsealed_bytes") == 0
    phone = Tus(client)
    location = await phone.begin()
    await phone.patch(location, 0, PHOTO[:HALF])
    figures = await scrape(client)
    assert (figures("uploads_unfinished"), figures("unsealed_bytes")) == (1, HALF)
    assert 0 < figures("uploads_oldest_seconds") < 60
    await phone.patch(location, HALF, PHOTO[HALF:])
    figures = await scrape(client)
    assert (figures("uploads_unfinished"), figures("unsealed_bytes")) == (0, 0)


async def test_photos_that_hazards_name_are_awaited_until_they_come(
    client: httpx.AsyncClient, context: Context, database_url: str
) -> None:
    named, content = picture(3)
    other, _ = picture(4)
    answered(await send_report(client, report(photos=[named, other])))
    figures = await scrape(client)
    assert figures("photos_awaited", age="under_hour") == 2
    # Somebody else's photo under that id is refused, and another content is not what was named.
    await put(client, samples.phone_photo(9, size=(320, 240)), photo_id=uuid4())
    assert (await scrape(client))("photos_awaited", age="under_hour") == 2
    await send_photo(client, named, content, by="inspector")
    assert (await scrape(client))("photos_awaited", age="under_hour") == 1
    connection = await asyncpg.connect(database_url)
    for days, age in ((0.5, "under_day"), (3, "under_week"), (8, "over_week")):
        await connection.execute("UPDATE awaited_photos SET named_at = now() - $1::interval", timedelta(days=days))
        figures = await scrape(client)
        assert figures("photos_awaited", age=age) == 1
        assert (
            sum(figures("photos_awaited", age=one) for one in ("under_hour", "under_day", "under_week", "over_week"))
            == 1
        )
        assert figures("photos_awaited_oldest_seconds") == pytest.approx(days * 86400, abs=60)
    assert await connection.fetchval("SELECT count(*) FROM awaited_photos") == 2
    worker = WorkerContext(**{name: getattr(context, name) for name in context.__slots__}, sandbox=None)  # type: ignore[arg-type]
    await jobs.sweep(worker)
    assert await connection.fetchval("SELECT count(*) FROM awaited_photos") == 1
    await connection.close()


async def test_a_photo_that_was_here_when_it_was_named_is_not_awaited(client: httpx.AsyncClient) -> None:
    named, content = picture(5)
    await send_photo(client, named, content, by="inspector")
    answered(await send_report(client, report(photos=[named])))
    assert (await scrape(client))("photos_awaited", age="under_hour") == 0


async def test_the_queue_is_told_by_kind_of_job_with_the_age_of_the_oldest(
    client: httpx.AsyncClient, database_url: str
) -> None:
    for seed in range(3):
        await put(client, samples.phone_photo(seed, size=(320, 240)))
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "UPDATE pgqueuer SET created = now() - interval '1 hour' WHERE id = (SELECT min(id) FROM pgqueuer)"
    )
    figures = await scrape(client)
    assert figures("queue_jobs", job="photo.render") == 3
    assert figures("queue_oldest_seconds", job="photo.render") == pytest.approx(3600, abs=60)
    assert figures("photos_unrendered", state="pending") == 3
    await connection.execute("UPDATE pgqueuer SET status = 'picked' WHERE id = (SELECT max(id) FROM pgqueuer)")
    await connection.execute("UPDATE pgqueuer SET status = 'failed' WHERE id = (SELECT min(id) FROM pgqueuer)")
    await connection.execute("UPDATE photos SET rendition_state = 'failed'")
    figures = await scrape(client)
    told = [figures(f"queue_{name}", job="photo.render") for name in ("jobs", "running_jobs", "failed_jobs")]
    assert told == [1, 1, 1]
    assert figures("queue_oldest_seconds", job="photo.render") < 60
    assert figures("photos_unrendered", state="failed") == 3
    await connection.execute("DELETE FROM pgqueuer")
    assert (await scrape(client)).has("queue_jobs", job="photo.render")
    await connection.execute(
        """INSERT INTO pgqueuer_schedules (expression, entrypoint, next_run, status)
           VALUES ('* * * * *', 'sweep', now() - interval '5 minutes', 'queued')"""
    )
    assert (await scrape(client))("schedule_late_seconds", schedule="sweep") == pytest.approx(300, abs=60)
    await connection.close()


# When something is wrong


async def test_a_store_that_fails_is_counted_and_told(client: httpx.AsyncClient, tmp_path: Path) -> None:
    stores.only_a_folder("an object store that is gone is one of the faults")
    before = await scrape(client)
    assert before("part_ready", part="store") == 1
    assert before("store_free_bytes") > 0
    (tmp_path / "store").rename(tmp_path / "elsewhere")
    (tmp_path / "store").write_text("not a folder")
    after = await scrape(client)
    assert after("part_ready", part="store") == 0
    failures = [
        sample.value for sample in after.families["clearway_store_failures"].samples if sample.name.endswith("_total")
    ]
    assert sum(failures) > 0


async def test_a_database_that_is_away_is_told_on_a_page_that_still_comes(
    client: httpx.AsyncClient, database_url: str, server_url: str
) -> None:
    assert (await scrape(client))("backlog_measured") == 1
    before = await scrape(client)
    connection = await asyncpg.connect(server_url)
    name = database_url.rsplit("/", 1)[1]
    await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    await connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
    try:
        figures = await scrape(client)
    finally:
        await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await connection.close()
    assert (figures("part_ready", part="database"), figures("backlog_measured")) == (0, 0)
    assert not figures.has("unsealed_bytes")
    assert before.has("unsealed_bytes")
    failed = sum(sample.value for sample in figures.families["clearway_database_failures"].samples)
    assert failed > sum(sample.value for sample in before.families["clearway_database_failures"].samples)


async def test_many_who_ask_at_once_cost_the_database_one_measurement(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    measure = measurements.measure

    async def counting(context: Context) -> measurements.Measured:
        nonlocal asked
        asked += 1
        return await measure(context)

    monkeypatch.setattr(measurements, "measure", counting)
    async with (
        running(build_app(msgspec.structs.replace(settings, metrics_token=TOKEN))) as app,
        client_of(app) as client,
    ):
        for _ in range(5):
            await scrape(client)
    assert asked == 1


# What is said about them


async def test_every_figure_is_explained_and_every_alarm_is_of_figures_that_there_are(
    client: httpx.AsyncClient,
) -> None:
    named = r"clearway_[a-z_]+[a-z]"
    there = {name for name in (await scrape(client)).families if name.startswith("clearway_")}
    told = {re.sub(r"_(total|bucket)$", "", name) for name in re.findall(named, OPERATIONS.read_text("utf-8"))}
    # An object store does not tell how much room it has.
    assert told - ({"clearway_store_free_bytes"} if stores.URL else set()) == there
    text = ALERTS.read_text("utf-8")
    assert {re.sub(r"_(total|bucket)$", "", name) for name in re.findall(named, text)} <= told


def test_the_rules_are_those_of_the_table() -> None:
    rules = [rule for group in yaml.safe_load(ALERTS.read_text("utf-8"))["groups"] for rule in group["rules"]]
    rows = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in OPERATIONS.read_text("utf-8").splitlines()
        if line.endswith("|") and re.search(r"\| (page|ticket) \|", line)
    ]
    table = [(plain(row[1]), row[3]) for row in rows]
    assert table == [(plain(rule["expr"]), rule["labels"]["severity"]) for rule in rules]
    assert all(len(row) == 6 and all(row) for row in rows)


def plain(expression: str) -> str:
    """Without what the table adds, and without spaces."""
    return re.sub(r"\s|`|\\(?=\|)|\(\*db\*\)", "", expression)
