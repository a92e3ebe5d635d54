"""What a person does on the review page of a case. Every form calls the workflow that the API calls."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from schemas.cases import Case, CaseAction, CaseActionRequest, CasePicture, PictureChoice
from service.problems import Problem
from service.routes.dependencies import AnyRequest
from service.routes.desk import case_forms, case_page
from service.routes.desk.case_page import Sent
from service.routes.desk.visiting import CASES, Desk, Form, own_form, to_page
from service.workflows import case_assessments, case_pictures, cases

Shown = Response[bytes] | Redirect


@get("/cases/{case:str}")
async def show_case(desk: NamedDependency[Desk], case_id: NamedDependency[UUID]) -> Response[bytes]:
    """The review page."""
    return await case_page.show(desk, await case_page.read(desk, case_id))


@post("/cases/{case:str}/texts", status_code=303)
async def write_texts(request: AnyRequest, desk: NamedDependency[Desk], case_id: NamedDependency[UUID]) -> Shown:
    """Keeps the texts, or shows what of them gives somebody away. With `apply`, puts one suggestion into what was
    typed and keeps nothing."""
    form = await own_form(request, desk.pages, desk.visitor)
    if form.text("apply"):
        case = await case_page.read(desk, case_id)
        values = case_forms.texts_sent(form)
        found = await cases.scan(desk.context, desk.actor, case_id=case_id, content=case_forms.content_of(values))
        values = case_forms.generalized(values, case_forms.joined(found.findings, values), form.text("apply"))
        return await case_page.show(desk, case, Sent("texts", texts=values))

    async def work(form: Form, sent: Sent, common: dict[str, Any]) -> None:
        sent.texts = case_forms.texts_sent(form)
        content = case_forms.content_of(sent.texts)
        await cases.write(desk.context, desk.actor, content=content, **common)

    return await case_page.attempt(request, desk, case_id, "texts", work)


@post("/cases/{case:str}/assessment", status_code=303)
async def assess(request: AnyRequest, desk: NamedDependency[Desk], case_id: NamedDependency[UUID]) -> Shown:
    """Keeps the impact assessment."""

    async def work(form: Form, sent: Sent, common: dict[str, Any]) -> None:
        sent.assessment = case_forms.assessment_sent(form)
        assessment = case_forms.assessment_of(sent.assessment)
        await case_assessments.assess(desk.context, desk.actor, assessment=assessment, **common)

    return await case_page.attempt(request, desk, case_id, "assessment", work)


@post("/cases/{case:str}/pictures/{number:int}", status_code=303)
async def choose_picture(
    request: AnyRequest, desk: NamedDependency[Desk], case_id: NamedDependency[UUID], number: FromPath[int]
) -> Shown:
    """Takes a photo of the hazard as this picture."""

    async def work(form: Form, _sent: Sent, common: dict[str, Any]) -> None:
        photo_id, _, role = form.text("photo").partition(" ")
        choice = PictureChoice(photo_id=case_forms.uuid_of(photo_id), role="after" if role == "after" else "before")
        await case_pictures.choose(desk.context, desk.actor, number=number, choice=choice, **common)

    return await case_page.attempt(request, desk, case_id, f"picture-{number}", work)


@post("/cases/{case:str}/pictures/{number:int}/remove", status_code=303)
async def remove_picture(
    request: AnyRequest, desk: NamedDependency[Desk], case_id: NamedDependency[UUID], number: FromPath[int]
) -> Shown:
    """Takes the picture out of the case; the photo stays with its hazard."""

    async def work(_form: Form, _sent: Sent, common: dict[str, Any]) -> None:
        await case_pictures.remove(desk.context, desk.actor, number=number, **common)

    return await case_page.attempt(request, desk, case_id, "pictures", work)


@post("/cases/{case:str}/pictures/{number:int}/masks", status_code=303)
async def mask_picture(
    request: AnyRequest, desk: NamedDependency[Desk], case_id: NamedDependency[UUID], number: FromPath[int]
) -> Shown:
    """Says what is painted over."""
    case = await case_page.read(desk, case_id)

    async def work(form: Form, sent: Sent, common: dict[str, Any]) -> None:
        masks = case_forms.masks_of(form, _picture(case, number))
        sent.masks[number] = masks.masks
        await case_pictures.mask(desk.context, desk.actor, number=number, masks=masks, **common)

    return await case_page.attempt(request, desk, case_id, f"picture-{number}", work)


@post("/cases/{case:str}/pictures/{number:int}/overrules", status_code=303)
async def overrule(
    request: AnyRequest, desk: NamedDependency[Desk], case_id: NamedDependency[UUID], number: FromPath[int]
) -> Shown:
    """Lets the ticked findings of the gate pass, for one written reason."""

    async def work(form: Form, sent: Sent, common: dict[str, Any]) -> None:
        ticked = form.all("finding_id")
        sent.place, sent.ticked = f"gate-{number}", frozenset(ticked)
        if not ticked:
            raise Problem("case.finding_unknown", finding_id="")
        if not sent.reason.strip():
            raise Problem("case.reason_required", action="overrule")
        await case_pictures.overrule_several(
            desk.context,
            desk.actor,
            number=number,
            finding_ids=ticked,
            reason=case_forms.reason_of(sent.reason),
            **common,
        )

    return await case_page.attempt(request, desk, case_id, f"picture-{number}", work)


@post("/cases/{case:str}/pictures/{number:int}/cover", status_code=303)
async def cover(
    request: AnyRequest, desk: NamedDependency[Desk], case_id: NamedDependency[UUID], number: FromPath[int]
) -> Shown:
    """Masks what the gate found, and has the picture made again."""
    case = await case_page.read(desk, case_id)

    async def work(form: Form, sent: Sent, common: dict[str, Any]) -> None:
        sent.place = f"gate-{number}"
        masks = case_forms.covered(_picture(case, number), form.text("cover"))
        await case_pictures.mask(desk.context, desk.actor, number=number, masks=masks, **common)

    return await case_page.attempt(request, desk, case_id, f"picture-{number}", work)


def _picture(case: Case, number: int) -> CasePicture:
    picture = next((item for item in case.pictures if item.number == number), None)
    if picture is None:
        raise Problem("case.picture_not_found")
    return picture


@get(
    [
        "/cases/{case:str}/texts",
        "/cases/{case:str}/scan",
        "/cases/{case:str}/assessment",
        "/cases/{case:str}/pictures/{number:int}",
        "/cases/{case:str}/pictures/{number:int}/remove",
        "/cases/{case:str}/pictures/{number:int}/masks",
        "/cases/{case:str}/pictures/{number:int}/overrules",
        "/cases/{case:str}/pictures/{number:int}/cover",
        "/cases/{case:str}/actions/{action:str}",
    ],
    status_code=303,
)
async def go_back(desk: NamedDependency[Desk], case_id: NamedDependency[UUID]) -> Redirect:
    """A page that came as the answer to a form has the form's address: loaded anew, it is the page of the case."""
    return to_page(desk.reading, f"{CASES}/{case_id}")


@post("/cases/{case:str}/actions/{action:str}", status_code=303)
async def act(
    request: AnyRequest, desk: NamedDependency[Desk], case_id: NamedDependency[UUID], action: FromPath[str]
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
