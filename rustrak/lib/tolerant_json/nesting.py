"""Cuts JSON that is nested too deeply, in its text: whatever the depth, nothing recurses. For rustrak.lib.tolerant_json.repair."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from itertools import accumulate

# orjson cannot write deeper values.
MAX_DEPTH = 254
CUT = "[cut: nested too deeply]"

_STRING = r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)'


_string = re.compile(_STRING, re.DOTALL)
# For `bytes.translate`: opening brackets become 1, closing ones 0, all else is left out.
_STEPS = bytes(byte in b"[{" for byte in range(256))
_NO_BRACKET = bytes(byte for byte in range(256) if byte not in b"[]{}")
_BY_STEP = (-1, 1)


def _filling(levels: int) -> str:
    """A pattern for what has no bracket but those that are closed again, nested up to `levels` deep."""
    inside = r'[^"\[\]{}]++|' + _STRING
    if levels:
        # Atomic, as Python before 3.11.5 mismatches a possessive repeat of what backtracks (gh-106052).
        inside += rf"|(?>[\[{{](?:{_filling(levels - 1)})*+[\]}}])"
    return inside


@cache
def _part(levels: int) -> Callable[[str, int], re.Match[str] | None]:
    """Matches what is filled in between brackets, else a run of opening or of closing ones: always something."""
    return re.compile(rf"(?:{_filling(levels)})++|[\[{{]++|[\]}}]++", re.DOTALL).match


# More take less time where nesting is a little deeper than that, and more time where it is much deeper.
_SKIPPED_LEVELS = 8


class NotJson(ValueError):
    """The data cannot be read as JSON; the message says why."""


def cut(text: str, most: int) -> tuple[str, int]:
    """`text` with every array and object below MAX_DEPTH replaced by CUT, and how many were. It does not recurse.

    Raises NotJson for more than `most`.
    """
    _count_brackets(text, most)
    kept: list[str] = []
    cuts = depth = start = at = 0
    while at < len(text):
        # Nothing that is skipped may reach below MAX_DEPTH, unless it is cut anyway.
        skipped = _SKIPPED_LEVELS if depth > MAX_DEPTH else min(_SKIPPED_LEVELS, MAX_DEPTH - depth)
        part = _part(skipped)(text, at)
        end = part.end() if part else at + 1
        if text[end - 1] in "[{" and text[at] in "[{":
            if depth <= MAX_DEPTH < depth + end - at:
                kept.append(text[start : at + MAX_DEPTH - depth])
            depth += end - at
        elif text[at] in "]}":
            if depth - (end - at) <= MAX_DEPTH < depth:
                kept.append(f'"{CUT}"')
                start = at + depth - MAX_DEPTH
                cuts += 1
            depth -= end - at
        at = end
    if depth <= MAX_DEPTH:
        kept.append(text[start:])
    return "".join(kept), cuts


def _count_brackets(text: str, most_cuts: int) -> None:
    """Raise NotJson when there are not as many closing as opening brackets, or more than `most_cuts` places to cut. Far
    faster than to cut."""
    steps = _string.sub("", text).encode("utf-8", "surrogatepass").translate(_STEPS, _NO_BRACKET)
    if 2 * sum(steps) != len(steps):
        raise NotJson("its brackets are not closed")
    depths = accumulate(map(_BY_STEP.__getitem__, steps))
    if sum(map((MAX_DEPTH + 1).__eq__, depths)) // 2 > most_cuts:
        raise NotJson("it is nested too deeply")
