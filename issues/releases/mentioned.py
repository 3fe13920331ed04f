"""The releases that events name, as far as the issues tell that are kept: no table lists releases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, Sum

from accounts.models import Project
from issues.models import Issue, IssueQuerySet, IssueTag

#: Of more releases only those with most events, and those that issues were last seen in.
MOST = 2_000


@dataclass(slots=True)
class Mentioned:
    """A release in the issues that were seen in a period: how many of its events and how many issues they have.

    `first` and `last` are the earliest and the latest event of it that an issue tells: its first and its last one.
    """

    events: int = 0
    issues: int = 0
    first: datetime | None = None
    last: datetime | None = None


def mentioned(project: Project, since: datetime, environment: str | None = None) -> dict[str, Mentioned]:
    """The releases of issues that were seen since then; with an `environment` only those that these issues were first or
    last seen in there, in three statements."""
    seen = Issue.objects.filter(project=project, last_seen__gte=since)
    first, last = seen.exclude(first_release=""), seen.exclude(last_release="")
    if environment is not None:
        first = first.filter(first_environment=environment)
        last = last.filter(last_environment=environment)
    latest = last.values_list("last_release").annotate(at=Max("last_seen")).order_by("-at")[:MOST]
    found = {release: Mentioned(last=at) for release, at in latest}
    for release, at in (
        first.values_list("first_release").annotate(at=Min("first_seen")).order_by("-at")[:MOST]
    ):
        found.setdefault(release, Mentioned()).first = at
    for release, events, issues in _counts(project, since):
        if environment is None or release in found:
            each = found.setdefault(release, Mentioned())
            each.events, each.issues = events, issues
    return found


def _counts(project: Project, since: datetime) -> list[tuple[str, int, int]]:
    tags = IssueTag.objects.filter(project=project, grouping__issue__last_seen__gte=since, key="release")
    shown = tags.exclude(value="").exclude(grouping__issue__status__in=Issue.HIDDEN).values_list("value")
    counted = shown.annotate(events=Sum("count"), issues=Count("grouping__issue", distinct=True))
    return list(counted.order_by("-events", "value")[:MOST])


def issues_of(project: Project, release: str) -> IssueQuerySet:
    """The issues with events of this release; of very many releases of one issue not all are known."""
    tags = IssueTag.objects.filter(grouping__issue=OuterRef("pk"), key="release", value=release)
    return project.issues.filter(Q(first_release=release) | Q(last_release=release) | Exists(tags))
