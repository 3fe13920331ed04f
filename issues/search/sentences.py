"""Says what is wrong with a search text where there is no page to mark the place: in answers of the API and in forms."""

from __future__ import annotations

from collections.abc import Sequence

from issues.query.mistakes import Mistake

# Of a part that is quoted, in characters.
_LONGEST = 100


def sentence(text: str, mistakes: Sequence[Mistake]) -> str:
    """The mistakes with the part of `text` that each is about, where it begins (from 1), and what could be meant instead."""
    return " ".join(_one(text, mistake) for mistake in mistakes)


def _one(text: str, mistake: Mistake) -> str:
    part = text[mistake.place.start : mistake.place.end]
    said = f"“{part[:_LONGEST]}” (character {mistake.place.start + 1}): {mistake.message}"
    if mistake.suggestions:
        said += f" Write {' or '.join(mistake.suggestions)}."
    return said
