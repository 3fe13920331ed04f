"""The names that could be meant by one that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

#: Comparing takes a few microseconds for each name.
MOST_NAMES, LONGEST = 1_000, 64
_CLOSE = 0.7


def nearest(name: str, names: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """At most `most` of `names` that are like `name`, the most similar first. Those past MOST_NAMES, and longer ones, are not looked at.

    Case and the characters that join words do not count; a name that begins with `name` is like it.
    """
    wanted = _folded(name)
    if not wanted or len(wanted) > LONGEST:
        return ()
    by_form: dict[str, str] = {}
    for one in islice(names, MOST_NAMES):
        if len(one) <= LONGEST:
            by_form.setdefault(_folded(one), one)
    close = get_close_matches(wanted, by_form, n=most, cutoff=_CLOSE)
    longer = [form for form in sorted(by_form) if form.startswith(wanted)] if len(wanted) > 1 else []
    return tuple(by_form[form] for form in dict.fromkeys([*close, *longer]))[:most]


def _folded(name: str) -> str:
    return "".join(char for char in name.casefold() if char not in "-_. ")
