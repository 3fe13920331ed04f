"""Which tags an issue's events carried: the values of each key by how many events had them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from accounts.access import SignedInRequest, member
from accounts.models import Project
from issues.models import Issue, IssueTag, IssueTagKey
from issues.pages.paging import paged
from issues.pages.words import heading_of
from issues.record.tag_counts import MAX_VALUES
from issues.render.charts import bars
from issues.render.values import visible
from issues.tag_values import most_frequent
from rustrak.lib import wording

KEYS = 25
VALUES = 10
# What people ask first, in the order in which it is shown beside an issue; other keys follow.
FIRST = ("level", "environment", "release", "browser", "os", "url", "server_name", "transaction", "runtime")
TOP = 8
# More keys than these are nothing that one could look for beside an issue.
MOST_KEYS = 200


@dataclass(frozen=True)
class ValueRow:
    """One value: of how many events of its key, as a number, in percent and as a bar."""

    value: str
    count: int
    share: str
    bar: SafeString


@dataclass(frozen=True)
class KeyRow:
    """One key with its most frequent values. `more` values are not shown ("200+" when even more are not told apart);
    they are `rest` of the `count` events that carried the key."""

    key: str
    count: int
    values: list[ValueRow]
    more: str
    rest: int


@member
@require_safe
def issue_tags(request: SignedInRequest, project: Project, issue_id: UUID) -> HttpResponse:
    """Every key, the one that most events carried first; `?cursor=` leads on."""
    issue = get_object_or_404(project.issues, pk=issue_id)
    issue.project = project
    page = paged(issue.tag_keys.all(), ["count", "id"], request.GET, KEYS)
    context = {
        "project": project,
        "issue": issue,
        "heading": heading_of(issue.title, issue.type, issue.value),
        "rows": rows_of(issue, page.items),
        "page": page,
    }
    return render(request, "issues/tags.html", context)


def rows_of(issue: Issue, keys: Sequence[IssueTagKey]) -> list[KeyRow]:
    """What is shown of these keys, in their order."""
    values = most_frequent(issue.pk, [key.key for key in keys], VALUES)
    return [_row(key.key, key.count, key.values_kept, values.get(key.key, [])) for key in keys]


def top(issue: Issue) -> list[KeyRow]:
    """The most frequent value of the keys that matter most, for beside an issue: two queries.

    Without a window function: for Django to put such a query together takes longer than all else of it.
    """
    known = IssueTagKey.objects.filter(issue=issue.pk).order_by("-count", "key")[:MOST_KEYS]
    place = {key: number for number, key in enumerate(FIRST)}
    chosen = sorted(known, key=lambda key: (place.get(key.key, len(FIRST)), -key.count, key.key))[:TOP]
    first: dict[str, IssueTag] = {}
    for tag in IssueTag.objects.filter(issue=issue.pk, key__in=[key.key for key in chosen]):
        before = first.get(tag.key)
        if before is None or (-tag.count, tag.value) < (-before.count, before.value):
            first[tag.key] = tag
    return [_row(key.key, key.count, key.values_kept, [first[key.key]]) for key in chosen if key.key in first]


def _row(key: str, count: int, kept: int, tags: Sequence[IssueTag]) -> KeyRow:
    hidden = kept - len(tags)
    more = f"{hidden:,}+" if kept >= MAX_VALUES else f"{hidden:,}" if hidden > 0 else ""
    values = [
        ValueRow(
            visible(tag.value), tag.count, wording.percent(tag.count, count), bars.share(tag.count, count)
        )
        for tag in tags
    ]
    return KeyRow(visible(key), count, values, more, count - sum(tag.count for tag in tags))
