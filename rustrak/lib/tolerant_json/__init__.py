"""Reads JSON as programs really send it, and makes of it what any database can store.

A value that `loads` returns has no NUL, no lone surrogate, no infinite number and no more than MAX_DEPTH levels; all
else is as it was sent, including integers of any size. Of duplicate keys, which RFC 8259 leaves open, the last wins.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import orjson

from rustrak.lib import collector
from rustrak.lib.tolerant_json import repair
from rustrak.lib.tolerant_json.nesting import CUT, MAX_DEPTH, NotJson
from rustrak.lib.tolerant_json.repair import MAX_REPAIRS, Fix, Repair, Repairs

__all__ = [
    "CUT",
    "MAX_DEPTH",
    "MAX_REPAIRS",
    "Fix",
    "Loaded",
    "NotAnObject",
    "NotJson",
    "Repair",
    "Repairs",
    "beginning",
    "cleaned",
    "dumps",
    "load",
    "loads",
    "loads_object",
]


class NotAnObject(NotJson):
    """The data is JSON, but not an object."""


class Loaded(NamedTuple):
    """A value, its repairs, and strict UTF-8 JSON of it, which is the data itself where that is strict."""

    value: Any
    repairs: Repairs
    data: bytes


def loads(data: bytes) -> tuple[Any, Repairs]:
    """The value in `data` and what was repaired in it. Raises NotJson and nothing else.

    Bare NaN and Infinity, numbers out of a double's range and integers of thousands of digits become strings.
    """
    value, repairs, _ = _read(data)
    return value, repairs


def loads_object(data: bytes) -> dict[str, Any]:
    """The JSON object in `data`. Raises NotJson; NotAnObject, which is one, for any other JSON value."""
    value, _ = loads(data)
    if not isinstance(value, dict):
        raise NotAnObject("not a JSON object")
    return value


def load(data: bytes) -> Loaded:
    """As `loads`, with strict JSON of the value to store."""
    value, repairs, strict = _read(data)
    return Loaded(value, repairs, dumps(value) if strict is None else strict)


def _read(data: bytes) -> tuple[Any, Repairs, bytes | None]:
    """The value, its repairs, and strict JSON of it where that is known already. Raises NotJson."""
    if len(data) < collector.MANY_BYTES:
        return _parsed(data)
    with collector.paused():
        return _parsed(data)


def _parsed(data: bytes) -> tuple[Any, Repairs, bytes | None]:
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        value, repairs = repair.read(data)
        if repairs:
            return value, repairs, None
        if _is_standard(data):  # but for an integer of hundreds of digits
            return value, (), data
        return value, (Repair((), Fix.NOT_STANDARD),), None
    try:
        written = orjson.dumps(value)
    except TypeError:  # deeper than MAX_DEPTH; measuring the depth would cost five times as much
        written = b""
    # An integer that orjson turned into a float would be written differently.
    if written != data and repair.has_long_integer(data):
        value, repairs = repair.read(data)
        return value, repairs, None if repairs else data
    if not written or b"\\u0000" in data:
        value, repairs = repair.storable(data, value)
        # The NUL may be in a member that a later one of the same name hides.
        return value, repairs, None if repairs else dumps(value)
    return value, (), data


def dumps(value: Any) -> bytes:
    """`value` as compact UTF-8 JSON; `loads` gives back an equal one."""
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def cleaned(text: str) -> str:
    """`text` with U+FFFD for NUL and lone surrogates, which databases do not store."""
    return repair.UNSTORABLE.sub("\ufffd", text)


def beginning(value: Any, most: int) -> str:
    """The first `most` characters of the JSON of `value`, in time that depends on `most`, not on how large `value` is."""
    return dumps(_pruned(value, [most], MAX_DEPTH)).decode()[:most]


def _pruned(value: Any, left: list[int], depth: int) -> Any:
    """`value` without what follows its first `left[0]` characters of JSON. Each member counts at least one of them."""
    if isinstance(value, str):
        value = value[: max(0, left[0])]
        left[0] -= len(value) + 2
    elif isinstance(value, list) and depth:
        left[0] -= 1
        kept = []
        for member in value:
            if left[0] <= 0:
                break
            kept.append(_pruned(member, left, depth - 1))
        return kept
    elif isinstance(value, dict) and depth:
        left[0] -= 1
        members = {}
        for name, member in value.items():
            if left[0] <= 0:
                break
            # A name that is cut here is beyond the end of what is kept.
            short = _pruned(name, left, 0)
            members[short] = _pruned(member, left, depth - 1)
        return members
    else:
        left[0] -= 1
    return value


def _is_standard(data: bytes) -> bool:
    try:
        json.loads(data.decode())
    except (ValueError, RecursionError):
        return False
    return True
