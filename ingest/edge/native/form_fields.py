"""Reads the event that native SDKs send in the fields and msgpack files of a form. Pure.

Source: docs/protocol.md, "Endpoints".
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgpack

from rustrak.lib import tolerant_json

MAX_DEPTH = 32
# A list declares its length first, and msgpack allocates memory for it at once: nested lists would add up.
_MOST_ITEMS = 4096

_NESTED = re.compile(r"sentry((?:\[[^\[\]]*\])+)")
_CHUNK = re.compile(r"sentry__(\d{1,4})")
_NAMESPACE = re.compile(r"sentry___.+", re.DOTALL)


def event(fields: Iterable[tuple[str, str]], base: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The event in (name, value) `fields`, merged into `base`; fields with other names are put into its `extra`.

    `sentry` and `sentry___<name>` are JSON objects, `sentry[a][b]` nested values, and `sentry__1`, `sentry__2` …
    chunks that together are one JSON object. Nested values take precedence, then the chunks, then later fields.
    """
    found: dict[str, Any] = {}
    nested: list[tuple[list[str], str]] = []
    chunks: dict[int, str] = {}
    extra: dict[str, Any] = {}
    for name, value in fields:
        if name == "sentry" or _NAMESPACE.fullmatch(name):
            above = _object(value)
            if above is None:
                extra[name] = value
            else:
                found = _merged(found, above)
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
            found = _merged(found, above)
    for keys, value in nested:
        _put(found, keys, value)
    whole = _merged(base or {}, found)
    if extra:
        given = whole.get("extra")
        whole["extra"] = {**(given if isinstance(given, dict) else {}), **extra}
    return whole


def unpacked_event(data: bytes) -> dict[str, Any] | None:
    """The event in a `__sentry-event` file, as JSON values; None if there is none."""
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
    try:
        value, _ = tolerant_json.loads(text.encode("utf-8", "replace"))
    except tolerant_json.NotJson:
        return None
    return value if isinstance(value, dict) else None


def _merged(below: Mapping[str, Any], above: Mapping[str, Any], depth: int = 0) -> dict[str, Any]:
    """`below` with the values of `above`, which take precedence; objects are merged key by key."""
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
    """The first `most` values in `data`, up to the first that cannot be read."""
    found: list[Any] = []
    unpacker = msgpack.Unpacker(
        max_buffer_size=len(data) or 1,
        max_array_len=_MOST_ITEMS,
        max_map_len=_MOST_ITEMS,
        strict_map_key=False,
        unicode_errors="replace",
        timestamp=0,
    )
    unpacker.feed(data)
    try:
        for value in unpacker:
            found.append(_plain(value))
            if len(found) == most:
                break
    # msgpack's errors have no common base class; a map as the key of a map is a TypeError.
    except (ValueError, TypeError, msgpack.UnpackException, RecursionError):
        pass
    return found


def _plain(value: Any, depth: int = 0) -> Any:
    """`value` as a JSON value."""
    if depth > MAX_DEPTH:
        return "[cut: nested too deeply]"
    if isinstance(value, dict):
        return {_name(key): _plain(child, depth + 1) for key, child in value.items()}
    if isinstance(value, list | tuple) and not isinstance(value, msgpack.ExtType):
        return [_plain(child, depth + 1) for child in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, msgpack.Timestamp):
        return value.to_unix()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _name(key: Any) -> str:
    return key if isinstance(key, str) else str(_plain(key))
