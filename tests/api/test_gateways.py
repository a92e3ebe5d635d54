"""What only a real connection shows: where an answer ends, and that a refusal reaches who is still sending."""

import http.client
from uuid import uuid4

import httpx
import pytest

from tests.api.photo_client import digest_of
from tests.api.tus_client import BYTES, PHOTO, UPLOADS, VERSION
from tests.people import signed_in
from tests.servers import Server

DIGEST = {"Content-Digest": digest_of(PHOTO)}


@pytest.mark.parametrize("override", [False, True])
def test_an_answer_to_head_has_no_body_and_the_connection_stays_usable(running_server: Server, override: bool) -> None:
    sent = signed_in("inspector") | VERSION
    with httpx.Client(base_url=running_server.url, headers=sent, timeout=5) as client:

        def head(location: str, **headers: str) -> httpx.Response:
            if override:
                return client.post(location, headers={"X-HTTP-Method-Override": "HEAD"} | headers)
            return client.head(location, headers=headers)

        created = client.post(UPLOADS, headers={"Upload-Length": str(len(PHOTO))})
        location = created.headers["Location"]
        for _ in range(2):
            answer = head(location)
            assert (answer.status_code, answer.headers["Upload-Offset"], answer.content) == (200, "0", b"")
            answer = head(f"{UPLOADS}/{uuid4()}")
            assert answer.status_code == 404
            answer = head(location, Authorization="Bearer nobody")
            assert answer.status_code == 401
            answer = head("/api/v1/me")
            assert (answer.status_code, answer.content) == (200, b"")
        answer = client.patch(location, headers=BYTES | {"Upload-Offset": "0"}, content=PHOTO)
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(len(PHOTO)))


def test_a_refusal_reaches_a_phone_that_sends_to_the_end_before_it_reads(running_server: Server) -> None:
    """Browsers do so. Were the connection cut instead, they would take it for a bad network and try for ever."""
    connection = http.client.HTTPConnection("127.0.0.1", running_server.port, timeout=30)
    for headers, size, status in (
        ({"Authorization": "Bearer ended"}, 4_000_000, 401),
        (signed_in("auditor") | DIGEST, 4_000_000, 403),
        (signed_in("inspector"), 4_000_000, 400),
        (signed_in("inspector") | DIGEST, 53_000_000, 413),
    ):
        connection.request("PUT", f"/api/v1/photos/{uuid4()}", body=bytes(size), headers=headers)
        answer = connection.getresponse()
        assert (answer.status, b'"code"' in answer.read()) == (status, True)
        port = connection.sock.getsockname()[1]
        connection.request("GET", "/health/live")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b'{"status":"live"}')
        assert connection.sock.getsockname()[1] == port
    connection.close()
