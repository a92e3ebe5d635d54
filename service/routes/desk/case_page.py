"""The review page of a case: what it was, what is masked, what the public will see, who decides."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID, uuid4

from litestar import Response
from litestar.response import Redirect

from schemas.cases import Case, CaseAction, CasePicture, CaseState, Mask, TextFinding, VenueType
from schemas.hazard_answers import HazardPhoto, HistoryLine
from service.domain import publication
from service.domain.permissions import Permission
from service.domain.text_findings import Exposure
from service.i18n import translate
from service.problems import Problem
from service.protocols import preconditions
from service.routes.dependencies import AnyRequest
from service.routes.desk import case_forms
from service.routes.desk.case_forms import Values
from service.routes.desk.pages import desk_page
from service.routes.desk.visiting import CASES, Desk, Form, own_form, to_page
from service.workflows import cases, hazards

IN_REVIEW: Final = (CaseState.FIRST_REVIEW, CaseState.SECOND_REVIEW)
ROAD: Final = (
    CaseState.DRAFT,
    CaseState.FIRST_REVIEW,
    CaseState.SECOND_REVIEW,
    CaseState.APPROVED,
    CaseState.PUBLISHED,
)


@dataclass(slots=True)
class Sent:
    """What came with a form that was not kept, so that nothing typed is lost. `place` is the form's anchor."""

    place: str
    problem: Problem | None = None
    texts: Values | None = None
    assessment: Values | None = None
    masks: dict[int, list[Mask]] = field(default_factory=dict)
    reason: str = ""
    ticked: frozenset[str] = frozenset()


async def read(desk: Desk, case_id: UUID) -> Case:
    """The case for who is signed in; 404."""
    return await cases.read(desk.context, desk.actor, case_id, language=desk.reading.language)


async def show(desk: Desk, case: Case, sent: Sent | None = None) -> Response[bytes]:
    """The page. With `sent`, the page that says why a form was not kept and still holds what was typed."""
    sent = sent or Sent("")
    edits = case.state is CaseState.DRAFT and desk.actor.may(Permission.CASE_DRAFT, case.organization_id)
    kept = case_forms.texts_kept(case)
    values = sent.texts or kept
    findings = await _findings(desk, case, values)
    history = (await cases.history(desk.context, desk.actor, case.id)).items
    photos = await _photos(desk, case) if edits else []
    return desk_page(
        desk.pages,
        desk.reading,
        "desk_case.html",
        f"{CASES}/{case.id}",
        status=200 if sent.problem is None else sent.problem.status,
        visitor=desk.visitor,
        base=f"{CASES}/{case.id}",
        case=case,
        sent=sent,
        edits=edits,
        kept=kept,
        values=values,
        kinds={kind.value: translate(f"desk.kind.{kind}", desk.reading.language) for kind in Exposure},
        marked=_marked(values, findings),
        history=list(reversed(history)),
        suspension=_suspension(case, history),
        explanation=_explanation(case, history),
        mended_at={blocker.code: _mended_at(case, blocker.code) for blocker in case.blockers},
        photos=photos,
        next_number=_next_number(case),
        chosen={picture.photo_id: picture.number for picture in case.pictures},
        shapes={item.number: case_forms.shapes_of(item, sent.masks.get(item.number)) for item in case.pictures},
        passed={item.number: case_forms.passed(item) for item in case.pictures},
        edges=case_forms.edges,
        assessment=sent.assessment or case_forms.assessment_kept(case),
        fields=case_forms.TEXT_FIELDS,
        assessment_fields=case_forms.ASSESSMENT_FIELDS,
        venues=list(VenueType),
        action_id=uuid4(),
        needs_reason=publication.REASON_REQUIRED,
        waiting=waits(case),
        at_work=at_work,
        road=_road(case),
        sees_original=desk.actor.may(Permission.HAZARD_READ, case.organization_id),
        is_involved=_is_involved(desk, case),
    )


async def _findings(desk: Desk, case: Case, values: Values) -> list[TextFinding]:
    if case.state is CaseState.RETRACTED:
        return []
    try:
        content = case_forms.content_of(values)
    except Problem:
        return []
    found = await cases.scan(desk.context, desk.actor, case_id=case.id, content=content)
    return case_forms.joined(found.findings, values)


def _marked(values: Values, findings: list[TextFinding]) -> dict[str, list[tuple[str, TextFinding | None]]]:
    return {
        name: case_forms.pieces(values[name], [item for item in findings if item.field == name])
        for name in {item.field for item in findings}
    }


async def _photos(desk: Desk, case: Case) -> list[HazardPhoto]:
    """The hazard's photos that can be chosen, for who may see that hazard."""
    try:
        hazard = await hazards.read(
            desk.context, desk.actor, case.hazard_id, now=desk.now, language=desk.reading.language
        )
    except Problem:
        return []
    return [photo for photo in hazard.photos if photo.arrived]


def _next_number(case: Case) -> int | None:
    taken = {picture.number for picture in case.pictures}
    return next((number for number in range(1, publication.MAX_PICTURES + 1) if number not in taken), None)


def waits(case: Case) -> bool:
    """Whether something is being done to a picture, so that the page has news to wait for."""
    return any(at_work(picture) for picture in case.pictures)


def at_work(picture: CasePicture) -> str | None:
    """What is being done to a picture: `detection`, `baking`, `gate` or nothing."""
    if picture.state == "pending":
        return "baking"
    if picture.state == "ready" and picture.gate.state in ("waiting", "running"):
        return "gate"
    if picture.detection.state in ("waiting", "running"):
        return "detection"
    return None


def is_suspended(case: Case) -> bool:
    """Whether the public is told that the case is being looked into."""
    return case.address is not None and not case.public


def _suspension(case: Case, history: list[HistoryLine]) -> HistoryLine | None:
    """Who keeps the case from the public now, when and why."""
    if not is_suspended(case):
        return None
    return next(line for line in reversed(history) if line.kind == publication.EVENTS[CaseAction.SUSPEND])


def _explanation(case: Case, history: list[HistoryLine]) -> HistoryLine | None:
    """The last reason that somebody gave, while it says why the case is where it is; that of a suspension is told
    apart."""
    events = {publication.EVENTS[action] for action in publication.REASON_REQUIRED}
    if is_suspended(case):
        events.discard(publication.EVENTS[CaseAction.SUSPEND])
    if case.reason is None:
        return None
    said = next((line for line in reversed(history) if line.kind in events), None)
    return said if said is not None and said.body.get("reason") == case.reason else None


def _mended_at(case: Case, code: str) -> str:
    """Where on the page what stands in the way is mended, for a link to it."""
    match code:
        case "case.place_singles_out":
            return "place"
        case "case.assessment_missing" | "case.assessment_negative":
            return "assessment"
        case "case.pictures_not_ready":
            return _first(case, lambda picture: picture.state != "ready")
        case "case.detection_running":
            return _first(case, lambda picture: at_work(picture) is not None)
        case "case.gate_failed":
            return _first(case, lambda picture: picture.gate.state == "failed")
        case "case.picture_exposes":
            return _first(case, lambda picture: any(item.overrule is None for item in picture.gate.findings), "gate")
    return "texts"


def _first(case: Case, is_meant: Callable[[CasePicture], bool], part: str = "picture") -> str:
    return next((f"{part}-{picture.number}" for picture in case.pictures if is_meant(picture)), "pictures")


def _road(case: Case) -> list[dict[str, Any]]:
    """The steps of a case with whether each is done, under way or held by a suspension, and by whom."""
    people = (case.drafter, case.first_reviewer, case.second_reviewer, None, None)
    at = len(ROAD) if case.state is CaseState.RETRACTED else ROAD.index(case.state)
    return [
        {
            "state": state,
            "person": person,
            "done": number < at or case.state is CaseState.PUBLISHED,
            "now": number == at,
            "held": state is case.state is CaseState.PUBLISHED and is_suspended(case),
        }
        for number, (state, person) in enumerate(zip(ROAD, people, strict=True))
    ]


def _is_involved(desk: Desk, case: Case) -> bool:
    """Whether somebody who reviews cases may not review this one: they wrote it or have reviewed it already."""
    return (
        case.state in IN_REVIEW
        and desk.actor.may(Permission.CASE_REVIEW, case.organization_id)
        and all(offer.action is not CaseAction.APPROVE for offer in case.actions)
    )


Work = Callable[[Form, Sent, dict[str, Any]], Awaitable[object]]


async def attempt(request: AnyRequest, desk: Desk, case_id: UUID, place: str, work: Work) -> Response[bytes] | Redirect:
    """Does what a form asks for and shows the page anew; a refusal comes back on the page, with what was typed.

    `work` receives the form, where to note what was typed, and what every workflow of a case is told.
    """
    form = await own_form(request, desk.pages, desk.visitor)
    sent = Sent(place, reason=form.text("reason"))
    common = {
        "case_id": case_id,
        "if_match": preconditions.quoted(form.text("version")),
        "now": desk.now,
        "language": desk.reading.language,
    }
    try:
        await work(form, sent, common)
    except Problem as problem:
        if problem.status == 404:
            raise
        sent.problem = problem
        return await show(desk, await read(desk, case_id), sent)
    return to_page(desk.reading, f"{CASES}/{case_id}", place)
