"""Files that come in one request and leave as downloads: what photos and attachments share of it."""

from typing import Annotated, Final

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
from service.workflows.one_shot import Noun
from storage.base import ObjectStore

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


async def download(store: ObjectStore, kept: StoredPhoto | StoredAttachment) -> Stream:
    """The bytes as they were received, always as a download."""
    media_type = MediaType(kept.media_type) if isinstance(kept, StoredPhoto) else PaperType(kept.media_type)
    return Stream(
        await opened(store.read(kept.object_key)),
        headers={
            **SAFE_TO_OPEN,
            # Not `media_type`: of a stream the framework believes the handler's, which is only the description's.
            "Content-Type": media_type.value,
            "Content-Disposition": f'attachment; filename="{kept.id}.{media_type.extension}"',
            "Content-Length": str(kept.size),
            "Cache-Control": "private, no-cache",
            "Repr-Digest": digest_fields.format_sha256(kept.sha256),
        },
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
