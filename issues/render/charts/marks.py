"""Lines on a chart for what happened at a time: releases and deploys. A tooltip says what; screen readers read the same in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

#: Lines on one chart: the latest. In one tooltip and in the words for a chart so many marks are named.
MOST_LINES, MOST_NAMED = 12, 3
# Of a name, in characters.
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Mark:
    """What happened in the time of the bar with this `index`, as one line without invisible characters; marks are oldest first."""

    index: int
    words: str


def lines(marks: Sequence[Mark], step: int, height: int) -> SafeString:
    """A line at the beginning of each bar that has marks; `step` is the width of a bar with its gap."""
    by_bar: dict[int, list[str]] = {}
    for mark in marks:
        by_bar.setdefault(mark.index, []).append(mark.words)
    drawn = sorted(by_bar)[-MOST_LINES:]
    return format_html_join(
        "",
        '<g class="mark-line"><title>{}</title><path d="M{} 0V{}"/><path class="hit" d="M{} 0h{}v{}h-{}z"/></g>',
        (
            (named(by_bar[index]), index * step + 0.5, height, index * step, step, height, step)
            for index in drawn
        ),
    )


def label(chart: str, marks: Sequence[Mark]) -> str:
    """The chart in words, with the latest marks."""
    return f"{chart}. {named([mark.words for mark in marks][::-1])}" if marks else chart


def named(words: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    shown = ", ".join(each[:_LONGEST] for each in words[:MOST_NAMED])
    more = len(words) - MOST_NAMED
    return f"{shown}, +{more} more" if more > 0 else shown
