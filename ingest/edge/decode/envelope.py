"""A streaming parser of Sentry envelopes. Pure.

    envelope := header [ "\\n" ( item "\\n" )* item? ]
    item     := item-header "\\n" payload       ; or item-header at the end: an empty payload

Source: docs/protocol.md, "Envelope grammar". The parser keeps nothing of a payload.

An item that cannot be read does not end the envelope: docs/protocol.md, "Items that cannot be read", says where reading
goes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

import orjson

from ingest.edge.decode import item_header, json_object
from ingest.edge.errors import BadEnvelope, Refused, TooLarge
from ingest.ledger.outcomes import Reason

MAX_HEADER_BYTES = 64 * 1024
# Of all headers of an envelope together, with the blanks between them.
MAX_HEADERS_BYTES = 256 * 1024
MAX_ITEMS = 500
# How many lines of an envelope are looked at for a header after items that cannot be read.
MAX_LINES = 1000

_blank = re.compile(rb"[ \t\r\n]*").match


class Sink(Protocol):
    """Is given an item's payload, in pieces."""

    def write(self, data: bytes) -> None: ...


#: Called at the start of each item with the envelope's header, the item's type, its headers, and its length if they
#: contain it. Returns the sink for the payload, or None to skip the item.
Begin = Callable[[dict[str, Any], str, dict[str, Any], int | None], Sink | None]
#: Called for each item that cannot be read with its type, empty if that is not known, why (a BadEnvelope or TooLarge),
#: and whether it is the one for which `begin` was called last.
Unreadable = Callable[[str, Refused, bool], None]


class Parser:
    """Parses one envelope, in whatever pieces it comes: calls `begin` for each item and writes its payload to the sink,
    and `unreadable` for each that cannot be read.

    `header` is the envelope's header, None until it was read. An item is complete when the next one begins or `close`
    returns. Raises BadEnvelope for an envelope's header that is malformed and for too many items, TooLarge for a header
    beyond MAX_HEADER_BYTES, and whatever `begin`, `unreadable` and the sinks raise.
    """

    def __init__(self, begin: Begin, unreadable: Unreadable) -> None:
        self.header: dict[str, Any] | None = None
        self._begin = begin
        self._unreadable = unreadable
        self._items = 0
        # A plain function and not a bound method: a cycle would keep payloads in memory until it is collected.
        self._step: Callable[[Parser, bytes, int], int] = Parser._envelope_header
        self._parts: list[bytes] = []
        self._size = 0
        self._headers_left = MAX_HEADERS_BYTES
        self._sink: Sink | None = None
        self._left = 0
        self._lines_left = MAX_LINES
        # Of the item that is being read: its type, whether `begin` was called for it, and whether its payload ended
        # with a newline.
        self._kind = ""
        self._begun = False
        self._ended_line = False

    @property
    def header_bytes(self) -> int:
        """The bytes of all headers so far."""
        return MAX_HEADERS_BYTES - self._headers_left

    def feed(self, data: bytes) -> None:
        """Parse the next bytes."""
        position, end = 0, len(data)
        while position < end:
            position = self._step(self, data, position)

    def close(self) -> None:
        """End the envelope."""
        if self._step == Parser._envelope_header:
            if not self._parts:
                raise BadEnvelope("the envelope is empty", Reason.EMPTY)
            self.header = _object(self._taken(), "envelope header")
        elif self._step == Parser._item_header:
            if self._parts:
                self._item(self._taken)
        elif self._step == Parser._search and self._parts:
            self._look_at(self._found_line())
        if self._step == Parser._counted_payload and self._left and self._begun:
            self._lose(BadEnvelope("an item is shorter than its length header says"), self._kind, self._begun)

    # The steps: each reads what it can of `data` from `at` on and returns where the next one continues.

    def _envelope_header(self, data: bytes, at: int) -> int:
        at, whole = self._header_line(data, at)
        if whole:
            self.header = _object(self._taken(), "envelope header")
            self._step = Parser._item_header
        return at

    def _item_header(self, data: bytes, at: int) -> int:
        try:
            at, whole = self._header_line(data, at)
        except (BadEnvelope, TooLarge) as why:
            self._lose(why)
            self._step = Parser._rest_of_line
            return at
        if whole:
            self._item(self._taken)
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
        self._ended_line = end == at or data[end - 1] == 0x0A
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
            if self._begun:
                self._lose(BadEnvelope("an item is not followed by a newline"), self._kind, True)
            # Its length may be one too large: then the next header begins here.
            self._step = Parser._search if self._ended_line else Parser._rest_of_line
            return at
        self._step = Parser._item_header
        return at + 1

    # The steps after an item whose end is not known.

    def _rest_of_line(self, data: bytes, at: int) -> int:
        """Find the next line that begins with `{`."""
        line = data.find(b"\n{", at)
        if line >= 0:
            self._step = Parser._search
            return line + 1
        if data[-1] == 0x0A:
            self._step = Parser._search
        return len(data)

    def _search(self, data: bytes, at: int) -> int:
        """Collect a line, and begin an item if it is certain to be the header of one."""
        if not self._parts:
            if data[at] != 0x7B:
                self._step = Parser._rest_of_line
                return at
            self._lines_left -= 1
            if self._lines_left < 0:
                self._step = Parser._nothing
                return len(data)
        newline = data.find(b"\n", at)
        end = len(data) if newline < 0 else newline
        self._size += end - at
        if self._size > item_header.MAX_FOUND_BYTES:
            self._parts, self._size = [], 0
            self._step = Parser._rest_of_line
            return end
        self._parts.append(data[at:end])
        if newline < 0:
            return end
        self._look_at(self._found_line())
        return newline + 1

    def _nothing(self, data: bytes, at: int) -> int:
        """Read past the rest."""
        return len(data)

    def _found_line(self) -> bytes:
        line = b"".join(self._parts)
        self._parts, self._size = [], 0
        self._headers_left -= len(line)
        return line

    def _look_at(self, line: bytes) -> None:
        headers = item_header.found(line) if self._headers_left >= 0 else None
        if headers is not None:
            self._count_item()
            self._start(headers["type"], headers, headers.get("length"))
        elif self._headers_left < 0:
            self._step = Parser._nothing
        else:
            # The next line, too, may be the one.
            self._step = Parser._search

    def _header_line(self, data: bytes, at: int) -> tuple[int, bool]:
        """Collect a line that starts with `{`, after any blanks, which a parser of a JSON stream would skip, too."""
        if not self._parts:
            start = at
            if data[at] != 0x7B and (match := _blank(data, at)):
                start = match.end()
            # Blanks at the very end are an error, which only `close` can see, by the size.
            if start > at or self._size:
                self._size += start - at
                if self._size > MAX_HEADER_BYTES:
                    raise TooLarge.than(MAX_HEADER_BYTES, "the blank space before a header")
                if start == len(data):
                    return start, False
                self._headers_left -= self._size
                self._size = 0
                at = start
            if data[at] != 0x7B:
                raise BadEnvelope("a header is not a JSON object")
        newline = data.find(b"\n", at)
        end = len(data) if newline < 0 else newline
        self._size += end - at
        if self._size > MAX_HEADER_BYTES:
            raise TooLarge.than(MAX_HEADER_BYTES, "a header")
        self._parts.append(data[at:end])
        return (end, False) if newline < 0 else (newline + 1, True)

    def _taken(self) -> bytes:
        parts = self._parts
        line = parts[0] if len(parts) == 1 else b"".join(parts)
        self._headers_left -= len(line)
        if self._headers_left < 0:
            raise TooLarge.than(MAX_HEADERS_BYTES, "all headers together")
        self._parts = []
        self._size = 0
        return line

    def _count_item(self) -> None:
        self._items += 1
        if self._items > MAX_ITEMS:
            raise BadEnvelope(f"more than {MAX_ITEMS} items", Reason.TOO_MANY_ITEMS)

    def _item(self, line: Callable[[], bytes]) -> None:
        """Begin the item of the header that `line` returns."""
        try:
            text = line()
        except TooLarge as why:
            # There is no more room for headers: the rest is part of what cannot be read.
            self._lose(why)
            self._step = Parser._nothing
            return
        try:
            headers = _object(text, "item header")
        except BadEnvelope as why:
            self._lose(why, item_header.kind_in(text))
            return
        self._count_item()
        kind, length = headers.get("type"), headers.get("length")
        if isinstance(kind, str) and (length is None or item_header.is_length(length)):
            self._start(kind, headers, length)
        else:
            self._lose_known(kind, length)

    def _start(self, kind: str, headers: dict[str, Any], length: int | None) -> None:
        self._kind, self._begun = kind, True
        self._sink = self._begin(self.header or {}, kind, headers, length)
        if length is None:
            self._step = Parser._line_payload
        else:
            self._left = length
            self._step = Parser._counted_payload

    def _lose_known(self, kind: object, length: object) -> None:
        """An item whose header is an object and cannot be used: what follows is skipped if its length is known."""
        self._items -= 1
        if isinstance(kind, str):
            self._lose(BadEnvelope("an item's length is not a number of bytes"), kind)
            return
        self._lose(BadEnvelope("an item has no type"))
        if isinstance(length, int) and item_header.is_length(length):
            self._kind, self._sink, self._left = "", None, length
            self._step = Parser._counted_payload

    def _lose(self, why: Refused, kind: str = "", begun: bool = False) -> None:
        """Report an item that cannot be read. What follows is searched for the next header."""
        self._parts, self._size = [], 0
        self._begun, self._sink = False, None
        self._step = Parser._search
        if not begun:
            self._count_item()
        # Its frames would keep what was sent in memory.
        self._unreadable(kind, why.with_traceback(None), begun)


def _object(line: bytes, what: str) -> dict[str, Any]:
    """The JSON object that is all of `line`, from `{` to `}`."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        value = json_object.parse(line)
    if not isinstance(value, dict) or line[-1] != 0x7D:
        raise BadEnvelope(f"the {what} is not a JSON object on a line of its own")
    return value
