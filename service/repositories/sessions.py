"""Sessions, and the tries to open one."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from uuid import UUID

from service.database import Connection
from service.domain.permissions import Actor, Grant, Permission

Address = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session with the person behind it."""

    actor: Actor
    last_seen_at: datetime


async def insert(
    connection: Connection, *, token_sha256: bytes, account_id: UUID, now: datetime, expires_at: datetime
) -> None:
    """Opens a session."""
    await connection.execute(
        """INSERT INTO sessions (token_sha256, account_id, created_at, last_seen_at, expires_at)
           VALUES ($1, $2, $3, $3, $4)""",
        token_sha256,
        account_id,
        now,
        expires_at,
    )


async def find_live(
    connection: Connection, *, token_sha256: bytes, now: datetime, idle_since: datetime
) -> LiveSession | None:
    """The session behind a token: not expired, used after `idle_since`, its account not disabled."""
    row = await connection.fetchrow(
        """SELECT a.id, a.account, a.name, s.last_seen_at,
                  ARRAY(SELECT m.role FROM memberships m
                        WHERE m.account_id = a.id ORDER BY m.role, m.organization_id) AS roles,
                  (SELECT coalesce(jsonb_agg(ARRAY(SELECT p.permission FROM role_permissions p WHERE p.role = m.role)
                                             ORDER BY m.role, m.organization_id), '[]')
                   FROM memberships m WHERE m.account_id = a.id) AS permissions,
                  (SELECT coalesce(jsonb_agg(ARRAY(SELECT t.organization_id FROM organization_subtrees t
                                                   WHERE t.ancestor_id = m.organization_id)
                                             ORDER BY m.role, m.organization_id), '[]')
                   FROM memberships m WHERE m.account_id = a.id) AS organizations
           FROM sessions s JOIN accounts a ON a.id = s.account_id
           WHERE s.token_sha256 = $1 AND s.expires_at > $2 AND s.last_seen_at > $3 AND a.disabled_at IS NULL""",
        token_sha256,
        now,
        idle_since,
    )
    if row is None:
        return None
    grants = tuple(
        Grant(role, _permissions(tuple(permissions)), _organizations(tuple(organizations)))
        for role, permissions, organizations in zip(row["roles"], row["permissions"], row["organizations"], strict=True)
    )
    return LiveSession(Actor(row["id"], row["account"], row["name"], grants), row["last_seen_at"])


# What the database says is read anew with every request; only the making of the same sets of the same texts is spared.
@lru_cache(maxsize=256)
def _permissions(names: tuple[str, ...]) -> frozenset[Permission]:
    return frozenset(map(Permission, names))


@lru_cache(maxsize=256)
def _organizations(identifiers: tuple[str, ...]) -> frozenset[UUID]:
    return frozenset(map(UUID, identifiers))


async def touch(connection: Connection, token_sha256: bytes, now: datetime) -> None:
    """Remembers that the session was used."""
    await connection.execute("UPDATE sessions SET last_seen_at = $2 WHERE token_sha256 = $1", token_sha256, now)


async def revoke(connection: Connection, token_sha256: bytes) -> None:
    """Ends one session."""
    await connection.execute("DELETE FROM sessions WHERE token_sha256 = $1", token_sha256)


async def revoke_all(connection: Connection, account_id: UUID) -> None:
    """Ends every session of an account."""
    await connection.execute("DELETE FROM sessions WHERE account_id = $1", account_id)


async def record_attempt(
    connection: Connection, *, account: str, address: Address, now: datetime, succeeded: bool
) -> None:
    """Remembers a try to sign in."""
    await connection.execute(
        "INSERT INTO sign_in_attempts (account, address, at, succeeded) VALUES ($1, $2, $3, $4)",
        account,
        address,
        now,
        succeeded,
    )


async def lock_attempts(connection: Connection, *, account: str, address: Address) -> None:
    """Until the transaction ends, nobody else's try of this account or from this address is counted or recorded."""
    # Always in this order, so that no two wait for each other.
    for name in (f"account {account}", f"address {address}"):
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", name)


@dataclass(frozen=True, slots=True)
class Failures:
    """Failed tries since some instant, counted three ways, and whether this address is one the person uses."""

    account_here: int
    account_elsewhere: int
    address: int
    address_is_familiar: bool


async def count_failures(
    connection: Connection, *, account: str, address: Address, since: datetime, familiar_since: datetime
) -> Failures:
    """Failures after `since` of this account from this address, from all others, and of this address in all accounts.

    A success of the account from the address clears its own count there. An address is familiar when the account
    signed in from it after `familiar_since`.
    """
    row = await connection.fetchrow(
        """WITH last_success AS (
               SELECT max(at) AS at FROM sign_in_attempts
               WHERE account = $1 AND address = $2 AND succeeded AND at > $4
           )
           SELECT
             (SELECT count(*) FROM sign_in_attempts, last_success s WHERE account = $1 AND address = $2
                AND NOT succeeded AND sign_in_attempts.at > greatest($3, coalesce(s.at, $3))) AS account_here,
             (SELECT count(*) FROM sign_in_attempts WHERE account = $1 AND address <> $2
                AND NOT succeeded AND at > $3) AS account_elsewhere,
             (SELECT count(*) FROM sign_in_attempts WHERE address = $2 AND NOT succeeded AND at > $3) AS address,
             (SELECT at IS NOT NULL FROM last_success) AS address_is_familiar""",
        account,
        address,
        since,
        familiar_since,
    )
    assert row is not None
    return Failures(**row)


async def sweep(connection: Connection, *, now: datetime, idle_since: datetime, attempts_before: datetime) -> int:
    """Removes ended sessions and old attempts; returns how many sessions went."""
    await connection.execute("DELETE FROM sign_in_attempts WHERE at < $1", attempts_before)
    result = await connection.execute(
        "DELETE FROM sessions WHERE expires_at <= $1 OR last_seen_at <= $2", now, idle_since
    )
    return int(result.split()[-1])
