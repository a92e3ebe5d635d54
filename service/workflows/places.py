"""Reading organizations, areas, premises and checkpoints, which phones keep copies of."""

from uuid import UUID

from schemas.base import Page
from schemas.premises import (
    AreaAnswer,
    AreaCollection,
    AreaFeature,
    CheckpointAnswer,
    OrganizationAnswer,
    PremisesAnswer,
)
from service.database import Connection
from service.domain import boundaries
from service.domain.permissions import Actor, Permission
from service.problems import Problem
from service.repositories import areas, checkpoints, organizations, premises
from service.repositories.premises import Premises
from service.workflows import jurisdiction, place_answers
from service.workflows.context import Context


async def organization_tree(context: Context) -> Page[OrganizationAnswer]:
    """Every organization, by code."""
    async with context.database.snapshot() as connection:
        found = await organizations.all_organizations(connection)
        desks = await jurisdiction.desks_of(connection, [organization.id for organization in found])
    codes = {organization.id: organization.code for organization in found}
    return Page(
        items=[
            OrganizationAnswer(
                code=organization.code,
                name=organization.name,
                parent=None if organization.parent_id is None else codes[organization.parent_id],
                desk=desks[organization.id].code if organization.id in desks else None,
            )
            for organization in found
        ]
    )


async def area_list(context: Context) -> Page[AreaAnswer]:
    """Every area, by code, without its boundary."""
    async with context.database.snapshot() as connection:
        return Page(items=await _areas(connection))


async def area_map(context: Context) -> AreaCollection:
    """Every area, by code, with its boundary."""
    async with context.database.snapshot() as connection:
        found = await _areas(connection)
        drawn = await areas.boundaries(connection)
    return AreaCollection(
        features=[
            AreaFeature(
                id=area.code,
                properties=area,
                geometry=boundaries.to_geojson(drawn[area.code]) if area.code in drawn else None,
            )
            for area in found
        ]
    )


async def premises_page(
    context: Context,
    actor: Actor,
    *,
    organization: str | None,
    area: str | None,
    text: str | None,
    cursor: str | None,
    limit: int,
) -> Page[PremisesAnswer]:
    """Premises in use, by id, within the organizations that the person covers. `organization` means all below it."""
    readable = _readable(actor)
    async with context.database.snapshot() as connection:
        if organization is not None:
            readable &= await organizations.all_below(connection, organization)
        found = await premises.page(connection, readable, area=area, text=text, after=_after(cursor), limit=limit + 1)
        items = await place_answers.of_premises(connection, found[:limit], actor)
    return Page(items=items, next_cursor=str(items[-1].id) if len(found) > limit else None)


async def one_premises(context: Context, actor: Actor, premises_id: UUID) -> PremisesAnswer:
    """One place, also when it is no longer in use; 404 `premises.not_found` for who may not see it."""
    async with context.database.snapshot() as connection:
        place = await _visible(connection, actor, premises_id)
        [answer] = await place_answers.of_premises(connection, [place], actor)
        return answer


async def checkpoint_page(
    context: Context, actor: Actor, *, premises_id: UUID | None, cursor: str | None, limit: int
) -> Page[CheckpointAnswer]:
    """Checkpoints by id, of one place or of all that the person covers; 404 `premises.not_found`."""
    after, readable = _after(cursor), _readable(actor)
    async with context.database.snapshot() as connection:
        if premises_id is None:
            found = await checkpoints.page(connection, readable, after=after, limit=limit + 1)
        else:
            place = await _visible(connection, actor, premises_id)
            found = await checkpoints.of_premises(connection, place.id, after=after, limit=limit + 1)
    items = [place_answers.of_checkpoint(checkpoint) for checkpoint in found[:limit]]
    return Page(items=items, next_cursor=str(items[-1].id) if len(found) > limit else None)


async def _areas(connection: Connection) -> list[AreaAnswer]:
    found = await areas.all_areas(connection)
    named = await organizations.named(connection, {area.organization_id for area in found})
    return [
        AreaAnswer(
            code=area.code,
            name=area.name,
            organization=named[area.organization_id],
            precedence=area.precedence,
            demo=area.demo,
        )
        for area in found
    ]


def _readable(actor: Actor) -> frozenset[UUID]:
    readable = actor.organizations_with(Permission.PLACE_READ)
    if not readable:
        raise Problem("permission.denied")
    return readable


async def _visible(connection: Connection, actor: Actor, premises_id: UUID) -> Premises:
    place = await premises.by_id(connection, premises_id)
    if place is None or not actor.may(Permission.PLACE_READ, place.organization_id):
        raise Problem("premises.not_found")
    return place


def _after(cursor: str | None) -> UUID | None:
    try:
        return None if cursor is None else UUID(cursor)
    except ValueError as error:
        raise Problem("page.cursor_invalid") from error
