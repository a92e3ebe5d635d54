"""The tree of organizations."""

from collections.abc import Iterable
from uuid import UUID

import asyncpg

from schemas.accounts import Organization
from schemas.hazard_answers import Named
from service.database import Connection
from service.domain.permissions import Permission
from service.problems import Problem


async def insert(
    connection: Connection, *, organization_id: UUID, parent_id: UUID | None, code: str, name: str
) -> bool:
    """Adds an organization below `parent_id` (None: a root). False when the code is taken.

    422 `organization.invalid` when code or name do not fit.
    """
    try:
        await connection.execute(
            "INSERT INTO organizations (id, parent_id, code, name) VALUES ($1, $2, $3, $4)",
            organization_id,
            parent_id,
            code,
            name,
        )
    except asyncpg.UniqueViolationError:
        return False
    except asyncpg.CheckViolationError as error:
        raise Problem("organization.invalid") from error
    await connection.execute(
        """INSERT INTO organization_subtrees (ancestor_id, organization_id)
           SELECT ancestor_id, $1::uuid FROM organization_subtrees WHERE organization_id = $2::uuid
           UNION ALL SELECT $1::uuid, $1::uuid""",
        organization_id,
        parent_id,
    )
    return True


async def by_code(connection: Connection, code: str) -> Organization | None:
    """The organization with that code."""
    row = await connection.fetchrow("SELECT id, parent_id, code, name FROM organizations WHERE code = $1", code)
    return None if row is None else Organization(**row)


async def by_id(connection: Connection, organization_id: UUID) -> Organization | None:
    """The organization with that id."""
    row = await connection.fetchrow(
        "SELECT id, parent_id, code, name FROM organizations WHERE id = $1", organization_id
    )
    return None if row is None else Organization(**row)


async def root_of(connection: Connection, organization_id: UUID) -> Organization:
    """The topmost organization above it, or itself: the city."""
    row = await connection.fetchrow(
        """SELECT o.id, o.parent_id, o.code, o.name FROM organization_subtrees t
           JOIN organizations o ON o.id = t.ancestor_id
           WHERE t.organization_id = $1 AND o.parent_id IS NULL""",
        organization_id,
    )
    assert row is not None
    return Organization(**row)


async def by_ids(connection: Connection, organization_ids: Iterable[UUID]) -> list[Organization]:
    """The organizations with these ids, by code."""
    rows = await connection.fetch(
        "SELECT id, parent_id, code, name FROM organizations WHERE id = ANY($1) ORDER BY code", list(organization_ids)
    )
    return [Organization(**row) for row in rows]


async def all_below(connection: Connection, code: str) -> frozenset[UUID]:
    """The ids of the organization with that code and of everything below it; empty for an unknown code."""
    rows = await connection.fetch(
        """SELECT s.organization_id FROM organization_subtrees s
           JOIN organizations o ON o.id = s.ancestor_id WHERE o.code = $1""",
        code,
    )
    return frozenset(row["organization_id"] for row in rows)


async def codes(connection: Connection, organization_ids: set[UUID]) -> dict[UUID, str]:
    """The codes of the organizations with these ids."""
    rows = await connection.fetch("SELECT id, code FROM organizations WHERE id = ANY($1)", list(organization_ids))
    return {row["id"]: row["code"] for row in rows}


async def nearest_with(
    connection: Connection, organization_ids: Iterable[UUID], permission: Permission
) -> dict[UUID, Organization]:
    """For each organization itself or the nearest above it in which somebody in use holds the permission."""
    rows = await connection.fetch(
        """SELECT DISTINCT ON (t.organization_id) t.organization_id AS below, o.id, o.parent_id, o.code, o.name
           FROM organization_subtrees t JOIN organizations o ON o.id = t.ancestor_id
           WHERE t.organization_id = ANY($1) AND EXISTS (
               SELECT 1 FROM memberships m JOIN accounts a ON a.id = m.account_id
               JOIN role_permissions p ON p.role = m.role AND p.permission = $2
               WHERE m.organization_id = o.id AND a.disabled_at IS NULL)
           -- The deeper an ancestor lies, the more it has above itself.
           ORDER BY t.organization_id,
                    (SELECT count(*) FROM organization_subtrees d WHERE d.organization_id = o.id) DESC""",
        list(organization_ids),
        permission.value,
    )
    return {row["below"]: Organization(row["id"], row["parent_id"], row["code"], row["name"]) for row in rows}


async def named(connection: Connection, organization_ids: Iterable[UUID]) -> dict[UUID, Named]:
    """Code and name of each."""
    rows = await connection.fetch("SELECT id, code, name FROM organizations WHERE id = ANY($1)", list(organization_ids))
    return {row["id"]: Named(code=row["code"], name=row["name"]) for row in rows}


async def all_organizations(connection: Connection) -> list[Organization]:
    """The whole tree, by code."""
    rows = await connection.fetch("SELECT id, parent_id, code, name FROM organizations ORDER BY code")
    return [Organization(**row) for row in rows]
