"""Premises, checkpoints and areas from a table."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from schemas.imports import AreaRow, CheckpointRow, PlaceRow, PremisesRow
from schemas.places import Datum
from service.domain.geodesy import Coordinate, to_wgs84
from service.domain.identifiers import uuid7
from service.domain.imports import Reading
from service.domain.permissions import Permission
from service.problems import Problem
from service.repositories import areas, checkpoints, people, place_codes, premises, registers
from service.repositories.areas import Area
from service.repositories.checkpoints import Checkpoint
from service.repositories.premises import Premises
from service.workflows.import_changes import Change, named_id


def _position(row: PlaceRow) -> Coordinate | None:
    """In WGS-84. 422 `import.position_incomplete` for half a position."""
    if row.lat is None and row.lon is None:
        return None
    if row.lat is None or row.lon is None:
        raise Problem("import.position_incomplete")
    return to_wgs84(Coordinate(row.lon, row.lat), Datum(row.datum or "wgs84"))


def _given(reading: Reading, row: PlaceRow, names: tuple[str, ...]) -> dict[str, Any]:
    """What the table says of a place; a column that it does not have says nothing."""
    given = {name: getattr(row, name) for name in names if name in reading.fields}
    if {"lat", "lon"} & reading.fields:
        given["position"] = _position(row)
    return given


async def bring_in_premises(change: Change) -> None:
    """Premises are found again by their number."""
    rows: list[tuple[int, PremisesRow]] = change.reading.rows
    places = await registers.organizations(change.connection)
    ids = await place_codes.premises_ids(change.connection, {row.code for _, row in rows})
    known = await premises.by_ids(change.connection, ids.values())
    for number, row in rows:
        place = places.get(row.organization)
        if place is None:
            change.unknown(number, "organization", row.organization)
            continue
        owner_id = await _owner(change, number, row, place.id)
        try:
            given = _given(change.reading, row, ("venue_type", "industry", "unit", "address", "contact"))
        except Problem as problem:
            change.reading.refuse(number, "lat", problem)
            continue
        if "owner" in change.reading.fields:
            given["owner_id"] = owner_id
        present = known[ids[row.code]] if row.code in ids else None
        wanted = replace(
            present or Premises(id=uuid7(change.now), organization_id=place.id, name=row.name),
            organization_id=place.id,
            name=row.name,
            **given,
        )
        outcome = await premises.upsert(change.connection, wanted)
        if present is None:
            await place_codes.number_premises(change.connection, wanted.id, row.code)
        await _tell(change, "premises", wanted.id, outcome, {"code": row.code, "name": row.name})


async def _owner(change: Change, number: int, row: PremisesRow, organization_id: UUID) -> UUID | None:
    if row.owner is None:
        return None
    owner_id = await people.holding(change.connection, row.owner, Permission.HAZARD_RECTIFY, organization_id)
    if owner_id is None:
        change.reading.refuse(number, "owner", Problem("import.owner_unsuitable", account=row.owner))
    return owner_id


async def bring_in_checkpoints(change: Change) -> None:
    """Checkpoints are found again by their number within their premises. Printed codes stay good."""
    rows: list[tuple[int, CheckpointRow]] = change.reading.rows
    ids = await place_codes.premises_ids(change.connection, {row.premises for _, row in rows})
    numbered = await place_codes.checkpoint_ids(change.connection, ids.values())
    for number, row in rows:
        if row.premises not in ids:
            change.unknown(number, "premises", row.premises)
            continue
        premises_id = ids[row.premises]
        present_id = numbered.get((premises_id, row.code))
        present = None if present_id is None else await checkpoints.by_id(change.connection, present_id)
        try:
            given = _given(change.reading, row, ("building", "floor", "place"))
        except Problem as problem:
            change.reading.refuse(number, "lat", problem)
            continue
        wanted = replace(
            present or Checkpoint(id=uuid7(change.now), premises_id=premises_id, name=row.name), name=row.name, **given
        )
        outcome = await checkpoints.upsert(change.connection, wanted)
        if present is None:
            await place_codes.number_checkpoint(change.connection, wanted.id, row.code)
        body = {"premises": row.premises, "code": row.code, "name": row.name}
        await _tell(change, "checkpoint", wanted.id, outcome, body)


async def bring_in_areas(change: Change) -> None:
    """Areas are found again by their code and drawn anew where their boundary differs."""
    rows: list[tuple[int, AreaRow]] = change.reading.rows
    places = await registers.organizations(change.connection)
    known = {area.code: area for area in await areas.all_areas(change.connection)}
    for number, row in rows:
        place = places.get(row.organization)
        if place is None:
            change.unknown(number, "organization", row.organization)
            continue
        present = known.get(row.code) or Area(row.code, row.name, place.id)
        precedence = row.precedence if "precedence" in change.reading.fields else present.precedence
        wanted = replace(present, name=row.name, organization_id=place.id, precedence=precedence)
        outcome = await areas.upsert(change.connection, wanted, change.boundaries[number])
        body = {"code": row.code, "name": row.name, "organization": row.organization}
        await _tell(change, "area", named_id("area", row.code), outcome, body)


async def _tell(change: Change, subject: Any, subject_id: UUID, outcome: Any, body: dict[str, Any]) -> None:
    change.count(outcome)
    if outcome != "unchanged":
        await change.tell(subject, subject_id, "imported" if outcome == "added" else "changed", body)
