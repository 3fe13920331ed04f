"""Reads JSON that is not strict, or cannot be stored, and repairs it. For rustrak.lib.tolerant_json alone.

A value of usual size is walked node by node, so that each repair has its path. A large one is repaired in its text
before it is parsed, at the speed of the regular expression engine, and its repairs are only counted.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from enum import StrEnum
from typing import Any, NamedTuple

import orjson

from rustrak.lib.tolerant_json import nesting
from rustrak.lib.tolerant_json.nesting import CUT, MAX_DEPTH, NotJson

# Python refuses to convert somewhat longer integers from and to text (CVE-2020-10735).
MAX_DIGITS = 4000
# Converting takes quadratic time. In a large value there may be thousands of integers.
MAX_DIGITS_IN_BULK = 500
# So many repairs are listed with their path; further ones are only counted, by kind.
MAX_REPAIRS = 100
# To walk a value takes ten times as long as to parse it: at most some 50 ms up to these limits.
MOST_NODES, MOST_BYTES = 50_000, 2 * 1024 * 1024

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_INVALID_BYTES = re.compile("[\udc80-\udcff]+")
# Where each backslash begins an escape.
_LONE = r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
_LONE += r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_escaped_nul, _escaped_lone = re.compile(r"\\u0000"), re.compile(_LONE)
_escaped_bad = re.compile(rf"\\u0000|{_LONE}").search
# Translates every digit to 0: a run of digits is then found without a regular expression.
_DIGITS_AS_ZERO = bytes(48 if 48 <= byte <= 57 else byte for byte in range(256))
_LARGE = (b"0" * 300, b"e000", b"E000", b"e+000", b"E+000")


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


def read(data: bytes) -> tuple[Any, Repairs]:
    """The value in `data`, which a strict parser refused or read inexactly. Raises NotJson."""
    return _in_bulk(data) if _is_large(data) else _slowly(data)


def storable(data: bytes, value: Any) -> tuple[Any, Repairs]:
    """`value`, which is strict JSON in `data`, without NUL and without levels below MAX_DEPTH; it may be changed in place.
    Raises NotJson."""
    return _in_bulk(data) if _is_large(data) else _storable(value)


def _is_large(data: bytes) -> bool:
    return len(data) > MOST_BYTES or data.count(b",") + data.count(b"[") + data.count(b"{") > MOST_NODES


# Large values


def _in_bulk(data: bytes) -> tuple[Any, Repairs]:
    counts: Counter[Fix] = Counter()
    text = _clean(data, counts)
    value = _parsed(text, _digits(data), counts)
    return value, tuple(Repair((), what, times) for what, times in counts.items() if times)


def _clean(data: bytes, counts: Counter[Fix]) -> str:
    """The text of `data` with U+FFFD for what cannot be stored, also where it is escaped."""
    encoding = json.detect_encoding(data)
    text = data.decode(encoding, "replace")
    if encoding.startswith("utf-8"):
        counts[Fix.INVALID_UTF8] = text.count("\ufffd") - data.count("\ufffd".encode())
    if nuls := text.count("\x00"):
        counts[Fix.NUL] += nuls
        text = text.replace("\x00", "\ufffd")
    if "\\u" in text and _escaped_bad(text):
        # Without escaped backslashes each backslash begins an escape.
        text = text.replace("\\\\", "\\u005c")
        text, nuls = _escaped_nul.subn(r"\\ufffd", text)
        text, lone = _escaped_lone.subn(r"\\ufffd", text)
        counts[Fix.NUL] += nuls
        counts[Fix.SURROGATE] += lone
    return text


def _parsed(text: str, digits: bytes, counts: Counter[Fix]) -> Any:
    numbers: Counter[Fix] = Counter()
    decode = _counting_decoder(digits, numbers).decode
    value: Any = CUT
    cuts = 0
    try:
        try:
            value = decode(text)
            deep = not _is_writable(value)
        except RecursionError:
            deep = True
        if deep:
            shallow, cuts = nesting.cut(text, most=_MOST_CUTS)
            if value == CUT or shallow != text:
                numbers.clear()
                value = decode(shallow)
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from None
    counts += numbers
    counts[Fix.TOO_DEEP] += cuts
    return value


def _is_writable(value: Any) -> bool:
    """Whether `value` is neither too deep nor has an integer beyond 64 bits."""
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


def _digits(data: bytes) -> bytes:
    """`data` with 0 for every digit, where it is UTF-8; else what may have any numbers in it."""
    if json.detect_encoding(data).startswith("utf-8"):
        return data.translate(_DIGITS_AS_ZERO)
    return b"0" * (MAX_DIGITS_IN_BULK + 1)


def has_long_integer(data: bytes) -> bool:
    """Whether there may be an integer that orjson turns into a float: those of 64 bits have fewer than 20 digits."""
    digits = data.translate(_DIGITS_AS_ZERO)
    return b"0" * 20 in digits or b"-" + b"0" * 19 in digits


def _counting_decoder(digits: bytes, counts: Counter[Fix]) -> json.JSONDecoder:
    """A decoder that calls Python only where there are `digits` of a number that may have to be replaced by text."""

    def constant(number: str) -> str:
        counts[Fix.NOT_A_NUMBER] += 1
        return number

    def integer(number: str) -> Any:
        if len(number) <= MAX_DIGITS_IN_BULK:
            return int(number)
        counts[Fix.LONG_INTEGER] += 1
        return number

    def fraction(number: str) -> Any:
        if math.isfinite(value := float(number)):
            return value
        counts[Fix.OUT_OF_RANGE] += 1
        return number

    return json.JSONDecoder(
        strict=False,
        parse_int=integer if b"0" * (MAX_DIGITS_IN_BULK + 1) in digits else int,
        parse_float=fraction if any(large in digits for large in _LARGE) else float,
        parse_constant=constant,
    )


# No program nests so deeply in so many places of a large value.
_MOST_CUTS = 1000


# Values of usual size


class _Text(str):
    """A number that was replaced by text."""

    __slots__ = ("what",)
    what: Fix


def _text(text: str, what: Fix) -> _Text:
    replaced = _Text(text)
    replaced.what = what
    return replaced


def _integer(text: str) -> Any:
    return int(text) if len(text) <= MAX_DIGITS else _text(text, Fix.LONG_INTEGER)


def _number(text: str) -> Any:
    return value if math.isfinite(value := float(text)) else _text(text, Fix.OUT_OF_RANGE)


def _constant(text: str) -> Any:
    return _text(text, Fix.NOT_A_NUMBER)


_decoder = json.JSONDecoder(strict=False, parse_int=_integer, parse_float=_number, parse_constant=_constant)


def _slowly(data: bytes) -> tuple[Any, Repairs]:
    encoding = json.detect_encoding(data)
    # A byte that is not valid UTF-8 becomes half of a surrogate pair, which _storable finds and notes.
    text = data.decode(encoding, "surrogateescape" if encoding.startswith("utf-8") else "replace")
    cut = False
    try:
        try:
            value = _decoder.decode(text)
        except RecursionError:
            cut = True
            value = _decoder.decode(nesting.cut(text, most=len(text))[0])
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from None
    return _storable(value, cut)


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
            path.append(UNSTORABLE.sub("\ufffd", key) if isinstance(key, str) else key)
        self._repairs.append(Repair(tuple(reversed(path)), what, count))

    def all(self) -> Repairs:
        return (*self._repairs, *(Repair((), what, count) for what, count in self._more.items()))

    def clean(self, text: str, way: _Way) -> str:
        """`text` with U+FFFD in place of characters that a database cannot store."""
        if type(text) is _Text:
            self.add(way, text.what)
            return str(text)
        cleaned, count = UNSTORABLE.subn("\ufffd", text)
        if count:
            nuls = text.count("\x00")
            bytes_ = sum(map(len, _INVALID_BYTES.findall(text)))
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
