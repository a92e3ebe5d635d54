"""The demo's people at work: each signs in when first needed and out at the end."""

import asyncio
from datetime import datetime

from service.demo.phone import Phone, Refused
from service.domain.permissions import Actor
from service.workflows import accounts
from service.workflows.context import Context

WRONG_PASSWORD = 401


class People:
    """Sessions with the running server, by account."""

    def __init__(self, context: Context, base_url: str, password: str, now: datetime) -> None:
        self._context = context
        self._base_url = base_url
        self._password = password
        self._now = now
        self._phones: dict[str, Phone] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def knows_password(self, account: str) -> bool:
        """Whether the account has this password; it may be of an earlier start with another one."""
        try:
            await self.phone(account)
        except Refused as refused:
            if refused.status != WRONG_PASSWORD:
                raise
            return False
        return True

    async def phone(self, account: str) -> Phone:
        """The person's phone, signed in."""
        async with self._locks.setdefault(account, asyncio.Lock()):
            if account not in self._phones:
                phone = Phone(self._base_url, account)
                await asyncio.to_thread(phone.sign_in, self._password)
                self._phones[account] = phone
            return self._phones[account]

    async def actor(self, account: str) -> Actor:
        """The person as the workflows know them, by their session."""
        phone = await self.phone(account)
        return await accounts.actor_of(self._context, phone.token, self._now)

    async def sign_out(self) -> None:
        """Ends every session that was opened here."""
        for phone in self._phones.values():
            await asyncio.to_thread(phone.sign_out)
        self._phones.clear()
