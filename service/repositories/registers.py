"""Organizations and people as whole lists, for tables that name many of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from schemas.accounts import Organization
from service.database import Connection


@dataclass(frozen=True, slots=True)
class Person:
    """An account with the roles that it holds: (role, organization code)."""

    id: UUID
    name: str
    is_disabled: bool
    roles: frozenset[tuple[str, str]]


async def organizations(connection: Connection) -> dict[str, Organization]:
    """Every organization by its code."""
    rows = await connection.fetch("SELECT id, parent_id, code, name FROM organizations")
    return {row["code"]: Organization(**row) for row in rows}


async def rename_organization(connection: Connection, organization_id: UUID, name: str) -> None:
    """Gives an organization another name."""
    await connection.execute("UPDATE organizations SET name = $2 WHERE id = $1", organization_id, name)


async def people(connection: Connection, accounts: Iterable[str]) -> dict[str, Person]:
    """The people with these accounts, disabled ones too."""
    rows = await connection.fetch(
        """SELECT a.account, a.id, a.name, a.disabled_at,
                  array_agg(m.role) FILTER (WHERE o.code IS NOT NULL) AS roles,
                  array_agg(o.code) FILTER (WHERE o.code IS NOT NULL) AS codes
           FROM accounts a LEFT JOIN memberships m ON m.account_id = a.id
           LEFT JOIN organizations o ON o.id = m.organization_id
           WHERE a.account = ANY($1) GROUP BY a.id""",
        list(accounts),
    )
    return {
        row["account"]: Person(
            id=row["id"],
            name=row["name"],
            is_disabled=row["disabled_at"] is not None,
            roles=frozenset(zip(row["roles"] or (), row["codes"] or (), strict=True)),
        )
        for row in rows
    }


async def rename_person(connection: Connection, account_id: UUID, name: str) -> None:
    """Gives a person another name."""
    await connection.execute("UPDATE accounts SET name = $2 WHERE id = $1", account_id, name)
