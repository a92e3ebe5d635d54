"""People, organizations and sessions."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from schemas.base import Answer, Request


class Organization(Answer, frozen=True):
    """One node of the tree of organizations; `code` is the administrative division code."""

    id: UUID
    parent_id: UUID | None
    code: str
    name: str


class Account(Answer, frozen=True):
    """A person's account as the server knows it; never sent to a client."""

    id: UUID
    account: str
    name: str
    password_hash: str
    disabled_at: datetime | None


class SignIn(Request, frozen=True):
    """Body of `POST /api/v1/sessions`."""

    account: Annotated[str, msgspec.Meta(min_length=1, max_length=64, examples=["inspector"])]
    password: Annotated[str, msgspec.Meta(min_length=1, max_length=1024, examples=["correct horse battery staple"])]


class Session(Answer, frozen=True):
    """A session just opened. `token` goes into `Authorization: Bearer` and is shown this once."""

    token: str
    account: str
    name: str
    expires_at: datetime
    idle_seconds: int


class Membership(Answer, frozen=True):
    """A role and what it allows in which organizations (by code), the subtree already expanded."""

    role: str
    permissions: list[str]
    organizations: list[str]


class Me(Answer, frozen=True):
    """Answer of `GET /api/v1/me`."""

    account: str
    name: str
    memberships: list[Membership]


class RoleHolder(Answer, frozen=True):
    """Somebody with a role, as the front page of a demonstration shows them; `place` is the organization's name."""

    account: str
    name: str
    role: str
    place: str
