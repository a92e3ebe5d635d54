"""What only a real connection shows: answers to HEAD must end where HTTP says, however HEAD was asked for."""

from uuid import uuid4

import httpx
import pytest

from tests.api.tus_client import BYTES, PHOTO, UPLOADS, VERSION
from tests.people import signed_in
from tests.servers import Server


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
        answer = client.patch(location, headers=BYTES | {"Upload-Offset": "0"}, content=PHOTO)
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(len(PHOTO)))
