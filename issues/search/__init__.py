"""Finds issues: what a text of the grammar of issues.query means in the database."""

from __future__ import annotations

from issues.search.find import Found, Scope, by_status, find
from issues.search.limits import SECONDS, TookTooLong, limited
from issues.search.plain_words import MOST_WORDS, words

__all__ = [
    "MOST_WORDS",
    "SECONDS",
    "Found",
    "Scope",
    "TookTooLong",
    "by_status",
    "find",
    "limited",
    "words",
]
