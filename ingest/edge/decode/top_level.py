"""Finds a few strings in a JSON object that is too large to parse, as its bytes pass by. Pure."""

from __future__ import annotations

import re
from collections.abc import Container

import orjson

# Longer strings are ignored.
_MAX_TEXT = 128
# The scanner gives up after so many quotes and brackets, and after so many that it looks at one by one: two tenths
# of a second. Events that SDKs cut themselves have far fewer.
MAX_TOKENS = 2_000_000
MAX_STEPS = 50_000
_QUOTE, _BACKSLASH, _COLON, _COMMA = 0x22, 0x5C, 0x3A, 0x2C
_OPEN, _CLOSE = b"{[", b"}]"

_text = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL).match
_to_token = re.compile(rb'[^"{}\[\],:]*+').match
_STRING = rb'"(?>(?:[^"\\]+|\\.)*)"'


def _skipping() -> re.Pattern[bytes]:
    """Matches strings, other text and small values inside a nested value, up to a bracket that has to be counted.

    Brackets are matched in pairs down to four levels, because that is four times as fast as counting them. Groups are
    atomic, as Python before 3.11.5 mismatches a possessive repeat of what backtracks (gh-106052).
    """
    pair = rb"[\[{](?>(?:[^\"{}\[\]]+|%b)*)[\]}]" % _STRING
    for _ in range(3):
        pair = rb"[\[{](?>(?:[^\"{}\[\]]+|%b|%b)*)[\]}]" % (_STRING, pair)
    return re.compile(rb"(?>(?:[^\"{}\[\]]+|%b|%b)*)" % (_STRING, pair), re.DOTALL)


_to_bracket = _skipping().match


class TopLevel:
    """A scanner of the top level of one object. `found` has those of the `names` whose value is a string.

    The first value counts where a name is repeated. In data that is malformed or truncated, and after MAX_TOKENS
    or MAX_STEPS, it finds nothing more.
    """

    def __init__(self, names: Container[str]) -> None:
        self.found: dict[str, str] = {}
        self._names = names
        self._depth = 0
        self._in_text = self._escaped = False
        self._text: bytearray | None = None
        self._key: str | None = None
        self._is_value = False
        self._over = False
        self._tokens = self._steps = 0

    @property
    def slow_bytes(self) -> int:
        """How many bytes could have been read slowly in the time that was spent."""
        return self._tokens + 4 * self._steps

    def feed(self, data: bytes) -> None:
        """Scan the next bytes."""
        if self._over:
            return
        at, end = 0, len(data)
        self._tokens += sum([data.count(token) for token in (b'"', b"[", b"]", b"{", b"}")])
        self._tokens -= data.count(b'\\"')
        while at < end and not self._over:
            self._steps += 1
            if self._steps > MAX_STEPS or self._tokens > MAX_TOKENS:
                self._over = True
                return
            if self._in_text:
                at = self._string(data, at)
            elif self._depth > 1:
                at = self._nested(data, at)
            elif self._depth == 1:
                at = self._top_level(data, at)
            else:
                brace = data.find(b"{", at)
                if data[at : brace if brace >= 0 else end].strip(b" \t\r\n\xef\xbb\xbf"):
                    self._over = True
                elif brace >= 0:
                    self._depth = 1
                at = brace + 1 if brace >= 0 else end

    def _string(self, data: bytes, at: int) -> int:
        start = at
        if self._escaped:
            self._escaped = False
            at += 1
        match = _text(data, at)
        at = match.end() if match else at
        if self._text is not None and len(self._text) <= _MAX_TEXT:
            self._text += data[start : min(at, start + _MAX_TEXT + 1)]
        if at == len(data):
            return at
        if data[at] == _BACKSLASH:  # the last byte: the escaped character is in the next piece
            self._escaped = True
            if self._text is not None:
                self._text.append(_BACKSLASH)
            return at + 1
        self._in_text = False
        if self._text is not None:
            self._finish_string(bytes(self._text))
            self._text = None
        return at + 1

    def _nested(self, data: bytes, at: int) -> int:
        match = _to_bracket(data, at)
        at = match.end() if match else at
        if at == len(data):
            return at
        token = data[at]
        if token == _QUOTE:
            self._in_text = True
        elif token in _OPEN:
            self._depth += 1
        elif token in _CLOSE:
            self._depth -= 1
        return at + 1

    def _top_level(self, data: bytes, at: int) -> int:
        match = _to_token(data, at)
        at = match.end() if match else at
        if at == len(data):
            return at
        token = data[at]
        if token == _QUOTE:
            self._in_text, self._text = True, bytearray()
        elif token == _COLON:
            self._is_value = True
        elif token == _COMMA:
            self._is_value, self._key = False, None
        elif token in _OPEN:
            self._depth += 1
        else:
            self._over = True
        return at + 1

    def _finish_string(self, raw: bytes) -> None:
        if len(raw) > _MAX_TEXT:
            return
        try:
            text: str = orjson.loads(b'"%b"' % raw)
        except orjson.JSONDecodeError:
            return
        if not self._is_value:
            self._key = text
        elif self._key is not None and self._key in self._names:
            self.found.setdefault(self._key, text)
