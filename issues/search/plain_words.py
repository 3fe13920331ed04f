"""Splits texts into words that are searched for in feedback and releases, wherever they are in a text."""

from __future__ import annotations

from rustrak.lib.text.folding import fold

#: More words than a person pastes. Each is compared with each text.
MOST_WORDS = 30


def words(text: str) -> list[str]:
    """The different words of `text`. The longest ones, which few texts contain, come first."""
    return sorted({fold(word): word for word in text.split()}.values(), key=len, reverse=True)
