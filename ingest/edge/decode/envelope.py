"""A streaming parser of Sentry envelopes. Pure: bytes in, items into the sinks they are given, in any chunking.

    envelope := header [ "\\n" ( item "\\n" )* item? ]
    item     := item-header "\\n" payload       ; or item-header at the end: an empty payload

Source of the rules: docs/protocol.md, "Envelope grammar". Nothing of a payload is held here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

import orjson

from ingest.edge.errors import BadEnvelope, TooLarge
from ingest.ledger.outcomes import Reason
from rustrak.lib import tolerant_json

MAX_HEADER_BYTES = 64 * 1024
MAX_ITEMS = 500

_blank = re.compile(rb"[ \t\r\n]*").match


class Sink(Protocol):
    """Where an item's payload goes, in pieces."""

    def write(self, data: bytes) -> None: ...


#: Asked at each item: the envelope's header, the item's type, its headers, and its length where they say it. None
#: passes the item over.
Begin = Callable[[dict[str, Any], str, dict[str, Any], int | None], Sink | None]


class Parser:
    """Feed it an envelope's bytes; it asks `begin` about each item and writes the payload to the sink it gets.

    Raises BadEnvelope on broken grammar and TooLarge on a header past its limit, and whatever `begin` and its
    sinks raise. `header` is the envelope's once it is known. An item is whole when the next begins or `close`
    returns.
    """

    def __init__(self, begin: Begin) -> None:
        self.header: dict[str, Any] | None = None
        self._begin = begin
        self._items = 0
        # A plain function, not bound to self: such a cycle would keep payloads alive until it is collected.
        self._step: Callable[[Parser, bytes, int], int] = Parser._envelope_header
        self._parts: list[bytes] = []
        self._size = 0
        self._sink: Sink | None = None
        self._left = 0

    def feed(self, data: bytes) -> None:
        """Takes the next bytes."""
        position, end = 0, len(data)
        while position < end:
            position = self._step(self, data, position)

    def close(self) -> None:
        """Says that no more comes."""
        if self._step == Parser._envelope_header:
            if not self._parts:
                raise BadEnvelope("the envelope is empty", Reason.EMPTY)
            self.header = _object(self._taken(), "envelope header")
        elif self._step == Parser._item_header:
            if self._parts:
                self._start_item(self._taken())
            elif self._size:
                raise BadEnvelope("blank lines after the last item")
        if self._step == Parser._counted_payload and self._left:
            raise BadEnvelope("an item is shorter than its length says")

    # The steps: each takes what it can of data from `at` on and returns where the next one goes on.

    def _envelope_header(self, data: bytes, at: int) -> int:
        at, whole = self._header_line(data, at)
        if whole:
            self.header = _object(self._taken(), "envelope header")
            self._step = Parser._item_header
        return at

    def _item_header(self, data: bytes, at: int) -> int:
        at, whole = self._header_line(data, at)
        if whole:
            self._start_item(self._taken())
        return at

    def _counted_payload(self, data: bytes, at: int) -> int:
        end = at + self._left
        if end > len(data):
            if self._sink is not None:
                self._sink.write(data[at:] if at else data)
            self._left = end - len(data)
            return len(data)
        if self._sink is not None and end > at:
            self._sink.write(data[at:end])
        self._left = 0
        self._step = Parser._newline
        return end

    def _line_payload(self, data: bytes, at: int) -> int:
        newline = data.find(b"\n", at)
        end = len(data) if newline < 0 else newline
        if self._sink is not None and end > at:
            self._sink.write(data[at:end])
        if newline < 0:
            return end
        self._step = Parser._item_header
        return newline + 1

    def _newline(self, data: bytes, at: int) -> int:
        if data[at] != 0x0A:
            raise BadEnvelope("no newline after the length of an item")
        self._step = Parser._item_header
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
            raise BadEnvelope(f"more than {MAX_ITEMS} items", Reason.TOO_MANY_ITEMS)
        headers = _object(line, "item header")
        kind, length = headers.get("type"), headers.get("length")
        if not isinstance(kind, str):
            raise BadEnvelope("an item has no type")
        if length is not None and (type(length) is not int or length < 0):
            raise BadEnvelope("an item's length is no number of bytes")
        self._sink = self._begin(self.header or {}, kind, headers, length)
        if length is None:
            self._step = Parser._line_payload
        else:
            self._left = length
            self._step = Parser._counted_payload


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
