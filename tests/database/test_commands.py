"""What an operator types: organizations, accounts, passwords, migrations; and what they read when it goes wrong."""

import asyncio
import getpass
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from service import cli
from service.embedded_postgres import EmbeddedPostgres
from service.migrator import packaged
from service.workflows import accounts as workflow
from tests import people
from tests.servers import free_port

Command = Callable[..., tuple[int, str]]


@pytest.fixture
def clearway(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs a command as the shell would; returns its status and what it printed."""
    # Logging belongs to the test run.
    monkeypatch.setattr(cli, "configure_logging", lambda *_: None)

    def run(
        *arguments: str,
        database: str = database_url,
        store: str = (tmp_path / "store").as_uri(),
        password: str = people.PASSWORD,
    ) -> tuple[int, str]:
        monkeypatch.setenv("CLEARWAY_DATABASE_URL", database)
        monkeypatch.setenv("CLEARWAY_STORE_URL", store)
        monkeypatch.setenv("CLEARWAY_PASSWORD", password)
        monkeypatch.setattr(sys, "argv", ["clearway", *arguments])
        with pytest.raises(SystemExit) as ending:
            cli.main()
        printed = capsys.readouterr()
        return int(ending.value.code or 0), printed.out + printed.err

    return run


async def fetch(database_url: str, query: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(database_url)
    try:
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()


async def in_thread(command: Command, *arguments: str, **named: str) -> tuple[int, str]:
    """The command makes an event loop of its own."""
    return await asyncio.to_thread(command, *arguments, **named)


async def test_an_operator_makes_an_organization_and_an_account_that_can_sign_in(
    clearway: Command, database_url: str
) -> None:
    assert await in_thread(clearway, "create-organization", "140311", "郊区", "--parent", "140300") == (
        0,
        "organization 140311 郊区 added\n",
    )
    made = await in_thread(
        clearway, "create-account", "inspector3", "检查员C", "--role", "inspector@140311", "--role", "desk@140303"
    )
    assert made == (0, "account inspector3 added: inspector@140311, desk@140303\n")
    assert await fetch(
        database_url,
        """SELECT m.role, o.code FROM memberships m JOIN organizations o ON o.id = m.organization_id
           JOIN accounts a ON a.id = m.account_id WHERE a.account = 'inspector3' ORDER BY 1""",
    ) == [("desk", "140303"), ("inspector", "140311")]
    assert await fetch(database_url, "SELECT kind, actor_id FROM events WHERE subject = 'account'") == [
        ("account.created", None)
    ]
    [(kept,)] = await fetch(database_url, "SELECT password_hash FROM accounts WHERE account = 'inspector3'")
    assert str(kept).startswith("$argon2id$")
    assert await workflow.password_matches(str(kept), people.PASSWORD)


async def test_a_mistake_is_told_in_a_sentence_and_changes_nothing(clearway: Command, database_url: str) -> None:
    before = await fetch(database_url, "SELECT count(*) FROM accounts")
    for arguments, sentence in (
        (("create-account", "desk", "x", "--role", "desk@140302"), "desk is taken"),
        (("create-account", "new", "x", "--role", "chief@140302"), "no role chief"),
        (("create-account", "new", "x", "--role", "desk@999999"), "no organization 999999"),
        (("create-account", "New One", "x", "--role", "desk@140302"), "a-z"),
        (("create-account", "new", "", "--role", "desk@140302"), "1 to 100"),
        (("create-organization", "140302", "城区"), "140302 is taken"),
        (("create-organization", "14 03", "城区"), "A-Z"),
        (("create-organization", "140311", "郊区", "--parent", "1"), "no organization 1"),
        (("set-password", "nobody"), "no account nobody"),
        (("disable-account", "nobody"), "no account nobody"),
    ):
        status, printed = await in_thread(clearway, *arguments)
        assert status == 1, printed
        assert sentence in printed
        assert "Traceback" not in printed
    status, printed = await in_thread(clearway, "set-password", "desk", password="too short")
    assert (status, "12 characters" in printed) == (1, True)
    status, printed = await in_thread(clearway, "create-account", "new", "x", "--role", "desk")
    assert (status, "ROLE@CODE" in printed) == (2, True)
    assert await fetch(database_url, "SELECT count(*) FROM accounts") == before
    assert await fetch(database_url, "SELECT count(*) FROM events") == [(0,)]


async def test_a_new_password_and_a_disabled_account_end_the_sessions(clearway: Command, database_url: str) -> None:
    for arguments, told in (
        (("set-password", "DESK"), "password of desk set, every session of the account ended\n"),
        (("disable-account", " Reviewer"), "account reviewer disabled, every session of it ended\n"),
    ):
        assert await in_thread(clearway, *arguments) == (0, told)
    left = await fetch(
        database_url,
        """SELECT a.account FROM sessions s JOIN accounts a ON a.id = s.account_id
           WHERE a.account IN ('desk', 'reviewer')""",
    )
    assert left == []
    assert await fetch(database_url, "SELECT kind FROM events ORDER BY id") == [
        ("account.password_set",),
        ("account.disabled",),
    ]


async def test_migrating_prints_what_was_applied(clearway: Command, empty_database_url: str) -> None:
    status, printed = await in_thread(clearway, "migrate", database=empty_database_url)
    assert (status, printed.split()) == (0, [f"{item.version:04d}_{item.name}" for item in packaged()])
    assert await in_thread(clearway, "migrate", database=empty_database_url) == (0, "up to date\n")


async def test_a_database_that_cannot_be_reached_is_told_without_a_traceback_or_a_password(clearway: Command) -> None:
    for address in ("postgresql://me:secret@127.0.0.1:1/none", "postgresql://me:secret@/none?host=/nowhere"):
        for arguments in (("migrate",), ("disable-account", "desk")):
            status, printed = await in_thread(clearway, *arguments, database=address)
            assert (status, printed.count("\n")) == (1, 1), printed
            assert printed.startswith("clearway: the database cannot be reached")
            assert "secret" not in printed


async def test_a_wrong_password_for_the_database_is_told_without_a_traceback(
    clearway: Command, database_url: str
) -> None:
    before, _, after = database_url.partition("@")
    wrong = f"{before.rpartition(':')[0]}:a-wrong-one@{after}"
    for arguments in (("migrate",), ("disable-account", "desk")):
        status, printed = await in_thread(clearway, *arguments, database=wrong)
        assert (status, printed.count("\n")) == (1, 1), printed
        assert "a-wrong-one" not in printed


def test_a_missing_or_misspelled_setting_is_told(clearway: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert clearway("migrate", database="") == (2, "clearway: setting: CLEARWAY_DATABASE_URL is missing\n")
    monkeypatch.setenv("CLEARWAY_PROT", "1")
    assert clearway("migrate") == (2, "clearway: setting: unknown setting CLEARWAY_PROT\n")


def test_an_address_of_another_kind_is_told(clearway: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments in (("migrate",), ("serve",), ("worker",), ("disable-account", "desk")):
        status, printed = clearway(*arguments, database="nonsense")
        assert (status, printed.count("\n")) == (2, 1), printed
        assert "CLEARWAY_DATABASE_URL" in printed
    for arguments in (("serve",), ("worker",), ("disable-account", "desk")):
        status, printed = clearway(*arguments, store="ftp://bucket")
        assert (status, printed.count("\n")) == (2, 1), printed
        assert "CLEARWAY_STORE_URL" in printed
    status, printed = clearway("migrate", database="postgresql://me:se/cret@127.0.0.1:1/none")
    assert (status, printed.count("\n"), "cret" in printed) == (1, 1, False), printed


@pytest.mark.parametrize("trouble", [EOFError(), getpass.GetPassWarning("no terminal")])
def test_whoever_gives_no_password_and_has_no_terminal_is_told(
    clearway: Command, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    def ask(_: str) -> str:
        raise trouble

    monkeypatch.setattr(getpass, "getpass", ask)
    status, printed = clearway("set-password", "desk", password="")
    assert (status, printed.count("\n")) == (2, 1), printed
    assert "CLEARWAY_PASSWORD" in printed


def test_a_demo_that_cannot_start_says_why_in_a_sentence(clearway: Command, tmp_path: Path) -> None:
    occupied = tmp_path / "a file"
    occupied.touch()
    for arguments, sentence in (
        (("--port", "70000"), "no port 70000"),
        (("--port", "0"), "no port 0"),
        (("--data", str(occupied)), "a file: File exists"),
        (("--data", str(occupied / "below")), "Not a directory"),
    ):
        status, printed = clearway("demo", "--data", str(tmp_path / "demo"), *arguments)
        assert (status, printed.count("\n")) == (1, 1), printed
        assert sentence in printed


def test_a_demo_started_a_second_time_says_who_uses_its_data(clearway: Command, tmp_path: Path) -> None:
    data = tmp_path / "100% of #1?"
    with EmbeddedPostgres(data / "postgres", durable=False):
        status, printed = clearway("demo", "--data", str(data), "--port", str(free_port()), database="", store="")
    assert status == 1
    assert "is using the database in" in printed
    assert "Traceback" not in printed


def test_the_settings_are_printed_with_their_meaning(clearway: Command) -> None:
    status, printed = clearway("settings")
    assert status == 0
    assert "CLEARWAY_UPLOAD_MAX_BYTES=52428800\n    Largest photo accepted, bytes" in printed
