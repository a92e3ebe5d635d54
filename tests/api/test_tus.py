"""Every MUST of the core and of the creation extension of tus 1.0.0, and whose an upload is.

Sentences in quotation marks are the protocol's (https://tus.io/protocols/resumable-upload).
"""

import base64
from pathlib import Path
from uuid import uuid4

import httpx
import msgspec

from service.app import build_app
from service.problems import Problem
from service.settings import Settings
from tests.api.photo_client import digest_of
from tests.api.tus_client import (
    BYTES,
    HALF,
    PHOTO,
    UPLOADS,
    VERSION,
    Tus,
    checksum,
    metadata,
    sha256,
    told,
)
from tests.conftest import client_of, running
from tests.people import signed_in
from tests.stores import files_in, only_a_folder

LIMIT = 50 * 1024 * 1024


# Core


async def test_a_phone_learns_what_is_offered_before_it_signs_in_or_sends(client: httpx.AsyncClient) -> None:
    """ "The Client SHOULD NOT include the Tus-Resumable header in the request and the Server MUST ignore the header."

    Of OPTIONS."""
    for headers in ({}, {"Tus-Resumable": "0.2.2"}):
        answer = await client.options(UPLOADS, headers=headers)
        assert answer.status_code == 204
        # "A successful response [...] MUST contain the Tus-Version header."
        assert answer.headers["Tus-Version"] == "1.0.0"
        assert set(answer.headers["Tus-Extension"].split(",")) == {
            "creation", "creation-with-upload", "expiration", "checksum", "termination"
        }  # fmt: skip
        assert answer.headers["Tus-Max-Size"] == str(LIMIT)
        # "The Tus-Checksum-Algorithm header MUST be included in the response to an OPTIONS request",
        # "The Server MUST support at least the SHA1 checksum algorithm identified by sha1".
        assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256"


async def test_another_version_is_refused_with_ours_and_nothing_is_done(tus: Tus) -> None:
    """ "it MUST respond with the 412 Precondition Failed status and MUST include the Tus-Version header into the
    response. In addition, the Server MUST NOT process the request." """
    location = await tus.begin()
    for version in ("0.2.2", "1.0", "2.0.0", ""):
        other = {"Tus-Resumable": version}
        for answer in (
            await tus.send("POST", UPLOADS, other | {"Upload-Length": "5"}),
            await tus.send("PATCH", location, other | BYTES | {"Upload-Offset": "0"}, PHOTO),
            await tus.send("HEAD", location, other),
            await tus.send("DELETE", location, other),
        ):
            assert answer.status_code == 412
            assert answer.headers["Tus-Version"] == "1.0.0"
            assert "Location" not in answer.headers
    assert await tus.offset(location) == 0


async def test_every_answer_names_its_version(tus: Tus, client: httpx.AsyncClient) -> None:
    """ "The Tus-Resumable header MUST be included in every request and response except for OPTIONS requests." """
    location = await tus.begin()
    answers = [
        await tus.create(),
        await tus.head(location),
        await tus.patch(location, 0, PHOTO[:HALF]),
        await tus.patch(location, 0, PHOTO[:HALF]),
        await tus.patch(location, HALF, PHOTO[HALF:], **checksum(PHOTO)),
        await tus.patch(location, HALF, PHOTO[HALF:], Content_Type="image/jpeg"),
        await tus.patch(location, "x", PHOTO[HALF:]),
        await tus.head(f"{UPLOADS}/{uuid4()}"),
        await tus.head(f"{UPLOADS}/not-an-id"),
        await tus.create("x"),
        await tus.create(LIMIT + 1),
        await tus.send("GET", location, {}),
        await tus.another("auditor").create(),
        await client.post(UPLOADS, headers=VERSION),
        await tus.terminate(location),
    ]
    assert {answer.status_code for answer in answers} == {
        200, 201, 204, 400, 401, 403, 404, 405, 409, 413, 415, 460
    }  # fmt: skip
    assert {answer.headers.get("Tus-Resumable") for answer in answers} == {"1.0.0"}


async def test_head_tells_the_offset_the_length_and_what_the_phone_said_of_the_photo(tus: Tus) -> None:
    location = await tus.begin(filename="走廊.jpg", my_own_key="kept as sent", empty="")
    for offset in (0, HALF):
        answer = await tus.head(location)
        assert answer.status_code == 200
        # "The Server MUST always include the Upload-Offset header in the response for a HEAD request, even if the
        # offset is 0", "If the size of the upload is known, the Server MUST include the Upload-Length header".
        assert answer.headers["Upload-Offset"] == str(offset)
        assert answer.headers["Upload-Length"] == str(len(PHOTO))
        # "The Server MUST prevent the client and/or proxies from caching the response by adding the Cache-Control:
        # no-store header to the response."
        assert answer.headers["Cache-Control"] == "no-store"
        # "responses to HEAD requests MUST include the Upload-Metadata header and its value as specified by the
        # Client during the creation".
        assert answer.headers["Upload-Metadata"] == metadata(
            filename="走廊.jpg", my_own_key="kept as sent", empty=""
        )["Upload-Metadata"]  # fmt: skip
        await tus.patch(location, offset, PHOTO[offset:HALF])


async def test_an_upload_that_is_not_there_has_no_offset(tus: Tus) -> None:
    """ "the Server SHOULD return either the 404 Not Found, 410 Gone or 403 Forbidden status without the Upload-Offset
    header." """
    location = f"{UPLOADS}/{uuid4()}"
    answer = await tus.head(location)
    assert answer.status_code == 404
    assert "Upload-Offset" not in answer.headers
    # "If the server receives a PATCH request against a non-existent resource it SHOULD return a 404 Not Found status."
    assert told(await tus.patch(location, 0, PHOTO)) == (404, "upload.not_found")
    assert told(await tus.terminate(location)) == (404, "upload.not_found")


async def test_a_photo_goes_up_in_pieces_and_the_last_answer_confirms_it(tus: Tus) -> None:
    location = await tus.begin(photo_id=str(photo_id := uuid4()), sha256=sha256(PHOTO))
    offset = 0
    for end in (1, 2, HALF, len(PHOTO)):
        answer = await tus.patch(location, offset, PHOTO[offset:end])
        # "The Server MUST acknowledge successful PATCH requests with the 204 No Content status. It MUST include the
        # Upload-Offset header containing the new offset."
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(end))
        assert answer.headers["Photo-Id"] == str(photo_id)
        assert ("Repr-Digest" in answer.headers) == (end == len(PHOTO))
        offset = end
    assert answer.headers["Repr-Digest"] == digest_of(PHOTO)
    assert await tus.original(photo_id) == PHOTO


async def test_a_phone_that_lost_the_last_answer_can_ask_for_it(tus: Tus) -> None:
    location = await tus.begin()
    finished = await tus.patch(location, 0, PHOTO)
    asked = await tus.head(location)
    for header in ("Upload-Offset", "Photo-Id", "Repr-Digest"):
        assert asked.headers[header] == finished.headers[header]
    # tuspy sends an empty PATCH then.
    again = await tus.patch(location, len(PHOTO), b"")
    assert (again.status_code, again.headers["Upload-Offset"]) == (204, str(len(PHOTO)))
    assert again.headers["Repr-Digest"] == finished.headers["Repr-Digest"]


async def test_a_piece_for_another_offset_is_refused_and_changes_nothing(tus: Tus, tmp_path: Path) -> None:
    """ "If the offsets do not match, the Server MUST respond with the 409 Conflict status without modifying the upload
    resource." """
    location = await tus.begin()
    await tus.patch(location, 0, PHOTO[:HALF])
    for offset in (0, HALF - 1, HALF + 1, len(PHOTO), 10**14):
        answer = await tus.patch(location, offset, PHOTO[HALF:])
        assert told(answer) == (409, "upload.offset_conflict")
        assert answer.json()["offset"] == HALF
    assert await tus.offset(location) == HALF
    assert len(files_in(tmp_path)) == 1


async def test_a_piece_must_say_where_it_belongs_and_that_it_is_bytes(tus: Tus) -> None:
    location = await tus.begin()
    for offset in ("", "-1", "1.0", "0x0", "0 0", "9" * 40):
        assert told(await tus.patch(location, offset, PHOTO)) == (400, "tus.offset_invalid"), offset
    # "All PATCH requests MUST use Content-Type: application/offset+octet-stream, otherwise the server SHOULD return a
    # 415 Unsupported Media Type status."
    for kind in ("", "image/jpeg", "application/octet-stream"):
        assert told(await tus.patch(location, 0, PHOTO, Content_Type=kind)) == (415, "tus.content_type_unsupported")
    assert await tus.offset(location) == 0


async def test_bytes_past_the_promised_length_are_not_taken(tus: Tus, tmp_path: Path) -> None:
    location = await tus.begin()
    answer = await tus.patch(location, 0, PHOTO + b"\0")
    assert told(answer) == (413, "upload.past_the_end")
    assert answer.json()["length"] == len(PHOTO)
    assert await tus.offset(location) == 0
    assert files_in(tmp_path) == []
    assert (await tus.patch(location, 0, PHOTO)).status_code == 204


async def test_a_gateway_that_knows_only_get_and_post_is_no_obstacle(client: httpx.AsyncClient) -> None:
    """ "The Server MUST interpret X-HTTP-Method-Override as the request's method, if the header is presented." """

    async def post(method: str, path: str, content: bytes = b"", **headers: str) -> httpx.Response:
        sent = signed_in("inspector") | VERSION | BYTES | {"X-HTTP-Method-Override": method}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await client.post(path, headers=sent, content=content)

    assert (await post("OPTIONS", UPLOADS)).headers["Tus-Version"] == "1.0.0"
    location = (await post("", UPLOADS, Upload_Length=str(len(PHOTO)))).headers["Location"]
    assert (await post("PATCH", location, PHOTO[:9], Upload_Offset="0")).headers["Upload-Offset"] == "9"
    assert (await post("HEAD", location)).headers["Upload-Offset"] == "9"
    assert (await post("DELETE", location)).status_code == 204


# Creation


async def test_a_new_upload_has_an_address_and_an_end(tus: Tus) -> None:
    answer = await tus.create()
    assert answer.status_code == 201
    # "The Server MUST set the Location header to the URL of the created resource. This URL MAY be absolute or
    # relative."
    assert answer.headers["Location"].startswith(f"{UPLOADS}/")
    assert answer.headers["Upload-Offset"] == "0"
    assert await tus.offset(answer.headers["Location"]) == 0


async def test_a_length_past_the_limit_is_refused_before_anything_is_sent(tus: Tus) -> None:
    """ "If the length of the upload exceeds the maximum, which MAY be specified using the Tus-Max-Size header, the
    Server MUST respond with the 413 Request Entity Too Large status." """
    answer = await tus.create(LIMIT + 1)
    assert told(answer) == (413, "photo.too_large")
    assert answer.json()["limit_bytes"] == LIMIT
    assert (await tus.create(LIMIT)).status_code == 201


async def test_a_length_must_be_told_and_be_a_number(tus: Tus) -> None:
    for length in ("", "-1", "1.5", "abc", "9" * 40):
        assert told(await tus.create(length)) == (400, "tus.length_invalid"), length
    assert told(await tus.create("", Upload_Defer_Length="1")) == (400, "tus.length_invalid")
    assert told(await tus.create(0)) == (422, "photo.empty")


async def test_partial_uploads_are_refused_and_not_taken_for_whole_ones(tus: Tus) -> None:
    assert told(await tus.create(Upload_Concat="partial")) == (400, "tus.concatenation_unsupported")


async def test_what_is_said_of_a_photo_must_be_well_formed(tus: Tus) -> None:
    def encoded(value: str) -> str:
        return base64.b64encode(value.encode()).decode()

    for text in (
        "filename not-base64!",
        "filename YQ== YQ==",
        f"filename {encoded('a')},filename {encoded('b')}",
        f"filename {encoded('a')},,other",
        f"photo_id {encoded('7')}",
        f"sha256 {encoded('abc')}",
        f"sha256 {encoded('00' * 20)}",
        f"filename {encoded('a' * 4000)}",
    ):
        assert told(await tus.create(Upload_Metadata=text)) == (400, "tus.metadata_invalid"), text
    assert (await tus.create(Upload_Metadata="is_confidential,filename YQ==")).status_code == 201


# Whose it is


async def test_an_upload_is_there_for_its_owner_only(tus: Tus, client: httpx.AsyncClient) -> None:
    location = await tus.begin()
    for account in ("inspector2", "desk", "admin"):
        other = tus.another(account)
        assert (await other.head(location)).status_code == 404
        assert told(await other.patch(location, 0, PHOTO)) == (404, "upload.not_found")
        assert told(await other.terminate(location)) == (404, "upload.not_found")
    for method in ("HEAD", "PATCH", "DELETE", "POST"):
        answer = await client.request(method, UPLOADS if method == "POST" else location, headers=VERSION | BYTES)
        assert answer.status_code == 401
    assert told(await tus.another("auditor").create()) == (403, "permission.denied")
    assert await tus.offset(location) == 0


async def test_a_nearly_full_store_says_so_at_the_creation(settings: Settings) -> None:
    only_a_folder("an object store does not tell how much room it has")
    app = build_app(msgspec.structs.replace(settings, disk_floor_bytes=1 << 62))
    async with running(app), client_of(app) as client:
        assert told(await Tus(client).create()) == (507, "storage.full")


def test_the_checksum_status_is_the_protocols_own() -> None:
    assert Problem("tus.checksum_mismatch").status == 460
