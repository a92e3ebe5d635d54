"""Detectors look at pictures of cases: at the photo, to propose masks, and at what was baked, as the gate.

Both are jobs. Nothing that a detector says is final: a person decides about every proposal, and lets what the gate
finds pass only for a written reason.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

from schemas.cases import Proposal
from service.domain.signage import is_safety_sign
from service.domain.text_circumstances import Vocabulary, reasons
from service.imaging.detection.findings import Examined, Found
from service.imaging.results import Undecodable
from service.repositories import case_pictures, photos
from service.repositories.case_pictures import PictureRow
from service.workflows import case_vocabulary
from service.workflows.case_pictures import object_key
from service.workflows.context import WorkerContext

MOST_FINDINGS = 300
"""A picture with more is a wall of text; what is left over is found again by the gate."""

Progress = Callable[[int, int], Awaitable[None]]


class ExaminationFailed(Exception):
    """The detectors ran out of time or memory, or died."""


async def examine(context: WorkerContext, case_id: UUID, number: int, photo_id: UUID) -> None:
    """Proposes masks for a photo that was chosen. A photo that nobody can decode has nothing to propose."""
    async with context.database.connection() as connection:
        picture = await case_pictures.by_number(connection, case_id, number)
        photo = await photos.by_id(connection, photo_id)
        if picture is None or photo is None or picture.photo_id != photo_id or picture.detection_state == "done":
            return
        if context.examiner is None:
            await case_pictures.examined(connection, case_id, number, photo_id=photo_id, state="unavailable")
            return

    async def progress(step: int, steps: int) -> None:
        async with context.database.connection() as connection:
            await case_pictures.examined(
                connection, case_id, number, photo_id=photo_id, state="running", step=step, steps=steps
            )

    async with context.store.local_file(photo.object_key) as path:
        outcome = await _look(context, path, progress)
    if isinstance(outcome, Undecodable):
        async with context.database.connection() as connection:
            await case_pictures.examined(connection, case_id, number, photo_id=photo_id, state="failed")
        return
    proposals = await _proposals(context, outcome.found)
    async with context.database.connection() as connection:
        await case_pictures.examined(connection, case_id, number, photo_id=photo_id, state="done", proposals=proposals)


async def check(context: WorkerContext, case_id: UUID, number: int, version: int) -> None:
    """The gate: what the public would see goes through the detectors. Faces, plates, codes and texts that give
    somebody away stay with the picture as findings."""
    async with context.database.connection() as connection:
        picture = await case_pictures.by_number(connection, case_id, number)
        if not _is_due(picture, version) or picture is None:
            return
        if context.examiner is None:
            await case_pictures.checked(connection, case_id, number, version=version, state="unavailable")
            return

    async def progress(step: int, steps: int) -> None:
        async with context.database.connection() as connection:
            await case_pictures.checked(
                connection, case_id, number, version=version, state="running", step=step, steps=steps
            )

    async with context.store.local_file(object_key(picture.name)) as path:
        outcome = await _look(context, path, progress)
    if isinstance(outcome, Undecodable):
        raise ExaminationFailed(f"a finished picture cannot be decoded: {outcome.reason}")
    findings = [item for item in await _proposals(context, outcome.found) if blocks(item)]
    async with context.database.connection() as connection:
        await case_pictures.checked(connection, case_id, number, version=version, state="done", findings=findings)


def _is_due(picture: PictureRow | None, version: int) -> bool:
    return (
        picture is not None
        and picture.version == version
        and picture.state == "ready"
        and picture.gate_state in ("waiting", "running")
    )


async def _look(context: WorkerContext, path: Path, progress: Progress) -> Examined | Undecodable:
    assert context.examiner is not None
    outcome = await context.examiner.examine(path, progress)
    if isinstance(outcome, Undecodable) and outcome.reason == "resource_limit":
        raise ExaminationFailed(outcome.detail)
    return outcome


async def _proposals(context: WorkerContext, found: list[Found]) -> list[Proposal]:
    async with context.database.connection() as connection:
        vocabulary = await case_vocabulary.spoken_of(connection, [item.text for item in found if item.text])
    counted: dict[str, int] = {}
    proposals = []
    for item in sorted(found, key=lambda item: (item.subject, -item.confidence))[:MOST_FINDINGS]:
        counted[item.subject] = counted.get(item.subject, 0) + 1
        proposals.append(proposal_of(item, f"{item.subject}-{counted[item.subject]}", vocabulary))
    return proposals


def proposal_of(found: Found, identifier: str, vocabulary: Vocabulary) -> Proposal:
    """A finding as the editor is shown it. A safety sign stays, unless it says something that gives somebody away."""
    given_away = reasons(found.text, vocabulary) if found.text else []
    is_sign = found.subject == "text" and not given_away and found.text is not None and is_safety_sign(found.text)
    return Proposal(
        id=identifier,
        subject=found.subject,
        points=[(_inside(x), _inside(y)) for x, y in found.corners],
        confidence=round(found.confidence, 3),
        source=found.source,
        reasons=given_away,
        text=found.text,
        suggested=not is_sign,
    )


def blocks(seen: Proposal) -> bool:
    """Whether the gate lets no picture pass with this. Other texts an editor may have decided to leave."""
    return seen.subject != "text" or bool(seen.reasons)


def _inside(fraction: float) -> float:
    return round(min(max(fraction, 0.0), 1.0), 5)


async def give_up_examining(context: WorkerContext, case_id: UUID, number: int, photo_id: UUID) -> None:
    """After the last try: the editor sees that no proposals will come and finds everything by eye."""
    async with context.database.connection() as connection:
        await case_pictures.examined(connection, case_id, number, photo_id=photo_id, state="failed")


async def give_up_checking(context: WorkerContext, case_id: UUID, number: int, version: int) -> None:
    """After the last try: the picture stays behind the gate until it is masked anew."""
    async with context.database.connection() as connection:
        await case_pictures.checked(connection, case_id, number, version=version, state="failed")
