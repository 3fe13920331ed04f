"""Which issues a commit's message says it fixes. Pure.

Source: Sentry's documentation, "Associate commits", "Resolving issues with commits": close, fix and resolve in their forms, then the short id
of an issue. Forges take the same words for their own issues, which are `#12` or `owner/name#12` and mean none here.
"""

from __future__ import annotations

import re

#: Characters of a message that are read, and issues that one message can name.
LONGEST_READ, MOST_ISSUES = 20_000, 100

_WORD = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b\s{0,20}:?\s{0,20}", re.IGNORECASE)
# `SHOP-12`, `WEB-SHOP-12`. A longer word that begins so, or goes on after it, is another one.
_ID = re.compile(r"(?P<slug>[A-Za-z0-9_][\w-]{0,49})-(?P<number>[0-9]{1,18})(?![\w-])", re.ASCII)
_NEXT = re.compile(r"\s{0,20}(?:,\s{0,20}(?:and\b|&)?|&|\band\b)\s{0,20}", re.IGNORECASE)
# `git revert` quotes the subject of what it takes back.
_REVERT = re.compile(r"\s{0,20}revert\b", re.IGNORECASE)


def named(message: str) -> list[tuple[str, int]]:
    """The short ids that the message says it fixes: (slug in lower case, number), each once, in their order.

    A message that begins with “Revert” fixes nothing.
    """
    text = message[:LONGEST_READ]
    if _REVERT.match(text):
        return []
    found: dict[tuple[str, int], None] = {}
    for word in _WORD.finditer(text):
        at = word.end()
        while (one := _ID.match(text, at)) and len(found) < MOST_ISSUES:
            found[one["slug"].lower(), int(one["number"])] = None
            following = _NEXT.match(text, one.end())
            if not following:
                break
            at = following.end()
    return list(found)
