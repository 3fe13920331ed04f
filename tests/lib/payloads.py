"""Recorded event payloads, and hypothesis strategies for arbitrary ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from rustrak.lib import tolerant_json

EVENTS = Path(__file__).parents[1] / "data" / "events"
NAMES = sorted(path.stem for path in EVENTS.glob("*.json"))

_FIELDS = [
    "exception", "values", "stacktrace", "frames", "vars", "breadcrumbs", "request", "user", "tags", "contexts", "extra",
    "modules", "sdk", "threads", "message", "logentry", "params", "type", "value", "mechanism", "exception_id",
    "parent_id", "source", "data", "url", "headers", "timestamp", "filename", "abs_path", "lineno", "pre_context",
    "context_line", "post_context", "in_app", "is_exception_group", "device", "flags", "category", "geo", "csp",
    "query_string", "cookies", "debug_meta", "images", "memory_size", "boot_time", "level", "platform", "dist",
]  # fmt: skip
_TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "<script>alert(1)</script>", "</textarea><img src=x onerror=alert(1)>", "a" * 5000, "\u202egnp.exe", "\x00\x1b[31m",
            "%999999999d %(a)s {}", "javascript:alert(1)", "http://example.org/?a=1&a=2", "[Filtered]", "1e999", "\ud83d",
            "2026-11-23T19:04:11Z", "1795461969.672", "9" * 300, "errors[0]", "__context__", "```\n# x", "http", "navigation",
        ]
    ),
)  # fmt: skip
_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.just(10**400), st.floats(), st.integers(-1, 60), _TEXTS
)
JSON: st.SearchStrategy[Any] = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(st.one_of(st.sampled_from(_FIELDS), _TEXTS), inner, max_size=6),
    ),
    max_leaves=40,
)
OBJECTS = st.dictionaries(st.one_of(st.sampled_from(_FIELDS), _TEXTS), JSON, max_size=12)
# Any JSON value, without the names of an event's fields but with lone surrogates and floats that JSON has no words for.
_ANY_TEXT = st.text(st.characters(exclude_categories=()))
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(_ANY_TEXT, inner),
    max_leaves=40,
)


def as_stored(payload: dict[str, Any]) -> dict[str, Any]:
    """The payload as it is read from the database: without NUL, lone surrogates and what JSON cannot say."""
    stored: dict[str, Any] = tolerant_json.loads(json.dumps(payload).encode())[0]
    return stored


def recorded(name: str) -> dict[str, Any]:
    """A new copy of the recorded event tests/data/events/<name>.json."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def nested(depth: int) -> Any:
    """Objects nested `depth` deep."""
    value: Any = "bottom"
    for _ in range(depth):
        value = {"in": [value]}
    return value
