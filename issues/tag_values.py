"""The most frequent tag values of an issue, and those of a project, for pages and for the API."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, Sum, Window
from django.db.models.functions import RowNumber

from accounts.models import Project
from issues.models import Issue, IssueDay, IssueTag, IssueTagKey
from issues.record.tag_counts import MAX_VALUES

#: Of more keys of a project those that the fewest issues have are not listed.
MOST_KEYS = 500
# Adding up the events of more rows takes longer than a page should.
MOST_ROWS, MOST_SORTED = 50_000, 10_000


def ranked(issue_id: UUID) -> Any:
    """The issue's IssueTag rows, annotated with their `rank` among the values of their key: 1 is the most frequent."""
    rank = Window(RowNumber(), partition_by=F("key"), order_by=[F("count").desc(), F("value").asc()])
    return IssueTag.objects.filter(issue=issue_id).annotate(rank=rank)


def most_frequent(issue_id: UUID, keys: Sequence[str], most: int) -> dict[str, list[IssueTag]]:
    """The `most` most frequent values of each of `keys`, by key, the most frequent first. One query."""
    found: dict[str, list[IssueTag]] = {}
    if keys:
        for tag in ranked(issue_id).filter(key__in=keys, rank__lte=most).order_by("key", "rank"):
            found.setdefault(tag.key, []).append(tag)
    return found


@dataclass(frozen=True, slots=True)
class Counted:
    """A tag key or value of a project: how many of its issues have it, and in how many events (None: not added up)."""

    name: str
    issues: int
    events: int | None


def keys_of(project: Project) -> list[Counted]:
    """The tag keys of a project, those of most issues first: MOST_KEYS, and one more if there are more.

    Events are added up while that takes a few milliseconds: an index counts issues, but events are in each row.
    """
    rows = IssueTagKey.objects.filter(project=project)
    counted = list(
        rows.values_list("key").annotate(issues=Count("pk")).order_by("-issues", "key")[: MOST_KEYS + 1]
    )
    events: dict[str, int] = {}
    if sum(issues for _, issues in counted) <= MOST_ROWS:
        events = dict(rows.values_list("key").annotate(Sum("count")).order_by())
    return [Counted(key, issues, events.get(key)) for key, issues in counted]


@dataclass(frozen=True, slots=True)
class Key:
    """A tag of a project. In `cut` issues some of its values are not known, because there are more than MAX_VALUES of
    issues.record.tag_counts. `are_many`: sorting the values by their events takes long."""

    counted: Counted
    cut: int
    are_many: bool


def key_of(project: Project, key: str) -> Key | None:
    """One key; None when no issue has it."""
    found = IssueTagKey.objects.filter(project=project, key=key).aggregate(
        issues=Count("pk"),
        events=Sum("count"),
        rows=Sum("values_kept"),
        cut=Count("pk", filter=Q(values_kept__gte=MAX_VALUES)),
    )
    if not found["issues"]:
        return None
    counted = Counted(key, found["issues"], found["events"])
    return Key(counted, found["cut"], found["rows"] > MOST_SORTED)


class Values:
    """The values of a tag of a project that contain `text` in any case."""

    def __init__(self, project: Project, key: str, text: str = "") -> None:
        self._rows = IssueTag.objects.filter(project=project, key=key)
        self._project, self._key = project, key
        if text:
            self._rows = self._rows.filter(value__icontains=text)

    def page(self, start: int, most: int, *, by_events: bool) -> list[Counted]:
        """`most` values after the first `start`: those of most events, or else of most issues, first."""
        if by_events:
            counted = self._rows.values_list("value").annotate(issues=Count("pk"), events=Sum("count"))
            return [Counted(*row) for row in counted.order_by("-events", "value")[start : start + most]]
        by_issues = self._rows.values_list("value").annotate(issues=Count("pk")).order_by("-issues", "value")
        found = list(by_issues[start : start + most])
        shown = IssueTag.objects.filter(
            project=self._project, key=self._key, value__in=[value for value, _ in found]
        )
        events = dict(shown.values_list("value").annotate(Sum("count")).order_by())
        return [Counted(value, issues, events.get(value)) for value, issues in found]

    def issues_of(self, values: Collection[str]) -> dict[str, list[tuple[Issue, int]]]:
        """The issues that have each of these values, and in how many events; those of most events first. One query."""
        rows = IssueTag.objects.filter(project=self._project, key=self._key, value__in=values).select_related(
            "issue"
        )
        rows = rows.exclude(issue__status=Issue.Status.DELETING).order_by("value", "-count", "issue_id")
        found: dict[str, list[tuple[Issue, int]]] = {}
        for row in rows.only("value", "count", "issue__digest_order", "issue__title"):
            found.setdefault(row.value, []).append((row.issue, row.count))
        return found

    def days_of(self, values: Collection[str], first: int) -> dict[str, dict[int, int]]:
        """How many events the issues that have each of these values had on each day since `first` (IssueDay). One query.

        Only totals are stored of a value: these are all events of the issues, also those with another value.
        """
        rows = IssueDay.objects.filter(
            issue__tags__project=self._project,
            issue__tags__key=self._key,
            issue__tags__value__in=values,
            day__gte=first,
        )
        found: dict[str, dict[int, int]] = {}
        counted = rows.values_list("issue__tags__value", "day").annotate(Sum("count")).order_by()
        for value, day, count in counted:
            found.setdefault(value, {})[day] = count
        return found
