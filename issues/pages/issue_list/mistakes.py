"""The mistakes of a search text, for the page: the text with the place marked, and what could be meant. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from issues.pages.issue_list.asked import Asked
from issues.query.mistakes import Mistake
from issues.render.values import visible

# Of a long text, only what is around the mistake is shown.
_AROUND = 60
_MOST = 5
_MEANT = " Did you mean "


@dataclass(frozen=True, slots=True)
class Marked:
    """A mistake: `before`, `marked` and `after` are parts of the text; each of `meant` is a text and the query string of the list
    with it."""

    message: str
    before: str
    marked: str
    after: str
    meant: list[tuple[str, str]]


def marked(asked: Asked, mistakes: Sequence[Mistake]) -> list[Marked]:
    """At most five, in the order of the text."""
    first = sorted(mistakes, key=lambda mistake: mistake.place.start)[:_MOST]
    return [_one(asked, mistake) for mistake in first]


def _one(asked: Asked, mistake: Mistake) -> Marked:
    text, start, end = asked.q, mistake.place.start, mistake.place.end
    before, after = text[:start], text[end:]
    return Marked(
        # What could be meant follows as links.
        message=mistake.message.partition(_MEANT)[0] if mistake.suggestions else mistake.message,
        before=visible(before if len(before) <= _AROUND else f"…{before[-_AROUND:]}"),
        marked=visible(_shortened(text[start:end])),
        after=visible(after if len(after) <= _AROUND else f"{after[:_AROUND]}…"),
        meant=[
            (each, asked.link(q=f"{before}{each}{after}".strip())) for each in mistake.suggestions[:_MOST]
        ],
    )


def _shortened(text: str) -> str:
    return text if len(text) <= 2 * _AROUND else f"{text[: 2 * _AROUND]}…"
