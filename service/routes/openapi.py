"""What the API's description says beyond types: problems by name, examples, headers and bodies that handlers read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import (
    Example,
    OpenAPIHeader,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Parameter,
    RequestBody,
    Responses,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIFormat

from schemas.base import Answer
from service import i18n
from service.problems import status_of


class ProblemBody(Answer, frozen=True):
    """An RFC 9457 problem. Branch on `code`; `title` and `detail` are sentences in the language asked for."""

    type: Annotated[str, msgspec.Meta(description="a URI reference that names the problem")]
    title: str
    status: int
    code: str
    detail: str | None = None


COMMON = ("session.required", "request.invalid", "server.not_ready")
"""What every call of a signed-in person may answer."""


FORM = ("request.incomplete", "request.timeout", "request.too_large")
"""What every call with a JSON body may answer besides."""


def answers(*codes: str, signed_in: bool = True) -> dict[int, ResponseSpec]:
    """`responses=` of a route handler: the named problems grouped by status, each code an example of its own."""
    grouped: dict[int, list[str]] = {}
    for code in dict.fromkeys((*codes, *(COMMON if signed_in else ("request.invalid", "server.not_ready")))):
        grouped.setdefault(status_of(code), []).append(code)
    return {
        status: ResponseSpec(
            data_container=ProblemBody,
            description="; ".join(f"`{code}`" for code in named),
            media_type="application/problem+json",
            generate_examples=False,
            examples=[Example(summary=code, id=code, value=problem_body(code, "en")) for code in named],
        )
        for status, named in sorted(grouped.items())
    }


def problem_body(code: str, language: i18n.Language, /, **parameters: object) -> dict[str, Any]:
    """The members of a problem+json body; `parameters` fill the sentences and are members too."""
    status = status_of(code)
    body: dict[str, Any] = {
        "type": f"urn:clearway:problem:{code}",
        "title": i18n.translate(f"problems.{code}.title", language),
        "status": status,
        "code": code,
    }
    if (detail := i18n.find(f"problems.{code}.detail", language, **parameters)) is not None:
        body["detail"] = detail
    return body | {name: value for name, value in parameters.items() if name not in body}


def request_header(name: str, description: str, example: str, *, required: bool = False) -> Parameter:
    """A header that a handler reads by itself."""
    schema = Schema(type=OpenAPIType.STRING)
    return Parameter(name, "header", schema, description=description, required=required, example=example)


def operation(
    *,
    body: str | None = None,
    is_body_required: bool = True,
    headers: Sequence[Parameter] = (),
    requires: Sequence[str] = (),
    examples: Mapping[int, Answer] | None = None,
    bodiless: int | None = None,
    media_types: Sequence[str] = (),
    pages: Sequence[int] = (),
    not_modified: bool = False,
    redirects: bool = False,
) -> type[Operation]:
    """`operation_class=` of a route handler: what its types cannot say.

    `body` is the media type of a body of bytes, `headers` are read by the handler itself, `requires` names headers
    without which it answers a problem of its own, `examples` are answers by status. The answer with status `bodiless`
    has no body. `media_types` are those of the answer with status 200: its alternatives, one each, or the same for all.
    Problems with a status in `pages` are shown as HTML. `not_modified`: who has the answer already gets 304.
    `redirects`: the store may answer instead, at an address of its own.
    """

    @dataclass
    class Described(Operation):
        def __post_init__(self) -> None:
            if body is not None:
                schema = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
                self.request_body = RequestBody({body: OpenAPIMediaType(schema=schema)}, required=is_body_required)
            self.parameters = [*(self.parameters or ()), *headers] or None
            for parameter in self.parameters or ():
                if isinstance(parameter, Parameter) and parameter.name in requires:
                    parameter.required = True
            responses = self.responses = self.responses or {}
            for status, answer in (examples or {}).items():
                [content] = _content(responses, status).values()
                content.examples = {"example": Example(value=msgspec.to_builtins(answer))}
            if bodiless is not None:
                _response(responses, bodiless).content = None
            if media_types:
                _response(responses, 200).content = _by_media_type(_content(responses, 200), media_types)
            for status in pages:
                _content(responses, status)["text/html"] = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
            if not_modified:
                headers_of_200 = _response(responses, 200).headers
                responses["304"] = OpenAPIResponse("If-None-Match names the ETag", headers=headers_of_200)
            if redirects:
                responses["302"] = OpenAPIResponse(
                    "Where this service redirects downloads: the object store's address of the bytes, signed for a "
                    "GET without a session within a short time. Do not send Authorization there",
                    headers={"Location": OpenAPIHeader(schema=Schema(type=OpenAPIType.STRING))},
                )

    return Described


def _response(responses: Responses, status: int) -> OpenAPIResponse:
    response = responses[str(status)]
    assert isinstance(response, OpenAPIResponse)
    return response


def _content(responses: Responses, status: int) -> dict[str, OpenAPIMediaType]:
    content = _response(responses, status).content
    assert content is not None
    return content


def _by_media_type(content: dict[str, OpenAPIMediaType], media_types: Sequence[str]) -> dict[str, OpenAPIMediaType]:
    [only] = content.values()
    alternatives = only.schema.one_of if isinstance(only.schema, Schema) else None
    if alternatives is None:
        return dict.fromkeys(media_types, only)
    schemas = zip(media_types, alternatives, strict=True)
    return {media_type: OpenAPIMediaType(schema=schema) for media_type, schema in schemas}
