"""Log lines: JSON that can be followed by request, and nothing of a person or a secret in it."""

import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import asyncpg
import httpx
import pytest

from service import logs
from tests import people


class Lines(logging.Handler):
    """Every line as it would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logs.JsonFormatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def lines() -> Iterator[list[str]]:
    handler, root = Lines(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler.lines
    root.removeHandler(handler)
    root.setLevel(level)


def formatted(message: str, *arguments: object, **named: Any) -> dict[str, Any]:
    record = logging.LogRecord("clearway.test", logging.INFO, "", 0, message, arguments, named.pop("exc_info", None))
    for name, value in named.items():
        setattr(record, name, value)
    line = logs.JsonFormatter().format(record)
    assert "\n" not in line
    parsed: dict[str, Any] = json.loads(line)
    return parsed


def test_a_line_says_when_how_bad_who_and_what() -> None:
    line = formatted("job %s", "done", fields={"try": 2, "size": 3.5})
    assert line.pop("at").endswith("+00:00")
    assert line == {"level": "info", "logger": "clearway.test", "message": "job done", "try": 2, "size": 3.5}


def test_a_value_that_json_does_not_know_is_written_as_text() -> None:
    assert formatted("x", fields={"where": people.account_id("desk")})["where"] == str(people.account_id("desk"))


def test_a_line_break_in_a_message_makes_no_second_line() -> None:
    assert formatted('x\n{"level":"error"}')["message"] == 'x\n{"level":"error"}'


def test_an_error_of_the_database_is_logged_without_the_row_that_caused_it() -> None:
    error = asyncpg.CheckViolationError("new row violates a check")
    error.detail = "Failing row contains (阳泉市某单位, 13900000001)."
    error.sqlstate = "23514"
    try:
        raise error
    except asyncpg.CheckViolationError:
        line = formatted("unexpected failure", exc_info=sys.exc_info())
    assert "CheckViolationError: new row violates a check" in line["exception"]
    assert "13900000001" not in line["exception"]


async def test_a_request_is_one_line_without_query_token_account_or_address(
    client: httpx.AsyncClient, lines: list[str]
) -> None:
    answer = await client.post(
        "/api/v1/sessions?password=in-the-query", json={"account": "desk", "password": "guess-1"}
    )
    headers = people.signed_in("desk") | {"User-Agent": "a phone"}
    follow = await client.get("/api/v1/me?phone=13900000001", headers=headers)
    requests = [json.loads(line) for line in lines if json.loads(line)["logger"] == "clearway.request"]
    assert [(line["method"], line["path"], line["status"]) for line in requests] == [
        ("POST", "/api/v1/sessions", 401),
        ("GET", "/api/v1/me", 200),
    ]
    assert [line["request_id"] for line in requests] == [item.headers["X-Request-Id"] for item in (answer, follow)]
    text = "\n".join(line for line in lines if '"logger":"httpx"' not in line)
    for secret in ("in-the-query", "guess-1", people.token("desk"), '"desk"', "13900000001", "127.0.0.1", "a phone"):
        assert secret not in text, secret


async def test_a_fault_of_ours_is_logged_whole_and_told_as_nothing_but_an_id(
    client: httpx.AsyncClient, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("in the middle of it")

    monkeypatch.setattr("service.workflows.accounts.organization_codes", broken)
    answer = await client.get("/api/v1/me", headers=people.signed_in("desk"))
    assert (answer.status_code, answer.json()["code"]) == (500, "server.error")
    assert "middle" not in answer.text
    [logged] = [json.loads(line) for line in lines if "unexpected failure" in line]
    assert logged["request_id"] == answer.headers["X-Request-Id"]
    assert "ZeroDivisionError: in the middle of it" in logged["exception"]
