"""The start page: the user's projects, what is open and new in them, and what waits for review."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from accounts.access import Capability, SignedInRequest, signed_in
from accounts.models import Project
from issues.pages import hours
from issues.pages.overview.standings import Standing, standings, together
from issues.pages.releases import marks
from issues.releases import happened
from issues.releases.happened import Happened
from issues.render.charts import bars
from rustrak.lib import clock, wording
from rustrak.lib.text.folding import fold

SIZE = 100
# With fewer projects than this one sees them all at a glance.
_MANY = 8
_LONGEST_FILTER = 100
#: The search text of the issues that count as new.
NEW_ISSUES = "first-seen:<24h"

Key = Callable[[Standing], Any]
# What each column sorts by, and whether the highest come first at first. None is always last.
_COLUMNS: dict[str, tuple[Key, bool]] = {
    "name": (lambda one: one.project.name_folded, False),
    "open": (lambda one: one.open, True),
    "new": (lambda one: one.new, True),
    "review": (lambda one: one.review, True),
    "trend": (lambda one: one.events, True),
    "crash_free": (lambda one: one.crash_free, False),
    "last_event": (lambda one: one.last_event, True),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the list."""

    standing: Standing
    trend: SafeString


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head: where it leads, and how it is sorted now, for `aria-sort`; empty if it is not."""

    link: str
    sorted: str


@signed_in(reads=Capability.EVENT_READ)
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    """The projects that the user may see. Query string: `q` (a part of the name), `sort` (a column, with `_asc` or `_desc` in the
    reverse order), `page`; unknown values are replaced by the default. Seven queries."""
    now = clock.now()
    every = standings(request.user, now)
    wanted = request.GET.get("q", "").replace("\0", "").strip()[:_LONGEST_FILTER]
    column, descending = _sort(request.GET.get("sort", ""))
    chosen = [
        one for one in every if fold(wanted) in one.project.name_folded or wanted.lower() in one.project.slug
    ]
    page = Paginator(_sorted(chosen, column, descending), SIZE).get_page(request.GET.get("page"))
    most = max((max(one.hours) for one in page), default=0)
    names = hours.hour_names(now, hours.DAY)
    start = now - timedelta(hours=hours.DAY)
    releases = happened.since([one.project.pk for one in page], start) if every else {}
    context = {
        "rows": [Row(one, _trend(one, most, names, releases.get(one.project.pk, ()), now)) for one in page],
        "page": page,
        "query": urlencode({"q": wanted, "sort": request.GET.get("sort", "")}) + "&",
        "any": bool(every),
        "heads": {name: _head(name, column, descending, wanted) for name in _COLUMNS},
        "most": most,
        "total": together(chosen, Project()) if len(chosen) > 1 else None,
        "chosen": len(chosen),
        "every": len(every),
        "is_long": len(every) > _MANY or bool(wanted),
        "q": wanted,
        "sort": request.GET.get("sort", ""),
        "new_issues": urlencode({"status": "all", "q": NEW_ISSUES}),
    }
    return render(request, "issues/overview.html", context)


def _sort(asked: str) -> tuple[str, bool]:
    """The column that `asked` names, and whether the highest come first."""
    for name, (_, descending) in _COLUMNS.items():
        if asked in (name, _reversed(name)):
            return name, descending is (asked == name)
    return "name", False


def _reversed(column: str) -> str:
    return f"{column}_{'asc' if _COLUMNS[column][1] else 'desc'}"


def _sorted(chosen: Sequence[Standing], column: str, descending: bool) -> list[Standing]:
    key = _COLUMNS[column][0]
    known = [one for one in chosen if key(one) is not None]
    return sorted(known, key=key, reverse=descending) + [one for one in chosen if key(one) is None]


def _head(name: str, column: str, descending: bool, wanted: str) -> Head:
    is_current = name == column
    turns = is_current and descending is _COLUMNS[name][1]
    named = {"q": wanted, "sort": _reversed(name) if turns else name}
    link = "?" + urlencode({key: value for key, value in named.items() if value})
    return Head(link, ("descending" if descending else "ascending") if is_current else "")


def _trend(
    one: Standing, most: int, names: Sequence[str], releases: Sequence[Happened], now: datetime
) -> SafeString:
    total = f"{wording.counted(one.events, 'event')} in {hours.DAY} hours"
    return bars.trend(one.hours, names, most, total, marked=marks.by_hour(releases, now, hours.DAY))
