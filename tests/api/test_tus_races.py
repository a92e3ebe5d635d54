"""Resumable uploads raced, cut and silenced: in every case the right photo or none, and nothing confirmed is lost."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from litestar import Litestar

from service.problems import Problem
from service.repositories import uploads as repository
from service.repositories.uploads import Upload
from service.workflows import accounts, flights, uploads
from service.workflows.context import Context
from tests import people
from tests.api.photo_client import digest_of, rows
from tests.api.tus_client import (
    HALF,
    PHOTO,
    Tus,
    checksum,
    sha256,
    wire,
)
from tests.conftest import PROVING
from tests.stores import files_in


def now() -> datetime:
    return datetime.now(UTC)


class Arrived:
    """A body that is there."""

    def __init__(self, content: bytes) -> None:
        self._chunks = [content]

    async def next(self) -> bytes:
        return self._chunks.pop() if self._chunks else b""


async def found(context: Context, location: str) -> Upload:
    """The upload as a request reads it before its bytes arrive."""
    async with context.database.connection() as connection:
        upload = await repository.by_id(connection, UUID(location.rsplit("/", 1)[1]))
    assert upload is not None
    return upload


async def arrive(context: Context, upload: Upload, content: bytes) -> int:
    """The bytes of a request that found `upload`; however late, and whatever happened since. Returns the offset."""
    actor = await accounts.actor_of(context, people.token("inspector"), now())
    progress = await uploads.append(
        context, actor, upload, offset=upload.offset, body=Arrived(content), checksum=None, clock=now
    )
    return progress.upload.offset


async def test_of_two_pieces_for_one_offset_one_counts_and_the_other_is_told_so(
    tus: Tus, context: Context, tmp_path: Path
) -> None:
    location = await tus.begin()
    upload = await found(context, location)
    assert await arrive(context, upload, PHOTO[:1000]) == 1000
    with pytest.raises(Problem) as refusal:
        await arrive(context, upload, PHOTO[:700])
    assert (refusal.value.status, refusal.value.parameters) == (409, {"offset": 1000})
    assert await tus.offset(location) == 1000
    assert len(files_in(tmp_path)) == 1
    assert (await tus.patch(location, 1000, PHOTO[1000:])).headers["Repr-Digest"] == digest_of(PHOTO)


@pytest.mark.parametrize("offset", [0, 500])
async def test_a_last_piece_that_comes_too_late_cannot_spoil_what_was_confirmed(
    tus: Tus, context: Context, tmp_path: Path, offset: int
) -> None:
    """A proxy holds a request back and lets it go after the phone has gone on: it must not end the upload."""
    for rest, promised in (
        (PHOTO[offset:], {}),
        (PHOTO[offset:], {"sha256": sha256(PHOTO)}),
        (bytes(len(PHOTO) - offset), {}),
        (bytes(len(PHOTO) - offset), {"sha256": sha256(PHOTO)}),
    ):
        location = await tus.begin(**promised)
        if offset:
            await tus.patch(location, 0, PHOTO[:offset])
        upload = await found(context, location)
        assert await arrive(context, upload, PHOTO[offset : offset + 1000]) == offset + 1000
        with pytest.raises(Problem, match=r"upload\.offset_conflict"):
            await arrive(context, upload, rest)
        assert await tus.offset(location) == offset + 1000
        assert len(files_in(tmp_path, "segments")) == (2 if offset else 1)
        finished = await tus.patch(location, offset + 1000, PHOTO[offset + 1000 :])
        assert finished.headers["Repr-Digest"] == digest_of(PHOTO)
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
        assert finished.headers["Repr-Digest"] == digest_of(PHOTO)
    assert [kept.size for kept in files_in(tmp_path)] == [len(PHOTO)]


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
    assert {answer.headers["Repr-Digest"] for answer in answers} == {digest_of(PHOTO)}
    assert [await rows(context, table) for table in ("photos", "events", "pgqueuer")] == [1, 1, 1]


# Connections that end


async def test_what_came_before_a_cut_counts(app: Litestar, tus: Tus) -> None:
    location = await tus.begin()
    cut = wire(app, location, 0, len(PHOTO))
    cut.feed(PHOTO[:1000])
    cut.hang_up()
    await cut.run()
    assert await tus.offset(location) == 1000
    assert (await tus.patch(location, 1000, PHOTO[1000:])).headers["Repr-Digest"] == digest_of(PHOTO)


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
        assert (await tus.patch(location, offset, PHOTO[offset:])).headers["Repr-Digest"] == digest_of(PHOTO)
        await waiting


async def test_a_stranger_who_asks_for_an_upload_does_not_end_its_running_request(app: Litestar, tus: Tus) -> None:
    location = await tus.begin()
    running = wire(app, location, 0, len(PHOTO))
    arriving = asyncio.create_task(running.run())
    running.feed(PHOTO[:1000])
    await running.was_taken()
    assert (await tus.another("owner").head(location)).status_code == 404
    running.feed(PHOTO[1000:], more=False)
    assert await arriving == 204
    assert await tus.offset(location) == len(PHOTO)


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
    assert slow.headers["repr-digest"] == digest_of(PHOTO)


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


# However it is cut


@pytest.mark.prove
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
    assert standing.headers["Repr-Digest"] == digest_of(PHOTO)
    assert await tus.original(standing.headers["Photo-Id"]) == PHOTO
