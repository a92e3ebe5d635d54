"""From the fields of a form to what the workflows take, and from a case to what a form shows."""

from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from schemas.cases import (
    Case,
    CaseContent,
    CasePicture,
    ImpactAssessment,
    Mask,
    Overruled,
    PictureMasks,
    Proposal,
    Reason,
    TextFinding,
)
from service.problems import Problem
from service.routes.desk.visiting import Form

LANGUAGES: Final = ("chinese", "english")
TEXT_FIELDS: Final = ("title", "found", "handled", "legal_basis", "lesson")
ASSESSMENT_FIELDS: Final = ("purpose", "personal_information", "necessity", "risks", "measures")

MARGIN: Final = 0.08
EDGE: Final = 0.002
"""By how much a mask over a finding of the gate is larger: of the finding, and of the picture."""

Values = dict[str, str]
"""What the fields of a form show, by their names: `chinese.title`, `venue_type`."""

Kind = TypeVar("Kind")


def texts_sent(form: Form) -> Values:
    """The texts as they were typed, fit or not."""
    names = [f"{language}.{field}" for language in LANGUAGES for field in TEXT_FIELDS]
    return {name: form.text(name) for name in (*names, "venue_type", "place_level")}


def texts_kept(case: Case) -> Values:
    """The texts as they are stored."""
    values = {
        f"{language}.{field}": "" if texts is None else getattr(texts, field)
        for language, texts in (("chinese", case.chinese), ("english", case.english))
        for field in TEXT_FIELDS
    }
    return values | {"venue_type": case.venue_type or "", "place_level": case.place_level}


def content_of(values: Values) -> CaseContent:
    """What the workflows take of them; 400 `request.invalid` for what is too long. No English at all is None."""
    texts: dict[str, Any] = {
        language: {field: values[f"{language}.{field}"] for field in TEXT_FIELDS} for language in LANGUAGES
    }
    if not any(text.strip() for text in texts["english"].values()):
        texts["english"] = None
    level = values["place_level"] or "district"
    return _converted(texts | {"venue_type": values["venue_type"] or None, "place_level": level}, CaseContent)


def assessment_sent(form: Form) -> Values:
    """The assessment as it was typed."""
    return {field: form.text(field) for field in (*ASSESSMENT_FIELDS, "conclusion")}


def assessment_kept(case: Case) -> Values:
    """The assessment as it is stored, empty where there is none yet."""
    if case.assessment is None:
        return dict.fromkeys((*ASSESSMENT_FIELDS, "conclusion"), "")
    kept: Values = msgspec.to_builtins(case.assessment.assessment)
    return kept


def assessment_of(values: Values) -> ImpactAssessment:
    """What the workflow takes of it; 422 `case.assessment_incomplete` where something was left empty."""
    if not all(values[field].strip() for field in (*ASSESSMENT_FIELDS, "conclusion")):
        raise Problem("case.assessment_incomplete")
    return _converted(values, ImpactAssessment)


def reason_of(text: str) -> str:
    """A reason as the API takes it; 400 `request.invalid` for one that is too long."""
    return _converted(text, Reason)


def _converted(given: Any, kind: type[Kind]) -> Kind:
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        raise Problem("request.invalid", errors=[{"message": str(error)}]) from error


def uuid_of(text: str) -> UUID:
    """An id that a form carries; 400 `request.invalid` for anything else."""
    try:
        return UUID(text)
    except ValueError as error:
        raise Problem("request.invalid", errors=[{"message": "not an id"}]) from error


def masks_of(form: Form, picture: CasePicture) -> PictureMasks:
    """What the editor left on the picture: shapes drawn by the script or, without it, those of the list that are
    ticked."""
    drawn = form.text("shapes")
    if drawn:
        try:
            masks = msgspec.json.decode(drawn, type=list[Mask])
        except msgspec.DecodeError as error:
            raise Problem("request.invalid", errors=[{"message": str(error)}]) from error
    else:
        ticked = set(form.all("keep"))
        masks = [shape["mask"] for shape in shapes_of(picture) if shape["id"] in ticked]
    return PictureMasks(masks=masks, none_needed=bool(form.text("none_needed")))


def shapes_of(picture: CasePicture, sent: list[Mask] | None = None) -> list[dict[str, Any]]:
    """What the editor shows: masks, those of the picture unless others were `sent`, then proposals that became none.

    Each with its id in the form, the mask, its edges, whether it is accepted, and the proposal it came from. A picture
    that nobody has decided about begins with what the detectors suggest.
    """
    masks = picture.masks if sent is None else sent
    proposals = {proposal.id: proposal for proposal in picture.detection.findings}
    undecided = sent is None and picture.state == "unmasked"
    shapes = [
        _shape(f"mask-{number}", mask, accepted=True, proposal=proposals.get(mask.proposal or ""))
        for number, mask in enumerate(masks, start=1)
    ]
    used = {mask.proposal for mask in masks}
    shapes += [
        _shape(item.id, mask_of(item), accepted=undecided and item.suggested, proposal=item)
        for item in picture.detection.findings
        if item.id not in used
    ]
    return shapes


def _shape(identifier: str, mask: Mask, *, accepted: bool, proposal: Proposal | None) -> dict[str, Any]:
    return {
        "id": identifier,
        "mask": mask,
        "json": msgspec.json.encode(mask).decode(),
        "edges": edges(mask.points),
        "accepted": accepted,
        "proposal": proposal,
        "subject": mask.subject or (proposal.subject if proposal else "other"),
    }


def mask_of(proposal: Proposal) -> Mask:
    """The upright rectangle around a proposal: a little more than the proposal, never less."""
    left, top, right, bottom = edges(proposal.points)
    return Mask(kind="rectangle", points=[(left, top), (right, bottom)], subject=proposal.subject, proposal=proposal.id)


def cover_of(finding: Proposal) -> Mask:
    """A mask over what is still to be seen in a finished picture, a little larger: what was found had edges that
    showed."""
    left, top, right, bottom = edges(finding.points)
    across, down = ((right - left) * MARGIN + EDGE, (bottom - top) * MARGIN + EDGE)
    corners = [(max(left - across, 0), max(top - down, 0)), (min(right + across, 1), min(bottom + down, 1))]
    return Mask(kind="rectangle", points=corners, subject=finding.subject)


def covered(picture: CasePicture, finding_id: str) -> PictureMasks:
    """The masks of a picture with one more over that finding of the gate; 409 `case.finding_unknown`."""
    found = next((item.finding for item in picture.gate.findings if item.finding.id == finding_id), None)
    if found is None:
        raise Problem("case.finding_unknown", finding_id=finding_id)
    masks = [*picture.masks, cover_of(found)]
    return _converted({"masks": msgspec.to_builtins(masks)}, PictureMasks)


def passed(picture: CasePicture) -> list[tuple[Overruled, list[tuple[int, Proposal]]]]:
    """What of the gate's findings passed, each with its number on the picture; what passed at once for one reason
    together."""
    found: dict[tuple[str, str, datetime], tuple[Overruled, list[tuple[int, Proposal]]]] = {}
    for number, item in enumerate(picture.gate.findings, start=1):
        if item.overrule is not None:
            why = (item.overrule.reason, item.overrule.person.account, item.overrule.at)
            found.setdefault(why, (item.overrule, []))[1].append((number, item.finding))
    return list(found.values())


def edges(points: list[tuple[float, float]]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a shape, as fractions of the picture."""
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    return min(xs), min(ys), max(xs), max(ys)


def pieces(text: str, findings: list[TextFinding]) -> list[tuple[str, TextFinding | None]]:
    """A text in pieces, those that give somebody away with their finding: for marking them in place."""
    parts: list[tuple[str, TextFinding | None]] = []
    at = 0
    for finding in sorted(findings, key=lambda item: item.start):
        if finding.start < at:
            continue
        parts += [(text[at : finding.start], None), (text[finding.start : finding.end], finding)]
        at = finding.end
    return [part for part in [*parts, (text[at:], None)] if part[0]]


def joined(findings: list[TextFinding], values: Values) -> list[TextFinding]:
    """Findings that touch and would become the same words are one: a road and its number are one street."""
    whole: list[TextFinding] = []
    for finding in sorted(findings, key=lambda item: (item.field, item.start)):
        last = whole[-1] if whole else None
        if (
            last is not None
            and finding.suggestion
            and (last.field, last.suggestion) == (finding.field, finding.suggestion)
            and not values[finding.field][last.end : finding.start].strip()
        ):
            whole[-1] = msgspec.structs.replace(last, end=max(last.end, finding.end))
        else:
            whole.append(finding)
    return whole


def generalized(values: Values, findings: list[TextFinding], chosen: str) -> Values:
    """The texts with one suggestion in place of what was found. `chosen` is `chinese.found:12:15`; unknown, nothing
    changes. What stands beside it already is not said twice."""
    for item in findings:
        if f"{item.field}:{item.start}:{item.end}" == chosen:
            text = values[item.field]
            before, after = text[: item.start], text[item.end :]
            is_said = item.suggestion and (before.endswith(item.suggestion) or after.startswith(item.suggestion))
            return values | {item.field: before + ("" if is_said else item.suggestion) + after}
    return values
