"""What a person is shown of a hazard: in their language, and no more than they may see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from schemas.accounts import Organization
from schemas.catalogue import Category
from schemas.hazard_answers import (
    Duplicate,
    HazardAnswer,
    HazardPhoto,
    HazardSummary,
    Named,
    OfferedAction,
    Person,
    RelatedHazard,
    RepresentedPerson,
)
from schemas.places import Wgs84
from service.database import Connection
from service.domain import lifecycle
from service.domain.geodesy import Coordinate
from service.domain.hazards import Hazard, Round, overdue
from service.domain.permissions import Actor
from service.i18n import Language, translate
from service.repositories import categories, checkpoints, hazard_photos, hazards, organizations, people
from service.repositories.hazard_lists import HazardLine
from service.repositories.hazard_photos import NamedPhoto
from service.repositories.hazards import Merged
from service.workflows import round_answers
from service.workflows.hazard_flags import flags


def summary(line: HazardLine, account_id: UUID, now: datetime, language: Language) -> HazardSummary:
    """A hazard in a list that this person asked for."""
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
        level=line.level,
        source=line.source,
        priority=line.priority,
        description=line.description,
        place=line.place,
        position=_wgs84(line.position) if line.tells_place_to(account_id) else None,
        received_at=line.received_at,
        owner=owner,
        due_at=line.due_at,
        overdue=overdue(line.state, line.due_at, now),
        shelved=line.shelved_at is not None,
        round=line.round,
        attempt=line.attempt,
    )


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What an answer tells beyond the hazard itself."""

    organization: Organization
    category: Category
    people: Mapping[UUID, Person]
    photos: list[NamedPhoto]
    checkpoint_at: Coordinate | None
    original: RelatedHazard | None
    duplicates: list[Duplicate]


async def full(connection: Connection, hazard: Hazard, actor: Actor, now: datetime, language: Language) -> HazardAnswer:
    """A hazard as this person sees it, with what they may do with it now."""
    sees_all = lifecycle.reads_all(hazard, actor)
    known = await _surroundings(connection, hazard, actor, sees_all=sees_all)
    finding, current, routing, details = hazard.finding, hazard.round, hazard.routing, hazard.details
    tells_place = lifecycle.tells_place(hazard, actor)
    return HazardAnswer(
        id=hazard.id,
        number=hazard.number,
        state=hazard.state,
        state_label=translate(f"hazards.state.{hazard.state}", language),
        version=hazard.version,
        organization=Named(code=known.organization.code, name=known.organization.name),
        category=_category(known.category, language),
        level=hazard.level,
        source=finding.source,
        priority=known.category.priority,
        description=finding.description,
        place=finding.place,
        premises=finding.premises,
        building=finding.building,
        floor=finding.floor,
        position=_wgs84(hazard.position) if tells_place else None,
        given_position=finding.given_position if tells_place else None,
        captured_at=finding.captured_at,
        device_time=finding.device_time,
        offline=finding.offline,
        received_at=hazard.received_at,
        reported_by=known.people[hazard.reported_by],
        second_inspector=round_answers.person(known.people, hazard.second_inspector_id),
        owner=round_answers.person(known.people, current.owner_id),
        due_at=current.due_at,
        overdue=overdue(hazard.state, current.due_at, now),
        shelved=details.shelving is not None,
        closed_at=current.closed_at,
        review_due_at=hazard.review_due_at,
        holder=hazard.holder,
        jurisdiction=routing.by,
        proposed_owner=round_answers.person(known.people, routing.proposed_owner_id) if sees_all else None,
        premises_id=routing.premises_id,
        checkpoint=routing.checkpoint,
        visit_id=finding.visit_id if tells_place else None,
        on_behalf_of=_represented(hazard, actor),
        external_case_no=finding.external_case_no if tells_place else None,
        grid_code=finding.grid_code if tells_place else None,
        external_codes=finding.external_codes if tells_place else None,
        original=known.original,
        duplicates=known.duplicates,
        arrangements=details.arrangements,
        supervision=details.supervision,
        shelving=details.shelving,
        ending=details.ending,
        round=current.number,
        attempt=hazard.attempt,
        photos=[_photo(photo) for photo in known.photos],
        rounds=[round_answers.answer(turn, known.people) for turn in _rounds(hazard, actor, sees_all=sees_all)],
        flags=flags(hazard, known.photos, known.checkpoint_at) if sees_all else [],
        actions=_offered(hazard, actor, language),
    )


async def _surroundings(connection: Connection, hazard: Hazard, actor: Actor, *, sees_all: bool) -> _Surroundings:
    organization = await organizations.by_id(connection, hazard.organization_id)
    edition = date.fromisoformat(hazard.category_edition)
    category = await categories.by_edition(connection, hazard.finding.category, edition)
    assert organization is not None
    assert category is not None
    merged = await hazards.merged_into(connection, hazard.id)
    others = {hazard.second_inspector_id, hazard.routing.proposed_owner_id} - {None}
    wanted = round_answers.people_of(hazard) | others | {hazard.reported_by, *(other.reported_by for other in merged)}
    named = await people.by_id(connection, [account_id for account_id in wanted if account_id is not None])
    photos = await hazard_photos.of_hazard(connection, hazard.id)
    scan = hazard.routing.checkpoint
    checkpoint = None if scan is None else await checkpoints.by_id(connection, scan.id)
    return _Surroundings(
        organization,
        category,
        named,
        [photo for photo in photos if sees_all or _owner_sees(photo, actor, is_sealed=hazard.finding.is_sealed)],
        None if checkpoint is None else checkpoint.position,
        await _original(connection, hazard),
        [
            await _duplicate(connection, other, named, actor, sees_all=sees_all)
            for other in merged
            if sees_all or not other.is_sealed
        ],
    )


def _rounds(hazard: Hazard, actor: Actor, *, sees_all: bool) -> list[Round]:
    """An owner sees the rounds that are theirs, without what an earlier owner filed or asked for."""
    if sees_all:
        return list(hazard.rounds)
    return [turn.since_assignment for turn in hazard.rounds if turn.owner_id == actor.account_id]


def _category(category: Category, language: Language) -> Named:
    return Named(code=category.code, name=category.name_en if language == "en" else category.name_zh)


def _represented(hazard: Hazard, actor: Actor) -> RepresentedPerson | None:
    represented = hazard.finding.on_behalf_of
    if represented is None or not lifecycle.reads_informant(hazard, actor):
        return None
    return RepresentedPerson(name=represented.name, contact=represented.contact)


def _offered(hazard: Hazard, actor: Actor, language: Language) -> list[OfferedAction]:
    return [
        OfferedAction(action=action, label=translate(f"hazards.action.{action}", language))
        for action in lifecycle.offered(hazard, actor)
    ]


def _owner_sees(photo: NamedPhoto, actor: Actor, *, is_sealed: bool) -> bool:
    """One's own photos and the inspectors'; what a resident took from their own door tells who they are."""
    return photo.named_by == actor.account_id or (photo.role == "before" and not is_sealed)


async def _original(connection: Connection, hazard: Hazard) -> RelatedHazard | None:
    if hazard.original_id is None:
        return None
    number = await hazards.number_of(connection, hazard.original_id)
    assert number is not None
    return RelatedHazard(id=hazard.original_id, number=number)


async def _duplicate(
    connection: Connection, other: Merged, named: Mapping[UUID, Person], actor: Actor, *, sees_all: bool
) -> Duplicate:
    photos = await hazard_photos.of_hazard(connection, other.id)
    return Duplicate(
        id=other.id,
        number=other.number,
        received_at=other.received_at,
        reported_by=named[other.reported_by] if sees_all else None,
        description=other.description,
        photos=[_photo(photo) for photo in photos if sees_all or _owner_sees(photo, actor, is_sealed=other.is_sealed)],
    )


def _wgs84(place: Coordinate | None) -> Wgs84 | None:
    return None if place is None else Wgs84(lat=place.latitude, lon=place.longitude)


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
