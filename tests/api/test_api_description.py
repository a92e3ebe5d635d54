"""The API's description at /schema: whole, valid in itself, and true of every call and every problem."""

from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest

from schemas.accounts import SignIn
from service.problems import CATALOGUE, status_of
from service.routes import examples
from tests.hazard_factory import description

Json = dict[str, Any]

OF_COMMANDS = {"account", "area", "backup", "category", "clause", "import", "organization", "role"}
"""Problems that only an operator at the command line meets."""
OF_IMPORTS = {"checkpoint.invalid", "premises.invalid"}
"""Problems of rows that an operator brings in."""
OF_NO_CALL = {
    "case.assessment_incomplete",
    "request.forged",
    "request.method_not_allowed",
    "request.not_found",
    "request.too_large",
    "server.error",
}
"""Problems that any address can answer, known or not."""


def operations() -> Iterator[tuple[str, Json]]:
    """Every call as `METHOD /path` with what is said of it."""
    for path, item in description()["paths"].items():
        for method, told in item.items():
            yield f"{method.upper()} {path}", told


def everywhere(node: Any) -> Iterator[Json]:
    """Every object inside."""
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from everywhere(inner)


def contents(told: Json) -> Iterator[Json]:
    yield from told.get("requestBody", {}).get("content", {}).values()
    for answer in told["responses"].values():
        yield from answer.get("content", {}).values()


async def test_the_description_is_served_to_whoever_asks(client: httpx.AsyncClient) -> None:
    for address in ("/schema", "/schema/openapi.json"):
        answer = await client.get(address)
        assert answer.status_code == 200
        assert answer.json()["openapi"].startswith("3.1")
        assert answer.json()["info"]["title"] == "Clearway"
        assert len(answer.json()["paths"]) > 30


def test_every_reference_leads_somewhere() -> None:
    schemas = description()["components"]["schemas"]
    references = {node["$ref"] for node in everywhere(description()) if "$ref" in node}
    assert len(references) > 20
    assert {reference.removeprefix("#/components/schemas/") for reference in references} <= set(schemas)


def test_every_call_is_named_explained_and_filed() -> None:
    seen = set()
    for call, told in operations():
        assert told["summary"], call
        assert told["description"], call
        assert len(told["tags"]) == 1, call
        seen.add(told["operationId"])
        assert any(status.startswith("2") for status in told["responses"]), call
        assert all(answer["description"] for answer in told["responses"].values()), call
    assert len(seen) == len(list(operations()))


def test_every_call_that_needs_a_session_says_so() -> None:
    for call, told in operations():
        is_open = told.get("security") == [{}]
        assert is_open is not ("401" in told["responses"] and not call.endswith("/sessions")), call


def test_every_problem_is_an_example_of_its_own_with_its_own_status() -> None:
    for call, told in operations():
        for status, answer in told["responses"].items():
            for example in answer.get("content", {}).get("application/problem+json", {}).get("examples", {}).values():
                body = example["value"]
                assert body["status"] == int(status) == status_of(body["code"]), call
                assert f"`{body['code']}`" in answer["description"], call
            if int(status) >= 400 and not call.startswith("GET /health/"):
                assert "application/problem+json" in answer["content"], (call, status)


def test_every_problem_of_the_catalogue_is_named_by_some_call() -> None:
    named = {
        example["value"]["code"]
        for _, told in operations()
        for answer in told["responses"].values()
        for example in answer.get("content", {}).get("application/problem+json", {}).get("examples", {}).values()
    }
    of_calls = {code for code in CATALOGUE if code.partition(".")[0] not in OF_COMMANDS} - OF_NO_CALL - OF_IMPORTS
    assert of_calls - named == set()


def test_every_answer_in_json_has_a_shape() -> None:
    for call, told in operations():
        for status, answer in told["responses"].items():
            for kind, content in answer.get("content", {}).items():
                assert content["schema"] or "json" not in kind, (call, status)


def test_every_body_that_is_sent_has_an_example() -> None:
    schemas = description()["components"]["schemas"]
    for call, told in operations():
        for kind, content in told.get("requestBody", {}).get("content", {}).items():
            if kind != "application/json":
                assert content["schema"]["format"] == "binary", call
                continue
            schema = content["schema"]
            named = schemas[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
            properties = named.get("properties", {})
            shown = [item for item in properties.values() if {"enum", "examples", "$ref"} & item.keys()]
            assert schema.get("examples") or len(shown) == len(properties) > 0, call


def test_every_parameter_of_a_path_is_declared_and_required() -> None:
    for call, told in operations():
        declared = {item["name"] for item in told.get("parameters", []) if item["in"] == "path" and item["required"]}
        assert {part[1:-1] for part in call.split("/") if part.startswith("{")} == declared, call


def test_the_headers_of_a_resumable_upload_are_described() -> None:
    calls = dict(operations())
    for call, headers in (
        ("POST /api/v1/uploads", {"Tus-Resumable", "Upload-Length", "Upload-Metadata", "Upload-Checksum"}),
        ("HEAD /api/v1/uploads/{upload_id}", {"Tus-Resumable"}),
        ("PATCH /api/v1/uploads/{upload_id}", {"Tus-Resumable", "Upload-Offset", "Upload-Checksum"}),
        ("DELETE /api/v1/uploads/{upload_id}", {"Tus-Resumable"}),
    ):
        described = {item["name"]: item for item in calls[call]["parameters"] if item["in"] == "header"}
        assert set(described) == headers
        assert all(item["description"] and item["example"] for item in described.values())
    for status, call in (("201", "POST /api/v1/uploads"), ("204", "PATCH /api/v1/uploads/{upload_id}")):
        assert {"Upload-Offset", "Upload-Expires", "Repr-Digest"} <= set(calls[call]["responses"][status]["headers"])


@pytest.mark.parametrize(
    ("call", "status", "example"),
    [
        ("POST /api/v1/sessions", "201", examples.SESSION),
        ("GET /api/v1/me", "200", examples.ME),
        ("PUT /api/v1/photos/{photo_id}", "201", examples.RECEIPT),
        ("PUT /api/v1/photos/{photo_id}", "200", examples.RECEIPT),
        ("GET /api/v1/photos/{photo_id}/receipt", "200", examples.RECEIPT),
        ("GET /api/v1/photos/{photo_id}", "200", examples.PHOTO),
    ],
)
def test_an_answers_example_is_one_that_the_service_could_give(call: str, status: str, example: Any) -> None:
    [content] = dict(operations())[call]["responses"][status]["content"].values()
    [shown] = [item["value"] for item in content["examples"].values()]
    # The framework leaves nulls out of what it describes.
    assert msgspec.convert(dict.fromkeys(example.__struct_fields__) | shown, type(example)) == example


def test_the_example_of_signing_in_is_accepted() -> None:
    properties = description()["components"]["schemas"]["SignIn"]["properties"]
    assert msgspec.convert({name: item["examples"][0] for name, item in properties.items()}, SignIn)
