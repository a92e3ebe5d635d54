"""Answers that carry the version of what they show, and kept answers to repeated actions."""

from typing import Annotated, Final, TypeVar, cast

from litestar import Response
from litestar.datastructures import ResponseHeader
from litestar.params import HeaderParameter

from service.i18n import Language
from service.protocols import preconditions
from service.workflows.repeatable import Reply

Body = TypeVar("Body")

VERSION_HEADER: Final = ResponseHeader(
    name="ETag", description='The version, quoted: "3"', value='"1"', documentation_only=True
)
REPLAYED_HEADER: Final = ResponseHeader(
    name="Idempotent-Replayed",
    description="`true` when this is the kept answer to a repeated request",
    value="true",
    documentation_only=True,
)
PRIVATE: Final = {"Cache-Control": "private, no-cache", "Vary": "Accept-Language, Authorization"}

IfMatch = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match",
        required=False,
        description='The version acted on, quoted: "3". Only a repeat, which gets the kept answer, may lack it.',
    ),
]


def versioned(body: Body, version: int, language: Language, *, status: int = 200) -> Response[Body]:
    """An answer with its version as entity tag."""
    headers = {**PRIVATE, "ETag": preconditions.quoted(str(version)), "Content-Language": language}
    return Response(body, status_code=status, headers=headers)


def encoded(reply: Reply, language: Language, _shape: type[Body]) -> Response[Body]:
    """The answer's bytes as they are kept, so that a repeat gets the very same; `_shape` is what the bytes hold."""
    headers = {**PRIVATE, "ETag": reply.etag, "Content-Language": language}
    if reply.replayed:
        headers["Idempotent-Replayed"] = "true"
        # The kept answer is in the language of the first request.
        del headers["Content-Language"]
    return Response(cast("Body", reply.body), status_code=reply.status, media_type="application/json", headers=headers)
