"""Resumable uploads that are refused at the end, expire or are swept; a photo that is in the record never is."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from service.repositories import uploads as repository
from service.workflows import uploads
from service.workflows.context import Context
from tests import samples, stores
from tests.api.photo_client import digest_of, rows
from tests.api.tus_client import (
    HALF,
    OTHER,
    PHOTO,
    Tus,
    sha256,
    told,
)
from tests.stores import files_in


def now() -> datetime:
    return datetime.now(UTC)


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
        assert answer.headers["Repr-Digest"] == digest_of(odd[name]), name
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
    assert digests == {digest_of(PHOTO)}
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
    stores.only_a_folder("an object store tells its own time")
    for kept in files_in(tmp_path):
        file = tmp_path / "store" / kept.key
        long_ago = file.stat().st_mtime - 15 * 86400
        os.utime(file, (long_ago, long_ago))
    await uploads.sweep(context, now=now())
    assert [kept.size for kept in files_in(tmp_path)] == [1000]
    assert await tus.offset(location) == 1000
