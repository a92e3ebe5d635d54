"""Accounts and the roles they hold."""

from datetime import datetime
from uuid import UUID

import asyncpg

from schemas.accounts import Account, RoleHolder
from service.database import Connection
from service.problems import Problem


async def insert(
    connection: Connection, *, account_id: UUID, account: str, name: str, password_hash: str, now: datetime
) -> bool:
    """Adds an account. False when it is taken; 422 `account.invalid` when account or name do not fit."""
    try:
        await connection.execute(
            "INSERT INTO accounts (id, account, name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5)",
            account_id,
            account,
            name,
            password_hash,
            now,
        )
    except asyncpg.UniqueViolationError:
        return False
    except asyncpg.CheckViolationError as error:
        raise Problem("account.invalid") from error
    return True


async def by_name(connection: Connection, account: str) -> Account | None:
    """The account a person types to sign in."""
    row = await connection.fetchrow(
        "SELECT id, account, name, password_hash, disabled_at FROM accounts WHERE account = $1", account
    )
    return None if row is None else Account(**row)


async def set_password(connection: Connection, account_id: UUID, password_hash: str) -> None:
    """Replaces the password."""
    await connection.execute("UPDATE accounts SET password_hash = $2 WHERE id = $1", account_id, password_hash)


async def disable(connection: Connection, account_id: UUID, now: datetime) -> None:
    """Marks the account as disabled; it stays as the actor of what it did."""
    await connection.execute(
        "UPDATE accounts SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL", account_id, now
    )


async def role_exists(connection: Connection, role: str) -> bool:
    """Whether the role is in the catalogue of roles."""
    return bool(await connection.fetchval("SELECT EXISTS (SELECT 1 FROM roles WHERE role = $1)", role))


async def add_membership(connection: Connection, account_id: UUID, role: str, organization_id: UUID) -> None:
    """Gives the account a role in an organization and all below it. Repeating it changes nothing."""
    await connection.execute(
        """INSERT INTO memberships (account_id, role, organization_id) VALUES ($1, $2, $3)
           ON CONFLICT DO NOTHING""",
        account_id,
        role,
        organization_id,
    )


async def granted_permissions(connection: Connection) -> frozenset[str]:
    """Every permission that some role of the database names."""
    rows = await connection.fetch("SELECT DISTINCT permission FROM role_permissions")
    return frozenset(row["permission"] for row in rows)


async def role_holders(connection: Connection) -> list[RoleHolder]:
    """Every account in use with each of its roles, in the order in which they were made."""
    rows = await connection.fetch(
        """SELECT a.account, a.name, m.role, o.name AS place
           FROM accounts a JOIN memberships m ON m.account_id = a.id JOIN organizations o ON o.id = m.organization_id
           WHERE a.disabled_at IS NULL ORDER BY a.created_at, a.id, m.role, o.code"""
    )
    return [RoleHolder(**row) for row in rows]
