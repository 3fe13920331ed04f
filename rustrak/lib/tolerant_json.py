"""JSON as programs really send it: read whatever can be read, write what any database can hold.

What `loads` returns has no NUL, no lone surrogate, no infinite number and no more than MAX_DEPTH levels; the rest
is as it was sent, integers of any size included. RFC 8259 leaves duplicate keys open: the last one wins.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import orjson

MAX_DEPTH = 128
CUT = "[cut: nested too deeply]"
# More digits than this and Python itself refuses to turn text into an int and back (CVE-2020-10735).
_MAX_DIGITS = 4000

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_TOKEN = re.compile(r'"(?:[^"\\]+|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)
# Every digit as 0, so that a run of digits is found without a regular expression.
_DIGITS_AS_ZERO = bytes(48 if 48 <= byte <= 57 else byte for byte in range(256))


class NotJson(ValueError):
    """Cannot be read as JSON; the message says why."""


def loads(data: bytes) -> tuple[Any, tuple[str, ...]]:
    """The value in `data` and what had to be repaired, in words. Raises NotJson, never anything else.

    Bare NaN and Infinity, numbers out of a double's range and integers of thousands of digits become strings.
    Where nothing had to be repaired, `data` itself is strict UTF-8 JSON and may be kept for the value.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        value, repairs = _loads_slowly(data)
        return value, repairs or ("JSON that is not quite standard was accepted",)
    if _has_long_integer(data):
        return _loads_slowly(data)
    if b"\\u0000" in data or (data.count(b"{") + data.count(b"[") > MAX_DEPTH and _too_deep(value)):
        return _storable(value)
    return value, ()


def dumps(value: Any) -> bytes:
    """`value` as compact UTF-8 JSON; `loads` gives back an equal one."""
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _has_long_integer(data: bytes) -> bool:
    """Whether there may be an integer that orjson turns into a float: none that fits 64 bits has 20 digits."""
    digits = data.translate(_DIGITS_AS_ZERO)
    return b"0" * 20 in digits or b"-" + b"0" * 19 in digits


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return False
    return True


def _loads_slowly(data: bytes) -> tuple[Any, tuple[str, ...]]:
    repairs: list[str] = []

    def integer(text: str) -> Any:
        if len(text) <= _MAX_DIGITS:
            return int(text)
        repairs.append("an integer of thousands of digits became text")
        return text

    def number(text: str) -> Any:
        if math.isfinite(value := float(text)):
            return value
        repairs.append("a number out of range became text")
        return text

    def constant(text: str) -> Any:
        repairs.append(f"{text} became text")
        return text

    text = data.decode(json.detect_encoding(data), "replace")
    if "\ufffd" in text and b"\xef\xbf\xbd" not in data:
        repairs.append("invalid characters were replaced")
    decoder = json.JSONDecoder(strict=False, parse_int=integer, parse_float=number, parse_constant=constant)
    try:
        try:
            value = decoder.decode(text)
        except RecursionError:
            value = decoder.decode(_cut(text))
            repairs.append(f"nesting was cut at {MAX_DEPTH} levels")
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from None
    value, more = _storable(value)
    return value, tuple(dict.fromkeys([*repairs, *more]))


def _cut(text: str) -> str:
    """`text` with every array and object below MAX_DEPTH replaced; reads tokens, so that it never recurses."""
    kept: list[str] = []
    depth = start = 0
    for token in _TOKEN.finditer(text):
        character = token[0]
        if character in ("{", "["):
            depth += 1
            if depth == MAX_DEPTH + 1:
                kept.append(text[start : token.start()])
        elif character in ("}", "]"):
            if depth == MAX_DEPTH + 1:
                kept.append(f'"{CUT}"')
                start = token.end()
            depth -= 1
    if depth <= MAX_DEPTH:
        kept.append(text[start:])
    return "".join(kept)


def _storable(root: Any) -> tuple[Any, tuple[str, ...]]:
    """`root`, changed in place: NUL and lone surrogates become U+FFFD, what is too deep is cut."""
    repairs: dict[str, None] = {}

    def clean(text: str) -> str:
        cleaned, count = _UNSTORABLE.subn("\ufffd", text)
        if count:
            repairs["NUL or half a surrogate pair was replaced"] = None
        return cleaned

    def child(value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return clean(value)
        if isinstance(value, dict | list):
            if depth > MAX_DEPTH:
                repairs[f"nesting was cut at {MAX_DEPTH} levels"] = None
                return CUT
            waiting.append((value, depth))
        return value

    waiting: list[tuple[Any, int]] = []
    root = child(root, 1)
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, list):
            node[:] = [child(value, depth + 1) for value in node]
        else:
            pairs = [(clean(key), child(value, depth + 1)) for key, value in node.items()]
            node.clear()
            node.update(pairs)
    return root, tuple(repairs)
