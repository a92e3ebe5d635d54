"""Tries to sign in: made now, or remembered from some time ago."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import httpx

from service.repositories import sessions
from service.workflows.context import Context
from tests import people


async def sign_in(
    client: httpx.AsyncClient, account: str = "desk", password: str = people.PASSWORD, *, address: str | None = None
) -> httpx.Response:
    """A try; `address` is what a proxy in front says of where it comes from."""
    headers = {} if address is None else {"X-Forwarded-For": address}
    return await client.post("/api/v1/sessions", json={"account": account, "password": password}, headers=headers)


async def remember(context: Context, times: int, *, account: str, address: str, **age: float) -> None:
    """Failures as if they had happened some time ago."""
    at = datetime.now(UTC) - timedelta(**age)
    async with context.database.transaction() as connection:
        for _ in range(times):
            await sessions.record_attempt(
                connection, account=account, address=ip_address(address), now=at, succeeded=False
            )
