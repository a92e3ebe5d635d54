"""Files that come in one request and leave as downloads: what photos and attachments share of it."""

from typing import Annotated, Final

from litestar import Response
from litestar.openapi.spec import Example
from litestar.params import HeaderParameter
from litestar.response import Stream

from schemas.attachments import PaperType
from schemas.photos import MediaType
from service.problems import Problem
from service.protocols import digest_fields
from service.repositories.attachments import StoredAttachment
from service.repositories.photos import StoredPhoto
from service.routes.bodies import opened
from service.routes.dependencies import AnyRequest
from service.routes.middleware import is_head
from service.workflows.context import Context
from service.workflows.one_shot import Noun

ContentDigest = Annotated[
    str | None,
    HeaderParameter(
        name="Content-Digest",
        required=False,
        description="RFC 9530; sha-256 or sha-512 of the bytes sent. Required.",
        examples=[Example(value="sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:")],
    ),
]

SAFE_TO_OPEN: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""A file from a stranger must never run as a page of ours, whatever its bytes pretend to be."""


async def download(
    request: AnyRequest, context: Context, kept: StoredPhoto | StoredAttachment
) -> Response[bytes] | Stream:
    """The bytes as they were received, always as a download: from here, or from the store by a signed address."""
    media_type = MediaType(kept.media_type) if isinstance(kept, StoredPhoto) else PaperType(kept.media_type)
    shown_as = {
        # Not `media_type`: of a stream the framework believes the handler's, which is only the description's.
        "Content-Type": media_type.value,
        "Content-Disposition": f'attachment; filename="{kept.id}.{media_type.extension}"',
    }
    headers = {
        **SAFE_TO_OPEN,
        **shown_as,
        "Content-Length": str(kept.size),
        "Cache-Control": "private, no-cache",
        "Repr-Digest": digest_fields.format_sha256(kept.sha256),
    }
    if is_head(request.scope):
        return Response(b"", headers=headers)
    if (elsewhere := await redirect(context, kept.object_key, shown_as)) is not None:
        return elsewhere
    return Stream(await opened(context.store.read(kept.object_key)), headers=headers)


async def rendition(request: AnyRequest, context: Context, key: str) -> Response[bytes] | Stream:
    """A JPEG that we made ourselves, to be shown: from here, or from the store by a signed address."""
    if not is_head(request.scope):
        elsewhere = await redirect(context, key, {"Content-Type": "image/jpeg"})
        if elsewhere is not None:
            return elsewhere
    headers = {**SAFE_TO_OPEN, "Cache-Control": "private, no-cache"}
    return Stream(await opened(context.store.read(key)), media_type="image/jpeg", headers=headers)


async def redirect(context: Context, key: str, headers: dict[str, str]) -> Response[bytes] | None:
    """302 to the object at the store, sent with these headers; None where downloads pass through the service.

    Whoever holds the address needs no session for as long as it lives, so it is kept by nobody and logged nowhere. It
    is signed for GET alone: HEAD is answered here. Not the framework's redirect, which would quote the signature again.
    """
    if (life := context.limits.signed_address) is None:
        return None
    kept = headers | {"Cache-Control": "private, no-store"}
    address = await context.store.presigned(key, seconds=int(life.total_seconds()), headers=kept)
    if address is None:
        return None
    return Response(
        b"",
        status_code=302,
        media_type="text/plain",
        headers={"Location": address, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"},
    )


def announced_length(request: AnyRequest) -> int | None:
    """Content-Length, None where there is none to believe."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else None


def promised_digests(content_digest: str | None, noun: Noun) -> dict[str, bytes]:
    """Digest by algorithm, `sha256` or `sha512`. 400 `<noun>.digest_required` and `<noun>.digest_invalid`."""
    if content_digest is None:
        raise Problem(f"{noun}.digest_required")
    promised = digest_fields.parse(content_digest)
    if not promised:
        raise Problem(f"{noun}.digest_invalid")
    return {algorithm.replace("-", ""): digest for algorithm, digest in promised.items()}
