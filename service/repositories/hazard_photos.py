"""Photos that hazards name, whether or not their bytes are here.

A named photo has arrived when a photo with that id and that hash is here and whoever named it had uploaded it or could
see it already. Otherwise it counts as not arrived, so naming an id and a hash grants nothing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from schemas.hazards import PhotoReference, PhotoRole
from service.database import Connection


@dataclass(frozen=True, slots=True)
class NamedPhoto:
    """A photo as a hazard names it. `rendition_state` and `facts` are None until it has arrived."""

    photo_id: UUID
    sha256: bytes
    role: PhotoRole
    round: int
    attempt: int
    """0 for the photos of the report."""
    named_by: UUID
    arrived: bool
    rendition_state: str | None
    facts: dict[str, object] | None


async def insert(
    connection: Connection,
    hazard_id: UUID,
    photos: Iterable[PhotoReference],
    *,
    role: PhotoRole,
    round_number: int,
    attempt: int,
    named_by: UUID,
    visible: Collection[UUID],
) -> None:
    """Names photos in their order. `visible` are those of them that whoever names them can see now."""
    await connection.executemany(
        """INSERT INTO hazard_photos (hazard_id, round, attempt, ordinal, photo_id, sha256, role, named_by,
                                      visible_when_named, taken_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        [
            (
                hazard_id,
                round_number,
                attempt,
                ordinal,
                photo.id,
                bytes.fromhex(photo.sha256),
                role,
                named_by,
                photo.id in visible,
                photo.taken_at,
            )
            for ordinal, photo in enumerate(photos)
        ],
    )


async def of_hazard(connection: Connection, hazard_id: UUID) -> list[NamedPhoto]:
    """Every photo that the hazard names, in the order in which they were named."""
    rows = await connection.fetch(
        """SELECT n.photo_id, n.sha256, n.role, n.round, n.attempt, n.named_by, p.id IS NOT NULL AS arrived,
                  p.rendition_state, p.facts
           FROM hazard_photos n
           LEFT JOIN photos p ON p.id = n.photo_id AND p.sha256 = n.sha256
                             AND (p.uploaded_by = n.named_by OR n.visible_when_named)
           WHERE n.hazard_id = $1 ORDER BY n.round, n.attempt, n.ordinal""",
        hazard_id,
    )
    return [NamedPhoto(**row) for row in rows]


async def visible_among(
    connection: Connection, photo_ids: Iterable[UUID], account_id: UUID, readable_organization_ids: Iterable[UUID]
) -> frozenset[UUID]:
    """Which of these photos the person may see: their own, and those that a hazard they may see shows them, which are
    its own and those of what was merged into it.

    `readable_organization_ids` are the organizations in which they hold hazard:read. As an owner one sees one's own
    photos and the inspectors'; a photo taken from a resident's own door would tell who informed.
    """
    rows = await connection.fetch(
        """WITH RECURSIVE shown AS (
               SELECT n.photo_id, n.role, n.named_by,
                      h.source <> 'resident' AND h.represented_name IS NULL AS is_open, h.id, h.original_id,
                      h.organization_id, h.owner_id, h.reported_by, h.second_inspector_id
               FROM photos p
               JOIN hazard_photos n ON n.photo_id = p.id AND n.sha256 = p.sha256
                                   AND (n.named_by = p.uploaded_by OR n.visible_when_named)
               JOIN hazards h ON h.id = n.hazard_id
               WHERE p.id = ANY($1)
               UNION
               SELECT s.photo_id, s.role, s.named_by, s.is_open, o.id, o.original_id, o.organization_id, o.owner_id,
                      o.reported_by, o.second_inspector_id
               FROM shown s JOIN hazards o ON o.id = s.original_id)
           SELECT id FROM photos WHERE id = ANY($1) AND uploaded_by = $2
           UNION
           SELECT photo_id FROM shown
           WHERE organization_id = ANY($3) OR $2 IN (reported_by, second_inspector_id)
              OR (owner_id = $2 AND (named_by = $2 OR (role = 'before' AND is_open)))""",
        list(photo_ids),
        account_id,
        list(readable_organization_ids),
    )
    return frozenset(row["id"] for row in rows)
