"""The codes of checkpoints: scanned, printed, replaced and withdrawn."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from schemas.premises import CheckpointAction, CheckpointCode, ScanAnswer
from service.database import Connection
from service.domain.permissions import Actor, Permission
from service.problems import Problem
from service.protocols import preconditions
from service.repositories import checkpoints, events, premises
from service.repositories.checkpoints import Checkpoint
from service.workflows import checkpoint_tokens, place_answers, repeatable, versions
from service.workflows.context import Context
from service.workflows.repeatable import Repeatable, Reply

ACTION_DIFFERS: Final = "action.content_differs"


class CodeAction(StrEnum):
    """What a desk can do with the code of a checkpoint."""

    REISSUE = "reissue"
    REVOKE = "revoke"


EVENTS: Final = {CodeAction.REISSUE: "checkpoint.reissued", CodeAction.REVOKE: "checkpoint.revoked"}


async def scan(context: Context, actor: Actor, token: str) -> ScanAnswer:
    """Where a scanned code hangs and how good it still is; nothing is recorded.

    Whoever stands there may be told where they stand, also in another district. 403 without any place to read; 422
    `checkpoint.token_invalid` for a code that is not ours.
    """
    if not actor.may_anywhere(Permission.PLACE_READ):
        raise Problem("permission.denied")
    async with context.database.transaction() as connection:
        scanned = await checkpoint_tokens.scanned(connection, token)
        place = await premises.by_id(connection, scanned.checkpoint.premises_id)
        assert place is not None
        [shown] = await place_answers.of_premises(connection, [place], actor)
    return ScanAnswer(checkpoint=place_answers.of_checkpoint(scanned.checkpoint), premises=shown, token=scanned.state)


async def code(context: Context, actor: Actor, checkpoint_id: UUID, *, address: str) -> CheckpointCode:
    """The current code to print, its token behind `address`.

    404 `checkpoint.not_found` for who may not see it, 403, 409 `checkpoint.revoked` for one that was withdrawn.
    """
    async with context.database.transaction() as connection:
        checkpoint = await checkpoints.by_id(connection, checkpoint_id)
        checkpoint = await _manageable(connection, checkpoint, actor)
        if checkpoint.revoked_at is not None:
            raise Problem("checkpoint.revoked")
        token = await checkpoint_tokens.written(connection, checkpoint)
    return CheckpointCode(
        checkpoint_id=checkpoint.id, token_version=checkpoint.token_version, token=token, address=address + token
    )


async def act(
    context: Context,
    actor: Actor,
    *,
    checkpoint_id: UUID,
    action: CodeAction,
    request: CheckpointAction,
    if_match: str | None,
    now: datetime,
) -> Reply:
    """Replaces the code or withdraws it. A repeat of `action_id` gets the first answer before anything is checked.

    Then in this order: 404 for who may not see it, 403 for who may not act, 428 and 412 for the version in `if_match`,
    409 `checkpoint.revoked` for what is withdrawn already. A new code makes all older ones superseded.
    """
    repeat = Repeatable.of(request.action_id, actor, f"checkpoint.{action}", checkpoint_id, request)
    async with context.database.transaction() as connection:
        if (earlier := await repeatable.answered(connection, repeat, conflict=ACTION_DIFFERS)) is not None:
            return earlier
        checkpoint = await checkpoints.locked(connection, checkpoint_id)
        checkpoint = await _manageable(connection, checkpoint, actor)
        versions.require("checkpoint", checkpoint.token_version, if_match)
        match action:
            case CodeAction.REISSUE:
                changed = replace(checkpoint, token_version=checkpoint.token_version + 1, revoked_at=None)
            case CodeAction.REVOKE if checkpoint.revoked_at is not None:
                raise Problem("checkpoint.revoked")
            case CodeAction.REVOKE:
                changed = replace(checkpoint, revoked_at=now)
        await checkpoints.set_token(
            connection, changed.id, version=changed.token_version, revoked_at=changed.revoked_at
        )
        await events.append(
            connection,
            subject="checkpoint",
            subject_id=changed.id,
            kind=EVENTS[action],
            at=now,
            actor_id=actor.account_id,
            body={"token_version": changed.token_version},
            demo=changed.demo,
        )
        answer = msgspec.json.encode(place_answers.of_checkpoint(changed))
        reply = Reply(200, preconditions.quoted(str(changed.token_version)), answer)
        return await repeatable.keep(connection, repeat, reply, now)


async def _manageable(connection: Connection, checkpoint: Checkpoint | None, actor: Actor) -> Checkpoint:
    place = None if checkpoint is None else await premises.by_id(connection, checkpoint.premises_id)
    if checkpoint is None or place is None or not actor.may(Permission.PLACE_READ, place.organization_id):
        raise Problem("checkpoint.not_found")
    if not actor.may(Permission.PLACE_MANAGE, place.organization_id):
        raise Problem("permission.denied")
    return checkpoint
