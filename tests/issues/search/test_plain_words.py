from __future__ import annotations

from issues import search


def test_words_count_once_and_long_ones_first() -> None:
    assert search.words("a a A École\n b") == ["École", "A", "b"]
