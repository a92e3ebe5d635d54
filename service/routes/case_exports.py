"""Published cases as files that the bureau hands on."""

from datetime import datetime
from typing import Annotated, Final

from litestar import Response, Router, get
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from service.domain.permissions import Actor
from service.i18n import Language
from service.routes.openapi import answers, operation
from service.workflows import case_exports
from service.workflows.case_exports import Letterhead
from service.workflows.context import Context

DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ZIP: Final = "application/zip"
Slugs = Annotated[
    list[str] | None,
    QueryParameter(name="slug", description="Last part of a published case's address; repeated, in this order"),
]
Spoken = Annotated[Language, QueryParameter(name="lang", description="Of the document")]
Number = Annotated[
    str, QueryParameter(max_length=60, description="发文字号 of the notice; without one there is a blank to fill in")
]
Addressees = Annotated[
    str, QueryParameter(max_length=200, description="主送机关 of the notice; without any, all units concerned")
]
ATTACHED: Final = [ResponseHeader(name="Content-Disposition", value="attachment", documentation_only=True)]
PROBLEMS: Final = answers("case.export_empty", "case.gone", "case.not_found", "case.suspended", "permission.denied")


def attached(data: bytes, media_type: str, name: str) -> Response[bytes]:
    """The file as a download that nobody in between keeps."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(data, media_type=media_type, headers=headers)


@get(
    "/cases/exports/notice.docx",
    summary="Published cases as an official notice",
    media_type=DOCX,
    responses=PROBLEMS,
    response_headers=ATTACHED,
    operation_class=operation(media_types=[DOCX]),
)
async def export_notice(
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    now: NamedDependency[datetime],
    slugs: Slugs = None,
    spoken: Spoken = "zh-CN",
    number: Number = "",
    addressees: Addressees = "",
) -> Response[bytes]:
    """曝光典型案例通报, laid out as GB/T 9704-2012 asks, for who may publish."""
    head = Letterhead(number.strip(), addressees.strip())
    data = await case_exports.notice(context, actor, slugs or [], letterhead=head, now=now, language=spoken)
    return attached(data, DOCX, "notice.docx")


@get(
    "/cases/exports/wechat.zip",
    summary="Published cases for the WeChat editor",
    media_type=ZIP,
    responses=PROBLEMS,
    response_headers=ATTACHED,
    operation_class=operation(media_types=[ZIP]),
)
async def export_article(
    context: NamedDependency[Context],
    actor: NamedDependency[Actor],
    slugs: Slugs = None,
    spoken: Spoken = "zh-CN",
) -> Response[bytes]:
    """A fragment of HTML with inline styles, and its pictures as files beside it."""
    return attached(await case_exports.article(context, actor, slugs or [], language=spoken), ZIP, "wechat.zip")


router = Router("/", route_handlers=[export_notice, export_article], tags=["Cases"])
