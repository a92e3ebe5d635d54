"""One-shot upload, and everything that can be fetched of a photo."""

from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, put
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import FromPath, HeaderParameter
from litestar.response import Stream

from schemas.photos import MediaType, Photo
from schemas.receipts import Receipt
from service.clock import utc_now
from service.domain.permissions import Actor
from service.problems import Problem
from service.protocols import digest_fields
from service.routes import examples
from service.routes.bodies import RequestBody, opened
from service.routes.dependencies import AnyRequest
from service.routes.openapi import answers, operation
from service.workflows import photos
from service.workflows.context import Context

ContentDigest = Annotated[
    str | None,
    HeaderParameter(
        name="Content-Digest",
        required=False,
        description="RFC 9530; sha-256 or sha-512 of the bytes sent. Required.",
        examples=[Example(value="sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:")],
    ),
]

SAFE_TO_OPEN = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""A file from a stranger must never run as a page of ours, whatever its bytes pretend to be."""


@put(
    "/photos/{photo_id:uuid}",
    summary="Upload a photo in one request",
    status_code=201,
    responses={200: ResponseSpec(Receipt, description="Sent again: the first receipt", generate_examples=False)}
    | answers(
        "permission.denied",
        "photo.digest_invalid",
        "photo.digest_mismatch",
        "photo.digest_required",
        "photo.empty",
        "photo.id_in_use",
        "photo.incomplete",
        "photo.too_large",
        "photo.type_not_accepted",
        "request.timeout",
        "storage.full",
        "storage.unavailable",
    ),
    operation_class=operation(body="image/*", examples={200: examples.RECEIPT, 201: examples.RECEIPT}),
)
async def put_photo(
    photo_id: FromPath[UUID],
    request: AnyRequest,
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    content_digest: ContentDigest = None,
) -> Response[Receipt]:
    """The body is the photo's bytes. Sent again with the same id and bytes it answers 200 with the first receipt."""
    receipt, is_new = await photos.put(
        context,
        actor,
        photo_id=photo_id,
        body=RequestBody(request.receive),
        length=_length(request),
        promised=_promised(content_digest),
        filename=None,
        clock=utc_now,
    )
    return Response(receipt, status_code=201 if is_new else 200)


def _length(request: AnyRequest) -> int | None:
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else None


def _promised(content_digest: str | None) -> dict[str, bytes]:
    if content_digest is None:
        raise Problem("photo.digest_required")
    promised = digest_fields.parse(content_digest)
    if not promised:
        raise Problem("photo.digest_invalid")
    return {algorithm.replace("-", ""): digest for algorithm, digest in promised.items()}


@get(
    "/photos/{photo_id:uuid}",
    summary="Read what is known of a photo",
    responses=answers("photo.not_found"),
    operation_class=operation(examples={200: examples.PHOTO}),
)
async def get_photo(
    photo_id: FromPath[UUID], context: NamedDependency[Context], actor: NamedDependency[Actor]
) -> Photo:
    """Its hash, what its metadata claims, and whether its renditions are ready."""
    return await photos.read(context, actor, photo_id)


@get(
    "/photos/{photo_id:uuid}/receipt",
    summary="Read the receipt again",
    responses=answers("photo.not_found"),
    operation_class=operation(examples={200: examples.RECEIPT}),
)
async def get_receipt(
    photo_id: FromPath[UUID], context: NamedDependency[Context], actor: NamedDependency[Actor]
) -> Receipt:
    """The same receipt that the upload was answered with."""
    return await photos.receipt_of(context, actor, photo_id)


@get(
    "/photos/{photo_id:uuid}/original",
    summary="Download the original",
    responses=answers("photo.not_found", "storage.unavailable"),
    media_type="application/octet-stream",
    response_headers=[ResponseHeader(name="Content-Disposition", value="attachment", documentation_only=True)],
)
async def get_original(
    photo_id: FromPath[UUID], context: NamedDependency[Context], actor: NamedDependency[Actor]
) -> Stream:
    """The bytes as they were received, always as a download."""
    photo = await photos.visible(context, actor, photo_id)
    media_type = MediaType(photo.media_type)
    return Stream(
        await opened(context.store.read(photo.object_key)),
        headers={
            **SAFE_TO_OPEN,
            # Not `media_type`: of a stream the framework believes the handler's, which is only the description's.
            "Content-Type": media_type.value,
            "Content-Disposition": f'attachment; filename="{photo.id}.{media_type.extension}"',
            "Content-Length": str(photo.size),
            "Cache-Control": "private, no-cache",
            "Repr-Digest": digest_fields.format_sha256(photo.sha256),
        },
    )


@get(
    ["/photos/{photo_id:uuid}/preview", "/photos/{photo_id:uuid}/thumbnail"],
    summary="Fetch a rendition",
    responses=answers("photo.not_found", "photo.rendition_not_ready", "storage.unavailable"),
    media_type="image/jpeg",
)
async def get_rendition(
    photo_id: FromPath[UUID], request: AnyRequest, context: NamedDependency[Context], actor: NamedDependency[Actor]
) -> Stream:
    """An upright JPEG without metadata: preview fits 1600 px, thumbnail 320 px. 409 while it is not there."""
    which: photos.Rendition = "thumbnail" if request.url.path.endswith("thumbnail") else "preview"
    key = await photos.rendition_key(context, actor, photo_id, which)
    return Stream(
        await opened(context.store.read(key)),
        media_type="image/jpeg",
        headers={**SAFE_TO_OPEN, "Cache-Control": "private, no-cache"},
    )


router = Router("/", route_handlers=[put_photo, get_photo, get_receipt, get_original, get_rendition], tags=["Photos"])
