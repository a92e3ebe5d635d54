"""The version that a person saw when they decided to act."""

from typing import Literal

from service.problems import Problem
from service.protocols import preconditions


def require(noun: Literal["case", "checkpoint", "hazard", "notice"], version: int, if_match: str | None) -> None:
    """Raises Problem: 428 `<noun>.version_required` without If-Match, 412 `<noun>.version_stale` for another version.

    RFC 6585, 3: by requiring a condition "the server can assure that clients are working with the correct copies".
    """
    current = {"ETag": preconditions.quoted(str(version))}
    if not preconditions.parse(if_match):
        raise Problem(f"{noun}.version_required", headers=current)
    if not preconditions.strongly_matches(if_match, str(version)):
        raise Problem(f"{noun}.version_stale", headers=current, version=version)
