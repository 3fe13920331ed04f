"""What an issue list shows, as its query string has it, and what is wrong with that."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from issues.models import SavedSearch
from issues.query.parsing import parse

STATUSES = ("open", "resolved", "muted", "all", "review")
# Each can be reversed.
SORTS = (
    "last_seen", "first_seen", "events", "users", "trend", "assignee",
    "last_seen_asc", "first_seen_asc", "events_asc", "users_asc", "trend_asc", "assignee_desc",
)  # fmt: skip
_PERIOD = re.compile(r"[1-9][0-9]{0,3}[hdw]", re.ASCII)


class Invalid(ValueError):
    """What is wrong with a saved search, as a sentence for people; `field` is the one that it is about, or empty."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class View:
    """What an issue list shows, as its query string has it; empty values stand for the list's own defaults."""

    status: str = "open"
    query: str = ""
    sort: str = ""
    environment: str = ""
    period: str = ""
    trend: str = ""

    @classmethod
    def of(cls, pairs: Mapping[str, str]) -> View:
        """What a query string with these names and values shows. The list's own order counts as none."""
        sort = pairs.get("sort", "")
        return cls(
            status=pairs.get("status", "") or "open",
            query=pairs.get("q", ""),
            sort="" if sort == SORTS[0] else sort,
            environment=pairs.get("environment", ""),
            period=pairs.get("period", ""),
            trend=pairs.get("trend", ""),
        )

    @property
    def link(self) -> str:
        """The query string that shows this view. It always has a status, so that no default search takes its place."""
        return "?" + urlencode(self.pairs)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The names and values of the query string that shows this view."""
        named = {"status": self.status or "open", "q": self.query, "sort": self.sort}
        named |= {"environment": self.environment, "period": self.period, "trend": self.trend}
        return [(name, value) for name, value in named.items() if value]


def view_of(search: SavedSearch) -> View:
    return View(search.status, search.query, search.sort, search.environment, search.period, search.trend)


def check(view: View) -> None:
    """Raises Invalid if no list can show `view`."""
    _one_of("status", view.status, STATUSES)
    if view.sort:
        _one_of("sort", view.sort, SORTS)
    for field, period in (("period", view.period), ("trend", view.trend)):
        if period and not _PERIOD.fullmatch(period):
            raise Invalid(
                field, f"The {field} must be a number of hours, days or weeks, such as 24h, 14d or 2w."
            )
    for field, text, longest in (("query", view.query, 500), ("environment", view.environment, 64)):
        if "\0" in text:
            raise Invalid(field, f"The {field} must not contain a NUL character.")
        if len(text) > longest:
            raise Invalid(field, f"The {field} is longer than {longest} characters.")
    _, mistakes = parse(view.query)
    if mistakes:
        raise Invalid("query", mistakes[0].message)


def _one_of(field: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise Invalid(field, f"The {field} must be one of {', '.join(known)}.")
