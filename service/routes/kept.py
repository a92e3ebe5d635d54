"""Reference lists that a phone keeps a copy of: an entity tag that changes exactly when the answer does."""

import hashlib
from typing import Annotated, Final, TypeVar, cast

import msgspec
from litestar import Response
from litestar.datastructures import ResponseHeader
from litestar.params import HeaderParameter

from service.protocols import preconditions

Body = TypeVar("Body")

IfNoneMatch = Annotated[
    str | None,
    HeaderParameter(name="If-None-Match", required=False, description="The ETag of the copy that is kept"),
]
TAG_HEADER: Final = ResponseHeader(
    name="ETag",
    description="Send it as If-None-Match: 304 while nothing has changed",
    value='"5f8e13a3da2a92a1abbf6df2e7ce1244"',
    documentation_only=True,
)


def kept(body: Body, if_none_match: str | None, *, media_type: str = "application/json") -> Response[Body]:
    """The answer with its tag, or 304 without a body for a copy that is still right."""
    encoded = msgspec.json.encode(body)
    tag = hashlib.sha256(encoded).hexdigest()[:32]
    headers = {
        "ETag": preconditions.quoted(tag),
        "Cache-Control": "private, no-cache",
        "Vary": "Accept, Authorization",
    }
    if preconditions.weakly_matches(if_none_match, tag):
        return Response(cast("Body", b""), status_code=304, headers=headers)
    return Response(cast("Body", encoded), media_type=media_type, headers=headers)
