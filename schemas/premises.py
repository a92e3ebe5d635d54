"""Places as the API tells of them: organizations, areas, premises, and checkpoints with their codes."""

from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta

from schemas.base import Answer, Request
from schemas.hazard_answers import Named, Person
from schemas.places import Wgs84

TokenState = Literal["valid", "superseded", "revoked"]


class OrganizationAnswer(Answer, kw_only=True, frozen=True):
    """One node of the tree; `parent` is the code of the one above, null for a root. `desk` is the code of the one whose
    desk takes in what is reported here, itself or the nearest above it that has one, null when nobody does.
    """

    code: str
    name: str
    parent: str | None
    desk: str | None


class AreaAnswer(Answer, kw_only=True, frozen=True):
    """A piece of the map and the organization that answers for it. Where areas overlap the highest precedence wins."""

    code: str
    name: str
    organization: Named
    precedence: int
    demo: bool


class AreaFeature(Answer, kw_only=True, frozen=True, tag_field="type", tag="Feature"):
    """An area as a GeoJSON feature (RFC 7946, 3.2); `geometry` is null while no boundary is drawn."""

    id: str
    properties: AreaAnswer
    geometry: dict[str, Any] | None


class AreaCollection(Answer, kw_only=True, frozen=True, tag_field="type", tag="FeatureCollection"):
    """All areas as GeoJSON (RFC 7946, 3.3)."""

    features: list[AreaFeature]


class PremisesAnswer(Answer, kw_only=True, frozen=True):
    """A place that is inspected. `owner` and `contact`: for who reads its hazards or manages it, and the owner."""

    id: UUID
    code: str | None
    name: str
    organization: Named
    venue_type: str | None
    industry: str | None
    unit: str | None
    address: str | None
    position: Wgs84 | None
    owner: Person | None
    contact: str | None
    retired: bool
    demo: bool


class CheckpointAnswer(Answer, kw_only=True, frozen=True):
    """An exit or a stair with a code of its own. `token_version` is also its ETag."""

    id: UUID
    premises_id: UUID
    code: str | None
    name: str
    building: str | None
    floor: str | None
    place: str | None
    position: Wgs84 | None
    token_version: int
    revoked: bool
    demo: bool


class ScanRequest(Request, kw_only=True, frozen=True):
    """What the QR code said."""

    token: Annotated[str, Meta(min_length=1, max_length=200)]


class ScanAnswer(Answer, kw_only=True, frozen=True):
    """Where the code hangs. One superseded or revoked still tells its place; a report made with it is flagged."""

    checkpoint: CheckpointAnswer
    premises: PremisesAnswer
    token: TokenState


class CheckpointCode(Answer, kw_only=True, frozen=True):
    """What to print: `address` goes into the QR code. The token lies behind `#`, which no browser sends to a server."""

    checkpoint_id: UUID
    token_version: int
    token: str
    address: str


class CheckpointAction(Request, kw_only=True, frozen=True):
    """An id made by the client, under which a repeat gets the first answer again."""

    action_id: UUID
