"""The OpenAPI document: what ninja knows of the operations, and what it cannot know.

Added are the errors that an operation can answer, the headers of versions, what a token must be allowed to do, and what the
parameters mean. All of it follows from the operations themselves.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from pydantic import BaseModel

Json = dict[str, Any]

#: What the errors of all operations mean. docs/api.md, "Errors", says more.
ERRORS = {
    400: "A parameter or the body is wrong; the message names what and why.",
    401: "No session and no token, or a token that is not valid.",
    403: "You may see it, but not do this; or the CSRF token of a session is missing.",
    404: "It does not exist, or you may not see it.",
    409: "It does not fit what is there now; the message says why.",
    412: "`If-Match` names another version than there is now.",
    413: "The body is too large.",
    415: "The body is not sent as application/json.",
    429: "Too often. `Retry-After` says when it is allowed again.",
    500: "A mistake in Rustrak; the server's log says more.",
    503: "The server or the database is busy. `Retry-After` says when to try again.",
}
_ERROR: Json = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["type", "message"],
            "properties": {"type": {"type": "string"}, "message": {"type": "string"}},
        }
    },
    "examples": [{"error": {"type": "ValidationError", "message": "name: must have at least 1 character"}}],
}
_TOO_MANY: Json = {
    "type": "object",
    "required": ["error", "retry_after"],
    "properties": {"error": {"const": "rate_limit_exceeded"}, "retry_after": {"type": "integer"}},
}
_SCHEMES = {
    "Token": "An API token: `Authorization: Bearer <token>`.",
    "Session": "The cookie of a browser's session. What is not a GET also needs the value of the cookie `csrftoken` in the header `X-CSRFToken`.",
}
_ETAG: Json = {
    "description": "The version of what is answered, for `If-Match`.",
    "schema": {"type": "string"},
}
_IF_MATCH: Json = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` that you have seen: nothing is changed if somebody has changed it since.",
    "schema": {"type": "string"},
}


class Description(OpenAPISchema):
    """The document of an API as a dict, `Description(api, path_prefix)`: the installation is mounted at `path_prefix`."""

    def operation_details(self, operation: Operation) -> Json:
        """The description of one operation."""
        details: Json = super().operation_details(operation)
        view = operation.view_func
        details["summary"] = view.__name__.replace("_", " ").capitalize()
        details["description"] = "\n\n".join(_sentences(operation))
        versioned = getattr(view, "versioned", "")
        if versioned == "guarded":
            details["parameters"].append(_IF_MATCH)
        if versioned:
            for status, answer in details["responses"].items():
                if status < 300 and "content" in answer:
                    answer["headers"] = {"ETag": _ETAG}
        if needs := _needs(operation):
            details["x-capability"] = needs
        for status in sorted(_errors(operation, details, versioned == "guarded") - set(details["responses"])):
            details["responses"][status] = {"$ref": f"#/components/responses/{_name(status)}"}
        details["responses"] = {str(status): answer for status, answer in details["responses"].items()}
        return details

    def add_schema_definitions(self, definitions: Json) -> None:
        """Note the schemas of an operation. Raises ValueError for two of one name: the later would describe both."""
        for name, schema in definitions.items():
            if self.schemas.get(name, schema) != schema:
                raise ValueError(f"Two schemas of the API are called {name}.")
        super().add_schema_definitions(definitions)

    def get_components(self) -> Json:
        """The schemas, errors and security schemes."""
        components: Json = super().get_components()
        components["schemas"] |= {"Error": _ERROR, "TooMany": _TOO_MANY}
        components["responses"] = {_name(status): _answer(status) for status in ERRORS}
        for name, scheme in components.get("securitySchemes", {}).items():
            components["securitySchemes"][name] = {**scheme, "description": _SCHEMES.get(name, "")}
        return components


def _name(status: int) -> str:
    return f"Error{status}"


def _answer(status: int) -> Json:
    schema = "TooMany" if status == 429 else "Error"
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": ERRORS[status], "content": content}


def _errors(operation: Operation, details: Json, is_guarded: bool) -> set[int]:
    method = operation.methods[0]
    places = {each["in"] for each in details["parameters"]}
    found = {500, 503}
    if "requestBody" in details:
        found |= {400, 413}
    if "query" in places or method != "GET":
        found.add(400)
    if "path" in places or "requestBody" in details:
        found.add(404)
    if details.get("security"):
        found |= {401, 403}
    else:
        found |= {401, 403, 415} if "requestBody" in details else {403}
    if method != "GET":
        found |= {409, 429}
    if is_guarded:
        found.add(412)
    return found


def _sentences(operation: Operation) -> Iterator[str]:
    """What the operation does, and what its query parameters mean."""
    yield inspect.cleandoc(operation.description or "")
    for model in operation.models:
        if model.__ninja_param_source__ != "query":
            continue
        for field in model.model_fields.values():
            kind = field.annotation
            if inspect.isclass(kind) and issubclass(kind, BaseModel) and (text := vars(kind).get("__doc__")):
                yield inspect.cleandoc(text)


def _needs(operation: Operation) -> str:
    """The capability that a token must have; empty where it needs none."""
    for each in operation.auth_callbacks:
        reads, changes = getattr(each, "needs", (None, None))
        if found := reads if operation.methods[0] == "GET" else changes:
            return str(found)
    return ""
