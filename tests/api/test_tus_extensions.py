"""Every MUST of the tus 1.0.0 extensions creation-with-upload, expiration, checksum and termination.

Sentences in quotation marks are the protocol's (https://tus.io/protocols/resumable-upload).
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tests.api.photo_client import digest_of
from tests.api.tus_client import (
    HALF,
    OTHER,
    PHOTO,
    Tus,
    checksum,
    told,
)
from tests.stores import files_in

LIMIT = 50 * 1024 * 1024


# Creation With Upload


async def test_the_first_piece_may_come_with_the_creation(tus: Tus) -> None:
    """ "The Server MUST include the Upload-Offset header in its response." """
    for content, finished in ((PHOTO[:HALF], False), (PHOTO, True), (b"", False)):
        answer = await tus.create(len(PHOTO), content)
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, str(len(content)))
        assert ("Repr-Digest" in answer.headers) == finished
        assert await tus.offset(answer.headers["Location"]) == len(content)
        if finished:
            assert await tus.original(answer.headers["Photo-Id"]) == PHOTO


async def test_a_creations_body_of_another_type_is_not_a_piece(tus: Tus) -> None:
    answer = await tus.create(len(PHOTO), PHOTO, Content_Type="application/json")
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "0")


async def test_a_creation_takes_its_first_piece_whatever_the_parameters_of_its_type(tus: Tus) -> None:
    answer = await tus.create(len(PHOTO), PHOTO, Content_Type="application/offset+octet-stream; x=y")
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, str(len(PHOTO)))


async def test_a_creation_with_too_many_bytes_or_a_wrong_checksum_keeps_none(tus: Tus, tmp_path: Path) -> None:
    assert told(await tus.create(10, PHOTO)) == (413, "upload.past_the_end")
    assert told(await tus.create(len(PHOTO), PHOTO, **checksum(OTHER))) == (460, "tus.checksum_mismatch")
    assert files_in(tmp_path) == []


# Expiration


async def test_every_answer_of_an_unfinished_upload_says_when_it_will_be_gone(tus: Tus) -> None:
    """ "This header MUST be included in every PATCH response if the upload is going to expire. If the expiration is
    known at the creation, the Upload-Expires header MUST be included in the response to the initial POST request." """
    created = await tus.create()
    location = created.headers["Location"]
    continued = await tus.patch(location, 0, PHOTO[:HALF])
    for answer in (created, await tus.head(location), continued):
        # "The value of the Upload-Expires header MUST be in RFC 7231 datetime format."
        text = answer.headers["Upload-Expires"]
        assert text.endswith(" GMT")
        assert timedelta(days=6) < parsedate_to_datetime(text) - datetime.now(UTC) < timedelta(days=8)
    assert "Upload-Expires" not in (await tus.patch(location, HALF, PHOTO[HALF:])).headers


# Checksum


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
async def test_a_piece_whose_checksum_is_right_counts_and_one_whose_is_wrong_does_not(
    tus: Tus, tmp_path: Path, algorithm: str
) -> None:
    """ "The Server MUST verify that the data [...] matches the checksum [...] If the checksums do not match, the Server
    MUST respond with the 460 Checksum Mismatch [...] the uploaded data MUST be discarded and the offset MUST NOT be
    updated." """
    location = await tus.begin()
    for start, end in ((0, HALF), (HALF, len(PHOTO))):
        piece = PHOTO[start:end]
        wrong = await tus.patch(location, start, piece, **checksum(piece + b"\0", algorithm))
        assert told(wrong) == (460, "tus.checksum_mismatch")
        assert await tus.offset(location) == start
        assert len(files_in(tmp_path)) == (1 if start else 0)
        right = await tus.patch(location, start, piece, **checksum(piece, algorithm))
        assert (right.status_code, right.headers["Upload-Offset"]) == (204, str(end))
    assert right.headers["Repr-Digest"] == digest_of(PHOTO)


async def test_a_checksum_that_cannot_be_checked_is_refused(tus: Tus) -> None:
    """ "400 Bad Request if the checksum algorithm is not supported by the server" """
    location = await tus.begin()
    for text in ("md5 1B2M2Y8AsgTpgAmY7PhCfg==", "sha256", "sha256 ???", "sha1 AAAA", "crc32 AAAAAA=="):
        answer = await tus.patch(location, 0, PHOTO, Upload_Checksum=text)
        assert told(answer) == (400, "tus.checksum_algorithm_unsupported"), text
    assert await tus.offset(location) == 0


# Termination


async def test_an_unfinished_upload_can_be_given_up_and_frees_its_space(tus: Tus, tmp_path: Path) -> None:
    """ "the Server SHOULD free associated resources and MUST respond with the 204 No Content status confirming that
    the upload was terminated. For all future requests to this URL, the Server SHOULD respond with the 404 Not Found or
    410 Gone status." """
    location = await tus.begin()
    for start in range(0, HALF, HALF // 3):
        await tus.patch(location, start, PHOTO[start : start + HALF // 3])
    assert len(files_in(tmp_path, "segments")) == 4
    assert (await tus.terminate(location)).status_code == 204
    assert files_in(tmp_path) == []
    for answer in (await tus.head(location), await tus.patch(location, 0, PHOTO), await tus.terminate(location)):
        assert answer.status_code == 404


async def test_a_finished_photo_cannot_be_taken_back(tus: Tus) -> None:
    answer = await tus.create(len(PHOTO), PHOTO)
    assert told(await tus.terminate(answer.headers["Location"])) == (403, "upload.finished")
    assert await tus.original(answer.headers["Photo-Id"]) == PHOTO
