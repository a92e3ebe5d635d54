"""How many units share what would be published of a place."""

from uuid import UUID

from service.database import Connection
from service.domain.coarsening import Crowd


async def around(connection: Connection, hazard_id: UUID, venue_words: list[str]) -> Crowd:
    """Units in use whose premises are of the kind that these words (in lower case) name.

    They are of the same industry where the register knows that of the hazard's premises. The district is the
    organization that answers for the hazard with everything below it, the city the root of its tree.
    """
    row = await connection.fetchrow(
        """WITH place AS (
               SELECT h.organization_id, p.industry,
                      (SELECT t.ancestor_id FROM organization_subtrees t JOIN organizations o ON o.id = t.ancestor_id
                       WHERE t.organization_id = h.organization_id AND o.parent_id IS NULL) AS root_id
               FROM hazards h LEFT JOIN premises p ON p.id = h.premises_id WHERE h.id = $1),
           counted AS (
               SELECT coalesce(p.unit, p.name) AS unit,
                      p.organization_id IN (SELECT organization_id FROM organization_subtrees
                                            WHERE ancestor_id = place.organization_id) AS is_near,
                      lower(p.venue_type) = ANY($2) AND (place.industry IS NULL OR p.industry = place.industry) AS alike
               FROM place JOIN organization_subtrees t ON t.ancestor_id = place.root_id
               JOIN premises p ON p.organization_id = t.organization_id
               WHERE p.retired_at IS NULL)
           SELECT count(DISTINCT unit) FILTER (WHERE is_near AND alike) AS district,
                  count(DISTINCT unit) FILTER (WHERE alike) AS city,
                  count(DISTINCT unit) FILTER (WHERE is_near) AS anything
           FROM counted""",
        hazard_id,
        venue_words,
    )
    assert row is not None
    return Crowd(row["district"], row["city"], row["anything"])
