"""The full-text index of issues, behind one interface: FTS5 on SQLite, a `tsvector` with GIN on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q


def condition(words: Sequence[str], *, prefix: bool) -> Q:
    """A condition on Issue: its text has all of `words` (as issues.search.words splits them), in any column.

    With `prefix` the last of them may be the beginning of a word. The words of one call are looked up in the index only:
    that they follow each other is for the caller to compare with the columns of IssueText.
    """
    raise NotImplementedError
