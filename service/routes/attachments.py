"""Signed and stamped papers: sent in one request, fetched as downloads."""

from uuid import UUID

from litestar import Response, Router, get, put
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from litestar.response import Stream

from schemas.attachments import Attachment, PaperType
from service.clock import utc_now
from service.domain.permissions import Actor
from service.routes import paper_examples
from service.routes.bodies import RequestBody
from service.routes.dependencies import AnyRequest
from service.routes.openapi import answers, operation
from service.routes.whole_files import ContentDigest, announced_length, download, promised_digests
from service.workflows import attachments
from service.workflows.context import Context


@put(
    "/attachments/{attachment_id:uuid}",
    summary="Upload an attachment in one request",
    status_code=201,
    responses={200: ResponseSpec(Attachment, description="Sent again: the first answer", generate_examples=False)}
    | answers(
        "attachment.digest_invalid",
        "attachment.digest_mismatch",
        "attachment.digest_required",
        "attachment.empty",
        "attachment.id_in_use",
        "attachment.incomplete",
        "attachment.too_large",
        "attachment.type_not_accepted",
        "permission.denied",
        "request.not_found",
        "request.timeout",
        "storage.full",
        "storage.unavailable",
    ),
    operation_class=operation(
        body="application/octet-stream",
        requires=["Content-Digest"],
        examples={200: paper_examples.ATTACHMENT, 201: paper_examples.ATTACHMENT},
    ),
)
async def put_attachment(
    attachment_id: FromPath[UUID],
    request: AnyRequest,
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    content_digest: ContentDigest = None,
) -> Response[Attachment]:
    """The body is a PDF, or a JPEG, PNG or HEIC photo of a paper, told by its bytes and never opened here.

    The client makes the id. Sent again with the same bytes it answers 200 with the first answer.
    """
    kept, is_new = await attachments.put(
        context,
        actor,
        attachment_id=attachment_id,
        body=RequestBody(request.receive),
        length=announced_length(request),
        promised=promised_digests(content_digest, "attachment"),
        clock=utc_now,
    )
    return Response(kept, status_code=201 if is_new else 200)


@get(
    "/attachments/{attachment_id:uuid}",
    summary="Read what is known of an attachment",
    responses=answers("attachment.not_found"),
    operation_class=operation(examples={200: paper_examples.ATTACHMENT}),
)
async def get_attachment(
    attachment_id: FromPath[UUID], context: NamedDependency[Context], actor: NamedDependency[Actor]
) -> Attachment:
    """For whoever sent it, and for whoever may see a hazard, a notice or a visit that names it."""
    return await attachments.read(context, actor, attachment_id)


@get(
    "/attachments/{attachment_id:uuid}/content",
    summary="Download an attachment",
    responses=answers("attachment.not_found", "storage.unavailable"),
    media_type="application/octet-stream",
    operation_class=operation(media_types=[each.value for each in PaperType], redirects=True),
    response_headers=[ResponseHeader(name="Content-Disposition", value="attachment", documentation_only=True)],
)
async def get_content(
    attachment_id: FromPath[UUID], request: AnyRequest, context: NamedDependency[Context], actor: NamedDependency[Actor]
) -> Response[bytes] | Stream:
    """The bytes as they were received, always as a download; 302 where the store hands out downloads itself."""
    return await download(request, context, await attachments.visible(context, actor, attachment_id))


router = Router("/", route_handlers=[put_attachment, get_attachment, get_content], tags=["Attachments"])
