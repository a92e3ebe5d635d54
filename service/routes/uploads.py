"""Resumable uploads by tus 1.0.0: one handler a verb."""

from datetime import datetime
from uuid import UUID

from litestar import Response, Router, delete, head, patch, post, route
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.enums import HttpMethod, MediaType, ScopeType
from litestar.params import FromPath
from litestar.types import Message, Scope

from service.clock import utc_now
from service.domain.permissions import Actor
from service.protocols import digest_fields, tus
from service.routes.bodies import RequestBody
from service.routes.dependencies import AnyRequest
from service.routes.openapi import answers, operation, request_header
from service.workflows import uploads
from service.workflows.context import Context
from service.workflows.uploads import Checksum, Progress

PATH = "/api/v1/uploads"

PROTOCOL = ("tus.version_unsupported",)
CONTENT = (
    "photo.digest_mismatch",
    "photo.id_in_use",
    "photo.incomplete",
    "photo.type_not_accepted",
    "request.timeout",
    "storage.full",
    "storage.unavailable",
    "tus.checksum_algorithm_unsupported",
    "tus.checksum_mismatch",
    "tus.content_type_unsupported",
    "upload.past_the_end",
)

RESUMABLE = request_header("Tus-Resumable", "The version of tus that the client speaks", tus.VERSION, required=True)
CHECKSUM = request_header(
    "Upload-Checksum",
    "sha1 or sha256 and the digest of this body in Base64; the body counts whole or not at all",
    "sha256 X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=",
)
OFFSET_HEADER = ResponseHeader(
    name="Upload-Offset", description="Bytes that are durable", value="1048576", documentation_only=True
)
EXPIRES_HEADER = ResponseHeader(
    name="Upload-Expires",
    description="When an unfinished upload will be gone",
    value="Wed, 25 Mar 2026 01:42:10 GMT",
    documentation_only=True,
)
DIGEST_HEADER = ResponseHeader(
    name="Repr-Digest",
    description="SHA-256 of the whole, once it is a photo in the record (RFC 9530)",
    value="sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:",
    documentation_only=True,
)
PROGRESS_HEADERS = (OFFSET_HEADER, EXPIRES_HEADER, DIGEST_HEADER)


async def say_version(message: Message, scope: Scope) -> None:
    """tus 1.0.0: "The Tus-Resumable header MUST be included in every request and response except for OPTIONS requests."

    A hook on every answer, because problems carry it too.
    """
    if scope["type"] != ScopeType.HTTP or scope["method"] == HttpMethod.OPTIONS or not scope["path"].startswith(PATH):
        return
    if message["type"] == "http.response.start":
        message["headers"] = [*message["headers"], (b"tus-resumable", tus.VERSION.encode())]


@route(
    "/uploads",
    http_method=[HttpMethod.OPTIONS],
    summary="What the upload service can do",
    status_code=204,
    security=[{}],
    operation_class=operation(bodiless=204),
)
async def describe(context: NamedDependency[Context]) -> Response[None]:
    """Told before anything is sent: versions, extensions, the largest photo, checksum algorithms."""
    return _capabilities(context)


@route("/uploads/{upload_id:uuid}", http_method=[HttpMethod.OPTIONS], status_code=204, include_in_schema=False)
async def describe_upload(upload_id: FromPath[UUID], context: NamedDependency[Context]) -> Response[None]:
    """The same of every upload, whether there is one or not."""
    return _capabilities(context)


def _capabilities(context: Context) -> Response[None]:
    return Response(
        None,
        status_code=204,
        headers={
            "Tus-Resumable": tus.VERSION,
            "Tus-Version": tus.VERSION,
            "Tus-Extension": ",".join(tus.EXTENSIONS),
            "Tus-Max-Size": str(context.limits.upload_max_bytes),
            "Tus-Checksum-Algorithm": ",".join(tus.CHECKSUM_ALGORITHMS),
        },
    )


@post(
    "/uploads",
    summary="Begin an upload",
    status_code=201,
    responses=answers(
        *PROTOCOL,
        *CONTENT,
        "permission.denied",
        "photo.empty",
        "photo.too_large",
        "tus.concatenation_unsupported",
        "tus.length_invalid",
        "tus.metadata_invalid",
    ),
    response_headers=[
        ResponseHeader(name="Location", value="/api/v1/uploads/0199...", documentation_only=True),
        *PROGRESS_HEADERS,
    ],
    operation_class=operation(
        headers=[
            RESUMABLE,
            request_header("Upload-Length", "Bytes of the whole photo", "3951204", required=True),
            request_header(
                "Upload-Metadata",
                "Keys and Base64 values, all optional: photo_id (UUID), sha256 (hex), filename, filetype",
                "filename SU1HXzIwMjYwMzE4LmpwZw==",
            ),
            CHECKSUM,
        ],
        body=tus.CONTENT_TYPE,
        is_body_required=False,
        bodiless=201,
    ),
)
async def create(
    request: AnyRequest,
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[None]:
    """Upload-Length is required. Upload-Metadata may name photo_id, sha256 (hex), filename and filetype.

    With Content-Type application/offset+octet-stream the body is the first piece, or all, of the photo.
    """
    tus.require_version(request.headers.get("tus-resumable"))
    tus.refuse_concatenation(request.headers.get("upload-concat"))
    length = tus.upload_length(request.headers.get("upload-length"), request.headers.get("upload-defer-length"))
    raw_metadata = request.headers.get("upload-metadata", "")
    promise = tus.promise(tus.upload_metadata(raw_metadata))
    checksum = _checksum(request)
    upload = await uploads.create(
        context,
        actor,
        length=length,
        photo_id=promise.photo_id,
        promised_sha256=promise.sha256,
        filename=promise.filename,
        metadata=raw_metadata,
        now=now,
    )
    progress = Progress(upload)
    if tus.is_piece(request.headers.get("content-type")):
        # tus 1.0.0, Creation With Upload: "The Server MUST include the Upload-Offset header in its response."
        progress = await uploads.append(
            context, actor, upload, offset=0, body=RequestBody(request.receive), checksum=checksum, clock=utc_now
        )
    # tus 1.0.0, Creation: "The Server MUST set the Location header to the URL of the created resource."
    return Response(
        None,
        media_type=MediaType.TEXT,
        status_code=201,
        headers={"Location": f"{PATH}/{upload.id}", **_headers(progress)},
    )


@head(
    "/uploads/{upload_id:uuid}",
    summary="Where an upload stands",
    responses=answers(*PROTOCOL, "upload.gone", "upload.not_found"),
    response_headers=[*PROGRESS_HEADERS],
    operation_class=operation(headers=[RESUMABLE], bodiless=200),
)
async def status(
    upload_id: FromPath[UUID],
    request: AnyRequest,
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[None]:
    """Upload-Offset counts bytes that are durable: after a crash it is never less."""
    tus.require_version(request.headers.get("tus-resumable"))
    progress = await uploads.standing(context, actor, upload_id, now=now)
    # tus 1.0.0, HEAD: "The Server MUST always include the Upload-Offset header in the response for a HEAD request",
    # "The Server MUST prevent the client and/or proxies from caching the response by adding the Cache-Control:
    # no-store header to the response", "If the size of the upload is known, the Server MUST include the
    # Upload-Length header", "If an upload contains additional metadata, responses to HEAD requests MUST include the
    # Upload-Metadata header and its value as specified by the Client during the creation".
    headers = {"Upload-Length": str(progress.upload.length), "Cache-Control": "no-store", **_headers(progress)}
    if progress.upload.metadata:
        headers["Upload-Metadata"] = progress.upload.metadata
    return Response(None, media_type=MediaType.TEXT, status_code=200, headers=headers)


@patch(
    "/uploads/{upload_id:uuid}",
    summary="Send the next piece",
    status_code=204,
    responses=answers(
        *PROTOCOL, *CONTENT, "tus.offset_invalid", "upload.gone", "upload.not_found", "upload.offset_conflict"
    ),
    response_headers=[*PROGRESS_HEADERS],
    operation_class=operation(
        body=tus.CONTENT_TYPE,
        bodiless=204,
        headers=[
            RESUMABLE,
            request_header("Upload-Offset", "Where this piece begins", "1048576", required=True),
            CHECKSUM,
        ],
    ),
)
async def append(
    upload_id: FromPath[UUID],
    request: AnyRequest,
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> Response[None]:
    """The answer to the last piece carries Photo-Id and Repr-Digest: the photo is in the record."""
    tus.require_version(request.headers.get("tus-resumable"))
    # tus 1.0.0, PATCH: "All PATCH requests MUST use Content-Type: application/offset+octet-stream, otherwise the
    # server SHOULD return a 415 Unsupported Media Type status."
    tus.require_content_type(request.headers.get("content-type"))
    offset = tus.upload_offset(request.headers.get("upload-offset"))
    checksum = _checksum(request)
    # tus 1.0.0, PATCH: "If the server receives a PATCH request against a non-existent resource it SHOULD return a 404".
    upload = await uploads.find(context, actor, upload_id, now=now)
    # tus 1.0.0, PATCH: "The Upload-Offset header's value MUST be equal to the current offset of the resource. [...]
    # If the offsets do not match, the Server MUST respond with the 409 Conflict status without modifying the upload
    # resource."
    progress = await uploads.append(
        context, actor, upload, offset=offset, body=RequestBody(request.receive), checksum=checksum, clock=utc_now
    )
    # tus 1.0.0, PATCH: "The Server MUST acknowledge successful PATCH requests with the 204 No Content status. It MUST
    # include the Upload-Offset header containing the new offset."
    return Response(None, status_code=204, headers=_headers(progress))


@delete(
    "/uploads/{upload_id:uuid}",
    summary="Give up an unfinished upload",
    status_code=204,
    responses=answers(*PROTOCOL, "upload.finished", "upload.gone", "upload.not_found"),
    operation_class=operation(headers=[RESUMABLE]),
)
async def terminate(
    upload_id: FromPath[UUID],
    request: AnyRequest,
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
) -> None:
    """tus 1.0.0, Termination: "the Server SHOULD free associated resources and MUST respond with 204 No Content"."""
    tus.require_version(request.headers.get("tus-resumable"))
    await uploads.terminate(context, actor, upload_id, now=now)


def _checksum(request: AnyRequest) -> Checksum | None:
    header = request.headers.get("upload-checksum")
    return None if header is None else Checksum(*tus.upload_checksum(header))


def _headers(progress: Progress) -> dict[str, str]:
    upload = progress.upload
    headers = {"Upload-Offset": str(upload.offset), "Photo-Id": str(upload.photo_id)}
    if upload.state == "open":
        # tus 1.0.0, Expiration: "This header MUST be included in every PATCH response if the upload is going to
        # expire." RFC 9110 date format.
        headers["Upload-Expires"] = tus.http_date(upload.expires_at)
    if progress.receipt is not None:
        headers["Repr-Digest"] = digest_fields.format_sha256(bytes.fromhex(progress.receipt.sha256))
    return headers


router = Router("/", route_handlers=[describe, describe_upload, create, status, append, terminate], tags=["Uploads"])
