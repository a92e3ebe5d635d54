"""Photos that hazards name and whose bytes have not come: noted when they are named, forgotten when they are here.

A naming is met as `hazard_photos` says: by a photo with that id and that hash, uploaded by whoever named it or visible
to them then.
"""

from uuid import UUID

from service.database import Connection


async def note(connection: Connection, hazard_id: UUID, *, round_number: int, attempt: int) -> None:
    """Notes those of an attempt's namings that are not met yet."""
    await connection.execute(
        """INSERT INTO awaited_photos (hazard_id, round, attempt, ordinal)
           SELECT n.hazard_id, n.round, n.attempt, n.ordinal FROM hazard_photos n
           WHERE n.hazard_id = $1 AND n.round = $2 AND n.attempt = $3
             AND NOT EXISTS (SELECT FROM photos p WHERE p.id = n.photo_id AND p.sha256 = n.sha256
                                                    AND (p.uploaded_by = n.named_by OR n.visible_when_named))
           ON CONFLICT DO NOTHING""",
        hazard_id,
        round_number,
        attempt,
    )


async def forget_arrived(connection: Connection) -> None:
    """Forgets those that have come since."""
    await connection.execute(
        """DELETE FROM awaited_photos a USING hazard_photos n, photos p
           WHERE (n.hazard_id, n.round, n.attempt, n.ordinal) = (a.hazard_id, a.round, a.attempt, a.ordinal)
             AND p.id = n.photo_id AND p.sha256 = n.sha256
             AND (p.uploaded_by = n.named_by OR n.visible_when_named)"""
    )
