"""What the API's description says of hazards is what the table says."""

from typing import Any

import msgspec
import pytest

from schemas.hazards import Action, HazardReport, State
from service.domain.lifecycle import TRANSITIONS
from service.problems import CATALOGUE
from service.routes import hazard_examples
from tests.handbook import LOOP
from tests.hazard_factory import described_problems, description


def operation(path: str, method: str) -> dict[str, Any]:
    found: dict[str, Any] = description()["paths"][path][method]
    return found


def address(action: Action) -> str:
    return f"/api/v1/hazards/{{hazard_id}}/actions/{action}"


@pytest.mark.parametrize("action", Action)
def test_every_action_is_described_with_its_body_and_an_example_that_is_accepted(action: Action) -> None:
    told = operation(address(action), "post")
    row, line = TRANSITIONS[action], LOOP[action]
    schema = told["requestBody"]["content"]["application/json"]["schema"]
    body = description()["components"]["schemas"][schema["allOf"][0]["$ref"].rsplit("/", 1)[1]]
    assert set(body["properties"]) == set(row.body.__struct_fields__)
    (example,) = schema["examples"]
    assert msgspec.convert(example, row.body)
    target = f"`{line.target}`" if line.target else "the same state"
    if line.if_major != line.target:
        target += f" (a major hazard to `{line.if_major}`)"
    sources = ", ".join(f"`{state}`" for state in State if state in line.sources)
    assert told["description"].endswith(
        f" From {sources} to {target}; needs `{line.permission}`, party `{line.party}`."
    )
    assert {"hazard.action_not_allowed_now", "hazard.version_stale", *row.problems} <= {
        code for _, code in described_problems("POST", address(action))
    }


def test_the_example_of_a_report_is_accepted() -> None:
    told = operation("/api/v1/hazards/{hazard_id}", "put")
    (example,) = told["requestBody"]["content"]["application/json"]["schema"]["examples"]
    assert msgspec.convert(example, HazardReport) == msgspec.convert(hazard_examples.REPORT, HazardReport)


def test_every_problem_of_hazards_is_described_where_it_can_happen() -> None:
    described = {
        code
        for path, item in description()["paths"].items()
        if path.startswith("/api/v1/hazards")
        for method in item
        for _, code in described_problems(method.upper(), path)
    }
    ours = {code for code in CATALOGUE if code.split(".")[0] in ("hazard", "action", "page")}
    assert ours <= described


def test_every_call_names_its_success() -> None:
    for path, item in description()["paths"].items():
        if path.startswith(("/api/v1/hazards", "/api/v1/categories")):
            for method, told in item.items():
                success = told["responses"]["201" if method == "put" else "200"]
                assert "$ref" in str(success["content"]["application/json"]["schema"]), (method, path)
