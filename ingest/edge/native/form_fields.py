"""Reads the event that native SDKs send in the fields and msgpack files of a form. Pure.

Source: docs/protocol.md, "Endpoints".
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgpack

from ingest.edge.decode import json_object

MAX_DEPTH = 32
# Values that are taken of one msgpack file, and JSON fields that are merged; SDKs write a few hundred of the first.
MAX_VALUES = 50_000
MAX_OBJECTS = 100
# Lists and maps in a msgpack file: each takes 56 bytes of memory or more, however few are sent.
MAX_CONTAINERS = 50_000
# A list declares its length first, and msgpack allocates memory for it at once: nested lists would add up.
_MOST_ITEMS = 4096

_TOO_MANY = "[cut: too many values]"
_NESTED = re.compile(r"sentry((?:\[[^\[\]]*\])+)")
_CHUNK = re.compile(r"sentry__(\d{1,4})")
_NAMESPACE = re.compile(r"sentry___.+", re.DOTALL)


def event(fields: Iterable[tuple[str, str]], base: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The event in (name, value) `fields`, merged into `base`; fields with other names are put into its `extra`.

    `sentry` and `sentry___<name>` are JSON objects, `sentry[a][b]` nested values, and `sentry__1`, `sentry__2` …
    chunks that together are one JSON object. Nested values take precedence, then the chunks, then later fields.
    What is not such an object, and what exceeds MAX_OBJECTS, is put into `extra` as text.
    """
    found: dict[str, Any] = {}
    objects = 0
    nested: list[tuple[list[str], str]] = []
    chunks: dict[int, str] = {}
    extra: dict[str, Any] = {}
    for name, value in fields:
        if name == "sentry" or _NAMESPACE.fullmatch(name):
            objects += 1
            above = _object(value) if objects <= MAX_OBJECTS else None
            if above is None:
                extra[name] = value
            else:
                _merge(found, above)
        elif chunk := _CHUNK.fullmatch(name):
            chunks[int(chunk[1])] = value
        elif path := _NESTED.fullmatch(name):
            nested.append((path[1][1:-1].split("]["), value))
        else:
            extra[name] = value
    if chunks:
        joined = "".join(chunks[number] for number in sorted(chunks))
        above = _object(joined)
        if above is None:
            extra["sentry__1"] = joined
        else:
            _merge(found, above)
    for keys, value in nested:
        _put(found, keys, value)
    whole = _merged(base or {}, found)
    if extra:
        given = whole.get("extra")
        whole["extra"] = {**(given if isinstance(given, dict) else {}), **extra}
    return whole


def unpacked_event(data: bytes) -> dict[str, Any] | None:
    """The event in a `__sentry-event` file, as JSON values; None if there is none, or it has more than MAX_CONTAINERS."""
    values = _unpacked(data, most=1)
    return values[0] if values and isinstance(values[0], dict) else None


def unpacked_breadcrumbs(files: Iterable[bytes]) -> list[dict[str, Any]]:
    """The breadcrumbs of `__sentry-breadcrumb1` and `2`, oldest first.

    SDKs write to one until it is full, then overwrite the other: only as many as the longer one has are complete.
    """
    lists = [[value for value in _unpacked(data, most=1000) if isinstance(value, dict)] for data in files]
    most = max(map(len, lists), default=0)
    merged = sorted(
        (crumb for crumbs in lists for crumb in crumbs), key=lambda crumb: str(crumb.get("timestamp", ""))
    )
    return merged[-most:] if most else []


def _object(text: str) -> dict[str, Any] | None:
    return json_object.parse_exactly(text.encode("utf-8", "replace"))


def _merge(below: dict[str, Any], above: Mapping[str, Any], depth: int = 0) -> None:
    """Change `below` to have the values of `above`, which take precedence; objects are merged key by key.

    It takes time in proportion to `above` alone. `below` shares its parts afterwards.
    """
    for key, value in above.items():
        under = below.get(key)
        if isinstance(under, dict) and isinstance(value, dict) and depth < MAX_DEPTH:
            _merge(under, value, depth + 1)
        else:
            below[key] = value


def _merged(below: Mapping[str, Any], above: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """As `_merge`, into copies of those parts of `below` that change."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        if isinstance(under, dict) and isinstance(value, dict) and depth < MAX_DEPTH:
            value = _merged(under, value, depth + 1)
        merged[key] = value
    return merged


def _put(target: dict[str, Any], keys: list[str], value: str) -> None:
    for key in keys[:MAX_DEPTH][:-1]:
        below = target.get(key)
        if not isinstance(below, dict):
            below = target[key] = {}
        target = below
    target[keys[:MAX_DEPTH][-1]] = value


def _unpacked(data: bytes, most: int) -> list[Any]:
    """The first `most` values in `data`, up to the first that cannot be read, cut after MAX_VALUES values inside them."""
    found: list[Any] = []
    containers = 0

    def counted(container: Any) -> Any:
        nonlocal containers
        containers += 1
        if containers > MAX_CONTAINERS:
            raise ValueError("too many lists and maps")
        return container

    unpacker = msgpack.Unpacker(
        list_hook=counted,
        object_hook=counted,
        max_buffer_size=len(data) or 1,
        max_array_len=_MOST_ITEMS,
        max_map_len=_MOST_ITEMS,
        strict_map_key=False,
        unicode_errors="replace",
        timestamp=0,
    )
    unpacker.feed(data)
    plain = _Plain()
    try:
        for value in unpacker:
            found.append(plain.of(value))
            if len(found) == most or not plain.left:
                break
    # msgpack's errors have no common base class; a map as the key of a map is a TypeError.
    except (ValueError, TypeError, msgpack.UnpackException, RecursionError):
        pass
    return found


class _Plain:
    """Makes JSON values of msgpack's, MAX_VALUES in all; the others are left out, and a text says so."""

    def __init__(self) -> None:
        self.left = MAX_VALUES

    def of(self, value: Any, depth: int = 0) -> Any:
        """`value` as a JSON value."""
        if isinstance(value, str):
            return value
        if depth > MAX_DEPTH:
            return "[cut: nested too deeply]"
        if isinstance(value, dict):
            members: dict[str, Any] = {}
            for key, child in value.items():
                if not self._take():
                    members["[cut]"] = _TOO_MANY
                    break
                members[self._name(key)] = self.of(child, depth + 1)
            return members
        if isinstance(value, list | tuple) and not isinstance(value, msgpack.ExtType):
            items: list[Any] = []
            for child in value:
                if not self._take():
                    items.append(_TOO_MANY)
                    break
                items.append(self.of(child, depth + 1))
            return items
        if isinstance(value, bytes):
            return value.decode("utf-8", "replace")
        if isinstance(value, msgpack.Timestamp):
            return value.to_unix()
        if isinstance(value, float) and not math.isfinite(value):
            return str(value)
        return value if value is None or isinstance(value, int | float) else str(value)

    def _take(self) -> bool:
        self.left -= self.left > 0
        return self.left > 0

    def _name(self, key: Any) -> str:
        return key if isinstance(key, str) else str(self.of(key))
