"""One-shot upload, and everything that can be fetched of a photo."""

from uuid import UUID

from litestar import Response, Router, get, put
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from litestar.response import Stream

from schemas.photos import MediaType, Photo
from schemas.receipts import Receipt
from service.clock import utc_now
from service.domain.permissions import Actor
from service.routes import examples
from service.routes.bodies import RequestBody
from service.routes.dependencies import AnyRequest
from service.routes.openapi import answers, operation
from service.routes.whole_files import ContentDigest, announced_length, download, promised_digests, rendition
from service.workflows import photos
from service.workflows.context import Context


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
        "request.not_found",
        "request.timeout",
        "storage.full",
        "storage.unavailable",
    ),
    operation_class=operation(
        body="image/*", requires=["Content-Digest"], examples={200: examples.RECEIPT, 201: examples.RECEIPT}
    ),
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
        length=announced_length(request),
        promised=promised_digests(content_digest, "photo"),
        filename=None,
        clock=utc_now,
    )
    return Response(receipt, status_code=201 if is_new else 200)


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
    operation_class=operation(media_types=[each.value for each in MediaType], redirects=True),
    response_headers=[ResponseHeader(name="Content-Disposition", value="attachment", documentation_only=True)],
)
async def get_original(
    photo_id: FromPath[UUID], request: AnyRequest, context: NamedDependency[Context], actor: NamedDependency[Actor]
) -> Response[bytes] | Stream:
    """The bytes as they were received, always as a download; 302 where the store hands out downloads itself."""
    return await download(request, context, await photos.visible(context, actor, photo_id))


@get(
    ["/photos/{photo_id:uuid}/preview", "/photos/{photo_id:uuid}/thumbnail"],
    summary="Fetch a rendition",
    responses=answers("photo.not_found", "photo.rendition_not_ready", "storage.unavailable"),
    media_type="image/jpeg",
    operation_class=operation(redirects=True),
)
async def get_rendition(
    photo_id: FromPath[UUID], request: AnyRequest, context: NamedDependency[Context], actor: NamedDependency[Actor]
) -> Response[bytes] | Stream:
    """An upright JPEG without metadata: preview fits 1600 px, thumbnail 320 px. 409 while it is not there."""
    which: photos.Rendition = "thumbnail" if request.url.path.endswith("thumbnail") else "preview"
    return await rendition(request, context, await photos.rendition_key(context, actor, photo_id, which))


router = Router("/", route_handlers=[put_photo, get_photo, get_receipt, get_original, get_rendition], tags=["Photos"])
