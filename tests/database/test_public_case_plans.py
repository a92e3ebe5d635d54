"""What the public asks for is found by index among many cases, whatever it is filtered by."""

from datetime import date
from typing import Any

import asyncpg
import pytest

from service.database import prepare_connection
from service.repositories import published_cases
from service.repositories.published_cases import Filter, Position
from tests.conftest import PROVING
from tests.people import CHENGQU, account_id, organization_id

CASES = 50_000 if PROVING else 5_000


class Explaining:
    """A connection that tells how it would read, and reads."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.plan = ""

    async def fetch(self, sql: str, *arguments: Any) -> Any:
        rows = await self.connection.fetch(f"EXPLAIN {sql}", *arguments)
        self.plan += "\n".join(row[0] for row in rows)
        return await self.connection.fetch(sql, *arguments)

    async def fetchrow(self, sql: str, *arguments: Any) -> Any:
        rows = await self.fetch(sql, *arguments)
        return rows[0] if rows else None


async def publish_many(connection: Any) -> None:
    """Cases of thirty kinds, in ten areas, over five years, without hazards: the public never asks for those."""
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(
        """INSERT INTO cases (id, hazard_id, organization_id, slug, state, month, area_chinese, category_chinese,
                              drafter_id, first_reviewer_id, second_reviewer_id, created_at, published_at)
           SELECT gen_random_uuid(), gen_random_uuid(), $1, to_char(m, 'YYYY-MM-') || lpad(to_hex(n), 12, '2'),
                  'published', m, '城区', '安全出口堵塞', $2, $3, $4, m, m + n * interval '1 second'
           FROM generate_series(1, $5) AS n,
                LATERAL (SELECT date '2021-01-01' + (n % 60) * interval '1 month' AS m) AS months""",
        organization_id(CHENGQU),
        account_id("editor"),
        account_id("reviewer"),
        account_id("approver"),
        CASES,
    )
    await connection.execute(
        """INSERT INTO public_cases (case_id, slug, status, month, venue_type, area_code, area_chinese, category_code,
                                     category_chinese, published_at)
           SELECT id, slug, 'live', month, 'market', 'area' || n % 10, area_chinese, 'A' || n % 30, category_chinese,
                  published_at
           FROM (SELECT *, row_number() OVER (ORDER BY slug) AS n FROM cases) AS numbered"""
    )
    await connection.execute(
        """INSERT INTO public_case_texts (case_id, language, title, found, handled, legal_basis, lesson)
           SELECT case_id, 'zh-CN', 'x', 'x', 'x', 'x', 'x' FROM public_cases"""
    )
    await connection.execute(
        """INSERT INTO public_case_pictures (name, case_id, edition, number, role, width, height, files)
           SELECT md5(case_id::text), case_id, 1, 1, 'before', 1600, 1200, '{}' FROM public_cases"""
    )
    await connection.execute("SET session_replication_role = origin")
    await connection.execute("ANALYZE")


@pytest.mark.prove(minutes=1)
async def test_lists_pages_and_pictures_are_found_by_index(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await prepare_connection(connection)
        await publish_many(connection)
        slug, name, at = await connection.fetchrow(
            """SELECT c.slug, i.name, c.published_at FROM public_cases c JOIN public_case_pictures i USING (case_id)
               ORDER BY c.published_at OFFSET 2000 LIMIT 1"""
        )
        asked = {
            "public_cases_newest": Filter(),
            "public_cases_category": Filter(category="A7"),
            "public_cases_area": Filter(area="area3"),
            "public_cases_month": Filter(month=date(2023, 4, 1)),
        }
        for index, only in asked.items():
            for after in (None, Position(at, slug)):
                explaining: Any = Explaining(connection)
                await published_cases.page(explaining, after, 14, only)
                assert "Seq Scan" not in explaining.plan, (index, explaining.plan)
                assert "public_cases_" in explaining.plan
        explaining = Explaining(connection)
        found = await published_cases.by_slug(explaining, slug)
        assert found is not None
        assert await published_cases.file(explaining, name, "card") is None
        assert "Seq Scan" not in explaining.plan, explaining.plan
        facets = await published_cases.facets(connection)
        assert sum(entry[3] for entry in facets.categories) == sum(count for _month, count in facets.months) == CASES
    finally:
        await connection.close()
