"""What a person does on the review page of a case. Every form calls the workflow that the API calls."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from schemas.cases import CaseAction, CaseActionRequest, Overrule, PictureChoice
from service.problems import Problem
from service.routes.dependencies import AnyRequest
from service.routes.desk import case_forms, case_page
from service.routes.desk.case_page import Sent
from service.routes.desk.visiting import Desk, Form, own_form
from service.workflows import case_assessments, case_pictures, cases

Shown = Response[bytes] | Redirect


@get("/cases/{case_id:uuid}")
async def show_case(desk: NamedDependency[Desk], case_id: FromPath[UUID]) -> Response[bytes]:
    """The review page."""
    return await case_page.show(desk, await case_page.read(desk, case_id))


@post("/cases/{case_id:uuid}/texts", status_code=303)
async def write_texts(request: AnyRequest, desk: NamedDependency[Desk], case_id: FromPath[UUID]) -> Shown:
    """Keeps the texts, or shows what of them gives somebody away. With `apply`, puts one suggestion into what was
    typed and keeps nothing."""
    form = await own_form(request, desk.pages, desk.visitor)
    if form.text("apply"):
        case = await case_page.read(desk, case_id)
        values = case_forms.texts_sent(form)
        found = await cases.scan(desk.context, desk.actor, case_id=case_id, content=case_forms.content_of(values))
        values = case_forms.generalized(values, found.findings, form.text("apply"))
        return await case_page.show(desk, case, Sent("texts", texts=values))

    async def work(form: Form, sent: Sent, common: dict[str, Any]) -> None:
        sent.texts = case_forms.texts_sent(form)
        content = case_forms.content_of(sent.texts)
        await cases.write(desk.context, desk.actor, content=content, **common)

    return await case_page.attempt(request, desk, case_id, "texts", work)


@post("/cases/{case_id:uuid}/assessment", status_code=303)
async def assess(request: AnyRequest, desk: NamedDependency[Desk], case_id: FromPath[UUID]) -> Shown:
    """Keeps the impact assessment."""

    async def work(form: Form, sent: Sent, common: dict[str, Any]) -> None:
        sent.assessment = case_forms.assessment_sent(form)
        assessment = case_forms.assessment_of(sent.assessment)
        await case_assessments.assess(desk.context, desk.actor, assessment=assessment, **common)

    return await case_page.attempt(request, desk, case_id, "assessment", work)


@post("/cases/{case_id:uuid}/pictures/{number:int}", status_code=303)
async def choose_picture(
    request: AnyRequest, desk: NamedDependency[Desk], case_id: FromPath[UUID], number: FromPath[int]
) -> Shown:
    """Takes a photo of the hazard as this picture."""

    async def work(form: Form, _sent: Sent, common: dict[str, Any]) -> None:
        photo_id, _, role = form.text("photo").partition(" ")
        choice = PictureChoice(photo_id=case_forms.uuid_of(photo_id), role="after" if role == "after" else "before")
        await case_pictures.choose(desk.context, desk.actor, number=number, choice=choice, **common)

    return await case_page.attempt(request, desk, case_id, f"picture-{number}", work)


@post("/cases/{case_id:uuid}/pictures/{number:int}/remove", status_code=303)
async def remove_picture(
    request: AnyRequest, desk: NamedDependency[Desk], case_id: FromPath[UUID], number: FromPath[int]
) -> Shown:
    """Takes the picture out of the case; the photo stays with its hazard."""

    async def work(_form: Form, _sent: Sent, common: dict[str, Any]) -> None:
        await case_pictures.remove(desk.context, desk.actor, number=number, **common)

    return await case_page.attempt(request, desk, case_id, "pictures", work)


@post("/cases/{case_id:uuid}/pictures/{number:int}/masks", status_code=303)
async def mask_picture(
    request: AnyRequest, desk: NamedDependency[Desk], case_id: FromPath[UUID], number: FromPath[int]
) -> Shown:
    """Says what is painted over."""
    case = await case_page.read(desk, case_id)

    async def work(form: Form, sent: Sent, common: dict[str, Any]) -> None:
        picture = next((item for item in case.pictures if item.number == number), None)
        if picture is None:
            raise Problem("case.picture_not_found")
        masks = case_forms.masks_of(form, picture)
        sent.masks[number] = masks.masks
        await case_pictures.mask(desk.context, desk.actor, number=number, masks=masks, **common)

    return await case_page.attempt(request, desk, case_id, f"picture-{number}", work)


@post("/cases/{case_id:uuid}/pictures/{number:int}/overrules", status_code=303)
async def overrule(
    request: AnyRequest, desk: NamedDependency[Desk], case_id: FromPath[UUID], number: FromPath[int]
) -> Shown:
    """Lets a finding of the gate pass, for a written reason."""

    async def work(form: Form, sent: Sent, common: dict[str, Any]) -> None:
        finding_id = form.text("finding_id")[:40] or "none"
        sent.place = f"finding-{number}-{finding_id}"
        if not sent.reason.strip():
            raise Problem("case.reason_required", action="overrule")
        asked = Overrule(finding_id=finding_id, reason=sent.reason)
        await case_pictures.overrule(desk.context, desk.actor, number=number, request=asked, **common)

    return await case_page.attempt(request, desk, case_id, f"picture-{number}", work)


@post("/cases/{case_id:uuid}/actions/{action:str}", status_code=303)
async def act(
    request: AnyRequest, desk: NamedDependency[Desk], case_id: FromPath[UUID], action: FromPath[str]
) -> Shown:
    """Takes an action of the table. The form carries its id, so that pressing twice does it once."""
    if action not in set(CaseAction):
        raise Problem("case.not_found")

    async def work(form: Form, sent: Sent, common: dict[str, Any]) -> None:
        sent.place = f"action-{action}"
        reason = sent.reason.strip() or None
        asked = CaseActionRequest(action_id=case_forms.uuid_of(form.text("action_id")), reason=reason)
        await cases.act(desk.context, desk.actor, action=CaseAction(action), request=asked, **common)

    return await case_page.attempt(request, desk, case_id, "state", work)
