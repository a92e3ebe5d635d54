"""The demo's people at work: each gets a session when first needed and signs out at the end."""

import asyncio
import secrets

from service.clock import utc_now
from service.demo.phone import Phone
from service.domain.permissions import Actor
from service.repositories import accounts as account_records
from service.repositories import sessions
from service.workflows import accounts
from service.workflows.context import Context


class People:
    """Sessions with the running server, by account.

    They are opened in the database: the door is shut for a while after somebody tried wrong passwords.
    """

    def __init__(self, context: Context, base_url: str) -> None:
        self._context = context
        self._base_url = base_url
        self._phones: dict[str, Phone] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def phone(self, account: str) -> Phone:
        """The person's phone, signed in."""
        async with self._locks.setdefault(account, asyncio.Lock()):
            if account not in self._phones:
                self._phones[account] = Phone(self._base_url, await self._open_session(account))
            return self._phones[account]

    async def actor(self, account: str) -> Actor:
        """The person as the workflows know them, by their session."""
        phone = await self.phone(account)
        return await accounts.actor_of(self._context, phone.token, utc_now())

    async def _open_session(self, account: str) -> str:
        token, now = secrets.token_urlsafe(32), utc_now()
        async with self._context.database.transaction() as connection:
            known = await account_records.by_name(connection, account)
            assert known is not None
            await sessions.insert(
                connection,
                token_sha256=accounts.token_digest(token),
                account_id=known.id,
                now=now,
                expires_at=now + self._context.limits.session_absolute,
            )
        return token

    async def sign_out(self) -> None:
        """Ends every session that was opened here."""
        for phone in self._phones.values():
            await asyncio.to_thread(phone.sign_out)
        self._phones.clear()
