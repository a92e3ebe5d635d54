"""Signing and reading the tokens of checkpoints with the key that all replicas share."""

import secrets
from dataclasses import dataclass
from typing import Final

from service.database import Connection
from service.domain import checkpoint_tokens
from service.domain.checkpoint_tokens import CheckpointToken, TokenState
from service.problems import Problem
from service.repositories import checkpoints, signing_keys
from service.repositories.checkpoints import Checkpoint

PURPOSE: Final = "checkpoint"


@dataclass(frozen=True, slots=True)
class Scanned:
    """The checkpoint that a genuine token names, and how good the token still is."""

    checkpoint: Checkpoint
    state: TokenState


async def scanned(connection: Connection, token: str) -> Scanned:
    """What a scanned token names; 422 `checkpoint.token_invalid` for one that is not ours."""
    # Before the key is looked for, let alone made: a text that is far off costs no query.
    if len(token) <= checkpoint_tokens.LONGEST:
        read = checkpoint_tokens.read(token, await _key(connection))
        checkpoint = None if read is None else await checkpoints.by_id(connection, read.checkpoint_id)
        if read is not None and checkpoint is not None:
            state = checkpoint_tokens.state(
                read.version, current=checkpoint.token_version, revoked=checkpoint.revoked_at is not None
            )
            return Scanned(checkpoint, state)
    raise Problem("checkpoint.token_invalid")


async def written(connection: Connection, checkpoint: Checkpoint) -> str:
    """The checkpoint's current token."""
    return checkpoint_tokens.write(CheckpointToken(checkpoint.id, checkpoint.token_version), await _key(connection))


async def _key(connection: Connection) -> bytes:
    key = await signing_keys.find(connection, PURPOSE)
    if key is None:
        await signing_keys.keep_first(connection, PURPOSE, secrets.token_bytes(checkpoint_tokens.KEY_BYTES))
        key = await signing_keys.find(connection, PURPOSE)
        assert key is not None
    return key
