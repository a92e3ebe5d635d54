"""Organizations, areas, premises and checkpoints as phones read and keep them."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from service.domain.geodesy import Coordinate
from service.repositories import accounts, areas, organizations, premises
from service.repositories.areas import Area
from service.repositories.premises import Premises
from tests.hazard_factory import Json, answered, refusal
from tests.people import ACCOUNTS, CHENGQU, CITY, KUANGQU, account_id, organization_id, signed_in
from tests.place_factory import HIGH_TECH, connected, draw_districts, open_premises, post_checkpoint

READS_PLACES = {"admin", "approver", "auditor", "desk", "inspector", "owner", "reviewer"}
"""Roles that read places, written down a second time on purpose."""
GEOJSON = "application/geo+json"


def covers(account: str, organization: str) -> bool:
    """Whether this person reads the places of that organization."""
    role, at = ACCOUNTS[account]
    return role in READS_PLACES and at in (CITY, organization)


async def read(client: httpx.AsyncClient, address: str, by: str = "desk", **query: Any) -> Json:
    return answered(await client.get(f"/api/v1{address}", params=query, headers=signed_in(by)))


async def names(client: httpx.AsyncClient, by: str = "desk", **query: Any) -> list[str]:
    return [item["name"] for item in (await read(client, "/premises", by, **query))["items"]]


async def test_everybody_signed_in_reads_organizations_and_areas(client: httpx.AsyncClient, database_url: str) -> None:
    async with connected(database_url) as connection:
        await draw_districts(connection)
    for account in ACCOUNTS:
        tree = (await read(client, "/organizations", account))["items"]
        assert tree == [
            {"code": CITY, "name": "阳泉市", "parent": None, "desk": None},
            {"code": CHENGQU, "name": "城区", "parent": CITY, "desk": CHENGQU},
            {"code": KUANGQU, "name": "矿区", "parent": CITY, "desk": KUANGQU},
        ]
        assert [item["code"] for item in (await read(client, "/areas", account))["items"]] == [
            CHENGQU, KUANGQU, HIGH_TECH,
        ]  # fmt: skip
    for address in ("/organizations", "/areas"):
        assert refusal(await client.get(f"/api/v1{address}")) == (401, "session.required")


async def test_a_map_reads_areas_as_geojson(client: httpx.AsyncClient, database_url: str) -> None:
    async with connected(database_url) as connection:
        await draw_districts(connection)
        await areas.upsert(connection, Area("undrawn", "未划", organization_id(CITY)), None)
    answer = await client.get("/api/v1/areas", headers={**signed_in("owner"), "Accept": GEOJSON})
    assert answer.headers["content-type"].startswith(GEOJSON)
    told = answered(answer)
    assert told["type"] == "FeatureCollection"
    first = told["features"][0]
    assert (first["type"], first["id"]) == ("Feature", CHENGQU)
    assert first["properties"]["organization"] == {"code": CHENGQU, "name": "城区"}
    outer, hole = first["geometry"]["coordinates"]
    assert outer == [[10, 10], [14, 10], [14, 14], [10, 14], [10, 10]]
    assert hole == [[11, 11], [11, 12], [12, 12], [12, 11], [11, 11]]
    assert told["features"][-1]["geometry"] is None
    # The two forms of one address are kept apart.
    plain = await client.get("/api/v1/areas", headers=signed_in("owner"))
    assert "Accept" in plain.headers["vary"]
    assert plain.headers["etag"] != answer.headers["etag"]


async def test_every_person_reads_the_places_of_the_organizations_they_cover(
    client: httpx.AsyncClient, database_url: str
) -> None:
    async with connected(database_url) as connection:
        places = {code: await open_premises(connection, code) for code in (CHENGQU, KUANGQU)}
        checkpoints = {code: await post_checkpoint(connection, place) for code, place in places.items()}
    for account, (role, _) in ACCOUNTS.items():
        seen = {str(places[code].id) for code in places if covers(account, code)}
        for address in ("/premises", "/checkpoints"):
            answer = await client.get(f"/api/v1{address}", headers=signed_in(account))
            if role in READS_PLACES:
                key = "id" if address == "/premises" else "premises_id"
                assert {item[key] for item in answered(answer)["items"]} == seen, account
            else:
                assert refusal(answer) == (403, "permission.denied"), account
        for code, place in places.items():
            for address, query in ((f"/premises/{place.id}", {}), ("/checkpoints", {"premises": str(place.id)})):
                answer = await client.get(f"/api/v1{address}", params=query, headers=signed_in(account))
                if covers(account, code):
                    assert str(checkpoints[code].id if query else place.id) in answer.text, account
                elif role in READS_PLACES or not query:
                    assert refusal(answer) == (404, "premises.not_found"), account
                else:
                    assert refusal(answer) == (403, "permission.denied"), account
    for address in ("/premises", f"/premises/{uuid4()}", "/checkpoints"):
        assert refusal(await client.get(f"/api/v1{address}")) == (401, "session.required")


async def test_premises_that_never_were_look_like_ones_that_may_not_be_seen(
    client: httpx.AsyncClient, database_url: str
) -> None:
    async with connected(database_url) as connection:
        there = await open_premises(connection, KUANGQU)
    bodies = set()
    for premises_id in (there.id, uuid4()):
        answer = await client.get(f"/api/v1/premises/{premises_id}", headers=signed_in("desk"))
        assert refusal(answer) == (404, "premises.not_found")
        bodies.add(answer.content)
    assert len(bodies) == 1


async def test_filters_choose_places(client: httpx.AsyncClient, database_url: str) -> None:
    async with connected(database_url) as connection:
        await draw_districts(connection)
        await organizations.insert(
            connection,
            organization_id=(street := uuid4()),
            parent_id=organization_id(CHENGQU),
            code="street",
            name="街道",
        )
        await open_premises(connection, name="南大街演示商厦", unit="示例供水公司", position=Coordinate(10.5, 10.5))
        await open_premises(connection, name="德胜街演示农贸市场", address="德胜街", position=Coordinate(13.5, 13.5))
        await open_premises(connection, KUANGQU, name="矿区演示换热站", position=Coordinate(13.5, 13.0))
        await premises.upsert(connection, Premises(uuid4(), street, "泉中路演示餐厅"))
    assert set(await names(client, "auditor")) == {
        "南大街演示商厦", "德胜街演示农贸市场", "矿区演示换热站", "泉中路演示餐厅",
    }  # fmt: skip
    assert set(await names(client, "auditor", organization=CHENGQU)) == {
        "南大街演示商厦", "德胜街演示农贸市场", "泉中路演示餐厅",
    }  # fmt: skip
    assert await names(client, "auditor", organization="street") == ["泉中路演示餐厅"]
    assert await names(client, "auditor", organization="nowhere") == []
    assert await names(client, "desk", organization=KUANGQU) == []
    # The zone wins what lies in it, whoever answers for the place.
    assert set(await names(client, "auditor", area=HIGH_TECH)) == {"德胜街演示农贸市场", "矿区演示换热站"}
    assert await names(client, "auditor", area=CHENGQU) == ["南大街演示商厦"]
    assert await names(client, "auditor", area="nowhere") == []
    assert await names(client, "auditor", q="商厦") == ["南大街演示商厦"]
    assert await names(client, "auditor", q="示例供水") == ["南大街演示商厦"]
    assert await names(client, "auditor", q="德胜街") == ["德胜街演示农贸市场"]
    assert await names(client, "auditor", q="%") == []


async def test_pages_of_places_follow_one_another(client: httpx.AsyncClient, database_url: str) -> None:
    async with connected(database_url) as connection:
        made = [await open_premises(connection, code) for code in (CHENGQU, KUANGQU) * 4]
        posted = [await post_checkpoint(connection, place) for place in made[:5]]
        posted += [await post_checkpoint(connection, made[0]) for _ in range(3)]
    for address, wanted in (
        ("/premises", [place.id for place in made]),
        ("/checkpoints", [checkpoint.id for checkpoint in posted]),
    ):
        found: list[str] = []
        query: dict[str, Any] = {"limit": 3}
        sizes = []
        while True:
            page = await read(client, address, "auditor", **query)
            found += [item["id"] for item in page["items"]]
            sizes.append(len(page["items"]))
            if page["next_cursor"] is None:
                break
            query["cursor"] = page["next_cursor"]
        assert sizes == [3, 3, 2]
        assert found == sorted(map(str, wanted))
    of_first = await read(client, "/checkpoints", "auditor", premises=str(made[0].id), limit=3)
    rest = await read(
        client, "/checkpoints", "auditor", premises=str(made[0].id), limit=3, cursor=of_first["next_cursor"]
    )
    assert (len(of_first["items"]), len(rest["items"]), rest["next_cursor"]) == (3, 1, None)


async def test_a_closed_place_leaves_the_list_and_can_still_be_read(
    client: httpx.AsyncClient, database_url: str
) -> None:
    async with connected(database_url) as connection:
        place = await open_premises(connection, retired_at=await connection.fetchval("SELECT now()"))
        await post_checkpoint(connection, place)
    assert (await read(client, "/premises"))["items"] == []
    assert (await read(client, "/checkpoints"))["items"] == []
    assert (await read(client, f"/premises/{place.id}"))["retired"] is True


async def test_owners_do_not_read_each_others_telephone_numbers(client: httpx.AsyncClient, database_url: str) -> None:
    async with connected(database_url) as connection:
        place = await open_premises(connection, owner_id=account_id("owner"), contact="13900000001")
    for account in ("owner", "desk", "inspector", "admin", "auditor"):
        told = await read(client, f"/premises/{place.id}", account)
        assert (told["owner"]["account"], told["contact"]) == ("owner", "13900000001"), account
    for told in (
        await read(client, f"/premises/{place.id}", "owner2"),
        (await read(client, "/premises", "owner2"))["items"][0],
    ):
        assert (told["owner"], told["contact"]) == (None, None)
        assert told["name"] == place.name


ADDRESSES = ("/organizations", "/areas", "/premises", "/premises/{}", "/checkpoints", "/checkpoints?premises={}")


@pytest.mark.parametrize("address", ADDRESSES)
async def test_a_phone_keeps_each_list_until_it_changes(
    client: httpx.AsyncClient, database_url: str, address: str
) -> None:
    async with connected(database_url) as connection:
        await draw_districts(connection)
        place = await open_premises(connection)
        checkpoint = await post_checkpoint(connection, place)
        address = f"/api/v1{address}".format(place.id)
        first = await client.get(address, headers=signed_in("desk"))
        assert first.headers["cache-control"] == "private, no-cache"
        held = {**signed_in("desk"), "If-None-Match": first.headers["etag"]}
        again = await client.get(address, headers=held)
        assert (again.status_code, again.content) == (304, b"")
        await connection.execute("UPDATE organizations SET name = '南城区' WHERE code = $1", CHENGQU)
        await connection.execute("UPDATE premises SET name = '改名' WHERE id = $1", place.id)
        await connection.execute("UPDATE checkpoints SET token_version = 2 WHERE id = $1", checkpoint.id)
        changed = await client.get(address, headers=held)
        assert changed.status_code == 200
        assert changed.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize(
    ("address", "query", "told"),
    [
        ("/premises", {"limit": 0}, (400, "request.invalid")),
        ("/premises", {"limit": 201}, (400, "request.invalid")),
        ("/premises", {"cursor": "x"}, (400, "page.cursor_invalid")),
        ("/premises", {"cursor": "x" * 65}, (400, "request.invalid")),
        ("/premises", {"q": ""}, (400, "request.invalid")),
        ("/checkpoints", {"cursor": "隐患"}, (400, "page.cursor_invalid")),
        ("/checkpoints", {"premises": "x"}, (400, "request.invalid")),
    ],
)
async def test_a_query_that_does_not_fit_is_told(
    client: httpx.AsyncClient, address: str, query: dict[str, Any], told: tuple[int, str]
) -> None:
    assert refusal(await client.get(f"/api/v1{address}", params=query, headers=signed_in("desk"))) == told


async def test_a_page_of_premises_is_a_walk_along_its_index(database_url: str) -> None:
    async with connected(database_url) as connection:
        await connection.execute(
            """INSERT INTO premises (id, organization_id, name)
               SELECT gen_random_uuid(), o.id, 'place ' || n FROM organizations o, generate_series(1, 5000) AS n"""
        )
        await connection.execute("ANALYZE premises")
        statements: list[Any] = []
        connection.add_query_logger(statements.append)
        found = await premises.page(
            connection,
            [organization_id(CHENGQU), organization_id(KUANGQU)],
            area=None,
            text=None,
            after=UUID(int=1 << 127),
            limit=51,
        )
        assert len(found) == 51
        await asyncio.sleep(0)  # the driver logs in the loop's next turn, and asks for types first
        statement = next(logged for logged in statements if "premises" in logged.query)
        [[plan]] = await connection.fetch(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.query}", *statement.args)
    text = str(plan)
    assert "premises_organization_id" in text
    assert "Seq Scan" not in text
    assert walked(plan[0]["Plan"]) <= 2 * 51


def walked(plan: Json) -> float:
    """Rows that were read from premises, over all loops."""
    own = plan["Actual Rows"] * plan["Actual Loops"] if plan.get("Relation Name") == "premises" else 0
    return own + sum(walked(inner) for inner in plan.get("Plans", []))


async def test_a_person_with_two_districts_reads_both(client: httpx.AsyncClient, database_url: str) -> None:
    async with connected(database_url) as connection:
        await accounts.add_membership(connection, account_id("desk"), "desk", organization_id(KUANGQU))
        for code in (CHENGQU, KUANGQU):
            await open_premises(connection, code, name=code)
    assert sorted(await names(client)) == [CHENGQU, KUANGQU]
