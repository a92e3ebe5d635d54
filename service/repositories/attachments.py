"""Papers that have arrived, and those that a visit, a notice or a hazard names, whether or not their bytes are here.

The rule is that of photos: a named paper has arrived when one with that id and that hash is here and whoever named it
had uploaded it or could see it already. Otherwise it counts as not arrived, so naming an id and a hash grants nothing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schemas.attachments import PaperType
from schemas.base import Answer
from schemas.hazards import AttachmentReference
from service.database import Connection


class StoredAttachment(Answer, frozen=True):
    """An attachment's row. `sha256` is the digest; the key names an object in the store."""

    id: UUID
    uploaded_by: UUID
    sha256: bytes
    size: int
    media_type: str
    object_key: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Subject:
    """What names an attachment: exactly one of the three."""

    hazard_id: UUID | None = None
    notice_id: UUID | None = None
    visit_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose eyes: an account, and the organizations in which it reads hazards, notices and visits."""

    account_id: UUID
    hazards_in: Collection[UUID]
    notices_in: Collection[UUID]
    visits_in: Collection[UUID]


@dataclass(frozen=True, slots=True)
class Naming:
    """An attachment as something names it. `media_type` is None until it has arrived."""

    attachment_id: UUID
    sha256: bytes
    purpose: str
    media_type: PaperType | None


async def insert(
    connection: Connection,
    *,
    attachment_id: UUID,
    uploaded_by: UUID,
    sha256: bytes,
    size: int,
    media_type: str,
    object_key: str,
    now: datetime,
) -> bool:
    """Adds an attachment. False when the id is taken: by one that is here, or by whoever else named it first.

    One statement, so that it sees every naming that anybody could have read of before.
    """
    row = await connection.fetchrow(
        """INSERT INTO attachments (id, uploaded_by, sha256, size, media_type, object_key, received_at)
           SELECT $1::uuid, $2::uuid, $3, $4, $5, $6, $7
           WHERE $2 = coalesce(
               (SELECT named_by FROM attachment_namings WHERE attachment_id = $1 ORDER BY naming LIMIT 1), $2)
           ON CONFLICT (id) DO NOTHING RETURNING id""",
        attachment_id,
        uploaded_by,
        sha256,
        size,
        media_type,
        object_key,
        now,
    )
    return row is not None


async def by_id(connection: Connection, attachment_id: UUID) -> StoredAttachment | None:
    """The attachment with that id."""
    row = await connection.fetchrow(
        """SELECT id, uploaded_by, sha256, size, media_type, object_key, received_at
           FROM attachments WHERE id = $1""",
        attachment_id,
    )
    return None if row is None else StoredAttachment(**row)


async def name(
    connection: Connection,
    references: Iterable[AttachmentReference],
    *,
    subject: Subject,
    purpose: str,
    named_by: UUID,
    visible: Collection[UUID],
) -> None:
    """Names attachments in their order. `visible` are those of them that whoever names them can see now."""
    await connection.executemany(
        """INSERT INTO attachment_namings (attachment_id, sha256, named_by, visible_when_named, purpose, hazard_id,
               notice_id, visit_id)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        [
            (
                reference.id,
                bytes.fromhex(reference.sha256),
                named_by,
                reference.id in visible,
                purpose,
                subject.hazard_id,
                subject.notice_id,
                subject.visit_id,
            )
            for reference in references
        ],
    )


async def of(connection: Connection, subject: Subject) -> list[Naming]:
    """Every attachment that the subject names, in the order in which they were named."""
    rows = await connection.fetch(
        """SELECT n.attachment_id, n.sha256, n.purpose, a.media_type
           FROM attachment_namings n
           LEFT JOIN attachments a ON a.id = n.attachment_id AND a.sha256 = n.sha256
                                  AND (a.uploaded_by = n.named_by OR n.visible_when_named)
           WHERE n.hazard_id = $1 OR n.notice_id = $2 OR n.visit_id = $3 ORDER BY n.naming""",
        subject.hazard_id,
        subject.notice_id,
        subject.visit_id,
    )
    return [
        Naming(
            attachment_id=row["attachment_id"],
            sha256=row["sha256"],
            purpose=row["purpose"],
            media_type=None if row["media_type"] is None else PaperType(row["media_type"]),
        )
        for row in rows
    ]


async def visible_among(connection: Connection, attachment_ids: Iterable[UUID], reader: Reader) -> frozenset[UUID]:
    """Which of these the reader may see: their own, and those named by a hazard, notice or visit that they may see."""
    rows = await connection.fetch(
        """SELECT a.id FROM attachments a
           WHERE a.id = ANY($1) AND (a.uploaded_by = $2 OR EXISTS (
               SELECT 1 FROM attachment_namings n
               LEFT JOIN hazards h ON h.id = n.hazard_id
               LEFT JOIN notices p ON p.id = n.notice_id
               LEFT JOIN visits v ON v.id = n.visit_id
               WHERE n.attachment_id = a.id AND n.sha256 = a.sha256
                 AND (n.named_by = a.uploaded_by OR n.visible_when_named)
                 AND (h.organization_id = ANY($3) OR h.reported_by = $2 OR h.second_inspector_id = $2 OR h.owner_id = $2
                      OR p.organization_id = ANY($4) OR p.owner_id = $2 OR p.issued_by = $2
                      OR v.organization_id = ANY($5) OR v.recorded_by = $2 OR v.second_officer_id = $2)))""",
        list(attachment_ids),
        reader.account_id,
        list(reader.hazards_in),
        list(reader.notices_in),
        list(reader.visits_in),
    )
    return frozenset(row["id"] for row in rows)
