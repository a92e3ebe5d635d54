"""The people of every test: the demo's organizations and accounts, already signed in."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import asyncpg
from argon2 import PasswordHasher

from service.database import Connection
from service.repositories import accounts, organizations, sessions
from service.workflows.accounts import token_digest

PASSWORD = "correct horse battery staple"

SPACE = UUID("6f1b4c7e-58a1-4f0e-9a55-6d3b1c1f0a01")
CITY, CHENGQU, KUANGQU = "140300", "140302", "140303"
ORGANIZATIONS = {CITY: ("阳泉市", None), CHENGQU: ("城区", CITY), KUANGQU: ("矿区", CITY)}
ACCOUNTS = {
    "inspector": ("inspector", CHENGQU),
    "owner": ("owner", CHENGQU),
    "owner2": ("owner", CHENGQU),
    "desk": ("desk", CHENGQU),
    "reviewer": ("reviewer", CHENGQU),
    "approver": ("approver", CITY),
    "editor": ("editor", CITY),
    "publisher": ("publisher", CITY),
    "auditor": ("auditor", CITY),
    "admin": ("admin", CITY),
    "inspector2": ("inspector", KUANGQU),
    "desk2": ("desk", KUANGQU),
    "owner3": ("owner", KUANGQU),
    "reviewer2": ("reviewer", CHENGQU),
    "approver2": ("approver", CITY),
}


def organization_id(code: str) -> UUID:
    """The id of a test organization."""
    return uuid5(SPACE, code)


def account_id(account: str) -> UUID:
    """The id of a test account."""
    return uuid5(SPACE, account)


def token(account: str) -> str:
    """The session token of a test account."""
    return f"token-of-{account}"


def signed_in(account: str) -> dict[str, str]:
    """The header with which this person's requests are made."""
    return {"Authorization": f"Bearer {token(account)}"}


async def move_in(url: str) -> None:
    """Puts organizations, accounts and open sessions into a migrated database."""
    password_hash = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    connection = await asyncpg.connect(url)
    try:
        for code, (name, parent) in ORGANIZATIONS.items():
            await organizations.insert(
                connection,
                organization_id=organization_id(code),
                parent_id=organization_id(parent) if parent else None,
                code=code,
                name=name,
            )
        await _sign_in(connection, ACCOUNTS, password_hash)
    finally:
        await connection.close()


async def crowd(url: str, people: Mapping[str, tuple[str, str]]) -> None:
    """More people, each with a role in an organization and an open session; nobody knows their password."""
    connection = await asyncpg.connect(url)
    try:
        await _sign_in(connection, people, "")
    finally:
        await connection.close()


async def _sign_in(connection: Connection, people: Mapping[str, tuple[str, str]], password_hash: str) -> None:
    now = datetime.now(UTC)
    for account, (role, code) in people.items():
        await accounts.insert(
            connection,
            account_id=account_id(account),
            account=account,
            name=f"{role} {account}",
            password_hash=password_hash,
            now=now,
        )
        await accounts.add_membership(connection, account_id(account), role, organization_id(code))
        await sessions.insert(
            connection,
            token_sha256=token_digest(token(account)),
            account_id=account_id(account),
            now=now,
            expires_at=now + timedelta(days=1),
        )


async def also_holds(url: str, account: str, role: str, code: str) -> None:
    """Gives one of these people another role, in an organization and all below it."""
    connection = await asyncpg.connect(url)
    try:
        await accounts.add_membership(connection, account_id(account), role, organization_id(code))
    finally:
        await connection.close()
