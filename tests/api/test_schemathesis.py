"""The API's description held against the running server by schemathesis: what it says is what happens."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from service.settings import Settings
from tests.api.described_world import Call, World, seed
from tests.conftest import PROVING
from tests.hazard_factory import description
from tests.people import token
from tests.servers import Server, sign_in

HERE = Path(__file__).parent
UNREACHED = 19
"""How many calls may remain without a success; tests of their own make them succeed. Nine always do: the digest in a
header must be that of the body, times in a body recent, hazards and photos in its lists known. Some depend on luck."""
_HINTS = re.compile(r"^=+ WARNINGS =+$.*?(?=^=+ SUMMARY)", re.MULTILINE | re.DOTALL)


def configuration(world: World, account: str | None, session: str) -> str:
    """The settings of a run: everybody's own calls, or all calls by one account, or by nobody for ""."""
    dictionaries: list[str] = []

    def bound(values: dict[str, list[str]]) -> str:
        lines = []
        for place, each in values.items():
            dictionaries.append(f"[dictionaries.d{len(dictionaries)}]\nvalues = {json.dumps(each)}\n")
            lines.append(f'"{place}" = {{ dictionary = "d{len(dictionaries) - 1}", probability = 0.9 }}')
        return "{ " + ", ".join(lines) + " }"

    def section(call: Call) -> str:
        bearer = token(account) if account else "" if account == "" else token(call.account) if call.account else ""
        if call.path == "/api/v1/sessions/current":
            bearer = session
        lines = [f"include-name = {json.dumps(f'{call.method} {call.path}')}"]
        if bearer:
            lines.append(f'headers = {{ Authorization = "Bearer {bearer}" }}')
        lines.append(f"parameters = {bound(call.values)}")
        return "[[operations]]\n" + "\n".join(lines) + "\n"

    own = {(call.method, call.path): call for call in world.calls}
    sections = []
    for path, item in description()["paths"].items():
        for method in item:
            call = own.get((method.upper(), path)) or Call(method.upper(), path, "desk")
            sections.append(section(call))
    general = f"hooks = {json.dumps(str(HERE / 'schemathesis_hooks.py'))}\nparameters = {bound(world.values)}\n"
    return "\n".join([general, (HERE / "schemathesis.toml").read_text(), *dictionaries, *sections])


def run(server: Server, folder: Path, settings: str, *more: str) -> str:
    """What schemathesis found and how much it tried; "" if it found nothing."""
    home = folder / uuid4().hex
    home.mkdir()
    (home / "schemathesis.toml").write_text(settings)
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml"),
        *("run", f"{server.url}/schema/openapi.json", "--checks", "all", "--no-color", "--continue-on-failure"),
        *("--generation-deterministic", *more),
    ]
    environment = os.environ | {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(command, cwd=home, capture_output=True, text=True, env=environment, check=False)
    print(*command, ran.stdout, sep="\n")
    if ran.returncode == 0:
        return ""
    return _HINTS.sub("", ran.stdout) + ran.stderr + server.log


def unreached(log: bytes) -> set[str]:
    """The calls that never succeeded, by the lines of the server's log."""
    succeeded = set()
    # The last line may still be being written.
    for line in log.split(b"\n")[:-1]:
        entry = json.loads(line) if line.startswith(b"{") else {}
        if 200 <= entry.get("status", 0) < 300:
            succeeded.add((entry["method"], entry["path"]))
    return {
        f"{method.upper()} {path}"
        for path, item in description()["paths"].items()
        for method in item
        # Probes and scrapes that succeed are not logged.
        if not path.startswith(("/health/", "/metrics"))
        and not any(
            (made, re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", path), address) is not None) == (method.upper(), True)
            for made, address in succeeded
        )
    }


@pytest.mark.prove(minutes=2)
def test_the_server_answers_only_what_its_description_declares(
    running_server: Server, settings: Settings, tmp_path: Path
) -> None:
    """All checks, every operation: no 5xx, no undeclared status, header, media type or shape."""
    world = seed(running_server.url, settings, copies=4 if PROVING else 2)
    log = tmp_path / "serve.log"
    begun = log.stat().st_size

    def configured(account: str | None) -> str:
        return configuration(world, account, sign_in(running_server.url, "auditor"))

    # Everybody makes their own calls, so that each can succeed.
    phases = "examples,coverage,fuzzing,stateful" if PROVING else "examples,coverage,fuzzing"
    many = str(20 if PROVING else 2)
    found = run(running_server, tmp_path, configured(None), "--phases", phases, "--max-examples", many)
    assert found == "", found
    missed = unreached(log.read_bytes()[begun:])
    assert len(missed) <= UNREACHED, sorted(missed)

    maps = ("--include-path", "/api/v1/hazards", "--include-path", "/api/v1/areas")
    accept = ("--header", "Accept: application/geo+json")
    found = run(running_server, tmp_path, configured("desk"), *maps, *accept, "--phases", "examples,fuzzing")
    assert found == "", found

    # Anybody tries everything.
    for account in ("", "desk", "owner", "inspector", "approver", "editor", "publisher") if PROVING else ("",):
        phases = "examples,fuzzing" if PROVING else "examples"
        found = run(running_server, tmp_path, configured(account), "--phases", phases, "--max-examples", "3")
        assert found == "", f"as {account or 'nobody'}: {found}"
