"""Accounts, organizations and signing in."""

import asyncio
import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from ipaddress import IPv6Address
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from schemas.accounts import RoleHolder, Session
from service.database import Connection
from service.domain.identifiers import uuid7
from service.domain.permissions import Actor
from service.problems import Problem
from service.repositories import accounts, events, organizations, sessions
from service.repositories.sessions import Address
from service.workflows.context import Context
from service.workflows.hash_turns import AT_ONCE

MIN_PASSWORD_CHARACTERS = 12
"""NIST SP 800-63B-4 asks for 15 where the password is the only factor and 8 beside another; a demo must be typed."""

WINDOW = timedelta(minutes=15)
MAX_FAILURES_HERE = 10
"""Failures of one account from one address within WINDOW."""
MAX_FAILURES_ELSEWHERE = 100
"""Failures of one account from all other addresses: stops a guess spread over many, for unfamiliar addresses only."""
MAX_FAILURES_OF_ADDRESS = 50
"""Failures of one address in all accounts: stops one password tried on everybody."""
FAMILIAR = timedelta(days=30)
"""An address from which the account signed in this recently is held only to the account's own failures there."""

TOUCH_AFTER = timedelta(minutes=1)
"""A session's last use is written at most this often, and more often where it may be idle for a few minutes only."""

# RFC 9106, 4: second recommended option (64 MiB, t=3, p=4); the hash of nobody's password makes unknown accounts
# cost the same time as known ones.
_hasher = PasswordHasher()
_nobody = _hasher.hash(secrets.token_hex(16))
_threads = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="argon2")


async def hash_password(password: str) -> str:
    """Argon2id hash (RFC 9106). 422 `account.password_too_short`."""
    if len(password) < MIN_PASSWORD_CHARACTERS:
        raise Problem("account.password_too_short", min_characters=MIN_PASSWORD_CHARACTERS)
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def password_matches(password_hash: str, password: str) -> bool:
    """Whether this is the hash of the password."""
    try:
        return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.verify, password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def account_name(typed: str) -> str:
    """An account's name as it is kept, of what a person typed."""
    return typed.strip().lower()


def token_digest(token: str) -> bytes:
    """What is kept of a session token. The token has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


async def create_organization(
    context: Context, *, code: str, name: str, parent_code: str | None, organization_id: UUID | None, now: datetime
) -> UUID:
    """Adds an organization to the tree. Called from the command line only."""
    organization_id = organization_id or uuid7(now)
    async with context.database.transaction() as connection:
        parent_id = None
        if parent_code is not None:
            parent = await organizations.by_code(connection, parent_code)
            if parent is None:
                raise Problem("organization.not_found", organization=parent_code)
            parent_id = parent.id
        if not await organizations.insert(
            connection, organization_id=organization_id, parent_id=parent_id, code=code, name=name
        ):
            raise Problem("organization.exists", organization=code)
    return organization_id


async def create_account(
    context: Context, *, account: str, name: str, password: str, memberships: list[tuple[str, str]], now: datetime
) -> UUID:
    """Adds an account with (role, organization code) memberships. Called from the command line only."""
    password_hash = await hash_password(password)
    account_id = uuid7(now)
    async with context.database.transaction() as connection:
        if not await accounts.insert(
            connection, account_id=account_id, account=account, name=name, password_hash=password_hash, now=now
        ):
            raise Problem("account.exists", account=account)
        for role, code in memberships:
            if not await accounts.role_exists(connection, role):
                raise Problem("role.not_found", role=role)
            organization = await organizations.by_code(connection, code)
            if organization is None:
                raise Problem("organization.not_found", organization=code)
            await accounts.add_membership(connection, account_id, role, organization.id)
        body = {"account": account, "memberships": [{"role": role, "organization": code} for role, code in memberships]}
        await events.append(
            connection,
            subject="account",
            subject_id=account_id,
            kind="account.created",
            at=now,
            actor_id=None,
            body=body,
        )
    return account_id


async def set_password(context: Context, *, account: str, password: str, now: datetime) -> None:
    """Replaces a password and ends every session of the account. Called from the command line only."""
    password_hash = await hash_password(password)
    async with context.database.transaction() as connection:
        known = await accounts.by_name(connection, account_name(account))
        if known is None:
            raise Problem("account.not_found", account=account)
        await accounts.set_password(connection, known.id, password_hash)
        await sessions.revoke_all(connection, known.id)
        await events.append(
            connection,
            subject="account",
            subject_id=known.id,
            kind="account.password_set",
            at=now,
            actor_id=None,
            body={},
        )


async def disable_account(context: Context, *, account: str, now: datetime) -> None:
    """Ends every session and refuses new ones; what the person did stays theirs. Called from the command line only."""
    async with context.database.transaction() as connection:
        known = await accounts.by_name(connection, account_name(account))
        if known is None:
            raise Problem("account.not_found", account=account)
        await accounts.disable(connection, known.id, now)
        await sessions.revoke_all(connection, known.id)
        await events.append(
            connection, subject="account", subject_id=known.id, kind="account.disabled", at=now, actor_id=None, body={}
        )


async def sign_in(context: Context, *, account: str, password: str, address: Address, now: datetime) -> Session:
    """Opens a session. 401 `session.credentials_wrong`, whatever was wrong; 429 with Retry-After after many failures
    or while many tries of the address are in hand, 503 while too many of all are.

    Nobody can lock the desk out: failures count against the address they come from, and an address the person
    signed in from lately is not held to what others try, there or elsewhere.
    """
    account = account_name(account)
    address = _counted_as(address)
    async with context.database.connection() as connection:
        await _refuse_guessing(connection, account, address, now)
        known = await accounts.by_name(connection, account)
    async with context.hash_turns.turn(address):
        matches = await password_matches(known.password_hash if known else _nobody, password)
    token = secrets.token_urlsafe(32)
    expires_at = now + context.limits.session_absolute
    async with context.database.transaction() as connection:
        # Guesses sent all at once have all passed the check above; here they pass one after the other.
        await sessions.lock_attempts(connection, account=account, address=address)
        await _refuse_guessing(connection, account, address, now)
        succeeded = matches and known is not None and known.disabled_at is None
        await sessions.record_attempt(connection, account=account, address=address, now=now, succeeded=succeeded)
        if succeeded and known is not None:
            await sessions.insert(
                connection,
                token_sha256=token_digest(token),
                account_id=known.id,
                now=now,
                expires_at=expires_at,
            )
    if not succeeded or known is None:
        raise Problem("session.credentials_wrong")
    return Session(
        token=token,
        account=known.account,
        name=known.name,
        expires_at=expires_at,
        idle_seconds=int(context.limits.session_idle.total_seconds()),
    )


def _counted_as(address: Address) -> Address:
    """The address itself, or the first of its /64: the smallest IPv6 network that a household is given (RFC 6177)."""
    return IPv6Address(int(address) >> 64 << 64) if isinstance(address, IPv6Address) else address


async def _refuse_guessing(connection: Connection, account: str, address: Address, now: datetime) -> None:
    failures = await sessions.count_failures(
        connection, account=account, address=address, since=now - WINDOW, familiar_since=now - FAMILIAR
    )
    is_suspicious = failures.address >= MAX_FAILURES_OF_ADDRESS or failures.account_elsewhere >= MAX_FAILURES_ELSEWHERE
    if failures.account_here >= MAX_FAILURES_HERE or (is_suspicious and not failures.address_is_familiar):
        seconds = int(WINDOW.total_seconds())
        raise Problem("session.too_many_attempts", headers={"Retry-After": str(seconds)}, retry_after=seconds)


async def actor_of(context: Context, token: str, now: datetime) -> Actor:
    """The person behind a token; 401 `session.required` when it was never given, revoked, expired or left idle."""
    digest = token_digest(token)
    async with context.database.connection() as connection:
        session = await sessions.find_live(
            connection, token_sha256=digest, now=now, idle_since=now - context.limits.session_idle
        )
        if session is None:
            raise Problem("session.required", headers={"WWW-Authenticate": "Bearer"})
        if now - session.last_seen_at > min(TOUCH_AFTER, context.limits.session_idle / 4):
            await sessions.touch(connection, digest, now)
    return session.actor


async def sign_out(context: Context, token: str) -> None:
    """Ends the session of this token."""
    async with context.database.connection() as connection:
        await sessions.revoke(connection, token_digest(token))


async def sweep_sessions(context: Context, now: datetime) -> int:
    """Removes ended sessions and sign-in attempts too old to matter. Returns how many sessions went."""
    async with context.database.connection() as connection:
        return await sessions.sweep(
            connection, now=now, idle_since=now - context.limits.session_idle, attempts_before=now - FAMILIAR
        )


async def organization_codes(context: Context, organization_ids: set[UUID]) -> dict[UUID, str]:
    """The codes of organizations by their id."""
    async with context.database.connection() as connection:
        return await organizations.codes(connection, organization_ids)


async def demo_accounts(context: Context) -> dict[str, list[RoleHolder]]:
    """Who there is, by role, for the front page of a demonstration only: account names are not public."""
    async with context.database.connection() as connection:
        holders = await accounts.role_holders(connection)
    by_role: dict[str, list[RoleHolder]] = {}
    for holder in holders:
        by_role.setdefault(holder.role, []).append(holder)
    return by_role
