"""One row of every kind of table that can be imported, and what an import did."""

from datetime import date
from typing import Final

import msgspec

from schemas.base import Answer


class ImportRow(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A row whose cells were read. Rows speak of other things by their codes."""

    def identity(self) -> tuple[object, ...]:
        """What two rows may not share within one table: all of it, unless a kind of row says less."""
        return msgspec.structs.astuple(self)


class CategoryRow(ImportRow, kw_only=True, frozen=True):
    """A kind of hazard as it is from a day on."""

    code: str
    name_zh: str
    name_en: str
    priority: str
    days: int
    valid_from: date
    major_candidate: bool = False
    basis: list[str] = []

    def identity(self) -> tuple[object, ...]:
        """The edition."""
        return (self.code, self.valid_from)


class ClauseRow(ImportRow, kw_only=True, frozen=True):
    """A legal clause as it is from a day on."""

    key: str
    title_zh: str
    title_en: str
    penalty_authority: str
    valid_from: date
    summary_zh: str | None = None
    summary_en: str | None = None

    def identity(self) -> tuple[object, ...]:
        """The edition."""
        return (self.key, self.valid_from)


class OrganizationRow(ImportRow, kw_only=True, frozen=True):
    """A node of the tree; without a parent it is a root."""

    code: str
    name: str
    parent: str | None = None

    def identity(self) -> tuple[object, ...]:
        """The code."""
        return (self.code,)


class AccountRow(ImportRow, kw_only=True, frozen=True):
    """A person with one role in one organization; who has several has several rows."""

    account: str
    name: str
    role: str
    organization: str

    def identity(self) -> tuple[object, ...]:
        """The membership."""
        return (self.account, self.role, self.organization)


class PlaceRow(ImportRow, kw_only=True, frozen=True):
    """What lies somewhere: degrees as measured against `datum`, WGS-84 unless it says otherwise."""

    lat: float | None = None
    lon: float | None = None
    datum: str | None = None


class PremisesRow(PlaceRow, kw_only=True, frozen=True):
    """A place that somebody answers for."""

    code: str
    name: str
    organization: str
    venue_type: str | None = None
    unit: str | None = None
    address: str | None = None
    industry: str | None = None
    contact: str | None = None
    owner: str | None = None

    def identity(self) -> tuple[object, ...]:
        """The code."""
        return (self.code,)


class CheckpointRow(PlaceRow, kw_only=True, frozen=True):
    """A spot of a premises that is visited and carries a QR code."""

    premises: str
    code: str
    name: str
    building: str | None = None
    floor: str | None = None
    place: str | None = None

    def identity(self) -> tuple[object, ...]:
        """The code within its premises."""
        return (self.premises, self.code)


class AreaRow(ImportRow, kw_only=True, frozen=True):
    """The properties of a GeoJSON feature; its geometry is read beside them."""

    code: str
    name: str
    organization: str
    precedence: int = 0

    def identity(self) -> tuple[object, ...]:
        """The code."""
        return (self.code,)


class CalendarRow(ImportRow, kw_only=True, frozen=True):
    """A day that is not what its weekday says."""

    day: date
    kind: str
    name: str | None = None

    def identity(self) -> tuple[object, ...]:
        """The day."""
        return (self.day,)


ROWS: Final[dict[str, type[ImportRow]]] = {
    "categories": CategoryRow,
    "clauses": ClauseRow,
    "organizations": OrganizationRow,
    "accounts": AccountRow,
    "premises": PremisesRow,
    "checkpoints": CheckpointRow,
    "areas": AreaRow,
    "calendar": CalendarRow,
}


class ImportCounts(Answer, kw_only=True, frozen=True):
    """What an import did, or would do."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
