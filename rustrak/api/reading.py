"""The OpenAPI document as people read it: operations by subject, with tables of what goes in and comes out. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]

_DEEPEST = 3
_EXAMPLES = {"project_id": "1", "issue_id": "019315a0-5c1e-7d4f-8f43-6f1e2a9c77b1", "version": "shop@2.4.0"}


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a field of a body or an answer: `name`, what it is in words, and what more is known."""

    name: str
    kind: str
    is_required: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status that is answered, and what it means."""

    status: str
    text: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One call. `paragraphs` say what it is for; `capability` is what a token must be allowed to do, empty if nothing."""

    anchor: str
    method: str
    path: str
    summary: str
    paragraphs: tuple[str, ...]
    capability: str
    is_open: bool
    takes_tokens: bool
    parameters: tuple[Field, ...]
    body_text: str
    body: tuple[Field, ...]
    curl: str
    answer_text: str
    answer: tuple[Field, ...]
    answers: tuple[Answer, ...]
    errors: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """The operations about one thing. `name` is the tag, `slug` its address."""

    name: str
    slug: str
    operations: tuple[Operation, ...]


def subjects(document: Json) -> dict[str, Subject]:
    """By slug, in alphabetical order."""
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, details in methods.items():
            tag = details.get("tags", ["other"])[0]
            found.setdefault(tag, []).append(_Reader(document).operation(path, method, details))
    return {
        _slug(tag): Subject(tag[:1].upper() + tag[1:], _slug(tag), tuple(operations))
        for tag, operations in sorted(found.items())
    }


def _slug(tag: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", tag.lower()).strip("-")


class _Reader:
    def __init__(self, document: Json) -> None:
        self._components = document["components"]

    def operation(self, path: str, method: str, details: Json) -> Operation:
        """What is to be shown of one operation."""
        body = self._json(details.get("requestBody", {}))
        answers, errors = [], []
        said: Json = {}
        for status, answer in details["responses"].items():
            answer = self._resolved(answer)
            row = Answer(status, answer["description"])
            if status < "300":
                answers.append(row)
                said = self._json(answer) or said
            else:
                errors.append(row)
        security = {name for each in details.get("security", []) for name in each}
        return Operation(
            anchor=details["summary"].lower().replace(" ", "-"),
            method=method.upper(),
            path=path,
            summary=details["summary"],
            paragraphs=tuple(_paragraphs(details.get("description", ""))),
            capability=details.get("x-capability", ""),
            is_open=not security,
            takes_tokens="Token" in security,
            parameters=tuple(self._parameters(details["parameters"])),
            body_text=body.get("description", ""),
            body=tuple(self._fields(body)),
            curl=self._curl(path, method, body, "Token" in security),
            answer_text=self._item(said).get("description", ""),
            answer=tuple(self._fields(said)),
            answers=tuple(answers),
            errors=tuple(errors),
        )

    def _resolved(self, schema: Json) -> Json:
        while "$ref" in schema:
            _, _, kind, name = schema["$ref"].split("/")
            schema = self._components[kind][name]
        return schema

    def _json(self, holder: Json) -> Json:
        """The schema of a body that is JSON; empty without one. One that may be left out is as one that is sent."""
        schema = self._resolved(holder.get("content", {}).get("application/json", {}).get("schema", {}))
        choices = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
        return self._resolved(choices[0]) if len(choices) == 1 else schema

    def _item(self, schema: Json) -> Json:
        """What a list has of; anything else itself."""
        items = schema.get("properties", {}).get("items", {}).get("items")
        return self._resolved(items) if items else schema

    def _parameters(self, parameters: list[Json]) -> Iterator[Field]:
        for each in parameters:
            yield Field(
                each["name"], self._kind(each["schema"]), each["required"], each.get("description", "")
            )

    def _fields(self, schema: Json, before: str = "", depth: int = 0) -> Iterator[Field]:
        required = set(schema.get("required", ()))
        for name, field in schema.get("properties", {}).items():
            default = field.get("default")
            note = "" if default in (None, "", [], {}) else f"default {json.dumps(default)}"
            yield Field(before + name, self._kind(field), name in required, note)
            if depth < _DEEPEST and (inner := self._inner(field)):
                yield from self._fields(inner, f"{before}{name}.", depth + 1)

    def _inner(self, schema: Json) -> Json:
        """The object that a field is, or that its list has; empty for anything else, and for a choice of several."""
        schema = self._resolved(schema)
        choices = [self._resolved(each) for each in schema.get("anyOf", ()) if each.get("type") != "null"]
        if len(choices) == 1:
            schema = choices[0]
        if "items" in schema:
            schema = self._resolved(schema["items"])
        return schema if "properties" in schema else {}

    def _kind(self, schema: Json) -> str:
        schema = self._resolved(schema)
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return " or ".join(dict.fromkeys(self._kind(each) for each in schema[key]))
        if "const" in schema:
            return f"`{schema['const']}`"
        if "enum" in schema:
            return ", ".join(f"`{each}`" for each in schema["enum"])
        kind = schema.get("type", "anything")
        if kind == "array":
            return f"list: {self._kind(schema.get('items', {}))}"
        if kind == "string":
            return _text(schema)
        if kind in ("integer", "number"):
            return ("whole number" if kind == "integer" else "number") + _between(schema)
        return {"boolean": "true or false", "object": "object", "null": "null"}.get(kind, "anything")

    def _curl(self, path: str, method: str, body: Json, takes_tokens: bool) -> str:
        address = re.sub(r"{(\w+)}", lambda found: _EXAMPLES.get(found[1], "1"), path)
        parts = ["curl"]
        if method != "get":
            parts.append(f"-X {method.upper()}")
        if takes_tokens:
            parts.append('-H "Authorization: Bearer $TOKEN"')
        if examples := body.get("examples"):
            sent = json.dumps(examples[0], ensure_ascii=False).replace("'", "'\\''")
            parts += ["-H 'Content-Type: application/json'", f"-d '{sent}'"]
        return " ".join([*parts, f"$BASE{address}"])


def _text(schema: Json) -> str:
    if found := {"date-time": "time", "date": "date", "uuid": "id (UUID)"}.get(schema.get("format", "")):
        return found
    least, most = schema.get("minLength"), schema.get("maxLength")
    return "text" if most is None else f"text, {f'{least} to' if least else 'at most'} {most} characters"


def _between(schema: Json) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is None and most is None:
        return ""
    return (
        f", {least} to {most}"
        if None not in (least, most)
        else f", from {least}"
        if most is None
        else f", to {most}"
    )


def _paragraphs(text: str) -> Iterator[str]:
    for part in text.split("\n\n"):
        if part.strip():
            yield " ".join(part.split())
