# ruff: noqa: S608
"""What the database refuses by itself, whoever asks it: a changed past, and rows that make no sense."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from service.domain.permissions import Permission
from service.repositories import accounts, organizations
from tests import people

SHA = "sha256('x')"
ACCOUNT = f"'{people.account_id('inspector')}'"
PHOTO = (
    "INSERT INTO photos (id, uploaded_by, sha256, size, media_type, object_key, received_at) "
    "VALUES (gen_random_uuid(), {account}, {sha}, {size}, 'image/jpeg', 'originals/a', now())"
)
UPLOAD = (
    "INSERT INTO uploads (id, account_id, photo_id, length, confirmed_offset, state, expires_at, created_at) "
    "VALUES (gen_random_uuid(), {account}, gen_random_uuid(), {length}, {offset}, '{state}', now(), now())"
)
EVENT = (
    "INSERT INTO events (subject, subject_id, kind, at, body) "
    "VALUES ('{subject}', gen_random_uuid(), '{kind}', now(), '{{}}')"
)


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def refuses(connection: Any, statement: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await connection.execute(statement)


# The event log


@pytest.mark.parametrize("role", ["origin", "replica"])
async def test_what_happened_can_never_be_changed_or_removed(connection: Any, role: str) -> None:
    await connection.execute(EVENT.format(subject="photo", kind="photo.received"))
    await connection.execute(f"SET session_replication_role = {role}")
    for statement in (
        "UPDATE events SET at = at - interval '1 day'",
        "UPDATE events SET demo = demo",
        "DELETE FROM events",
        "TRUNCATE events",
        "TRUNCATE events CASCADE",
        "TRUNCATE accounts CASCADE",
        "INSERT INTO events (id, subject, subject_id, kind, at, body) OVERRIDING SYSTEM VALUE "
        "SELECT id, subject, subject_id, kind, at, body FROM events ON CONFLICT (id) DO UPDATE SET at = now()",
    ):
        await refuses(connection, statement, asyncpg.RestrictViolationError)
    assert await connection.fetchval("SELECT count(*) FROM events") == 1


async def test_an_event_names_a_subject_and_a_kind_in_the_agreed_grammar(connection: Any) -> None:
    for subject, kind in (("visitor", "photo.received"), ("photo", "received"), ("photo", "Photo.received")):
        await refuses(connection, EVENT.format(subject=subject, kind=kind), asyncpg.CheckViolationError)


async def test_the_database_tells_when_an_event_was_recorded(connection: Any) -> None:
    await connection.execute(EVENT.format(subject="photo", kind="photo.received").replace("now()", "'2001-01-01Z'"))
    assert await connection.fetchval("SELECT now() - recorded_at < interval '1 minute' FROM events")


# Rows that make no sense


async def test_the_database_refuses_impossible_accounts_and_sessions(connection: Any) -> None:
    for statement in (
        "INSERT INTO organizations VALUES (gen_random_uuid(), NULL, 'no spaces', 'x')",
        "INSERT INTO organizations VALUES (gen_random_uuid(), NULL, '1', '')",
        "INSERT INTO accounts VALUES (gen_random_uuid(), 'Capital', 'x', 'x', now())",
        "INSERT INTO accounts VALUES (gen_random_uuid(), '', 'x', 'x', now())",
        "INSERT INTO role_permissions VALUES ('desk', 'everything')",
        f"INSERT INTO sessions VALUES ('short', {ACCOUNT}, now(), now(), now())",
        f"INSERT INTO replays VALUES (gen_random_uuid(), {ACCOUNT}, 'x', 'short', 200, NULL, '', now())",
    ):
        await refuses(connection, statement, asyncpg.CheckViolationError)
    await refuses(
        connection,
        "INSERT INTO accounts VALUES (gen_random_uuid(), 'desk', 'x', 'x', now())",
        asyncpg.UniqueViolationError,
    )


async def test_the_database_refuses_impossible_photos_and_uploads(connection: Any) -> None:
    good = PHOTO.format(account=ACCOUNT, sha=SHA, size=1)
    await connection.execute(good)
    await connection.execute(UPLOAD.format(account=ACCOUNT, length=10, offset=10, state="finished"))
    await connection.execute(UPLOAD.format(account=ACCOUNT, length=10, offset=9, state="open"))
    for statement in (
        PHOTO.format(account=ACCOUNT, sha=SHA, size=0),
        PHOTO.format(account=ACCOUNT, sha="'short'", size=1),
        "UPDATE photos SET rendition_state = 'ready'",
        "UPDATE photos SET rendition_state = 'forgotten'",
        "UPDATE photos SET filename = repeat('x', 256)",
        UPLOAD.format(account=ACCOUNT, length=0, offset=0, state="open"),
        UPLOAD.format(account=ACCOUNT, length=10, offset=11, state="open"),
        UPLOAD.format(account=ACCOUNT, length=10, offset=-1, state="open"),
        UPLOAD.format(account=ACCOUNT, length=10, offset=9, state="finished"),
        UPLOAD.format(account=ACCOUNT, length=10, offset=0, state="lost"),
        f"INSERT INTO upload_segments SELECT id, 0, 0, {SHA}, 'segments/a' FROM uploads",
        f"INSERT INTO upload_segments SELECT id, -1, 1, {SHA}, 'segments/a' FROM uploads",
    ):
        await refuses(connection, statement, asyncpg.CheckViolationError)
    nobody = PHOTO.format(account="gen_random_uuid()", sha=SHA, size=1)
    await refuses(connection, nobody, asyncpg.ForeignKeyViolationError)
    await refuses(connection, f"DELETE FROM accounts WHERE id = {ACCOUNT}", asyncpg.ForeignKeyViolationError)


async def test_two_segments_never_begin_at_the_same_byte(connection: Any) -> None:
    await connection.execute(UPLOAD.format(account=ACCOUNT, length=10, offset=0, state="open"))
    segment = f"INSERT INTO upload_segments SELECT id, 0, 1, {SHA}, 'segments/a' FROM uploads"
    await connection.execute(segment)
    await refuses(connection, segment, asyncpg.UniqueViolationError)


# Data that code relies on


async def test_roles_name_exactly_the_permissions_that_code_asks_for(connection: Any) -> None:
    assert await accounts.granted_permissions(connection) == {permission.value for permission in Permission}


async def test_every_table_has_a_key_and_every_time_a_zone(connection: Any) -> None:
    without_key = await connection.fetch(
        """SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
           AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p')"""
    )
    assert without_key == []
    without_zone = await connection.fetch(
        """SELECT table_name, column_name FROM information_schema.columns
           WHERE table_schema = 'public' AND data_type IN ('timestamp without time zone', 'time without time zone')"""
    )
    assert without_zone == []


async def test_an_organization_is_above_everything_added_below_it(connection: Any) -> None:
    street = people.organization_id("140302001")
    await organizations.insert(
        connection,
        organization_id=street,
        parent_id=people.organization_id(people.CHENGQU),
        code="140302001",
        name="上站街道",
    )
    for code, covers in (("140300", True), ("140302", True), ("140302001", True), ("140303", False)):
        assert (street in await organizations.all_below(connection, code)) is covers, code
