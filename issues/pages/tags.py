"""The tags of an issue's events: the values of each key, by how many events have them."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from accounts.access import SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues.models import Issue, IssueTag
from issues.pages.heading import heading_of
from issues.pages.paging import paged
from issues.render.charts import bars
from issues.render.values import visible
from issues.tag_values import OfIssue, ValueCount, counted, keys_of_issue, most_frequent
from rustrak.lib import wording

KEYS = 25
VALUES = 10
# The keys shown first beside an issue, in this order; others follow by count.
FIRST = ("level", "environment", "release", "browser", "os", "url", "server_name", "transaction", "runtime")
TOP = 8
# How many keys the choice beside an issue is made from.
MOST_KEYS = 200


@dataclass(frozen=True)
class ValueRow:
    """One value: how many events have it, and its share of the events with its key in percent and as a bar. `stored` is the value as
    it was sent, `value` as it is shown."""

    stored: str
    value: str
    count: int
    share: str
    bar: SafeString


@dataclass(frozen=True)
class KeyRow:
    """One key, as it was sent and as it is shown, with its most frequent values. `hidden` values are not shown, and if `hidden_more`, an unknown number
    beyond them; `rest` of the `count` events with the key have one of those, `rest_share` in percent. The shares of all
    values and of the rest add up to 100."""

    stored: str
    key: str
    count: int
    values: list[ValueRow]
    hidden: int
    hidden_more: bool
    rest: int
    rest_share: str


@member(section=Section.ISSUES)
@require_safe
def issue_tags(request: SignedInRequest, project: Project, issue_id: UUID) -> HttpResponse:
    """Every key, the most frequent first. Query string: `cursor`."""
    issue = get_object_or_404(project.issues, pk=issue_id)
    issue.project = project
    page = paged(keys_of_issue(issue.pk), ["events", "key"], request.GET, KEYS)
    context = {
        "project": project,
        "issue": issue,
        "heading": heading_of(issue.title, issue.type, issue.value),
        "rows": rows_of(issue, counted(issue.pk, page.items)),
        "page": page,
    }
    return render(request, "issues/tags.html", context)


def rows_of(issue: Issue, keys: Sequence[OfIssue]) -> list[KeyRow]:
    """The rows of these keys, in their order. One query."""
    values = most_frequent(issue.pk, [key.key for key in keys], VALUES)
    return [_row(key, values.get(key.key, [])) for key in keys]


def top(issue: Issue) -> list[KeyRow]:
    """The most frequent value of the most important keys, for the column beside an issue. Two queries; of an issue with several
    groupings three.

    There is no window function, because building such a query takes Django longer than running these two.
    """
    known = keys_of_issue(issue.pk).order_by("-events", "key")[:MOST_KEYS]
    rank = {key: number for number, key in enumerate(FIRST)}
    chosen = sorted(known, key=lambda key: (rank.get(key.key, len(FIRST)), -key.events, key.key))[:TOP]
    values: dict[str, Counter[str]] = {}
    tags = IssueTag.objects.filter(grouping__issue=issue.pk, key__in=[key.key for key in chosen])
    for name, value, count in tags.values_list("key", "value", "count"):
        values.setdefault(name, Counter())[value] += count
    rows = []
    for key in counted(issue.pk, chosen):
        if found := values.get(key.key):
            # As many as the page of all tags shows, so that both round alike.
            first = heapq.nsmallest(VALUES, found.items(), key=lambda each: (-each[1], each[0]))
            row = _row(key, [ValueCount(*each) for each in first])
            rows.append(replace(row, values=row.values[:1]))
    return rows


def _row(known: OfIssue, tags: Sequence[ValueCount]) -> KeyRow:
    key, count = known.key, known.count
    hidden = known.values - len(tags)
    rest = count - sum(tag.count for tag in tags)
    *shares, rest_share = wording.shares([*(tag.count for tag in tags), rest])
    values = [
        ValueRow(tag.value, visible(tag.value), tag.count, share, bars.share(tag.count, count))
        for tag, share in zip(tags, shares, strict=True)
    ]
    return KeyRow(
        key,
        visible(key),
        count,
        values,
        hidden=hidden,
        hidden_more=known.is_full,
        rest=rest,
        rest_share=rest_share,
    )
