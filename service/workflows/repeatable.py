"""Requests that a phone may send again when the answer was lost, and the one answer they all get.

A repeatable request has a key made by the client. The first one that succeeds keeps its answer under that key, in the
transaction of its change; the same request again gets those bytes, whatever has happened since. Refusals are not kept:
a request that was refused is judged anew.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from service.database import Connection
from service.domain.permissions import Actor
from service.problems import Problem
from service.repositories import replays
from service.repositories.replays import Replay


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, encoded: JSON bytes with their status and entity tag."""

    status: int
    etag: str
    body: bytes
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A request as far as a repeat must equal it."""

    key: UUID
    account_id: UUID
    kind: str
    digest: bytes

    @classmethod
    def of(cls, key: UUID, actor: Actor, kind: str, *content: object) -> "Repeatable":
        """The request of `actor` with this decoded content; how its JSON was spaced and ordered does not matter."""
        digest = hashlib.sha256(msgspec.json.encode(_said(content), order="deterministic")).digest()
        return cls(key, actor.account_id, kind, digest)


async def answered(connection: Connection, request: Repeatable, *, conflict: str) -> Reply | None:
    """The answer that this request had before, None for the first one, which others with its key now wait for.

    Problem `conflict` when the key was used for something else or by somebody else.
    """
    await replays.claim(connection, request.key)
    earlier = await replays.find(connection, request.key)
    if earlier is None:
        return None
    if (earlier.account_id, earlier.kind, earlier.request_digest) != (request.account_id, request.kind, request.digest):
        raise Problem(conflict)
    return Reply(earlier.status, earlier.etag or "", earlier.answer, replayed=True)


async def keep(connection: Connection, request: Repeatable, reply: Reply, now: datetime) -> Reply:
    """Keeps the answer for repeats and returns it."""
    kept = Replay(request.key, request.account_id, request.kind, request.digest, reply.status, reply.etag, reply.body)
    await replays.keep(connection, kept, now)
    return reply


def _said(content: object) -> object:
    """The content without what equals a default.

    The next version may know more fields: a phone that repeats across the upgrade must still be heard as repeating.
    """
    if isinstance(content, msgspec.Struct):
        values = {
            field.name: (getattr(content, field.name), _default_of(field)) for field in msgspec.structs.fields(content)
        }
        return {name: _said(value) for name, (value, default) in values.items() if value != default}
    if isinstance(content, list | tuple):
        return [_said(item) for item in content]
    return content


def _default_of(field: msgspec.structs.FieldInfo) -> object:
    # A default that is a list stands in the struct as what makes one.
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
