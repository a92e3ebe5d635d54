"""Who answers for a place: named, checkpoint, premises, area, and only then where the reporter works."""

from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from service.database import Connection
from service.domain.geodesy import Coordinate
from service.domain.permissions import Permission
from service.problems import Problem
from service.repositories import accounts, areas, checkpoints, organizations
from service.workflows import checkpoint_tokens, jurisdiction
from service.workflows.jurisdiction import Jurisdiction
from tests.people import CHENGQU, CITY, KUANGQU, account_id, organization_id
from tests.place_factory import (
    HIGH_TECH,
    actor,
    box,
    connected,
    draw,
    draw_districts,
    open_premises,
    post_checkpoint,
    square,
    token_of,
)

IN_CHENGQU, IN_KUANGQU, IN_NO_AREA = Coordinate(10.5, 10.5), Coordinate(17.0, 11.0), Coordinate(0.0, 0.0)


async def answering(connection: Connection, by: str = "inspector", **given: Any) -> Jurisdiction:
    nothing = {"named": None, "checkpoint_token": None, "premises_id": None, "position": None}
    return await jurisdiction.of(
        connection, await actor(connection, by), permission=Permission.HAZARD_REPORT, **nothing | given
    )


async def refused(connection: Connection, by: str = "inspector", **given: Any) -> str:
    with pytest.raises(Problem) as problem:
        await answering(connection, by, **given)
    return problem.value.code


async def test_each_way_to_know_a_place_comes_before_the_next(database_url: str) -> None:
    async with connected(database_url) as connection:
        await draw_districts(connection)
        there = await open_premises(connection, KUANGQU)
        elsewhere = await open_premises(connection, CHENGQU)
        checkpoint = await post_checkpoint(connection, there)
        token = await token_of(connection, checkpoint.id)
        everything: dict[str, Any] = {
            "named": CHENGQU,
            "checkpoint_token": token,
            "premises_id": elsewhere.id,
            "position": IN_KUANGQU,
        }
        told = []
        for left_out in (None, "named", "checkpoint_token", "premises_id", "position"):
            everything.pop(left_out or "", None)
            found = await answering(connection, **everything)
            told.append((found.by, found.code, found.premises_id, found.checkpoint_id))
        assert told == [
            # Who names an organization still says at which checkpoint.
            ("named", CHENGQU, there.id, checkpoint.id),
            ("checkpoint", KUANGQU, there.id, checkpoint.id),
            ("premises", CHENGQU, elsewhere.id, None),
            ("area", KUANGQU, None, None),
            ("reporter", CHENGQU, None, None),
        ]


async def test_a_position_outside_every_area_is_where_the_reporter_works(database_url: str) -> None:
    async with connected(database_url) as connection:
        await draw_districts(connection)
        found = await answering(connection, position=IN_NO_AREA)
        assert (found.by, found.organization_id) == ("reporter", organization_id(CHENGQU))


async def test_a_place_in_another_district_goes_to_that_districts_desk(database_url: str) -> None:
    async with connected(database_url) as connection:
        await draw_districts(connection)
        found = await answering(connection, position=IN_KUANGQU)
        assert found.code == KUANGQU
        desk = await jurisdiction.desk_of(connection, found.organization_id)
        assert desk is not None
        assert desk.code == KUANGQU


async def test_an_organization_without_a_desk_is_served_by_the_nearest_above(database_url: str) -> None:
    async with connected(database_url) as connection:
        street, block = uuid4(), uuid4()
        await organizations.insert(
            connection, organization_id=street, parent_id=organization_id(CHENGQU), code="street", name="街道"
        )
        await organizations.insert(connection, organization_id=block, parent_id=street, code="block", name="社区")

        async def desk() -> str | None:
            found = await jurisdiction.desk_of(connection, block)
            return None if found is None else found.code

        assert await desk() == CHENGQU
        await accounts.add_membership(connection, account_id("desk2"), "desk", street)
        assert await desk() == "street"
        await accounts.disable(connection, account_id("desk2"), (await connection.fetchval("SELECT now()")))
        assert await desk() == CHENGQU
        await accounts.disable(connection, account_id("desk"), (await connection.fetchval("SELECT now()")))
        assert await desk() is None
        await accounts.add_membership(connection, account_id("approver"), "desk", organization_id(CITY))
        assert await desk() == CITY


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"named": "nowhere"}, "hazard.organization_unknown"),
        ({"named": KUANGQU}, "permission.denied"),
        ({"named": CITY}, "permission.denied"),
        ({"premises_id": uuid4()}, "hazard.premises_unknown"),
        ({"checkpoint_token": "v1.x.1.y"}, "checkpoint.token_invalid"),
        ({"checkpoint_token": "隐患" * 2000}, "checkpoint.token_invalid"),
        # A forged code is refused even where the organization is named: it is told, not skipped.
        ({"named": CHENGQU, "checkpoint_token": ""}, "checkpoint.token_invalid"),
    ],
)
async def test_what_cannot_be_is_told(database_url: str, given: dict[str, Any], code: str) -> None:
    async with connected(database_url) as connection:
        assert await refused(connection, **given) == code


async def test_who_may_not_report_anywhere_gets_nowhere(database_url: str) -> None:
    async with connected(database_url) as connection:
        for account in ("owner", "auditor", "admin"):
            assert await refused(connection, account, named=CHENGQU) == "permission.denied"


async def test_who_reports_in_several_organizations_says_where_unless_the_place_does(database_url: str) -> None:
    async with connected(database_url) as connection:
        await draw_districts(connection)
        await accounts.add_membership(connection, account_id("inspector"), "inspector", organization_id(KUANGQU))
        assert await refused(connection) == "hazard.organization_required"
        assert (await answering(connection, named=KUANGQU)).by == "named"
        assert (await answering(connection, position=IN_KUANGQU)).code == KUANGQU


async def test_an_old_and_a_withdrawn_code_still_tell_where_they_hang(database_url: str) -> None:
    async with connected(database_url) as connection:
        checkpoint = await post_checkpoint(connection, await open_premises(connection, KUANGQU))
        token = await token_of(connection, checkpoint.id)
        now = await connection.fetchval("SELECT now()")
        for version, revoked_at, state in ((1, None, "valid"), (1, now, "revoked"), (2, None, "superseded")):
            await checkpoints.set_token(connection, checkpoint.id, version=version, revoked_at=revoked_at)
            found = await answering(connection, checkpoint_token=token)
            assert (found.code, found.checkpoint_token) == (KUANGQU, state)


async def test_a_code_of_a_checkpoint_that_never_was_is_none(database_url: str) -> None:
    async with connected(database_url) as connection:
        place = await open_premises(connection)
        checkpoint = await post_checkpoint(connection, place)
        token = await token_of(connection, checkpoint.id)
        await connection.execute("DELETE FROM checkpoints")
        assert await refused(connection, checkpoint_token=token) == "checkpoint.token_invalid"


async def test_every_replica_signs_with_the_key_of_whoever_came_first(database_url: str) -> None:
    async with connected(database_url) as one, connected(database_url) as other:
        checkpoint = await post_checkpoint(one, await open_premises(one))
        token = await checkpoint_tokens.written(one, checkpoint)
        assert await checkpoint_tokens.written(other, checkpoint) == token
        assert (await checkpoint_tokens.scanned(other, token)).checkpoint == checkpoint
        assert await one.fetchval("SELECT count(*) FROM signing_keys") == 1


async def test_the_owner_of_a_place_is_proposed_while_they_may_rectify_there(database_url: str) -> None:
    async with connected(database_url) as connection:
        owned = await open_premises(connection, owner_id=account_id("owner"))
        nobodys = await open_premises(connection)
        not_an_owner = await open_premises(connection, owner_id=account_id("auditor"))
        from_elsewhere = await open_premises(connection, KUANGQU, owner_id=account_id("owner"))

        async def proposed(premises_id: Any) -> Any:
            return (await answering(connection, premises_id=premises_id)).proposed_owner_id

        assert await proposed(owned.id) == account_id("owner")
        for place in (nobodys, not_an_owner, from_elsewhere):
            assert await proposed(place.id) is None
        await accounts.disable(connection, account_id("owner"), (await connection.fetchval("SELECT now()")))
        assert await proposed(owned.id) is None


async def area_at(connection: Connection, longitude: float, latitude: float) -> str | None:
    found = await areas.at(connection, Coordinate(longitude, latitude))
    return None if found is None else found.code


async def test_a_point_lies_in_the_area_that_wins_it(database_url: str) -> None:
    async with connected(database_url) as connection:
        await draw_districts(connection)
        assert await area_at(connection, 10.5, 10.5) == CHENGQU
        assert await area_at(connection, 17.0, 11.0) == KUANGQU
        assert await area_at(connection, 13.5, 13.5) == HIGH_TECH, "in 城区 and in the zone"
        assert await area_at(connection, 14.5, 13.5) == HIGH_TECH, "in 矿区 and in the zone"
        assert await area_at(connection, 11.5, 11.5) is None, "in the hole"
        assert await area_at(connection, 18.5, 11.0) is None
        assert await area_at(connection, 10.5, 9.9999999) is None


async def test_a_point_on_a_border_always_belongs_somewhere(database_url: str) -> None:
    async with connected(database_url) as connection:
        await draw_districts(connection)
        assert await area_at(connection, 10.0, 10.0) == CHENGQU, "a corner"
        assert await area_at(connection, 12.0, 10.0) == CHENGQU, "an edge"
        assert await area_at(connection, 14.0, 11.0) == CHENGQU, "between equals the code decides"
        assert await area_at(connection, 13.0, 12.5) == HIGH_TECH, "the zone wins its edge, too"
        assert await area_at(connection, 11.0, 11.5) is None, "an edge of a hole belongs to the hole"
        await draw(connection, "enclave", box(11, 11, 1), organization=KUANGQU)
        assert await area_at(connection, 11.0, 11.5) == "enclave"
        assert await area_at(connection, 11.5, 11.5) == "enclave"


async def test_a_hole_counts_in_its_own_part_alone(database_url: str) -> None:
    async with connected(database_url) as connection:
        island = (square(11.25, 11.25, 0.5),)
        await draw(connection, "lake", (*box(10, 10, 4, square(11, 11, 1)), island), organization=CHENGQU)
        assert await area_at(connection, 11.1, 11.1) is None
        assert await area_at(connection, 11.5, 11.5) == "lake"


async def test_a_boundary_is_drawn_anew_and_told_as_it_was_drawn(database_url: str) -> None:
    async with connected(database_url) as connection:
        area = areas.Area(CHENGQU, "城区", organization_id(CHENGQU))
        drawn = (*box(10, 10, 4, square(11, 11, 1)), *box(20, 20, 1))
        assert await areas.upsert(connection, area, drawn) == "added"
        assert await areas.boundaries(connection) == {CHENGQU: drawn}
        assert await areas.upsert(connection, area, drawn) == "unchanged"
        assert await areas.upsert(connection, area, None) == "unchanged"
        assert await areas.upsert(connection, area, box(10, 10, 1)) == "changed"
        assert await areas.boundaries(connection) == {CHENGQU: box(10, 10, 1)}
        with pytest.raises(Problem, match=r"area\.invalid"):
            await areas.upsert(connection, areas.Area("a b", "x", organization_id(CHENGQU)), None)


async def test_only_one_key_is_made_when_many_print_the_first_code_at_once(database_url: str) -> None:
    async with connected(database_url) as one, connected(database_url) as other:
        checkpoint = await post_checkpoint(one, await open_premises(one))
        first = one.transaction()
        await first.start()
        token = await checkpoint_tokens.written(one, checkpoint)
        # The second one waits for the first to decide, and does not sign with a key of its own.
        await other.execute("SET lock_timeout = '100ms'")
        with pytest.raises(asyncpg.LockNotAvailableError):
            await checkpoint_tokens.written(other, checkpoint)
        await first.commit()
        assert await checkpoint_tokens.written(other, checkpoint) == token
