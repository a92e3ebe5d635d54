"""The API's description held against the running server by schemathesis: what it says is what happens."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.settings import Settings
from tests.api.described_world import Call, World, seed
from tests.conftest import PROVING
from tests.hazard_factory import description
from tests.people import token
from tests.servers import Server, sign_in

HERE = Path(__file__).parent
EXAMPLES = 40 if PROVING else 4


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
        lines = [f"include-path = {json.dumps(call.path)}", f'include-method = "{call.method}"']
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


def run(server: Server, folder: Path, name: str, settings: str, *more: str) -> str | None:
    """What schemathesis found, None if nothing."""
    home = folder / name
    home.mkdir()
    (home / "schemathesis.toml").write_text(settings)
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml"),
        *("run", f"{server.url}/schema/openapi.json"),
        *("--checks", "all", "--seed", "1", "--no-color", "--continue-on-failure"),
        *("--generation-deterministic", "--max-examples", str(EXAMPLES)),
        *more,
    ]
    environment = os.environ | {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(command, cwd=home, capture_output=True, text=True, env=environment)
    (home / "told.txt").write_text(ran.stdout + ran.stderr)
    return ran.stdout + ran.stderr if ran.returncode else None


@pytest.mark.prove
def test_the_server_answers_only_what_its_description_declares(
    running_server: Server, settings: Settings, tmp_path: Path
) -> None:
    """All checks, every operation: no 5xx, no undeclared status, header, media type or shape."""
    world = seed(running_server.url, settings, copies=4)
    found = run(
        running_server, tmp_path, "everybody", configuration(world, None, sign_in(running_server.url, "auditor"))
    )
    assert found is None, found
