"""The fields of bodies and query strings of the API that name things, found in its description."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from rustrak.api import whole

_NAMES = re.compile(
    r"(^|_)ids?$|issue|project|channel|team|repositor|people|member|assign|grouping|(^|\.)event$|person|rule|search|comment"
)


def found() -> set[str]:
    """`post /api/teams: members` for each field that looks like a reference."""
    document = whole.document("/")
    schemas = document["components"]["schemas"]
    said = set()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            named = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
            if body := operation.get("requestBody"):
                named += _fields(body["content"]["application/json"]["schema"], schemas, ())
            said |= {f"{method} {path}: {name}" for name in named if _NAMES.search(name)}
    return said


def _fields(schema: Mapping[str, Any], schemas: Mapping[str, Any], within: tuple[str, ...]) -> Iterator[str]:
    """The names of all fields of a schema, those of what is in it after a point."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in within:
            yield from _fields(schemas[name], schemas, (*within, name))
        return
    for name, value in schema.get("properties", {}).items():
        yield name
        for inner in (value, *value.get("anyOf", ()), *([value["items"]] if "items" in value else ())):
            yield from (f"{name}.{each}" for each in _fields(inner, schemas, within))
