"""Events that make a page costly, where it can be: each is a function of a size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Payload = dict[str, Any]

# Values that repeat something `n` times.
VALUES: dict[str, Callable[[int], Any]] = {
    "slashes": lambda n: "/a" * n,
    "installed": lambda n: "/site-packages/node_modules/gems/a-1" * n,
    "quotes": lambda n: "'\"" * n,
    "backslashes": lambda n: '"' + "\\" * n,
    "spaces": lambda n: " " * n + "a",
    "controls": lambda n: "\x7f\u202e\u200b" * n,
    "backticks": lambda n: "`" * n,
    "digits": lambda n: "1" * n + "x",
    "pairs in a text": lambda n: "a=%f0&" * n,
    "brackets in a text": lambda n: "[" * n,
    "numbers": lambda n: [1] * n,
    "lists": lambda n: [[]] * n,
    "pairs": lambda n: [["a", 1]] * n,
    "objects": lambda n: [{"a": 1}] * n,
    "wide": lambda n: {str(number): 1 for number in range(n)},
    "huge integer": lambda n: [10**400 - 1] * (n // 100),
}


def _in_frame(name: str) -> Callable[[Any], Payload]:
    return lambda value: _with_frames([{name: value, "filename": "a.scala", "in_app": True}])


def _with_frames(frames: Any) -> Payload:
    return {"exception": {"values": [{"type": "E", "value": "v", "stacktrace": {"frames": frames}}]}}


# Where a value may stand.
PLACES: dict[str, Callable[[Any], Payload]] = {
    "frame path": _in_frame("abs_path"),
    "frame function": _in_frame("function"),
    "frame source": _in_frame("pre_context"),
    "frame line": _in_frame("context_line"),
    "frame variables": _in_frame("vars"),
    "frame package": _in_frame("package"),
    "frame without a mark": lambda value: _with_frames(
        [dict.fromkeys(("module", "function", "filename", "package", "instruction_addr"), value)] * 5
    ),
    "frames": _with_frames,
    "frames as one value": lambda value: _with_frames([value] * 5),
    "exceptions": lambda value: {"exception": value},
    "exception type": lambda value: {"exception": {"type": value, "value": value, "module": value}},
    "related": lambda value: {
        "exception": [
            {"type": value, "mechanism": {"exception_id": number, "parent_id": 0, "source": value, "type": value}}
            for number in range(3)
        ]
    },
    "address": lambda value: {
        "user": {"ip_address": value}, "request": {"env": {"REMOTE_ADDR": value}}, "contexts": {"a": {"ip_address": value}}
    },
    "mechanism": lambda value: {"exception": {"type": "E", "mechanism": {"data": value, "help_link": value}}},
    "stack": lambda value: {"stacktrace": value},
    "registers": lambda value: {"stacktrace": {"registers": value, "frames": []}},
    "threads": lambda value: {"threads": value},
    "thread": lambda value: {"threads": [{"id": value, "name": value, "state": value, "more": value}] * 5},
    "breadcrumbs": lambda value: {"breadcrumbs": value},
    "breadcrumb": lambda value: {
        "breadcrumbs": [{"message": value, "category": value, "data": {"url": value}, "type": "http"}] * 5
    },
    "breadcrumb data": lambda value: {"breadcrumbs": [{"data": value, "timestamp": value}]},
    "message": lambda value: {"message": value},
    "parameters": lambda value: {"logentry": {"message": "%s {0} %(a)s", "params": value}},
    "template": lambda value: {"logentry": {"message": value, "params": ["a"]}},
    "url": lambda value: {"request": {"url": value, "query_string": value, "cookies": value}},
    "headers": lambda value: {"request": {"url": "http://a/", "headers": value, "env": value}},
    "body": lambda value: {"request": {"url": "http://a/", "data": value}},
    "form": lambda value: {
        "request": {"headers": {"Content-Type": "application/x-www-form-urlencoded"}, "data": value}
    },
    "tags": lambda value: {"tags": value},
    "tag": lambda value: {"tags": [[value, value], {"key": value, "value": value}]},
    "user": lambda value: {"user": value},
    "user id": lambda value: {"user": {"id": value, "email": value, "geo": {"city": value}}},
    "contexts": lambda value: {"contexts": value},
    "context": lambda value: {"contexts": {"device": value, "flags": {"values": value}, "os": {"name": value}}},
    "extra": lambda value: {"extra": {"a": value}},
    "extras": lambda value: {"extra": value},
    "modules": lambda value: {"modules": value},
    "sdk": lambda value: {"sdk": {"name": value, "integrations": value, "packages": value}},
    "images": lambda value: {"debug_meta": {"images": value}},
    "report": lambda value: {"csp": value},
    "other": lambda value: {"other": value},
    "fingerprint": lambda value: {"fingerprint": value},
    "names": lambda value: {"release": value, "dist": value, "transaction": value, "logger": value, "server_name": value},
    "time": lambda value: {"timestamp": value, "level": value, "platform": value, "environment": value},
    "meta": lambda value: {"_meta": value, "extra": value},
}  # fmt: skip


def events(place: str, size: int) -> list[Payload]:
    """Every value of `size` at this place."""
    return [PLACES[place](make(size)) for make in VALUES.values()]


def crowded(number: int) -> dict[str, Payload]:
    """Events of about a mebibyte that hold `number` times as much as a page shows of something."""
    row = {str(index): 1 for index in range(60)}
    stack = {"frames": [{"vars": row, "context_line": "'", "pre_context": ["''"] * 60}] * number}
    return {
        "variables": {"exception": {"values": [{"type": "E", "stacktrace": stack}] * 50}},
        "threads": {"threads": [{"id": 1, "stacktrace": stack}] * 60},
        "bare frames": {"exception": {"values": [{"stacktrace": {"frames": [{"lineno": 1}] * 100 * number}}] * 50}},
        "breadcrumbs": {"breadcrumbs": [{"message": "'" * 400 * number, "data": row, "b": 1} for _ in range(200)]},
        "contexts": {"contexts": {str(index): row | {"x": "'" * 800 * number} for index in range(60)}},
        "paths": {"threads": [{"stacktrace": [{"abs_path": "'" * 2_000, "filename": "a"}] * 10 * number}] * 60},
    }  # fmt: skip
