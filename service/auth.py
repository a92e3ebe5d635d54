"""From a request to the person it acts for, and to the address it came from.

Programs send a Bearer token. Browsers at the desk send the same token in a cookie that no script can read, and with
every request that changes something a second token, bound to the first by HMAC, which only our own pages know (OWASP,
Cross-Site Request Forgery Prevention Cheat Sheet, "signed double-submit cookie": here the first token is the secret,
so nothing has to be kept). The API itself takes no cookie.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody signed in at the desk with a browser: who it is, and the token that every form of theirs carries."""

    actor: Actor
    token: str

    @property
    def csrf(self) -> str:
        """What a form of this session sends back: nobody finds it without the cookie."""
        return csrf_of(self.token)

    def made(self, csrf: str) -> bool:
        """Whether a form with this token was made for this session."""
        return hmac.compare_digest(csrf.encode(), self.csrf.encode())


def csrf_of(token: str) -> str:
    """The forms' token of a session."""
    return hmac.new(token.encode(), b"clearway desk form", hashlib.sha256).hexdigest()


def cookie_name(base_url: str) -> str:
    """Of the session's cookie. With TLS a browser vouches for how it was set (RFC 6265bis, 4.1.3.2)."""
    return "__Host-clearway" if base_url.startswith("https:") else "clearway"


def is_our_page(connection: ASGIConnection[Any, Any, Any, Any], base_url: str) -> bool:
    """Whether a request comes from a page of ours, as far as the browser says so (Fetch Metadata, else Origin)."""
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = connection.headers.get("origin")
    return origin is None or f"{base_url}/".startswith(f"{origin}/")


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
