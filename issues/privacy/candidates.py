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
_REST = re.compile(rb'(?:[^"\\]++|\\.)*+"', re.DOTALL)


class Scrubbed(NamedTuple):
    """A payload without what was removed; the first MOST_NAMED removals, and how many there were."""

    payload: Any
    removals: tuple[Removal, ...] = ()
    total: int = 0


def is_plain(data: bytes) -> bool:
    """Whether the bytes have every character as itself that the patterns of candidates look for."""
    return b"\\/" not in data and b"\\u00" not in data


def scrubbed(payload: Any, policy: Policy, data: bytes | None, depth: int) -> Scrubbed:
    """As engine.scrub, of a payload that is in `depth` texts."""
    if data is None or not is_plain(data):
        data = tolerant_json.dumps(payload)
    found = Candidates(policy, depth)
    if policy.candidates is not None:
        found.look(data, policy.candidates)
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

    def look(self, data: bytes, candidates: re2._Regexp) -> None:
        """Decide every candidate in the JSON `data`."""
        groups = range(1, candidates.groups + 1)
        at = 0
        while (match := candidates.search(data, at)) is not None:
            start, at = match.span()
            inside = next((place for place in map(match.start, groups) if place >= 0), start)
            digits = data[start:at]
            if inside == start and digits[:1].isdigit():
                # Perhaps not in a string.
                at = self._number(data, start)
                if at < 0:
                    return
            opening = _opening(data, inside)
            if opening < 0 or (end := _REST.match(data, opening + 1)) is None:
                at = max(at, inside + 1)
                continue
            literal = data[opening : end.end()]
            if inside != start or not digits[:1].isdigit():
                at = end.end()
            self._decide(literal)

    def _number(self, data: bytes, start: int) -> int:
        """Decide a run of digits that is a number of its own. Returns where it ends."""
        end = start
        while data[end : end + 1].isdigit():
            end += 1
        if data[start - 1 : start] in (b":", b",", b"[") and data[end : end + 1] in (b",", b"}", b"]", b""):
            text = data[start:end].decode()
            changed = self._policy.in_text(text, is_source=True)
            if changed.kinds:
                self.numbers[int(text)] = changed.kinds[0]
        return max(end, start + 1)

    def _decide(self, literal: bytes) -> None:
        known = self._policy.decided.get(literal)
        if known is None:
            known = self._decision(literal)
            self._policy.remember(literal, known)
        text, kind, changed, line = known
        if kind:
            self.names[text] = kind
        if changed is not None:
            self.texts[text] = changed
        if line is not None:
            self.lines[text] = line
        if text == "environ":
            self.environ = True

    def _decision(self, literal: bytes) -> Decision:
        try:
            text: str = orjson.loads(literal)
        except orjson.JSONDecodeError:
            return Decision("", "", None, None)
        changed = self._policy.in_text(text, is_source=False)
        line = self._policy.in_text(text, is_source=True) if changed.kinds else changed
        inner = self._json(text)
        if inner is not None:
            changed = inner
        return Decision(
            text,
            self._policy.kind(text),
            changed if changed.kinds else None,
            line if line.kinds else None,
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
