"""Marks on values of a payload: what an SDK removed or cut before sending it, and what the digest cut.

In: the payload with its `_meta`, and `Event.notes`. Out: the payload, in which the values concerned are strings,
objects and arrays that carry a sentence as `mark`; `tables.show` puts it beside the value. Nothing raises.
"""

from __future__ import annotations

import re
from typing import Any

from issues.payload.notes import What
from issues.render.notes import rows, sentence, sentences

REMOVED = "[removed]"
_DEEPEST = 64
_DOT = re.compile(r"(?<!\\)((?:\\\\)*)\.")
_SHOWN = frozenset({What.CUT, What.ENTRIES_CUT})


class Text(str):
    """A string with a mark."""

    __slots__ = ("mark",)
    mark: str


class Object(dict[str, Any]):
    """An object with a mark."""

    mark: str


class Array(list[Any]):
    """An array with a mark."""

    mark: str


def marked(payload: dict[str, Any], notes: object) -> dict[str, Any]:
    """A copy of `payload` with marks on its values; `payload` itself where there are none."""
    meta = payload.get("_meta")
    found = _marked(payload, meta, 0) if isinstance(meta, dict) and meta else payload
    for field, what, detail in rows(notes):
        if what in _SHOWN and field:
            keys = [
                key.replace("\\.", ".").replace("\\\\", "\\") for key in _DOT.sub(r"\1\0", field).split("\0")
            ]
            found = _at(found, keys, sentence(what, detail))
    return found if isinstance(found, dict) else payload


def _marked(value: Any, meta: dict[str, Any], depth: int) -> Any:
    """`value` with the marks from `meta`, a tree of the same form, on it and on what is inside it."""
    if depth < _DEEPEST:
        inner = {key: node for key, node in meta.items() if key and isinstance(node, dict)}
        if inner and isinstance(value, dict):
            changed = {key: _marked(value.get(key), inner[key], depth + 1) for key in inner}
            value = {**value, **{key: new for key, new in changed.items() if key in value or new is not None}}
        elif inner and isinstance(value, list):
            value = [
                _marked(entry, inner[str(index)], depth + 1) if str(index) in inner else entry
                for index, entry in enumerate(value)
            ]
    return with_mark(value, " ".join(sentences(meta.get(""))))


def _at(value: Any, keys: list[str], mark: str) -> Any:
    """A copy of `value` with `mark` on the member that `keys` lead to; `value` itself when there is none."""
    if not keys:
        return with_mark(value, mark)
    key, *rest = keys
    if isinstance(value, dict) and key in value:
        return _like(value, {**value, key: _at(value[key], rest, mark)})
    if isinstance(value, list) and key.isdecimal() and len(key) < 7 and int(key) < len(value):
        index = int(key)
        return _like(value, [*value[:index], _at(value[index], rest, mark), *value[index + 1 :]])
    return value


def _like(before: Any, after: Any) -> Any:
    mark = getattr(before, "mark", "")
    return with_mark(after, mark) if mark else after


def with_mark(value: Any, mark: str) -> Any:
    """`value` with `mark`, which numbers and booleans cannot have. Null and empty text become REMOVED."""
    if not mark:
        return value
    if value is None or value == "":
        value = REMOVED
    found: Text | Object | Array
    if isinstance(value, str):
        found = Text(value)
    elif isinstance(value, dict):
        found = Object(value)
    elif isinstance(value, list):
        found = Array(value)
    else:
        return value
    found.mark = mark
    return found
