"""Where a report disagrees with itself: told to the reviewer, never corrected."""

from typing import Final
from uuid import UUID

import msgspec

from schemas.hazard_answers import CheckpointScan, Flag
from schemas.hazards import State
from schemas.photos import PhotoFacts
from service.domain.geodesy import Coordinate, distance_m
from service.domain.hazards import Hazard, clock_difference
from service.repositories.hazard_photos import NamedPhoto

POSITION_TOLERANCE_M: Final = 200.0
"""Beyond the accuracy that phone and photo claim themselves; a stair in a courtyard moves a fix this far."""
TIME_TOLERANCE_MINUTES: Final = 30.0


def flags(hazard: Hazard, photos: list[NamedPhoto], checkpoint_at: Coordinate | None) -> list[Flag]:
    """Where the phone's clock, its position, its photos and the scanned code disagree, for a reviewer to weigh."""
    found = _checkpoint_flags(hazard, checkpoint_at)
    finding = hazard.finding
    ahead = clock_difference(device_time=finding.device_time, offline=finding.offline, received_at=hazard.received_at)
    if ahead is not None:
        minutes = round(ahead.total_seconds() / 60, 1)
        found.append(Flag(code="device_clock_differs", difference=minutes, unit="minutes"))
    for photo in photos:
        if photo.role == "before" and photo.facts is not None:
            found += _photo_flags(hazard, photo.photo_id, msgspec.convert(photo.facts, PhotoFacts))
    current = (hazard.round.number, hazard.attempt)
    if any(photo.role == "after" and not photo.arrived and (photo.round, photo.attempt) == current for photo in photos):
        found.append(Flag(code="fix_photos_not_arrived"))
    due_at, by_catalogue = hazard.round.original_due_at, hazard.round.catalogue_due_at
    if due_at is not None and by_catalogue is not None and due_at > by_catalogue:
        found.append(Flag(code="deadline_beyond_catalogue"))
    if hazard.state is State.PENDING_REVIEW and hazard.review_due_at is None:
        found.append(Flag(code="review_due_unknown"))
    return found


def _checkpoint_flags(hazard: Hazard, checkpoint_at: Coordinate | None) -> list[Flag]:
    """A copied code is found by where it was scanned; one that was replaced or taken down by its version."""
    found = []
    match hazard.routing.checkpoint:
        case CheckpointScan(token="superseded"):
            found.append(Flag(code="checkpoint_token_superseded"))
        case CheckpointScan(token="revoked"):
            found.append(Flag(code="checkpoint_token_revoked"))
    if hazard.position is not None and checkpoint_at is not None:
        apart = distance_m(hazard.position, checkpoint_at)
        given = hazard.finding.given_position
        if apart > POSITION_TOLERANCE_M + (0.0 if given is None else given.accuracy_m or 0.0):
            found.append(Flag(code="checkpoint_far_away", difference=round(apart), unit="meters"))
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
