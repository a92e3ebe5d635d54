"""What becomes of resumable uploads: raced, cut, refused, expired, swept, and in every case the right photo or none."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from litestar import Litestar

from service.repositories import uploads as repository
from service.workflows import flights, uploads
from service.workflows.context import Context
from tests import samples
from tests.api.tus_client import OTHER, PHOTO, Tus, checksum, files_in, repr_digest, rows, sha256, told, wire
from tests.api.wire import Wire
from tests.conftest import PROVING

HALF = len(PHOTO) // 2


@pytest.fixture
def tus(client: httpx.AsyncClient) -> Tus:
    return Tus(client)


def now() -> datetime:
    return datetime.now(UTC)


# Races


class Delivery:
    """A PATCH that has read where its upload stands and waits for its bytes."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.task = asyncio.create_task(wire.run())

    async def arrive(self, content: bytes) -> int:
        self.wire.feed(content, more=False)
        return await self.task


async def both_on_their_way(app: Litestar, location: str, offset: int, lengths: tuple[int, int]) -> list[Delivery]:
    """Two requests that both found the upload at `offset`: sent one after the other, the second would end the first."""
    deliveries = [Delivery(wire(app, location, offset, length)) for length in lengths]
    for delivery in deliveries:
        await delivery.wire.was_taken()
    assert not any(delivery.task.done() for delivery in deliveries)
    return deliveries


async def test_of_two_pieces_for_one_offset_one_counts_and_the_other_is_told_so(
    tus: Tus, app: Litestar, tmp_path: Path
) -> None:
    location = await tus.begin()
    long, short = await both_on_their_way(app, location, 0, (1000, 700))
    assert await long.arrive(PHOTO[:1000]) == 204
    assert await short.arrive(PHOTO[:700]) == 409
    assert short.wire.json()["offset"] == await tus.offset(location) == 1000
    assert len(files_in(tmp_path)) == 1
    assert (await tus.patch(location, 1000, PHOTO[1000:])).headers["Repr-Digest"] == repr_digest(PHOTO)


@pytest.mark.parametrize("offset", [0, 500])
@pytest.mark.parametrize("promised", [{}, {"sha256": sha256(PHOTO)}])
async def test_a_last_piece_that_comes_too_late_cannot_spoil_what_was_confirmed(
    tus: Tus, app: Litestar, tmp_path: Path, offset: int, promised: dict[str, str]
) -> None:
    """A proxy holds a request back and lets it go after the phone has gone on: it must not end the upload."""
    location = await tus.begin(**promised)
    if offset:
        await tus.patch(location, 0, PHOTO[:offset])
    quick, late = await both_on_their_way(app, location, offset, (1000, len(PHOTO) - offset))
    assert await quick.arrive(PHOTO[offset : offset + 1000]) == 204
    # Once the right bytes at an offset that is past, once bytes that are no photo at all.
    assert await late.arrive(PHOTO[offset:] if offset else bytes(len(PHOTO))) == 409
    assert late.wire.json()["code"] == "upload.offset_conflict"
    assert await tus.offset(location) == offset + 1000
    assert len(files_in(tmp_path, "segments")) == (2 if offset else 1)
    finished = await tus.patch(location, offset + 1000, PHOTO[offset + 1000 :])
    assert finished.headers["Repr-Digest"] == repr_digest(PHOTO)
    assert files_in(tmp_path, "segments") == []


async def test_pieces_sent_at_once_by_a_confused_phone_never_mix(tus: Tus, tmp_path: Path) -> None:
    """Ten times two phones with two contents: whoever wins an offset, no answered byte is lost or doubled."""
    for _ in range(10):
        location = await tus.begin()
        one, two = await asyncio.gather(
            tus.patch(location, 0, PHOTO[:HALF]), tus.patch(location, 0, PHOTO[: HALF + 10])
        )
        assert sorted((one.status_code, two.status_code)) == [204, 409]
        offset = await tus.offset(location)
        assert offset == (HALF if one.status_code == 204 else HALF + 10)
        ends = await asyncio.gather(*(tus.patch(location, offset, PHOTO[offset:]) for _ in range(3)))
        assert sorted(answer.status_code for answer in ends) == [204, 409, 409]
        [finished] = [answer for answer in ends if answer.status_code == 204]
        assert finished.headers["Repr-Digest"] == repr_digest(PHOTO)
    assert [path.stat().st_size for path in files_in(tmp_path)] == [len(PHOTO)]


async def test_fifty_identical_ends_at_once_make_one_photo(tus: Tus, context: Context, tmp_path: Path) -> None:
    photo_id = uuid4()
    location = await tus.begin(photo_id=str(photo_id))
    await tus.patch(location, 0, PHOTO[:HALF])
    answers = await asyncio.gather(*(tus.patch(location, HALF, PHOTO[HALF:]) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [204] + [409] * 49
    assert {answer.json()["offset"] for answer in answers if answer.status_code == 409} == {len(PHOTO)}
    assert [await rows(context, table) for table in ("photos", "events", "pgqueuer")] == [1, 1, 1]
    assert len(files_in(tmp_path)) == 1
    assert await tus.original(photo_id) == PHOTO


async def test_fifty_uploads_of_one_photo_under_one_id_make_one_photo(tus: Tus, context: Context) -> None:
    photo_id = str(uuid4())
    locations = [await tus.begin(photo_id=photo_id, sha256=sha256(PHOTO)) for _ in range(50)]
    answers = await asyncio.gather(*(tus.patch(location, 0, PHOTO) for location in locations))
    assert {answer.status_code for answer in answers} == {204}
    assert {answer.headers["Repr-Digest"] for answer in answers} == {repr_digest(PHOTO)}
    assert [await rows(context, table) for table in ("photos", "events", "pgqueuer")] == [1, 1, 1]


# Connections that end


async def test_what_came_before_a_cut_counts(app: Litestar, tus: Tus) -> None:
    location = await tus.begin()
    cut = wire(app, location, 0, len(PHOTO))
    cut.feed(PHOTO[:1000])
    cut.hang_up()
    await cut.run()
    assert await tus.offset(location) == 1000
    assert (await tus.patch(location, 1000, PHOTO[1000:])).headers["Repr-Digest"] == repr_digest(PHOTO)


async def test_a_cut_before_the_first_byte_changes_nothing(app: Litestar, tus: Tus, tmp_path: Path) -> None:
    location = await tus.begin()
    cut = wire(app, location, 0, len(PHOTO))
    cut.hang_up()
    await cut.run()
    assert await tus.offset(location) == 0
    assert files_in(tmp_path) == []


async def test_a_piece_with_a_checksum_counts_whole_or_not_at_all(app: Litestar, tus: Tus, tmp_path: Path) -> None:
    location = await tus.begin()
    cut = wire(app, location, 0, HALF, **checksum(PHOTO[:HALF]))
    cut.feed(PHOTO[: HALF - 1])
    cut.hang_up()
    assert await cut.run() == 400
    assert cut.json()["code"] == "photo.incomplete"
    assert await tus.offset(location) == 0
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("with_checksum", [False, True])
async def test_a_phone_that_is_back_is_not_kept_waiting_by_its_dead_connection(
    app: Litestar, tus: Tus, monkeypatch: pytest.MonkeyPatch, with_checksum: bool
) -> None:
    # Were the old request waited for, this test would not end before the run's own limit.
    monkeypatch.setattr(flights, "RELEASE_SECONDS", 3600.0)
    monkeypatch.setattr(flights, "SILENCE_SECONDS", 3600.0)
    location = await tus.begin()
    dead = wire(app, location, 0, HALF, **(checksum(PHOTO[:HALF]) if with_checksum else {}))
    waiting = asyncio.create_task(dead.run())
    dead.feed(PHOTO[:1000])
    await dead.was_taken()
    async with asyncio.timeout(10):
        offset = await tus.offset(location)
        assert offset == (0 if with_checksum else 1000)
        assert (await tus.patch(location, offset, PHOTO[offset:])).headers["Repr-Digest"] == repr_digest(PHOTO)
        await waiting


async def test_a_silent_connection_has_what_it_brought_confirmed_and_may_go_on(
    app: Litestar, tus: Tus, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.workflows.intake.SILENCE_SECONDS", 0.02)
    location = await tus.begin()
    slow = wire(app, location, 0, len(PHOTO))
    sending = asyncio.create_task(slow.run())
    for start, end in ((0, 10), (10, HALF), (HALF, len(PHOTO))):
        slow.feed(PHOTO[start:end], more=end < len(PHOTO))
        async with asyncio.timeout(10), context.database.connection() as connection:
            # Another replica would read this row: HEAD here would end the connection instead.
            while end < len(PHOTO) and await connection.fetchval("SELECT max(confirmed_offset) FROM uploads") < end:
                pass
    assert await sending == 204
    assert slow.headers["repr-digest"] == repr_digest(PHOTO)


async def test_a_connection_that_stays_silent_is_given_up_and_keeps_what_it_brought(
    app: Litestar, tus: Tus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.workflows.intake.SILENCE_SECONDS", 0.01)
    monkeypatch.setattr(uploads, "MAX_SILENCES", 3)
    location = await tus.begin()
    silent = wire(app, location, 0, len(PHOTO))
    silent.feed(PHOTO[:10])
    async with asyncio.timeout(10):
        assert await silent.run() == 204
    assert silent.headers["upload-offset"] == "10"


# Refused at the end


async def test_a_broken_promise_is_told_and_the_upload_is_gone(tus: Tus, context: Context, tmp_path: Path) -> None:
    for pieces in ((0,), (0, HALF)):
        location = await tus.begin(sha256=sha256(OTHER))
        ends = (*pieces[1:], len(PHOTO))
        for start, end in zip(pieces, ends, strict=True):
            answer = await tus.patch(location, start, PHOTO[start:end])
        assert told(answer) == (422, "photo.digest_mismatch")
        gone = await tus.head(location)
        assert gone.status_code == 410
        assert "Upload-Offset" not in gone.headers
        again = await tus.patch(location, 0, OTHER)
        assert told(again) == (410, "upload.gone")
        assert again.json()["because"] == "photo.digest_mismatch"
    assert files_in(tmp_path) == []
    assert await rows(context, "photos") == 0


async def test_a_file_that_is_no_photo_is_told_at_the_last_piece_and_the_upload_is_gone(
    tus: Tus, tmp_path: Path
) -> None:
    odd = samples.odd_files()
    for name in ("noise.jpg", "vector.svg", "page.html", "page_before_photo.jpg", "animation.gif", "document.pdf"):
        content = odd[name]
        location = await tus.begin(content, filename="photo.jpg", filetype="image/jpeg")
        # In bytes so small that the type lies in several segments.
        for start in range(3):
            assert (await tus.patch(location, start, content[start : start + 1])).status_code == 204
        assert told(await tus.patch(location, 3, content[3:])) == (415, "photo.type_not_accepted"), name
        assert (await tus.head(location)).status_code == 410
        assert told(await tus.create(len(content), content)) == (415, "photo.type_not_accepted"), name
    assert files_in(tmp_path) == []


async def test_every_other_odd_file_is_kept_to_the_last_byte(tus: Tus) -> None:
    odd = samples.odd_files()
    for name in ("truncated.jpg", "header_only.jpg", "heic_named.jpg", "polyglot.jpg", "huge.png", "huge.jpg"):
        location = await tus.begin(odd[name])
        await tus.patch(location, 0, odd[name][:5])
        answer = await tus.patch(location, 5, odd[name][5:])
        assert answer.headers["Repr-Digest"] == repr_digest(odd[name]), name
        assert await tus.original(answer.headers["Photo-Id"]) == odd[name]


async def test_an_id_that_is_taken_is_told_without_telling_whose(tus: Tus) -> None:
    photo_id = str(uuid4())
    assert (await tus.patch(await tus.begin(photo_id=photo_id), 0, PHOTO)).status_code == 204
    bodies = []
    for phone, content in ((tus, OTHER), (tus.another("inspector2"), OTHER), (tus.another("inspector2"), PHOTO)):
        location = await phone.begin(content, photo_id=photo_id)
        answer = await phone.patch(location, 0, content)
        assert told(answer) == (409, "photo.id_in_use")
        assert (await phone.head(location)).status_code == 410
        bodies.append(answer.json())
    assert bodies[0] == bodies[1] == bodies[2]
    assert await tus.original(photo_id) == PHOTO


async def test_a_photo_sent_again_by_tus_or_put_stays_the_same_photo(tus: Tus, context: Context) -> None:
    photo_id = str(uuid4())
    digests = set()
    for _ in range(2):
        answer = await tus.patch(await tus.begin(photo_id=photo_id), 0, PHOTO)
        digests.add(answer.headers["Repr-Digest"])
    assert digests == {repr_digest(PHOTO)}
    assert await rows(context, "photos") == 1


# Expired


async def test_an_expired_upload_is_gone_and_swept_and_a_photo_never_is(
    tus: Tus, context: Context, tmp_path: Path
) -> None:
    kept = (await tus.create(len(PHOTO), PHOTO)).headers
    expired, rejected, living = [await tus.begin(OTHER) for _ in range(3)]
    await tus.patch(expired, 0, OTHER[:1000])
    await tus.patch(rejected, 0, b"<html>" + OTHER[6:])
    later = now() + timedelta(days=8)
    await tus.patch(living, 0, OTHER[:1000])
    async with context.database.connection() as connection:
        upload_id = living.rsplit("/", 1)[1]
        await connection.execute("UPDATE uploads SET expires_at = $1 WHERE id = $2", later + timedelta(1), upload_id)
        await connection.execute("UPDATE uploads SET expires_at = now() WHERE id <> $1", upload_id)

    assert (await tus.head(expired)).status_code == 410
    gone = await tus.patch(expired, 1000, OTHER[1000:])
    assert told(gone) == (410, "upload.gone")
    assert gone.json()["because"] == "expired"

    assert await uploads.sweep(context, now=later) == 2
    for location in (expired, rejected):
        assert (await tus.head(location)).status_code == 404
    assert await tus.offset(living) == 1000
    assert await tus.original(kept["Photo-Id"]) == PHOTO
    assert len(files_in(tmp_path, "segments")) == 1
    assert len(files_in(tmp_path, "originals")) == 1


async def test_every_piece_gives_an_upload_its_full_time_again(tus: Tus, context: Context) -> None:
    location = await tus.begin()
    async with context.database.connection() as connection:
        await connection.execute("UPDATE uploads SET expires_at = now() + interval '1 minute'")
    await tus.patch(location, 0, PHOTO[:1])
    assert await uploads.sweep(context, now=now() + timedelta(days=6)) == 0
    assert await tus.offset(location) == 1


async def test_the_sweeper_spares_an_upload_that_goes_on_while_it_sweeps(
    tus: Tus, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = await tus.begin()
    found = repository.expired

    async def expired_and_then_continued(*arguments: object, **named: object) -> object:
        ids = await found(*arguments, **named)  # type: ignore[arg-type]
        # A body that began to arrive in time, and is confirmed right now.
        async with context.database.connection() as connection:
            await connection.execute("UPDATE uploads SET expires_at = $1", later + timedelta(days=7))
        return ids

    later = now() + timedelta(days=8)
    monkeypatch.setattr(repository, "expired", expired_and_then_continued)
    assert await uploads.sweep(context, now=later) == 0
    assert await tus.offset(location) == 0


async def test_a_segment_that_a_killed_request_left_is_swept_when_nobody_can_still_need_it(
    tus: Tus, context: Context, tmp_path: Path
) -> None:
    location = await tus.begin()
    await tus.patch(location, 0, PHOTO[:1000])
    writer = context.store.begin_segment(f"segments/{uuid4()}/abandoned")
    await writer.write(b"never confirmed")
    await writer.commit()
    assert len(files_in(tmp_path)) == 2
    await uploads.sweep(context, now=now())
    assert len(files_in(tmp_path)) == 2
    for file in files_in(tmp_path):
        long_ago = file.stat().st_mtime - 15 * 86400
        os.utime(file, (long_ago, long_ago))
    await uploads.sweep(context, now=now())
    assert [file.stat().st_size for file in files_in(tmp_path)] == [1000]
    assert await tus.offset(location) == 1000


# However it is cut


@effort(
    max_examples=200 if PROVING else 20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    cuts=st.lists(st.integers(0, len(PHOTO)), max_size=8),
    manner=st.lists(
        st.sampled_from(["plain", "sha1", "sha256", "wrong first", "stale first", "cut", "wire"]),
        min_size=9,
        max_size=9,
    ),
    with_creation=st.booleans(),
)
async def test_any_way_of_cutting_a_photo_into_pieces_ends_in_the_same_photo(
    tus: Tus, app: Litestar, cuts: list[int], manner: list[str], with_creation: bool
) -> None:
    ends = [*sorted(cuts), len(PHOTO)]
    offset = ends.pop(0) if with_creation else 0
    answer = await tus.create(len(PHOTO), PHOTO[:offset] if with_creation else None)
    location = answer.headers["Location"]
    for end, how in zip(ends, manner, strict=False):
        piece = PHOTO[offset:end]
        if how == "wrong first":
            await tus.patch(location, offset, piece, **checksum(piece + b"\0"))
        elif how == "stale first":
            assert (await tus.patch(location, offset + 1, piece)).status_code == 409
        if how == "cut":
            cut = wire(app, location, offset, len(PHOTO) - offset)
            cut.feed(piece)
            cut.hang_up()
            await cut.run()
        else:
            headers = checksum(piece, how) if how.startswith("sha") else {}
            assert (await tus.patch(location, offset, piece, **headers)).headers["Upload-Offset"] == str(end)
        offset = end
    standing = await tus.head(location)
    assert standing.headers["Upload-Offset"] == str(len(PHOTO))
    assert standing.headers["Repr-Digest"] == repr_digest(PHOTO)
    assert await tus.original(standing.headers["Photo-Id"]) == PHOTO
