"""What a person is shown of a hazard: in their language, and no more than they may see."""

from datetime import datetime
from uuid import UUID

import msgspec

from schemas.hazards import (
    AttemptAnswer,
    Flag,
    HazardAnswer,
    HazardPhoto,
    HazardSummary,
    Named,
    OfferedAction,
    Person,
    RoundAnswer,
)
from schemas.photos import PhotoFacts
from schemas.places import Wgs84
from service.database import Connection
from service.domain import lifecycle
from service.domain.geodesy import Coordinate, distance_m
from service.domain.hazards import Attempt, Hazard, Round, clock_difference, overdue
from service.domain.permissions import Actor
from service.i18n import Language, translate
from service.repositories import categories, hazard_photos, organizations, people
from service.repositories.hazard_lists import HazardLine
from service.repositories.hazard_photos import NamedPhoto

POSITION_TOLERANCE_M = 200.0
"""Beyond the accuracy that phone and photo claim themselves; a stair in a courtyard moves a fix this far."""
TIME_TOLERANCE_MINUTES = 30.0


def summary(line: HazardLine, now: datetime, language: Language) -> HazardSummary:
    """A hazard in a list."""
    owner = None
    if line.owner_account is not None and line.owner_name is not None:
        owner = Person(account=line.owner_account, name=line.owner_name)
    return HazardSummary(
        id=line.id,
        number=line.number,
        state=line.state,
        state_label=translate(f"hazards.state.{line.state}", language),
        version=line.version,
        organization=Named(code=line.organization_code, name=line.organization_name),
        category=Named(code=line.category, name=line.category_en if language == "en" else line.category_zh),
        priority=line.priority,
        description=line.description,
        place=line.place,
        position=_wgs84(line.position),
        received_at=line.received_at,
        owner=owner,
        due_at=line.due_at,
        overdue=overdue(line.state, line.due_at, now),
        round=line.round,
        attempt=line.attempt,
    )


async def full(connection: Connection, hazard: Hazard, actor: Actor, now: datetime, language: Language) -> HazardAnswer:
    """A hazard as this person sees it, with what they may do with it now."""
    organization = await organizations.by_id(connection, hazard.organization_id)
    category = await categories.by_code(connection, hazard.finding.category)
    assert organization is not None
    assert category is not None
    named = await people.by_id(connection, _people_of(hazard))
    sees_all = lifecycle.reads_all(hazard, actor)
    photos = [
        photo
        for photo in await hazard_photos.of_hazard(connection, hazard.id)
        if sees_all or photo.role == "before" or photo.named_by == actor.account_id
    ]
    finding, current = hazard.finding, hazard.round
    return HazardAnswer(
        id=hazard.id,
        number=hazard.number,
        state=hazard.state,
        state_label=translate(f"hazards.state.{hazard.state}", language),
        version=hazard.version,
        organization=Named(code=organization.code, name=organization.name),
        category=Named(code=category.code, name=category.name_en if language == "en" else category.name_zh),
        priority=category.priority,
        description=finding.description,
        place=finding.place,
        premises=finding.premises,
        building=finding.building,
        floor=finding.floor,
        position=_wgs84(hazard.position),
        given_position=finding.given_position,
        captured_at=finding.captured_at,
        device_time=finding.device_time,
        offline=finding.offline,
        received_at=hazard.received_at,
        reported_by=named[hazard.reported_by],
        second_inspector=_person(named, hazard.second_inspector_id),
        owner=_person(named, current.owner_id),
        due_at=current.due_at,
        overdue=overdue(hazard.state, current.due_at, now),
        closed_at=current.closed_at,
        round=current.number,
        attempt=hazard.attempt,
        photos=[_photo(photo) for photo in photos],
        rounds=[_round(turn, named) for turn in hazard.rounds],
        flags=flags(hazard, photos) if sees_all else [],
        actions=[
            OfferedAction(action=action, label=translate(f"hazards.action.{action}", language))
            for action in lifecycle.offered(hazard, actor)
        ],
    )


def flags(hazard: Hazard, photos: list[NamedPhoto]) -> list[Flag]:
    """Where the phone's clock, its position and its photos disagree, for a reviewer to weigh."""
    found = []
    finding = hazard.finding
    ahead = clock_difference(device_time=finding.device_time, offline=finding.offline, received_at=hazard.received_at)
    if ahead is not None:
        minutes = round(ahead.total_seconds() / 60, 1)
        found.append(Flag(code="device_clock_differs", difference=minutes, unit="minutes"))
    for photo in photos:
        if photo.role == "before" and photo.facts is not None:
            found += _photo_flags(hazard, photo.photo_id, msgspec.convert(photo.facts, PhotoFacts))
    return found


def _photo_flags(hazard: Hazard, photo_id: UUID, facts: PhotoFacts) -> list[Flag]:
    found = []
    if hazard.position is not None and facts.latitude is not None and facts.longitude is not None:
        apart = distance_m(hazard.position, Coordinate(facts.longitude, facts.latitude))
        given = hazard.finding.given_position
        claimed = (0.0 if given is None else given.accuracy_m or 0.0) + (facts.accuracy or 0.0)
        if apart > POSITION_TOLERANCE_M + claimed:
            found.append(Flag(code="photo_position_differs", difference=round(apart), unit="meters", photo_id=photo_id))
    if facts.taken_at is not None:
        minutes = round((facts.taken_at - hazard.finding.captured_at).total_seconds() / 60, 1)
        if abs(minutes) > TIME_TOLERANCE_MINUTES:
            found.append(Flag(code="photo_time_differs", difference=minutes, unit="minutes", photo_id=photo_id))
    return found


def _people_of(hazard: Hazard) -> set[UUID]:
    found = {hazard.reported_by, hazard.second_inspector_id}
    for turn in hazard.rounds:
        found.add(turn.owner_id)
        for attempt in turn.attempts:
            found |= {attempt.submitted_by, attempt.decided_by}
    return {account_id for account_id in found if account_id is not None}


def _person(named: dict[UUID, Person], account_id: UUID | None) -> Person | None:
    return None if account_id is None else named[account_id]


def _wgs84(place: Coordinate | None) -> Wgs84 | None:
    return None if place is None else Wgs84(lat=place.latitude, lon=place.longitude)


def _round(turn: Round, named: dict[UUID, Person]) -> RoundAnswer:
    return RoundAnswer(
        round=turn.number,
        opened_at=turn.opened_at,
        registered_at=turn.registered_at,
        assigned_at=turn.assigned_at,
        owner=_person(named, turn.owner_id),
        due_at=turn.due_at,
        notice=turn.notice,
        accepted_at=turn.accepted_at,
        closed_at=turn.closed_at,
        attempts=[_attempt(attempt, named) for attempt in turn.attempts],
    )


def _attempt(attempt: Attempt, named: dict[UUID, Person]) -> AttemptAnswer:
    return AttemptAnswer(
        attempt=attempt.number,
        submitted_at=attempt.submitted_at,
        submitted_by=named[attempt.submitted_by],
        measures=attempt.measures,
        outcome=attempt.outcome,
        mode=attempt.mode,
        remarks=attempt.remarks,
        decided_at=attempt.decided_at,
        decided_by=_person(named, attempt.decided_by),
    )


def _photo(photo: NamedPhoto) -> HazardPhoto:
    address = f"/api/v1/photos/{photo.photo_id}"
    is_ready = photo.rendition_state == "ready"
    return HazardPhoto(
        id=photo.photo_id,
        sha256=photo.sha256.hex(),
        role=photo.role,
        round=photo.round,
        attempt=photo.attempt or None,
        arrived=photo.arrived,
        rendition_state=photo.rendition_state,
        original=f"{address}/original" if photo.arrived else None,
        preview=f"{address}/preview" if is_ready else None,
        thumbnail=f"{address}/thumbnail" if is_ready else None,
    )
