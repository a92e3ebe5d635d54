"""What the review page fetches: pictures for who may see them, how far work is, and what a text gives away."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from schemas.cases import CasePicture, TextScan
from service.problems import Problem
from service.routes.bodies import opened
from service.routes.dependencies import AnyRequest
from service.routes.desk import case_forms, case_page
from service.routes.desk.visiting import CASES, Desk, own_form
from service.routes.html import HEADERS
from service.routes.public_entries import amended_on, entry_of, published_on
from service.routes.whole_files import SAFE_TO_OPEN
from service.web.pages import CASE_POLICY
from service.workflows import case_pictures, case_previews, cases, photos

NOT_KEPT = {**HEADERS, "Cache-Control": "no-store"}


@get("/cases/{case:str}/progress")
async def progress(desk: NamedDependency[Desk], case_id: NamedDependency[UUID]) -> Response[dict[str, Any]]:
    """How far the pictures are, for the script that waits."""
    case = await case_page.read(desk, case_id)
    body = {
        "waiting": case_page.waits(case),
        "pictures": [{"number": picture.number, **_work(picture)} for picture in case.pictures],
    }
    return Response(body, headers=NOT_KEPT)


def _work(picture: CasePicture) -> dict[str, Any]:
    work = case_page.at_work(picture)
    looking = picture.gate if work == "gate" else picture.detection
    step, steps = (looking.step, looking.steps) if work in ("detection", "gate") else (0, 0)
    return {"work": work or "", "step": step, "steps": steps}


@post("/cases/{case:str}/scan", status_code=200)
async def scan(request: AnyRequest, desk: NamedDependency[Desk], case_id: NamedDependency[UUID]) -> Response[TextScan]:
    """What of the typed texts gives somebody away, while they are typed; nothing is stored."""
    form = await own_form(request, desk.pages, desk.visitor)
    values = case_forms.texts_sent(form)
    content = case_forms.content_of(values)
    found = await cases.scan(desk.context, desk.actor, case_id=case_id, content=content)
    return Response(TextScan(findings=case_forms.joined(found.findings, values)), headers=NOT_KEPT)


@get("/cases/{case:str}/pictures/{number:int}/original")
async def show_original(desk: NamedDependency[Desk], case_id: NamedDependency[UUID], number: FromPath[int]) -> Stream:
    """The photo as it was taken, without masks, for who may see the hazard."""
    case = await case_page.read(desk, case_id)
    picture = next((item for item in case.pictures if item.number == number), None)
    if picture is None:
        raise Problem("case.picture_not_found")
    return await _jpeg(desk, await photos.rendition_key(desk.context, desk.actor, picture.photo_id, "preview"))


@get("/cases/{case:str}/pictures/{number:int}/finished")
async def show_finished(desk: NamedDependency[Desk], case_id: NamedDependency[UUID], number: FromPath[int]) -> Stream:
    """Exactly the bytes that the public will get."""
    picture = await case_pictures.preview(desk.context, desk.actor, case_id, number)
    return await _jpeg(desk, case_pictures.object_key(picture.name))


@get("/cases/{case:str}/preview")
async def show_preview(desk: NamedDependency[Desk], case_id: NamedDependency[UUID]) -> Response[bytes]:
    """The public page of the case as it would be now, in the template that the public gets; for a frame of ours."""
    case = await case_previews.read(desk.context, desk.actor, case_id, desk.now)
    base = f"{CASES}/{case_id}/preview"
    body = desk.pages.render(
        "desk_preview.html",
        desk.reading,
        base,
        entry=entry_of(case, desk.reading.language, f"{base}/"),
        cover=None,
        published_on=published_on(case),
        amended_on=amended_on(case),
        slug=case.slug,
    )
    policy = CASE_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    headers = {**NOT_KEPT, "Content-Security-Policy": policy, "Content-Language": desk.reading.language}
    return Response(body, media_type="text/html", headers=headers)


@get("/cases/{case:str}/preview/{file:str}")
async def show_preview_picture(
    desk: NamedDependency[Desk], case_id: NamedDependency[UUID], file: FromPath[str]
) -> Stream:
    """A finished picture under the name that the public will get."""
    picture = await case_previews.picture(desk.context, desk.actor, case_id, file.removesuffix(".jpg"))
    return await _jpeg(desk, case_pictures.object_key(picture.name))


@get("/photos/{photo_id:uuid}")
async def show_thumbnail(desk: NamedDependency[Desk], photo_id: FromPath[UUID]) -> Stream:
    """A photo of the hazard, small, to choose from."""
    return await _jpeg(desk, await photos.rendition_key(desk.context, desk.actor, photo_id, "thumbnail"))


async def _jpeg(desk: Desk, key: str) -> Stream:
    headers = {**SAFE_TO_OPEN, "Cache-Control": "private, no-store"}
    return Stream(await opened(desk.context.store.read(key)), media_type="image/jpeg", headers=headers)
