"""The most frequent tag values of an issue, and those of a project, for pages and for the API."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max, Q, Sum, Window
from django.db.models.functions import RowNumber

from accounts.models import Project
from issues.models import Grouping, Issue, IssueDay, IssueTag, IssueTagKey
from issues.record.tag_counts import MAX_VALUES

#: Of more keys of a project those that the fewest issues have are not listed.
MOST_KEYS = 500
# Adding up the events of more rows takes longer than a page should.
MOST_ROWS, MOST_SORTED = 50_000, 10_000


@dataclass(frozen=True, slots=True)
class OfIssue:
    """A tag key of an issue: how many of its events have it. `values` of its values are counted one by one; with `is_full`
    there may be more."""

    key: str
    count: int
    values: int
    is_full: bool


@dataclass(frozen=True, slots=True)
class ValueCount:
    """A value of a tag, and how many events have it."""

    value: str
    count: int


def keys_of_issue(issue_id: UUID) -> Any:
    """The tag keys of an issue as a queryset of rows with `key`, `events` and what `counted` needs, in no order."""
    rows = IssueTagKey.objects.filter(grouping__issue=issue_id).values("key")
    summed = rows.annotate(
        events=Sum("count"), kept=Sum("values_kept"), most=Max("values_kept"), rows=Count("pk")
    )
    return summed.order_by().values_list("key", "events", "kept", "most", "rows", named=True)


def counted(issue_id: UUID, rows: Sequence[Any]) -> list[OfIssue]:
    """These rows of `keys_of_issue`. One query, if several groupings of the issue have one of the keys."""
    several = [row.key for row in rows if row.rows > 1]
    different: dict[str, int] = {}
    if several:
        tags = IssueTag.objects.filter(grouping__issue=issue_id, key__in=several).order_by()
        different = dict(tags.values_list("key").annotate(Count("value", distinct=True)))
    return [
        OfIssue(
            row.key,
            row.events,
            different.get(row.key, 0) if row.rows > 1 else row.kept,
            row.most >= MAX_VALUES,
        )
        for row in rows
    ]


def most_frequent(issue_id: UUID, keys: Sequence[str], most: int) -> dict[str, list[ValueCount]]:
    """The `most` most frequent values of each of `keys`, by key, the most frequent first. One query."""
    found: dict[str, list[ValueCount]] = {}
    if not keys:
        return found
    rank = Window(RowNumber(), partition_by=F("key"), order_by=[F("events").desc(), F("value").asc()])
    rows = IssueTag.objects.filter(grouping__issue=issue_id, key__in=keys).order_by()
    summed = rows.values("key", "value").annotate(events=Sum("count")).annotate(rank=rank)
    for key, value, events in (
        summed.filter(rank__lte=most).order_by("key", "rank").values_list("key", "value", "events")
    ):
        found.setdefault(key, []).append(ValueCount(value, events))
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
    most = list(
        rows.values_list("key")
        .annotate(issues=_issues(are_shared=_are_shared(project)))
        .order_by("-issues", "key")[: MOST_KEYS + 1]
    )
    events: dict[str, int] = {}
    if sum(issues for _, issues in most) <= MOST_ROWS:
        events = dict(rows.values_list("key").annotate(Sum("count")).order_by())
    return [Counted(key, issues, events.get(key)) for key, issues in most]


def _are_shared(project: Project) -> bool:
    """Whether an issue may have several groupings with events. One query."""
    return Grouping.objects.sharing().filter(project=project).exists()


def _issues(*, are_shared: bool, only: Q | None = None) -> Count:
    """How many issues rows of groupings are about.

    The index has the groupings, not their issues, so it is only asked for these where several may have one.
    """
    if are_shared:
        return Count("grouping__issue", distinct=True, filter=only)
    return Count("pk", filter=only)


@dataclass(frozen=True, slots=True)
class Key:
    """A tag of a project. In `cut` issues some of its values are not known, because there are more than MAX_VALUES of
    issues.record.tag_counts. `are_many`: sorting the values by their events takes long."""

    counted: Counted
    cut: int
    are_many: bool


def key_of(project: Project, key: str) -> Key | None:
    """One key; None when no issue has it."""
    are_shared = _are_shared(project)
    found = IssueTagKey.objects.filter(project=project, key=key).aggregate(
        issues=_issues(are_shared=are_shared),
        events=Sum("count"),
        rows=Sum("values_kept"),
        cut=_issues(are_shared=are_shared, only=Q(values_kept__gte=MAX_VALUES)),
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
        issues = _issues(are_shared=_are_shared(self._project))
        if by_events:
            summed = self._rows.values_list("value").annotate(issues=issues, events=Sum("count"))
            return [Counted(*row) for row in summed.order_by("-events", "value")[start : start + most]]
        by_issues = self._rows.values_list("value").annotate(issues=issues).order_by("-issues", "value")
        found = list(by_issues[start : start + most])
        shown = IssueTag.objects.filter(
            project=self._project, key=self._key, value__in=[value for value, _ in found]
        )
        events = dict(shown.values_list("value").annotate(Sum("count")).order_by())
        return [Counted(value, issues, events.get(value)) for value, issues in found]

    def issues_of(self, values: Collection[str]) -> dict[str, list[tuple[Issue, int]]]:
        """The issues that have each of these values, and in how many events; those of most events first. One query."""
        rows = IssueTag.objects.filter(project=self._project, key=self._key, value__in=values)
        shown = rows.exclude(grouping__issue__status__in=Issue.HIDDEN).select_related("grouping__issue")
        issues: dict[UUID, Issue] = {}
        events: dict[str, dict[UUID, int]] = {}
        for row in shown.only("value", "count", "grouping__issue__digest_order", "grouping__issue__title"):
            issue = row.grouping.issue
            issues[issue.pk] = issue
            of_value = events.setdefault(row.value, {})
            of_value[issue.pk] = of_value.get(issue.pk, 0) + row.count
        return {
            value: [
                (issues[pk], count)
                for pk, count in sorted(found.items(), key=lambda each: (-each[1], each[0]))
            ]
            for value, found in events.items()
        }

    def days_of(self, values: Collection[str], first: int) -> dict[str, dict[int, int]]:
        """How many events the groupings that have each of these values had on each day since `first` (IssueDay). One query.

        Only totals are stored of a value: these are all events of the groupings, also those with another value.
        """
        rows = IssueDay.objects.filter(
            grouping__tags__project=self._project,
            grouping__tags__key=self._key,
            grouping__tags__value__in=values,
            day__gte=first,
        )
        found: dict[str, dict[int, int]] = {}
        counted = rows.values_list("grouping__tags__value", "day").annotate(Sum("count")).order_by()
        for value, day, count in counted:
            found.setdefault(value, {})[day] = count
        return found
