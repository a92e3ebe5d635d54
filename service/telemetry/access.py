"""Who may read the figures: how many photos a city waits for is not for everybody."""

from hmac import compare_digest


def may_read(authorization: str, token: str) -> bool:
    """Whether an Authorization header brings `token` (RFC 6750, 2.1). No token is nobody's."""
    scheme, _, given = authorization.partition(" ")
    return bool(token) and scheme.lower() == "bearer" and compare_digest(given.strip().encode(), token.encode())
