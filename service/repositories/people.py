"""Accounts as the people who act in the loop: their names, and who may do what where."""

from collections.abc import Iterable
from uuid import UUID

from schemas.hazard_answers import Person
from service.database import Connection
from service.domain.permissions import Permission


async def by_id(connection: Connection, account_ids: Iterable[UUID]) -> dict[UUID, Person]:
    """Account and name of each; disabled people keep theirs."""
    rows = await connection.fetch("SELECT id, account, name FROM accounts WHERE id = ANY($1)", list(account_ids))
    return {row["id"]: Person(account=row["account"], name=row["name"]) for row in rows}


async def by_account(connection: Connection, account: str) -> UUID | None:
    """The id of an account, in use or not."""
    account_id: UUID | None = await connection.fetchval("SELECT id FROM accounts WHERE account = $1", account)
    return account_id


async def holding(connection: Connection, account: str, permission: Permission, organization_id: UUID) -> UUID | None:
    """The id of the account if it is in use and holds the permission in that organization."""
    account_id: UUID | None = await connection.fetchval(
        """SELECT a.id FROM accounts a
           WHERE a.account = $1 AND a.disabled_at IS NULL AND EXISTS (
               SELECT 1 FROM memberships m
               JOIN role_permissions p ON p.role = m.role AND p.permission = $2
               JOIN organization_subtrees t ON t.ancestor_id = m.organization_id AND t.organization_id = $3
               WHERE m.account_id = a.id)""",
        account,
        permission.value,
        organization_id,
    )
    return account_id


async def still_holds(connection: Connection, account_id: UUID, permission: Permission, organization_id: UUID) -> bool:
    """Whether the account is in use and holds the permission in that organization."""
    return bool(
        await connection.fetchval(
            """SELECT EXISTS (
                   SELECT 1 FROM accounts a JOIN memberships m ON m.account_id = a.id
                   JOIN role_permissions p ON p.role = m.role AND p.permission = $2
                   JOIN organization_subtrees t ON t.ancestor_id = m.organization_id AND t.organization_id = $3
                   WHERE a.id = $1 AND a.disabled_at IS NULL)""",
            account_id,
            permission.value,
            organization_id,
        )
    )
