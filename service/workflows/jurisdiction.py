"""Who answers for a place: the organization whose desk takes in what is found there, and the owner it may propose."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from schemas.accounts import Organization
from service.database import Connection
from service.domain.checkpoint_tokens import TokenState
from service.domain.geodesy import Coordinate
from service.domain.permissions import Actor, Permission
from service.problems import Problem
from service.repositories import areas, organizations, people, premises
from service.repositories.premises import Premises
from service.workflows import checkpoint_tokens

By = Literal["named", "checkpoint", "premises", "area", "reporter"]


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """Who answers, and what told so. `checkpoint_token` is how good the scanned token was."""

    organization_id: UUID
    code: str
    by: By
    premises_id: UUID | None
    checkpoint_id: UUID | None
    checkpoint_token: TokenState | None
    proposed_owner_id: UUID | None


@dataclass(frozen=True, slots=True)
class _Place:
    premises: Premises | None = None
    by: By | None = None
    checkpoint_id: UUID | None = None
    token: TokenState | None = None


async def of(
    connection: Connection,
    actor: Actor,
    *,
    named: str | None,
    checkpoint_token: str | None,
    premises_id: UUID | None,
    position: Coordinate | None,
    permission: Permission,
) -> Jurisdiction:
    """The named organization, else that of the checkpoint, of the premises, of the area in which the position lies
    (WGS-84), else the one in which the person holds `permission`.

    A place may belong to another district than the person does: its desk gets what was found. Who names an organization
    must hold the permission there. A token that was replaced or withdrawn still says where it hung.

    403 `permission.denied`; 422 `hazard.organization_unknown`, `hazard.organization_required`,
    `hazard.premises_unknown`, `checkpoint.token_invalid`.
    """
    allowed = actor.organizations_with(permission)
    if not allowed:
        raise Problem("permission.denied")
    place = await _place(connection, checkpoint_token, premises_id)
    by: By
    if named is not None:
        organization, by = await _named(connection, named, allowed), "named"
    elif place.premises is not None and place.by is not None:
        organization, by = await _known(connection, place.premises.organization_id), place.by
    elif position is not None and (area := await areas.at(connection, position)) is not None:
        organization, by = await _known(connection, area.organization_id), "area"
    elif len(allowed) > 1:
        raise Problem("hazard.organization_required")
    else:
        organization, by = await _known(connection, next(iter(allowed))), "reporter"
    return Jurisdiction(
        organization_id=organization.id,
        code=organization.code,
        by=by,
        premises_id=None if place.premises is None else place.premises.id,
        checkpoint_id=place.checkpoint_id,
        checkpoint_token=place.token,
        proposed_owner_id=await _proposed_owner(connection, place.premises, organization.id),
    )


async def desk_of(connection: Connection, organization_id: UUID) -> Organization | None:
    """The organization whose desk takes in what this one answers for: itself or the nearest above it in which somebody
    in use may register hazards. None when nobody may, all the way up.
    """
    return (await desks_of(connection, [organization_id])).get(organization_id)


async def desks_of(connection: Connection, organization_ids: Iterable[UUID]) -> dict[UUID, Organization]:
    """The same for many; one that nobody serves is left out."""
    return await organizations.nearest_with(connection, organization_ids, Permission.HAZARD_REGISTER)


async def _place(connection: Connection, token: str | None, premises_id: UUID | None) -> _Place:
    if token is not None:
        scanned = await checkpoint_tokens.scanned(connection, token)
        found = await premises.by_id(connection, scanned.checkpoint.premises_id)
        assert found is not None
        return _Place(found, "checkpoint", scanned.checkpoint.id, scanned.state)
    if premises_id is not None:
        found = await premises.by_id(connection, premises_id)
        if found is None:
            raise Problem("hazard.premises_unknown", premises_id=str(premises_id))
        return _Place(found, "premises")
    return _Place()


async def _named(connection: Connection, code: str, allowed: frozenset[UUID]) -> Organization:
    organization = await organizations.by_code(connection, code)
    if organization is None:
        raise Problem("hazard.organization_unknown", organization=code)
    if organization.id not in allowed:
        raise Problem("permission.denied")
    return organization


async def _known(connection: Connection, organization_id: UUID) -> Organization:
    organization = await organizations.by_id(connection, organization_id)
    assert organization is not None
    return organization


async def _proposed_owner(connection: Connection, place: Premises | None, organization_id: UUID) -> UUID | None:
    if place is None or place.owner_id is None:
        return None
    may_rectify = await people.still_holds(connection, place.owner_id, Permission.HAZARD_RECTIFY, organization_id)
    return place.owner_id if may_rectify else None
