"""How an issue is named on pages."""

from __future__ import annotations

from dataclasses import dataclass

from issues.render.values import visible


@dataclass(frozen=True)
class Heading:
    """What stands in bold, and what follows it."""

    strong: str
    rest: str


def heading_of(title: str, type_: str, value: str) -> Heading:
    """An exception's type and the first line of its value; a message's title. Text is made visible, never cut."""
    if type_:
        return Heading(visible(type_), visible(next(iter(value.splitlines()), "")))
    return Heading(visible(title), "")
