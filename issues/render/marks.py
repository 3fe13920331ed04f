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
    if of_notes := _tree(notes):
        found = _marked(found, of_notes, 0)
    return found if isinstance(found, dict) else payload


def _tree(notes: object) -> dict[str, Any]:
    """The notes that are shown beside values, as a tree of the form of `_meta`, whose marks are sentences."""
    root: dict[str, Any] = {}
    for field, what, detail in rows(notes):
        if what in _SHOWN and field:
            node = root
            for key in _DOT.sub(r"\1\0", field).split("\0"):
                node = node.setdefault(key.replace("\\.", ".").replace("\\\\", "\\"), {})
            node[""] = sentence(what, detail)
    return root


def _marked(value: Any, meta: dict[str, Any], depth: int) -> Any:
    """`value` with the marks from `meta`, a tree of the same form, on it and on what is inside it.

    Every object and array is copied at most once.
    """
    said = meta.get("")
    mark = said if isinstance(said, str) else " ".join(sentences(said))
    if depth < _DEEPEST and isinstance(value, dict | list) and len(meta) > ("" in meta):
        mark = mark or getattr(value, "mark", "")
        value = _with_members(value, meta, depth)
    return with_mark(value, mark)


def _with_members(value: Any, meta: dict[str, Any], depth: int) -> Any:
    """A copy of an object or array whose members have their marks."""
    copied: Any = dict(value) if isinstance(value, dict) else list(value)
    for key, node in meta.items():
        if not key or not isinstance(node, dict):
            continue
        if isinstance(value, dict):
            if key not in value and isinstance(node.get(""), str):
                continue  # a note is about a value that is there
            new = _marked(value.get(key), node, depth + 1)
            if key in value or new is not None:
                copied[key] = new
        elif key.isdecimal() and len(key) < 7 and int(key) < len(value):
            copied[int(key)] = _marked(value[int(key)], node, depth + 1)
    return copied


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
