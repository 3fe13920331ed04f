"""Bounds the memory that parsing a large event takes: `[[],[],…]` of 8 MB becomes 200 MB of objects. Pure.

Members of the event that would take too much, by the number of their brackets and commas, are left out unparsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson

from issues.payload.notes import Notes, What, path

# Estimated bytes of Python objects.
MOST = 96 * 1024 * 1024
# For the fields that name and group an event: without them it would belong to another issue.
MOST_OF_IDENTITY = 4 * MOST
_IDENTITY = frozenset({
    "event_id", "timestamp", "platform", "level", "type", "release", "environment", "transaction", "fingerprint",
    "exception", "sentry.interfaces.Exception", "logentry", "message", "sentry.interfaces.Message", "stacktrace",
    "sentry.interfaces.Stacktrace", "user", "sentry.interfaces.User", "tags", "sdk", "culprit",
})  # fmt: skip
_ARRAY, _OBJECT, _MEMBER, _PAIR, _QUOTE = 80, 200, 24, 40, 24

_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_space = re.compile(rb"[ \t\r\n]*+").match
_string = re.compile(_STRING, re.DOTALL).match


def _within(levels: int) -> bytes:
    """A pattern for what is inside brackets, which may be nested up to `levels` deep."""
    inner = rb'[^"\[\]{}]++|' + _STRING
    if levels:
        # Atomic, as Python before 3.11.5 mismatches a possessive repeat of what backtracks (gh-106052).
        inner += rb"|(?>[\[{](?:" + _within(levels - 1) + rb")*+[\]}])"
    return inner


# Deeper brackets are read again at each further level, so more levels in the pattern cost less time but more memory.
_inside = re.compile(rb"(?:" + _within(8) + rb")++|[\[{]++|[\]}]++", re.DOTALL).match
# Of one value: so many changes of the depth beyond what the pattern skips are not those of an honest event.
_MOST_PARTS = 100_000
_scalar = re.compile(rb'[^"\[\]{},]*+').match


def weight(data: bytes, start: int = 0, end: int | None = None) -> int:
    """About how many bytes of objects `data[start:end]` becomes when it is parsed; text counts by its length."""
    end = len(data) if end is None else end
    return (
        end
        - start
        + _ARRAY * data.count(b"[", start, end)
        + _OBJECT * data.count(b"{", start, end)
        + _MEMBER * data.count(b",", start, end)
        + _PAIR * data.count(b":", start, end)
        + _QUOTE * data.count(b'"', start, end)
    )


def thinned(data: bytes, notes: Notes) -> bytes:
    """`data`; where it weighs more than MOST, without the heaviest of the members that are not needed. Notes these.

    Data that is not a JSON object is returned as it is: the parser will say what is wrong with it.
    """
    if weight(data) <= MOST:
        return data
    try:
        found = list(members(data))
    except ValueError:
        return data
    kept: set[int] = set()
    used = 0
    ranks = [(name not in _IDENTITY, weight(data, start, end)) for name, start, end in found]
    for index in sorted(range(len(found)), key=ranks.__getitem__):
        name, start, end = found[index]
        dispensable, heavy = ranks[index]
        if used + heavy <= (MOST if dispensable else MOST_OF_IDENTITY):
            used += heavy
            kept.add(index)
        else:
            notes.add(path(name), What.DROPPED, str(end - start))
    return (
        b"{"
        + b",".join(data[start:end] for index, (_, start, end) in enumerate(found) if index in kept)
        + b"}"
    )


def members(data: bytes) -> Iterator[tuple[str, int, int]]:
    """Name, start and end of each member of the object. Raises ValueError when `data` is not an object."""
    at = _after_space(data, 0)
    if data[at : at + 1] != b"{":
        raise ValueError("not an object")
    while True:
        start = _after_space(data, at + 1)
        if data[at : at + 1] == b"{" and data[start : start + 1] == b"}":
            at = start
            break
        name = _string(data, start)
        if name is None:
            raise ValueError("a member without a name")
        at = _after_space(data, name.end())
        if data[at : at + 1] != b":":
            raise ValueError("a member without a value")
        at = _after_value(data, _after_space(data, at + 1))
        yield orjson.loads(name[0]), start, at
        at = _after_space(data, at)
        if data[at : at + 1] != b",":
            break
    if data[at : at + 1] != b"}" or _after_space(data, at + 1) < len(data):
        raise ValueError("an object without end")


def _after_space(data: bytes, at: int) -> int:
    found = _space(data, at)
    return found.end() if found else at


def _after_value(data: bytes, at: int) -> int:
    """The index after the value that begins at `at`. Raises ValueError for a value without an end."""
    first = data[at : at + 1]
    if first == b'"':
        if (found := _string(data, at)) is None:
            raise ValueError("a text without end")
        return found.end()
    if first not in (b"[", b"{"):
        found = _scalar(data, at)
        return found.end() if found else at
    depth = 1
    at += 1
    parts = 0
    while (found := _inside(data, at)) and parts < _MOST_PARTS:
        parts += 1
        end = found.end()
        if data[at] in b"[{" and data[end - 1] in b"[{":
            depth += end - at
        elif data[at] in b"]}":
            if end - at >= depth:
                return at + depth
            depth -= end - at
        at = end
    raise ValueError("brackets without end")
