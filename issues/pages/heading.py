"""The heading of an issue: the words in bold, and what follows them."""

from __future__ import annotations

from dataclasses import dataclass

from issues.payload.access import first_line
from issues.payload.title import NO_TITLE
from issues.render.values import visible

LONGEST = 160


@dataclass(frozen=True)
class Heading:
    """`strong` is shown in bold, `rest` after it; `rest` may be empty."""

    strong: str
    rest: str

    @property
    def short(self) -> str:
        """`strong`, cut so that it leaves room for the page on a phone's screen."""
        return self.strong if len(self.strong) <= LONGEST else self.strong[: LONGEST - 1].rstrip() + "…"


def heading_of(title: str, type_: str, value: str) -> Heading:
    """An exception's type and the first line of its value, or a message's title. Control characters are made visible.

    Issues of old versions may have blank titles: there is always something to click.
    """
    if first_line(type_):
        return Heading(visible(type_), visible(first_line(value)))
    return Heading(visible(first_line(title)) or NO_TITLE, "")
