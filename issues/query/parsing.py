"""Reads a search text."""

from __future__ import annotations

from collections.abc import Sequence

from issues.query.mistakes import Mistake
from issues.query.syntax import Query

#: Longer texts and more terms or values are refused.
LONGEST, MOST_TERMS, MOST_VALUES = 500, 30, 50


def parse(text: str) -> tuple[Query, Sequence[Mistake]]:
    """What `text` says, and what is wrong with it: terms with a mistake are not in the query. Linear in the length of `text`."""
    raise NotImplementedError
