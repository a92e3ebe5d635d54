"""From a request to the person it acts for, and to the address it came from."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from litestar.connection import ASGIConnection

from service.clock import utc_now
from service.domain.permissions import Actor
from service.problems import Problem
from service.workflows import accounts
from service.workflows.context import Context

Networks = Sequence[IPv4Network | IPv6Network]


def bearer_token(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The token of `Authorization: Bearer` (RFC 6750, 2.1); 401 `session.required` without one."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Problem("session.required", headers={"WWW-Authenticate": "Bearer"})
    return token


async def authenticate(connection: ASGIConnection[Any, Any, Any, Any], context: Context) -> Actor:
    """The signed-in person; 401 `session.required` for nobody."""
    return await accounts.actor_of(context, bearer_token(connection), utc_now())


def client_address(connection: ASGIConnection[Any, Any, Any, Any], trusted: Networks) -> IPv4Address | IPv6Address:
    """Where the request came from: the peer, or behind trusted proxies the last address they did not add themselves.

    X-Forwarded-For is read from the right, and only as far as each hop is a trusted proxy: everything left of that
    was written by the client.
    """
    address = _parsed(connection.client.host if connection.client else "") or IPv4Address("0.0.0.0")  # noqa: S104
    hops = [hop.strip() for hop in ",".join(connection.headers.getall("x-forwarded-for", [])).split(",")]
    while hops and any(address in network for network in trusted):
        previous = _parsed(hops.pop())
        if previous is None:
            break
        address = previous
    return address


def is_among(address: str, networks: Networks) -> bool:
    """Whether an address is in one of these networks; what is no address is in none."""
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in networks)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # A socket that listens on both protocols names IPv4 peers in this form; networks are compared in their own.
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
