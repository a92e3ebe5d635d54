"""`clearway doctor` on real parts: what is missing is said in words, and keeps nothing else from being told."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import asyncpg
import pytest

from service import i18n
from service.doctor.database import judged
from service.doctor.findings import State
from service.repositories.server_facts import ServerFacts
from tests.conftest import missing
from tests.debian_postgres import debian_postgres, debian_postgres_programs
from tests.doctor.poolers import pgbouncer, pgbouncer_program
from tests.s3_servers import S3Server
from tests.servers import free_port, service_environment

GOOD = ServerFacts(
    version=180001,
    encoding="UTF8",
    connections=97,
    is_encrypted=True,
    is_local=False,
    may_create=True,
    strangers_tables=0,
)


def run(environment: dict[str, str], *command: str) -> tuple[int, str]:
    """A `clearway` command as an operator types it; status and all that it printed."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("CLEARWAY_")}
    done = subprocess.run(
        [sys.executable, "-m", "service.cli", *command],
        env=others | {"LC_ALL": "C.UTF-8"} | environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def diagnosis(environment: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """Status, and the findings by their codes."""
    status, printed = run(environment, "doctor", "--json")
    findings = json.loads(printed)["findings"]
    return status, {finding["code"]: finding for finding in findings}


def bad(findings: dict[str, Any]) -> set[str]:
    """The codes of what is not as it should be."""
    return {code for code, finding in findings.items() if finding["state"] != "ok"}


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    """Everything as it should be."""
    contact = "城管局 0353-2290000"
    values = service_environment(database_url, tmp_path / "store", disk_floor_bytes=0, objection_contact=contact)
    return values | {"CLEARWAY_STORE_URL": (tmp_path / "store").as_uri()}


def test_a_place_where_all_is_well(environment: dict[str, str], tmp_path: Path) -> None:
    status, printed = run(environment, "doctor", "--language", "en")
    assert (status, printed.splitlines()[-1]) == (0, "Clearway can run here."), printed
    assert "Notifications arrive" in printed
    assert [path for path in (tmp_path / "store").rglob("*") if path.is_file() and path.stat().st_size] == []
    status, printed = run(environment, "doctor", "--language", "zh-CN")
    assert (status, printed.splitlines()[-1]) == (0, "Clearway 可以在这里运行。")


def test_a_database_that_is_away_keeps_nothing_else_from_being_told(environment: dict[str, str]) -> None:
    away = environment | {"CLEARWAY_DATABASE_URL": f"postgresql://clearway:hush-hush@127.0.0.1:{free_port()}/x"}
    status, findings = diagnosis(away)
    assert (status, bad(findings)) == (1, {"database.unreachable"})
    assert "store.keeps" in findings
    assert "hush-hush" not in json.dumps(findings)


def test_nothing_set_is_told_and_not_a_trace() -> None:
    status, printed = run({}, "doctor", "--language", "en")
    assert status == 1
    assert "CLEARWAY_DATABASE_URL is missing" in printed
    assert "CLEARWAY_STORE_URL is missing" in printed
    assert "Traceback" not in printed


def test_a_database_without_our_schema(environment: dict[str, str], empty_database_url: str) -> None:
    status, findings = diagnosis(environment | {"CLEARWAY_DATABASE_URL": empty_database_url})
    assert (status, bad(findings)) == (1, {"database.unmigrated"})


async def test_a_database_of_a_newer_version_or_another_past(environment: dict[str, str], database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("UPDATE schema_migrations SET checksum = 'x' WHERE version = 3")
        assert bad(diagnosis(environment)[1]) == {"database.edited"}
        await connection.execute("INSERT INTO schema_migrations (version, name, checksum) VALUES (9999, 'x', 'x')")
        assert bad(diagnosis(environment)[1]) & {"database.newer", "database.edited"}
    finally:
        await connection.close()


def test_a_public_site_without_anybody_to_object_to(environment: dict[str, str]) -> None:
    status, findings = diagnosis(environment | {"CLEARWAY_OBJECTION_CONTACT": " "})
    assert (status, bad(findings)) == (0, {"publishing.no_contact"})
    assert "CLEARWAY_OBJECTION_CONTACT" in findings["publishing.no_contact"]["text"]
    assert "0353-2290000" in diagnosis(environment)[1]["publishing.contact"]["text"]


def test_a_store_without_room(environment: dict[str, str]) -> None:
    status, findings = diagnosis(environment | {"CLEARWAY_DISK_FLOOR_BYTES": str(1 << 60)})
    assert (status, bad(findings)) == (1, {"store.no_room"})


def test_a_bucket_is_looked_at_and_wrong_keys_are_told(environment: dict[str, str], rclone: S3Server) -> None:
    bucket = rclone.environment(rclone.make_bucket())
    status, findings = diagnosis(environment | bucket)
    assert (status, bad(findings)) == (0, {"store.single_writer"}), findings
    status, findings = diagnosis(environment | bucket | {"CLEARWAY_S3_SECRET_KEY": "not-the-right-one"})
    assert (status, bad(findings)) == (1, {"store.refused"})
    status, findings = diagnosis(environment | bucket | {"CLEARWAY_S3_WRITE_ONCE": "conditional"})
    assert (status, bad(findings)) == (1, {"store.refused"})
    assert "overwritten" in findings["store.refused"]["text"]


@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_a_pooler_serves_in_session_mode_and_is_refused_in_transaction_mode(
    environment: dict[str, str], database_url: str, mode: str
) -> None:
    program = pgbouncer_program()
    if program is None:
        missing("pgbouncer")
        return
    with pgbouncer(program, database_url, mode) as url:
        pooled = environment | {"CLEARWAY_DATABASE_URL": url}
        status, findings = diagnosis(pooled)
        if mode == "session":
            assert (status, bad(findings)) == (0, set()), findings
            return
        assert (status, bad(findings)) == (1, {"database.pooler"})
        for command in ("serve", "worker"):
            status, printed = run(pooled | {"CLEARWAY_PORT": "0"}, command)
            assert status != 0
            assert "a pooler in transaction mode stands before the database" in printed, printed


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A certificate of 127.0.0.1 with its key, and one of somebody else's."""
    folder = tmp_path_factory.mktemp("certificates")
    made = {}
    for name in ("server", "stranger"):
        made[name], made[f"{name}_key"] = folder / f"{name}.crt", folder / f"{name}.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
             "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", str(made[f"{name}_key"]), "-out", str(made[name])],
            check=True, capture_output=True,
        )  # fmt: skip
    return made


def test_postgresql_15_is_reached_by_tls_and_one_that_cannot_prove_who_it_is_is_not(
    environment: dict[str, str], certificates: dict[str, Path]
) -> None:
    programs = debian_postgres_programs()
    if programs is None:
        missing("Debian's postgresql-15")
        return
    with debian_postgres(programs, certificate=(certificates["server"], certificates["server_key"])) as url:
        trusting = f"{url}?sslmode=verify-full&sslrootcert={quote(str(certificates['server']))}"
        encrypted = environment | {"CLEARWAY_DATABASE_URL": trusting}
        status, printed = run(encrypted, "migrate")
        assert status == 0, printed
        status, findings = diagnosis(encrypted)
        assert "PostgreSQL 15" in findings["database.version"]["text"]
        assert bad(findings) <= {"database.no_tools"}, findings
        assert (status, findings["database.encrypted"]["state"]) == (0, "ok")
        wrong = f"{url}?sslmode=verify-full&sslrootcert={quote(str(certificates['stranger']))}"
        status, findings = diagnosis(environment | {"CLEARWAY_DATABASE_URL": wrong})
        assert (status, bad(findings)) == (1, {"database.unreachable"})
        assert "certificate" in findings["database.unreachable"]["text"].lower()
        assert str(urlsplit(url).password) not in json.dumps(findings)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, set()),
        ({"version": 150018}, set()),
        ({"version": 140010}, {"database.version_old"}),
        ({"version": 190000}, {"database.version_untried"}),
        ({"encoding": "SQL_ASCII"}, {"database.encoding"}),
        ({"may_create": False}, {"database.may_not_create"}),
        ({"strangers_tables": 3}, {"database.tables_of_others"}),
        ({"is_encrypted": False}, {"database.not_encrypted"}),
        ({"is_encrypted": False, "is_local": True}, set()),
        ({"connections": 20}, {"database.connections"}),
    ],
)
def test_what_a_server_says_of_itself_is_judged(change: dict[str, Any], found: set[str]) -> None:
    findings = judged(replace(GOOD, **change), 16)
    assert {finding.code for finding in findings if finding.state is not State.OK} == found
    for language in i18n.LANGUAGES:
        assert all(finding.text(language) for finding in findings)
