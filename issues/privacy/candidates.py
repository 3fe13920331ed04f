"""Finds in the JSON of a payload every string in which something has to be removed, and has it walked if there is one. Pure."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import orjson
import re2

from issues.privacy.ruleset import Changed, Decision, Policy
from issues.privacy.walk import Removal, Walk, Wanted
from rustrak.lib import tolerant_json

# A string that is JSON is read as JSON, as deep and as large as this; else as a text.
_DEEPEST_TEXT, _LONGEST_TEXT = 3, 1 << 18
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
# What comes before a string that is not complete.
_BEFORE = re.compile(rb'(?:[^"]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_DIGITS = re.compile(rb"[0-9]{1,40}")
_BEFORE_NUMBER, _AFTER_NUMBER = (b":", b",", b"[", b""), (b",", b"}", b"]", b"")
_QUOTE, _BRACKET = b'"['
# What comes before a line of source code, in the JSON that orjson writes; before how many candidates, how far
# and at how many places it is looked for.
_BEFORE_LINE = re.compile(
    rb'[{,]"(?:context_line":|(?:pre|post)_context":\[(?:"(?:[^"\\]++|\\.)*+",)*+)', re.DOTALL
)
_LONGEST_SOURCE, _MOST_SOURCE, _MOST_NAMES = 1 << 13, 50, 4


class Scrubbed(NamedTuple):
    """A payload without what was removed; the first MOST_NAMED removals, and how many there were."""

    payload: Any
    removals: tuple[Removal, ...] = ()
    total: int = 0


def scrubbed(payload: Any, policy: Policy, data: bytes | None, depth: int) -> Scrubbed:
    """As engine.scrub, of a payload that is in `depth` texts."""
    if data is None:
        data = tolerant_json.dumps(payload)
    candidates = policy.candidates
    first = None if candidates is None else candidates.search(data)
    if first is None and not policy.patterns:
        return Scrubbed(payload)
    found = Candidates(policy, depth)
    if first is not None:
        try:
            written = orjson.dumps(payload)
        except TypeError:  # an integer beyond 64 bits
            written = tolerant_json.dumps(payload)
        else:
            found.places = []
        found.look(written, candidates, first if written == data else None)
    if policy.patterns:
        found.match(payload)
    if not found:
        return Scrubbed(payload)
    walk = Walk(policy, found)
    done = walk.value(payload)
    return Scrubbed(done, tuple(walk.removals), walk.total)


class Candidates(Wanted):
    """Finds what has to change. `depth`: in how many texts that are JSON the payload is."""

    def __init__(self, policy: Policy, depth: int) -> None:
        super().__init__()
        self._policy, self._depth = policy, depth
        self._looked = 0

    def look(self, data: bytes, candidates: re2._Regexp, first_match: re2._Match | None) -> None:
        """Decide every candidate in the JSON `data`, of which the first is known where it is given."""
        match = first_match or candidates.search(data)
        outside = 0
        while match is not None:
            start, at = match.span()
            first = data[start]
            if 0x30 <= first <= 0x39:
                opening = _BEFORE.match(data, outside, start).end()  # type: ignore[union-attr]
                if opening == start:
                    # Not in a string, but a number.
                    at = outside = self._number(data, start)
                    match = candidates.search(data, at)
                    continue
            elif first == _BRACKET:
                opening = start + 1
            elif first == _QUOTE:
                opening = data.rfind(b'"', start, at - 1) if data[at - 1] == _QUOTE else start
            else:
                opening = _opening(data, start)
            end = _STRING.match(data, opening)
            at = outside = at if end is None else end.end()
            if end is not None:
                if self.places is not None:
                    self.places.append(opening)
                self._decide(end[0], data, opening)
            match = candidates.search(data, at)

    def _number(self, data: bytes, start: int) -> int:
        """Decide a run of digits that is a number or a part of one. Returns where it ends."""
        digits = _DIGITS.match(data, start)[0]  # type: ignore[index]
        end = start + len(digits)
        if data[start - 1 : start] in _BEFORE_NUMBER and data[end : end + 1] in _AFTER_NUMBER:
            number = int(digits)
            if number not in self.numbers:
                changed = self._policy.in_text(digits.decode()).line
                if not changed.kinds:
                    return end
                self.numbers[number] = changed.kinds[0]
            if self.places is not None:
                self.places.append(start)
        return end

    def _decide(self, literal: bytes, data: bytes, opening: int) -> None:
        # In a text in a text JSON is not read any more, so that decisions differ.
        known = None if self._depth else self._policy.decided.get(literal)
        if known is None:
            known = self._decision(literal)
            if not self._depth:
                self._policy.remember(literal, known)
        text, kind, changed, line = known
        if (kind or changed is not None) and line is None and self._is_line(data, opening):
            return
        if kind:
            self.names[text] = kind
        if changed is not None:
            self.texts[text] = changed
        if line is not None:
            self.lines[text] = line
        if text == "environ":
            self.environ = True

    def _is_line(self, data: bytes, opening: int) -> bool:
        """Whether the string that begins there is known to be a line of source code, which has no names of values."""
        self._looked += 1
        if self._looked > _MOST_SOURCE:
            return False
        start, least = opening, max(0, opening - _LONGEST_SOURCE)
        for _ in range(_MOST_NAMES):
            if (start := data.rfind(b"context", least, start)) < 1:
                return False
            # Its name begins at most five bytes before.
            name = data.rfind(b'"', start - 6, start)
            before = _BEFORE_LINE.match(data, name - 1, opening) if name > 0 else None
            if before is not None and before.end() == opening:
                return True
        return False

    def _decision(self, literal: bytes) -> Decision:
        try:
            text: str = orjson.loads(literal)
        except orjson.JSONDecodeError:
            return Decision("", "", None, None)
        changed, line = self._policy.in_text(text)
        if (inner := self._json(text)) is not None:
            changed = inner
        return Decision(
            text, self._policy.kind(text), changed if changed.kinds else None, line if line.kinds else None
        )

    def _json(self, text: str) -> Changed | None:
        """The text without what is removed, where it is JSON of an object or an array; None where it is not."""
        if self._depth >= _DEEPEST_TEXT or text[:1] not in ("{", "[") or len(text) > _LONGEST_TEXT:
            return None
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            return None
        done = scrubbed(value, self._policy, None, self._depth + 1)
        kinds = tuple(dict.fromkeys(removal.kind for removal in done.removals))
        return Changed(tolerant_json.dumps(done.payload).decode() if kinds else text, kinds)

    def match(self, payload: Any) -> None:
        """Match every string against the patterns of people."""
        for text in _strings(payload):
            if text in self._policy.unmatched:
                continue
            before = self.texts.get(text)
            changed = self._policy.by_patterns(before.text if before else text)
            if not changed.kinds:
                if before is None:
                    self._policy.remember_unmatched(text)
                continue
            self.places = None
            self.texts[text] = changed.after(before)
            line = self.lines.get(text)
            self.lines[text] = self._policy.by_patterns(line.text if line else text).after(line)


def _strings(payload: Any) -> set[str]:
    """Every string in a payload, names included."""
    found: set[str] = set()
    left = [payload]
    while left:
        value = left.pop()
        if isinstance(value, str):
            found.add(value)
        elif isinstance(value, dict):
            found.update(value)
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)
    return found


def _opening(data: bytes, inside: int) -> int:
    """Where the string begins that `inside` is in: at its quotation mark."""
    at = inside
    while (at := data.rfind(b'"', 0, at)) > 0 and data[at - 1] == 0x5C:
        before = at - 1
        while before > 0 and data[before - 1] == 0x5C:
            before -= 1
        if (at - before) % 2 == 0:
            break
    return at
