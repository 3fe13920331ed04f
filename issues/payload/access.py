"""Reads values of an event whatever JSON type they were sent in. Pure; a value of the wrong type reads as absent.

The forms that SDKs use are listed in docs/protocol.md, "Event payload".
"""

from __future__ import annotations

from typing import Any

from rustrak.lib import tolerant_json
from rustrak.lib.text import visible_text

#: In characters. What is made of a text, such as a title, is shorter: nobody reads on in the JSON of an array.
LONGEST = 16 * 1024
# The names that SDKs before 2016 gave to these parts of an event.
_LEGACY = {
    "exception": "sentry.interfaces.Exception",
    "stacktrace": "sentry.interfaces.Stacktrace",
    "breadcrumbs": "sentry.interfaces.Breadcrumbs",
    "request": "sentry.interfaces.Http",
    "user": "sentry.interfaces.User",
}


def interface(event: dict[str, Any], name: str) -> Any:
    """The part of `event` called `name`, or, where that is empty, the same part under its legacy name."""
    part = event.get(name)
    return part or event.get(_LEGACY[name], part)


def interface_key(event: dict[str, Any], name: str) -> str:
    """The key of the part that `interface` returns."""
    return name if event.get(name) or _LEGACY[name] not in event else _LEGACY[name]


def text(value: Any) -> str:
    """A string as it is, any other value as compact JSON, of an array or object at most LONGEST characters; empty for
    null, `[]` and `{}`."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | dict):
        return tolerant_json.beginning(value, LONGEST) if value else ""
    return "" if value is None else tolerant_json.dumps(value).decode()


def whole(value: Any) -> str:
    """As `text`, but of any length: takes time in proportion to the whole value."""
    return tolerant_json.dumps(value).decode() if isinstance(value, list | dict) and value else text(value)


def items(part: Any) -> list[Any]:
    """The members of `[…]` or `{"values": […]}`, of any type. One object on its own is its only member."""
    if isinstance(part, dict) and "values" in part:
        part = part["values"]
    if isinstance(part, list):
        return part
    return [part] if part and isinstance(part, dict) else []


def entries(part: Any) -> list[dict[str, Any]]:
    """The objects among `items(part)`."""
    return [entry for entry in items(part) if isinstance(entry, dict)]


def mapping(part: Any) -> dict[str, Any]:
    """`part` when it is an object, a list of pairs as an object, else an empty one."""
    if isinstance(part, dict):
        return part
    if isinstance(part, list):
        return {text(pair[0]): pair[1] for pair in part if isinstance(pair, list) and len(pair) == 2}
    return {}


def first_line(value: str) -> str:
    """The first line of `value` that has something to see; empty where none has."""
    return visible_text.beginning(value).partition("\n")[0].removesuffix("\r")
