"""Notices with their officers and the hazards that they list."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from schemas.hazard_answers import Named, Person, RefusalRecord, ServiceRecord
from schemas.hazards import State
from schemas.notices import NoticeKind
from service.database import Connection
from service.domain.notices import Listed, Notice, Officer


@dataclass(frozen=True, slots=True)
class NoticeFilter:
    """Which notices a list shows. None: all."""

    organization_ids: frozenset[UUID] | None = None
    kind: NoticeKind | None = None
    served: bool | None = None


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice as a list shows it."""

    id: UUID
    number: str
    kind: NoticeKind
    version: int
    organization: Named
    owner: Person
    issued_at: datetime
    due_at: datetime | None
    read_at: datetime | None
    service: ServiceRecord | None
    refusal: RefusalRecord | None
    hazard_count: int


@dataclass(frozen=True, slots=True)
class HazardLine:
    """A hazard of a notice as it stands. `current` while the round it was listed in is this notice's."""

    id: UUID
    number: str
    category: str
    category_edition: date
    place: str
    state: State
    due_at: datetime | None
    current: bool


async def insert(connection: Connection, notice: Notice) -> bool:
    """Adds a notice that was just issued. False when the id is taken."""
    row = await connection.fetchrow(
        """INSERT INTO notices (id, number, organization_id, owner_id, kind, version, issued_at, issued_by, due_at,
               due_reason, requirements, demo)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
           ON CONFLICT (id) DO NOTHING RETURNING id""",
        notice.id,
        notice.number,
        notice.organization_id,
        notice.owner_id,
        notice.kind,
        notice.version,
        notice.issued_at,
        notice.issued_by,
        notice.due_at,
        notice.due_reason,
        notice.requirements,
        notice.demo,
    )
    if row is None:
        return False
    await connection.executemany(
        "INSERT INTO notice_officers (notice_id, ordinal, account_id, certificate) VALUES ($1, $2, $3, $4)",
        [(notice.id, n, officer.account_id, officer.certificate) for n, officer in enumerate(notice.officers)],
    )
    await connection.executemany(
        "INSERT INTO notice_hazards (notice_id, ordinal, hazard_id, round) VALUES ($1, $2, $3, $4)",
        [(notice.id, n, listed.hazard_id, listed.round) for n, listed in enumerate(notice.hazards)],
    )
    return True


async def lock(connection: Connection, notice_id: UUID) -> None:
    """Keeps others from changing the notice until the transaction ends. Taken after the locks of its hazards."""
    await connection.execute("SELECT 1 FROM notices WHERE id = $1 FOR NO KEY UPDATE", notice_id)


async def save(connection: Connection, notice: Notice) -> None:
    """Writes down what an action changed."""
    await connection.execute(
        "UPDATE notices SET version = $2, read_at = $3, service = $4, refusal = $5 WHERE id = $1",
        notice.id,
        notice.version,
        notice.read_at,
        notice.service,
        notice.refusal,
    )


async def by_id(connection: Connection, notice_id: UUID) -> Notice | None:
    """The whole notice."""
    row = await connection.fetchrow(
        """SELECT id, number, organization_id, owner_id, kind, version, issued_at, issued_by, due_at, due_reason,
                  requirements, read_at, service, refusal, demo
           FROM notices WHERE id = $1""",
        notice_id,
    )
    if row is None:
        return None
    officers = await connection.fetch(
        "SELECT account_id, certificate FROM notice_officers WHERE notice_id = $1 ORDER BY ordinal", notice_id
    )
    listed = await connection.fetch(
        "SELECT hazard_id, round FROM notice_hazards WHERE notice_id = $1 ORDER BY ordinal", notice_id
    )
    return Notice(
        **dict(row)
        | {
            "service": _service(row),
            "refusal": _refusal(row),
            "officers": tuple(Officer(**officer) for officer in officers),
            "hazards": tuple(Listed(**one) for one in listed),
        }
    )


async def hazards_of(connection: Connection, notice_id: UUID) -> list[HazardLine]:
    """The hazards of a notice in the order in which it lists them."""
    rows = await connection.fetch(
        """SELECT h.id, h.number, h.category, h.category_edition, h.place, h.state, r.due_at,
                  h.round = l.round AND r.notice_id IS NOT DISTINCT FROM n.id
                      AND r.owner_id IS NOT DISTINCT FROM n.owner_id AS current
           FROM notices n JOIN notice_hazards l ON l.notice_id = n.id
           JOIN hazards h ON h.id = l.hazard_id
           JOIN hazard_rounds r ON r.hazard_id = l.hazard_id AND r.round = l.round
           WHERE n.id = $1 ORDER BY l.ordinal""",
        notice_id,
    )
    return [HazardLine(**{**row, "state": State(row["state"])}) for row in rows]


async def page(
    connection: Connection,
    *,
    account_id: UUID,
    readable_organization_ids: Iterable[UUID],
    wanted: NoticeFilter,
    after: tuple[datetime, UUID],
    limit: int,
) -> list[NoticeLine]:
    """The newest notices after a place that the person may see: in readable organizations, or sent to them.

    Each organization is one walk along an index that ends after `limit` rows.
    """
    organizations = set(readable_organization_ids)
    if wanted.organization_ids is not None:
        organizations &= wanted.organization_ids
    rows = await connection.fetch(
        """WITH seen AS (
               SELECT found.id, found.issued_at
               FROM unnest($1::uuid[]) AS o (id)
               CROSS JOIN LATERAL (
                   SELECT n.id, n.issued_at FROM notices n
                   WHERE n.organization_id = o.id AND (n.issued_at, n.id) < ($3, $4)
                     AND ($5::text IS NULL OR n.kind = $5) AND ($6::boolean IS NULL OR (n.service IS NOT NULL) = $6)
                   ORDER BY n.issued_at DESC, n.id DESC LIMIT $7) AS found
               UNION
               (SELECT n.id, n.issued_at FROM notices n
                WHERE n.owner_id = $2 AND (n.issued_at, n.id) < ($3, $4)
                  AND ($5::text IS NULL OR n.kind = $5) AND ($6::boolean IS NULL OR (n.service IS NOT NULL) = $6)
                  AND ($8::uuid[] IS NULL OR n.organization_id = ANY($8))
                ORDER BY n.issued_at DESC, n.id DESC LIMIT $7)
               ORDER BY issued_at DESC, id DESC LIMIT $7)
           SELECT n.id, n.number, n.kind, n.version, o.code AS organization_code, o.name AS organization_name,
                  a.account AS owner_account, a.name AS owner_name, n.issued_at, n.due_at, n.read_at, n.service,
                  n.refusal, (SELECT count(*) FROM notice_hazards l WHERE l.notice_id = n.id) AS hazard_count
           FROM seen JOIN notices n ON n.id = seen.id
           JOIN organizations o ON o.id = n.organization_id
           JOIN accounts a ON a.id = n.owner_id
           ORDER BY n.issued_at DESC, n.id DESC""",
        list(organizations),
        account_id,
        *after,
        wanted.kind,
        wanted.served,
        limit,
        None if wanted.organization_ids is None else list(wanted.organization_ids),
    )
    return [_line(row) for row in rows]


def _line(row: Any) -> NoticeLine:
    return NoticeLine(
        id=row["id"],
        number=row["number"],
        kind=row["kind"],
        version=row["version"],
        organization=Named(code=row["organization_code"], name=row["organization_name"]),
        owner=Person(account=row["owner_account"], name=row["owner_name"]),
        issued_at=row["issued_at"],
        due_at=row["due_at"],
        read_at=row["read_at"],
        service=_service(row),
        refusal=_refusal(row),
        hazard_count=row["hazard_count"],
    )


def _service(row: Any) -> ServiceRecord | None:
    return None if row["service"] is None else msgspec.convert(row["service"], ServiceRecord)


def _refusal(row: Any) -> RefusalRecord | None:
    return None if row["refusal"] is None else msgspec.convert(row["refusal"], RefusalRecord)
