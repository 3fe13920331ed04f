"""A streaming parser of Sentry envelopes. Pure: bytes in, kept items out, in any chunking.

    envelope := header [ "\\n" ( item "\\n" )* item? ]
    item     := item-header "\\n" payload       ; or item-header at the end: an empty payload

Source of the rules: docs/protocol.md, "Envelope grammar". Items nobody asked for are skipped, not buffered.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from ingest.errors import BadEnvelope, TooLarge
from rustrak.lib import tolerant_json

MAX_HEADER_BYTES = 64 * 1024
MAX_ITEMS = 500

_blank = re.compile(rb"[ \t\r\n]*").match


@dataclass(frozen=True, slots=True)
class Item:
    """One kept item, whole."""

    type: str
    headers: dict[str, Any]
    payload: bytes


class Parser:
    """Feed it an envelope's bytes; it returns the items whose type is in `keep` as they become whole.

    `keep` maps a type to the most bytes such an item may have. Raises BadEnvelope on broken grammar and
    TooLarge on a kept item or a header past its limit. `header` is the envelope's once it is known;
    `skipped` counts the other items by type.
    """

    def __init__(self, keep: Mapping[str, int]) -> None:
        self.header: dict[str, Any] | None = None
        self.skipped: Counter[str] = Counter()
        self._keep = keep
        self._items = 0
        self._step: Callable[[bytes, int, list[Item]], int] = self._envelope_header
        self._parts: list[bytes] = []
        self._size = 0
        self._type = ""
        self._headers: dict[str, Any] = {}
        self._limit: int | None = None
        self._left = 0

    def feed(self, data: bytes) -> list[Item]:
        """Takes the next bytes, returns the items that they completed."""
        done: list[Item] = []
        position, end = 0, len(data)
        while position < end:
            position = self._step(data, position, done)
        return done

    def close(self) -> list[Item]:
        """Says that no more comes; returns the last item if the end completed it."""
        done: list[Item] = []
        if self._step == self._envelope_header:
            if not self._parts:
                raise BadEnvelope("the envelope is empty")
            self.header = _object(self._taken(), "envelope header")
        elif self._step == self._item_header:
            if self._parts:
                self._start_item(self._taken())
            elif self._size:
                raise BadEnvelope("blank lines after the last item")
        if self._step == self._counted_payload:
            if self._left:
                raise BadEnvelope("an item is shorter than its length says")
            self._end_item(done)
        elif self._step == self._line_payload:
            self._end_item(done)
        return done

    # The steps: each takes what it can of data from `at` on and returns where the next one goes on.

    def _envelope_header(self, data: bytes, at: int, done: list[Item]) -> int:
        at, whole = self._header_line(data, at)
        if whole:
            self.header = _object(self._taken(), "envelope header")
            self._step = self._item_header
        return at

    def _item_header(self, data: bytes, at: int, done: list[Item]) -> int:
        at, whole = self._header_line(data, at)
        if whole:
            self._start_item(self._taken())
        return at

    def _counted_payload(self, data: bytes, at: int, done: list[Item]) -> int:
        end = at + self._left
        if end > len(data):
            if self._limit is not None:
                self._parts.append(data[at:])
            self._left = end - len(data)
            return len(data)
        if self._limit is not None:
            self._parts.append(data[at:end])
        self._end_item(done)
        self._step = self._newline
        return end

    def _line_payload(self, data: bytes, at: int, done: list[Item]) -> int:
        newline = data.find(b"\n", at)
        end = len(data) if newline < 0 else newline
        if self._limit is not None:
            self._size += end - at
            if self._size > self._limit:
                raise TooLarge(f"an item of type {self._type!r} is larger than {self._limit} bytes")
            self._parts.append(data[at:end])
        if newline < 0:
            return end
        self._end_item(done)
        return newline + 1

    def _newline(self, data: bytes, at: int, done: list[Item]) -> int:
        if data[at] != 0x0A:
            raise BadEnvelope("no newline after the length of an item")
        self._step = self._item_header
        return at + 1

    def _header_line(self, data: bytes, at: int) -> tuple[int, bool]:
        """Collects a line that starts with `{`; blanks before it are passed over, as a JSON stream would."""
        if not self._parts:
            match = _blank(data, at)
            start = match.end() if match else at
            # At the very end blanks are wrong, and only the end knows: `close` looks at the size.
            self._size += start - at
            if start == len(data):
                return start, False
            if data[start] != 0x7B:
                raise BadEnvelope("a header is no JSON object")
            self._size = 0
            at = start
        newline = data.find(b"\n", at)
        end = len(data) if newline < 0 else newline
        self._size += end - at
        if self._size > MAX_HEADER_BYTES:
            raise TooLarge(f"a header is larger than {MAX_HEADER_BYTES} bytes")
        self._parts.append(data[at:end])
        return (end, False) if newline < 0 else (newline + 1, True)

    def _taken(self) -> bytes:
        parts = self._parts
        line = parts[0] if len(parts) == 1 else b"".join(parts)
        self._parts = []
        self._size = 0
        return line

    def _start_item(self, line: bytes) -> None:
        self._items += 1
        if self._items > MAX_ITEMS:
            raise BadEnvelope(f"more than {MAX_ITEMS} items")
        headers = _object(line, "item header")
        kind, length = headers.get("type"), headers.get("length")
        if not isinstance(kind, str):
            raise BadEnvelope("an item has no type")
        self._type, self._headers, self._limit = kind, headers, self._keep.get(kind)
        if length is None:
            self._step = self._line_payload
            return
        if type(length) is not int or length < 0:
            raise BadEnvelope("an item's length is no number of bytes")
        if self._limit is not None and length > self._limit:
            raise TooLarge(f"an item of type {kind!r} is larger than {self._limit} bytes")
        self._left = length
        self._step = self._counted_payload

    def _end_item(self, done: list[Item]) -> None:
        if self._limit is None:
            self.skipped[self._type] += 1
            self._taken()
        else:
            done.append(Item(self._type, self._headers, self._taken()))
        self._left = 0
        self._step = self._item_header


def _object(line: bytes, what: str) -> dict[str, Any]:
    """The JSON object on this line, from `{` to `}`; NaN and half surrogates included."""
    value: Any
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        try:
            value, _ = tolerant_json.loads(line)
        except tolerant_json.NotJson:
            raise BadEnvelope(f"the {what} is no JSON object") from None
    if not isinstance(value, dict) or line[-1] != 0x7D:
        raise BadEnvelope(f"the {what} is no JSON object alone on its line")
    return value
