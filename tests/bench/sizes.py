"""Line 9: unit costs, for reckoning on paper what a province needs (docs/scale.md). None has a goal."""

import asyncio
import time
from pathlib import Path

import asyncpg

from tests.bench.deployment import deployed, puts
from tests.bench.load import run_load
from tests.bench.photographs import payloads
from tests.bench.processes import cpu_seconds, tree
from tests.bench.report import Figure, Report
from tests.bench.seeded_record import seeded_record

HAZARDS = 20_000
ROWS = 200_000
PHOTOS = 96
CLIENTS = 16
PATIENCE_SECONDS = 120


def measure_sizes(folder: Path, photographs: list[Path], report: Report) -> None:
    """Adds the figures of line 9."""
    with seeded_record(folder / "sizes", HAZARDS) as record:
        asyncio.run(_report_rows(record.url, report))
    _report_photo(folder, photographs, report)


async def _report_rows(url: str, report: Report) -> None:
    connection = await asyncpg.connect(url)
    try:
        size = "SELECT pg_database_size(current_database())"
        report.add(
            Figure(
                f"9 a hazard of {HAZARDS} with its history and indexes", await connection.fetchval(size) / HAZARDS, "B"
            )
        )
        await connection.execute("TRUNCATE hazard_photos, photos CASCADE")
        await connection.execute(
            """INSERT INTO photos (id, uploaded_by, sha256, size, media_type, object_key, received_at, rendition_state,
                                   preview_key, thumbnail_key, facts)
               SELECT gen_random_uuid(), (SELECT id FROM accounts LIMIT 1), sha256(n::text::bytea), 4000000,
                      'image/jpeg',
                      'originals/' || left(encode(sha256(n::text::bytea), 'hex'), 2) || '/'
                          || encode(sha256(n::text::bytea), 'hex') || '.jpg', now(), 'ready',
                      'renditions/00/' || encode(sha256(n::text::bytea), 'hex') || '.jpg',
                      'renditions/01/' || encode(sha256(n::text::bytea), 'hex') || '.jpg',
                      '{"width": 4000, "height": 3000, "captured_at": "2026-06-05T09:30:00+08:00", "lat": 37.8}'
                 FROM generate_series(1, $1::int) n""",
            ROWS,
        )
        before = await connection.fetchval("SELECT count(*) FROM events")
        left = await connection.fetchval("SELECT pg_total_relation_size('events')")
        await connection.execute(
            """INSERT INTO events (subject, subject_id, kind, at, actor_id, body)
               SELECT 'photo', gen_random_uuid(), 'photo.received', now(), (SELECT id FROM accounts LIMIT 1),
                      jsonb_build_object('sha256', encode(sha256(n::text::bytea), 'hex'), 'size', 4000000,
                                         'media_type', 'image/jpeg')
                 FROM generate_series(1, $1::int) n""",
            ROWS,
        )
        sizes = "SELECT pg_total_relation_size('photos'), pg_total_relation_size('events')"
        photos, events = await connection.fetchrow(sizes)
        report.add(Figure("9 a row of photos with its indexes", photos / ROWS, "B"))
        report.add(Figure("9 an event with its indexes", (events - left) / ROWS, "B"))
        report.note(f"line 9: {before} events were there before")
    finally:
        await connection.close()


def _report_photo(folder: Path, photographs: list[Path], report: Report) -> None:
    with deployed(folder / "photo", with_worker=True) as service:
        assert service.worker is not None
        run_load(service.server.port, puts(service, payloads(photographs, CLIENTS)), CLIENTS)
        asyncio.run(_all_are_shown(service.database_url))
        wal = asyncio.run(_wal(service.database_url))
        before, worker = service.costs(), cpu_seconds(tree([service.worker.pid]))
        run_load(service.server.port, puts(service, payloads(photographs, PHOTOS)), CLIENTS)
        asyncio.run(_all_are_shown(service.database_url))
        spent = service.costs().since(before, PHOTOS)
        wal = asyncio.run(_wal(service.database_url)) - wal
        renditions = cpu_seconds(tree([service.worker.pid])) - worker
    report.add(Figure("9 web CPU a photo of 4 MB", spent.web * 1000, "ms"))
    report.add(Figure("9 worker CPU a photo of 12 MP, renditions and jobs", renditions / PHOTOS * 1000, "ms"))
    report.add(Figure("9 PostgreSQL CPU a photo, jobs included", spent.database * 1000, "ms"))
    report.add(Figure("9 WAL a photo, jobs included", wal / PHOTOS, "B"))


async def _wal(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint"))
    finally:
        await connection.close()


async def _all_are_shown(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while await connection.fetchval("SELECT count(*) FROM photos WHERE rendition_state = 'pending'"):
            assert time.monotonic() < deadline, "the worker does not get done"
            await asyncio.sleep(0.1)
    finally:
        await connection.close()
