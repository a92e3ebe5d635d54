"""What a person is shown of places: no more than they may see."""

from collections.abc import Iterable
from uuid import UUID

from schemas.hazard_answers import Named, Person
from schemas.places import Wgs84
from schemas.premises import CheckpointAnswer, PremisesAnswer
from service.database import Connection
from service.domain.geodesy import Coordinate
from service.domain.permissions import Actor, Permission
from service.repositories import organizations, people
from service.repositories.checkpoints import Checkpoint
from service.repositories.premises import Premises


async def of_premises(connection: Connection, found: Iterable[Premises], actor: Actor) -> list[PremisesAnswer]:
    """Premises in the order in which they came."""
    places = list(found)
    named = await organizations.named(connection, {place.organization_id for place in places})
    shown = {place.id for place in places if _knows_people_of(place, actor)}
    owners = await people.by_id(
        connection, {place.owner_id for place in places if place.owner_id is not None and place.id in shown}
    )
    return [_premises(place, named[place.organization_id], owners, place.id in shown) for place in places]


def of_checkpoint(checkpoint: Checkpoint) -> CheckpointAnswer:
    """A checkpoint without its token."""
    return CheckpointAnswer(
        id=checkpoint.id,
        premises_id=checkpoint.premises_id,
        code=checkpoint.code,
        name=checkpoint.name,
        building=checkpoint.building,
        floor=checkpoint.floor,
        place=checkpoint.place,
        position=_wgs84(checkpoint.position),
        token_version=checkpoint.token_version,
        revoked=checkpoint.revoked_at is not None,
        demo=checkpoint.demo,
    )


def _knows_people_of(place: Premises, actor: Actor) -> bool:
    """Owners of one district read its places, but not each other's telephone numbers."""
    return (
        actor.may(Permission.HAZARD_READ, place.organization_id)
        or actor.may(Permission.PLACE_MANAGE, place.organization_id)
        or place.owner_id == actor.account_id
    )


def _premises(place: Premises, organization: Named, owners: dict[UUID, Person], shown: bool) -> PremisesAnswer:
    return PremisesAnswer(
        id=place.id,
        code=place.code,
        name=place.name,
        organization=organization,
        venue_type=place.venue_type,
        industry=place.industry,
        unit=place.unit,
        address=place.address,
        position=_wgs84(place.position),
        owner=owners.get(place.owner_id) if shown and place.owner_id else None,
        contact=place.contact if shown else None,
        retired=place.retired_at is not None,
        demo=place.demo,
    )


def _wgs84(place: Coordinate | None) -> Wgs84 | None:
    return None if place is None else Wgs84(lat=place.latitude, lon=place.longitude)
