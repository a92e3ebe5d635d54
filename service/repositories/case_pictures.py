"""The pictures of cases: which photo, what detectors found, where the masks go, and what was baked from them."""

from typing import Any, Final
from uuid import UUID

import msgspec

from schemas.base import Answer
from schemas.cases import ExaminationState, Mask, PictureState, Proposal
from schemas.hazards import PhotoRole
from service.database import Connection


class PublicFile(Answer, kw_only=True, frozen=True):
    """A file of a finished picture: SHA-256 in hex and size in bytes."""

    sha256: str
    size: int


class OverruleRow(Answer, kw_only=True, frozen=True):
    """Why somebody lets a finding of the gate pass; `at` is RFC 3339."""

    reason: str
    by: UUID
    at: str


class PictureRow(Answer, kw_only=True, frozen=True):
    """A picture's row. `name` is the last part of its public address and of its key in the store.

    `detection_*` and `proposals` are about the original photo, `gate_*` about the finished picture.
    """

    case_id: UUID
    number: int
    photo_id: UUID
    role: PhotoRole
    version: int
    masks: list[Mask]
    none_needed: bool
    masked_by: UUID | None
    state: PictureState
    problem: str | None
    name: str
    width: int | None = None
    height: int | None = None
    files: dict[str, PublicFile] | None = None
    detection_state: ExaminationState = "waiting"
    detection_step: int = 0
    detection_steps: int = 0
    proposals: list[Proposal] = msgspec.field(default_factory=list)
    gate_state: ExaminationState = "waiting"
    gate_step: int = 0
    gate_steps: int = 0
    gate_findings: list[Proposal] = msgspec.field(default_factory=list)
    overrules: dict[str, OverruleRow] = msgspec.field(default_factory=dict)

    @property
    def remaining(self) -> list[Proposal]:
        """What the gate found and nobody overruled."""
        return [finding for finding in self.gate_findings if finding.id not in self.overrules]


class Baked(Answer, kw_only=True, frozen=True):
    """What a finished picture is: width and height in pixels, and its files by what follows the name in their keys."""

    width: int
    height: int
    files: dict[str, PublicFile]


_STRUCTURED: Final[dict[str, Any]] = {
    "masks": list[Mask],
    "proposals": list[Proposal],
    "gate_findings": list[Proposal],
    "overrules": dict[str, OverruleRow],
    "files": dict[str, PublicFile] | None,
}


async def of_case(connection: Connection, case_id: UUID) -> list[PictureRow]:
    """The case's pictures by number."""
    rows = await connection.fetch(
        """SELECT case_id, number, photo_id, role, version, masks, none_needed, masked_by, state, problem, name, width,
                  height, files, detection_state, detection_step, detection_steps, proposals, gate_state, gate_step,
                  gate_steps, gate_findings, overrules
           FROM case_pictures WHERE case_id = $1 ORDER BY number""",
        case_id,
    )
    return [_picture(row) for row in rows]


async def by_number(connection: Connection, case_id: UUID, number: int) -> PictureRow | None:
    """Picture `number` of the case."""
    row = await connection.fetchrow(
        """SELECT case_id, number, photo_id, role, version, masks, none_needed, masked_by, state, problem, name, width,
                  height, files, detection_state, detection_step, detection_steps, proposals, gate_state, gate_step,
                  gate_steps, gate_findings, overrules
           FROM case_pictures WHERE case_id = $1 AND number = $2""",
        case_id,
        number,
    )
    return None if row is None else _picture(row)


def _picture(row: Any) -> PictureRow:
    values = dict(row)
    for name, kind in _STRUCTURED.items():
        values[name] = msgspec.convert(values[name], kind, strict=False)
    return PictureRow(**values)


async def put(connection: Connection, picture: PictureRow) -> None:
    """Writes a picture as chosen and masked, with nothing baked yet; what was found in its photo stays."""
    await connection.execute(
        """INSERT INTO case_pictures (case_id, number, photo_id, role, version, masks, none_needed, masked_by, state,
                                      name, detection_state, detection_step, detection_steps, proposals)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
           ON CONFLICT (case_id, number) DO UPDATE SET photo_id = excluded.photo_id, role = excluded.role,
               version = excluded.version, masks = excluded.masks, none_needed = excluded.none_needed,
               masked_by = excluded.masked_by, state = excluded.state, name = excluded.name, problem = NULL,
               width = NULL, height = NULL, files = NULL, detection_state = excluded.detection_state,
               detection_step = excluded.detection_step, detection_steps = excluded.detection_steps,
               proposals = excluded.proposals, gate_state = 'waiting', gate_step = 0, gate_steps = 0,
               gate_findings = '[]', overrules = '{}'""",
        picture.case_id,
        picture.number,
        picture.photo_id,
        picture.role,
        picture.version,
        msgspec.to_builtins(picture.masks),
        picture.none_needed,
        picture.masked_by,
        picture.state,
        picture.name,
        picture.detection_state,
        picture.detection_step,
        picture.detection_steps,
        msgspec.to_builtins(picture.proposals),
    )


async def remove(connection: Connection, case_id: UUID, number: int) -> None:
    """Takes a picture out of the case."""
    await connection.execute("DELETE FROM case_pictures WHERE case_id = $1 AND number = $2", case_id, number)


async def ready(connection: Connection, case_id: UUID, number: int, *, version: int, baked: Baked) -> bool:
    """Says that this version is baked. False when the picture has changed or gone meanwhile."""
    row = await connection.fetchrow(
        """UPDATE case_pictures SET state = 'ready', problem = NULL, width = $4, height = $5, files = $6
           WHERE case_id = $1 AND number = $2 AND version = $3 RETURNING number""",
        case_id,
        number,
        version,
        baked.width,
        baked.height,
        msgspec.to_builtins(baked.files),
    )
    return row is not None


async def failed(connection: Connection, case_id: UUID, number: int, *, version: int, problem: str) -> None:
    """Says that this version cannot be baked, and why."""
    await connection.execute(
        """UPDATE case_pictures SET state = 'failed', problem = $4
           WHERE case_id = $1 AND number = $2 AND version = $3 AND state = 'pending'""",
        case_id,
        number,
        version,
        problem,
    )


async def examined(
    connection: Connection,
    case_id: UUID,
    number: int,
    *,
    photo_id: UUID,
    state: ExaminationState,
    step: int = 0,
    steps: int = 0,
    proposals: list[Proposal] | None = None,
) -> None:
    """How far the detectors have come with the original, for as long as the picture is made of this photo."""
    await connection.execute(
        """UPDATE case_pictures SET detection_state = $4, detection_step = $5, detection_steps = $6,
                  proposals = coalesce($7::jsonb, proposals)
           WHERE case_id = $1 AND number = $2 AND photo_id = $3""",
        case_id,
        number,
        photo_id,
        state,
        step,
        steps,
        None if proposals is None else msgspec.to_builtins(proposals),
    )


async def checked(
    connection: Connection,
    case_id: UUID,
    number: int,
    *,
    version: int,
    state: ExaminationState,
    step: int = 0,
    steps: int = 0,
    findings: list[Proposal] | None = None,
) -> None:
    """How far the detectors have come with the finished picture, unless it has changed meanwhile."""
    await connection.execute(
        """UPDATE case_pictures SET gate_state = $4, gate_step = $5, gate_steps = $6,
                  gate_findings = coalesce($7::jsonb, gate_findings)
           WHERE case_id = $1 AND number = $2 AND version = $3 AND state = 'ready'""",
        case_id,
        number,
        version,
        state,
        step,
        steps,
        None if findings is None else msgspec.to_builtins(findings),
    )


async def overrule(
    connection: Connection, case_id: UUID, number: int, *, finding_id: str, overrule: OverruleRow
) -> None:
    """Lets a finding of the gate pass."""
    await connection.execute(
        """UPDATE case_pictures SET overrules = overrules || jsonb_build_object($3::text, $4::jsonb)
           WHERE case_id = $1 AND number = $2""",
        case_id,
        number,
        finding_id,
        msgspec.to_builtins(overrule),
    )
