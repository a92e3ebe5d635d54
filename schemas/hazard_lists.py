"""What finding hazards answers: pages, the map, counts, and what lies beside a hazard."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta

from schemas.base import END, Answer, Request
from schemas.hazard_answers import HazardSummary, Named
from schemas.hazards import State
from schemas.places import Position


class HazardFeature(Answer, kw_only=True, frozen=True, tag_field="type", tag="Feature"):
    """A hazard as a GeoJSON feature (RFC 7946, 3.2); `geometry` is null for one without a position."""

    id: UUID
    geometry: dict[str, Any] | None
    properties: HazardSummary


class HazardCollection(Answer, kw_only=True, frozen=True, tag_field="type", tag="FeatureCollection"):
    """A page as GeoJSON (RFC 7946, 3.3). `next_cursor` is a foreign member (6.1); the header Link says the same."""

    features: list[HazardFeature]
    next_cursor: str | None


class StateCount(Answer, kw_only=True, frozen=True):
    """How many hazards are in one state."""

    state: State
    label: str
    count: int


class HazardCounts(Answer, kw_only=True, frozen=True):
    """How many hazards there are, in all and by state; every state has its line."""

    total: int
    states: list[StateCount]


class GridCell(Answer, kw_only=True, frozen=True):
    """A cell of the map that holds hazards, with its edges in degrees of WGS-84."""

    x: int
    y: int
    count: int
    west: float
    south: float
    east: float
    north: float


class HazardGrid(Answer, kw_only=True, frozen=True):
    """Hazards counted by cell. Cells are whole tiles of the web Mercator grid of `level`, numbered from its north-west.

    `level` is the zoom asked for plus 3, or less where a box holds too many cells of that.
    """

    level: int
    cells: list[GridCell]


class NearbyQuestion(Request, kw_only=True, frozen=True):
    """What a phone is about to report."""

    category: Annotated[str, Meta(pattern="^[A-Z][0-9]{2}" + END, description="a code of GET /api/v1/categories")]
    position: Position


class NearbyHazard(HazardSummary, kw_only=True, frozen=True):
    """A hazard that may be the same thing."""

    distance_m: float


class EarlierHazard(HazardSummary, kw_only=True, frozen=True):
    """A hazard of the same place that had been closed before; `same` is what they have in common."""

    same: Literal["checkpoint", "premises"]


class RepeatOffender(Answer, kw_only=True, frozen=True):
    """A place at which hazards came `again` so often in the period, each after an earlier one had been closed there."""

    id: UUID
    name: str
    premises_id: UUID
    premises_name: str
    organization: Named
    again: int
    last_received_at: datetime
