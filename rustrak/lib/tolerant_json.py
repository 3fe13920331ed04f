"""Reads JSON as programs really send it, and makes of it what any database can store.

A value that `loads` returns has no NUL, no lone surrogate, no infinite number and no more than MAX_DEPTH levels; all
else is as it was sent, including integers of any size. Of duplicate keys, which RFC 8259 leaves open, the last wins.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from enum import StrEnum
from typing import Any, NamedTuple

import orjson

# orjson cannot write deeper values.
MAX_DEPTH = 254
CUT = "[cut: nested too deeply]"
# Python refuses to convert somewhat longer integers from and to text (CVE-2020-10735).
_MAX_DIGITS = 4000
# So many repairs are listed with their path; further ones are only counted, by kind.
MAX_REPAIRS = 100

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_TOKEN = re.compile(r'"(?:[^"\\]+|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)
# Translates every digit to 0: a run of digits is then found without a regular expression.
_DIGITS_AS_ZERO = bytes(48 if 48 <= byte <= 57 else byte for byte in range(256))


class NotJson(ValueError):
    """The data cannot be read as JSON; the message says why."""


class NotAnObject(NotJson):
    """The data is JSON, but not an object."""


class Fix(StrEnum):
    """What was wrong with a value and was repaired."""

    NUL = "nul"
    SURROGATE = "surrogate"
    INVALID_UTF8 = "invalid_utf8"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    LONG_INTEGER = "long_integer"
    TOO_DEEP = "too_deep"
    NOT_STANDARD = "not_standard"


class Repair(NamedTuple):
    """`what` was repaired `times` times at `path`, keys and indexes from the root.

    An empty path stands for the whole value, or for values that are not listed.
    """

    path: tuple[str | int, ...]
    what: Fix
    times: int = 1


Repairs = tuple[Repair, ...]


class Loaded(NamedTuple):
    """A value, its repairs, and strict UTF-8 JSON of it, which is the data itself where that is strict."""

    value: Any
    repairs: Repairs
    data: bytes


def loads(data: bytes) -> tuple[Any, Repairs]:
    """The value in `data` and what was repaired in it. Raises NotJson and nothing else.

    Bare NaN and Infinity, numbers out of a double's range and integers of thousands of digits become strings.
    """
    value, repairs, _ = load(data)
    return value, repairs


def loads_object(data: bytes) -> dict[str, Any]:
    """The JSON object in `data`. Raises NotJson; NotAnObject, which is one, for any other JSON value."""
    value, _ = loads(data)
    if not isinstance(value, dict):
        raise NotAnObject("not a JSON object")
    return value


def load(data: bytes) -> Loaded:
    """As `loads`, with strict JSON of the value to store."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        value, repairs = _loads_slowly(data)
        if not repairs:
            if _is_standard(data):  # but for an integer of hundreds of digits
                return Loaded(value, (), data)
            repairs = (Repair((), Fix.NOT_STANDARD),)
        return Loaded(value, repairs, dumps(value))
    try:
        written = orjson.dumps(value)
    except TypeError:  # deeper than MAX_DEPTH; measuring the depth would cost five times as much
        written = b""
    # An integer that orjson turned into a float would be written differently.
    if written != data and _has_long_integer(data):
        value, repairs = _loads_slowly(data)
        return Loaded(value, repairs, dumps(value) if repairs else data)
    if not written or b"\\u0000" in data:
        value, repairs = _storable(value)
        # The NUL may be in a member that a later one of the same name hides.
        return Loaded(value, repairs, dumps(value))
    return Loaded(value, (), data)


def dumps(value: Any) -> bytes:
    """`value` as compact UTF-8 JSON; `loads` gives back an equal one."""
    try:
        return orjson.dumps(value)
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


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


def _has_long_integer(data: bytes) -> bool:
    """Whether there may be an integer that orjson turns into a float: those of 64 bits have fewer than 20 digits."""
    digits = data.translate(_DIGITS_AS_ZERO)
    return b"0" * 20 in digits or b"-" + b"0" * 19 in digits


def _is_standard(data: bytes) -> bool:
    try:
        json.loads(data.decode(), parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return False
    return True


class _Text(str):
    """A number that was replaced by text."""

    __slots__ = ("what",)
    what: Fix


def _text(text: str, what: Fix) -> _Text:
    replaced = _Text(text)
    replaced.what = what
    return replaced


def _integer(text: str) -> Any:
    return int(text) if len(text) <= _MAX_DIGITS else _text(text, Fix.LONG_INTEGER)


def _number(text: str) -> Any:
    return value if math.isfinite(value := float(text)) else _text(text, Fix.OUT_OF_RANGE)


def _constant(text: str) -> Any:
    return _text(text, Fix.NOT_A_NUMBER)


_decoder = json.JSONDecoder(strict=False, parse_int=_integer, parse_float=_number, parse_constant=_constant)


def _loads_slowly(data: bytes) -> tuple[Any, Repairs]:
    encoding = json.detect_encoding(data)
    # A byte that is not valid UTF-8 becomes half of a surrogate pair, which _storable finds and notes.
    text = data.decode(encoding, "surrogateescape" if encoding.startswith("utf-8") else "replace")
    cut = False
    try:
        try:
            value = _decoder.decode(text)
        except RecursionError:
            cut = True
            value = _decoder.decode(_cut(text))
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from None
    return _storable(value, cut)


def _cut(text: str) -> str:
    """`text` with every array and object below MAX_DEPTH replaced by CUT. It works on tokens, so it does not recurse."""
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


# The way from a node to the root: the way of its parent, and its own key.
_Way = tuple["_Way", str | int] | None


class _Log:
    """Collects the repairs, the first MAX_REPAIRS with their path."""

    def __init__(self) -> None:
        self._repairs: list[Repair] = []
        self._more: Counter[Fix] = Counter()

    def add(self, way: _Way, what: Fix, count: int = 1) -> None:
        if len(self._repairs) >= MAX_REPAIRS:
            self._more[what] += count
            return
        path: list[str | int] = []
        while way is not None:
            way, key = way
            path.append(_UNSTORABLE.sub("\ufffd", key) if isinstance(key, str) else key)
        self._repairs.append(Repair(tuple(reversed(path)), what, count))

    def all(self) -> Repairs:
        return (*self._repairs, *(Repair((), what, count) for what, count in self._more.items()))

    def clean(self, text: str, way: _Way) -> str:
        """`text` with U+FFFD in place of characters that a database cannot store."""
        if type(text) is _Text:
            self.add(way, text.what)
            return str(text)
        cleaned, count = _UNSTORABLE.subn("\ufffd", text)
        if count:
            nuls = text.count("\x00")
            bytes_ = sum("\udc80" <= character <= "\udcff" for character in text)
            for what, times in (
                (Fix.NUL, nuls),
                (Fix.INVALID_UTF8, bytes_),
                (Fix.SURROGATE, count - nuls - bytes_),
            ):
                if times:
                    self.add(way, what, times)
        return cleaned


def _storable(root: Any, cut: bool = False) -> tuple[Any, Repairs]:
    """`root` and its repairs. It is changed in place: NUL and lone surrogates become U+FFFD, deep values CUT.

    `cut` says that deep values may be CUT already.
    """
    log = _Log()
    waiting: list[tuple[Any, int, _Way]] = []

    def child(value: Any, depth: int, way: _Way) -> Any:
        if isinstance(value, str):
            if cut and value == CUT:
                log.add(way, Fix.TOO_DEEP)
            return log.clean(value, way)
        if isinstance(value, dict | list):
            if depth > MAX_DEPTH:
                log.add(way, Fix.TOO_DEEP)
                return CUT
            waiting.append((value, depth, way))
        return value

    root = child(root, 1, None)
    while waiting:
        node, depth, way = waiting.pop()
        if isinstance(node, list):
            node[:] = [child(value, depth + 1, (way, index)) for index, value in enumerate(node)]
            continue
        pairs = []
        for key, value in node.items():
            key = log.clean(key, (way, key))
            pairs.append((key, child(value, depth + 1, (way, key))))
        node.clear()
        node.update(pairs)
    return root, log.all()
