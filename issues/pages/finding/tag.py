"""The tags of a project: all keys, and the page of one key with its values and the issues that have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from accounts.access import SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues import search
from issues.models import Issue
from issues.record.tag_counts import MAX_VALUES
from issues.render.charts import bars
from issues.render.values import line, visible
from issues.tag_values import MOST_KEYS, Counted, Values, key_of, keys_of
from rustrak.lib import clock, wording

SIZE = 25
SORTS = ("events", "issues")
# Of a value in more issues, and of all values of a page in more, the issues are only in the list.
MOST_ISSUES, MOST_ON_PAGE, TOP = 100, 500, 3
DAYS = 14
# Pages beyond are not asked for: the search finds what is there.
MOST_PAGES = 400
LONGEST_KEY, LONGEST_QUERY = 200, 200
TOO_LONG = "The values of this tag took too long to count. Search for a part of a value."


@dataclass(frozen=True)
class ValueRow:
    """One value. `share` of the events that have the key, in percent; `bar` draws it. `top` are issues, each with its title and
    how many of its events have the value; `chart` is None where the value is in too many issues."""

    key: str
    value: str
    counted: Counted
    share: str
    bar: SafeString
    top: Sequence[tuple[Issue, str]]
    chart: SafeString | None


@member(section=Section.ISSUES)
@require_safe
def tag(request: SignedInRequest, project: Project) -> HttpResponse:
    """The values of a tag, or without `key` all keys. Query string: `key`, `q` (a part of a value), `sort`, `page`."""
    key = request.GET.get("key", "").replace("\0", "")[:LONGEST_KEY]
    return _values(request, project, key) if key else _keys(request, project)


def _keys(request: SignedInRequest, project: Project) -> HttpResponse:
    trouble = ""
    keys: list[Counted] = []
    try:
        with search.limited():
            keys = keys_of(project)
    except search.TookTooLong:
        trouble = "The tags of this project took too long to count."
    context = {
        "project": project,
        "rows": [(each, visible(each.name)) for each in keys[:MOST_KEYS]],
        "more": len(keys) > MOST_KEYS,
        "most": MOST_KEYS,
        "any_events": any(each.events is not None for each in keys),
        "trouble": trouble,
    }
    return render(request, "issues/tag_keys.html", context)


def _values(request: SignedInRequest, project: Project, key: str) -> HttpResponse:
    text = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_QUERY]
    asked = request.GET.get("page", "")
    number = (
        min(max(int(asked), 1), MOST_PAGES) if asked.isascii() and asked.isdigit() and len(asked) < 5 else 1
    )
    values, trouble, known = Values(project, key, text), "", None
    found: list[Counted] = []
    sort = request.GET.get("sort")
    now = clock.now()
    rows: list[ValueRow] = []
    most = 0
    try:
        with search.limited():
            known = key_of(project, key)
            if sort not in SORTS:
                sort = "issues" if known and known.are_many else "events"
            found = values.page((number - 1) * SIZE, SIZE + 1, by_events=sort == "events")
            rows, most = _rows(
                project, values, known.counted.events or 0 if known else 0, key, found[:SIZE], now
            )
    except search.TookTooLong:
        trouble = TOO_LONG
    kept = {"key": key, "q": text}
    context = {
        "project": project,
        "key": key,
        "shown_key": visible(key),
        "known": known.counted if known else None,
        "cut": known.cut if known else 0,
        "max_values": MAX_VALUES,
        "rows": rows,
        "days": DAYS,
        "most_issues": MOST_ISSUES,
        "most_a_day": most,
        "q": text,
        "sort": sort,
        "sorts": [(name, _link(kept, sort=name), name == sort) for name in SORTS],
        "newer": _link(kept, sort=sort or "", page=str(number - 1)) if number > 1 else "",
        "older": _link(kept, sort=sort or "", page=str(number + 1))
        if len(found) > SIZE and number < MOST_PAGES
        else "",
        "is_last_page": number >= MOST_PAGES,
        "trouble": trouble,
    }
    return render(request, "issues/tag.html", context)


def _link(kept: dict[str, str], **chosen: str) -> str:
    return "?" + urlencode({name: value for name, value in {**kept, **chosen}.items() if value})


def _rows(
    project: Project, values: Values, total: int, key: str, found: Sequence[Counted], now: datetime
) -> tuple[list[ValueRow], int]:
    """The rows of these values, and the most events that a day of their charts has. At most two queries."""
    room, few = MOST_ON_PAGE, []
    for each in found:
        if each.issues <= min(MOST_ISSUES, room):
            few.append(each.name)
            room -= each.issues
    top = values.issues_of(few) if few else {}
    today = int(now.timestamp()) // 86_400
    first = today - DAYS + 1
    days = values.days_of(few, first) if few else {}
    most = max((count for of_value in days.values() for count in of_value.values()), default=0)
    rows = [
        ValueRow(
            key=key,
            value=visible(each.name),
            counted=each,
            share=wording.percent(each.events or 0, total),
            bar=bars.share(each.events or 0, total),
            top=[_top(project, *found) for found in top.get(each.name, [])[:TOP]],
            chart=bars.days([days.get(each.name, {}).get(first + index, 0) for index in range(DAYS)], most)
            if each.name in top
            else None,
        )
        for each in found
    ]
    return rows, most


def _top(project: Project, issue: Issue, count: int) -> tuple[Issue, str]:
    issue.project = project
    return issue, f"{line(issue.title)}: {wording.counted(count, 'event')}"
